"""What records may refer to: units, categories, orders, adjustments and evaluators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from data.importing.values import folded
from data.registers.models import Fault
from data.schema import categories, orders, units
from metrics.scheme import Scheme

_AT_ONCE = 500


class Known:
    """The names in use, as one transaction sees them. Codes and names of both languages are
    understood (:meth:`resolved`)."""

    def __init__(self, connection: sa.Connection, schemes: Iterable[Scheme]) -> None:
        self.connection, self.schemes = connection, list(schemes)

    def resolved(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Values with names (of units, categories, adjustments, evaluators) as codes."""
        out = dict(raw)
        for name, table in self._tables.items():
            if isinstance(out.get(name), str):
                out[name] = table.get(folded(out[name]), out[name])
        return out

    def faults(self, body: Mapping[str, Any]) -> list[Fault]:
        """What a checked body refers to that is not there."""
        out = []
        for name, table in self._tables.items():
            value = body.get(name)
            if value and folded(value) not in table:
                out.append(Fault(_CODES[name], name, value, self._listed(name)))
        if body.get("adjustment") in self._counted:
            out.append(Fault("counted_adjustment", "adjustment", body["adjustment"]))
        return out

    def sources(self, order_ids: Sequence[str]) -> dict[str, list[str]]:
        """Order id -> the sources that have such an order."""
        out: dict[str, list[str]] = {}
        for start in range(0, len(order_ids), _AT_ONCE):
            ids = list(order_ids[start : start + _AT_ONCE])
            wanted = sa.select(orders.c.source, orders.c.order_id).where(orders.c.order_id.in_(ids))
            for row in self.connection.execute(wanted):
                out.setdefault(row.order_id, []).append(row.source)
        return out

    @cached_property
    def _tables(self) -> dict[str, dict[str, str]]:
        unit = self._names(units, units.c.unit)
        items = [item for scheme in self.schemes for item in scheme.adjustments]
        judges = [j for scheme in self.schemes for j in scheme.evaluators if j.indicator is None]
        return {
            "unit": unit,
            "requested_by": unit,
            "category": self._names(categories, categories.c.path),
            "adjustment": _named(items),
            "evaluator": _named(judges),
        }

    @cached_property
    def _counted(self) -> set[str]:
        items = [item for scheme in self.schemes for item in scheme.adjustments]
        return {i.id for i in items} - {i.id for i in items if i.when is None}

    def _listed(self, name: str) -> dict[str, str]:
        if name not in ("adjustment", "evaluator"):
            return {}
        return {"known": ", ".join(sorted(set(self._tables[name].values())))}

    def _names(self, table: sa.Table, code: sa.Column[Any]) -> dict[str, str]:
        """Folded code or name -> code; a name that two of them have stands for neither."""
        rows = list(self.connection.execute(sa.select(code, table.c.name_zh, table.c.name_en)))
        out: dict[str, str] = {}
        twice = set()
        for row in rows:
            for name in {folded(row[1]), folded(row[2])}:
                if out.setdefault(name, row[0]) != row[0]:
                    twice.add(name)
        out = {name: found for name, found in out.items() if name not in twice}
        return out | {folded(row[0]): row[0] for row in rows}


_CODES = {
    "unit": "unknown_unit", "requested_by": "unknown_unit", "category": "unknown_category",
    "adjustment": "unknown_adjustment", "evaluator": "unknown_evaluator",
}  # fmt: skip


def _named(items: Sequence[Any]) -> dict[str, str]:
    out = {}
    for item in items:
        for name in (item.id, item.names.zh, item.names.en):
            out[folded(name)] = item.id
    return out
