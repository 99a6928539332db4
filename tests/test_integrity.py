"""Signals: what each counts, that blameless units are left alone, that cheaters are found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.audit import UNHEARD, audit_list, audit_power, calls_needed
from metrics.conditions import mask
from metrics.counting import count
from metrics.integrity import FINDINGS, followup_stages, judge, scan
from metrics.patterns import (
    edges,
    heaping,
    loops,
    pair_orders,
    prone_categories,
    recoded_orders,
    recoding,
)
from metrics.replies import near_duplicates
from metrics.signals import REPLIES, SIGNALS, measures, tally, time_allowed
from tests.factory import random_orders

GROUP = pd.DataFrame({"unit": [f"u{k:02d}" for k in range(60)], "peer_group": "streets"})


def league(rng: np.random.Generator, rate: float = 0.1, spread: float = 0.02) -> pd.DataFrame:
    """Sixty units that differ among themselves innocently."""
    n = np.maximum(20, rng.lognormal(5, 0.7, 60)).astype(int)
    true = np.clip(rng.normal(rate, spread, 60), 0.001, 0.999)
    return pd.DataFrame({"unit": GROUP["unit"], "hits": rng.binomial(n, true), "n": n})


# -- what the signals count ----------------------------------------------------------
@pytest.mark.parametrize("name", [s.id for s in SIGNALS.values() if s.counted])
def test_conditions_and_orders_count_the_same(name: str) -> None:
    signal = SIGNALS[name]
    orders = random_orders(400, seed=3).assign(recurred=pd.array([True, False] * 200, "boolean"))
    by_orders = tally(signal, orders).groupby("unit")[["hits", "n"]].sum()
    by_counts = count(signal.measures(), orders).set_index("unit")
    assert (by_orders["n"] == by_counts[f"signal.{name}.den"]).all()
    assert (by_orders["hits"] == by_counts[f"signal.{name}.num"]).all()
    unit = by_orders["hits"].idxmax()
    behind = signal.behind(unit)
    assert behind is not None
    assert mask(behind, orders).sum() == by_orders.loc[unit, "hits"]
    assert len(signal.evidence(orders, unit)) == by_orders.loc[unit, "hits"]


def test_satisfied_but_not_resolved() -> None:
    orders = pd.DataFrame(
        {
            "unit": "甲",
            "followup": ["valid", "valid", "valid", "unreached", "valid"],
            "satisfaction": ["satisfied", "basically_satisfied", "satisfied", "satisfied", None],
            "resolution": ["unresolved", "resolved", "explained", "unresolved", "unresolved"],
        }
    )
    assert tally(SIGNALS["satisfied_unresolved"], orders)[["hits", "n"]].values.tolist() == [[1, 3]]


def test_closed_within_minutes() -> None:
    orders = pd.DataFrame(
        {
            "unit": "甲",
            "order_type": ["complaint", "complaint", "enquiry", "help", "complaint"],
            "close_hours": [0.1, 0.2, 0.05, -1.0, None],
        }
    )
    assert tally(SIGNALS["instant"], orders)[["hits", "n"]].values.tolist() == [[1, 2]]


def test_bunching_before_the_limit() -> None:
    """A limit of 100 h: the last 4 hours against all that closed between 50 and 150 h."""
    created = pd.Timestamp("2026-03-01")
    hours = [10, 50.5, 95.9, 96.1, 100, 101, 149, 151, None]
    orders = pd.DataFrame({"unit": "甲", "created_at": created}, index=range(9))
    orders["due_at"] = created + pd.Timedelta(hours=100)
    orders["closed_at"] = created + pd.to_timedelta(pd.Series(hours), unit="h")
    base, hit = SIGNALS["bunching"].masks(orders)
    assert np.flatnonzero(base).tolist() == [1, 2, 3, 4, 5, 6]
    assert np.flatnonzero(hit).tolist() == [3, 4]
    assert tally(SIGNALS["bunching"], orders)["allowed"].tolist()[0] == "days"
    assert time_allowed(orders.assign(due_at=pd.NaT)).eq("none").all()


def test_near_duplicates() -> None:
    texts = [
        "您好，经现场查看，情况属实，已安排人员清理完毕，感谢您的监督和支持。",
        "您好！经现场查看：情况属实，已安排人员清理完毕。感谢您的监督和支持！！ 2026",
        "您好，该路段积水系排水口堵塞所致，已疏通，后续将加强巡查。",
        "已办结",
        "已办结",
        "您好，经现场查看，情况属实，已安排人员清理完毕，感谢您的监督和支持。",
    ]
    owners = ["甲", "甲", "甲", "甲", "甲", "乙"]
    assert near_duplicates(texts, owners).tolist() == [True, True, False, False, False, False]
    assert near_duplicates([], []).tolist() == []


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_likeness_of_replies_follows_shared_pieces(seed: int) -> None:
    """Change one character in ten: found. Change every third: not."""
    rng = np.random.default_rng(seed)
    letters = [chr(c) for c in range(0x4E00, 0x5E00)]
    text = list(rng.choice(letters, 120))
    near, far = text.copy(), text.copy()
    near[60] = "某"
    far[::3] = rng.choice(letters, 40).tolist()
    got = near_duplicates(["".join(t) for t in (text, near, far)], ["甲"] * 3)
    assert got.tolist() == [True, True, False]


def test_the_same_number_of_replies_is_compared_for_every_unit() -> None:
    orders = pd.DataFrame(
        {"order_id": [f"o{k}" for k in range(300)], "unit": ["甲"] * 250 + ["乙"] * 50}
    )
    orders["reply"] = [f"回复{chr(0x4E00 + k)}" * 5 for k in range(300)]
    base, hit = SIGNALS["same_replies"].masks(orders)
    assert pd.Series(base).groupby(orders["unit"]).sum().to_dict() == {"甲": REPLIES, "乙": 50}
    shuffled = orders.sample(frac=1, random_state=1)
    again, _ = SIGNALS["same_replies"].masks(shuffled)
    assert set(shuffled["order_id"][again]) == set(orders["order_id"][base])
    assert not hit.any()


# -- judging -----------------------------------------------------------------------------
def test_honest_units_are_rarely_flagged() -> None:
    """A scan over sixty blameless units that differ innocently: at most one scan in twenty flags
    anybody (some slack for 100 trials)."""
    rng = np.random.default_rng(4)
    flagged = 0
    for _ in range(100):
        tables = [judge("x", league(rng, rate), GROUP, 30, 0.0) for rate in (0.03, 0.1, 0.5)]
        flagged += scan(GROUP, signals=[], further=tables).flagged > 0
    assert flagged / 100 <= 0.09


def test_without_differences_at_most_one_in_twenty_units_has_p_below_005() -> None:
    """Permutation: the same hits dealt out to units at random."""
    rng = np.random.default_rng(5)
    small = []
    for _ in range(60):
        table = league(rng)
        orders = np.zeros(table["n"].sum(), dtype=int)
        orders[: table["hits"].sum()] = 1
        rng.shuffle(orders)
        starts = np.concatenate([[0], np.cumsum(table["n"])[:-1]])
        table["hits"] = np.add.reduceat(orders, starts)
        small.append((judge("x", table, GROUP, 0, 0.0)["p"] <= 0.05).mean())
    assert np.mean(small) <= 0.05


def test_a_gross_cheater_is_found_and_does_not_hide_another() -> None:
    found = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        table = league(rng)
        table.loc[[0, 1], "n"] = [3000, 300]
        table.loc[[0, 1], "hits"] = [2400, 90]  # 80 % and 30 % against 10 %
        got = scan(GROUP, signals=[], further=[judge("x", table, GROUP, 30, 0.05)])
        flagged = set(got.findings.loc[got.findings["flagged"], "unit"])
        assert "u00" in flagged
        found += "u01" in flagged
    assert found >= 28


def test_small_bases_and_missing_peers_are_listed_and_not_judged() -> None:
    table = pd.DataFrame({"unit": GROUP["unit"][:8], "hits": [29] + [3] * 7, "n": [29] + [100] * 7})
    got = judge("x", table, GROUP, 30, 0.0).set_index("unit")
    assert got.loc["u00", "reason"] == "few" and np.isnan(got.loc["u00", "p"])
    few = judge("x", table[1:5], GROUP, 30, 0.0)
    assert few["reason"].eq("few_peers").all() and few["p"].isna().all()
    lone = GROUP.assign(peer_group=["alone"] + ["streets"] * 59)
    with_lone = judge("x", league(np.random.default_rng(1)), lone, 30, 0.0).set_index("unit")
    assert with_lone.loc["u00", "peer_group"] == "all"  # compared with everybody
    assert with_lone["p"].notna().sum() == (with_lone["n"] >= 30).sum()


def test_what_a_units_kind_of_work_explains_is_no_signal() -> None:
    """u00 does mostly the kind of work that is struck out everywhere."""
    rng = np.random.default_rng(9)
    rows = []
    for k, unit in enumerate(GROUP["unit"]):
        for kind, rate, n in (
            ("plain", 0.02, 40 if k == 0 else 300),
            ("odd", 0.5, 260 if k == 0 else 30),
        ):
            rows.append((unit, kind, rng.binomial(n, rate), n))
    table = pd.DataFrame(rows, columns=["unit", "kind", "hits", "n"])
    plain = judge("x", table.groupby("unit", as_index=False)[["hits", "n"]].sum(), GROUP, 30, 0.03)
    mixed = judge("x", table, GROUP, 30, 0.03, by=["kind"])
    assert plain.set_index("unit").loc["u00", "p"] < 1e-6
    assert mixed.set_index("unit").loc["u00", "p"] > 0.01
    own = table.assign(kind=table["kind"].where(table["unit"] != "u00", "its own"))
    refused = judge("x", own, GROUP, 30, 0.03, by=["kind"], refuse=True).set_index("unit")
    assert refused.loc["u00", "reason"] == "own_categories"


def test_a_scan_says_what_it_did() -> None:
    orders = random_orders(3000, seed=5)
    got = scan(orders[["unit"]].drop_duplicates().dropna(), orders=orders)
    assert tuple(got.findings.columns) == FINDINGS
    assert got.tests == got.findings["p"].notna().sum()
    assert got.expected_false == pytest.approx(0.05 * got.flagged)
    assert got.skipped["repeated"] == "no_data"  # links of repeats are not in this frame
    counts = count(measures(), orders)
    counted = scan(orders[["unit"]].drop_duplicates().dropna(), counts=counts)
    assert counted.skipped["bunching"] == "not_counted"
    nothing = scan(GROUP)
    assert nothing.findings.empty and nothing.skipped["unreached"] == "not_counted"


@given(st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_does_not_matter(random) -> None:
    orders = random_orders(600, seed=8)
    rows = list(range(600))
    random.shuffle(rows)
    units = orders[["unit"]].drop_duplicates().dropna()
    one, two = scan(units, orders=orders), scan(units, orders=orders.iloc[rows])
    pd.testing.assert_frame_equal(one.findings, two.findings)


def test_stages_of_the_follow_up() -> None:
    stages = pd.DataFrame(
        {"unit": ["甲", "乙"], "closed": [100, 0], "followed_up": [80, 0], "valid": [40, 0],
         "resolved": [30, 0], "satisfied": [36, 0]}
    )  # fmt: skip
    got = followup_stages(stages).set_index("unit")
    assert got.loc["甲", ["followed_up_rate", "valid_rate", "gap"]].tolist() == pytest.approx(
        [0.8, 0.5, 0.15]
    )
    assert got.loc["乙", ["valid_rate", "gap"]].isna().all()


# -- patterns ---------------------------------------------------------------------------
def recoded(share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Forty units, two times, three categories; u00 moves part of one into another."""
    rows = []
    for k in range(40):
        for period in ("before", "now"):
            n = rng.multinomial(400, [0.6, 0.37, 0.03])
            if k == 0 and period == "now":
                moved = int(n[1] * share)
                n += np.array([0, -moved, moved])
            for name, size, rate in zip(("a", "b", "outside"), n, (0.01, 0.01, 0.6), strict=True):
                rows.append((f"u{k:02d}", period, name, size, rng.binomial(size, rate)))
    return pd.DataFrame(rows, columns=["unit", "period", "category", "all", "excluded"])


def test_recoding_is_found_against_ones_own_past() -> None:
    rng = np.random.default_rng(3)
    counts = recoded(0.5, rng)
    assert prone_categories(counts) == ["outside"]
    got = scan(GROUP, signals=[], further=[recoding(counts, GROUP)])
    assert got.findings.loc[got.findings["flagged"], "unit"].tolist() == ["u00"]
    honest = [
        scan(GROUP, signals=[], further=[recoding(recoded(0.0, rng), GROUP)]).flagged
        for _ in range(40)
    ]
    assert np.mean(np.array(honest) > 0) <= 0.1
    orders = pd.DataFrame({"unit": ["u00", "u00", "u01"], "category1": ["outside", "a", "outside"]})
    assert mask(recoded_orders("u00", ["outside"]), orders).tolist() == [True, False, False]
    plain = counts.assign(excluded=0)
    assert recoding(plain, GROUP).empty  # nothing is struck out anywhere


def test_loops_between_two_units() -> None:
    rng = np.random.default_rng(6)
    names = [f"d{k}" for k in range(10)]
    rows = [(a, b, 30, rng.binomial(30, 0.1)) for a in names for b in names if a != b]
    rows = [(a, b, n, 26 if {a, b} == {"d1", "d2"} else k) for a, b, n, k in rows]
    rows.append(("d1", "d1", 500, 0))  # kept by the first receiver
    table = pd.DataFrame(rows, columns=["unit", "first_unit", "orders", "looped"])
    got = scan(GROUP, signals=[], further=[loops(table, GROUP)])
    assert got.findings.loc[got.findings["flagged"], "unit"].tolist() == ["d1 ⇄ d2"]
    pair = loops(table, GROUP).set_index("unit").loc["d1 ⇄ d2"]
    assert pair[["hits", "n", "from_one", "from_two"]].tolist() == [52, 60, 26, 26]
    orders = pd.DataFrame(
        {"unit": ["d1", "d2", "d1"], "first_unit": ["d2", "d1", "d3"], "returns": [2, 1, 2]}
    )
    assert mask(pair_orders("d1", "d2"), orders).tolist() == [True, False, False]


@pytest.mark.parametrize("centre", [0.93, 0.95, 0.97])
def test_heaping_above_a_line(centre: float) -> None:
    """Smooth rates are left alone wherever the line cuts them; nudged ones are found."""
    rng = np.random.default_rng(7)
    n = rng.integers(200, 900, 3600)
    rates = pd.DataFrame({"unit": np.repeat([f"u{k}" for k in range(300)], 12), "n": n})
    rates["period"] = np.tile(np.arange(12), 300)
    rates["hits"] = rng.binomial(n, rng.normal(centre, 0.012, 3600).clip(0, 1))
    assert heaping(rates, 0.95)["p"][0] > 0.01
    short = np.ceil(0.95 * n) - rates["hits"]
    nudged = rates.assign(hits=rates["hits"] + short.where((short > 0) & (short <= 2), 0))
    assert heaping(nudged, 0.95)["p"][0] < 1e-4
    few = heaping(rates[:12], 0.5)
    assert few["p"].isna().all() and few["reason"].eq("few").all()


def test_shifting_around_the_period_edge() -> None:
    rng = np.random.default_rng(8)
    days = pd.date_range("2026-01-01", "2026-06-30")
    rows = []
    for k in range(40):
        n = rng.poisson(6, len(days))
        if k == 0:  # closes on the 16th to 18th what would be due after the 19th
            early = days.day.isin([16, 17, 18])
            late = days.day.isin([19, 20, 21])
            n = n + np.where(early, 5, 0) - np.where(late, np.minimum(n, 4), 0)
        rows.append(pd.DataFrame({"unit": f"u{k:02d}", "day": days, "n": n}))
    starts = [date(2026, month, 19) for month in range(1, 7)]
    got = scan(GROUP, signals=[], further=[edges(pd.concat(rows), GROUP, starts)])
    assert got.findings.loc[got.findings["flagged"], "unit"].tolist() == ["u00"]


# -- audit calls --------------------------------------------------------------------------
def unheard(n: int = 400) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source": "t",
            "order_id": [f"o{k:04d}" for k in range(n)],
            "unit": [["甲", "乙", "丙", None][k % 4] for k in range(n)],
            "status": "closed",
            "followup": ["unreached" if k % 5 else "valid" for k in range(n)],
        }
    )


def test_an_audit_list_is_random_and_can_be_repeated() -> None:
    orders = unheard()
    got = audit_list(orders, 20, seed=2026)
    assert got["unit"].value_counts().to_dict() == {"甲": 20, "乙": 20, "丙": 20}
    assert mask(UNHEARD, got).all()
    assert got["drawn_from"].eq(80).all() and got["chance"].eq(0.25).all()
    again = audit_list(orders.sample(frac=1, random_state=3), 20, seed=2026)
    assert again["order_id"].tolist() == got["order_id"].tolist()
    other = audit_list(orders, 20, seed=2027)
    assert set(other["order_id"]) != set(got["order_id"])
    one = audit_list(orders, 500, seed=1, units=("甲",))
    assert len(one) == 80 and one["chance"].eq(1).all()
    with pytest.raises(ValueError, match="per_unit"):
        audit_list(orders, 0, seed=1)


def test_every_unheard_order_has_the_same_chance() -> None:
    orders = unheard(80)
    drawn = pd.concat(audit_list(orders, 4, seed=s) for s in range(250))["order_id"].value_counts()
    expected = 250 * 4 / 16
    assert len(drawn) == 48
    assert ((drawn - expected) ** 2 / expected).sum() < 90  # chi-squared, 48 cells


def test_what_audit_calls_add() -> None:
    """40 % of dissatisfied answers hidden: records alone see little, forty calls see more."""
    usual = {"unreached": 0.15, "dissatisfied": 0.05, "hidden": 0.4, "spread": 0.003}
    few, many = (audit_power(n, 40, **usual) for n in (200, 1000))
    assert few.records < 0.25 and few.calls > few.records + 0.15
    assert many.calls > many.records
    assert few.false_alarms <= 0.06 and many.false_alarms <= 0.06
    none = audit_power(200, 0, **usual)
    assert none.records == none.calls
    assert audit_power(200, 40, **usual) == few  # the same every time
    needed = calls_needed(1000, 0.5, **usual)
    assert needed is not None and 0 < needed <= 60
    assert calls_needed(50, 0.999, most=20, **usual) is None
