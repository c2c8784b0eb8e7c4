"""The tables of the first version. Up to 0.1.0 sqlite-utils made them."""

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None


def upgrade() -> None:
    """Create the questions, and what was changed of them."""
    if sa.inspect(op.get_bind()).has_table("questions"):
        return
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("digest", sa.Text),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sent_at", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text),
    )
    op.create_index("idx_questions_digest", "questions", ["digest"], unique=True)
    op.create_index("idx_questions_state", "questions", ["state"])
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("question", sa.Integer, sa.ForeignKey("questions.id"), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("editor", sa.Text, nullable=False),
    )
