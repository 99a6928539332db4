"""Which unit handles it: territory first, then the category, each shrunk toward what is wider.

Units that serve one street (or one district) alone are *roles* there: "the street's own office" is one role
everywhere, so that a street learns from the whole city which matters its office handles:

    p(role | category, street)   = (n(role, category, street)   + K · p(role | category, district)) / (n + K)
    p(role | category, district) = (n(role, category, district) + K · p(role | category)) / (n + K)
    p(role | category)           = (n(role, category)           + K · p(role | coarsest category)) / (n + K)

(Dirichlet shrinkage with a fixed K). Without a place in the text the unit follows from the category alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dispatch.places import Area
from dispatch.tree import Path

Role = tuple[str, str]
"""Scope (street, district, city) and template; for the city the unit's name."""
K = 10.0
LOCAL = 0.8
"""A unit with that share of its orders from one street (district) is that street's (district's) own."""
_FEW = 5


@dataclass(frozen=True)
class Units:
    """Counts of who handled what where; made by :func:`learn`."""

    local: Mapping[tuple[str, str, str], str]  # scope, template, area -> unit
    counts: Mapping[
        tuple[str, str], Mapping[Role, int]
    ]  # category (joined), area ("" city) -> roles
    plain_units: Mapping[str, Mapping[str, int]]  # category -> units, wherever
    sharp: float = 1.0

    def by_category(self, shares: Mapping[Path, float]) -> dict[str, float]:
        """Confidence by unit from the category alone (the comparison)."""
        out: dict[str, float] = defaultdict(float)
        for path, share in shares.items():
            found = self._plain(path)
            total = sum(found.values())
            for unit, n in found.items():
                out[unit] += share * n / total
        return self._sorted(out)

    def suggest(
        self, shares: Mapping[Path, float], district: str, street: str, sure: float = 1.0
    ) -> dict[str, float]:
        """Confidence by unit, highest first. ``sure``: how sure the place is."""
        if not district and not street:
            return self.by_category(shares)
        out: dict[str, float] = defaultdict(float)
        for path, share in shares.items():
            for role, p in self._roles(path, district, street).items():
                unit = self._unit(role, district, street)
                if unit is not None:
                    out[unit] += share * p
        if sure < 1 and out:
            total = sum(out.values())
            for unit in out:
                out[unit] *= sure / total
            for unit, p in self.by_category(shares).items():
                out[unit] += (1 - sure) * p
        return self._sorted(out) if out else self.by_category(shares)

    def _roles(self, path: Path, district: str, street: str) -> dict[Role, float]:
        wide: dict[Role, float] = {}
        coarse = self.counts.get((_key(path[:1]), ""), {})
        total = sum(coarse.values())
        if total:
            wide = {role: n / total for role, n in coarse.items()}
        for area in ("", district, f"{district}\t{street}" if street else None):
            if area is None or (area == "" and len(path) == 1):
                continue
            here = self.counts.get((_key(path), area), {})
            n = sum(here.values())
            wide = {
                role: (here.get(role, 0) + K * wide.get(role, 0.0)) / (n + K)
                for role in {*here, *wide}
            }
        return wide

    def _unit(self, role: Role, district: str, street: str) -> str | None:
        scope, template = role
        if scope == "city":
            return template
        area = f"{district}\t{street}" if scope == "street" else district
        return self.local.get((scope, template, area))

    def _plain(self, path: Path) -> Mapping[str, int]:
        return self.plain_units.get(_key(path)) or self.plain_units.get(_key(path[:1]), {})

    def _sorted(self, found: Mapping[str, float]) -> dict[str, float]:
        total = sum(v**self.sharp for v in found.values()) or 1.0
        listed = sorted(found.items(), key=lambda item: -item[1])
        return {unit: v**self.sharp / total for unit, v in listed}

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "local": [[*key, unit] for key, unit in self.local.items()],
            "counts": [
                [*key, [[*role, n] for role, n in found.items()]]
                for key, found in self.counts.items()
            ],
            "plain_units": {key: dict(found) for key, found in self.plain_units.items()},
            "sharp": self.sharp,
        }

    @staticmethod
    def read(plain: Mapping[str, Any]) -> Units:
        """The opposite of :meth:`plain`."""
        return Units(
            {(a, b, c): unit for a, b, c, unit in plain["local"]},
            {(a, b): {(r, t): n for r, t, n in found} for a, b, found in plain["counts"]},
            plain["plain_units"], plain["sharp"],
        )  # fmt: skip


def learn(rows: Iterable[tuple[Path, str, str, str, int]]) -> Units:
    """From (category, district, street, unit, orders) of the past; unknown places are ""."""
    listed = [row for row in rows if row[3] and row[0]]
    roles, local = _assign(listed)
    counts: dict[tuple[str, str], Counter[Role]] = defaultdict(Counter)
    plain: dict[str, Counter[str]] = defaultdict(Counter)
    for path, district, street, unit, n in listed:
        role = roles[unit]
        home = (*role, _area(role[0], (district, street)))
        if role[0] != "city" and local.get(home) != unit:
            role = ("city", unit)  # it lent a hand elsewhere
        areas = {"", district, f"{district}\t{street}" if street else ""}
        for area in areas:
            counts[_key(path), area][role] += n
        if len(path) > 1:
            counts[_key(path[:1]), ""][role] += n
            plain[_key(path[:1])][unit] += n
        plain[_key(path)][unit] += n
    return Units(local, counts, plain)


def calibration(found: Sequence[Mapping[str, float]], truth: Sequence[str]) -> tuple[Any, Any]:
    """Log confidences of the suggestions and which is right, for :func:`dispatch.linear.sharpness`;
    texts whose unit is not among the suggestions are left out."""
    width = max((len(f) for f in found), default=1)
    kept = [(f, t) for f, t in zip(found, truth, strict=True) if t in f]
    table = np.full((len(kept), width), -1e3)
    label = np.zeros(len(kept), dtype=np.int64)
    for k, (shares, unit) in enumerate(kept):
        table[k, : len(shares)] = np.log(np.maximum(list(shares.values()), 1e-9))
        label[k] = list(shares).index(unit)
    return table, label


def _assign(
    rows: Sequence[tuple[Path, str, str, str, int]],
) -> tuple[dict[str, Role], dict[tuple[str, str, str], str]]:
    streets: dict[str, Counter[Area]] = defaultdict(Counter)
    for _, district, street, unit, n in rows:
        streets[unit][district, street] += n
    several = len({d for _, d, *_ in rows if d}) > 1
    roles: dict[str, Role] = {}
    local: dict[tuple[str, str, str], str] = {}
    weight: dict[tuple[str, str, str], int] = {}
    for unit, where in streets.items():
        total = sum(where.values())
        area, most = max(
            ((a, n) for a, n in where.items() if a[1]), key=lambda x: x[1], default=(("", ""), 0)
        )
        scope = ""
        if total >= _FEW and most >= LOCAL * total:
            scope = "street"
        elif total >= _FEW and several:
            by_district: Counter[str] = Counter()
            for (district, _), n in where.items():
                by_district[district] += n
            name, most = by_district.most_common(1)[0]
            if name and most >= LOCAL * total:
                scope, area = "district", (name, "")
        if not scope:
            roles[unit] = ("city", unit)
            continue
        role = (scope, _template(unit, area))
        key = (*role, _area(scope, area))
        if weight.get(key, 0) < total:
            weight[key], local[key] = total, unit
        roles[unit] = role
    return roles, local


def _template(unit: str, area: Area) -> str:
    """The unit's name without its place's: offices of one kind share it."""
    text = unit
    for name in (area[1], area[0]):
        for said in (
            name,
            name.removesuffix("街道").removesuffix("镇").removesuffix("乡").removesuffix("区"),
        ):
            if len(said) >= 2:
                text = text.replace(said, "")
    for kind in ("街道", "镇", "乡", "地区"):  # 街道办事处 and 镇人民政府 are one kind of office
        text = text.removeprefix(kind)
    return "" if text in ("", "办事处", "人民政府", "政府") else text


def _area(scope: str, area: Area) -> str:
    return f"{area[0]}\t{area[1]}" if scope == "street" else area[0]


def _key(path: Path) -> str:
    return "\t".join(path)
