"""The simulated city's planted cheaters are found, and its honest units are not."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data.demo.build import Simulation, plan, tables
from metrics.conditions import mask
from metrics.explain import category_of
from metrics.integrity import Scan, scan
from metrics.patterns import LOOPED, edges, heaping, loops, recoding
from metrics.signals import SIGNALS
from metrics.surroundings import mismatch, silent_areas, strain

pytestmark = pytest.mark.slow
END = date(2026, 6, 30)
SIZE = 300_000


def city(effects: bool, seed: int = 7) -> tuple[Simulation, pd.DataFrame]:
    simulation = plan(SIZE, seed, 18, END, effects)
    whole = pa.concat_tables(tables(simulation))
    return simulation, whole.to_pandas(types_mapper=pd.ArrowDtype)


@pytest.fixture(scope="module")
def planted() -> tuple[Simulation, pd.DataFrame]:
    return city(effects=True)


def whole_scan(simulation: Simulation, orders: pd.DataFrame) -> Scan:
    """Everything at once: signals over orders, and the patterns, under one control."""
    units = simulation.city.units
    created = pd.to_datetime(orders["created_at"])
    work = orders[["unit", "first_unit"]].assign(
        category=category_of(orders), all=1, orders=1,
        excluded=orders["exclusion"].notna().astype("int64"),
        looped=mask(LOOPED, orders).astype("int64"),
        period=np.where(created < "2025-10-01", "before", np.where(created < "2026-01-01", "", "now")),
    )  # fmt: skip
    filed = work.groupby(["unit", "period", "category"], as_index=False)[["all", "excluded"]].sum()
    passed = work.groupby(["unit", "first_unit"], as_index=False)[["orders", "looped"]].sum()
    daily = orders.groupby(["unit", "closed_day"]).size().reset_index(name="n")
    starts = [date(2025 + m // 12, m % 12 + 1, 19) for m in range(18)]
    valid = orders[mask(SIGNALS["satisfied_unresolved"].base.parts[0], orders)]  # type: ignore[union-attr]
    monthly = valid.assign(
        period=pd.to_datetime(valid["created_at"]).dt.strftime("%Y-%m"), n=1,
        hits=(valid["resolution"] == "resolved").fillna(False).astype("int64"),
    )  # fmt: skip
    further = [
        recoding(filed, units),
        loops(passed, units),
        edges(daily.rename(columns={"closed_day": "day"}), units, starts),
        heaping(monthly.groupby(["unit", "period"], as_index=False)[["hits", "n"]].sum(), 0.75),
    ]
    return scan(units, orders=orders, further=further)


def flagged(found: Scan) -> set[tuple[str, str]]:
    rows = found.findings[found.findings["flagged"]]
    return set(zip(rows["signal"], rows["unit"], strict=True))


def test_planted_cheaters_are_found_and_nobody_else(planted) -> None:
    simulation, orders = planted
    truths = simulation.truths
    assert truths is not None
    pair = " ⇄ ".join(sorted(truths.loop.units))
    assert flagged(whole_scan(simulation, orders)) == {
        ("unreached", truths.hiding.unit),
        ("bunching", truths.bunching.unit),
        ("excluded", truths.recoding.unit),
        ("recoding", truths.recoding.unit),
        ("loops", truths.loop.units[0]),
        ("loops", truths.loop.units[1]),
        ("loop_pairs", pair),
    }


def test_an_honest_city_is_left_alone() -> None:
    assert flagged(whole_scan(*city(effects=False, seed=8))) == set()


def test_the_orders_behind_a_signal_are_the_cheaters(planted) -> None:
    simulation, orders = planted
    assert simulation.truths is not None
    unit = simulation.truths.hiding.unit
    behind = SIGNALS["unreached"].evidence(orders, unit)
    assert behind["unit"].eq(unit).all() and len(behind) > 100
    condition = SIGNALS["unreached"].behind(unit)
    assert condition is not None
    assert set(orders["order_id"][mask(condition, orders)]) == set(behind["order_id"])


def test_no_area_is_silent_unless_it_is(planted) -> None:
    """The city has none; a street whose callers are turned away is found."""
    simulation, orders = planted
    areas = simulation.city.areas[simulation.city.areas["level"] == "street"]
    areas = areas[["area", "population"]].merge(
        simulation.city.units[["unit", "peer_group"]], left_on="area", right_on="unit"
    )
    areas["group"] = areas["peer_group"]
    areas["n"] = areas["area"].map(orders["street"].value_counts().to_dict()).fillna(0)
    honest = silent_areas(areas)
    assert honest["silent"].sum() <= 1
    assert honest["reason"].isna().all()
    turned = areas.assign(n=areas["n"].where(areas.index != areas["n"].idxmax(), areas["n"] * 0.15))
    found = silent_areas(turned)
    assert found.loc[areas["n"].idxmax(), "silent"]


def test_passed_on_categories_come_first(planted) -> None:
    simulation, orders = planted
    assert simulation.truths is not None
    got = mismatch(orders, simulation.city.units)
    first = got.iloc[0]
    assert f"{first['category1']}->{first['category2']}" == simulation.truths.loop.category
    assert first["hops"] > 1 and first["hops_low"] > 0.5


def test_strain_of_units(planted) -> None:
    simulation, orders = planted
    units = simulation.city.units.copy()
    units["received"] = units["unit"].map(orders["unit"].value_counts().to_dict()).fillna(0)
    got = strain(units).set_index("unit")
    one = got.iloc[0]
    assert one["per_staff"] == pytest.approx(one["received"] / one["staff"])
    assert one["per_10000"] == pytest.approx(one["received"] / one["population"] * 10_000)
    usual = got[got["peer_group"] == one["peer_group"]]["per_staff"].median()
    assert one["ratio"] == pytest.approx(one["per_staff"] / usual)
    assert got.loc[got["population"].isna(), "per_10000"].isna().all()
