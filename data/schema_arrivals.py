"""The table of first arrivals: when orders came that no batch had brought before (data/arrivals.py)."""

from __future__ import annotations

import sqlalchemy as sa


def arrival_table(metadata: sa.MetaData) -> sa.Table:
    """Declare it."""
    return sa.Table(
        "arrivals",
        metadata,
        # orders of one created day that one batch brought first; of recent days alone
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created_day", sa.Date, nullable=False),
        sa.Column("arrived_day", sa.Date, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
    )
