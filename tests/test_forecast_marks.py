"""Marks of the forecast chart: names that do not run into each other, and what is told over a day."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import plotly.graph_objects as go
import pytest

from ui.context import Context
from ui.forecast_marks import NARROW, PHONE, WIDE, Mark, _rows, draw
from ui.theme import DARK, LIGHT, Palette, figure

FIRST = date(2026, 9, 27)
ONE = timedelta(days=1)


def mark(after: int, days: int, label: str, kind: str = "off") -> Mark:
    start = FIRST + after * ONE
    return Mark(start, start + days * ONE, kind, label, f"{label}!")


def page(colours: Palette) -> Context:
    return cast(Context, SimpleNamespace(colours=colours))


@pytest.mark.parametrize(
    "names", [("中秋节", "国庆节", "班"), ("Mid-autumn Festival", "National Day", "work")]
)
def test_names_do_not_run_into_each_other_on_a_phone(names: tuple[str, str, str]) -> None:
    found = [mark(0, 1, names[0]), mark(4, 7, names[1]), mark(13, 1, names[2])]
    rows = _rows(found, 84)
    assert None not in rows
    for row in set(rows):
        ends = 0.0
        for one, place in zip(found, rows, strict=True):
            if place != row:
                continue
            start = (one.start - FIRST).days * PHONE
            assert start >= ends
            ends = start + sum(WIDE if ord(c) > 0x2E80 else NARROW for c in one.label)
    crowd = [mark(i, 1, "a rather long name") for i in range(6)]
    assert _rows(crowd, 84).count(None) == 3  # told when pointed at, not written over others


@pytest.mark.parametrize("colours", [DARK, LIGHT])
def test_every_marked_day_tells_its_marks(colours: Palette) -> None:
    when = [pd.Timestamp(FIRST) + pd.Timedelta(days=k) for k in range(84)]
    found = [mark(4, 7, "国庆节"), mark(9, 3, "预警", "alert"), mark(81, 3, "登记未齐", "late")]
    made = figure()
    draw(page(colours), made, when, found, 50.0)
    trace: Any = next(t for t in made.data if t.name == "marks")
    told = dict(zip([pd.Timestamp(x).date() for x in trace.x], trace.customdata, strict=True))
    assert set(told) == {FIRST + k * ONE for k in [*range(4, 12), *range(81, 84)]}
    assert told[FIRST + 9 * ONE] == "国庆节!<br>预警!"
    assert told[FIRST + 11 * ONE] == "预警!"
    assert len(made.layout.shapes) == 3
    assert made.layout.yaxis.range[1] > 50  # names have room above the lines
    late = next(a for a in made.layout.annotations if a.text == "登记未齐")
    assert late.xanchor == "right"  # not out of the picture


def test_a_week_tells_what_happened_in_it() -> None:
    when = [pd.Timestamp(FIRST) + pd.Timedelta(days=7 * k) for k in range(26)]
    made = go.Figure()
    draw(page(LIGHT), made, when, [mark(8, 3, "国庆节")], 10.0)
    trace: Any = next(t for t in made.data if t.name == "marks")
    assert [pd.Timestamp(x).date() for x in trace.x] == [FIRST + 7 * ONE]
