"""Which candidate each series is served, and the rule that nothing that loses is served.

At every origin the choice rests on origins whose outcome was known by then; the errors shown
are those of that sequence of choices on later weeks, so what is reported was never tuned on.
Whoever still loses to the four-week weekday mean over the reported weeks is served that mean.
To lose is to have the larger squared error, as a mean of two ratios: of single days 1-28
ahead and of weekly totals 1-4 ahead (and, judged apart, of totals 5-13 ahead).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.daily.candidates import BAR, BLEND, CANDIDATES, REGRESSION
from forecasting.daily.frame import Counts
from forecasting.daily.rolling import Rolled
from forecasting.daily.steps import Array, Bools, Ints, Steps

REGRESSED = [REGRESSION, BLEND]
POOL_WEIGHT = 20.0
"""Origins that the errors of the whole pool count as, beside those of a series."""
BONUS = 0.01
"""The blend stays unless another candidate's squared error is lower by this share."""
HANDICAP = 0.1
"""Share by which the bar must be beaten after one origin; after n, over the root of n. With
no origin yet the bar is served."""
LEARNING = 13
"""Origins that are only learned from, at most; a third of all where there are fewer."""


@dataclass(frozen=True)
class Chosen:
    """Index into CANDIDATES: ``near``, ``far``: origins + 1 × series, the last row for what
    is served now. ``held_back``: series whose choice lost and who get the bar, near and far."""

    near: Ints
    far: Ints
    held_back: tuple[Bools, Bools]


def first_reported(count: int) -> int:
    """Index of the first origin whose errors are reported."""
    return min(LEARNING, count // 3)


def chosen(rolled: Rolled, counts: Counts, steps: Steps, *, hold: bool = True) -> Chosen:
    """Choose at every origin, then (``hold``) hold back what loses over the reported origins.

    Holding back looks at the reported outcomes; comparisons with other methods leave it out.
    """
    blocks = [*rolled.blocks, len(counts.values) // steps.season]
    young = np.array([block < steps.year for block in blocks])
    near = _sequence(_loss_near(rolled, steps), counts.pool, steps.near, young)
    far = near
    if steps.far > steps.near:
        far = _sequence(_loss_far(rolled, steps), counts.pool, steps.far, young)
    bare = Chosen(near, far, (np.zeros(near.shape[1], bool), np.zeros(near.shape[1], bool)))
    if not hold:
        return bare
    first = first_reported(len(rolled.blocks))
    days = _losers(
        taken(rolled.days, near), rolled.days[BAR], rolled.came_days, counts, first,
        taken(rolled.weeks, near)[:, : steps.near], rolled.weeks[BAR][:, : steps.near],
        rolled.came_weeks[:, : steps.near],
    )  # fmt: skip
    weeks = days
    if steps.far > steps.near:
        late = slice(steps.near, None)
        weeks = _losers(
            taken(rolled.weeks, far)[:, late], rolled.weeks[BAR][:, late],
            rolled.came_weeks[:, late], counts, first,
        )  # fmt: skip
    return Chosen(np.where(days, BAR, bare.near), np.where(weeks, BAR, bare.far), (days, weeks))


def taken(made: Array, choice: Ints) -> Array:
    """What was served: origins × ahead × series."""
    index = choice[None, : made.shape[1], None, :]
    return np.asarray(np.take_along_axis(made, index, axis=0)[0])


def _squares(made: Array, came: Array) -> Array:
    """Squared errors summed over what is ahead; candidates × origins × series."""
    out = np.empty((len(CANDIDATES), made.shape[1], made.shape[3]))
    for i in range(len(CANDIDATES)):
        out[i] = np.nansum((made[i] - came) ** 2, axis=1)
    return out


def _loss_near(rolled: Rolled, steps: Steps) -> Array:
    """Days and weekly totals count alike: both are what is read off the page."""
    out = _squares(rolled.days, rolled.came_days)
    if steps.season > 1:
        some = slice(0, steps.near)
        out += _squares(rolled.weeks[:, :, some], rolled.came_weeks[:, some]) / steps.season
    return out


def _loss_far(rolled: Rolled, steps: Steps) -> Array:
    late = slice(steps.near, None)
    return _squares(rolled.weeks[:, :, late], rolled.came_weeks[:, late])


def _sequence(loss: Array, pool: Ints, wait: int, young: Bools) -> Ints:
    """The choice at each origin and now, from origins at least ``wait`` blocks older.

    ``young``: moments with less than a year of data, when a regression cannot tell the season
    from the trend: neither it nor what is mixed with it is served.
    """
    _, count, width = loss.shape
    member = np.eye(int(pool.max()) + 1)[pool]
    size = member.sum(axis=0)
    out = np.full((count + 1, width), BAR, dtype=np.intp)
    sums = np.cumsum(loss, axis=1)
    for j in range(wait, count + 1):
        known = j - wait + 1  # origins whose outcome is in by then
        total = sums[:, known - 1]
        bar = total[BAR]
        ratio = np.where(bar > 0, total / np.where(bar > 0, bar, 1.0), 1.0)
        shared = ((np.minimum(ratio, 5.0) @ member) / size)[:, pool]
        mixed = (known * ratio + POOL_WEIGHT * shared) / (known + POOL_WEIGHT)
        mixed[BLEND] -= BONUS
        mixed[BAR] -= HANDICAP / np.sqrt(known)
        if young[j]:
            mixed[REGRESSED] = np.inf
        out[j] = mixed.argmin(axis=0)
    return out


def _losers(
    made: Array, bar: Array, came: Array, counts: Counts, first: int, *more: Array
) -> Bools:
    """Bottom series that must get the bar, so that no node loses to it.

    The bar of a sum is the sum of the bars; a sum that loses is cured by giving all its
    parts the bar. That only ever adds series, so it ends.
    """
    kinds = [(made, bar, came), *([more] if more else [])]
    held = np.zeros(made.shape[2], dtype=bool)
    squares = [
        [counts.total(part[first:].astype(float)) for part in (kind[1], kind[2])] for kind in kinds
    ]
    # Bottom series first: most sums then win by themselves.
    while True:
        ratios = np.zeros(counts.wholes.shape[0])
        for kind, (bar_total, came_total) in zip(kinds, squares, strict=True):
            now = counts.total(np.where(held, kind[1][first:], kind[0][first:]).astype(float))
            mine = np.nansum((now - came_total) ** 2, axis=(0, 1))
            theirs = np.nansum((bar_total - came_total) ** 2, axis=(0, 1))
            ratios += np.where(theirs > 0, mine / np.where(theirs > 0, theirs, 1.0), mine > 0)
        lost = ratios > len(kinds) * (1 + 1e-6)
        width = len(held)
        bottoms = lost[:width] & ~held
        if bottoms.any():
            held |= bottoms
            continue
        parts = np.asarray(counts.wholes[lost].sum(axis=0)).ravel() > 0
        if not (parts & ~held).any():
            return held
        held |= parts


__all__ = ["Chosen", "chosen", "first_reported", "taken"]
