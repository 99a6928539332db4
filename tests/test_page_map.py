"""The map page: what it draws is what is counted, in both languages, without ground too."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from PIL import Image
from streamlit.testing.v1 import AppTest

from data import cells, schema
from data.batch import BatchInfo, BatchWriter
from data.ingest import submit
from data.settings import Settings
from data.store import Store, open_store
from tests.app import app_on, open_page
from tests.factory import DISTRICTS, random_orders
from tests.test_store import put
from ui import map_deck, map_export, map_png, map_shapes
from ui.theme import LIGHT
from words import format as fmt
from words import say

PERIOD = "month:2025-02-28"
BOX = {"云溪区": (0, 0), "松岭区": (1, 0), "海棠区": (0, 1), "新港区": (1, 1)}


def square(west: float, south: float, size: float = 0.5) -> str:
    ring = [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def areas() -> pd.DataFrame:
    """Four square districts with residents; one more, on which nobody ever reports."""
    rows: list[dict[str, Any]] = [
        {"area": d, "level": "district", "parent": None, "population": 50_000,
         "geometry": square(116 + x / 2, 39.5 + y / 2)}
        for d, (x, y) in BOX.items()
    ] + [{"area": "静默区", "level": "district", "parent": None, "population": 9_000, "geometry": square(117, 39.5)}]  # fmt: skip
    made = pd.DataFrame(rows)
    number = range(len(made))
    return made.assign(
        name_zh=made["area"], name_en=[f"Area {n} District" for n in number],
        lon=[116.25 + n / 10 for n in number], lat=39.75,
    )  # fmt: skip


def orders(n: int = 4000) -> pd.DataFrame:
    """Orders that lie in the square of their district."""
    frame = random_orders(n, 8, days=90)
    rng = np.random.default_rng(3)
    ok = (frame["point_kind"] == "ok") & frame["district"].notna()
    frame.loc[~ok, ["lon", "lat"]] = np.nan
    kinds = np.where(ok, "ok", np.where(rng.random(n) < 0.5, "placeholder", "missing"))
    frame["point_kind"] = pd.Series(kinds.astype(object)).astype("str")
    where = frame.loc[ok, "district"].map(BOX)
    frame.loc[ok, "lon"] = 116 + where.str[0] / 2 + rng.random(int(ok.sum())) * 0.1
    frame.loc[ok, "lat"] = 39.5 + where.str[1] / 2 + rng.random(int(ok.sum())) * 0.1
    cell = [
        h3.latlng_to_cell(lat, lon, 9) if good else None
        for lat, lon, good in zip(frame["lat"], frame["lon"], ok, strict=True)
    ]
    frame["h3_9"] = pd.array(cell, "Int64")
    return frame


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    config = Settings(home=tmp_path_factory.mktemp("map"), refresh=False, _env_file=None)
    store = open_store(config)
    with BatchWriter(config.inbox) as writer:
        writer.add(orders())
        writer.add_dimension("areas", areas())
        path = writer.finish(BatchInfo("map-city", "test", 4000))
    assert submit(path, store).state == "done"
    with app_on(config.home, COCKPIT_REFRESH="false"):
        yield store
    store.close()


def shown(**params: str) -> AppTest:
    at = open_page("map", **{"lang": "en", "p": PERIOD, **params})
    assert not at.exception
    return at


def spec(at: AppTest, place: int = 0) -> dict[str, Any]:
    (chart,) = at.get("deck_gl_json_chart")[place : place + 1]
    made: dict[str, Any] = json.loads(chart.proto.json)  # type: ignore[attr-defined]
    return made


def data_of(deck: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for layer in deck["layers"]:
        if layer["id"].startswith(name):
            found += layer["data"]["features"] if isinstance(layer["data"], dict) else layer["data"]
    return found


def february(store: Store) -> pd.DataFrame:
    frame = store.frame(sa.select(schema.orders))
    return frame[(frame["created_at"] >= "2025-02-01") & (frame["created_at"] < "2025-03-01")]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_districts_are_the_counts(home: Store, lang: str) -> None:
    at = shown(lang=lang)
    features = data_of(spec(at), "areas")
    expected = february(home)["district"].value_counts()
    said = {f["properties"]["code"]: f["properties"]["c"] for f in features}
    for district in DISTRICTS:
        n = fmt.number(int(expected[district]), lang)  # type: ignore[arg-type]
        assert say("page.map.orders", lang, n=n) in said[district]  # type: ignore[arg-type]
    table = at.dataframe[0].value
    assert table["value"].astype(float).tolist() == sorted(
        [*expected[list(DISTRICTS)], 0], reverse=True
    )
    rates = shown(lang=lang, what="satisfaction")
    assert "hatched" in [layer["id"] for layer in spec(rates)["layers"]]  # the silent district
    assert json.dumps(spec(rates)).count("http") == 0


def test_cells_are_the_counts_and_what_is_left_out_is_said(home: Store) -> None:
    rows = february(home)
    ok = rows[rows["point_kind"] == "ok"]
    at = shown(look="cells", size="7")
    drawn = data_of(spec(at), "cells")
    parents = cells.parents(ok["h3_9"].to_numpy(dtype="int64"), 7)
    assert {d["h"] for d in drawn} == {f"{c:x}" for c in parents}
    assert sum(int(d["c"].split()[0].replace(",", "")) for d in drawn) == len(ok)
    legend = "".join(str(block.proto.body) for block in at.get("html"))
    for kind in ("placeholder", "missing"):
        n = fmt.number(int((rows["point_kind"] == kind).sum()), "en")
        assert say(f"page.map.absent.{kind}", "en", n=n) in legend
    found = cells.left_out(
        home, pd.Timestamp("2025-02-01").date(), pd.Timestamp("2025-02-28").date()
    )
    assert found.duplicates > 0
    kept = shown(look="cells", size="7", out="yes")
    left = sum(int(d["c"].split()[0].replace(",", "")) for d in data_of(spec(kept), "cells"))
    assert left == len(ok) - found.duplicates - found.floods


def test_two_periods_share_their_classes_and_weeks_their_legend(home: Store) -> None:
    at = shown(look="cells", how="beside", size="6")
    one, two = spec(at), spec(at, 1)
    colour = {
        json.dumps(layer["getFillColor"]): layer["id"]
        for deck in (one, two) for layer in deck["layers"] if layer["id"].startswith("cells")
    }  # fmt: skip
    assert len(colour) == len(set(colour.values()))  # one colour, one class, on both
    week = shown(how="weeks")
    assert len(data_of(spec(week), "areas")) == 5
    assert len(week.select_slider[0].options) > 4
    changed = shown(how="change", what="satisfaction")
    assert set(changed.dataframe[0].value) >= {"before", "change", "sure"}


def test_a_place_has_its_numbers_and_its_orders(home: Store) -> None:
    rows = february(home)
    at = shown(at="云溪区")
    n = fmt.number(int((rows["district"] == "云溪区").sum()), "en")
    assert any(say("page.map.detail_volume", "en", n=n) in m.value for m in at.markdown)
    ok = rows[rows["point_kind"] == "ok"]
    cell = int(cells.parents(ok["h3_9"].to_numpy(dtype="int64"), 7)[0])
    at = shown(look="cells", size="7", at=f"{cell:x}")
    first, last = cells.condition_of(cell)
    n = fmt.number(int(ok["h3_9"].between(first, last).sum()), "en")
    assert any(say("page.map.detail_volume", "en", n=n) in m.value for m in at.markdown)
    (link,) = [
        x for x in at.get("page_link") if x.proto.label == say("page.map.orders_there", "en")
    ]
    assert f"{first}" in link.proto.query_string and "h3_9" in link.proto.query_string
    assert not shown(look="cells", at="nonsense").exception  # a link may hold anything


def test_exports_hold_what_is_shown(home: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    real = map_export.buttons

    def noted(ctx: Any, pictures: Any, title: str, notes: Any, stamp: str = "") -> None:
        # made here, where the page's words and theme are
        kept["png"] = map_png.png(ctx, pictures, title, notes)
        kept["json"] = map_export.geojson(ctx, pictures, title, notes)
        real(ctx, pictures, title, notes, stamp)

    monkeypatch.setattr(map_export, "buttons", noted)
    for params in (
        {"lang": "zh"},
        {"look": "cells", "how": "change"},
        {"look": "points"},
        {"look": "heat"},
    ):
        shown(**params)
        tree = json.loads(kept["json"])
        assert tree["features"] and any("2025" in line for line in tree["about"])
        image = Image.open(io.BytesIO(kept["png"]))
        assert image.width > 1000 and len(image.convert("RGB").getcolors(1 << 24) or []) > 50
    shown()
    tree = json.loads(kept["json"])
    counts = {f["properties"]["code"]: f["properties"]["value"] for f in tree["features"]}
    assert counts == {**february(home)["district"].value_counts().to_dict(), "静默区": 0}
    assert {f["geometry"]["type"] for f in tree["features"]} == {"Polygon"}


def test_without_ground_the_page_says_so_and_keeps_the_table(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    config = Settings(home=tmp_path_factory.mktemp("bare"), refresh=False, _env_file=None)
    store = open_store(config)
    frame = random_orders(600, 2, days=70)
    frame["point_kind"], frame["h3_9"] = "missing", pd.array([None] * 600, "Int64")
    put(store, frame, "a")
    with app_on(config.home, COCKPIT_REFRESH="false"):
        for lang in ("zh", "en"):
            at = shown(lang=lang)
            assert at.info[0].value == say("page.map.no_ground_areas", lang)  # type: ignore[arg-type]
            assert not at.get("deck_gl_json_chart")
            assert len(at.dataframe[0].value) == len(DISTRICTS)
    store.close()


def test_a_base_map_is_drawn_only_from_an_address_that_is_set() -> None:
    bounds = (116.0, 39.5, 117.0, 40.5)
    assert map_deck.tiles("", bounds, 1000) == []
    made = map_deck.tiles("http://127.0.0.1/{z}/{x}/{y}.png", bounds, 1000)
    assert 4 <= len(made) <= 48
    corners = np.array([layer.bounds for layer in made])
    west, south = corners[:, :2].min(axis=0)
    east, north = corners[:, 2:].max(axis=0)
    assert west <= 116 and south <= 39.5 and east >= 117 and north >= 40.5
    deck = map_deck.deck(made, map_deck.view_of(bounds, 500, 500), LIGHT)
    assert "http://127.0.0.1/" in deck.to_json()


def test_hatching_stays_inside() -> None:
    shape = json.loads(square(116, 39))
    lines = map_shapes.hatching(shape, 0.05)
    points = np.array([p for line in lines for p in line])
    assert len(lines) > 10
    assert points[:, 0].min() >= 116 and points[:, 0].max() <= 116.5
