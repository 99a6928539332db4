"""Which stored area a file's area is: by its name, then without 区/县/街道/District …, then by code.

Two names are alike when they agree (1) exactly; (2) after NFKC, in one case, without blanks and
punctuation; (3) also without what kind of area they say they are. Of several alike, the one that
orders name is meant, else the closest; where that leaves more than one, the reader must say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from data.boundaries.model import Area, Fault

_HAN_KIND = re.compile(
    r"(?:街道办事处|地区办事处|办事处|街道办|街道|地区|自治县|矿区|林区|新区|[区县市镇乡旗])$"
)
_LATIN_KIND = re.compile(
    r"^(?:city|district|county|town|township|borough|neighbou?rhood|ward|subdistrict)\s+of\s+"
    r"|\s+(?:sub-?district|district|county|city|township|town|borough|neighbou?rhood|ward|qu|xian|jiedao)$"
)


def plain(name: str) -> str:
    """NFKC, one case, no blanks, no punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def bare(name: str) -> str:
    """:func:`plain` without the kind of area, where at least two characters are left."""
    words = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    short = _LATIN_KIND.sub("", words).strip()
    short = _HAN_KIND.sub("", re.sub(r"[\W_]+", "", short if len(short) > 1 else words))
    return short if len(short) > 1 else plain(name)


@dataclass(frozen=True)
class Stored:
    """An area of the store. ``drawn``: it has a polygon."""

    area: str
    parent: str | None
    name_zh: str
    name_en: str
    drawn: bool = False


@dataclass
class Matched:
    """What became of each area of a file: the stored one, or ``None`` for a new one."""

    pairs: list[tuple[Area, Stored | None]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def new(self) -> list[Area]:
        """Areas that no stored one is called like."""
        return [area for area, stored in self.pairs if stored is None]


def match(
    areas: Sequence[Area],
    stored: Sequence[Stored],
    told: Mapping[str, str],
    used: Callable[[Stored], bool],
) -> Matched:
    """Match a file's areas to stored ones of the same level.

    ``told``: the file's name -> the stored one; two names told to be one area are joined later.
    ``used``: whether orders name an area.
    """
    out = Matched()
    known = {area.name for area in areas}
    out.faults = [Fault("match_unused", 0, name) for name in told if name not in known]
    certain = _certain(areas, stored, told, used)
    left = [one for one in stored if one not in certain.values()]
    for area in areas:
        if area.name in told:
            found = _told(area, told[area.name], stored)
            if not found:
                params = {"stored": told[area.name]}
                out.faults.append(Fault("bad_match", 0, area.name, params))
                continue
        elif area in certain:
            found = [certain[area]]
        else:
            found = _meant(area, left, used)
        if len(found) > 1:
            listed = ", ".join(shown(one) for one in found[:6])
            out.faults.append(Fault("ambiguous", 0, area.name, {"stored": listed}))
        else:
            out.pairs.append((area, found[0] if found else None))
    out.faults += _doubled(out.pairs, told)
    return out


def shown(stored: Stored) -> str:
    """A stored area as a reader writes it: with its parent, where it has one."""
    return f"{stored.parent}/{stored.area}" if stored.parent else stored.area


def _certain(
    areas: Sequence[Area],
    stored: Sequence[Stored],
    told: Mapping[str, str],
    used: Callable[[Stored], bool],
) -> dict[Area, Stored]:
    """Areas called exactly like one stored area that orders name."""
    out = {}
    for area in areas:
        same = [one for one in stored if one.area == area.name and _family(area, one)]
        if area.name not in told and len(same) == 1 and used(same[0]):
            out[area] = same[0]
    return out


def _family(area: Area, stored: Stored) -> bool:
    return area.parent is None or stored.parent is None or area.parent == stored.parent


def _told(area: Area, name: str, stored: Sequence[Stored]) -> list[Stored]:
    exact = [one for one in stored if name in (one.area, shown(one))]
    mine = [one for one in exact if _family(area, one)]
    return mine or exact


def _meant(area: Area, stored: Sequence[Stored], used: Callable[[Stored], bool]) -> list[Stored]:
    called = [n for n in (area.name, area.name_zh, area.name_en) if n]
    found = _alike(called, stored, bare)
    if not found and area.code:
        found = _alike([area.code], stored, plain)
    found = [one for one in found if _family(area, one)]
    named = [one for one in found if used(one)]
    if len(named) == 1:
        return named
    for step in (str, plain):
        closest = _alike(called, found, step)
        if len(closest) == 1:
            return closest
    return found


def _alike(
    called: Sequence[str], stored: Sequence[Stored], step: Callable[[str], str]
) -> list[Stored]:
    wanted = {step(name) for name in called}
    return [o for o in stored if wanted & {step(n) for n in (o.area, o.name_zh, o.name_en)}]


def _doubled(pairs: Sequence[tuple[Area, Stored | None]], told: Mapping[str, str]) -> list[Fault]:
    """Two areas of the file that would become one stored area, unless the reader said so."""
    by: dict[tuple[str | None, str], list[Area]] = {}
    for area, stored in pairs:
        if stored is not None:
            by.setdefault((stored.parent, stored.area), []).append(area)
    return [
        Fault("same_stored", 0, ", ".join(a.name for a in mine), {"stored": area})
        for (_, area), mine in by.items()
        if len(mine) > 1 and not all(a.name in told for a in mine)
    ]
