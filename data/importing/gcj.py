"""GCJ-02 (Amap, Tencent) and BD-09 (Baidu) coordinates to WGS-84 and back.

The forward formulas are the published ones (the "Mars" shift of ``eviltransform``
and Baidu's second shift); the inverses are fixed-point iterations, exact to about
1e-9 degrees. Outside mainland China GCJ-02 is WGS-84.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

_A = 6378245.0  # Krasovsky 1940, as the shift was defined on
_EE = 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0


def _in_china(lon: Array, lat: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)


def _shift(lon: Array, lat: Array) -> tuple[Array, Array]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    dlat += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    dlat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    dlon += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    dlon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = lat / 180.0 * np.pi
    magic = 1.0 - _EE * np.sin(radians) ** 2
    dlat = dlat * 180.0 / ((_A * (1.0 - _EE)) / (magic * np.sqrt(magic)) * np.pi)
    dlon = dlon * 180.0 / (_A / np.sqrt(magic) * np.cos(radians) * np.pi)
    return dlon, dlat


def wgs_to_gcj(lon: Array, lat: Array) -> tuple[Array, Array]:
    """WGS-84 to GCJ-02, degrees."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    dlon, dlat = _shift(lon, lat)
    inside = _in_china(lon, lat)
    return np.where(inside, lon + dlon, lon), np.where(inside, lat + dlat, lat)


def gcj_to_wgs(lon: Array, lat: Array) -> tuple[Array, Array]:
    """GCJ-02 to WGS-84, degrees: iterated until it maps back onto the input."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    guess_lon, guess_lat = lon.copy(), lat.copy()
    inside = _in_china(lon, lat)
    for _ in range(8):
        dlon, dlat = _shift(guess_lon, guess_lat)
        guess_lon, guess_lat = lon - dlon, lat - dlat
    return np.where(inside, guess_lon, lon), np.where(inside, guess_lat, lat)


def gcj_to_bd(lon: Array, lat: Array) -> tuple[Array, Array]:
    """GCJ-02 to BD-09, degrees."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    radius = np.sqrt(lon * lon + lat * lat) + 0.00002 * np.sin(lat * _BD)
    theta = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    return radius * np.cos(theta) + 0.0065, radius * np.sin(theta) + 0.006


def bd_to_gcj(lon: Array, lat: Array) -> tuple[Array, Array]:
    """BD-09 to GCJ-02, degrees (iterated inverse of :func:`gcj_to_bd`)."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    guess_lon, guess_lat = lon - 0.0065, lat - 0.006
    for _ in range(8):
        there_lon, there_lat = gcj_to_bd(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - there_lon, guess_lat + lat - there_lat
    return guess_lon, guess_lat


def wgs_to_bd(lon: Array, lat: Array) -> tuple[Array, Array]:
    """WGS-84 to BD-09, degrees."""
    return gcj_to_bd(*wgs_to_gcj(lon, lat))


def bd_to_wgs(lon: Array, lat: Array) -> tuple[Array, Array]:
    """BD-09 to WGS-84, degrees."""
    return gcj_to_wgs(*bd_to_gcj(lon, lat))
