"""The model in use: one text in, category, unit, place, what spoke and similar cases out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from dispatch.cases import Cases
from dispatch.features import Features
from dispatch.packing import pack, unpack
from dispatch.places import Gazetteer, Territory
from dispatch.speaking import Spoke, spoken
from dispatch.tree import Node, Path, Tree
from dispatch.units import Units

CONSIDERED = 5
"""Categories that the unit is drawn from, weighted by their confidence."""


@dataclass(frozen=True)
class Answer:
    """What the model says about one text; confidences add up to at most one."""

    categories: tuple[tuple[Path, float], ...]
    levels: tuple[tuple[Path, float], ...]  # the likeliest path, level by level
    units: tuple[tuple[str, float], ...]
    plain_units: tuple[tuple[str, float], ...]  # from the category alone
    territory: Territory
    recorded: bool = False  # whether the place was recorded with the order, not read from the text

    @property
    def category(self) -> Path:
        """The likeliest category."""
        return self.categories[0][0]

    @property
    def sure(self) -> float:
        """Confidence in it."""
        return self.categories[0][1]

    @property
    def unit(self) -> str:
        """The likeliest unit; empty where nothing is known."""
        return self.units[0][0] if self.units else ""

    @property
    def unit_sure(self) -> float:
        """Confidence in it."""
        return self.units[0][1] if self.units else 0.0


@dataclass(frozen=True)
class Model:
    """Everything learnt from the city's past orders."""

    features: Features
    tree: Tree
    gazetteer: Gazetteer
    units: Units
    cases: Cases | None = None
    keys: tuple[str, ...] = ()  # of the cases
    courtesy: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def answer(
        self, title: str, content: str, district: str = "", street: str = "", most: int = 3
    ) -> Answer:
        """What the model says about one text; a recorded place is believed."""
        return self.answers([title], [content], [district], [street], most)[0]

    def answers(
        self,
        titles: Sequence[str],
        contents: Sequence[str],
        districts: Sequence[str] | None = None,
        streets: Sequence[str] | None = None,
        most: int = 3,
    ) -> list[Answer]:
        """The same for many texts."""
        n = len(contents)
        shares = self.tree.shares(self.features.of(titles, contents))
        placed = zip(districts or [""] * n, streets or [""] * n, strict=True)
        return [
            self._one(shares[k], f"{titles[k]}\n{contents[k]}", place, most)
            for k, place in enumerate(placed)
        ]

    def _one(self, shares: Any, text: str, place: tuple[str, str], most: int) -> Answer:
        top = np.argsort(-shares, kind="stable")[: max(most, CONSIDERED)]
        found = {self.tree.leaves[k]: float(shares[k]) for k in top if shares[k] > 1e-4}
        recorded = any(place)
        where = self.gazetteer.find(text)
        if recorded:
            where = Territory(*place, 1.0, where.names)
        units = self.units.suggest(found, where.district, where.street, where.share)
        return Answer(
            tuple(list(found.items())[:most]), self._levels(shares, next(iter(found))),
            tuple(list(units.items())[:most]),
            tuple(list(self.units.by_category(found).items())[:most]), where, recorded,
        )  # fmt: skip

    def _levels(self, shares: Any, best: Path) -> tuple[tuple[Path, float], ...]:
        out = []
        for depth in range(1, len(best) + 1):
            path = best[:depth]
            mine = [k for k, leaf in enumerate(self.tree.leaves) if leaf[:depth] == path]
            out.append((path, float(shares[mine].sum())))
        return tuple(out)

    def spoke(self, title: str, content: str, path: Path) -> tuple[Spoke, ...]:
        """The words of the text that speak for a category, see :mod:`dispatch.speaking`."""
        return spoken(self.features, self.tree, title, content, path)

    def similar(self, title: str, content: str, most: int = 20) -> list[tuple[str, float]]:
        """Keys of the most similar past cases within the three likeliest categories, with their
        similarity (cosine, 0 to 1)."""
        if self.cases is None or not len(self.cases):
            return []
        x = self.features.of([title], [content])
        shares = self.tree.shares(x)[0]
        groups = [int(k) for k in np.argsort(-shares, kind="stable")[:3]]
        return [(self.keys[k], score) for k, score in self.cases.nearest(x, groups, most)]

    @cached_property
    def leaf_number(self) -> dict[Path, int]:
        """Places of the leaves."""
        return {leaf: k for k, leaf in enumerate(self.tree.leaves)}

    def to_bytes(self) -> bytes:
        """For the store."""
        arrays = self.features.arrays()
        nodes = list(self.tree.nodes.items())
        for k, (_, node) in enumerate(nodes):
            arrays[f"weights_{k}"], arrays[f"intercept_{k}"] = node.weights, node.intercept
        if self.cases is not None:
            arrays |= {f"cases_{k}": v for k, v in self.cases.arrays().items()}
        head = {
            "nodes": [[path, node.branches] for path, node in nodes],
            "sharp": self.tree.sharp, "leaves": self.tree.leaves,
            "gazetteer": self.gazetteer.plain(), "units": self.units.plain(),
            "keys": self.keys, "courtesy": self.courtesy, "facts": dict(self.facts),
        }  # fmt: skip
        return pack(arrays, head)

    @staticmethod
    def from_bytes(data: bytes) -> Model:
        """The opposite. Raises :class:`dispatch.packing.BadModel`."""
        arrays, head = unpack(data)
        nodes = {
            tuple(path): Node(tuple(names), arrays[f"weights_{k}"], arrays[f"intercept_{k}"])
            for k, (path, names) in enumerate(head["nodes"])
        }
        leaves = tuple(tuple(leaf) for leaf in head["leaves"])
        cases = {k.removeprefix("cases_"): v for k, v in arrays.items() if k.startswith("cases_")}
        return Model(
            Features.read(arrays), Tree(nodes, tuple(head["sharp"]), leaves),
            Gazetteer.read(head["gazetteer"]), Units.read(head["units"]),
            Cases.read(cases) if cases else None, tuple(head["keys"]), tuple(head["courtesy"]),
            head["facts"],
        )  # fmt: skip
