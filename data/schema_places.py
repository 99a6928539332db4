"""The tables of the step "places" (data/refresh/places.py).

``variant``: ``clean`` leaves duplicates and single-caller floods out, ``every`` counts them.
``category1`` null: all categories together.
"""

from __future__ import annotations

import sqlalchemy as sa


def places_tables(metadata: sa.MetaData) -> tuple[sa.Table, ...]:
    """Declare them: scopes, scores, cells, zones, areas, repeat points."""
    scopes = sa.Table(
        "place_scopes",
        metadata,
        # what was computed: one row per variant and category
        *_scope(),
        sa.Column("start_day", sa.Date, nullable=False),  # the week expected
        sa.Column("end_day", sa.Date, nullable=False),
        sa.Column("weeks", sa.Integer, nullable=False),  # of history
        sa.Column("cells", sa.Integer, nullable=False),  # that ever brought an order
        sa.Column("orders", sa.BigInteger, nullable=False),  # of the last 52 weeks
        sa.Column("duplicates", sa.BigInteger, nullable=False),
        sa.Column("floods", sa.BigInteger, nullable=False),
        sa.Column("expected", sa.Float),  # orders of the whole city next week
        *(sa.Column(n, sa.Float) for n in ("half_life", "slow", "ring", "year")),
        sa.Column("chosen_on", sa.Integer),  # weeks, before those reported
    )
    scores = sa.Table(
        "place_scores",
        metadata,
        # forecasting.places.judge
        *_scope(),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("weeks", sa.Integer, nullable=False),
        *(
            sa.Column(n, sa.Float)
            for n in (
                "total", "hits", "rate", "rate_se", "pai", "pai_low", "pai_high", "pei",
                "gain", "gain_se", "gain_low", "gain_high",
            )
        ),
        sa.Column("verdict", sa.Text),
    )  # fmt: skip
    cells = sa.Table(
        "place_cells",
        metadata,
        # forecasting.places.risk, the most expected first; those listed with what is there
        *_scope(),
        sa.Column("place", sa.Integer, nullable=False),  # 1 is the most expected
        sa.Column("cell", sa.BigInteger, nullable=False),
        *(sa.Column(n, sa.Float) for n in ("expected", "low", "high", "top5", "top10")),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("district", sa.Text),
        sa.Column("street", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("unit_share", sa.Float),  # of the orders there that it handled
        sa.Column("recent", sa.Integer),  # orders there in the half year of these facts
        sa.Column("topics", sa.Text),  # JSON: [[category path, orders], ...]
        sa.Column("history", sa.Text),  # JSON: orders of the last 26 whole weeks
    )
    zones = sa.Table(
        "place_zones",
        metadata,
        # forecasting.places.classes and patterns, of cells large enough to test
        *_scope(),
        sa.Column("cell", sa.BigInteger, nullable=False),
        sa.Column("class", sa.Text, nullable=False),
        *_tested(),
        sa.Column("pattern", sa.Text),
        *(sa.Column(n, sa.Float) for n in ("z", "hot", "trend_p")),
        sa.Column("district", sa.Text),
        sa.Column("street", sa.Text),
        sa.Column("history", sa.Text),
    )
    areas = sa.Table(
        "place_areas",
        metadata,
        # forecasting.places.area_classes; every order counts
        sa.Column("level", sa.Text, nullable=False),  # district | street
        sa.Column("district", sa.Text),
        sa.Column("street", sa.Text),
        sa.Column("category1", sa.Text),
        sa.Column("class", sa.Text, nullable=False),
        *_tested(),
        sa.Column("history", sa.Text),
    )
    points = sa.Table(
        "place_repeats",
        metadata,
        # addresses complained about again and again in the last 365 days
        sa.Column("category1", sa.Text),
        sa.Column("place_key", sa.Text, nullable=False),
        *(sa.Column(n, sa.Text) for n in ("address", "district", "street", "unit")),
        sa.Column("cell", sa.BigInteger),
        *(
            sa.Column(n, sa.Integer)
            for n in ("n", "callers", "anonymous", "weeks", "kinds", "repeats", "chains", "longest",
                      "recurred", "known")
        ),
        sa.Column("unit_share", sa.Float),
        sa.Column("topics", sa.Text),
        sa.Column("last_day", sa.Date),
    )  # fmt: skip
    return scopes, scores, cells, zones, areas, points


def _scope() -> tuple[sa.Column[str], ...]:
    return (sa.Column("variant", sa.Text, nullable=False), sa.Column("category1", sa.Text))


def _tested() -> tuple[sa.Column[float], ...]:
    return (
        *(sa.Column(n, sa.Float) for n in ("observed", "expected", "ratio", "q")),
        sa.Column("weeks_top", sa.Integer),
    )
