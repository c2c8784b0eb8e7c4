"""The editors' desk: log-in, readers' questions and their answers, statistics."""
