"""What becomes of an order: who handles it, how fast, how well, and what the caller says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from data.demo.city import City
from data.demo.clock import DAY, OpenHours, Workdays
from data.demo.draft import NO, Bools, Draft, Floats, Handled, Ints
from data.demo.taxonomy import HOSPITAL, LIMITS, STREET, Taxonomy
from data.demo.truths import Truths
from metrics.fields import (
    EXCLUSIONS,
    FOLLOWUPS,
    GRADES,
    ORDER_TYPES,
    RESOLUTIONS,
    SATISFACTIONS,
    STATUSES,
)

HOUR = 3600.0
EMERGENCY, UTILITY, ENQUIRY, ORDINARY, COMPLEX = range(len(LIMITS))
# Median time to close and its spread (sigma of the logarithm), by limit.
_CLOSE_HOURS = np.array([0.85, 9.0, 5.0, 66.0, 190.0])
_CLOSE_SIGMA = np.array([0.42, 0.48, 0.75, 0.46, 0.42])
_TYPES: dict[str, dict[str, float]] = {
    "complaint": {
        "complaint": 0.68,
        "demand": 0.16,
        "help": 0.08,
        "report": 0.05,
        "suggestion": 0.03,
    },
    "help": {"help": 0.62, "complaint": 0.2, "demand": 0.15, "enquiry": 0.03},
    "report": {"report": 0.6, "complaint": 0.3, "demand": 0.1},
    "enquiry": {"enquiry": 0.72, "help": 0.14, "complaint": 0.1, "demand": 0.04},
    "suggestion": {"suggestion": 0.45, "demand": 0.25, "complaint": 0.2, "help": 0.1},
    "praise": {"praise": 0.6, "suggestion": 0.4},
    "other": {"other": 0.4, "complaint": 0.4, "enquiry": 0.2},
}
_EXCLUSION_CHANCE = {
    "malicious": 0.14, "beyond_authority": 0.36, "force_majeure": 0.08,
    "legally_concluded": 0.18, "duplicate": 0.18, "other": 0.06,
}  # fmt: skip
_SATISFIED = {  # what callers say whose problem was solved, and whose was not
    True: (0.36, 0.49, 0.115, 0.02, 0.012, 0.003),
    False: (0.0, 0.0, 0.0, 0.27, 0.52, 0.21),
}


def _code(values: tuple[str, ...], name: str) -> int:
    return values.index(name)


@dataclass(frozen=True)
class Habits:
    """How each unit works (arrays by unit number); small differences, as in real cities."""

    quality: Floats  # log-odds of resolving
    speed: Floats  # factor on times
    contact: Floats  # log-odds of contacting
    unreached: Floats  # chance that a caller cannot be reached
    photo: Floats
    exclusion: Floats


def habits(city: City, truths: Truths | None, seed: int) -> Habits:
    """The units' habits; the planted better and hiding units are put in here."""
    rng = np.random.default_rng([seed, 401])
    size = len(city.units)
    quality = rng.normal(0, 0.16, size)
    speed = rng.lognormal(0, 0.10, size)
    contact = rng.normal(4.3, 0.25, size)
    if truths:
        number = city.unit_number
        better, hiding = number[truths.better.unit], number[truths.hiding.unit]
        quality[better], speed[better] = truths.better.log_odds, truths.better.faster
        quality[hiding] = truths.hiding.worse_log_odds
    return Habits(
        quality=quality,
        speed=speed,
        contact=contact,
        unreached=0.08 * rng.lognormal(0, 0.15, size),
        photo=rng.beta(60, 6, size),
        exclusion=0.02 * rng.lognormal(0, 0.2, size),
    )


class Process:
    """Turns drafts into handled orders. ``now`` and all times: seconds since the first day."""

    def __init__(
        self,
        city: City,
        tax: Taxonomy,
        truths: Truths | None,
        start: date,
        days: int,
        seed: int,
        country: str,
    ) -> None:
        self._city, self._tax, self._truths = city, tax, truths
        self._habits = habits(city, truths, seed)
        self._number = city.unit_number
        self._kind = city.units["unit_type"].to_numpy()
        self._start = start
        self.now = days * DAY
        reach = days + 420
        self._workdays = Workdays(start, reach, country)
        self._office = OpenHours(start, reach, 9, 18, country)
        self._street = OpenHours(start, reach, 8, 20, None)
        plan = [h["size"] for h in _hospital_plan()]
        self._hospital_chance = np.cumsum(plan) / np.sum(plan)
        self._hospitals = np.flatnonzero(self._kind == "hospital")

    def handle(self, draft: Draft, rng: np.random.Generator) -> Handled:
        """Everything that happens to the orders after they were taken down."""
        tax, habit, size = self._tax, self._habits, len(draft)
        category = draft.category
        unit = np.where(draft.unit == NO, self._choose(draft, rng), draft.unit)
        limit = tax.limit[category].copy()
        # most "emergencies" turn out to be merely urgent
        limit[(limit == EMERGENCY) & (rng.random(size) < 0.6)] = UTILITY
        order_type = self._order_type(category, rng)
        returns, hops, first_unit, looped = self._passing(draft, unit, rng)
        dispatched = draft.created + rng.lognormal(np.log(11 * 60), 0.8, size) * np.where(
            limit == EMERGENCY, 0.3, 1
        )
        slow = habit.speed[unit] * (1 + 0.5 * returns)
        signed = self._open(
            unit, dispatched, rng.lognormal(np.log(0.7), 0.9, size) * HOUR * slow, limit
        )
        contacted_at = self._open(
            unit, signed, rng.lognormal(np.log(1.8), 0.9, size) * HOUR * slow, limit
        )
        solved = rng.random(size) < _odds(
            3.1
            + habit.quality[unit]
            + 0.8 * tax.hard[category]
            - 0.25 * (returns > 0)
            - 0.35 * draft.again
        )
        extensions = (
            (limit >= ORDINARY)
            & (rng.random(size) < np.where(tax.hard[category] < -0.3, 0.07, 0.025))
        ).astype(np.int64)
        due = self._due(draft.created, limit, extensions)
        closed = self._close(draft.created, contacted_at, unit, limit, extensions, slow, due, rng)
        redos = (~solved & (rng.random(size) < 0.12)).astype(np.int64)
        closed += redos * rng.lognormal(np.log(30 * HOUR), 0.5, size) * (limit >= ENQUIRY)
        self._bunch(closed, due, unit, dispatched, rng)
        handled = Handled(
            unit=unit, first_unit=first_unit, filed=category.copy(), order_type=order_type,
            grade=_grade(limit), dispatched=dispatched, signed=signed, contacted_at=contacted_at,
            closed=closed, due=due, followed=closed + (0.3 + rng.gamma(2.2, 0.55, size)) * DAY,
            followup=np.full(size, NO), contacted=np.full(size, NO), resolution=np.full(size, NO),
            satisfaction=np.full(size, NO), photo=self._photo(unit, order_type, rng),
            returns=returns, redos=redos, extensions=extensions, hops=hops,
            whistles=self._whistles(draft, unit, rng),
            refused=(returns > 0) & (rng.random(size) < 0.05) & ~looped,
            ledger=(limit == COMPLEX) & ~solved & (rng.random(size) < 0.22),
            exclusion=self._exclusions(unit, rng), status=np.full(size, _code(STATUSES, "closed")),
            solved=solved,
        )  # fmt: skip
        self._recode(draft, handled, rng)
        self._follow_up(handled, rng)
        self._cut(handled)
        return handled

    # -- who ------------------------------------------------------------------

    def _choose(self, draft: Draft, rng: np.random.Generator) -> Ints:
        size = len(draft)
        which = (rng.random(size)[:, None] > self._tax.handler_chance[draft.category]).sum(axis=1)
        unit = self._tax.handlers[draft.category, which]
        # the first units in the table are the streets, in the order of the streets
        unit = np.where(unit == STREET, draft.street, unit)
        hospital = self._hospitals[np.searchsorted(self._hospital_chance, rng.random(size))]
        return np.where(unit == HOSPITAL, hospital, unit)

    def _passing(
        self, draft: Draft, unit: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints, Bools]:
        """Returns, hops and the first receiver; the planted pair sends its orders in circles."""
        size = len(draft)
        other = self._choose(draft, rng)
        several = self._tax.handler_chance[draft.category, 0] < 1
        returns = (rng.random(size) < np.where(several, 0.045, 0.012)).astype(np.int64)
        returns += (returns > 0) & (rng.random(size) < 0.1)
        hops = returns.copy()
        first_unit = np.where(returns > 0, other, unit)
        looped = np.zeros(size, dtype=bool)
        if self._truths:
            plan = self._truths.loop
            one, two = (self._number[name] for name in plan.units)
            mine = draft.category == self._tax.number(plan.category)
            looped = mine & ((unit == one) | (unit == two)) & (rng.random(size) < plan.share)
            returns[looped], hops[looped] = plan.hops - 1, plan.hops
            first_unit[looped] = np.where(unit[looped] == one, two, one)
        return returns, hops, first_unit, looped

    def _order_type(self, category: Ints, rng: np.random.Generator) -> Ints:
        out = np.empty(len(category), dtype=np.int64)
        kinds = np.array(self._tax.type)[category]
        draw = rng.random(len(category))
        for kind, chances in _TYPES.items():
            mine = kinds == kind
            codes = np.array([_code(ORDER_TYPES, name) for name in chances])
            edges = np.cumsum(list(chances.values()))
            out[mine] = codes[np.searchsorted(edges / edges[-1], draw[mine])]
        return out

    def _whistles(self, draft: Draft, unit: Ints, rng: np.random.Generator) -> Ints:
        streets = unit < len(self._city.streets)
        chance = np.where(self._tax.hard[draft.category] < -0.25, 0.07, 0.006) * streets
        return (rng.random(len(unit)) < chance).astype(np.int64)

    # -- when -----------------------------------------------------------------

    def _open(self, unit: Ints, moment: Floats, work: Floats, limit: Ints) -> Floats:
        """``work`` seconds later on the unit's own clock (utilities and urgent orders: round the clock)."""
        kind = self._kind[unit]
        always = (kind == "utility") | (kind == "hospital") | (limit == EMERGENCY)
        out = moment + work * np.where(limit == EMERGENCY, 0.12, 0.8)
        street = ~always & (unit < len(self._city.streets))
        office = ~always & ~street
        out[street] = self._street.after(moment[street], work[street])
        out[office] = self._office.after(moment[office], work[office])
        return out

    def _due(self, created: Floats, limit: Ints, extensions: Ints) -> Floats:
        hours = np.array([2.0, 24.0, 0.0, 7 * 24.0, 0.0])[limit] * HOUR
        workdays = np.array([0, 0, 1, 0, 15])[limit]
        day = (created // DAY).astype(np.int64)
        due = np.where(
            workdays > 0, self._workdays.end_of(day, np.maximum(workdays, 1)), created + hours
        )
        later = self._workdays.end_of((due // DAY).astype(np.int64), np.full(len(due), 5))
        return np.floor(np.where(extensions > 0, later, due))

    def _close(
        self, created: Floats, contacted_at: Floats, unit: Ints, limit: Ints, extensions: Ints,
        slow: Floats, due: Floats, rng: np.random.Generator,
    ) -> Floats:  # fmt: skip
        size = len(created)
        wall = rng.lognormal(np.log(_CLOSE_HOURS[limit]), _CLOSE_SIGMA[limit], size) * HOUR * slow
        wall *= np.where(extensions > 0, 1.9, 1.0)
        target = np.maximum(
            created + wall, contacted_at + rng.lognormal(np.log(0.2 * HOUR), 0.6, size)
        )
        closed = self._open(unit, target, rng.exponential(0.8 * HOUR, size), limit)
        # a desk that would miss the limit overnight or over a weekend mostly finishes before it
        saved = (target < due) & (closed > due) & (rng.random(size) < 0.7) & (limit != EMERGENCY)
        closed[saved] = np.maximum(target, contacted_at)[saved]
        return np.asarray(closed)

    def _bunch(
        self, closed: Floats, due: Floats, unit: Ints, dispatched: Floats, rng: np.random.Generator
    ) -> None:
        """The planted unit closes what is not done early in the last hours before the limit."""
        if not self._truths:
            return
        plan = self._truths.bunching
        late = (unit == self._number[plan.unit]) & (closed > dispatched + 0.45 * (due - dispatched))
        late &= rng.random(len(unit)) < plan.share
        closed[late] = due[late] - rng.random(int(late.sum())) * np.minimum(
            plan.hours * HOUR, 0.3 * (due - dispatched)[late]
        )

    # -- how well -------------------------------------------------------------

    def _photo(self, unit: Ints, order_type: Ints, rng: np.random.Generator) -> Ints:
        asked = order_type != _code(ORDER_TYPES, "enquiry")
        return np.where(asked, rng.random(len(unit)) < self._habits.photo[unit], NO).astype(
            np.int64
        )

    def _exclusions(self, unit: Ints, rng: np.random.Generator) -> Ints:
        codes = np.array([_code(EXCLUSIONS, name) for name in _EXCLUSION_CHANCE])
        edges = np.cumsum(list(_EXCLUSION_CHANCE.values()))
        drawn = codes[np.searchsorted(edges / edges[-1], rng.random(len(unit)))]
        return np.where(rng.random(len(unit)) < self._habits.exclusion[unit], drawn, NO)

    def _recode(self, draft: Draft, handled: Handled, rng: np.random.Generator) -> None:
        """Orders filed under "beyond authority" are often struck out; the planted unit files its own there."""
        outside = self._tax.level2.index("职责外事项")
        size = len(draft)
        struck = (handled.filed == outside) & (rng.random(size) < 0.5)
        handled.exclusion[struck] = _code(EXCLUSIONS, "beyond_authority")
        if not self._truths:
            return
        plan = self._truths.recoding
        begin = (plan.start - self._start).days * DAY
        mine = (handled.unit == self._number[plan.unit]) & (draft.created >= begin)
        mine &= (draft.category == self._tax.number(plan.category)) & (
            rng.random(size) < plan.share
        )
        handled.filed[mine] = self._tax.number(plan.filed_as)
        struck = mine & (rng.random(size) < plan.excluded_share)
        handled.exclusion[struck] = _code(EXCLUSIONS, plan.exclusion)

    def _follow_up(self, handled: Handled, rng: np.random.Generator) -> None:
        """Calls back: were you contacted, is it resolved, are you satisfied?"""
        size = len(handled.unit)
        habit, solved = self._habits, handled.solved
        contacted = rng.random(size) < _odds(
            habit.contact[handled.unit] + np.where(solved, 0.3, -1.2)
        )
        good = solved & contacted
        resolution = _draw(good, (0.80, 0.13, 0.07, 0.0), (0.0, 0.0, 0.2, 0.8), rng)
        content = good & (rng.random(size) < 0.985)
        satisfaction = _draw(content, _SATISFIED[True], _SATISFIED[False], rng)
        draw = rng.random(size)
        unreached = habit.unreached[handled.unit] * np.where(good, 1.0, 0.9)
        followup = np.full(size, _code(FOLLOWUPS, "valid"))
        followup[draw < unreached + 0.035] = _code(FOLLOWUPS, "invalid")
        followup[draw < unreached + 0.025] = _code(FOLLOWUPS, "refused")
        followup[draw < unreached] = _code(FOLLOWUPS, "unreached")
        if self._truths:
            plan = self._truths.hiding
            unhappy = satisfaction >= _code(SATISFACTIONS, "neutral")
            hide = (
                (handled.unit == self._number[plan.unit])
                & unhappy
                & (rng.random(size) < plan.hidden_share)
            )
            followup[hide] = _code(FOLLOWUPS, "unreached")
        praise = handled.order_type == _code(ORDER_TYPES, "praise")
        never = praise | (rng.random(size) < 0.06)
        followup[never] = NO
        handled.followed[never] = np.nan
        valid = followup == _code(FOLLOWUPS, "valid")
        handled.followup = followup
        handled.contacted = np.where(valid, contacted, NO).astype(np.int64)
        handled.resolution = np.where(valid, resolution, NO)
        handled.satisfaction = np.where(valid, satisfaction, NO)

    def _cut(self, handled: Handled) -> None:
        """What has not happened yet is not known yet: the last days stay open."""
        now = self.now
        is_open = handled.closed >= now
        handled.status[is_open] = np.where(
            handled.signed[is_open] >= now, _code(STATUSES, "open"), _code(STATUSES, "in_progress")
        )
        unknown = is_open | (handled.followed >= now)
        handled.followed[unknown] = np.nan
        for name in ("followup", "contacted", "resolution", "satisfaction"):
            getattr(handled, name)[unknown] = NO
        for name in ("photo", "exclusion"):
            getattr(handled, name)[is_open] = NO
        handled.ledger[is_open] = False
        handled.redos[is_open] = 0
        for name in ("dispatched", "signed", "contacted_at", "closed"):
            times = getattr(handled, name)
            times[times >= now] = np.nan


def _odds(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def _grade(limit: Ints) -> Ints:
    names = ("emergency", "urgent", "ordinary", "ordinary", "complex")
    return np.array([_code(GRADES, name) for name in names])[limit]


def _draw(
    good: Bools, yes: tuple[float, ...], no: tuple[float, ...], rng: np.random.Generator
) -> Ints:
    """A code for each row from one of two lists of chances."""
    draw = rng.random(len(good))
    first = np.searchsorted(np.cumsum(yes)[:-1], draw, side="right")
    second = np.searchsorted(np.cumsum(no)[:-1], draw, side="right")
    return np.where(good, first, second)


def _hospital_plan() -> list[dict[str, Any]]:
    from data.demo.city import load_yaml

    return list(load_yaml("city.yaml")["hospitals"].values())


__all__ = ["RESOLUTIONS", "Habits", "Process", "habits"]
