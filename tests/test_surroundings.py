"""Silent areas, mismatch and strain, by hand and against chance."""

import numpy as np
import pandas as pd
import pytest

from metrics.surroundings import mismatch, silent_areas, strain


def places(seed: int, silent: int = 0) -> pd.DataFrame:
    """Sixty places whose volumes differ innocently; the first ``silent`` call a fifth as often."""
    rng = np.random.default_rng(seed)
    people = rng.integers(20_000, 90_000, 60)
    rate = 0.004 * rng.lognormal(0, 0.25, 60)
    rate[:silent] *= 0.2
    return pd.DataFrame(
        {
            "area": [f"a{k}" for k in range(60)],
            "population": people,
            "n": rng.poisson(people * rate),
        }
    )


def test_silent_places_are_found_and_quiet_ones_are_not() -> None:
    hits, false = [], []
    for seed in range(40):
        hits.append(silent_areas(places(seed, silent=3))["silent"][:3].sum())
        false.append(silent_areas(places(seed))["silent"].any())
    assert np.mean(hits) >= 2.7
    assert np.mean(false) <= 0.08


def test_places_without_population_or_peers_are_not_judged() -> None:
    areas = places(1).astype({"population": float})
    areas.loc[0, "population"] = np.nan
    areas["group"] = ["rare"] * 3 + ["usual"] * 57
    got = silent_areas(areas)
    assert got["reason"][:3].tolist() == ["no_population", "few_peers", "few_peers"]
    assert got["reason"][3:].isna().all()
    assert not got["silent"][:3].any()
    assert got["per_10000"][5] == pytest.approx(got["n"][5] / got["population"][5] * 10_000)


def test_another_models_expectation_may_be_used() -> None:
    areas = places(2).assign(expected=places(2)["n"] + 1.0)
    got = silent_areas(areas)
    assert got["ratio"].between(0.9, 1.1).all() and not got["silent"].any()


def test_mismatch_by_hand() -> None:
    orders = pd.DataFrame(
        {
            "unit": ["street"] * 80 + ["bureau"] * 80,
            "first_unit": ["street"] * 120 + [None] * 40,
            "category1": ["a"] * 40 + ["b"] * 120,
            "category2": ["x"] * 160,
            "hops": [0] * 40 + [2] * 80 + [0] * 40,
            "returns": [0] * 160,
            "whistles": [0] * 40 + [1] * 20 + [0] * 100,
            "close_hours": [10.0] * 40 + [100.0] * 119 + [-5.0],
        }
    )
    units = pd.DataFrame({"unit": ["street", "bureau"], "unit_type": ["street", "department"]})
    got = mismatch(orders, units).set_index(["category1", "unit_type"])
    first = got.loc[("b", "street")]
    assert first[["n", "hops", "passed", "whistles", "wait"]].tolist() == [80, 2, 1, 0.25, 100]
    assert got.index[0] == ("b", "street")
    assert got.loc[("a", "street"), "score"] == 0
    assert first["wait_city"] == 100
    assert len(got) == 3


def test_strain_without_staff_is_no_data() -> None:
    units = pd.DataFrame(
        {"unit": list("abcd"), "received": [100, 50, 30, 10], "staff": [10, 10, 10, None]}
    )
    got = strain(units).set_index("unit")
    assert got["per_staff"].tolist()[:3] == [10, 5, 3]
    assert got["ratio"].tolist()[:3] == [2, 1, pytest.approx(0.6)]
    assert got["place"].tolist()[:3] == [1, 0.5, 0]
    assert got.loc["d", ["per_staff", "ratio", "place"]].isna().all()
    assert got["per_10000"].isna().all()
