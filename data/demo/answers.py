"""How well it went: what callers say when they are called back, and what is struck out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.demo.arrays import Bools, Floats, Ints
from data.demo.city import City
from data.demo.draft import NO, Handled
from data.demo.truths import Truths
from metrics.fields import EXCLUSIONS, FOLLOWUPS, ORDER_TYPES, SATISFACTIONS

NEVER_CALLED = 0.06
REFUSED, INVALID = 0.025, 0.010
_EXCLUSION_CHANCE = {
    "malicious": 0.14, "beyond_authority": 0.36, "force_majeure": 0.08,
    "legally_concluded": 0.18, "duplicate": 0.18, "other": 0.06,
}  # fmt: skip
# Chances of each answer where the problem was solved (first) and where it was not.
_RESOLUTION = ((0.95, 0.035, 0.015, 0.0), (0.0, 0.0, 0.1, 0.9))
_SATISFACTION = ((0.44, 0.475, 0.065, 0.011, 0.007, 0.002), (0.0, 0.0, 0.0, 0.27, 0.52, 0.21))


@dataclass(frozen=True)
class Habits:
    """How each unit works (arrays by unit number); small differences, as in real cities."""

    quality: Floats  # log-odds of resolving
    speed: Floats  # factor on times
    contact: Floats  # log-odds of calling the citizen
    unreached: Floats  # chance that a caller cannot be reached afterwards
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


def odds(x: Floats) -> Floats:
    """Log-odds to a chance."""
    return np.asarray(1 / (1 + np.exp(-x)))


def photos(habit: Habits, unit: Ints, order_type: Ints, rng: np.random.Generator) -> Ints:
    """Whether photo evidence was handed in (1, 0); enquiries need none (``NO``)."""
    asked = order_type != ORDER_TYPES.index("enquiry")
    return np.asarray(np.where(asked, rng.random(len(unit)) < habit.photo[unit], NO))


def exclusions(habit: Habits, unit: Ints, rng: np.random.Generator) -> Ints:
    """Why an order was struck out of assessment, ``NO`` for most."""
    codes = np.array([EXCLUSIONS.index(name) for name in _EXCLUSION_CHANCE])
    edges = np.cumsum(list(_EXCLUSION_CHANCE.values()))
    drawn = codes[np.searchsorted(edges / edges[-1], rng.random(len(unit)))]
    return np.where(rng.random(len(unit)) < habit.exclusion[unit], drawn, NO)


def follow_up(
    handled: Handled,
    habit: Habits,
    hiding: tuple[int, float] | None,
    rng: np.random.Generator,
) -> None:
    """Calls back: were you contacted, is it resolved, are you satisfied?

    ``hiding``: the unit number that books callers who are not content as not
    reached, and the share it hides.
    """
    size = len(handled.unit)
    called = rng.random(size) < odds(
        habit.contact[handled.unit] + np.where(handled.solved, 0.3, -1.2)
    )
    good = handled.solved & called
    resolution = _draw(good, _RESOLUTION, rng)
    satisfaction = _draw(good & (rng.random(size) < 0.997), _SATISFACTION, rng)
    followup = _reached(habit.unreached[handled.unit], rng)
    if hiding:
        unhappy = satisfaction >= SATISFACTIONS.index("neutral")
        hide = (handled.unit == hiding[0]) & unhappy & (rng.random(size) < hiding[1])
        followup[hide] = FOLLOWUPS.index("unreached")
    praise = handled.order_type == ORDER_TYPES.index("praise")
    never = praise | (rng.random(size) < NEVER_CALLED)
    followup[never] = NO
    handled.followed[never] = np.nan
    valid = followup == FOLLOWUPS.index("valid")
    handled.followup = followup
    handled.contacted = np.where(valid, called, NO)
    handled.resolution = np.where(valid, resolution, NO)
    handled.satisfaction = np.where(valid, satisfaction, NO)


def _reached(unreached: Floats, rng: np.random.Generator) -> Ints:
    draw = rng.random(len(unreached))
    out = np.full(len(unreached), FOLLOWUPS.index("valid"))
    out[draw < unreached + REFUSED + INVALID] = FOLLOWUPS.index("invalid")
    out[draw < unreached + REFUSED] = FOLLOWUPS.index("refused")
    out[draw < unreached] = FOLLOWUPS.index("unreached")
    return out


def _draw(
    good: Bools, chances: tuple[tuple[float, ...], tuple[float, ...]], rng: np.random.Generator
) -> Ints:
    """A code for each row from the chances for solved or for unsolved orders."""
    draw = rng.random(len(good))
    yes, no = (np.searchsorted(np.cumsum(one)[:-1], draw, side="right") for one in chances)
    return np.where(good, yes, no)
