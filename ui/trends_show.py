"""What the trends page draws: the line with limits, small multiples, the week's rhythm, the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui import tables, trends_data
from ui import trends_text as text
from ui.charts import Line, heat, trend
from ui.context import Context, period_words
from ui.panel import chart, download, escape, no_data, panel
from ui.trends import OTHERS
from ui.trends_data import Asked, Course
from words import format as fmt

TICKS = 8
MARKED_DAYS = 200
"""Holidays are named and shaded up to this many days; beyond they would be hairlines."""


def main(ctx: Context, asked: Asked, lines: list[Course], *, together: bool) -> None:
    """The picture: one line with its limits, or a split as small multiples or together."""
    single = asked.split == "none"
    title = text.finding(ctx, asked, lines[0]) if single else _split_title(ctx, asked, lines)
    with panel(title, text.note(ctx, asked), key="trend"):
        if all(line.bins["value"].isna().all() for line in lines):
            no_data(ctx)
        elif single or together:
            made = _figure(ctx, asked, lines)
            height = 420 if ctx.view.present else 380
            chart(made, key="trend-chart", alt=title, height=height)
        else:
            _multiples(ctx, asked, lines)
        st.caption("  \n".join(escape(line) for line in text.remarks(ctx, asked, lines)))
        download(ctx, export(ctx, asked, lines), key=f"trend-{asked.what}-{asked.split}")


def _split_title(ctx: Context, asked: Asked, lines: list[Course]) -> str:
    """Which group moved most, or that none did beyond chance."""
    named = ctx.say(f"page.trends.split.{asked.split}")
    if asked.indicator is None:
        return ctx.say("page.trends.split_volume", split=named)
    what = text.what_name(ctx, asked)
    real = [x for x in lines if x.change is not None and x.change.real]
    if not any(x.change is not None for x in lines):
        return ctx.say("page.trends.split_rate", name=what, split=named)
    if not real:
        return ctx.say("page.trends.split_none", name=what, split=named)
    most = max(real, key=lambda x: abs(x.change.difference) if x.change else 0.0)
    return ctx.say(
        "page.trends.split_moved",
        name=what, split=named, n=len(real),
        unit=trends_data.name_of(ctx, asked, most.code),
        points=fmt.points(most.change.difference if most.change else None, ctx.lang),
    )  # fmt: skip


# -- figures ---------------------------------------------------------------------
def _figure(ctx: Context, asked: Asked, lines: list[Course]) -> go.Figure:
    single = len(lines) == 1 and asked.split == "none"
    drawn = []
    for place, line in enumerate(lines):
        colour = ctx.colours.series[place % len(ctx.colours.series)]
        name = _name(ctx, asked, line)
        drawn.append(_line(ctx, asked, line.bins, name, colour))
        if single and line.before is not None:
            drawn.append(_before(ctx, asked, line))
    made = trend(
        drawn, ctx.colours,
        percent=asked.indicator is not None, marks=_marks(ctx, asked),
        template="%{customdata}" + ("<extra></extra>" if single else ""),
    )  # fmt: skip
    _dress(ctx, asked, made, lines[0].bins)
    for place, line in enumerate(lines):
        if single and line.limits is not None:
            _limits(ctx, made, line)
        _partial(ctx, made, line, ctx.colours.series[place % len(ctx.colours.series)])
    return made


def _name(ctx: Context, asked: Asked, line: Course) -> str:
    if asked.split == "none":
        return ctx.say("page.trends.now")
    return trends_data.name_of(ctx, asked, line.code)


def _line(ctx: Context, asked: Asked, bins: pd.DataFrame, name: str, colour: str) -> Line:
    return Line(
        name=name, x=bins["start"].tolist(), y=_values(bins), colour=colour,
        text=[_hover(ctx, asked, row) for row in bins.itertuples()],
    )  # fmt: skip


def _before(ctx: Context, asked: Asked, line: Course) -> Line:
    """The earlier line, bin on bin: the k-th bin stands where the k-th of now stands."""
    earlier = line.before if line.before is not None else line.bins.head(0)
    count = min(len(line.bins), len(earlier))
    shown = earlier.head(count)
    return Line(
        name=ctx.say("page.trends.before"), dash="dash", colour=ctx.colours.neutral,
        x=line.bins["start"].head(count).tolist(), y=_values(shown),
        text=[_hover(ctx, asked, row) for row in shown.itertuples()],
    )  # fmt: skip


def _values(bins: pd.DataFrame) -> list[float | None]:
    return [None if pd.isna(v) else float(v) for v in bins["value"]]


def _hover(ctx: Context, asked: Asked, row: Any) -> str:
    label = text.bin_label(ctx, asked, row.start, row.end)
    value = text.value_text(ctx, asked, row.value)
    said = ctx.say("page.trends.hover", label=label, value=value)
    if asked.indicator is not None:
        said = ctx.say(
            "page.trends.hover_rate", label=label, value=value, n=fmt.number(row.n, ctx.lang)
        )
    return said + (ctx.say("page.trends.hover_partial") if row.partial else "")


def _marks(ctx: Context, asked: Asked) -> list[Any]:
    if asked.span.days > MARKED_DAYS:
        return []
    return [
        (
            pd.Timestamp(first) - pd.Timedelta(hours=12),
            pd.Timestamp(end) - pd.Timedelta(hours=12),
            ctx.say(f"holiday.{code or 'public'}"),
        )
        for first, end, code in trends_data.holiday_spans(asked)
    ]


def _dress(
    ctx: Context, asked: Asked, made: go.Figure, bins: pd.DataFrame, ticks: int = TICKS
) -> None:
    """Axis labels in the reader's language (the chart library only writes English)."""
    step = max(1, -(-len(bins) // ticks))
    chosen = bins.iloc[::step]
    years = chosen["start"].dt.year
    change = years.ne(years.shift()) if years.nunique() > 1 else years.ne(years)
    labels = [
        text.tick(ctx, asked, row.start, row.end, bool(new))
        for row, new in zip(chosen.itertuples(), change, strict=True)
    ]
    # Half a bin of air, so that no point sits on the axis.
    air = (bins["end"].iloc[-1] - bins["start"].iloc[-1]) / 2
    made.update_xaxes(
        range=[bins["start"].iloc[0] - air, bins["start"].iloc[-1] + air], tickmode="array", tickvals=chosen["start"].tolist(), ticktext=labels,
        hoverformat="%Y-%m-%d", unifiedhovertitle={"text": " "},
    )  # fmt: skip
    made.update_layout(hovermode="x unified")


def _limits(ctx: Context, made: go.Figure, line: Course) -> None:
    """The centre, the 95 % and 99.8 % limits, and the points outside."""
    limits, x = line.limits, line.bins["start"].tolist()
    if limits is None:
        return
    styles = (("centre", "solid"), ("95", "dot"), ("998", "dash"))
    for name, dash in styles:
        for side in ("",) if name == "centre" else ("low", "high"):
            made.add_trace(
                go.Scatter(
                    x=x, y=limits[side + name], mode="lines", hoverinfo="skip",
                    line={"color": ctx.colours.muted, "width": 1, "dash": dash, "shape": "hvh"},
                    name=ctx.say(f"page.trends.limit_{name}"), legendgroup=name,
                    showlegend=side in ("", "low"), opacity=0.8,
                )
            )  # fmt: skip
    for sign, symbol in ((1, "triangle-up"), (-1, "triangle-down")):
        out = (limits["outside"] == sign).to_numpy()
        if out.any():
            made.add_trace(
                go.Scatter(
                    x=np.array(x, dtype=object)[out], y=line.bins["value"][out], mode="markers",
                    marker={"symbol": symbol, "size": 12, "color": ctx.colours.bad},
                    name=ctx.say("page.trends.outside_mark"), legendgroup="outside",
                    showlegend=sign == 1 or not (limits["outside"] == 1).any(), hoverinfo="skip",
                )
            )  # fmt: skip


def _partial(ctx: Context, made: go.Figure, line: Course, colour: str) -> None:
    rows = line.bins[line.bins["partial"] & line.bins["value"].notna()]
    if rows.empty:
        return
    made.add_trace(
        go.Scatter(
            x=rows["start"].tolist(), y=rows["value"], mode="markers", hoverinfo="skip",
            marker={
                "size": 9, "color": ctx.colours.panel, "line": {"color": colour, "width": 2},
            },
            name=ctx.say("page.trends.partial_mark"), showlegend=False,
        )
    )  # fmt: skip


def _multiples(ctx: Context, asked: Asked, lines: list[Course]) -> None:
    """One small picture for each group, on one scale."""
    values = [v for line in lines for v in _values(line.bins) if v is not None]
    values += [v for x in lines if x.before is not None for v in _values(x.before) if v is not None]
    low, high = min(values), max(values)
    pad = (high - low) * 0.08 or 0.01
    bounds = [max(low - pad, 0), min(high + pad, 1)] if asked.indicator else [0, high * 1.05]
    with st.grid(4, min_column_width=300, gap="small"):
        for place, line in enumerate(lines):
            with st.container(key=f"small-{place}"):
                _small(ctx, asked, line, bounds, place)


def _small(ctx: Context, asked: Asked, line: Course, bounds: list[float], place: int) -> None:
    name = trends_data.name_of(ctx, asked, line.code)
    st.markdown(f"**{escape(name)}**  \n:small[:gray[{escape(_small_note(ctx, asked, line))}]]")
    colour = ctx.colours.neutral if line.code == OTHERS else ctx.colours.accent
    drawn = [_line(ctx, asked, line.bins, name, colour)]
    if line.before is not None:
        drawn.append(_before(ctx, asked, line))
    made = trend(
        drawn, ctx.colours, percent=asked.indicator is not None,
        template="%{customdata}<extra></extra>",
    )  # fmt: skip
    _dress(ctx, asked, made, line.bins, 3)
    made.update_yaxes(range=bounds, nticks=4)
    made.update_layout(showlegend=False)
    _partial(ctx, made, line, colour)
    chart(made, key=f"small-chart-{place}", alt=name, height=170)


def _small_note(ctx: Context, asked: Asked, line: Course) -> str:
    if asked.indicator is None:
        said = ctx.say("page.trends.small_volume", n=fmt.number(line.received, ctx.lang))
        if not line.before_received or line.before is None:
            return said
        now, was = int(line.bins["have"].sum()), int(line.before["have"].sum())
        if not now or not was:
            return said
        ratio = (line.received / now) / (line.before_received / was) - 1
        arrow = "▲" if ratio > 0 else "▼" if ratio < 0 else ""
        return f"{said} · {arrow}{fmt.percent(abs(ratio), ctx.lang)}"
    if line.total is None:
        return fmt.percent(None, ctx.lang)
    said = ctx.say(
        "page.trends.small_rate",
        value=fmt.percent(line.total.value, ctx.lang), n=fmt.number(line.total.n, ctx.lang),
    )  # fmt: skip
    moved = line.change
    if moved is None:
        return said
    code = "unreal" if not moved.real else "better" if moved.better else "worse"
    points = fmt.points(moved.difference, ctx.lang)
    return f"{said} · " + ctx.say(f"page.trends.change_{code}", points=points)


# -- the week's rhythm -------------------------------------------------------------
def rhythm(ctx: Context, asked: Asked) -> None:
    """Orders an hour by weekday and hour."""
    grid = trends_data.rhythm(ctx, asked)
    filled = grid.fillna(0).to_numpy()
    if filled.sum() == 0:
        with panel(ctx.say("page.trends.rhythm_question"), key="rhythm"):
            no_data(ctx)
        return
    clockless = filled[:, 1:].sum() == 0
    day, hour = divmod(int(filled.argmax()), 24)
    title = ctx.say(
        "page.trends.rhythm_title",
        day=fmt.weekday(day, ctx.lang), hour=hour, until=hour + 1,
        n=fmt.number(float(filled[day, hour]), ctx.lang, 1),
    )  # fmt: skip
    if clockless:
        title = ctx.say("page.trends.rhythm_no_clock")
    note = ctx.say("page.trends.rhythm_note", period=period_words(asked.span.period, ctx.lang))
    with panel(title, note, key="rhythm"):
        if clockless:
            return
        values = [[None if pd.isna(v) else round(float(v), 2) for v in row] for row in grid.values]
        made = heat(
            list(range(24)), [fmt.weekday(d, ctx.lang) for d in range(7)], values, ctx.colours,
            hover=ctx.say("page.trends.rhythm_hover"), unit=ctx.say("page.trends.rhythm_unit"),
        )  # fmt: skip
        made.update_xaxes(
            tickvals=list(range(0, 24, 3)), ticktext=[f"{h}:00" for h in range(0, 24, 3)]
        )
        chart(made, key="rhythm-chart", alt=title, height=300)
        named = grid.rename(index=lambda d: fmt.weekday(int(d), ctx.lang)).reset_index(
            names=ctx.say("page.trends.weekday")
        )
        download(ctx, named.round(3), key="rhythm")


# -- the table -----------------------------------------------------------------------
def table(ctx: Context, asked: Asked, lines: list[Course]) -> None:
    """The same numbers as a table, newest first."""
    with panel(ctx.say("page.trends.table"), ctx.say("page.trends.table_note"), key="table"):
        if asked.split == "none":
            frame, columns = _single(ctx, asked, lines[0])
        else:
            frame, columns = _wide(ctx, asked, lines)
        tables.show(
            frame, columns, key=f"trend-table-{ctx.lang}", alt=ctx.say("page.trends.table"),
            empty=fmt.number(None, ctx.lang), most=380,
        )  # fmt: skip


def _single(ctx: Context, asked: Asked, line: Course) -> tuple[pd.DataFrame, list[tables.Column]]:
    bins = line.bins
    out: dict[str, Any] = {"bin": _labels(ctx, asked, bins), "value": _cells(ctx, asked, bins)}
    columns = [
        tables.Column("bin", ctx.say("page.trends.bin"), "", 200, True, text=True),
        tables.Column("value", text.what_name(ctx, asked), "", 150),
    ]
    if asked.indicator is not None:
        out["n"] = [tables.Cell(n, fmt.number(n, ctx.lang)) for n in bins["n"]]
        columns.append(tables.Column("n", "n", ctx.names_of(asked.indicator.definition), 80))
    if line.before is not None:
        earlier = line.before.reindex(range(len(bins)))
        out["before"] = _cells(ctx, asked, earlier)
        columns.append(tables.Column("before", ctx.say("page.trends.before"), "", 150))
    return _frame(out), columns


def _wide(
    ctx: Context, asked: Asked, lines: list[Course]
) -> tuple[pd.DataFrame, list[tables.Column]]:
    out: dict[str, Any] = {"bin": _labels(ctx, asked, lines[0].bins)}
    columns = [tables.Column("bin", ctx.say("page.trends.bin"), "", 180, True, text=True)]
    for place, line in enumerate(lines):
        out[f"g{place}"] = _cells(ctx, asked, line.bins, interval=False)
        name = trends_data.name_of(ctx, asked, line.code)
        columns.append(tables.Column(f"g{place}", name, "", 110))
    return _frame(out), columns


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame({k: pd.Series(list(v), dtype="object") for k, v in columns.items()})
    return made.iloc[::-1].reset_index(drop=True)


def _labels(ctx: Context, asked: Asked, bins: pd.DataFrame) -> list[str]:
    return [
        text.bin_label(ctx, asked, row.start, row.end)
        + (ctx.say("page.trends.hover_partial") if row.partial else "")
        for row in bins.itertuples()
    ]


def _cells(ctx: Context, asked: Asked, bins: pd.DataFrame, *, interval: bool = True) -> list[Any]:
    out: list[Any] = []
    for row in bins.itertuples():
        if pd.isna(row.value):
            out.append(None)
            continue
        said = text.value_text(ctx, asked, float(row.value))
        if interval and asked.indicator is not None and not pd.isna(row.low):
            said += f"  ({fmt.interval(float(row.low), float(row.high), ctx.lang)})"
        out.append(tables.Cell(row.value, said))
    return out


def export(ctx: Context, asked: Asked, lines: list[Course]) -> pd.DataFrame:
    """Every bin of every line as plain numbers, with limits and the comparison."""
    pieces = []
    for line in lines:
        bins = line.bins
        piece = pd.DataFrame(
            {
                ctx.say("page.trends.first"): bins["start"].dt.date,
                ctx.say("page.trends.last"): (bins["end"] - pd.Timedelta(days=1)).dt.date,
                text.what_name(ctx, asked): bins["value"],
                "n": bins["n"],
                ctx.say("page.trends.low"): bins["low"],
                ctx.say("page.trends.high"): bins["high"],
                ctx.say("page.trends.days"): bins["have"],
                ctx.say("page.trends.incomplete"): bins["partial"].astype(int),
            }
        )
        if asked.split != "none":
            name = trends_data.name_of(ctx, asked, line.code)
            piece.insert(0, ctx.say(f"page.trends.split.{asked.split}"), name)
        if line.limits is not None:
            for column in ("low95", "high95", "low998", "high998"):
                piece[ctx.say(f"page.trends.column_{column}")] = line.limits[column]
        if line.before is not None:
            earlier = line.before.reindex(range(len(bins)))
            piece[ctx.say("page.trends.before")] = earlier["value"].to_numpy()
        pieces.append(piece)
    return pd.concat(pieces, ignore_index=True)
