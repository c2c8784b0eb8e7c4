"""What the editors' desk keeps: readers' questions, answers, accounts, totals, who did what."""
