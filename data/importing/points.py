"""Points: to WGS-84, checked, kinds told apart, cells.

Placeholder points (one spot that stands for "no address") are found from the data,
see :func:`find_placeholders`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.importing.gcj import bd_to_wgs, gcj_to_wgs
from metrics.fields import POINT_KINDS

Floats = np.ndarray[Any, np.dtype[np.float64]]
Box = tuple[float, float, float, float]
CELL_RESOLUTION = 9
SAME_POINT = 6  # decimals: about 0.1 m; files repeat a point with rounding noise

_PAIR = re.compile(r"^\D*?(-?\d+(?:\.\d+)?)[,;\s]+(-?\d+(?:\.\d+)?)\D*$")
_NO_ADDRESS = re.compile(
    r"^(?:no (?:location|address).*|not associated with a specific address|unknown|unspecified|none|n/?a|"
    r"无|无地址|无具体地址|未知|不详|未提供|未填写?|暂无|-+|[\d\s.,°'\"nsew-]+)$",
    re.IGNORECASE,
)


def to_wgs84(x: Floats, y: Floats, system: str) -> tuple[Floats, Floats]:
    """Longitude and latitude from the file's coordinates (NaN stays NaN).

    ``system``: ``wgs84``, ``gcj02``, ``bd09`` or anything pyproj knows ("EPSG:2263").
    """
    if system == "gcj02":
        return gcj_to_wgs(x, y)
    if system == "bd09":
        return bd_to_wgs(x, y)
    if system == "wgs84":
        return x, y
    known = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    lon, lat = np.full(len(x), np.nan), np.full(len(y), np.nan)
    if known.any():
        there = _transformer(system).transform(x[known], y[known])
        lon[known], lat[known] = np.where(np.isfinite(there), there, np.nan)
    return lon, lat


@lru_cache(maxsize=8)
def _transformer(system: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(system, "EPSG:4326", always_xy=True)


def split_points(column: pa.Array) -> tuple[Floats, Floats]:
    """A point written in one cell: "(lat, lon)", "lon,lat" or WKT "POINT (lon lat)".

    WKT and pairs whose second number cannot be a latitude are longitude first;
    the rest is latitude first, as 311 files write it.
    """
    lon, lat = np.full(len(column), np.nan), np.full(len(column), np.nan)
    codes = column.dictionary_encode()
    table = np.array([_pair(t) for t in codes.dictionary.to_pylist()] or [(np.nan, np.nan)])
    known = np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False))
    index = np.asarray(pc.fill_null(codes.indices, 0).to_numpy(zero_copy_only=False))
    lon[known], lat[known] = table[index[known], 0], table[index[known], 1]
    return lon, lat


def _pair(text: str) -> tuple[float, float]:
    found = _PAIR.match(text.replace("，", ","))
    if not found:
        return np.nan, np.nan
    first, second = float(found.group(1)), float(found.group(2))
    if "point" in text.lower() or abs(first) > 90:
        return first, second
    return second, first


def set_right(lon: Floats, lat: Floats, box: Box | None = None) -> tuple[Floats, Floats, int]:
    """Drop impossible pairs ((0, 0), half a pair, off the globe), swap swapped ones.

    A pair is swapped when only the swapped one can be meant: latitude beyond 90, or
    outside the city's box while the swap lies inside. Returns how many were swapped.
    """
    lon, lat = lon.copy(), lat.copy()
    with np.errstate(invalid="ignore"):
        wrong = (np.abs(lat) > 90) & (np.abs(lon) <= 90)
        if box:
            west, south, east, north = box
            inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
            other = (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
            wrong |= ~inside & other
        lon[wrong], lat[wrong] = lat[wrong], lon[wrong].copy()
        gone = ~(np.isfinite(lon) & np.isfinite(lat))
        gone |= (np.abs(lon) < 1e-6) & (np.abs(lat) < 1e-6)
        gone |= (np.abs(lon) > 180) | (np.abs(lat) > 90)
    lon[gone], lat[gone] = np.nan, np.nan
    return lon, lat, int(wrong.sum())


def place_keys(address: pa.Array, lon: Floats, lat: Floats) -> pa.Array:
    """Normalised address, else the point to 4 decimals, else null."""
    texts = pc.utf8_lower(pc.utf8_normalize(address, form="NFKC"))
    gone = pc.fill_null(pc.match_substring_regex(texts, f"(?i){_NO_ADDRESS.pattern}"), True)
    texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, r"[\s\p{P}\p{S}]+", " "))
    texts = pc.replace_substring_regex(texts, r"(\p{Han}) ", r"\1")
    texts = pc.replace_substring_regex(texts, r" (\p{Han})", r"\1")
    texts = pc.if_else(pc.or_(gone, pc.equal(texts, "")), None, texts)
    known = np.isfinite(lon) & np.isfinite(lat)
    if pc.any(pc.and_(pc.is_null(texts), pa.array(known))).as_py():
        points = [
            f"{a:.4f},{b:.4f}" if k else None for a, b, k in zip(lon, lat, known, strict=True)
        ]
        texts = pc.coalesce(texts, pa.array(points, pa.string()))
    return texts


def cells(lon: Floats, lat: Floats, wanted: Any) -> pa.Array:
    """H3 cells at resolution 9 where ``wanted``, else null."""
    rows = np.flatnonzero(wanted)
    out = np.zeros(len(lon), dtype="int64")
    to_cell = h3.latlng_to_cell
    out[rows] = [
        to_cell(b, a, CELL_RESOLUTION)
        for a, b in zip(lon[rows].tolist(), lat[rows].tolist(), strict=True)
    ]
    return pa.array(out, mask=~np.asarray(wanted, dtype=bool))


@dataclass(frozen=True)
class Placeholder:
    """A point that stands for "no address": ``reason`` many_streets, no_address, pile or told."""

    lon: float
    lat: float
    rows: int
    share: float
    reason: str


class PointTally:
    """Collects the points of a file, chunk by chunk, for :func:`find_placeholders` and the box."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(self, lon: Floats, lat: Floats, address: pa.Array) -> None:
        """Count a chunk's points with what their addresses say."""
        known = np.isfinite(lon) & np.isfinite(lat)
        if not known.any():
            return
        street = street_keys(address)
        frame = pd.DataFrame(
            {
                "lon": np.round(lon[known], SAME_POINT),
                "lat": np.round(lat[known], SAME_POINT),
                "street": street[known],
            }
        )
        self._parts.append(frame.value_counts(["lon", "lat", "street"]).rename("n").reset_index())

    def table(self) -> pd.DataFrame:
        """One row per point: rows ``n``, distinct ``streets``, rows without address ``blank``."""
        if not self._parts:
            return pd.DataFrame({"lon": [], "lat": [], "n": [], "streets": [], "blank": []})
        every = pd.concat(self._parts, ignore_index=True)
        every = every.groupby(["lon", "lat", "street"])[["n"]].sum().reset_index()
        every["blank"] = every["n"].where(every["street"] == 0, 0)
        every["streets"] = (every["street"] != 0).astype("int64")
        points = every.groupby(["lon", "lat"])[["n", "streets", "blank"]].sum()
        return points.reset_index()


def street_keys(address: pa.Array) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """A hash of each address without its numbers (0 where it says nothing).

    Flats of one house and houses of one street share it; "no location" has none.
    """
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(address, "")))
    silent = pc.or_(
        pc.equal(texts, ""), pc.match_substring_regex(texts, f"(?i){_NO_ADDRESS.pattern}")
    )
    bare = pc.replace_substring_regex(
        pc.replace_substring_regex(texts, r"(?s),.*$", ""), r"[\d\p{P}\s]+", " "
    )
    bare = pc.utf8_trim_whitespace(bare)
    bare = pc.if_else(pc.equal(bare, ""), texts, bare).dictionary_encode()
    names = bare.dictionary.to_numpy(zero_copy_only=False).astype(object)
    keys = pd.util.hash_array(names) | np.uint64(1)
    index = np.asarray(bare.indices.to_numpy(zero_copy_only=False))
    return np.where(silent.to_numpy(zero_copy_only=False), np.uint64(0), keys[index])


def find_placeholders(
    points: pd.DataFrame, told: Sequence[tuple[float, float]] = ()
) -> list[Placeholder]:
    """The placeholder points of a file, most rows first.

    A normal point, however busy, belongs to one street or estate. A point is a
    placeholder when

    * ``many_streets``: at least 20 different streets claim it, 8 times as many as 99.5 %
      of the file's points (so coarse coordinates raise the bar by themselves);
    * ``no_address``: elsewhere addresses are the rule (under 30 % of rows lack one), yet at
      least 20 rows without one share this exact point: 10 times as many as 99 % of the
      points that have any, 10 % of all such rows and 20 % of the point's rows or more;
    * ``pile``: the file has no addresses at all, and the point holds at least 50 rows, 1 %
      of all, and 10 times as many as the next one;
    * ``told``: the preset or an earlier batch names it.
    """
    total = int(points["n"].sum())
    if not total:
        return []
    blank = int(points["blank"].sum())
    usual = float(points["streets"].quantile(0.995))
    many = points["streets"] >= max(20.0, 8 * usual)
    others = points.loc[points["blank"] > 0, "blank"].sort_values().iloc[:-1]
    usual_blank = float(others.quantile(0.99)) if len(others) else 0.0
    empty = points["blank"] >= max(20.0, 10 * usual_blank)
    empty &= (blank - points["blank"]) < 0.3 * (total - points["n"]).clip(lower=1)
    empty &= (points["blank"] >= 0.1 * blank) & (points["blank"] >= 0.2 * points["n"])
    pile = pd.Series(False, index=points.index)
    if blank >= 0.9 * total and len(points) >= 100:
        first, second = points["n"].nlargest(2)
        if first >= max(50, 0.01 * total, 10 * second):
            pile = points["n"] == first
    known = pd.Series(False, index=points.index)
    for lon, lat in told:
        known |= (points["lon"] - lon).abs().lt(2e-6) & (points["lat"] - lat).abs().lt(2e-6)
    reasons = np.select(
        [known, many, empty, pile], ["told", "many_streets", "no_address", "pile"], ""
    )
    found = points.assign(reason=reasons)
    found = found[found["reason"] != ""].sort_values("n", ascending=False)
    columns = (found[name].tolist() for name in ("lon", "lat", "n", "reason"))
    return [Placeholder(x, y, n, n / total, why) for x, y, n, why in zip(*columns, strict=True)]


def city_box(points: pd.DataFrame) -> Box | None:
    """A generous box around where the points lie, robust to strays; ``None`` under 50 points.

    The middle 96 % of distinct points, widened by one and a half times its size (at least 0.1°).
    """
    if len(points) < 50:
        return None
    west, east = points["lon"].quantile([0.02, 0.98])
    south, north = points["lat"].quantile([0.02, 0.98])
    wide, high = max(1.5 * (east - west), 0.1), max(1.5 * (north - south), 0.1)
    return float(west - wide), float(south - high), float(east + wide), float(north + high)


def point_kinds(
    lon: Floats, lat: Floats, placeholders: Sequence[Placeholder], box: Box | None
) -> Any:
    """``ok``, ``placeholder``, ``outside`` or ``missing`` for every point (object array)."""
    kinds = np.full(len(lon), POINT_KINDS[0], dtype=object)
    with np.errstate(invalid="ignore"):
        if box:
            west, south, east, north = box
            kinds[(lon < west) | (lon > east) | (lat < south) | (lat > north)] = "outside"
        near_lon, near_lat = np.round(lon, SAME_POINT), np.round(lat, SAME_POINT)
        for spot in placeholders:
            same = (np.abs(near_lon - spot.lon) < 2e-7) & (np.abs(near_lat - spot.lat) < 2e-7)
            kinds[same] = "placeholder"
    kinds[~(np.isfinite(lon) & np.isfinite(lat))] = "missing"
    return kinds
