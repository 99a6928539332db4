"""The step "forecasts": the next 28 days and 13 weeks of every series, and next month's rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import arrivals, coverage, schema, scheme_versions, scoring
from data.refresh import Inputs, Results
from data.refresh import forecast_inputs as inputs_of
from data.refresh.forecast_rates import rate_rows
from data.refresh.series import by_place, by_unit
from data.store import Store
from forecasting.daily import Forecast, aligned, forecast
from metrics.periods import containing
from metrics.scheme import Scheme

PLACE, UNIT = 0.35, 0.97
"""Shares of the work that is done after the panel of places, and after that of units."""
_STAGES = {"prepare": (0.0, 0.05), "test": (0.05, 0.8), "fit": (0.8, 0.9), "write": (0.9, 1.0)}
_RENAMED = {"start": "start_day", "end": "end_day"}
UNITS_OWN = ("unit", "unit+category1")
"""Sums of the units' panel that the panel of places does not have."""
FOUR_WEEKS = 28


class Forecasts:
    """District × category, unit × top category and all sums, see :mod:`forecasting.daily`."""

    name = "forecasts"
    tables = (
        schema.forecast_series, schema.forecast_days, schema.forecast_weeks,
        schema.forecast_scores, schema.forecast_last, schema.forecast_rates,
    )  # fmt: skip

    def setting(self, store: Store) -> Mapping[str, Any]:
        """The scheme whose rates are forecast, and the newest day of the weather known."""
        scheme = scheme_of(store, coverage.last_complete_day(store))
        newest = store.scalar(sa.select(sa.func.max(schema.factors.c.day)))
        return {
            "scheme": scheme.id,
            "scheme_version": scheme.version,
            "weather": str(newest) if newest else None,
        }

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """Daily counts, days delivered, weather, lateness, monthly rates."""
        place = by_place(store, as_of)
        if place.empty:
            return None
        scheme = scheme_of(store, as_of)
        month = containing(
            inputs_of.month_rule(scheme), datetime.combine(as_of + timedelta(days=1), time())
        )
        frames = {
            "place": place,
            "unit": by_unit(store, as_of),
            "days": pd.DataFrame({"day": coverage.delivered_days(store)}),
            "weather": inputs_of.weather(store),
            "monthly": inputs_of.monthly(store, scheme, as_of),
        }
        late = arrivals.lateness(store, as_of)
        told = {
            "scheme": scheme.id, "month": inputs_of.label(month),
            "start": month.start.date(), "end": month.last_day,
            "registered": late.shares, "late_known": late.known, "deliveries": late.deliveries,
        }  # fmt: skip
        return Inputs(as_of, store.settings.country, frames, {**setting, **told})

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """Forecasts of both panels, units' made to add up to the city's categories; rates."""
        place = _forecast(inputs, "place", _stages(tell, 0.0, PLACE), {"category": "category1"})
        if place is None:
            return Results({table.name: pd.DataFrame() for table in self.tables})
        units = _forecast(inputs, "unit", _stages(tell, PLACE, UNIT), {})
        panels = [(place, inputs.frames["place"])]
        if units is not None and "category1" in set(units.series["of"]):
            panels.append((_own(aligned(units, place, "category1")), inputs.frames["unit"]))
        told = inputs.setting
        rates = rate_rows(
            inputs.frames["monthly"], told["scheme"], told["month"], told["start"], told["end"]
        )
        frames = _rows(panels, inputs)
        tell(1.0)
        facts = {
            "until": place.as_of, "notes": place.notes, "series": len(frames["forecast_series"]),
            "registered": told["registered"], "late_known": told["late_known"],
            "deliveries": told["deliveries"],
            "weather": [c for c in inputs.frames["weather"] if c != "day"],
            "weather_until": told["weather"],
        }  # fmt: skip
        return Results({**frames, "forecast_rates": rates}, facts)

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """Nothing: a forecast replaces the earlier one whole."""
        del connection
        return results


def scheme_of(store: Store, as_of: date | None) -> Scheme:
    """The scheme that pages show first, in the version that scores the day after ``as_of``."""
    shown = scoring.shown_first(store)
    if as_of is None:
        return shown
    ahead = as_of + timedelta(days=1)
    return scheme_versions.in_force(scheme_versions.versions(store), shown.id, ahead) or shown


def _forecast(
    inputs: Inputs, name: str, tell: Callable[[str, float], None], within: Mapping[str, str]
) -> Forecast | None:
    weather = inputs.frames["weather"]
    return forecast(
        inputs.frames[name], inputs.as_of, pool="category1", country=inputs.country,
        covered=inputs.frames["days"]["day"], registered=inputs.setting["registered"],
        factors=weather if len(weather) else None, within=within, progress=tell,
    )  # fmt: skip


def _stages(
    tell: Callable[[float], None], start: float, end: float
) -> Callable[[str, float], None]:
    def progress(stage: str, share: float) -> None:
        low, high = _STAGES.get(stage, (0.0, 0.0))
        tell(start + (end - start) * (low + (high - low) * share))

    return progress


def _own(units: Forecast) -> Forecast:
    """Without the sums that the panel of places has already."""
    kept = units.series[units.series["of"].isin(UNITS_OWN)]

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["node"].isin(kept["node"])]

    return replace(
        units, series=kept, days=own(units.days), weeks=own(units.weeks),
        scores=own(units.scores), last_time=own(units.last_time),
    )  # fmt: skip


def _rows(panels: list[tuple[Forecast, pd.DataFrame]], inputs: Inputs) -> dict[str, pd.DataFrame]:
    """The frames of all panels as rows of the tables, ``node`` numbered through."""
    parts: dict[str, list[pd.DataFrame]] = {}
    first = 0
    for made, daily in panels:
        series = made.series.merge(_usual(made, daily, inputs), on="node", how="left")
        series["notes"] = [";".join(codes) for codes in series["notes"]]
        frames = {
            "forecast_series": series, "forecast_days": made.days, "forecast_weeks": made.weeks,
            "forecast_scores": made.scores, "forecast_last": made.last_time,
        }  # fmt: skip
        for name, frame in frames.items():
            parts.setdefault(name, []).append(frame.assign(node=frame["node"] + first))
        first += int(made.series["node"].max()) + 1
    out = {}
    for name, frames_of in parts.items():
        filled = [frame for frame in frames_of if len(frame)] or frames_of[:1]
        out[name] = pd.concat(filled, ignore_index=True).rename(columns=_RENAMED)
    return out


def _usual(made: Forecast, daily: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """node, usual: orders a week over the delivered days of the last four weeks."""
    last = pd.Timestamp(made.as_of)
    first = last - pd.Timedelta(days=FOUR_WEEKS - 1)
    seen = pd.to_datetime(inputs.frames["days"]["day"])
    days = int(seen[(seen >= first) & (seen <= last)].nunique())
    stamps = pd.to_datetime(daily["day"])
    rows = daily[(stamps >= first) & (stamps <= last)]
    frames = []
    for of, nodes in made.series.groupby("of"):
        keys = [key for key in str(of).split("+") if key]
        if keys:
            sums = rows.groupby(keys, as_index=False, dropna=False)["n"].sum()
            found = nodes[["node", *keys]].merge(sums, on=keys, how="left")
        else:
            found = nodes[["node"]].assign(n=rows["n"].sum())
        frames.append(found[["node", "n"]])
    out = pd.concat(frames, ignore_index=True)
    out["usual"] = out["n"].fillna(0).astype(float) * 7 / days if days else float("nan")
    return out[["node", "usual"]]
