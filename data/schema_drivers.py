"""The tables of the step "drivers" (data/refresh/drivers.py)."""

from __future__ import annotations

import sqlalchemy as sa


def driver_tables(metadata: sa.MetaData) -> tuple[sa.Table, ...]:
    """Declare them: effects, lags, base, shares, places."""
    driver_effects = sa.Table(
        "driver_effects",
        metadata,
        # forecasting.associations: one row per category and driver
        sa.Column("category", sa.Text, nullable=False),  # path of one or two levels; "" is all
        sa.Column("level", sa.Integer, nullable=False),  # 0 all orders, 1, 2
        sa.Column("driver", sa.Text, nullable=False),
        sa.Column("control", sa.Boolean, nullable=False),
        sa.Column("refused", sa.Text),  # code; null: tested
        sa.Column("found", sa.Boolean, nullable=False),
        sa.Column("basis", sa.Text),  # years | shifts
        *(
            sa.Column(n, sa.Integer)
            for n in ("events", "days", "exposed", "placebos", "lasts", "heavy_days")
        ),
        sa.Column("shape", sa.Text),  # even | flattening
        *(
            sa.Column(n, sa.Float)
            for n in (
                "highest", "reference", "step", "z", "scale", "p", "q", "ratio", "low", "high",
                "interval_scale", "extra_year", "extra_low", "extra_high", "adjusted",
                "adjusted_low", "adjusted_high", "alpha", "heavy_from", "heavy_observed",
                "heavy_expected",
            )
        ),
        sa.Column("beside", sa.Text),  # drivers that ``adjusted`` stands beside, joined by ;
        sa.Column("beta", sa.Text),  # JSON: log ratio per unit and lag
        sa.Column("covariance", sa.Text),  # JSON, calibrated
    )  # fmt: skip
    driver_lags = sa.Table(
        "driver_lags",
        metadata,
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("driver", sa.Text, nullable=False),
        sa.Column("lag", sa.Integer, nullable=False),
        *(sa.Column(n, sa.Float) for n in ("ratio", "low", "high")),
    )
    driver_base = sa.Table(
        "driver_base",
        metadata,
        # the days to come with the driver at its reference
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("driver", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("expected", sa.Float, nullable=False),
    )
    driver_shares = sa.Table(
        "driver_shares",
        metadata,
        # orders by district on exposed days and on all days
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("driver", sa.Text, nullable=False),
        sa.Column("district", sa.Text),
        sa.Column("exposed", sa.Float, nullable=False),
        sa.Column("usual", sa.Float, nullable=False),
    )
    driver_places = sa.Table(
        "driver_places",
        metadata,
        # forecasting.associations.concentration: streets, and the points (addresses) that stand out
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("driver", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),  # street | point
        sa.Column("district", sa.Text),
        sa.Column("street", sa.Text),
        sa.Column("place", sa.Text),
        *(sa.Column(n, sa.Float) for n in ("lon", "lat")),
        *(sa.Column(n, sa.Integer) for n in ("exposed", "ordinary")),
        *(
            sa.Column(n, sa.Float)
            for n in (
                "usual", "extra", "share", "share_low", "share_high", "ratio", "low", "high", "p",
                "q",
            )
        ),
    )  # fmt: skip
    return driver_effects, driver_lags, driver_base, driver_shares, driver_places
