"""The step "drivers": which categories go along with which outside facts, how much, and where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.coverage import delivered_days
from data.factors import DriverSpec, reading
from data.refresh import Inputs, Results
from data.refresh import driver_inputs as inputs_of
from data.refresh.series import by_place
from data.store import Store
from forecasting.associations import Associations, Driver, associate, concentration
from metrics.selection import PATH

METHOD = 2
"""Rises when the method changes: results of the earlier one are stale then."""
MOST_POINTS = 40
"""Addresses kept of each category and driver."""
_PLACE = ("kind", "district", "street", "place", "lon", "lat", "exposed", "ordinary", "usual",
          "extra", "share", "share_low", "share_high", "ratio", "low", "high", "p", "q")  # fmt: skip


class Drivers:
    """Associations with weather and other outside facts, see :mod:`forecasting.associations`."""

    name = "drivers"
    tables = (
        schema.driver_effects, schema.driver_lags, schema.driver_base, schema.driver_shares,
        schema.driver_places,
    )  # fmt: skip

    def setting(self, store: Store) -> Mapping[str, Any]:
        """The method and the city's catalogue of factors."""
        _, known = reading.drivers(store)
        text = json.dumps({k: v.model_dump() for k, v in known.drivers.items()}, sort_keys=True)
        return {"method": METHOD, "catalogue": hashlib.sha256(text.encode()).hexdigest()[:12]}

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """Daily counts, drivers by day, and orders by place; nothing without factors."""
        values, known = reading.drivers(store)
        daily = by_place(store, as_of)
        if daily.empty or len(values.columns) < 2:
            return None
        specs = {
            k: v for k, v in known.usable(reading.by_day(store).columns).items() if k in values
        }
        first = pd.Timestamp(daily["day"].min())
        days = [
            day
            for day in delivered_days(store)
            if first <= pd.Timestamp(day) <= pd.Timestamp(as_of)
        ]
        exposed = inputs_of.exposures(values, specs, days)
        parts = [inputs_of.at_places(store, code, days_of) for code, days_of in exposed.items()]
        places = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        frames = {"daily": daily, "values": values, "days": pd.DataFrame({"day": days}),
                  "places": places}  # fmt: skip
        told = {
            "specs": {code: spec.model_dump(by_alias=True) for code, spec in specs.items()},
            "exposed": {code: one.exposed for code, one in exposed.items()},
            "ordinary": {code: len(one.ordinary) for code, one in exposed.items()},
        }
        return Inputs(as_of, store.settings.country, frames, {**setting, **told})

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """Test, calibrate and describe; where the associations found concentrate."""
        specs = {k: DriverSpec.model_validate(v) for k, v in inputs.setting["specs"].items()}
        whole = inputs_of.levels(inputs.frames["daily"])
        found = associate(
            whole.groupby(["day", "category"], as_index=False)[["n"]].sum(),
            inputs.frames["values"],
            [Driver(code, spec.step, spec.reference) for code, spec in specs.items()],
            inputs.as_of, country=inputs.country, covered=inputs.frames["days"]["day"],
            controls=("",), progress=lambda share: tell(0.9 * share),
        )  # fmt: skip
        level = whole.drop_duplicates("category").set_index("category")["level"]
        effects = found.effects.assign(level=found.effects["category"].map(level).astype(int))
        for name in ("beta", "covariance"):
            effects[name] = [json.dumps(v) if isinstance(v, list) else None for v in effects[name]]
        kept = effects[effects["found"].astype(bool) | effects["control"].astype(bool)]
        frames = {
            "driver_effects": effects.rename(columns={"window": "lasts"}),
            "driver_lags": found.lags,
            "driver_base": found.base,
            "driver_shares": _shares(whole, kept, inputs.setting["exposed"]),
            "driver_places": _places(inputs, kept),
        }
        tell(1.0)
        return Results(frames, _facts(found, inputs, specs))

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """Nothing: the results replace the earlier ones whole."""
        del connection
        return results


def _facts(found: Associations, inputs: Inputs, specs: Mapping[str, DriverSpec]) -> dict[str, Any]:
    out = dict(found.facts)
    values = inputs.frames["values"]
    known = {
        code: str(pd.Timestamp(values.loc[values[code].notna(), "day"].max()).date())
        for code in specs
        if values[code].notna().any()
    }
    counts = {code: len(days) for code, days in inputs.setting["exposed"].items()}
    return {**out, "until": str(inputs.as_of), "known_until": known, "exposed": counts,
            "ordinary": dict(inputs.setting["ordinary"]),
            "drivers": list(specs)}  # fmt: skip


def _shares(
    whole: pd.DataFrame, kept: pd.DataFrame, exposed: Mapping[str, tuple[date, ...]]
) -> pd.DataFrame:
    """category, driver, district, exposed, usual: orders on exposed days and on all days."""
    stamps = pd.to_datetime(whole["day"])
    parts = []
    for code, days in exposed.items():
        mine = whole[whole["category"].isin(kept.loc[kept["driver"] == code, "category"])]
        hit = stamps.loc[mine.index].isin(pd.to_datetime(list(days)))
        table = mine.assign(driver=code, exposed=mine["n"].where(hit, 0), usual=mine["n"])
        keys = ["category", "driver", "district"]
        parts.append(
            table.groupby(keys, as_index=False, dropna=False, observed=True)[
                ["exposed", "usual"]
            ].sum()
        )
    columns = ["category", "driver", "district", "exposed", "usual"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _places(inputs: Inputs, kept: pd.DataFrame) -> pd.DataFrame:
    """Streets and addresses of every association found."""
    rows = inputs.frames["places"]
    columns = ["category", "driver", *_PLACE]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    second = (rows["category1"] + PATH + rows["category2"]).where(rows["category2"].notna())
    parts = []
    for row in kept[~kept["control"].astype(bool)].to_dict("records"):
        path, code = str(row["category"]), str(row["driver"])
        mine = (second == path) if PATH in path else (rows["category1"] == path)
        table = rows[mine & (rows["driver"] == code)]
        if table.empty or row["ratio"] is None or row["ratio"] <= 1:
            continue
        days = len(inputs.setting["exposed"][code]), inputs.setting["ordinary"][code]
        made = _located(table, *days)
        parts.append(made.assign(category=path, driver=code)[columns])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _located(table: pd.DataFrame, exposed: int, ordinary: int) -> pd.DataFrame:
    """Streets, and the addresses with the most extra orders, each against all the rest."""
    keys = ["kind", "district", "street", "place"]
    sums = table.groupby(keys, as_index=False, dropna=False, observed=True).agg(
        exposed=("exposed", "sum"), ordinary=("ordinary", "sum"), lon=("lon", "mean"),
        lat=("lat", "mean"),
    )  # fmt: skip
    sums[["exposed", "ordinary"]] = sums[["exposed", "ordinary"]].astype(int)
    streets, points = (sums[sums["kind"] == kind] for kind in ("street", "point"))
    out = [concentration(streets, exposed, ordinary)]
    if len(points):
        # all other addresses stand together in one row, which is not kept
        rest = {
            "kind": "rest",
            "exposed": int(streets["exposed"].sum() - points["exposed"].sum()),
            "ordinary": int(streets["ordinary"].sum() - points["ordinary"].sum()),
        }
        both = pd.concat([points, pd.DataFrame([rest])], ignore_index=True)
        found = concentration(both, exposed, ordinary)
        found = found[(found["kind"] == "point") & (found["extra"] > 0)]
        out.append(found.sort_values("extra", ascending=False).head(MOST_POINTS))
    return pd.concat(out, ignore_index=True)
