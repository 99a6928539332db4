"""GeoJSON files for tests: squares on a plain, named as asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def square(west: float, south: float, size: float = 0.1) -> list[list[float]]:
    """A closed ring."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(name: Any, ring: Sequence[Any], **properties: Any) -> dict[str, Any]:
    """A polygon of one ring with a name."""
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name, **properties}, "geometry": shape}


def geojson(path: Path, features: Sequence[Mapping[str, Any]], **more: Any) -> Path:
    """Write a FeatureCollection."""
    tree = {"type": "FeatureCollection", "features": list(features), **more}
    path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    return path
