"""The integrity scan (考核体检): which units stand out, how surely, and how often wrongly.

Each unit is compared with the *other* units of its peer group. Peers differ
among themselves for innocent reasons; that spread is estimated robustly
(winsorised, :mod:`metrics.funnel`) and allowed for, so only what is far outside
it counts. The tail is exact, and widened for small peer groups. All tests of a
scan share one false-discovery control (Benjamini & Hochberg 1995): when every
unit is honest, the chance that a scan flags anybody is at most :data:`ALPHA`; of
the flags of a scan at most that share is expected to be wrong. That holds where
honest units differ as smoothly as the model has it (``docs/fairness.md`` says how
often it was wrong in simulated cities).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from metrics.casemix import SHARED, standardise
from metrics.funnel import FEWEST, build
from metrics.signals import SIGNALS, Signal, counted, tally
from metrics.tails import at_least, false_discovery, limits, middle_z

Array = np.ndarray[Any, np.dtype[np.float64]]
ALPHA = 0.05
GROSS = 4.0
EVERYBODY = "all"
FINDINGS = (
    "signal", "unit", "group", "peer_group", "n", "hits", "value", "peers", "peers_low",
    "peers_high", "excess", "p", "q", "flagged", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Scan:
    """``findings``: the columns :data:`FINDINGS`, clearest first. ``tests``: how many
    comparisons share the control. ``expected_false``: how many of the flags are
    expected to be wrong, at most. ``skipped``: signals without data, with the reason."""

    findings: pd.DataFrame
    tests: int
    flagged: int
    expected_false: float
    skipped: Mapping[str, str]


def scan(
    units: pd.DataFrame,
    *,
    counts: pd.DataFrame | None = None,
    orders: pd.DataFrame | None = None,
    signals: Iterable[Signal] | None = None,
    further: Iterable[pd.DataFrame] = (),
    alpha: float = ALPHA,
) -> Scan:
    """Look for every signal that the data allow.

    ``units``: unit and (optionally) ``peer_group``. ``counts``: by unit, with
    :func:`metrics.signals.measures`; ``orders``: canonical orders, for the
    signals that need them (and for the others when there are no counts).
    ``further``: judged frames of :mod:`metrics.patterns`, to share the control.

    ``reason``: ``few`` (base below the signal's minimum), ``few_peers`` or
    ``own_categories``; such units are listed and not judged.
    """
    found, skipped = [], {}
    for signal in SIGNALS.values() if signals is None else signals:
        table = _table(signal, counts, orders)
        if table is None:
            skipped[signal.id] = "not_counted"
        elif table["n"].sum() == 0:
            skipped[signal.id] = "no_data"
        else:
            by = [name for name in signal.by if name in table]
            found.append(
                judge(
                    signal.id, table, units, signal.minimum, signal.least, by=by,
                    refuse=signal.refuse,
                )
            )  # fmt: skip
    found += [frame for frame in further if len(frame)]
    if not found:
        return Scan(pd.DataFrame(columns=list(FINDINGS)), 0, 0, 0.0, skipped)
    table = pd.concat(found, ignore_index=True)
    table["q"] = false_discovery(table["p"].to_numpy(dtype=float))
    table["flagged"] = (table["q"] <= alpha) & table.pop("material")
    order = np.lexsort((table["unit"].astype("str"), table["p"].fillna(2.0), ~table["flagged"]))
    table = table.iloc[order].reset_index(drop=True)
    flagged = int(table["flagged"].sum())
    tests = int(table["p"].notna().sum())
    return Scan(table[list(FINDINGS)], tests, flagged, alpha * flagged, skipped)


def judge(
    name: str,
    table: pd.DataFrame,
    units: pd.DataFrame,
    minimum: int,
    least: float,
    *,
    by: Sequence[str] = (),
    refuse: bool = False,
) -> pd.DataFrame:
    """Compare every unit's share of hits with its peers'.

    ``table``: unit, hits, n, one row per unit (and kind of order ``by``: the
    expected share is then made of what other units have in the same kinds,
    :mod:`metrics.casemix`). Groups with too few peers are compared with all
    units. ``peers``: the share expected; ``peers_low``/``peers_high``: where 95 %
    of blameless units of this size lie; ``excess``: hits beyond it; ``material``:
    whether the share is at least ``least`` above.
    """
    out = table.groupby("unit", as_index=False)[["hits", "n"]].sum()
    if by:
        mix = standardise(table.assign(hits=table["hits"].astype(float)), by).units
        out = out.merge(mix[["unit", "expected", "shared"]], on="unit", how="left")
    else:
        out["expected"], out["shared"] = out["n"] * out["hits"].sum() / out["n"].sum(), 1.0
    group = pd.Series(EVERYBODY, index=units["unit"].to_numpy())
    if "peer_group" in units:
        group = units.set_index("unit")["peer_group"]
    out["group"] = out["unit"].map(group).astype("object").fillna(EVERYBODY)
    own = (out["shared"] < SHARED).fillna(False) if refuse and by else out["n"] < 0
    enough = (out["n"] >= minimum) & ~own
    size = enough.groupby(out["group"]).transform("sum")
    out["peer_group"] = out["group"].where(size > FEWEST, EVERYBODY)
    rate, low, high, p = (np.full(len(out), np.nan) for _ in range(4))
    for peer_group in out["peer_group"].unique():
        # Whoever has no group of their own is compared with everybody.
        pool = enough if peer_group == EVERYBODY else enough & (out["group"] == peer_group)
        mine = (enough & (out["peer_group"] == peer_group)).to_numpy()
        if pool.sum() <= FEWEST or not mine.any():
            continue
        likely, rho, peers = _expected(out, pool.to_numpy())
        hits, n = out["hits"].to_numpy(dtype=float)[mine], out["n"].to_numpy(dtype=float)[mine]
        rate[mine] = likely[mine]
        low[mine], high[mine] = limits(n, rate[mine], rho, 0.95)
        p[mine] = _allowing(at_least(hits, n, rate[mine], rho), peers)
    out["peers"], out["peers_low"], out["peers_high"], out["p"] = rate, low, high, p
    out["value"] = (out["hits"] / out["n"]).where(out["n"] > 0)
    out["excess"] = out["hits"] - out["peers"] * out["n"]
    reason = pd.Series(None, index=out.index, dtype="object").mask(out["p"].isna(), "few_peers")
    out["reason"] = reason.mask(out["n"] < minimum, "few").mask(own, "own_categories")
    out["signal"], out["q"], out["flagged"] = name, np.nan, False
    out["material"] = (out["value"] - out["peers"]) >= least
    return out[[*FINDINGS, "material"]]


def _allowing(p: Array, peers: int) -> Array:
    """A tail that allows for having learnt the spread from so few peers (Student's t)."""
    return np.asarray(special.stdtr(peers - 1, special.ndtri(np.clip(p, 1e-300, 1 - 1e-16))))


def _expected(out: pd.DataFrame, pool: Any) -> tuple[Array, float, int]:
    """Each unit's expected share, the spread of blameless units around theirs, and
    from how many units both were learnt.

    The mix's expectation times how the *other* units of the pool stand to theirs,
    gross outliers (beyond :data:`GROSS` sd) left out, so that one cheater neither
    becomes the standard nor hides another. Half a hit is added: peers without a
    single one do not make one hit impossible.
    """
    hits, n = out["hits"].to_numpy(dtype=float), out["n"].to_numpy(dtype=float)
    expected = out["expected"].fillna(0.0).to_numpy(dtype=float)
    core = pool.copy()
    rho = 0.0
    for turn in range(3):
        others = hits[core].sum() - hits * core + 0.5
        theirs = expected[core].sum() - expected * core + 0.5
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.clip(expected / n * others / theirs, 1e-9, 1.0)
        overall = float(hits[core].sum() / n[core].sum())
        if turn == 0:
            overall = float(np.median((hits[pool] + 0.5) / (n[pool] + 1)))
            rate = np.where(pool, rate * overall / np.median(rate[pool]), rate)
        adjusted = np.clip(hits + (overall - rate) * n, 0, n)
        funnel = build(adjusted[core], n[core], target=min(max(overall, 1e-9), 1 - 1e-9))
        rho = 0.0 if funnel is None else funnel.rho
        if turn < 2:
            far = np.abs(middle_z(hits, n, np.clip(rate, 1e-9, 1 - 1e-9), rho)) > GROSS
            core = pool & ~far
            if core.sum() < max(FEWEST, 0.7 * pool.sum()):
                core = pool.copy()
    return rate, rho, int(core.sum())


def followup_stages(stages: pd.DataFrame) -> pd.DataFrame:
    """The follow-up funnel of each unit: what is left after every stage.

    ``stages``: unit, closed, followed_up, valid, resolved, satisfied (counts).
    Adds ``<stage>_rate``: share of the stage before (no data where that is 0);
    resolved and satisfied are both shares of the valid ones.
    """
    out = stages.copy()
    for stage, before in (
        ("followed_up", "closed"), ("valid", "followed_up"), ("resolved", "valid"),
        ("satisfied", "valid"),
    ):  # fmt: skip
        base = out[before].astype(float)
        out[f"{stage}_rate"] = (out[stage] / base).where(base > 0)
    out["gap"] = out["satisfied_rate"] - out["resolved_rate"]
    return out


def _table(
    signal: Signal, counts: pd.DataFrame | None, orders: pd.DataFrame | None
) -> pd.DataFrame | None:
    if signal.counted and counts is not None and f"signal.{signal.id}.den" in counts:
        return counted(signal, counts)
    if orders is None or any(name not in orders for name in signal.fields):
        return None
    return tally(signal, orders)
