"""What Alembic runs to bring a schema up to date, within the caller's transaction."""

from alembic import context

_given = context.config.attributes
context.configure(connection=_given["connection"], version_table=_given["version_table"])
context.run_migrations()
