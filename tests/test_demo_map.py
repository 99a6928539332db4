"""The simulated city's map and dimension tables."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from data.demo.city import City, city
from data.demo.taxonomy import taxonomy
from metrics.selection import PATH


@pytest.fixture(scope="module")
def home() -> City:
    return city()


def _shapes(home: City, level: str) -> list[shapely.Polygon]:
    rows = home.areas[home.areas["level"] == level]
    return [shapely.from_geojson(text) for text in rows["geometry"]]


def test_streets_tile_the_city_without_gap_or_overlap(home: City) -> None:
    streets, districts = _shapes(home, "street"), _shapes(home, "district")
    (whole,) = _shapes(home, "city")
    for shape in (*streets, *districts, whole):
        assert shape.is_valid
        assert shape.geom_type == "Polygon"
        assert not shape.interiors
    for layer in (streets, districts):
        assert shapely.coverage_is_valid(layer)
        assert sum(s.area for s in layer) == pytest.approx(whole.area, rel=1e-9)
        assert shapely.union_all(layer).symmetric_difference(whole).area < 1e-6 * whole.area


def test_every_street_lies_in_its_district(home: City) -> None:
    shapes = dict(
        zip(home.areas["area"], home.areas["geometry"].map(shapely.from_geojson), strict=True)
    )
    for row in home.areas[home.areas["level"] == "street"].itertuples():
        outside = shapes[row.area].difference(shapes[row.parent]).area
        assert outside < 1e-9 * shapes[row.area].area
    for row in home.areas.itertuples():
        assert shapes[row.area].contains(shapely.Point(row.lon, row.lat))


def test_ground_is_of_real_size_and_dense_in_the_centre(home: City) -> None:
    streets = _shapes(home, "street")
    lat = home.map.centre[1]
    km2 = np.array([s.area for s in streets]) * 111.195**2 * np.cos(np.radians(lat))
    assert 10_000 < km2.sum() < 14_000
    ring = np.array([s.ring for s in home.streets])
    assert np.median(km2[ring == 0]) * 5 < np.median(km2[ring == 3])
    assert 36 < lat < 41


def test_geometry_stays_small(home: City) -> None:
    rows = home.areas[home.areas["level"] != "city"]
    assert rows["geometry"].str.len().sum() < 300_000
    coordinates = json.loads(rows["geometry"].iloc[0])["coordinates"][0]
    assert coordinates[0] == coordinates[-1]
    assert all(round(x, 5) == x for point in coordinates for x in point)


def test_districts_streets_and_units_are_as_many_as_a_real_city_has(home: City) -> None:
    levels = home.areas["level"].value_counts()
    assert levels["district"] == 16
    assert 170 <= levels["street"] <= 200
    assert home.areas[home.areas["level"] == "street"].groupby("parent").size().between(8, 14).all()
    names = home.areas.loc[home.areas["level"] == "district", "area"]
    assert names.str.endswith("区").sum() == 11
    assert names.str.endswith("县").sum() == 5
    types = home.units["unit_type"].value_counts()
    assert types["street"] + types["township"] == levels["street"]
    assert 25 <= types["department"] <= 30
    assert types["hospital"] == 12
    assert 8 <= types["utility"] <= 10
    people = home.areas.loc[home.areas["level"] == "city", "population"].item()
    assert 9_000_000 < people < 10_000_000
    for level in ("district", "street"):
        assert home.areas.loc[home.areas["level"] == level, "population"].sum() == people
    assert home.units["staff"].notna().all()


def test_names_are_unique_and_bilingual(home: City) -> None:
    for frame, code in ((home.units, "unit"), (home.areas, "area")):
        assert frame[code].is_unique
        assert frame["name_en"].is_unique
        assert (frame[code] == frame["name_zh"]).all()
        assert frame["name_en"].str.isascii().all()
        assert not frame["name_zh"].str.contains("[A-Za-z]").any()
    streets = home.areas.loc[home.areas["level"] == "street", "area"]
    assert set(streets) <= set(home.units["unit"])


def test_categories_are_a_tree_of_two_levels(home: City) -> None:
    tax = taxonomy(home)
    table = tax.table
    assert table["path"].is_unique
    assert (table["level"] == 1).sum() >= 14
    assert (table["level"] == 2).sum() >= 80
    below = table[table["level"] == 2]
    assert set(below["parent"]) == set(table.loc[table["level"] == 1, "path"])
    assert (below["parent"] + PATH + below["name_zh"] == below["path"]).all()
    assert below["name_en"].is_unique
    assert below["name_en"].str.isascii().all()
    for name in ("供暖", "医疗服务->门诊退号", "医疗服务->医保咨询", "养老助残->适老化设施"):
        assert name in set(table["path"])


def test_every_category_has_somebody_who_handles_it(home: City) -> None:
    tax = taxonomy(home)
    assert (tax.handlers < len(home.units)).all()
    assert np.allclose(tax.handler_chance[:, -1], 1)
    assert (np.diff(tax.handler_chance, axis=1) >= 0).all()
