"""The table of the step "effects" (data/refresh/effects.py)."""

from __future__ import annotations

import sqlalchemy as sa


def effect_tables(metadata: sa.MetaData) -> tuple[sa.Table, ...]:
    """Declare it: one row per accepted action and per topic, see
    :class:`forecasting.counterfactual.Effect`."""
    effects = sa.Table(
        "effects",
        metadata,
        sa.Column("kind", sa.Text, nullable=False),  # action | topic
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),  # of the record that was measured
        sa.Column("unit", sa.Text),
        sa.Column("level", sa.Text),  # street | district | cells | category; null: no place known
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),  # why there is too little; "" where not
        sa.Column("final", sa.Boolean, nullable=False),  # the whole span has been measured
        sa.Column("start_day", sa.Date),  # nothing from here on is expected from
        sa.Column("first_day", sa.Date),  # measured from
        sa.Column("last_day", sa.Date),  # to, included
        sa.Column("observed", sa.Float),
        *(
            sa.Column(n, sa.Float)
            for n in (
                "expected", "ratio", "low_80", "high_80", "low_95", "high_95", "p", "wander",
                "stretch",
            )
        ),
        *(sa.Column(n, sa.Integer) for n in ("weeks", "before", "events", "compared", "placebos")),
    )  # fmt: skip
    return (effects,)
