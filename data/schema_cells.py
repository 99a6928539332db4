"""The counts by place (data/cell_counts.py keeps them, data/cells.py reads them)."""

from __future__ import annotations

import sqlalchemy as sa

CELL_DIMENSIONS = ("week", "cell", "district", "category1", "category2")
CELL_NUMBERS = ("n", "duplicates", "floods")


def cell_table(metadata: sa.MetaData) -> sa.Table:
    """Declare ``counts_cell``: orders with a real point, by the week they came in and H3 cell."""
    return sa.Table(
        "counts_cell",
        metadata,
        sa.Column("week", sa.Date, nullable=False),  # its Monday
        sa.Column("cell", sa.BigInteger, nullable=False),  # orders.h3_9
        sa.Column("district", sa.Text),
        sa.Column("category1", sa.Text),
        sa.Column("category2", sa.Text),
        *(sa.Column(name, sa.Integer, nullable=False) for name in CELL_NUMBERS),
    )
