"""Where a text says it is: names of districts, streets, communities, roads and estates.

The gazetteer is learnt from the city's own orders: every named part of an address with the streets it was
recorded in. A name that lies in one street alone settles the place; one that lies in several narrows it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dispatch.grams import folded

Area = tuple[str, str]
"""District and street; the street "" stands for the whole district."""

_CUT = re.compile(
    r"[0-9一二三四五六七八九十百]*(?:号楼|号院|单元|栋|幢|层|室|组|号|弄|座|期|排)|[0-9]+|[\s,，。;；、()（）#/\\-]+"
)
_LATIN = re.compile(r"[a-zà-ɏ][a-zà-ɏ'.]*|[0-9]+(?:st|nd|rd|th)\b")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST, _LONGEST = 2, 14
_STREETS = 12
"""A name that lies in more streets says too little."""
_SLIP = 0.02
"""How often a text names a place other than its own (also keeps contradictions finite)."""
_STREETWORDS = frozenset(
    [
        "st",
        "ave",
        "rd",
        "road",
        "street",
        "avenue",
        "dr",
        "drive",
        "blvd",
        "sq",
        "square",
        "pl",
        "place",
        "ct",
        "way",
        "ln",
        "lane",
    ]
)


@dataclass(frozen=True)
class Named:
    """A place name found in a text."""

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Territory:
    """Where a text says it is. ``share``: how sure the street is (of the district where there is
    no street); names: what said so."""

    district: str = ""
    street: str = ""
    share: float = 0.0
    names: tuple[Named, ...] = ()


@dataclass(frozen=True)
class Gazetteer:
    """Place names with the areas they lie in (numbers of ``areas``) and how often."""

    areas: tuple[Area, ...]
    names: Mapping[str, Mapping[int, int]]
    districts: Mapping[str, str] = field(default_factory=dict)  # name as said -> district

    def find(self, text: str) -> Territory:
        """The place that a text names; an empty one where it names none."""
        found = self._named(folded(text))
        if not found:
            return Territory()
        log = np.zeros(len(self.areas))
        said = False
        for name in found:
            share = np.full(len(self.areas), _SLIP / max(len(self.areas), 1))
            district = self.districts.get(name.name)
            if district is not None:
                inside = [k for k, area in enumerate(self.areas) if area[0] == district]
                share[inside] += (1 - _SLIP) / max(len(inside), 1)
            else:
                where = self.names[name.name]
                total = sum(where.values())
                for k, n in where.items():
                    share[k] += (1 - _SLIP) * n / total
                said = True
            log += np.log(share)
        shares = np.exp(log - log.max())
        shares /= shares.sum()
        best = int(shares.argmax())
        if said and shares[best] >= 0.5:
            return Territory(*self.areas[best], float(shares[best]), tuple(found))
        by_district: dict[str, float] = defaultdict(float)
        for area, share_of in zip(self.areas, shares, strict=True):
            by_district[area[0]] += float(share_of)
        name_of, most = max(by_district.items(), key=lambda item: item[1])
        if most < 0.5 or not name_of:
            return Territory("", "", 0.0, tuple(found))
        return Territory(name_of, "", most, tuple(found))

    def _named(self, text: str) -> list[Named]:
        out: list[Named] = []
        place, size = 0, len(text)
        words = [(m.start(), m.end(), m.group()) for m in _LATIN.finditer(text)]
        for first in range(len(words)):
            for last in range(min(first + 4, len(words)) - 1, first - 1, -1):
                name = " ".join(_bare(w[2]) for w in words[first : last + 1])
                if self._known(name) and (not out or words[first][0] >= out[-1].end):
                    out.append(Named(words[first][0], words[last][1], name))
                    break
        while place < size:
            step = 1
            if _HAN.match(text[place]):
                for length in range(min(_LONGEST, size - place), _SHORTEST - 1, -1):
                    if self._known(text[place : place + length]):
                        out.append(Named(place, place + length, text[place : place + length]))
                        step = length
                        break
            place += step
        return sorted(out, key=lambda n: n.start)

    def _known(self, name: str) -> bool:
        return name in self.names or name in self.districts

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        listed = {
            name: [x for pair in where.items() for x in pair] for name, where in self.names.items()
        }
        return {"areas": self.areas, "names": listed, "districts": dict(self.districts)}

    @staticmethod
    def read(plain: Mapping[str, Any]) -> Gazetteer:
        """The opposite of :meth:`plain`."""
        names = {n: dict(zip(v[::2], v[1::2], strict=True)) for n, v in plain["names"].items()}
        return Gazetteer(tuple((a, b) for a, b in plain["areas"]), names, plain["districts"])


def learn(
    recorded: Iterable[tuple[str, str, str, str, int]],
    named_areas: Sequence[tuple[str, str, Sequence[str]]] = (),
) -> Gazetteer:
    """A gazetteer from (district, street, community, address, orders) and from the areas' own names
    (level, code of its district or "district\\tstreet", names in any language)."""
    rows = list(recorded)
    areas = tuple(sorted({(d, s) for d, s, *_ in rows}))
    number = {area: k for k, area in enumerate(areas)}
    found: dict[str, Counter[int]] = defaultdict(Counter)
    own = {name.lower() for d, s, *_ in rows for name in (d, s) if name}
    for district, street, community, address, n in rows:
        mine = number[district, street]
        if street:
            found[street.lower()][mine] += n
        for name in {community.lower(), *address_parts(address, own)}:
            if _usable(name):
                found[name][mine] += n
    districts = {d.lower(): d for d, _ in areas if d}
    for level, code, names in named_areas:
        for said in (n.lower() for n in names if n and len(n) >= _SHORTEST):
            if level == "district" and code in {d for d, _ in areas}:
                districts[said] = code
            elif level == "street":
                for area in areas:
                    if area[1] == code:
                        found[said][number[area]] += 1
    kept = {
        name: dict(where.most_common(_STREETS))
        for name, where in found.items()
        if name not in districts and _telling(where)
    }
    return Gazetteer(areas, kept, districts)


def address_parts(address: str, own: Iterable[str] = ()) -> set[str]:
    """The named parts of an address (roads, estates, villages), lower case; without the names in ``own``
    (districts and streets, which stand in columns of their own)."""
    text = folded(address)
    if not _HAN.search(text):
        return {
            " ".join(_bare(w) for w in _LATIN.findall(part))
            for part in re.split(r"[,;#&]| at ", text)
        }
    for name in _leading(text, own):
        text = text.replace(name, " ", 1)
    return {part for part in _CUT.split(text) if part}


def _leading(text: str, own: Iterable[str]) -> list[str]:
    names = own if isinstance(own, set | frozenset) else set(own)
    out, begin = [], 0
    for _ in range(2):
        for length in range(min(10, len(text) - begin), 1, -1):
            if text[begin : begin + length] in names:
                out.append(text[begin : begin + length])
                begin += length
                break
    return out


def _bare(word: str) -> str:
    return word.rstrip(".'")


def _usable(name: str) -> bool:
    if _HAN.search(name):
        return _SHORTEST <= len(name) <= _LONGEST
    words = name.split()
    return 2 <= len(words) <= 4 and any(w not in _STREETWORDS and len(w) > 2 for w in words)


def _telling(where: Counter[int]) -> bool:
    """Whether a name points anywhere: a dozen streets at most hold nine tenths of its orders."""
    total = sum(where.values())
    return sum(n for _, n in where.most_common(_STREETS)) >= 0.9 * total
