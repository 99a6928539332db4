"""Units of weather files: told apart by the values themselves, or said to be unclear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from data.factors.catalogue import Kind
from data.importing.values import folded

Array = np.ndarray[Any, np.dtype[np.float64]]
System = Literal["tenths", "metric", "imperial"]
SYSTEMS: tuple[System, ...] = ("tenths", "metric", "imperial")

HOTTEST_C, HOTTEST_F = 60.0, 140.0
"""No day on earth was warmer: a larger number is in another unit."""
MOST_INCHES = 30.0
WINDIEST = 11.0
"""No city has such a mean wind over weeks (m/s): the column is in another unit."""


def _celsius(values: Array) -> Array:
    return np.asarray((values - 32) / 1.8)


def _times(factor: float) -> Callable[[Array], Array]:
    return lambda values: np.asarray(values * factor)


_CONVERT: dict[tuple[System, Kind], Callable[[Array], Array]] = {
    ("tenths", "temperature"): _times(0.1),
    ("tenths", "speed"): _times(0.1),
    ("imperial", "temperature"): _celsius,
    ("imperial", "speed"): _times(0.44704),
    ("imperial", "length"): _times(25.4),
}
_WORDS: dict[Kind, dict[str, Callable[[Array], Array]]] = {
    "length": {
        "mm": _times(1), "毫米": _times(1), "cm": _times(10), "厘米": _times(10),
        "in": _times(25.4), "inch": _times(25.4), "inches": _times(25.4), "英寸": _times(25.4),
        "0.1mm": _times(0.1), "0.1毫米": _times(0.1),
    },
    "temperature": {
        "c": _times(1), "°c": _times(1), "摄氏度": _times(1), "度": _times(1), "0.1°c": _times(0.1),
        "f": _celsius, "°f": _celsius, "华氏度": _celsius,
    },
    "speed": {
        "m/s": _times(1), "米/秒": _times(1), "km/h": _times(1 / 3.6), "公里/小时": _times(1 / 3.6),
        "mph": _times(0.44704), "kn": _times(0.514444), "节": _times(0.514444),
    },
    "plain": {},
}  # fmt: skip


def converted(values: Array, kind: Kind, system: System, rain: bool) -> Array:
    """Values in the catalogue's unit. GHCN's tenths hold for rain, temperature and wind; its snow
    is in whole millimetres (``rain`` False)."""
    if system == "tenths" and kind == "length":
        return np.asarray(values * (0.1 if rain else 1.0))
    return _CONVERT.get((system, kind), _times(1))(values)


def by_word(kind: Kind, word: str) -> Callable[[Array], Array] | None:
    """How a unit written in a file becomes the catalogue's; ``None``: not known."""
    return _WORDS[kind].get(folded(word).replace(" ", "").replace("℃", "°c"))


def detect(columns: Mapping[str, tuple[Kind, Array, int]]) -> System | None:
    """Tenths, metric or imperial, from what no other unit could be; ``None``: unclear.

    ``columns``: factor -> kind, values, most decimals written. Temperatures above 140 are tenths,
    above 60 degrees Fahrenheit, with decimals degrees Celsius. Without telling temperatures:
    rain written with two decimals and never above 30 is in inches, with one decimal in
    millimetres; whole numbers alone may be anything.
    """
    warm = [v for _, (kind, v, _) in columns.items() if kind == "temperature" and len(v)]
    if warm:
        values = np.concatenate(warm)
        decimals = max(d for kind, _, d in columns.values() if kind == "temperature")
        if np.abs(values).max() > HOTTEST_F:
            return "tenths"
        if values.max() > HOTTEST_C:
            return "imperial"
        if decimals:
            return "metric"
    _, rain, decimals = columns.get("rain_mm", ("length", np.zeros(0), 0))
    if decimals >= 2 and rain.max() <= MOST_INCHES:
        return "imperial"
    return "metric" if decimals == 1 else None
