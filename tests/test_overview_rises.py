"""What the Overview scans for rises: which series, and that filters only choose among them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from metrics.selection import PATH, Selection
from tests.factory import random_orders
from tests.small_city import build, served
from ui import overview_rises
from ui.view import View

END = datetime(2025, 9, 28)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.DataFrame]:
    """Nine months; in the last four weeks one street has four times its orders."""
    made = random_orders(24_000, 3, start="2025-01-01", days=270)
    late = made["created_day"] >= END - pd.Timedelta(days=28)
    street = sorted(u for u in made["unit"].dropna().unique() if u.endswith("街道办"))[0]
    more = pd.concat([made[late & (made["unit"] == street)]] * 3)
    more["order_id"] = [f"more-{i}" for i in range(len(more))]
    home = tmp_path_factory.mktemp("rises")
    every = pd.concat([made, more], ignore_index=True)
    build(home, every)
    with served(home):
        yield every


def context(**chosen: tuple[str, ...]) -> SimpleNamespace:
    """As much of a page's context as the scans look at."""
    view = View(**chosen)
    selection = Selection(
        END, END, districts=view.districts, units=view.units, unit_types=view.unit_types,
        categories=view.categories,
    )  # fmt: skip
    return SimpleNamespace(view=view, selection=selection, until=END, version=1)


def test_the_street_as_a_whole_is_found(orders: pd.DataFrame) -> None:
    found = overview_rises.rises(context())
    top = found.iloc[0]
    assert top["rising"]
    assert top["category"] == overview_rises.ALL
    mine = orders[(orders["unit"] == top["place"]) & (orders["created_at"] < END)]
    recent = mine[mine["created_at"] >= END - pd.Timedelta(days=28)]
    assert top["observed"] == len(recent)
    assert top["ratio"] == pytest.approx(4, rel=0.35)


def test_filters_choose_but_do_not_change_what_is_normal(orders: pd.DataFrame) -> None:
    whole = overview_rises.rises(context())
    street = whole.iloc[0]["place"]
    alone = overview_rises.rises(context(units=(street,)))
    assert set(alone["place"]) == {street}
    columns = ["place", "category"]
    both = alone.merge(whole, on=columns, suffixes=("", "_whole"))
    assert len(both) == len(alone)
    assert (both["expected"] == both["expected_whole"]).all()
    district = orders["district"].dropna().iloc[0]
    chosen = overview_rises.rises(context(districts=(district,)))
    wide = chosen[chosen["category"].str.contains(PATH)]
    assert set(wide["place"]) == {district}


def test_the_city_is_scanned_only_as_a_whole(orders: pd.DataFrame) -> None:
    found = overview_rises.city_rises(context())
    paths = orders["category1"] + PATH + orders["category2"]
    assert set(found["category"]) <= set(paths.fillna(orders["category1"]).dropna())
    assert set(found["against"]) <= {"recent", "older"}  # nine months: no year before
    top = found["category"].iloc[0].split(PATH)[0]
    below = overview_rises.city_rises(context(categories=(top,)))
    assert set(below["category"].str.split(PATH).str[0]) == {top}
    assert overview_rises.city_rises(context(units=("x",))).empty


def test_paths_of_one_and_two_levels() -> None:
    daily = pd.DataFrame(
        {"category1": ["a", "a", None, "b", "a"], "category2": ["x", None, "y", "x", "x"]}
    )
    got = pd.Series(overview_rises._paths(daily)).astype(object)
    assert got.where(got.notna(), None).tolist() == [
        f"a{PATH}x",
        "a",
        None,
        f"b{PATH}x",
        f"a{PATH}x",
    ]
    rng = np.random.default_rng(0)
    many = pd.DataFrame(
        {"category1": rng.choice(["a", "b", "c"], 500), "category2": rng.choice(["x", "y"], 500)}
    )
    plain = many["category1"] + PATH + many["category2"]
    assert pd.Series(overview_rises._paths(many)).astype(str).tolist() == plain.tolist()
