"""A database that several processes share: transactions, locks, migrations."""
