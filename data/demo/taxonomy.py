"""The simulated city's categories as arrays: weights, limits, seasons and who handles them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from data.demo.arrays import Floats, Ints
from data.demo.city import City, load_yaml
from metrics.selection import PATH

LIMITS = ("emergency", "utility", "enquiry", "ordinary", "complex")
COMPANY_LEVEL1 = ("市场监管", "劳动保障", "物业管理", "住房与历史遗留")
"""Level-1 categories whose orders mostly name a firm."""
HOURS = ("office", "day", "evening", "night")
STREET, HOSPITAL = -1, -2
"""Handlers that stand for "the place's own office" and "one of the hospitals"."""


@dataclass(frozen=True)
class Kind:
    """What a level-2 category is: its texts and its row of ``categories.yaml``."""

    issue: tuple[str, ...]
    say: tuple[str, ...]
    done: tuple[str, ...]
    impact: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """Level-2 categories in a fixed order; arrays are indexed by that order."""

    level1: tuple[str, ...]
    level2: tuple[str, ...]
    first: Ints  # number of the level-1 category
    names1: tuple[str, ...]
    weight: Floats
    urban: Floats
    hard: Floats
    limit: Ints
    hours: Ints
    season: tuple[str, ...]
    type: tuple[str, ...]
    handlers: Ints  # (categories, options): unit number, STREET or HOSPITAL
    handler_chance: Floats  # cumulative
    kinds: tuple[Kind, ...]
    table: pd.DataFrame  # rows of the ``categories`` table

    def number(self, path: str) -> int:
        """The number of a level-2 path (``level1->level2``)."""
        first, second = path.split(PATH)
        return next(
            i
            for i, pair in enumerate(zip(self.level1, self.level2, strict=True))
            if pair == (first, second)
        )


@lru_cache(maxsize=1)
def _tree() -> dict[str, Any]:
    return load_yaml("categories.yaml")


def taxonomy(city: City) -> Taxonomy:
    """Read ``categories.yaml`` for a city (unit names become unit numbers)."""
    tree = _tree()
    flat = [
        (one, two, spec, group)
        for one, group in tree.items()
        for two, spec in group["kinds"].items()
    ]
    names1 = tuple(tree)
    numbers = {**city.unit_number, "street": STREET, "hospital": HOSPITAL}
    options = max(len(spec["to"]) for _, _, spec, _ in flat)
    handlers = np.zeros((len(flat), options), dtype=np.int64)
    chance = np.ones((len(flat), options))
    for i, (_, _, spec, _) in enumerate(flat):
        share = np.array(list(spec["to"].values()), dtype=float)
        units = [numbers[name] for name in spec["to"]]
        handlers[i] = units + [units[0]] * (options - len(units))
        chance[i, : len(units)] = np.cumsum(share / share.sum())
        chance[i, len(units) - 1 :] = 1.0

    def column(name: str) -> Floats:
        return np.array([float(spec[name]) for _, _, spec, _ in flat])

    return Taxonomy(
        level1=tuple(one for one, *_ in flat),
        level2=tuple(two for _, two, *_ in flat),
        first=np.array([names1.index(one) for one, *_ in flat]),
        names1=names1,
        weight=column("w"),
        urban=column("urban"),
        hard=column("hard"),
        limit=np.array([LIMITS.index(spec["limit"]) for _, _, spec, _ in flat]),
        hours=np.array([HOURS.index(spec["hours"]) for _, _, spec, _ in flat]),
        season=tuple(spec["season"] for _, _, spec, _ in flat),
        type=tuple(spec["type"] for _, _, spec, _ in flat),
        handlers=handlers,
        handler_chance=chance,
        kinds=tuple(
            Kind(
                tuple(spec["issue"]),
                tuple(spec["say"]),
                tuple(spec["done"]),
                tuple(group["impact"]),
            )
            for _, _, spec, group in flat
        ),
        table=_table(tree),
    )


def _table(tree: dict[str, Any]) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for one, group in tree.items():
        rows.append((one, 1, None, one, group["en"]))
        rows += [
            (f"{one}{PATH}{two}", 2, one, two, spec["en"]) for two, spec in group["kinds"].items()
        ]
    frame = pd.DataFrame(rows, columns=["path", "level", "parent", "name_zh", "name_en"])
    return frame.astype({"level": "int32"})
