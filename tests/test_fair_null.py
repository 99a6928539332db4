"""With no true differences: how often the rankings would name a unit all the same.

Permutation: the same orders are dealt out to the units (or the months) at random, over
and over. What is counted is what the pages say, in figures or in words: surely in a half, of
another tier, above or below the total, outside a funnel's limits, changed against its own past.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import pytest

from metrics import spc
from metrics.casemix import standardise
from metrics.draws import simulate
from metrics.fair import stands
from metrics.linear import Linear, decompose
from metrics.ranks import rank_table, tiers, told
from metrics.tails import limits
from tests.league import RATES, A, league, sizes
from ui import fair_funnel, rankings
from ui.rankings import LIKE, SCORE, League

UNITS, DEALS = 60, 25
WHOLE = [0.97, 0.9, 0.92]


def deals(median: float, units: int = UNITS) -> Iterator[pd.DataFrame]:
    """The same orders dealt out at random to units of unequal size."""
    rng = np.random.default_rng(31)
    n = sizes(rng, units, median)
    orders = rng.random((n.sum(), 3)) < WHOLE
    edges = np.concatenate([[0], np.cumsum(n)])[:-1]
    for _ in range(DEALS):
        dealt = orders[rng.permutation(len(orders))]
        yield league(n, np.add.reduceat(dealt.astype(int), edges))


@cache
def raw_tables(median: float) -> list[League]:
    return [rankings.leagues(A, counts, None)["streets"] for counts in deals(median)]


@pytest.mark.parametrize("median", [40, 300])
@pytest.mark.parametrize("correlation", [None, np.eye(3)], ids=["together", "apart"])
def test_ranks_name_at_most_one_in_twenty(median: float, correlation: np.ndarray | None) -> None:
    halves, other_tier, tenths = [], [], []
    for trial, counts in enumerate(deals(median)):
        drawn = simulate(decompose(A, counts), draws=400, seed=trial, correlation=correlation)
        table = rank_table(drawn)
        found = told(table)
        halves.append((len(found.upper) + len(found.lower)) / UNITS)
        other_tier.append((tiers(drawn) > 1).mean())
        tenths.append(((table["top_tenth"] >= 0.9) | (table["bottom_tenth"] >= 0.9)).mean())
    assert np.mean(halves) <= 0.05
    assert np.mean(other_tier) <= 0.05
    assert np.mean(tenths) <= 0.05


@pytest.mark.parametrize("median", [40, 300])
def test_the_raw_table_marks_at_most_one_in_twenty(median: float) -> None:
    """▲ and ▼ beside the raw table: a unit's whole interval on one side of the total."""
    marked: dict[str, list[float]] = {name: [] for name in (SCORE, *RATES)}
    for table in raw_tables(median):
        for by, seen in marked.items():
            rows = rankings.by_choice(table.ranked, by)
            sides = rankings.against(rows, float(table.total[by]))
            seen.append(np.mean([side != LIKE for side in sides]))
    # Exact tails make 5 % an upper bound; what is left is the noise of so few deals.
    noise = {by: 2 * np.std(seen) / np.sqrt(DEALS) for by, seen in marked.items()}
    assert {by for by, seen in marked.items() if np.mean(seen) > 0.05 + noise[by]} == set()
    assert np.mean(list(marked.values())) <= 0.05


def test_ends_of_a_raw_table_differ_by_chance() -> None:
    """Why the raw table does not conclude from first and last: among equal units too their
    intervals often do not touch."""
    found = []
    for table in raw_tables(300):
        ends = rankings.standing(rankings.by_choice(table.ranked, "resolution"))
        found.append(ends is not None and ends.apart)
    assert np.mean(found) > 0.2


@pytest.mark.parametrize("median", [40, 300])
def test_a_funnel_names_at_most_one_in_twenty(median: float) -> None:
    outside, far = [], []
    for counts in deals(median):
        linear = decompose(A, counts)
        for name in RATES:
            rows = stands(linear, name, "streets").units.to_dict("records")
            places = [fair_funnel.place(row) for row in rows]
            outside.append(np.mean([place != "inside" for place in places]))
            far.append(np.mean([place.endswith("998") for place in places]))
    assert np.mean(outside) <= 0.05
    assert np.mean(far) <= 0.002


def test_after_case_mix_no_more_are_named() -> None:
    """Units that share categories of different difficulty, none better than another."""
    rng = np.random.default_rng(8)
    flagged = []
    for _ in range(30):
        rows = []
        for unit, size in enumerate(sizes(rng, UNITS, 150)):
            for kind, n in enumerate(rng.multinomial(size, rng.dirichlet(np.full(4, 1.2)))):
                rows.append((unit, kind, rng.binomial(n, (0.97, 0.93, 0.85, 0.7)[kind]), n))
        table = pd.DataFrame(rows, columns=["unit", "kind", "hits", "n"])
        mix = standardise(table, ["kind"])
        whole = table["hits"].sum() / table["n"].sum()
        n = mix.units["n"].to_numpy(dtype=float)
        low, high = limits(n, whole, 0.0, 0.95)
        adjusted = mix.units["adjusted"].to_numpy()
        flagged.append(((adjusted < low) | (adjusted > high)).mean())
    assert np.mean(flagged) <= 0.05


@pytest.mark.parametrize("points", [12, 18, 24])
@pytest.mark.parametrize("rate", [0.6, 0.9, 0.97])
def test_months_dealt_at_random_rarely_show_a_change(points: int, rate: float) -> None:
    """The icon matrix: about one icon in a hundred, and at most one unit in twenty of three rates."""
    rng = np.random.default_rng(7)
    n = rng.integers(20, 400, (3 * 600, points))
    icons = spc.variation(spc.chart(rng.binomial(n, rate), n), True)
    lit = np.array([icon != "common" for icon in icons])
    assert lit.mean() <= 0.015
    assert lit.reshape(-1, 3).any(axis=1).mean() <= 0.05


def test_the_same_orders_in_other_months_show_no_change() -> None:
    """One unit's own orders, dealt out to its months anew."""
    rng = np.random.default_rng(17)
    n = rng.integers(30, 200, 18)
    orders = (rng.random(n.sum()) < 0.92).astype(int)
    edges = np.concatenate([[0], np.cumsum(n)])[:-1]
    hits = np.array([np.add.reduceat(rng.permutation(orders), edges) for _ in range(800)])
    icons = spc.variation(spc.chart(hits, np.tile(n, (800, 1))), True)
    assert np.mean([icon != "common" for icon in icons]) <= 0.05


def test_true_differences_are_told() -> None:
    """The other side: where units do differ and have enough orders, they are named."""
    rng = np.random.default_rng(3)
    n = np.full(40, 2000)
    rates = np.where(np.arange(40)[:, None] < 20, 0.97, 0.85) + np.zeros((40, 3))
    linear: Linear = decompose(A, league(n, rng.binomial(n[:, None], rates)))
    found = told(rank_table(simulate(linear, correlation=np.eye(3))))
    assert set(found.upper) == {f"u{k:03d}" for k in range(20)}
    assert set(found.lower) == {f"u{k:03d}" for k in range(20, 40)}
    assert found.rest == 0
