"""The step "effects": every accepted action and every topic begun, measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import records, schema
from data.coverage import delivered_days
from data.effect_counts import counts_of
from data.effect_specs import Spec, from_row, specs
from data.effects import measure
from data.refresh import Inputs, Results
from data.registers import ACTION
from data.store import Store
from data.topics import TOPIC
from forecasting.counterfactual import Days, Effect

_DAYS = {"start_day": "start", "first_day": "after"}
_TAKEN = (
    "verdict", "reason", "final", "observed", "expected", "ratio", "low_80", "high_80", "low_95",
    "high_95", "p", "wander", "stretch", "weeks", "before", "events", "compared", "placebos",
)  # fmt: skip


class Effects:
    """What actions did, see :mod:`forecasting.counterfactual`."""

    name = "effects"
    tables = (schema.effects,)

    def setting(self, store: Store) -> Mapping[str, Any]:
        """What people have written: an action that is accepted is measured at once."""
        return {kind: records.version(store, kind) for kind in (ACTION, TOPIC)}

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """The things to be measured, and the counts of each source."""
        wanted = specs(store)
        if not wanted:
            return None
        frames = {"days": pd.DataFrame({"day": delivered_days(store)})}
        frames["specs"] = pd.DataFrame([spec.plain() for spec in wanted])
        for spec in wanted:
            if spec.level and not spec.reason and spec.source not in frames:
                frames[spec.source] = counts_of(store, spec, as_of)
        return Inputs(as_of, store.settings.country, frames, setting)

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """One row per action or topic."""
        covered = list(inputs.frames["days"]["day"])
        listed = [from_row(row) for row in inputs.frames["specs"].to_dict("records")]
        rows, days = [], {}
        for number, spec in enumerate(listed):
            if spec.source in inputs.frames and spec.source not in days:
                days[spec.source] = Days.of(inputs.frames[spec.source], covered)
            grid = days.get(spec.source, Days(inputs.as_of, (), pd.DataFrame().to_numpy()))
            rows.append(row_of(spec, measure(spec, grid, inputs.as_of)))
            tell((number + 1) / len(listed))
        verdicts = pd.Series([row["verdict"] for row in rows]).value_counts()
        return Results(
            {"effects": pd.DataFrame(rows)}, {str(k): int(v) for k, v in verdicts.items()}
        )

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """Nothing to be kept."""
        del connection
        return results


def row_of(spec: Spec, found: Effect) -> dict[str, Any]:
    """The row of the table."""
    out: dict[str, Any] = {name: getattr(found, name) for name in _TAKEN}
    own = {"kind": spec.kind, "record": spec.record, "revision": spec.revision, "unit": spec.unit}
    days = {name: getattr(spec, field) for name, field in _DAYS.items()}
    return {**own, "level": spec.level or None, **out, **days, "last_day": found.last}
