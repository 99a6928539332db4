"""Real league tables, ranked with intervals: Andhra Pradesh's call centre, Hangzhou's message board."""

import numpy as np
import pandas as pd
import pytest

from metrics.draws import Draws, simulate
from metrics.funnel import funnel
from metrics.linear import decompose
from metrics.ranks import rank_table
from metrics.shrinkage import fit, shrink
from tests.league import A, league
from tests.realdata import real

ANDHRA = "andhra_pgrs_three_rates/call_centre_1100_satisfaction_by_department.csv"
HANGZHOU = "hangzhou_leaders_board/district_three_rates.csv"

pytestmark = pytest.mark.real


def one_rate(hits: np.ndarray, n: np.ndarray) -> Draws:
    """A league judged by satisfaction alone (the other two rates are perfect for all)."""
    counts = league(n, np.column_stack([n, n, hits]))
    return simulate(decompose(A, counts))


def test_andhra_departments() -> None:
    """31 departments, 298 to 31,627 answers: ranks at the ends are sure, in the middle not."""
    raw = pd.read_csv(real(ANDHRA))
    n = raw["total_feedback"].to_numpy()
    hits = np.round(n * raw["pct_satisfied"] / 100).to_numpy(dtype=int)
    assert n.sum() == 93_892
    prior = fit(hits, n)
    assert prior is not None and prior.spread > 0.05  # departments do differ
    mean, low, high = shrink(prior, hits, n)
    assert (low <= hits / n + 0.02).all() and (high >= hits / n - 0.02).all()
    moved = np.abs(mean - hits / n)
    assert moved[n < 500].max() > moved[n > 10_000].max()
    got = rank_table(one_rate(hits, n))
    raw_rank = pd.Series(-hits / n).rank(method="min").astype(int)
    assert ((got["rank_low"] <= raw_rank) & (raw_rank <= got["rank_high"])).mean() > 0.9
    width = got["rank_high"] - got["rank_low"]
    assert width.median() >= 3
    assert got["rank_low"][np.argmin(hits / n)] >= 30  # 34.8 % is among the last two beyond doubt
    made, table = funnel(raw["department"], hits, n)
    assert made is not None and made.phi > 10  # far more than chance: limits must allow for it
    far = table.loc[table["outside"] > 99, "unit"]
    assert sorted(name[-7:] for name in far) == ["(CPDCL)", "(EPDCL)"]


def test_hangzhou_districts() -> None:
    """Eight districts of the leaders' board: 114 to 348 ratings of manner, 4 or 5 stars = satisfied."""
    raw = pd.read_csv(real(HANGZHOU))
    n = raw["manner_n"].to_numpy()
    hits = (raw["star4"] + raw["star5"]).to_numpy()
    assert (raw[[f"star{k}" for k in range(1, 6)]].sum(axis=1) == n).all()
    got = rank_table(one_rate(hits, n)).assign(district=raw["district"]).set_index("district")
    best, worst = got["rank_low"], got["rank_high"]
    assert best["钱塘区"] <= 2 and worst["钱塘区"] <= 4
    assert best["萧山区"] >= 6 and worst["萧山区"] == 8
    # 上城 (80.7 %, n 145) and 临平 (74.9 %, n 255) differ by six points and can still swap places.
    assert best["临平区"] <= worst["上城区"]
    assert (worst - best).mean() >= 2
