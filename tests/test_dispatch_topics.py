"""Hot topics: planted ones are found and named, noise and city-wide seasons are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from dispatch.topics import CLEAR, chance, discoveries, expected, hot_topics
from tests.dispatch_city import raw

UNTIL = pd.Timestamp("2026-06-30")


def city() -> pd.DataFrame:
    frame = raw()[raw()["created_at"] >= UNTIL - pd.Timedelta(days=100)].copy()
    frame["category"] = frame["category1"] + "->" + frame["category2"]
    frame["key"] = frame["source"] + "\t" + frame["order_id"]
    return frame


def planted(n: int, callers: int, *, spread: bool = False) -> pd.DataFrame:
    """Calls of six days about one thing in one street."""
    rows = []
    for k in range(n):
        address = f"甲区乙街道{'东西南北'[k % 4] if spread else ''}柳苑{k if spread else ''}号"
        rows.append(
            {
                "key": f"x\tp{k:03d}", "created_at": UNTIL - pd.Timedelta(days=5, hours=k % 100),
                "category": "供水排水->水质水压", "category1": "供水排水", "category2": "水质水压", "district": "甲区",
                "street": "乙街道", "place_key": address, "h3_9": 77 if not spread else 100 + k,
                "caller_key": f"c{k % callers}", "title": "柳苑自来水有柴油味",
                "content": f"市民来电，{address}，近日自来水有明显柴油味，{k}户不敢饮用。",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def test_a_planted_cluster_is_found_and_named_by_its_own_words() -> None:
    for spread in (False, True):
        found = hot_topics(pd.concat([city(), planted(12, 9, spread=spread)]), UNTIL)
        first = found.topics.iloc[0]
        assert first["q"] <= CLEAR and first["category"] == "供水排水->水质水压"
        assert (first["n"], first["callers"]) == (12, 9)
        assert first["places"] == (12 if spread else 1)
        assert "柴油" in first["words"] and "柴油味" in first["headline"]
        assert (first["district"], first["street"]) == ("甲区", "乙街道")
        mine = planted(12, 9, spread=spread)
        assert (first["first_at"], first["last_at"]) == (
            mine["created_at"].min(),
            mine["created_at"].max(),
        )
        members = found.orders[found.orders["topic"] == first["topic"]]["key"]
        assert set(members) == set(mine["key"])
        assert (found.topics["category"] == "供水排水->水质水压").sum() == 1  # told once


def test_one_caller_is_no_topic_and_noise_is_not_clear() -> None:
    found = hot_topics(pd.concat([city(), planted(12, 2)]), UNTIL)
    assert not (found.topics["street"] == "乙街道").any()
    assert not (found.topics["q"] <= CLEAR).any()
    assert found.looked > 100


def test_what_was_always_so_or_rises_everywhere_is_no_topic() -> None:
    new = planted(8, 8)
    old = [
        new.assign(
            created_at=new["created_at"] - pd.Timedelta(days=14 * k), key=new["key"] + str(k)
        )
        for k in range(1, 6)
    ]
    usual = hot_topics(pd.concat([city(), new, *old]), UNTIL)
    assert not (usual.topics["street"] == "乙街道").any()
    elsewhere = [new.assign(street=f"丙{k}街道", place_key=f"丙{k}", h3_9=500 + k, key=new["key"] + f"s{k}",
                            caller_key=new["caller_key"] + f"s{k}") for k in range(40)]  # fmt: skip
    season = hot_topics(pd.concat([city(), new, *elsewhere]), UNTIL)
    assert not (season.topics["q"] <= CLEAR).any()


def test_without_callers_orders_are_counted_and_little_data_is_no_data() -> None:
    frame = pd.concat([city(), planted(12, 9)]).assign(caller_key=None)
    found = hot_topics(frame, UNTIL)
    assert found.topics.iloc[0]["n"] == 12 and found.topics["callers"].isna().all()
    short = city()[lambda f: f["created_at"] > UNTIL - pd.Timedelta(days=20)]
    assert hot_topics(short, UNTIL).topics.empty
    assert hot_topics(short.iloc[:0], UNTIL).topics.empty


def test_chances_by_hand() -> None:
    assert expected(6) == pytest.approx(6.5 / 6)
    assert chance(3, 6) == pytest.approx(1 - nbinom.cdf(2, 6.5, 84 / 98))
    draws = np.random.default_rng(1)
    rate = draws.gamma(6.5, 1 / 84, 200_000) * 14 * 2
    assert chance(5, 6, city=2.0) == pytest.approx((draws.poisson(rate) >= 5).mean(), abs=0.005)
    np.testing.assert_allclose(
        discoveries(np.array([0.01, 0.04, 0.03, 0.5])), [0.04, 0.0533, 0.0533, 0.5], atol=1e-3
    )
