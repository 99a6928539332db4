"""Classes, colours and what each says: one legend for screen, picture and file."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from ui import map_classes, rate_words
from ui.context import Context
from ui.map_asked import CELLS, CHANGE, HEAT, POINTS, SCORE, Asked
from ui.map_classes import CHANGES, Classes
from ui.map_data import clear
from words import format as fmt

HATCHED, FEW = "hatched", "few"


@dataclass(frozen=True)
class Key:
    """One line of the legend. ``mark``: hatched or few, else a plain swatch."""

    colour: str
    text: str
    mark: str = ""


@dataclass(frozen=True)
class Legend:
    """The classes of a map (``None`` for a change), the colour of each, and the legend's lines."""

    classes: Classes | None
    ramp: tuple[str, ...]
    keys: tuple[Key, ...]
    rule: str


def value_text(ctx: Context, asked: Asked, value: float | None) -> str:
    """A value of what is shown, with its unit."""
    if asked.what == SCORE:
        return ctx.say("page.map.points", value=fmt.number(value, ctx.lang, 1))
    if asked.indicator is None:
        return ctx.say("page.map.orders", n=fmt.number(value, ctx.lang))
    return rate_words.value(ctx, asked.indicator, value)


def moved_text(ctx: Context, asked: Asked, moved: float | None) -> str:
    """A change with its sign."""
    if moved is None or pd.isna(moved):
        return fmt.number(None, ctx.lang)
    if asked.indicator is not None:
        return rate_words.difference(ctx, asked.indicator, moved)
    if np.isinf(moved):
        return ctx.say("page.map.from_nothing")
    sign = "+" if moved > 0 else "−" if moved < 0 else ""
    return sign + fmt.percent(abs(moved), ctx.lang, 0)


def placed(asked: Asked, legend: Legend, rows: pd.DataFrame) -> list[str | None]:
    """The colour of each row; ``None`` for no data."""
    if asked.how == CHANGE:
        found = map_classes.of_change(rows["moved"], rows["real"], clear(asked))
    elif legend.classes is not None:
        found = legend.classes.place(rows["value"].to_numpy(dtype=float))
    else:
        found = np.full(len(rows), -1)
    return [legend.ramp[k] if k >= 0 else None for k in found]


def legend(ctx: Context, asked: Asked, frames: Sequence[pd.DataFrame]) -> Legend:
    """The one legend of some frames of rows (two periods, many weeks): the same classes on all."""
    if asked.look == POINTS:
        return Legend(None, (), (Key(ctx.colours.series[1], ctx.say("page.map.one_point")),), "")
    if asked.look == HEAT:
        ends = (
            Key(ctx.colours.heat[1], ctx.say("page.map.heat_low")),
            Key(ctx.colours.heat[-1], ctx.say("page.map.heat_high")),
        )
        return Legend(None, ctx.colours.heat, ends, ctx.say("page.map.heat_rule"))
    every = pd.concat(frames) if frames else pd.DataFrame(columns=["value", "small"])
    if asked.how == CHANGE:
        return _change_legend(ctx, asked, every)
    sure = every.loc[~every["small"].astype(bool), "value"].to_numpy(dtype=float)
    values = every["value"].to_numpy(dtype=float)
    # few orders make wild rates: the classes are those of the others, where there are enough
    made = map_classes.classes(sure if np.isfinite(sure).sum() >= 5 else values, asked.method)
    if made is None:
        return Legend(None, (), _marks(ctx, asked, every), "")
    made = Classes(made.cuts, float(np.nanmin(values)), float(np.nanmax(values)), made.method)
    ramp = ramp_of(ctx.colours.ramp, made.count)
    found = made.place(values)
    keys = [_class_key(ctx, asked, ramp[k], values[found == k]) for k in range(made.count)]
    rule = ctx.say(f"page.map.rule.{made.method}", n=made.count)
    return Legend(made, ramp, (*keys, *_marks(ctx, asked, every)), rule)


def ramp_of(colours: Sequence[str], count: int) -> tuple[str, ...]:
    """As many colours of a ramp, evenly spaced."""
    last = max(count - 1, 1)
    return tuple(colours[round(k * (len(colours) - 1) / last)] for k in range(count))


def _class_key(ctx: Context, asked: Asked, colour: str, values: np.ndarray[Any, Any]) -> Key:
    """A class by the least and the greatest number in it: no number stands in two."""
    if not len(values):
        return Key(colour, ctx.say("page.map.class_empty"))
    ends = dict.fromkeys((float(values.min()), float(values.max())))
    if asked.volume:
        shown = "–".join(fmt.number(value, ctx.lang) for value in ends)
        text = ctx.say("page.map.orders", n=shown)
    else:
        text = "–".join(dict.fromkeys(value_text(ctx, asked, value) for value in ends))
    return Key(colour, ctx.say("page.map.class", range=text, n=fmt.number(len(values), ctx.lang)))


def _marks(ctx: Context, asked: Asked, rows: pd.DataFrame) -> tuple[Key, ...]:
    out = []
    if rows["small"].astype(bool).any():
        out.append(
            Key(
                ctx.colours.ramp[2],
                ctx.say(f"page.map.few_{asked.look}", n=ctx.scheme.minimum_n),
                FEW,
            )
        )
    if rows["value"].isna().any() and asked.look != CELLS:  # such cells are not drawn
        out.append(Key(ctx.colours.grid, ctx.say("page.map.none"), HATCHED))
    return tuple(out)


def _change_legend(ctx: Context, asked: Asked, rows: pd.DataFrame) -> Legend:
    ramp = change_ramp(ctx, asked)
    found = map_classes.of_change(rows["moved"], rows["real"], clear(asked))
    counts = np.bincount(found[found >= 0], minlength=len(CHANGES))
    size = moved_text(ctx, asked, clear(asked)).lstrip("+")
    keys = []
    for k, code in enumerate(CHANGES):
        if np.isinf(clear(asked)) and code.startswith("much"):
            continue
        text = ctx.say(f"page.map.change.{code}", size=size)
        keys.append(
            Key(
                ramp[k],
                ctx.say("page.map.class", range=text, n=fmt.number(int(counts[k]), ctx.lang)),
            )
        )
    marks = _marks(ctx, asked, rows.assign(value=rows["moved"]))
    rule = ctx.say("page.map.rule.change")
    if asked.look == CELLS:
        rule += ctx.say("page.map.rule.one_period")
    return Legend(None, ramp, (*keys, *marks), rule)


def change_ramp(ctx: Context, asked: Asked) -> tuple[str, ...]:
    """Colours from a large fall to a large rise: good and bad where a rate has them, else blue and
    amber (more complaints are no judgement)."""
    c = ctx.colours
    low, high = (c.series[0], c.series[1])
    if asked.indicator is not None:
        up = asked.indicator.direction == "up"
        low, high = (c.bad, c.good) if up else (c.good, c.bad)
    return low, mix(low, c.panel), c.grid, mix(high, c.panel), high


def mix(colour: str, ground: str, share: float = 0.5) -> str:
    """A colour made paler by its ground."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


def show(ctx: Context, asked: Asked, made: Legend, *more: str) -> None:
    """The legend below a map; ``more``: lines in small type (what was left away, attribution)."""
    parts = "".join(
        f"<span>{_swatch(ctx, asked, key)}{html.escape(key.text)}</span>" for key in made.keys
    )
    rule = "".join(
        f"<div style='margin-top:3px'>{html.escape(line)}</div>"
        for line in (made.rule, *more)
        if line
    )
    st.html(
        f"<div style='font-size:13px;color:{ctx.colours.muted}'>"
        f"<div style='display:flex;flex-wrap:wrap;gap:4px 14px'>{parts}</div>{rule}</div>"
    )


def _swatch(ctx: Context, asked: Asked, key: Key) -> str:
    c = ctx.colours
    fill = key.colour
    if key.mark == FEW and asked.look == CELLS:  # drawn smaller, not hatched
        return (
            "<span style='display:inline-block;width:9px;height:7px;border-radius:2px;"
            f"vertical-align:1px;margin:0 9px 0 5px;background:{fill}'></span>"
        )
    if key.mark:
        line = c.muted if key.mark == HATCHED else c.text
        gap = 4 if key.mark == HATCHED else 6
        fill = f"repeating-linear-gradient(135deg,{key.colour} 0 {gap - 1}px,{line} {gap - 1}px {gap}px)"
    return (
        "<span style='display:inline-block;width:18px;height:12px;border-radius:2px;"
        f"vertical-align:-1px;margin-right:5px;border:1px solid {c.grid};background:{fill}'></span>"
    )
