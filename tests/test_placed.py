"""Boundaries into a store, and orders beside the areas their points lie in, on both engines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from pyproj import Geod

from data import areas, dimensions, placed, schema
from data.area_layers import Layer
from data.boundaries import locating
from data.boundaries.explain import explain_result
from data.boundaries.locating import AGREES, KINDS, Locator, judge
from data.boundaries.model import BadBoundaries, Wanted
from data.boundaries.reading import load, read
from data.boundaries.totals_words import totals_words
from data.boundaries.travelling import packed
from data.inbox import BatchResult
from data.ingest import submit
from data.settings import Settings
from data.store import Store, open_store
from tests.boundary_files import feature, geojson, square
from tests.factory import random_orders
from tests.test_store import put

WEST, SOUTH = 116.2, 39.7
NAMES = ("云溪区", "松岭区", "海棠区", "新港区")
CORNERS = {name: (WEST + 0.2 * (i % 2), SOUTH + 0.2 * (i // 2)) for i, name in enumerate(NAMES)}


def city_file(folder: Path, move: float = 0.0, names: tuple[str, ...] = NAMES) -> Path:
    """Four districts of 0.2° side by side, as one square."""
    made = [
        feature(name, square(CORNERS[name][0] + move, CORNERS[name][1], 0.2), name_en=f"D{i}")
        for i, name in enumerate(names)
    ]
    return geojson(folder / f"districts{move}.geojson", made)


def take(store: Store, path: Path, **how: Any) -> BatchResult:
    given = read(load(path), Wanted(**how))
    return submit(packed(given, store.settings, "王"), store)


def orders_of(n: int = 900, seed: int = 3, **how: Any) -> pd.DataFrame:
    """Orders around the four districts: most names are right, some not, some missing."""
    frame = random_orders(n, seed, **how)
    rng = np.random.default_rng(seed)
    frame["lon"] = rng.uniform(WEST - 0.02, WEST + 0.42, n)
    frame["lat"] = rng.uniform(SOUTH - 0.02, SOUTH + 0.42, n)
    column = np.clip((frame["lon"] - WEST) // 0.2, 0, 1)
    place = column + 2 * np.clip((frame["lat"] - SOUTH) // 0.2, 0, 1)
    right = np.array(NAMES, dtype=object)[place.to_numpy().astype(int)]
    frame["district"] = pd.Series(np.where(rng.random(n) < 0.8, right, frame["district"])).astype(
        "str"
    )
    frame.loc[rng.random(n) < 0.05, "district"] = "开发区"
    for name in ("lon", "lat"):
        frame.loc[frame["point_kind"] != "ok", name] = np.nan
    return frame


def expected(
    frame: pd.DataFrame, move: float = 0.0, tolerance: float = 150.0
) -> dict[str, tuple[Any, ...]]:
    """Order id -> (kind, named, by point), worked out one by one with plane boxes and geodesics."""
    boxes = {n: shapely.box(w + move, s, w + move + 0.2, s + 0.2) for n, (w, s) in CORNERS.items()}
    out, earth = {}, Geod(ellps="WGS84")
    for row in frame[frame["point_kind"] == "ok"].itertuples():
        point = shapely.Point(row.lon, row.lat)
        by = next((n for n, box in boxes.items() if box.intersects(point)), None)
        named = row.district if isinstance(row.district, str) else None
        if named is None:
            kind = "unnamed" if by else "outside"
        elif named not in boxes:
            kind = "unbounded" if by else None
        elif by == named:
            kind = None
        else:
            near = shapely.get_point(shapely.shortest_line(boxes[named], point), 0)
            metres = earth.inv(near.x, near.y, row.lon, row.lat)[2]
            assert abs(metres - tolerance) > 0.01 * tolerance, "a draw at the very edge"
            kind = "border" if metres <= tolerance else "other" if by else "outside"
        if kind:
            out[str(row.order_id)] = (kind, named, by)
    return out


def held(store: Store, level: str = "district") -> dict[str, tuple[Any, ...]]:
    p = schema.placed
    rows = store.rows(
        sa.select(p.c.order_id, p.c.kind, p.c.named, p.c.by_point).where(p.c.level == level)
    )
    assert len(rows) == len({row[0] for row in rows})
    return {row[0]: tuple(row[1:]) for row in rows}


# -- into the store ------------------------------------------------------------------------
def test_a_file_meets_the_orders_and_a_second_time_changes_nothing(
    store: Store, tmp_path: Path
) -> None:
    frame = orders_of()
    put(store, frame, "a")
    path = city_file(tmp_path)
    result = take(store, path)
    assert (result.state, result.rows_new, result.rows_updated) == ("done", 0, 4)
    lines, well = explain_result(result, "zh")
    assert well and lines[0] == "districts0.0.geojson：新增0个，更新4个，未变0个。"
    assert any("开发区" in line for line in lines)  # orders name it, it has no boundary
    rows = dimensions.areas(store).query("level == 'district'").set_index("area")
    assert set(rows.index) == {*NAMES, "开发区"}
    assert rows.loc["云溪区", "name_en"] == "D0" and rows.loc["云溪区", "name_zh"] == "云溪区"
    assert shapely.from_geojson(rows.loc["云溪区", "geometry"]).bounds == pytest.approx(
        (116.2, 39.7, 116.4, 39.9)
    )
    assert rows.loc["云溪区", "lon"] == pytest.approx(116.3, abs=0.01)
    version, table = store.data_version(), held(store)
    again = take(store, path)
    assert (again.state, again.rows_unchanged) == ("known", 4)
    assert (store.data_version(), held(store)) == (version, table)
    assert areas.origins(store)["batch"].tolist() == [2] * 4
    # what decides "data as of" stays the orders' own
    assert store.as_of().created_at == frame["created_at"].max()


def test_what_disagrees_is_listed_with_each_batch_and_each_boundary(
    store: Store, tmp_path: Path
) -> None:
    first = orders_of()
    put(store, first, "a")
    assert held(store) == {}
    take(store, city_file(tmp_path))
    assert held(store) == expected(first)
    # a batch of new and changed orders is checked by itself, in its own transaction
    more = orders_of(200, 4, first_id=900)
    changed = first.iloc[:120].assign(district="海棠区")
    put(store, pd.concat([more, changed], ignore_index=True), "b")
    whole = pd.concat([first.iloc[120:], changed, more], ignore_index=True)
    assert held(store) == expected(whole)
    # moved boundaries: everything anew
    take(store, city_file(tmp_path, 0.03))
    assert held(store) == expected(whole, 0.03)
    found = areas.totals(store, "district")
    want = pd.Series([v[0] for v in expected(whole, 0.03).values()]).value_counts()
    assert (found.border, found.other) == (want.get("border", 0), want["other"])
    assert (found.unnamed_inside, found.unbounded_inside) == (want["unnamed"], want["unbounded"])
    named = whole["district"].isin(NAMES) & (whole["point_kind"] == "ok")
    assert found.checked == named.sum() == found.agree + found.border + found.other + found.outside
    assert found.unnamed == whole["district"].isna().sum() and found.orders == len(whole)
    pairs = areas.pairs(store, "district")
    assert pairs["n"].sum() == len(held(store))
    top = pairs[pairs["kind"] == "other"].iloc[0]
    listed = areas.placed(store, "district", pair=(top["named"], top["by_point"]), limit=None)
    assert len(listed) == top["n"] and listed["metres"].is_monotonic_decreasing
    assert all("{" not in line for lang in ("zh", "en") for line in totals_words(found, lang))
    # nothing the source said has changed
    kept = store.frame(sa.select(schema.orders.c.order_id, schema.orders.c.district))
    said = kept.set_index("order_id")["district"].reindex(whole["order_id"])
    assert said.fillna("").tolist() == whole["district"].fillna("").tolist()


def test_faults_refuse_the_whole_file(duckdb_store: Store, tmp_path: Path) -> None:
    store = duckdb_store
    put(store, orders_of(), "a")
    before = dimensions.areas(store)
    odd = [*NAMES[:3], "新巷区"]
    made = [feature(n, square(*CORNERS[NAMES[i]], 0.2)) for i, n in enumerate(odd)]
    path = geojson(tmp_path / "odd.geojson", made)

    def refused(path: Path, **how: Any) -> tuple[str, str]:
        result = take(store, path, **how)
        assert result.state == "refused" and result.reason == "boundaries", result
        pd.testing.assert_frame_equal(dimensions.areas(store), before)
        lines, well = explain_result(result, "zh")
        assert not well
        return str(result.details["faults"][0]["code"]), lines[1]

    code, words = refused(path)
    assert code == "unmatched" and "新巷区" in words and "新港区" in words
    assert refused(city_file(tmp_path, 20.0))[0] == "elsewhere"
    assert refused(path, matches={"新巷区": "旧港区"})[0] == "bad_match"
    # the reader's word settles it
    result = take(store, path, matches={"新巷区": "新港区"})
    assert (result.state, result.rows_updated) == ("done", 4)


def test_latitude_first_abroad_is_found_by_where_the_orders_are(
    duckdb_store: Store, tmp_path: Path
) -> None:
    frame = random_orders(80, 9)
    frame["lon"], frame["lat"], frame["point_kind"] = -71.06, 42.3, "ok"
    put(duckdb_store, frame, "a")
    turned = [feature(NAMES[0], [[y, x] for x, y in square(-71.1, 42.25)])]
    path = geojson(tmp_path / "t.geojson", turned)
    result = take(duckdb_store, path, add_new=True)
    assert [f["code"] for f in result.details["faults"]] == ["swapped"]
    assert take(duckdb_store, path, add_new=True, swap=True).state == "done"


def test_new_areas_and_the_spelling_that_orders_use_later(
    duckdb_store: Store, tmp_path: Path
) -> None:
    path = city_file(tmp_path)
    assert take(duckdb_store, path).rows_new == 4  # before any order
    frame = orders_of()
    short = {name: name[:-1] for name in NAMES}
    frame["district"] = frame["district"].replace(short)
    put(duckdb_store, frame, "a")
    assert areas.state(duckdb_store, "district") == "partly"
    result = take(duckdb_store, path)
    assert result.rows_updated == 4
    assert set(result.report["areas"]["removed"]) == set(NAMES)
    rows = dimensions.areas(duckdb_store).query("level == 'district' and geometry.notna()")
    assert set(rows["area"]) == set(short.values())
    assert areas.totals(duckdb_store, "district").checked > 0


def test_the_simulated_city_takes_only_its_own_areas(duckdb_store: Store, tmp_path: Path) -> None:
    put(duckdb_store, orders_of(), "a", meta={"simulated": "1"})
    result = take(duckdb_store, city_file(tmp_path, names=NAMES[:3]))
    assert result.state == "done"
    other = geojson(tmp_path / "o.geojson", [feature("朝阳区", square(116.3, 39.8))])
    refused = take(duckdb_store, other)
    assert [f["code"] for f in refused.details["faults"]] == ["simulated"]


def test_streets_find_their_district_and_are_checked_by_it(store: Store, tmp_path: Path) -> None:
    frame = orders_of()
    frame["street"] = np.where(frame["district"].isin(NAMES), "城关镇", None)
    put(store, frame, "a")
    take(store, city_file(tmp_path))
    made = [feature("城关", square(*CORNERS[n], 0.2), adcode=i) for i, n in enumerate(NAMES)]
    path = geojson(tmp_path / "streets.geojson", made)
    with pytest.raises(BadBoundaries, match="twice"):  # one name, four codes
        take(store, path, level="street")
    for feature_, name in zip(made, NAMES, strict=True):
        feature_["properties"]["所属区"] = name[:-1]
    result = take(store, geojson(path, made), level="street")
    assert (result.state, result.rows_updated) == ("done", 4), result
    rows = dimensions.areas(store).query("level == 'street' and geometry.notna()")
    assert set(rows["parent"]) == set(NAMES) and set(rows["area"]) == {"城关镇"}
    # the street is wrong exactly where its district is
    by_street = {k for k, v in held(store, "street").items() if v[0] in ("other", "border")}
    by_district = {k for k, v in held(store).items() if v[0] in ("other", "border")}
    assert by_street == by_district and by_street
    pairs = areas.pairs(store, "street")
    assert pairs.loc[pairs["kind"] == "other", "named_parent"].notna().all()


def test_another_tolerance_is_noticed(duckdb_store: Store, tmp_path: Path) -> None:
    frame = orders_of()
    put(duckdb_store, frame, "a")
    take(duckdb_store, city_file(tmp_path))
    assert placed.current(duckdb_store)
    duckdb_store.settings.border_metres = 900.0
    try:
        assert not placed.current(duckdb_store)
        assert not areas.totals(duckdb_store, "district").current
        placed.again(duckdb_store)
        assert held(duckdb_store) == expected(frame, tolerance=900.0)
    finally:
        duckdb_store.settings.border_metres = 150.0


def test_a_city_without_polygons_answers_empty(duckdb_store: Store) -> None:
    store = duckdb_store
    put(store, orders_of(60), "a")
    assert areas.state(store, "district") == "undrawn" and areas.state(store, "city") == "none"
    assert areas.polygons(store, "district").empty and areas.box(store) is None
    assert areas.area_of(store, np.array([116.3]), np.array([39.8]), "district").tolist() == [None]
    assert areas.totals(store, "district").orders == 0 and areas.pairs(store, "district").empty


def test_areas_of_points_and_polygons_for_drawing(duckdb_store: Store, tmp_path: Path) -> None:
    take(duckdb_store, city_file(tmp_path))
    found = areas.area_of(
        duckdb_store, np.array([116.3, 116.5, 1.0]), np.array([39.8, 40.0, np.nan]), "district"
    )
    assert found.tolist() == ["云溪区", "新港区", None]
    rows = areas.polygons(duckdb_store, "district")
    assert (
        rows["area"].tolist() == sorted(NAMES) and areas.state(duckdb_store, "district") == "drawn"
    )
    assert json.loads(rows["geometry"][0])["type"] == "Polygon"
    assert areas.box(duckdb_store) == pytest.approx((116.2, 39.7, 116.6, 40.1))


def test_a_swept_city_leaves_no_trace(duckdb_store: Store, tmp_path: Path) -> None:
    put(duckdb_store, orders_of(), "a", meta={"simulated": "1"})
    take(duckdb_store, city_file(tmp_path, names=NAMES[:3]))
    from data import inbox
    from data.batch import BatchInfo, write_batch

    real = orders_of(50, 8, source="real")
    path = write_batch(inbox.desk(duckdb_store.settings).inbox, BatchInfo("r", "real", 50), [real])
    inbox.mark(path, "simulated")
    assert submit(path, duckdb_store).state == "done"
    assert held(duckdb_store) == {} and areas.origins(duckdb_store).empty
    assert placed.current(duckdb_store)


# -- the pure part ---------------------------------------------------------------------------
def test_the_grid_answers_like_the_polygons(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    spots = rng.uniform(0, 1, (40, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(spots)))
    shapes = [
        *[shapely.intersection(c, shapely.box(0.05, 0, 0.9, 1)) for c in cells],
        shapely.box(0.3, 0.3, 0.35, 0.36),
    ]
    shapes = [s for s in shapes if s.area > 0]
    lon, lat = rng.uniform(-0.1, 1.1, 40_000), rng.uniform(-0.1, 1.1, 40_000)
    lon[:3] = [np.nan, 0.3, 0.35]
    lat[:3] = [0.5, 0.3, 0.36]
    named = rng.integers(-2, len(shapes), len(lon))
    gridded = Locator(shapes)
    fast = gridded.find(lon, lat, named)
    assert gridded._grid is not None
    monkeypatch.setattr(locating, "_WORTH_A_GRID", 10**9)
    slow = Locator(shapes).find(lon, lat, named)
    np.testing.assert_array_equal(fast, slow)
    points = shapely.points(lon[:2000], lat[:2000])
    for place, point in enumerate(points):
        inside = [i for i, s in enumerate(shapes) if s.intersects(point)]
        want = (
            named[place]
            if named[place] in inside
            else min(inside, key=lambda i: shapes[i].area, default=-1)
        )
        assert fast[place] == want


def test_metres_are_those_of_the_geodesic() -> None:
    box = shapely.box(116.2, 39.7, 116.4, 39.9)
    lon, lat = np.array([116.41, 116.3, 116.45, 116.3]), np.array([39.8, 39.91, 39.95, 39.8])
    found = Locator([box]).metres(lon, lat, np.zeros(4, dtype="int64"))
    earth = Geod(ellps="WGS84")
    want = [
        earth.inv(116.41, 39.8, 116.4, 39.8)[2], earth.inv(116.3, 39.91, 116.3, 39.9)[2],
        earth.inv(116.45, 39.95, 116.4, 39.9)[2], 0.0,
    ]  # fmt: skip
    np.testing.assert_allclose(found, want, rtol=0.01)


def test_an_area_named_twice_counts_for_either_order() -> None:
    whole, part = shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 1)
    lon, lat = np.array([0.5, 0.5, 1.5]), np.array([0.5, 0.5, 1.5])
    named = np.array([0, 1, 1], dtype="int64")
    kind, by_point, _ = judge(Locator([whole, part]), lon, lat, named, 150)
    assert kind.tolist() == [AGREES, AGREES, KINDS.index("other")] and by_point.tolist() == [
        0,
        1,
        0,
    ]


def test_names_of_streets_need_their_district_only_where_there_are_several() -> None:
    layer = Layer(
        "street", ("城关", "城关", "东河"), ("甲", "乙", "甲"), (shapely.box(0, 0, 1, 1),) * 3
    )
    asked: Mapping[tuple[str | None, str | None], int] = {
        ("城关", "乙"): 1, ("城关", "丙"): -2, ("东河", "乙"): 2, (None, "甲"): -1, ("西河", "甲"): -2,
    }  # fmt: skip
    assert {pair: layer.index(*pair) for pair in asked} == asked


# -- from the terminal ---------------------------------------------------------------------
def test_the_command_takes_a_file_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from commands import areas as command

    config = Settings(home=tmp_path / "var", memory_limit="1GB", _env_file=None)
    monkeypatch.setattr(command, "settings", lambda: config)
    path = city_file(tmp_path)
    run = CliRunner()
    done = run.invoke(command.app, ["import", str(path), "--level", "district"])
    assert done.exit_code == 0, done.output
    assert len(areas.origins(open_store(config))) == 4
    bad = run.invoke(command.app, ["import", str(path), "--match", "云溪区"])
    assert bad.exit_code == 1
    wrong = run.invoke(command.app, ["import", str(path), "--name", "nom"])
    assert wrong.exit_code == 1
    listed = run.invoke(command.app, ["list"])
    assert listed.exit_code == 0 and run.invoke(command.app, ["check"]).exit_code == 0
    open_store(config).close()
