"""What a forecast is made of: usual level, trend, weekday, season, holiday, weather.

Parts are in orders and add up to the forecast, for sums too. A product is split by the
logarithmic mean (LMDI; Ang 2005, Energy Policy 33, 867-871): factor f of level L to mean M
contributes ln f · (M - L) / ln(M / L).
"""

from __future__ import annotations

import numpy as np

from forecasting.daily.candidates import BAR, PARTS, Ahead
from forecasting.daily.design import Design
from forecasting.daily.steps import Array, Ints

TINY = 1e-9


def split(design: Design, block: int, said: Ahead, choice: Ints) -> Array:
    """Parts × days ahead × series of what is served; ``choice`` indexes CANDIDATES."""
    bar, smooth, regression, _ = said.made
    base = np.broadcast_to(design.levels.base[block], bar.shape)
    ways = {
        BAR: _of_bar(bar, base, design.steps.season),
        1: _of_smoothing(design, block, said, smooth, base),
        2: _of_regression(design, block, said, regression, base),
    }
    since = _of_bar(regression, base, design.steps.season)
    for way in (1, 2):
        ways[way] = np.where(said.broken, since, ways[way])
    ways[3] = (ways[1] + ways[2]) / 2
    return np.asarray(np.choose(choice, [ways[i] for i in range(4)]))


def _named(shape: tuple[int, ...], **given: Array) -> Array:
    out = np.zeros((len(PARTS), *shape))
    for name, value in given.items():
        out[PARTS.index(name)] = value
    return out


def _of_bar(made: Array, base: Array, m: int) -> Array:
    mean = made.reshape(-1, m, made.shape[1]).mean(axis=1).repeat(m, axis=0)
    return _named(made.shape, level=base, trend=mean - base, weekday=made - mean)


def _of_smoothing(design: Design, block: int, said: Ahead, made: Array, base: Array) -> Array:
    m = design.steps.season
    level = design.smoothed.level[block]
    season = design.smoothed.season[block][np.arange(len(made)) % m]
    plain = np.minimum(np.maximum(level + season, 0.0), made / np.maximum(said.factor, TINY))
    return _named(
        made.shape, level=base, trend=level - base, weekday=plain - level, holiday=made - plain
    )


def _of_regression(design: Design, block: int, said: Ahead, made: Array, base: Array) -> Array:
    profile = np.tile(design.levels.profile[block], (design.steps.far, 1))
    logs = {name: value.copy() for name, value in said.logs.items()}
    logs["weekday"] += np.log(profile)
    whole = np.log(np.maximum(made, TINY) / base)
    logs["trend"] += whole - sum(logs.values())  # what clipping took away
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(np.abs(whole) > 1e-6, (made - base) / whole, made)
    return _named(made.shape, level=base, **{name: mean * log for name, log in logs.items()})
