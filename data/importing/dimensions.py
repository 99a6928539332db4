"""Categories, units and areas that a file mentions, as rows of the dimension tables."""

from __future__ import annotations

import re
from itertools import takewhile

import pandas as pd
import pyarrow as pa

from metrics.selection import PATH

_UNIT_TYPES = (
    ("hospital", r"医院|卫生院|卫生服务中心|hospital"),
    ("utility", r"供电|供水|自来水|排水|燃气|热力|供热|电力|电网|水务集团|公交集团|地铁|通信|移动|联通|电信|铁塔|water & sewer|utility"),
    ("township", r"(?:乡|镇|苏木)(?:人民政府|政府)?$|township"),
    ("street", r"街道(?:办事处|办)?$|地区办事处$|subdistrict"),
    ("department", r"(?:局|委|办|委员会|中心|大队|支队|部|厅|处|署|院)$|公安|城管|department|division|agency|bureau|office"),
)  # fmt: skip


class Found:
    """Collects names, chunk by chunk."""

    def __init__(self) -> None:
        self._categories: set[tuple[str, ...]] = set()
        self._units: set[tuple[str, str | None]] = set()
        self._areas: set[tuple[str, str | None]] = set()

    def add(self, orders: pa.Table) -> None:
        """Note every category path, unit, district and street of some orders."""
        for row in _distinct(orders, ["category1", "category2", "category3"]):
            names = tuple(takewhile(bool, map(_text, row)))
            self._categories.update(names[:n] for n in range(1, len(names) + 1))
        self._units.update((r[0], r[1]) for r in _distinct(orders, ["unit", "district"]) if r[0])
        for district, street in _distinct(orders, ["district", "street"]):
            if district:
                self._areas.add((district, None))
            if street:
                self._areas.add((street, district))

    def frames(self) -> dict[str, pd.DataFrame]:
        """``categories``, ``units`` and ``areas`` with the columns of those tables.

        Both names are the recorded one; the unit type is guessed from the name; a unit's
        district is given when all its orders lie in one. Facts nobody stated are null.
        """
        return {
            "categories": self._category_frame(),
            "units": self._unit_frame(),
            "areas": self._area_frame(),
        }

    def _category_frame(self) -> pd.DataFrame:
        rows = [
            (PATH.join(p), len(p), PATH.join(p[:-1]) or None, p[-1], p[-1])
            for p in sorted(self._categories)
        ]
        return pd.DataFrame(rows, columns=["path", "level", "parent", "name_zh", "name_en"])

    def _unit_frame(self) -> pd.DataFrame:
        districts: dict[str, set[str | None]] = {}
        for unit, district in self._units:
            districts.setdefault(unit, set()).add(district)
        rows = []
        for unit in sorted(districts):
            known = districts[unit]
            kind = guess_unit_type(unit)
            rows.append(
                (unit, unit, unit, kind, next(iter(known)) if len(known) == 1 else None, kind)
            )
        names = ["unit", "name_zh", "name_en", "unit_type", "district", "peer_group"]
        return pd.DataFrame(rows, columns=names)

    def _area_frame(self) -> pd.DataFrame:
        rows = [
            (area, "street" if parent else "district", parent, area, area)
            for area, parent in sorted(self._areas, key=lambda a: (a[1] or "", a[0]))
        ]
        return pd.DataFrame(rows, columns=["area", "level", "parent", "name_zh", "name_en"])


def _distinct(orders: pa.Table, columns: list[str]) -> list[list[str | None]]:
    grouped = orders.group_by(columns).aggregate([])
    return [list(row) for row in zip(*(grouped[c].to_pylist() for c in columns), strict=True)]


def _text(name: str | None) -> str:
    return name or ""


def guess_unit_type(name: str) -> str:
    """A unit's type from its name: street, township, department, hospital, utility or other."""
    for kind, pattern in _UNIT_TYPES:
        if re.search(pattern, name.strip(), re.IGNORECASE):
            return kind
    return "other"
