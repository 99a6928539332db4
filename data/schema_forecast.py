"""The tables of the step "forecasts" (data/refresh/forecasts.py)."""

from __future__ import annotations

import sqlalchemy as sa

_ENDS = ("low_50", "high_50", "low_80", "high_80", "low_95", "high_95")


def forecast_tables(metadata: sa.MetaData) -> tuple[sa.Table, ...]:
    """Declare them: series, days, weeks, scores, last, rates."""
    forecast_series = sa.Table(
        "forecast_series",
        metadata,
        # forecasting.daily: one row per series; its numbers hang on ``node``
        sa.Column("node", sa.Integer, nullable=False),
        sa.Column("of", sa.Text, nullable=False),  # fixed keys joined by +; "" is the city
        sa.Column("district", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("category1", sa.Text),
        sa.Column("category", sa.Text),  # path, two levels
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("model_far", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),  # codes joined by ;
        sa.Column("verdict", sa.Text, nullable=False),
        *(sa.Column(n, sa.Float) for n in ("error", "error_bar", "gain", "typical", "coverage_80")),
        sa.Column("weeks", sa.Integer),  # judged in the back-test
        sa.Column("usual", sa.Float),  # orders a week over the last four weeks
    )

    forecast_days = sa.Table(
        "forecast_days",
        metadata,
        sa.Column("node", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("ahead", sa.Integer, nullable=False),
        sa.Column("expected", sa.Float, nullable=False),
        *(sa.Column(name, sa.Float) for name in _ENDS),
        *(
            sa.Column(n, sa.Float)
            for n in ("level", "trend", "weekday", "season", "holiday", "weather")
        ),
    )

    forecast_weeks = sa.Table(
        "forecast_weeks",
        metadata,
        sa.Column("node", sa.Integer, nullable=False),
        sa.Column("start_day", sa.Date, nullable=False),
        sa.Column("end_day", sa.Date, nullable=False),
        sa.Column("ahead", sa.Integer, nullable=False),
        sa.Column("expected", sa.Float, nullable=False),
        *(sa.Column(name, sa.Float) for name in _ENDS),
    )

    forecast_scores = sa.Table(
        "forecast_scores",
        metadata,
        # the back-test of a series by distance: see forecasting.daily.scores
        sa.Column("node", sa.Integer, nullable=False),
        sa.Column("band", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("observed", sa.Float),
        *(
            sa.Column(measure + rival, sa.Float)
            for rival in ("", "_bar", "_naive")
            for measure in ("wape", "mae", "mase", "rmsse")
        ),
        *(
            sa.Column(n, sa.Float)
            for n in ("bias", "coverage_50", "coverage_80", "coverage_95", "pinball")
        ),
    )

    forecast_last = sa.Table(
        "forecast_last",
        metadata,
        # what was said four weeks ago, and what came
        sa.Column("node", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("expected", sa.Float, nullable=False),
        sa.Column("low_80", sa.Float),
        sa.Column("high_80", sa.Float),
        sa.Column("observed", sa.Float),  # null: no data that day
    )

    forecast_rates = sa.Table(
        "forecast_rates",
        metadata,
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("district", sa.Text),  # null: the whole city
        sa.Column("start_day", sa.Date, nullable=False),
        sa.Column("end_day", sa.Date, nullable=False),
        sa.Column("expected", sa.Float),
        *(sa.Column(name, sa.Float) for name in _ENDS),
        sa.Column("denominator", sa.Float),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("last", sa.Float),  # the rate of the last complete month
        sa.Column("months", sa.Integer),  # judged in the back-test
        *(
            sa.Column(n, sa.Float)
            for n in (
                "mae",
                "mae_last_month",
                "mae_three_months",
                "bias",
                "coverage_50",
                "coverage_80",
                "coverage_95",
            )
        ),
    )
    return (
        forecast_series,
        forecast_days,
        forecast_weeks,
        forecast_scores,
        forecast_last,
        forecast_rates,
    )
