"""What the editors' desk keeps: readers' questions, answers to them, accounts, totals."""
