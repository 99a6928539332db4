"""The map as a picture file: drawn here, without a browser, with legend, filters and source.

Pillow and the fonts under ``static/fonts`` (shipped, read by FreeType with brotli). Where they
cannot be read a font of the system is tried; without any Chinese font the picture says so.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from ui import map_data, map_shapes
from ui import map_text as text
from ui.context import Context, city, period_words
from ui.map_asked import AREAS, CELLS, HEAT, POINTS, WEEKS
from ui.map_legend import FEW, HATCHED, Key
from ui.map_view import HEIGHT, Picture, attribution
from words import say

FOLDER = Path(__file__).resolve().parents[1] / "static" / "fonts"
OURS = ("noto-sans-sc-common-{weight}.woff2", "noto-sans-sc-more-{weight}.woff2")
SYSTEM = (
    "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf",
    "wqy-zenhei.ttc", "msyh.ttc", "PingFang.ttc",
)  # fmt: skip
MAP_WIDE, HALF_WIDE, HIGH, PAD = 1500, 1000, 900, 40
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def png(ctx: Context, pictures: Sequence[Picture], title: str, notes: Sequence[str]) -> bytes:
    """The picture: title, period and definition, the map (or two), legend, notes, circumstances."""
    colours = ctx.colours
    wide = MAP_WIDE if len(pictures) == 1 else HALF_WIDE
    whole = wide * len(pictures) + PAD * (len(pictures) + 1)
    heat = pictures[0].asked.look == HEAT
    rule = ctx.say("page.map.heat_png") if heat else pictures[0].legend.rule
    below = [rule, *notes, " · ".join(_circumstances(ctx, pictures[0]))]
    if not chinese():
        below.append(say("page.map.no_font", "en"))
    canvas = Image.new("RGB", (whole, 6000), colours.background)
    pen = ImageDraw.Draw(canvas)
    top = _text(pen, (PAD, PAD), title, 34, colours.text, whole - 2 * PAD, bold=True)
    asked = pictures[0].asked
    about = text.note(ctx, asked, pictures[0].period, pictures[0].resolution)
    if asked.how == WEEKS:
        about = " · ".join([*ctx.narrowed_by(), text.name(ctx, asked)])
    top = _text(pen, (PAD, top + 6), about, 20, colours.muted, whole - 2 * PAD) + 16
    for place, picture in enumerate(pictures):
        left = PAD + place * (wide + PAD)
        at = top
        if len(pictures) > 1:
            at = (
                _text(
                    pen, (left, top), period_words(picture.period, ctx.lang), 24, colours.text, wide
                )
                + 8
            )
        canvas.paste(drawn(picture, wide), (left, at))
    top = at + HIGH + 20
    top = _legend(pen, ctx, pictures[0], top, whole)
    for line in below:
        if line:
            top = _text(pen, (PAD, top + 4), line, 19, colours.muted, whole - 2 * PAD)
    out = io.BytesIO()
    canvas.crop((0, 0, whole, top + PAD)).save(out, "PNG", optimize=True)
    return out.getvalue()


def drawn(picture: Picture, wide: int) -> Image.Image:
    """The map itself. The reader's own zoom stays in the browser: the whole first view is drawn."""
    colours = picture.ctx.colours
    image = Image.new("RGB", (wide * 2, HIGH * 2), colours.panel)  # halved at the end: smooth edges
    pen = ImageDraw.Draw(image, "RGBA")
    view = picture.view(wide)
    scale = 512 * 2**view.zoom / 360 * HIGH / HEIGHT * 2
    scale = min(scale, wide * 2 * 0.96 / max(picture.bounds[2] - picture.bounds[0], 1e-6))

    def at(lon: float, lat: float) -> tuple[float, float]:
        up = _mercator(lat) - _mercator(view.latitude)
        return wide + (lon - view.longitude) * scale, HIGH - up * scale

    _ground(pen, picture, at)
    asked = picture.asked
    if asked.look == AREAS:
        _areas(pen, picture, at)
    elif asked.look == POINTS:
        for lon, lat in zip(picture.rows["lon"], picture.rows["lat"], strict=True):
            x, y = at(lon, lat)
            pen.ellipse((x - 6, y - 6, x + 6, y + 6), fill=_alpha(colours.series[1], 190))
    else:
        _cells(pen, picture, at)
        _ground(pen, picture, at, over=True)
    small = image.resize((wide, HIGH), Image.Resampling.LANCZOS)
    _labels(ImageDraw.Draw(small), picture, at)
    return small


def _mercator(lat: float) -> float:
    return math.degrees(math.asinh(math.tan(math.radians(lat))))


def _rings(shape: dict[str, Any]) -> list[list[list[float]]]:
    """The outer rings of a geometry, and its holes after each."""
    if shape["type"] == "Polygon":
        return list(shape["coordinates"])
    if shape["type"] == "MultiPolygon":
        return list(itertools.chain.from_iterable(shape["coordinates"]))
    return [r for part in shape.get("geometries", []) for r in _rings(part)]


def _ground(pen: ImageDraw.ImageDraw, picture: Picture, at: Any, *, over: bool = False) -> None:
    colours = picture.ctx.colours
    for shape in picture.outlines.values():
        for ring in _rings(shape):
            points = [at(x, y) for x, y in ring]
            if not over:
                pen.polygon(points, fill=_alpha(colours.grid, 110))
            pen.line(points, fill=_alpha(colours.muted, 170), width=2)


def _areas(pen: ImageDraw.ImageDraw, picture: Picture, at: Any) -> None:
    colours = picture.ctx.colours
    west, south, east, north = picture.bounds
    step = max(east - west, north - south) / 90
    for place in picture.places:
        shape = picture.outlines.get(place.code)
        if shape is None:
            continue
        for ring in _rings(shape):
            points = [at(x, y) for x, y in ring]
            pen.polygon(points, fill=_alpha(place.fill or colours.panel, 255))
            pen.line([*points, points[0]], fill=colours.line, width=3)
        if place.fill is None or place.small:
            apart = step if place.fill is None else step * 2
            line = colours.muted if place.fill is None else colours.text
            for a, b in (hatch[:2] for hatch in map_shapes.hatching(shape, apart)):
                pen.line([at(*a), at(*b)], fill=_alpha(line, 160), width=2)


def _cells(pen: ImageDraw.ImageDraw, picture: Picture, at: Any) -> None:
    rows, ramp = picture.rows, picture.ctx.colours.heat
    heat = picture.asked.look == HEAT
    most = float(rows["n"].max() or 1) if len(rows) else 1.0
    fills = (
        [ramp[min(len(ramp) - 1, 1 + int((n / most) ** 0.5 * (len(ramp) - 1)))] for n in rows["n"]]
        if heat else picture.fills
    )  # fmt: skip
    middles = map_shapes.centres(rows["code"].tolist())
    for code, small, fill, (lon, lat) in zip(
        rows["code"], rows["small"], fills, middles, strict=True
    ):
        if fill is None or math.isnan(lon):
            continue
        share = 0.5 if small else 1.0
        ring = [
            at(lon + (x - lon) * share, lat + (y - lat) * share)
            for x, y in map_shapes.hexagon(code)
        ]
        pen.polygon(ring, fill=_alpha(fill, 225))


def _labels(pen: ImageDraw.ImageDraw, picture: Picture, at: Any) -> None:
    colours = picture.ctx.colours
    areas = map_data.level(picture.ctx, picture.asked)
    taken: list[tuple[float, float, float]] = []
    for row in areas.dropna(subset=["lon", "lat"]).to_dict("records"):
        name = picture.names[row["area"]]
        x, y = (v / 2 for v in at(row["lon"], row["lat"]))
        wide = _wide(name, 17)
        if any(abs(x - a) < (wide + w) / 2 + 4 and abs(y - b) < 24 for a, b, w in taken):
            continue
        taken.append((x, y, wide))
        pen.rectangle((x - wide / 2 - 3, y - 12, x + wide / 2 + 3, y + 12), fill=colours.panel)
        _line(pen, (x - wide / 2, y - 11), name, 17, colours.text)


def _legend(pen: ImageDraw.ImageDraw, ctx: Context, picture: Picture, top: int, whole: int) -> int:
    colours = ctx.colours
    left: float = PAD
    for key in picture.legend.keys:
        wide = 44 + _wide(key.text, 20) + 26
        if left + wide > whole - PAD:
            left, top = PAD, top + 34
        _swatch(pen, picture, key, (left, top))
        _line(pen, (left + 38, top), key.text, 20, colours.text)
        left += wide
    return top + 38


def _swatch(pen: ImageDraw.ImageDraw, picture: Picture, key: Key, at: tuple[float, float]) -> None:
    x, y = at
    if key.mark == FEW and picture.asked.look == CELLS:
        pen.rectangle((x + 8, y + 8, x + 22, y + 18), fill=key.colour)
        return
    colours = picture.ctx.colours
    pen.rectangle((x, y + 3, x + 30, y + 23), fill=key.colour, outline=colours.grid)
    if key.mark:
        line = colours.muted if key.mark == HATCHED else colours.text
        for shift in range(0, 31, 6 if key.mark == HATCHED else 11):
            pen.line(
                (x + shift, y + 23, min(x + shift + 20, x + 30), y + 23 - min(20, 30 - shift)),
                fill=line,
            )


def _circumstances(ctx: Context, picture: Picture) -> list[str]:
    made = attribution()
    lines = [line for line in ctx.circumstances() if line]
    if picture.asked.how == WEEKS:  # the week stands in the title
        lines = [line for line in lines if ctx.period_label() not in line]
    source = ctx.say("page.map.source", city=city(ctx.version, ctx.lang))
    return [source, *lines, *([ctx.say("page.map.base_left_out", made=made)] if made else [])]


# -- letters -------------------------------------------------------------------------
@lru_cache(maxsize=64)
def _fonts(size: int, bold: bool) -> tuple[Font, ...]:
    out: list[Font] = []
    for name in OURS:
        path = FOLDER / name.format(weight="bold" if bold else "regular")
        out += _loaded(str(path), size)
    if not out:
        out = [font for name in SYSTEM for font in _loaded(name, size)][:1]
    return (*out, ImageFont.load_default(size))


def _loaded(name: str, size: int) -> list[Font]:
    try:
        return [ImageFont.truetype(name, size)]
    except OSError:
        return []


def chinese() -> bool:
    """Whether there is a font with Chinese letters."""
    return len(_fonts(20, False)) > 1


@lru_cache(maxsize=4096)
def _font_of(letter: str, size: int, bold: bool) -> Font:
    """The first font that has the letter."""
    fonts = _fonts(size, bold)
    for font in fonts:
        if letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask("\ue000")):
            return font
    return fonts[0]


def _runs(line: str, size: int, bold: bool) -> list[tuple[str, Font]]:
    grouped = itertools.groupby(line, key=lambda letter: _font_of(letter, size, bold))
    return [("".join(letters), font) for font, letters in grouped]


def _wide(line: str, size: int, bold: bool = False) -> float:
    return sum(font.getlength(run) for run, font in _runs(line, size, bold))


def _line(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    line: str,
    size: int,
    colour: str,
    bold: bool = False,
) -> None:
    x, y = at
    for run, font in _runs(line, size, bold):
        # one base line for all fonts
        pen.text((x, y + size), run, font=font, fill=colour, anchor="ls")
        x += font.getlength(run)


def _text(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], words: str, size: int, colour: str,
    width: float, *, bold: bool = False,
) -> int:  # fmt: skip
    """Text broken at the width; returns where it ends."""
    x, y = at
    for line in wrapped(words, width, lambda part: _wide(part, size, bold)):
        _line(pen, (x, y), line, size, colour, bold)
        y += round(size * 1.45)
    return int(y)


def wrapped(words: str, width: float, wide: Any) -> list[str]:
    """Lines no wider than that; English breaks at spaces, Chinese anywhere."""
    lines, line = [], ""
    for letter in words:
        line += letter
        if wide(line) > width:
            cut = line.rfind(" ")
            if cut < len(line) * 0.6:
                cut = len(line) - 1
            lines.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
    return [*lines, line] if line else lines


def _alpha(colour: str, alpha: int) -> tuple[int, int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), alpha
