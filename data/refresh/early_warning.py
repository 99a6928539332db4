"""The step "alerts": early warning on every district × category, category and the city."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import coverage, records, schema
from data.refresh import Inputs, Results
from data.refresh.series import by_place
from data.store import Store
from forecasting.alerts import Budget, scan

SETTING = "alert_setting"
"""Kind of the record that holds the analyst's budget (one record, id ``city``)."""
CITY = "city"
URGENT = (
    "供暖",
    "供热",
    "暖气",
    "消防",
    "供水",
    "停水",
    "扬言",
    "威胁",
    "燃气",
    "heat",
    "fire",
    "water",
    "gas leak",
)
"""Words in a category's name that make it urgent (七有五性; documented for heating, threats, fire
safety and water in the Beijing scheme; the words themselves are an example to edit)."""
_COLUMNS = {
    "start": "start_day", "found": "found_day", "last": "last_day", "until": "until_day",
}  # fmt: skip


def urgent_paths(paths: Iterable[Any], words: Iterable[Any]) -> list[str]:
    """The category paths that a word makes urgent, whatever its case."""
    wanted = [str(word).lower() for word in words]
    return [p for p in paths if any(word in str(p).lower() for word in wanted)]


class EarlyWarning:
    """Early warning, see :mod:`forecasting.alerts`."""

    name = "alerts"
    tables = (schema.alerts, schema.alert_days)

    def setting(self, store: Store) -> Mapping[str, Any]:
        """The budgets and the words that make a category urgent."""
        plain = Budget()
        default = {"usual": plain.usual, "urgent": plain.urgent, "totals": plain.totals,
                   "words": list(URGENT)}  # fmt: skip
        kept = records.one(store, SETTING, CITY)
        return default | (dict(kept.body) if kept else {})

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """Daily counts and the days delivered."""
        daily = by_place(store, as_of).drop(columns="category1")
        if daily.empty:
            return None
        days = pd.DataFrame({"day": coverage.delivered_days(store)})
        return Inputs(as_of, store.settings.country, {"daily": daily, "days": days}, setting)

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """The episodes of the last year."""
        daily, told = inputs.frames["daily"], inputs.setting
        urgent = urgent_paths(daily["category"].dropna().unique(), told["words"])
        found = scan(
            daily, inputs.as_of, common="category", covered=inputs.frames["days"]["day"],
            country=inputs.country,
            budget=Budget(told["usual"], told["urgent"], told["totals"], tuple(urgent)),
        )  # fmt: skip
        tell(1.0)
        facts = {
            "series": dict(found.series), "budget": dict(found.budget),
            "reached": dict(found.reached), "false_per_day": found.false_per_day,
            "urgent": urgent,
        }  # fmt: skip
        frames = {"alerts": found.alerts.rename(columns=_COLUMNS), "alert_days": found.days}
        return Results(frames, facts)

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """An episode that goes on keeps its id."""
        new = results.frames["alerts"]
        if new.empty:
            return results
        table = schema.alerts
        old = connection.execute(
            sa.select(table.c.alert, table.c.scope, table.c.district, table.c.category,
                      table.c.start_day, table.c.until_day)
        ).fetchall()  # fmt: skip
        ids = identities(new, old)
        days = results.frames["alert_days"]
        named = days.assign(alert=[ids[int(row)] for row in days["row"]])
        return Results({"alerts": new.assign(alert=ids), "alert_days": named}, results.facts)


def identities(new: pd.DataFrame, old: Sequence[Any]) -> list[str]:
    """The id of each new row: that of the earlier alert of the same series whose days overlap, else
    one made from the series and the day it was found."""
    known: dict[tuple[str, str, str], list[Any]] = {}
    for row in old:
        known.setdefault(_key(row.scope, row.district, row.category), []).append(row)
    out, taken = [], set()
    for row in new.itertuples():
        series = _key(row.scope, row.district, row.category)
        start, until = _day(row.start_day), _day(row.until_day)
        same = [
            o.alert
            for o in known.get(series, [])
            if _day(o.start_day) <= until and _day(o.until_day) >= start and o.alert not in taken
        ]
        text = "|".join([*series, str(_day(row.found_day))])
        made = same[0] if same else blake2b(text.encode(), digest_size=6).hexdigest()
        taken.add(made)
        out.append(made)
    return out


def _key(scope: Any, district: Any, category: Any) -> tuple[str, str, str]:
    return (
        str(scope),
        district if isinstance(district, str) else "",
        category if isinstance(category, str) else "",
    )


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
