"""What the simulated city knows and a good analysis should find: every planted truth, in one place."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import numpy as np

from data.demo.city import City


@dataclass(frozen=True)
class RisingArea:
    """A street whose complaints rise steadily from a day on."""

    street: str
    start: date
    end: date
    ratio: float  # rate on the last day against an undisturbed street


@dataclass(frozen=True)
class TreatedArea:
    """A street in which one class of complaints fell on a day and stayed low."""

    street: str
    category: str
    start: date
    ratio: float


@dataclass(frozen=True)
class HidingUnit:
    """A unit that books most callers who were not satisfied as "could not be reached"."""

    unit: str
    hidden_share: float
    worse_log_odds: float  # how much less it really resolves
    seen_less: float  # how much lower a survey of residents finds it than its callers do


@dataclass(frozen=True)
class BetterUnit:
    """A unit that really resolves more than its peers."""

    unit: str
    log_odds: float
    faster: float  # factor on the time to close


@dataclass(frozen=True)
class RainEffect:
    """Ponding complaints: rate ratio per 10 mm of rain at lags of 0, 1 and 2 days."""

    category: str
    rate_ratio_per_10mm: tuple[float, float, float]


@dataclass(frozen=True)
class Recoding:
    """From a day on a unit files part of one class under another that is not assessed."""

    unit: str
    category: str
    filed_as: str
    start: date
    share: float
    exclusion: str
    excluded_share: float


@dataclass(frozen=True)
class Bunching:
    """A unit that closes most of what would be late in the last hours before the limit."""

    unit: str
    share: float
    hours: float


@dataclass(frozen=True)
class ReturnLoop:
    """Two units that pass one class of orders back and forth."""

    units: tuple[str, str]
    category: str
    share: float
    hops: int


@dataclass(frozen=True)
class DisputedUnit:
    """A unit whose surveyed residents are far less content than its callers and enterprises."""

    unit: str
    less: float


@dataclass(frozen=True)
class Truths:
    """Everything planted. Absent altogether with ``effects=False``."""

    rising: RisingArea
    treated: TreatedArea
    hiding: HidingUnit
    better: BetterUnit
    rain: RainEffect
    recoding: Recoding
    bunching: Bunching
    loop: ReturnLoop
    disputed: DisputedUnit

    def dumps(self) -> str:
        """JSON text for the ``meta`` table."""
        return json.dumps(asdict(self), ensure_ascii=False, default=str)


def plan(city: City, start: date, end: date) -> Truths:
    """The truths for a span of days: the same places, dates at fixed shares of the span."""
    days = (end - start).days

    def at(share: float) -> date:
        return start + timedelta(days=round(share * days))

    largest = _largest(city)
    return Truths(
        rising=RisingArea(largest[("枫浦区", 0)], at(0.6), end, 2.6),
        treated=TreatedArea(largest[("文澜区", 0)], "市容环卫", at(0.55), 0.4),
        hiding=HidingUnit(largest[("锦榆区", 0)], 0.75, -0.9, 0.08),
        better=BetterUnit(largest[("棠华区", 0)], 1.6, 0.65),
        rain=RainEffect("供水排水->道路积水", (1.42, 1.25, 1.1)),
        recoding=Recoding(
            "市规划和自然资源局", "住房与历史遗留->房产证办理", "其他诉求->职责外事项",
            at(0.62), 0.6, "beyond_authority", 0.85,
        ),
        bunching=Bunching(largest[("岚湖区", 0)], 0.8, 3.0),
        loop=ReturnLoop(("市城市管理局", "市交通运输局"), "停车管理->道路停车收费", 0.45, 3),
        disputed=DisputedUnit(largest[("文澜区", 1)], 0.32),
    )  # fmt: skip


def _largest(city: City) -> dict[tuple[str, int], str]:
    """(district, k) -> its k-th most populous street."""
    out = {}
    for number, district in enumerate(city.districts):
        own = [s for s in city.streets if s.district == number]
        order = np.argsort([-s.population for s in own], kind="stable")
        for k, i in enumerate(order):
            out[(district, k)] = own[i].name
    return out
