"""Answers, accounts, sessions and counts; one audit trail replaces the list of changes."""

import sqlalchemy as sa
from alembic import op

revision = "desk"
down_revision = "first"


def upgrade() -> None:
    """Create the tables of the desk, and turn the changes into the first acts of its trail."""
    if sa.inspect(op.get_bind()).has_table("answers"):
        return
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("draft", sa.Text, nullable=False),
        sa.Column("published", sa.Text),
        sa.Column("published_at", sa.Text),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.add_column("questions", sa.Column("answer", sa.Integer))
    op.create_index("idx_questions_answer", "questions", ["answer"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("editor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("question", sa.Integer),
        sa.Column("answer", sa.Integer),
    )
    op.create_index("idx_audit_question", "audit", ["question"])
    op.execute(
        "insert into audit (at, editor, action, question) "
        "select at, editor, before || ' > ' || after, question from changes order by id"
    )
    op.drop_table("changes")
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("editor", sa.Text, sa.ForeignKey("accounts.name"), nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
    )
    op.create_table(
        "counts",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("article", sa.Text, primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("total", sa.Integer, nullable=False),
    )
