"""Articles, passages, where they came from, and the generation that they make up."""

import sqlalchemy as sa
from alembic import op

revision = "archive"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "generations",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("vectors", sa.Text, nullable=False),
        sa.Column("background", sa.LargeBinary, nullable=False),
        sa.Column("folders", sa.Text, nullable=False),
        sa.Column("removed", sa.Text, nullable=False),
        sa.Column("listings", sa.Text, nullable=False),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("idx_passages_article", "passages", ["article", "language"])
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
