"""The map as a file: a picture as shown, and GeoJSON of what is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from ui import map_png, map_shapes
from ui import map_text as text
from ui.context import Context, period_words
from ui.map_asked import AREAS, CHANGE, POINTS, WEEKS
from ui.map_view import Picture, code_text
from ui.period_code import encode


def buttons(
    ctx: Context, pictures: Sequence[Picture], title: str, notes: Sequence[str], stamp: str = ""
) -> None:
    """Download buttons for PNG and GeoJSON; the files are made when they are asked for."""
    if ctx.view.present:
        return
    stem = f"map-{pictures[0].asked.look}-{pictures[0].asked.what}-{stamp or encode(ctx.period)}".replace(
        ":", "-"
    )
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            ctx.say("page.map.png"), data=lambda: map_png.png(ctx, pictures, title, notes),
            file_name=f"{stem}.png", mime="image/png", key=f"map-png-{ctx.lang}",
            icon=":material/image:", type="tertiary", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            ctx.say("page.map.geojson"), data=lambda: geojson(ctx, pictures, title, notes),
            file_name=f"{stem}.geojson", mime="application/geo+json", key=f"map-geojson-{ctx.lang}",
            icon=":material/data_object:", type="tertiary", on_click="ignore",
        )  # fmt: skip


def geojson(ctx: Context, pictures: Sequence[Picture], title: str, notes: Sequence[str]) -> bytes:
    """What is shown as GeoJSON (RFC 7946, WGS-84): each area, cell or point with its numbers, n
    and period; what an export must say stands beside the features."""
    features = [feature for picture in pictures for feature in _features(ctx, picture)]
    asked = pictures[0].asked
    tree = {
        "type": "FeatureCollection",
        "title": title,
        "about": [
            text.note(ctx, asked, pictures[0].period, pictures[0].resolution),
            *ctx.circumstances(), *notes,
        ],
        "features": features,
    }  # fmt: skip
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


def _features(ctx: Context, picture: Picture) -> list[dict[str, Any]]:
    asked = picture.asked
    named = {"indicator": asked.what, "indicator_name": text.name(ctx, asked)}
    if asked.how != WEEKS:
        named["period"] = period_words(picture.period, ctx.lang)
        named["start"] = picture.period.start.isoformat()
        named["end"] = picture.period.end.isoformat()
    if asked.look == POINTS:
        return [_point(row, named) for row in picture.rows.to_dict("records")]
    out = []
    numbers = ["value", "n", "low", "high"]
    numbers += ["before_value", "before_n", "moved"] if asked.how == CHANGE else []
    for row, fill in zip(picture.rows.to_dict("records"), picture.fills, strict=True):
        code = code_text(asked, row["code"])
        if asked.look == AREAS:
            geometry = picture.outlines.get(code)
            name = {"name": ctx.name(code)}
        else:
            ring = map_shapes.hexagon(int(row["code"])) if _valid(row["code"]) else None
            geometry = {"type": "Polygon", "coordinates": [ring]} if ring else None
            name = {}
        properties = {
            "code": code, **name, **named, **{key: plain(row[key]) for key in numbers},
            "few_orders": bool(row["small"]), "colour": fill,
        }  # fmt: skip
        if asked.how == CHANGE:
            properties["beyond_chance"] = bool(row["real"])
        out.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return out


def _valid(code: Any) -> bool:
    return bool(~np.isnan(map_shapes.centres([int(code)])[0, 0]))


def _point(row: dict[Any, Any], named: dict[str, str]) -> dict[str, Any]:
    texts = ("source", "order_id", "category1", "category2", "district", "unit", "status")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        "properties": {
            **{name: row[name] if isinstance(row[name], str) else None for name in texts},
            "created_at": row["created_at"].isoformat(), **named,
        },
    }  # fmt: skip


def plain(value: Any) -> float | None:
    """A number for JSON, which knows neither NaN nor infinity."""
    return None if pd.isna(value) or np.isinf(value) else round(float(value), 6)
