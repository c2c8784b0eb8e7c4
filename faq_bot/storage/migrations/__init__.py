"""Alembic's revisions of each schema, in a folder of its name. They only ever grow."""
