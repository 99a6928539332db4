"""Coordinates, placeholder points, boxes and place keys."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importing.gcj import bd_to_gcj, bd_to_wgs, gcj_to_bd, gcj_to_wgs, wgs_to_bd, wgs_to_gcj
from data.importing.points import (
    PointTally,
    cells,
    city_box,
    find_placeholders,
    place_keys,
    point_kinds,
    set_right,
    split_points,
    to_wgs84,
)
from tests.realdata import real


def _a(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def test_gcj_shift_in_beijing() -> None:
    lon, lat = wgs_to_gcj(_a(116.404), _a(39.915))
    assert lon[0] - 116.404 == pytest.approx(0.0062, abs=1e-4)
    assert lat[0] - 39.915 == pytest.approx(0.0014, abs=1e-4)


def test_published_pairs() -> None:
    # Tiananmen as eviltransform's own tests have it (WGS-84, GCJ-02), and Baidu's shift on it
    lon, lat = wgs_to_gcj(_a(116.38748), _a(39.90498))
    assert (lon[0], lat[0]) == (
        pytest.approx(116.39372, abs=2e-5),
        pytest.approx(39.90638, abs=2e-5),
    )
    lon, lat = gcj_to_bd(_a(116.404), _a(39.915))
    assert (lon[0], lat[0]) == (
        pytest.approx(116.41036949, abs=1e-7),
        pytest.approx(39.92133699, abs=1e-7),
    )


@given(st.floats(75, 135), st.floats(18, 53))
def test_round_trips(lon: float, lat: float) -> None:
    for there, back in ((wgs_to_gcj, gcj_to_wgs), (gcj_to_bd, bd_to_gcj), (wgs_to_bd, bd_to_wgs)):
        x, y = back(*there(_a(lon), _a(lat)))
        assert abs(x[0] - lon) < 1e-6
        assert abs(y[0] - lat) < 1e-6


def test_outside_china_nothing_moves() -> None:
    assert gcj_to_wgs(_a(-71.06), _a(42.36)) == (_a(-71.06), _a(42.36))


@pytest.mark.real
def test_districts_of_beijing_in_both_systems() -> None:
    shifted = json.loads(
        real("boundaries/beijing_districts_datav_gcj02.geojson").read_text("utf-8")
    )
    plain = json.loads(
        real("boundaries/beijing_districts_wgs84_simplified.geojson").read_text("utf-8")
    )

    def bounds(tree: dict, name: str) -> list[float]:
        shape = next(
            f for f in tree["features"] if name in json.dumps(f["properties"], ensure_ascii=False)
        )
        flat = np.array(
            [
                p
                for poly in shape["geometry"]["coordinates"]
                for ring in poly
                for p in (ring if isinstance(ring[0], list) else [ring])
            ]
        )
        return [*flat.min(axis=0), *flat.max(axis=0)]

    # two publishers drew the borders: their corners differ by up to 0.003°, the shift is twice that
    before, after = [], []
    for name in ("东城区", "西城区", "朝阳区", "海淀区", "丰台区"):
        west, south, east, north = bounds(shifted, name)
        lon, lat = gcj_to_wgs(_a(west, east), _a(south, north))
        target = np.array(bounds(plain, name))
        before.append(np.abs(np.array([west, south, east, north]) - target))
        after.append(np.abs(np.array([lon[0], lat[0], lon[1], lat[1]]) - target))
    assert np.median(after) < 0.2 * np.median(before)
    assert np.median(after) < 5e-4


def test_projected_systems() -> None:
    # NYC state plane feet: 38-17 254 Street, as the city's own file gives both
    lon, lat = to_wgs84(_a(1055818, np.nan), _a(221894, np.nan), "EPSG:2263")
    assert (lon[0], lat[0]) == (
        pytest.approx(-73.74160068, abs=2e-6),
        pytest.approx(40.77543435, abs=2e-6),
    )
    assert np.isnan(lon[1])
    lon, lat = to_wgs84(_a(116.4), _a(39.9), "EPSG:4490")
    assert (lon[0], lat[0]) == (pytest.approx(116.4), pytest.approx(39.9))
    # CGCS2000 3-degree zone 39: the central meridian 117°E is at false easting 39,500,000
    lon, lat = to_wgs84(_a(39_500_000.0), _a(4_419_000.0), "EPSG:4527")
    assert lon[0] == pytest.approx(117.0, abs=1e-9)


def test_set_right() -> None:
    lon, lat, swapped = set_right(
        _a(39.9, 0, 116.4, 116.4, 500, np.nan), _a(116.4, 0, 39.9, np.nan, 39, 3)
    )
    assert lon.tolist()[0] == 116.4
    assert swapped == 1
    assert np.isnan(lon[[1, 3, 4, 5]]).all()
    lon, lat, swapped = set_right(_a(42.36), _a(-71.06), (-71.3, 42.1, -70.8, 42.5))
    assert (lon[0], lat[0], swapped) == (-71.06, 42.36, 1)


def test_points_in_one_cell() -> None:
    texts = [
        "(40.77, -73.74)",
        "POINT (-73.74 40.77)",
        "116.40,39.91",
        "39.91，116.40",
        "nowhere",
        None,
    ]
    lon, lat = split_points(pa.array(texts))
    assert lon.tolist()[:4] == [-73.74, -73.74, 116.40, 116.40]
    assert lat.tolist()[:4] == [40.77, 40.77, 39.91, 39.91]
    assert np.isnan(lon[4:]).all()


def _city(rows: int, seed: int = 1, decimals: int = 6) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "lon": np.round(116.2 + 0.4 * draw.random(rows), decimals),
            "lat": np.round(39.8 + 0.3 * draw.random(rows), decimals),
            "address": [f"{chr(0x4E00 + s)}{chr(0x5E00 + s)}路{n}号" for s, n in zip(draw.integers(0, 400, rows), draw.integers(1, 900, rows), strict=True)],
        }
    )  # fmt: skip


def _found(frame: pd.DataFrame, **more: object) -> list:
    tally = PointTally()
    half = len(frame) // 2
    for part in (frame[:half], frame[half:]):
        address = pa.array(part["address"], pa.string(), from_pandas=True)
        tally.add(part["lon"].to_numpy(), part["lat"].to_numpy(), address)
    return find_placeholders(tally.table(), **more)  # type: ignore[arg-type]


def test_many_streets_on_one_point() -> None:
    city = _city(5_000)
    city.loc[city.index[:300], ["lon", "lat"]] = (116.40, 39.90)
    (spot,) = _found(city)
    assert (spot.lon, spot.lat, spot.rows, spot.reason) == (116.40, 39.90, 300, "many_streets")
    assert spot.share == pytest.approx(0.06)


def test_rows_without_address_on_one_point() -> None:
    city = _city(5_000)
    city.loc[city.index[:100], ["lon", "lat"]] = (116.40, 39.90)
    city.loc[city.index[:100], "address"] = None
    (spot,) = _found(city)
    assert (spot.rows, spot.reason) == (100, "no_address")


def test_a_pile_in_a_file_without_addresses() -> None:
    city = _city(5_000)
    city["address"] = None
    assert _found(city) == []
    city.loc[city.index[:100], ["lon", "lat"]] = (116.40, 39.90)
    (spot,) = _found(city)
    assert (spot.rows, spot.reason) == (100, "pile")


def test_normal_busy_places_are_no_placeholders() -> None:
    city = _city(5_000)
    # a station: one address, a tenth of all orders
    city.loc[city.index[:500], ["lon", "lat", "address"]] = (116.40, 39.90, "北京站前街1号")
    # an estate of 60 houses with hundreds of flats geocoded to its gate
    city.loc[city.index[500:900], ["lon", "lat"]] = (116.41, 39.91)
    city.loc[city.index[500:900], "address"] = [
        f"幸福小区{i % 60}号楼{i % 6}单元{i}室" for i in range(400)
    ]
    assert _found(city) == []


def test_coarse_coordinates_raise_the_bar() -> None:
    city = _city(20_000, decimals=2)  # about a kilometre: dozens of streets share every point
    assert _found(city) == []


def test_told_points_are_believed() -> None:
    city = _city(200)
    city.loc[city.index[:3], ["lon", "lat"]] = (116.40, 39.90)
    (spot,) = _found(city, told=[(116.40, 39.90)])
    assert (spot.rows, spot.reason) == (3, "told")


def test_kinds_and_cells() -> None:
    city = _city(500)
    city.loc[0, ["lon", "lat"]] = (121.5, 31.2)  # Shanghai in a Beijing file
    tally = PointTally()
    tally.add(city["lon"].to_numpy(), city["lat"].to_numpy(), pa.array(city["address"].tolist()))
    box = city_box(tally.table())
    lon = np.append(city["lon"].to_numpy(), np.nan)
    lat = np.append(city["lat"].to_numpy(), np.nan)
    kinds = point_kinds(lon, lat, [], box)
    assert kinds[0] == "outside"
    assert kinds[-1] == "missing"
    assert set(kinds[1:-1]) == {"ok"}
    made = cells(lon, lat, kinds == "ok").to_pylist()
    assert made[0] is None
    assert made[-1] is None
    import h3

    assert h3.int_to_str(made[1]) == h3.latlng_to_cell(lat[1], lon[1], 9)


def test_place_keys() -> None:
    address = pa.array(
        [
            "幸福路 １号",
            "幸福路1号。",
            "39 Lorraine St  Roslindale",
            "39 LORRAINE ST, Roslindale",
            "No location specified",
            None,
            None,
        ]
    )
    lon = _a(1, 1, 1, 1, 116.40001, 116.400012, np.nan)
    lat = _a(1, 1, 1, 1, 39.9, 39.9, np.nan)
    keys = place_keys(address, lon, lat).to_pylist()
    assert keys[0] == keys[1] == "幸福路1号"
    assert keys[2] == keys[3] == "39 lorraine st roslindale"
    assert keys[4] == keys[5] == "116.4000,39.9000"
    assert keys[6] is None
