"""All categories against all drivers: test, calibrate with placebos, control false discoveries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from forecasting.associations import describe
from forecasting.associations.effects import LAGS, WINDOWS, lagged, summed_z
from forecasting.associations.nuisance import Array, Fit, apart, columns_of, fit
from forecasting.associations.placebo import SHIFTS, YEARS, placebos
from forecasting.associations.series import Panel, level_break, panel_of
from forecasting.counts import false_discovery

FEWEST_EVENTS, FEWEST_DAYS, FEWEST_EXPOSED = 100, 90, 5
"""Orders of a category, days of data and days of at least one step below which nothing is tested."""
Q = 0.10
"""Share of false ones among those found that is put up with."""
SMALLEST = 0.05
"""An association of less than 5 % a step is not worth showing, however sure it is."""
PRIOR = 10.0
"""Placebos that those of all categories together count as, beside a pair's own."""
LEAD = 22
"""Days that the driver comes too late in the negative control: its lags are days 15 to 22 ahead."""
REFUSED = ("few_events", "few_days", "level_break", "few_exposed", "unknown_driver", "not_apart")
"""Codes of why a pair was not tested."""


@dataclass(frozen=True)
class Driver:
    """An outside fact by day. ``step``: the amount that an effect is stated for; ``reference``:
    the amount that extra cases are counted from (``None``: its median)."""

    code: str
    step: float
    reference: float | None = 0.0


@dataclass(frozen=True)
class Associations:
    """``effects``: a row per category and driver; ``lags`` and ``base`` (the days to come at the
    driver's reference) of those described; ``facts``: how the test does without any effect."""

    effects: pd.DataFrame
    lags: pd.DataFrame
    base: pd.DataFrame
    facts: Mapping[str, Any]


@dataclass
class _Pair:
    """What is known of one category and one driver."""

    category: str
    driver: Driver
    control: bool
    events: int
    exposed: int = 0
    days: int = 0
    highest: float = float("nan")
    refused: str | None = None
    z: Array = field(default_factory=lambda: np.full(len(WINDOWS), np.nan))
    placebo: list[Array] = field(default_factory=list)
    late: Array = field(default_factory=lambda: np.full(len(WINDOWS), np.nan))
    x: Array | None = None


@dataclass(frozen=True)
class Known:
    """A driver on the panel's days: lagged values, its placebos likewise, and their basis."""

    driver: Driver
    x: Array
    late: Array
    basis: str
    others: int
    placebos: tuple[Array, ...]
    values: pd.Series[Any]


def associate(
    daily: pd.DataFrame,
    factors: pd.DataFrame,
    drivers: Sequence[Driver],
    as_of: date,
    *,
    country: str | None = "CN",
    covered: Iterable[date] | None = None,
    controls: Collection[str] = (),
    everything: bool = False,
    progress: Callable[[float], None] = lambda _share: None,
) -> Associations:
    """Test every category of ``daily`` (day, category, n) against every driver.

    ``factors``: day and one column per driver, of every day known (other years too); of
    those after ``as_of`` only placebos are made. ``covered``: the days delivered (others are holes). ``controls``:
    categories that are tested apart, as negative controls. ``everything``: effects of all
    pairs, not only of those found and the controls.
    """
    # its matrices are small: threads would wait for one another longer than they compute
    with threadpool_limits(1):
        return _associate(
            factors, drivers, panel_of(daily, as_of, covered), country, controls,
            everything, progress,
        )  # fmt: skip


def _associate(
    factors: pd.DataFrame, drivers: Sequence[Driver], panel: Panel,
    country: str | None, controls: Collection[str], everything: bool,
    progress: Callable[[float], None],
) -> Associations:  # fmt: skip
    table = factors.assign(day=pd.to_datetime(factors["day"])).set_index("day").sort_index()
    table = table.astype(float)
    if len(panel.days) == 0:
        return _gather([], [], None, panel, everything, country)
    base, _ = columns_of(panel.days, panel.first, panel.last, country, None)
    base = base[:, apart(base[panel.seen])]
    known = [_known(one, table, panel.days) for one in drivers if one.code in table]
    pairs: list[_Pair] = []
    for i, category in enumerate(panel.categories):
        pairs += _tested(panel, base, category, known, category in controls)
        progress(0.8 * (i + 1) / len(panel.categories))
    out = _gather(pairs, known, base, panel, everything, country)
    progress(1.0)
    return out


def _known(driver: Driver, table: pd.DataFrame, days: pd.DatetimeIndex) -> Known:
    values = table[driver.code].dropna()
    whole = pd.date_range(days[0] - pd.Timedelta(days=LAGS), days[-1], freq="D")
    basis, others, made = (SHIFTS, 0, []) if values.empty else placebos(values, whole)
    late = values.reindex(whole + pd.Timedelta(days=LEAD)).to_numpy(dtype=float)
    real = values.reindex(whole).to_numpy(dtype=float)
    return Known(
        driver, lagged(real), lagged(late), basis, others,
        tuple(lagged(one) for one in made), values,
    )  # fmt: skip


def _tested(
    panel: Panel, base: Array, category: str, known: Sequence[Known], control: bool
) -> list[_Pair]:
    """The pairs of one category: refused, or with their statistics."""
    y, seen = panel.values[:, panel.categories.index(category)], panel.seen
    events = int(np.nansum(y))
    why = (
        "few_days" if seen.sum() < FEWEST_DAYS
        else "few_events" if events < FEWEST_EVENTS else None
    )  # fmt: skip
    rows, columns = y[seen], base[seen]
    null = None if why else fit(rows, columns)
    if null is None and why is None:
        why = "few_events"
    if null is not None and level_break(y):
        why = "level_break"
    out = []
    for one in known:
        x = one.x[seen]
        pair = _Pair(category, one.driver, control, events, refused=why)
        whole = np.isfinite(x).all(axis=1)
        pair.days = int(whole.sum())
        above = x[whole, 0] - _reference(one.driver, x[whole, 0])
        pair.exposed = int((above >= one.driver.step).sum())
        pair.highest = float(x[whole, 0].max()) if whole.any() else float("nan")
        if why is None and pair.days < max(FEWEST_DAYS, 0.5 * seen.sum()):
            pair.refused = "unknown_driver"
        elif why is None and pair.exposed < FEWEST_EXPOSED:
            pair.refused = "few_exposed"
        if pair.refused is None and null is not None:
            _measure(pair, rows, columns, null, one, seen)
        out.append(pair)
    return out


def _reference(driver: Driver, values: Array) -> float:
    if driver.reference is not None:
        return driver.reference
    return float(np.median(values)) if len(values) else 0.0


def _measure(pair: _Pair, y: Array, base: Array, null: Fit, known: Known, seen: Any) -> None:
    pair.x = known.x[seen]
    pair.z = summed_z(y, base, null, pair.x)
    if not np.isfinite(pair.z).all():
        pair.refused = "not_apart"
        return
    made = (summed_z(y, base, null, one[seen]) for one in known.placebos)
    pair.placebo = [z for z in made if np.isfinite(z).all()]
    pair.late = summed_z(y, base, null, known.late[seen])


# -- calibration -----------------------------------------------------------------
def spreads(own: Sequence[Sequence[Array]]) -> tuple[Array, Array]:
    """How far the statistics of one driver stray by chance, per category and window; their freedom.

    The mean square of a pair's placebos, drawn towards that of all categories; never below 1.
    """
    flat = [z for some in own for z in some]
    pooled = np.mean(np.square(flat), axis=0) if flat else np.ones(len(WINDOWS))
    n = np.array([len(some) for some in own], dtype=float)
    sums = np.array([np.sum(np.square(some), axis=0) if len(some) else 0 * pooled for some in own])
    wide = (sums + PRIOR * pooled) / (n[:, None] + PRIOR)
    return np.sqrt(np.maximum(wide, 1.0)), n + PRIOR


def _chance(z: Array, spread: Array, freedom: Array) -> tuple[Array, Any]:
    """p (the smaller one of the windows, counted twice) and the place of its window."""
    p = 2 * stats.t.sf(np.abs(z) / spread, freedom[:, None])
    return np.minimum(p.min(axis=1, initial=1.0) * len(WINDOWS), 1.0), p.argmin(axis=1)


def _calibrated(pairs: Sequence[_Pair], without: int | None = None) -> tuple[Array, Array]:
    """Scale and freedom of each tested pair; ``without``: a placebo that is left out."""
    scale, freedom = np.ones((len(pairs), len(WINDOWS))), np.full(len(pairs), PRIOR)
    for code in {pair.driver.code for pair in pairs}:
        mine = [i for i, pair in enumerate(pairs) if pair.driver.code == code]
        kept = [[v for j, v in enumerate(pairs[i].placebo) if j != without] for i in mine]
        scale[mine], freedom[mine] = spreads(kept)
    return scale, freedom


def _false(pairs: Sequence[_Pair]) -> dict[str, Any]:
    """What would have been found in each placebo, calibrated with the others, and uncalibrated."""
    rounds = min((len(pair.placebo) for pair in pairs), default=0)
    found, plain = [], []
    for k in range(rounds):
        z = np.array([pair.placebo[k] for pair in pairs])
        p, _ = _chance(z, *_calibrated(pairs, without=k))
        found.append(int((false_discovery(p) < Q).sum()))
        naive, _ = _chance(z, np.ones_like(z), np.full(len(z), 1e6))
        plain.append(int((false_discovery(naive) < Q).sum()))
    return {
        "rounds": rounds,
        "false_per_round": float(np.mean(found)) if found else None,
        "false_uncalibrated": float(np.mean(plain)) if plain else None,
    }


def _late(pairs: Sequence[_Pair], scale: Array, freedom: Array) -> dict[str, int]:
    """The negative control: what is found when the driver comes two weeks too late."""
    z = np.array([pair.late for pair in pairs]).reshape(-1, len(WINDOWS))
    there = np.isfinite(z).all(axis=1)
    p, _ = _chance(z[there], scale[there], freedom[there])
    return {"late_tested": int(there.sum()), "late_found": int((false_discovery(p) < Q).sum())}


def _gather(
    pairs: Sequence[_Pair], known: Sequence[Known], base: Array | None, panel: Panel,
    everything: bool, country: str | None,
) -> Associations:  # fmt: skip
    by_code = {one.driver.code: one for one in known}
    rows = []
    facts: dict[str, Any] = {
        "pairs": len(pairs), "categories": len(panel.categories), "days": int(panel.seen.sum()),
        "first": panel.first if len(panel.days) else None, "q": Q,
        "placebos": {
            code: {"basis": one.basis, "others": one.others, "n": len(one.placebos)}
            for code, one in by_code.items()
        },
    }  # fmt: skip
    family = [pair for pair in pairs if pair.refused is None and not pair.control]
    controls = [pair for pair in pairs if pair.refused is None and pair.control]
    for group in (family, controls):
        if not group:
            continue
        scale, freedom = _calibrated(group)
        p, place = _chance(np.array([pair.z for pair in group]), scale, freedom)
        q = false_discovery(p)
        for i, pair in enumerate(group):
            k = int(place[i])
            rows.append(
                describe.Tested(
                    pair, WINDOWS[k], float(pair.z[k]), float(scale[i, k]), float(freedom[i]),
                    float(p[i]), float(q[i]),
                )
            )  # fmt: skip
        if group is family:
            facts |= {"tested": len(group), **_false(group), **_late(group, scale, freedom)}
    told = describe.described(rows, by_code, base, panel, everything, country)
    refused = pd.DataFrame([describe.plain(pair) for pair in pairs if pair.refused is not None])
    effects = pd.concat(
        [frame for frame in (told.effects, refused) if len(frame)] or [told.effects],
        ignore_index=True,
    )
    basis = effects["driver"].map({code: one.basis for code, one in by_code.items()})
    n = effects["driver"].map({code: len(one.placebos) for code, one in by_code.items()})
    effects = effects.assign(basis=basis, placebos=n)
    facts["found"] = int(effects["found"].astype(bool).sum()) if len(effects) else 0
    return Associations(effects, told.lags, told.base, facts)


__all__ = ["REFUSED", "SHIFTS", "YEARS", "Associations", "Driver", "Q", "associate", "spreads"]
