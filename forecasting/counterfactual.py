"""What an action did: complaints of a treated place against what the time before it leads to expect.

The expectation is the place's share of the comparison places before the action, times what the
comparison places went through afterwards: a synthetic control with one weight for all (Abadie,
Diamond & Hainmueller 2010, JASA 105, 493-505), fitted as a Poisson model with the comparison's
logarithm as offset. How far such an expectation misses where nothing was done is not assumed
but tried: the same computation at every comparison place and at earlier dates (placebos, ibid.
section 3.4) gives the dispersion, and widens the interval where it proves too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from forecasting.placebo import Noise, Windows, learned, ratio_interval, share_as_far, windows
from forecasting.weekly import Array, Days, Model, Weeks, fitted

WEEKS = 12
"""Whole weeks after an action that its effect is measured over."""
FEWEST_WEEKS = 4
"""Fewer whole weeks say nothing."""
SHOWN_WEEKS = 26
"""Weeks before and after that are shown."""
FEWEST_BEFORE = 26
"""Weeks of history: half a year."""
FEWEST_EVENTS = 20
FEWEST_EXPECTED = 10.0
"""Below this even a halving could not be told from chance."""
FEWEST_PLACEBOS = 15
FEWEST_OTHERS = 5
"""Comparison places."""
SAME = 1.25
"""An interval within 1/1.25 to 1.25 rules a change worth speaking of out."""
VERDICTS = ("fell", "none", "rose", "unsure", "too_little")
REASONS = (
    "short_history", "few_before", "few_expected", "short_after", "no_comparison", "overlap",
    "no_place", "no_category",
)  # fmt: skip
"""Why there is too little to say anything."""


@dataclass(frozen=True)
class Effect:
    """What became of the complaints.

    ``ratio``: observed over expected, with intervals; ``p``: share of placebos that missed as
    far; ``wander``: relative error of the expectation beyond the chance of the count, as it
    was used; ``stretch``: how much wider placebos made it; ``weeks`` measured and ``before``
    (fitted on); ``final``: the whole span has been measured. ``weekly``: start, observed,
    expected, low_80 … high_95, part (``before``, ``measured``, ``later``). ``others``: the
    comparison places over the same weeks: place, observed, expected, ratio.
    """

    verdict: str
    reason: str = ""
    observed: int | None = None
    expected: float | None = None
    ratio: float | None = None
    low_80: float | None = None
    high_80: float | None = None
    low_95: float | None = None
    high_95: float | None = None
    p: float | None = None
    weeks: int = 0
    before: int = 0
    events: int = 0
    compared: int = 0
    placebos: int = 0
    wander: float | None = None
    stretch: float | None = None
    first: date | None = None
    last: date | None = None
    final: bool = False
    weekly: pd.DataFrame = field(default_factory=pd.DataFrame)
    others: pd.DataFrame = field(default_factory=pd.DataFrame)


def effect(
    daily: Days | pd.DataFrame,
    *,
    treated: Sequence[str],
    start: date,
    as_of: date,
    after: date | None = None,
    until: date | None = None,
    excluded: Iterable[str] = (),
    weeks: int = WEEKS,
    season: bool = False,
    covered: Iterable[date] | None = None,
) -> Effect:
    """The effect of something done at ``treated`` from ``start`` on.

    ``daily``: day, place, n. Nothing of the treated places from ``start`` on is read for the
    expectation, and nothing later than ``as_of`` at all. ``after``: the first day measured
    (``start`` if left out: work that takes days is not yet its effect). ``until``: last day that
    may be measured. ``excluded``: places that are no comparison (treated likewise). ``season``:
    the treated series has a season of its own (comparisons are other categories): an annual
    wave is fitted where there are two years.
    """
    days = daily if isinstance(daily, Days) else Days.of(daily, covered)
    days = days.up_to(as_of)
    first = after or start
    own, pool = days.columns(treated), days.others([*treated, *excluded])
    before = days.weeks_before(start)
    later = days.weeks_after(first, min(until or as_of, as_of), SHOWN_WEEKS)
    measured = later.head(weeks)
    base = Effect(
        "too_little", before=before.known, weeks=measured.known, compared=len(pool), first=first,
        last=measured.end, final=measured.count >= weeks,
    )  # fmt: skip
    reason = _lacking(before.known, measured.known, own, pool)
    if reason:
        return replace(base, reason=reason)
    group = before.sums(own, pool)
    base = replace(base, events=int(np.nansum(group[:, 0])))
    if base.events < FEWEST_EVENTS or np.nansum(group[:, 1:].sum(axis=1)) < FEWEST_EVENTS:
        return replace(base, reason="few_before")
    shape = season and before.count >= 104
    model = fitted(before, own, pool, shape)
    made = model.expected(measured)
    came = measured.sums(own, pool)
    tried = windows(before, measured, own, pool, shape, gap=_whole_weeks(start, first))
    noise = learned(tried)
    if noise is None or noise.placebos < FEWEST_PLACEBOS:
        return replace(base, reason="no_comparison")
    base = replace(
        base, placebos=noise.placebos, wander=math.sqrt(noise.dispersion), stretch=noise.stretch
    )
    observed, expected = float(np.nansum(came[:, 0])), float(np.nansum(made[:, 0]))
    shown = _weekly(before, later, model, noise, measured.count)
    base = replace(
        base, observed=round(observed), expected=expected, weekly=shown,
        others=_others(days, pool, came, made),
    )  # fmt: skip
    known = float(model.known[0])
    base = replace(base, wander=math.sqrt(noise.relative(expected, known)))
    if expected < FEWEST_EXPECTED:
        return replace(base, reason="few_expected")
    return _judged(base, observed, expected, known, noise, tried)


def verdict(low: float, high: float) -> str:
    """What a 95 % interval of observed over expected says."""
    if high < 1:
        return "fell"
    if low > 1:
        return "rose"
    return "none" if low >= 1 / SAME and high <= SAME else "unsure"


def pooled(observed: Sequence[float], expected: Sequence[float], wander: Sequence[float]) -> Effect:
    """Several measured effects together: sums over sums, with an interval.

    ``wander``: relative error of each expectation (beyond chance in the count, the error of its
    level included). Expectations of different actions miss independently of each other, so the
    squared error of their sum is the sum of theirs.
    """
    o, e = float(np.sum(observed)), float(np.sum(expected))
    if e <= 0:
        return Effect("too_little", reason="few_expected", weeks=len(observed))
    phi = float(np.sum((np.asarray(expected) * np.asarray(wander)) ** 2)) / e**2
    ends = {level: ratio_interval(o, e, phi, level) for level in (0.80, 0.95)}
    enough = e >= FEWEST_EXPECTED
    return Effect(
        verdict(*ends[0.95]) if enough else "too_little", "" if enough else "few_expected",
        round(o), e, o / e, *ends[0.80], *ends[0.95], weeks=len(observed), wander=math.sqrt(phi),
    )  # fmt: skip


# -- inside --------------------------------------------------------------------


def _lacking(before: int, after: int, own: Sequence[int], pool: Sequence[int]) -> str:
    if before < FEWEST_BEFORE:
        return "short_history"
    if not own:
        return "few_before"
    if after < FEWEST_WEEKS:
        return "short_after"
    return "no_comparison" if len(pool) < FEWEST_OTHERS else ""


def _whole_weeks(start: date, first: date) -> int:
    return math.ceil(max((first - start).days, 0) / 7)


def _judged(
    base: Effect, observed: float, expected: float, known: float, noise: Noise, tried: Windows
) -> Effect:
    relative = noise.relative(expected, known)
    low_80, high_80 = ratio_interval(observed, expected, relative, 0.80)
    low_95, high_95 = ratio_interval(observed, expected, relative, 0.95)
    return replace(
        base, verdict=verdict(low_95, high_95), ratio=observed / expected,
        low_80=low_80, high_80=high_80, low_95=low_95, high_95=high_95,
        p=share_as_far(observed, expected, known, noise, tried),
    )  # fmt: skip


def _others(days: Days, pool: Sequence[int], came: Array, made: Array) -> pd.DataFrame:
    observed, expected = np.nansum(came[:, 1:], axis=0), np.nansum(made[:, 1:], axis=0)
    out = pd.DataFrame(
        {"place": [days.names[i] for i in pool], "observed": observed, "expected": expected}
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        out["ratio"] = np.where(expected > 0, observed / expected, np.nan)
    return out.sort_values("expected", ascending=False, ignore_index=True)


def _weekly(before: Weeks, later: Weeks, model: Model, noise: Noise, count: int) -> pd.DataFrame:
    frames = []
    for span, part in ((before.tail(SHOWN_WEEKS), "before"), (later, "measured")):
        observed = span.sums(model.own, model.pool)[:, 0]
        expected = model.expected(span)[:, 0]
        low_80, high_80 = noise.weekly(expected, float(model.known[0]), 0.80)
        low_95, high_95 = noise.weekly(expected, float(model.known[0]), 0.95)
        frames.append(
            pd.DataFrame(
                {
                    "start": span.starts, "observed": observed, "expected": expected,
                    "low_80": low_80, "high_80": high_80, "low_95": low_95, "high_95": high_95,
                    "part": part,
                }
            )
        )  # fmt: skip
    frames[1].loc[frames[1].index >= count, "part"] = "later"
    return pd.concat([f for f in frames if len(f)], ignore_index=True)


__all__ = ["REASONS", "VERDICTS", "WEEKS", "Days", "Effect", "effect", "pooled", "verdict"]
