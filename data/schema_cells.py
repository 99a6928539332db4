"""The counts by place (data/cell_counts.py keeps them, data/cells.py reads them)."""

from __future__ import annotations

import sqlalchemy as sa

CELL_DIMENSIONS = ("day", "cell", "district", "category1", "category2")
CELL_NUMBERS = ("n", "duplicates", "floods")


def cell_table(metadata: sa.MetaData) -> sa.Table:
    """Declare ``counts_cell_day``: orders with a real point, by the day they came in and H3 cell.

    By day, not by week: at the density of any city a cell has an order of a category on few
    days of a week, so that weeks would save hardly a row, and no span would need the orders."""
    return sa.Table(
        "counts_cell_day",
        metadata,
        sa.Column("day", sa.Date, nullable=False),  # the day it came in
        sa.Column("cell", sa.BigInteger, nullable=False),  # orders.h3_9
        sa.Column("district", sa.Text),
        sa.Column("category1", sa.Text),
        sa.Column("category2", sa.Text),
        *(sa.Column(name, sa.Integer, nullable=False) for name in CELL_NUMBERS),
    )
