"""What becomes of an order: who handles it, how fast, how well, and what the caller says."""

from __future__ import annotations

from datetime import date

import numpy as np

from data.demo.answers import exclusions, follow_up, habits, odds, photos
from data.demo.arrays import Bools, Floats, Ints
from data.demo.city import City, load_yaml
from data.demo.clock import DAY
from data.demo.draft import NO, Draft, Handled
from data.demo.taxonomy import HOSPITAL, STREET, Taxonomy
from data.demo.timing import COMPLEX, EMERGENCY, ENQUIRY, HOUR, ORDINARY, UTILITY, Timing
from data.demo.truths import Truths
from metrics.fields import EXCLUSIONS, GRADES, ORDER_TYPES, STATUSES

BASE_LOG_ODDS = 3.45  # of being solved: about 96 in a hundred
MERELY_URGENT = 0.6  # share of "emergencies" that turn out to be only urgent
_TYPES: dict[str, dict[str, float]] = {
    "complaint": {"complaint": 0.68, "demand": 0.16, "help": 0.08, "report": 0.05, "suggestion": 0.03},
    "help": {"help": 0.62, "complaint": 0.2, "demand": 0.15, "enquiry": 0.03},
    "report": {"report": 0.6, "complaint": 0.3, "demand": 0.1},
    "enquiry": {"enquiry": 0.72, "help": 0.14, "complaint": 0.1, "demand": 0.04},
    "suggestion": {"suggestion": 0.45, "demand": 0.25, "complaint": 0.2, "help": 0.1},
    "praise": {"praise": 0.6, "suggestion": 0.4},
    "other": {"other": 0.4, "complaint": 0.4, "enquiry": 0.2},
}  # fmt: skip
_GRADES = np.array(
    [GRADES.index(name) for name in ("emergency", "urgent", "ordinary", "ordinary", "complex")]
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
        self._tax, self._truths, self._start = tax, truths, start
        self._habits = habits(city, truths, seed)
        self._timing = Timing(city, start, days, country)
        self._number = city.unit_number
        self._streets = len(city.streets)
        self.now = days * DAY
        sizes = np.array([h["size"] for h in load_yaml("city.yaml")["hospitals"].values()])
        self._hospital_chance = np.cumsum(sizes) / sizes.sum()
        self._hospitals = np.flatnonzero(city.units["unit_type"].to_numpy() == "hospital")

    def handle(self, draft: Draft, rng: np.random.Generator) -> Handled:
        """Everything that happens to the orders after they were taken down."""
        size, category, habit = len(draft), draft.category, self._habits
        unit = np.where(draft.unit == NO, self._choose(draft, rng), draft.unit)
        limit = self._tax.limit[category].copy()
        limit[(limit == EMERGENCY) & (rng.random(size) < MERELY_URGENT)] = UTILITY
        order_type = self._order_type(category, rng)
        returns, hops, first_unit, looped = self._passing(draft, unit, rng)
        solved = self._solved(draft, unit, returns, rng)
        extended = self._extended(category, limit, rng)
        redos = (~solved & (rng.random(size) < 0.25)).astype(np.int64)

        timing, slow = self._timing, habit.speed[unit] * (1 + 0.5 * returns)
        quick = np.where(limit == EMERGENCY, 0.3, 1.0)
        dispatched = draft.created + rng.lognormal(np.log(11 * 60), 0.8, size) * quick
        signed = timing.signed(unit, dispatched, limit, slow, rng)
        work = rng.lognormal(np.log(1.8), 0.9, size) * HOUR * slow
        contacted_at = timing.later(unit, signed, work, limit, desk=True)
        due = timing.due(draft.created, limit, extended)
        closed = timing.closed(draft.created, contacted_at, unit, limit, extended, due, slow, rng)
        closed += redos * rng.lognormal(np.log(30 * HOUR), 0.5, size) * (limit >= ENQUIRY)
        self._bunch(closed, due, unit, dispatched, rng)
        handled = Handled(
            unit=unit, first_unit=first_unit, filed=category.copy(), order_type=order_type,
            grade=_GRADES[limit], dispatched=dispatched, signed=signed, contacted_at=contacted_at,
            closed=closed, due=due, followed=closed + (0.3 + rng.gamma(2.2, 0.55, size)) * DAY,
            followup=np.full(size, NO), contacted=np.full(size, NO), resolution=np.full(size, NO),
            satisfaction=np.full(size, NO), photo=photos(habit, unit, order_type, rng),
            returns=returns, redos=redos, extensions=extended.astype(np.int64), hops=hops,
            whistles=self._whistles(category, unit, rng),
            refused=(returns > 0) & (rng.random(size) < 0.05) & ~looped,
            ledger=(limit == COMPLEX) & ~solved & (rng.random(size) < 0.22),
            exclusion=exclusions(habit, unit, rng),
            status=np.full(size, STATUSES.index("closed")), solved=solved,
        )  # fmt: skip
        self._recode(draft, handled, rng)
        follow_up(handled, habit, self._hiding(), rng)
        self._cut(handled)
        return handled

    def _choose(self, draft: Draft, rng: np.random.Generator) -> Ints:
        """The unit that handles each order."""
        size = len(draft)
        option = (rng.random(size)[:, None] > self._tax.handler_chance[draft.category]).sum(axis=1)
        unit = self._tax.handlers[draft.category, option]
        # the first units in the table are the streets, in the order of the streets
        unit = np.where(unit == STREET, draft.street, unit)
        hospital = self._hospitals[np.searchsorted(self._hospital_chance, rng.random(size))]
        return np.where(unit == HOSPITAL, hospital, unit)

    def _passing(
        self, draft: Draft, unit: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints, Bools]:
        """Returns, hops, the first receiver and who was in the planted loop."""
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
            looped = mine & np.isin(unit, (one, two)) & (rng.random(size) < plan.share)
            returns[looped], hops[looped] = plan.hops - 1, plan.hops
            first_unit[looped] = np.where(unit[looped] == one, two, one)
        return returns, hops, first_unit, looped

    def _order_type(self, category: Ints, rng: np.random.Generator) -> Ints:
        out = np.empty(len(category), dtype=np.int64)
        kinds = np.array(self._tax.type)[category]
        draw = rng.random(len(category))
        for kind, chances in _TYPES.items():
            mine = kinds == kind
            codes = np.array([ORDER_TYPES.index(name) for name in chances])
            edges = np.cumsum(list(chances.values()))
            out[mine] = codes[np.searchsorted(edges / edges[-1], draw[mine])]
        return out

    def _solved(self, draft: Draft, unit: Ints, returns: Ints, rng: np.random.Generator) -> Bools:
        """Whether the problem was really solved, which nobody records."""
        level = BASE_LOG_ODDS + self._habits.quality[unit] + 0.8 * self._tax.hard[draft.category]
        level = level - 0.25 * (returns > 0) - 0.35 * draft.again
        return np.asarray(rng.random(len(unit)) < odds(level))

    def _extended(self, category: Ints, limit: Ints, rng: np.random.Generator) -> Bools:
        chance = np.where(self._tax.hard[category] < -0.3, 0.07, 0.025)
        return np.asarray((limit >= ORDINARY) & (rng.random(len(category)) < chance))

    def _whistles(self, category: Ints, unit: Ints, rng: np.random.Generator) -> Ints:
        """Streets blow the whistle where a problem is beyond them."""
        chance = np.where(self._tax.hard[category] < -0.25, 0.07, 0.006) * (unit < self._streets)
        return (rng.random(len(unit)) < chance).astype(np.int64)

    def _bunch(
        self, closed: Floats, due: Floats, unit: Ints, dispatched: Floats, rng: np.random.Generator
    ) -> None:
        """The planted unit closes what is not done early in the last hours before the limit."""
        if not self._truths:
            return
        plan = self._truths.bunching
        late = (unit == self._number[plan.unit]) & (closed > dispatched + 0.45 * (due - dispatched))
        late &= rng.random(len(unit)) < plan.share
        room = np.minimum(plan.hours * HOUR, 0.3 * (due - dispatched)[late])
        closed[late] = due[late] - rng.random(int(late.sum())) * room

    def _hiding(self) -> tuple[int, float] | None:
        if not self._truths:
            return None
        return self._number[self._truths.hiding.unit], self._truths.hiding.hidden_share

    def _recode(self, draft: Draft, handled: Handled, rng: np.random.Generator) -> None:
        """ "Beyond authority" is often struck out; the planted unit files its own orders there."""
        code = EXCLUSIONS.index("beyond_authority")
        outside = handled.filed == self._tax.level2.index("职责外事项")
        handled.exclusion[outside & (rng.random(len(draft)) < 0.5)] = code
        if not self._truths:
            return
        plan = self._truths.recoding
        begin = (plan.start - self._start).days * DAY
        mine = (handled.unit == self._number[plan.unit]) & (draft.created >= begin)
        mine &= draft.category == self._tax.number(plan.category)
        mine &= rng.random(len(draft)) < plan.share
        handled.filed[mine] = self._tax.number(plan.filed_as)
        struck = mine & (rng.random(len(draft)) < plan.excluded_share)
        handled.exclusion[struck] = EXCLUSIONS.index(plan.exclusion)

    def _cut(self, handled: Handled) -> None:
        """What has not happened yet is not known yet: the last days stay open."""
        now = self.now
        pending = handled.closed >= now
        handled.status[pending] = np.where(
            handled.signed[pending] >= now, STATUSES.index("open"), STATUSES.index("in_progress")
        )
        unknown = pending | (handled.followed >= now)
        handled.followed[unknown] = np.nan
        for name in ("followup", "contacted", "resolution", "satisfaction"):
            getattr(handled, name)[unknown] = NO
        for name in ("photo", "exclusion"):
            getattr(handled, name)[pending] = NO
        handled.ledger[pending] = False
        handled.redos[pending] = 0
        for name in ("dispatched", "signed", "contacted_at", "closed"):
            times = getattr(handled, name)
            times[times >= now] = np.nan
