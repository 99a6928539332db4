"""What the trends page draws: the line or its small multiples, and the week's rhythm."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui import rate_words, trends_data
from ui import trends_figure as figures
from ui import trends_text as text
from ui.charts import heat, trend
from ui.context import Context, period_words
from ui.panel import chart, download, escape, no_data, panel
from ui.trends import OTHERS
from ui.trends_data import Asked, Course
from ui.trends_table import exported
from words import format as fmt


def main(ctx: Context, asked: Asked, lines: list[Course], *, together: bool) -> None:
    """The picture: one line with its limits, or a split as small multiples or together."""
    single = asked.split == "none"
    title = text.finding(ctx, asked, lines[0]) if single else text.split_finding(ctx, asked, lines)
    with panel(title, text.note(ctx, asked, lines), key="trend"):
        if all(line.bins["value"].isna().all() for line in lines):
            no_data(ctx)
        elif single or together:
            made = figures.whole(ctx, asked, lines)
            height = 340 if ctx.view.present else 380
            chart(made, key="trend-chart", alt=title, height=height)
        else:
            _multiples(ctx, asked, lines)
        st.caption("  \n".join(escape(line) for line in text.remarks(ctx, asked, lines)))
        download(
            ctx, lambda: exported(ctx, asked, lines),
            key=f"trend-{asked.what}-{asked.split}", notes=[text.note(ctx, asked, lines)],
        )  # fmt: skip


def _multiples(ctx: Context, asked: Asked, lines: list[Course]) -> None:
    """One small picture for each group, on one scale; a volume of all others has its own."""
    named = [line for line in lines if line.code != OTHERS]
    common = _bounds(asked, named or lines)
    with st.grid(4, min_column_width=300, gap="small"):
        for place, line in enumerate(lines):
            own = asked.indicator is None and line.code == OTHERS
            with st.container(key=f"small-{place}"):
                _small(ctx, asked, line, _bounds(asked, [line]) if own else common, place)
    if asked.indicator is None and len(named) < len(lines):
        st.caption(escape(ctx.say("page.trends.own_scale")))


def _bounds(asked: Asked, lines: list[Course]) -> list[float]:
    """The range of the vertical axis that holds all points of some lines."""
    frames = [line.bins for line in lines] + [x.before for x in lines if x.before is not None]
    points = pd.concat([frame["value"] for frame in frames]).dropna()
    if points.empty:
        return [0.0, 1.0]
    points = points * rate_words.scale(asked.indicator)
    low, high = float(points.min()), float(points.max())
    if asked.indicator is None:
        return [0.0, max(high * 1.08, 1.0)]
    pad = (high - low) * 0.08 or 0.01
    top = high + pad
    return [
        max(low - pad, 0.0),
        min(top, 1.0) if rate_words.plain_percent(asked.indicator) else top,
    ]


def _small(ctx: Context, asked: Asked, line: Course, bounds: list[float], place: int) -> None:
    name = trends_data.name_of(ctx, asked, line.code)
    st.markdown(f"**{escape(name)}**  \n:small[:gray[{escape(_small_note(ctx, asked, line))}]]")
    colour = ctx.colours.neutral if line.code == OTHERS else ctx.colours.accent
    drawn = [figures.line_of(ctx, asked, line.bins, name, colour)]
    if line.before is not None:
        drawn.append(figures.before_of(ctx, asked, line))
    made = trend(
        drawn, ctx.colours, percent=figures.percent(asked),
        template="%{customdata}<extra></extra>",
    )  # fmt: skip
    figures.dress(ctx, asked, made, line.bins, 3)
    made.update_yaxes(range=bounds, nticks=4)
    made.update_layout(showlegend=False)
    figures.incomplete(ctx, asked, made, line, colour)
    chart(made, key=f"small-chart-{place}", alt=name, height=170)


def _small_note(ctx: Context, asked: Asked, line: Course) -> str:
    if asked.indicator is None:
        said = ctx.say("page.trends.small_volume", n=fmt.number(line.received, ctx.lang))
        ratio = text.volume_ratio(line)
        return said if ratio is None else f"{said} · {text.arrowed(ctx, ratio)}"
    if line.total is None:
        return fmt.percent(None, ctx.lang)
    said = ctx.say(
        "page.trends.small_rate",
        value=text.value_text(ctx, asked, line.total.value), n=fmt.number(line.total.n, ctx.lang),
    )  # fmt: skip
    moved = line.change
    if moved is None:
        return said
    code = "unreal" if not moved.real else "better" if moved.better else "worse"
    points = rate_words.difference(ctx, asked.indicator, moved.difference)
    return f"{said} · " + ctx.say(f"page.trends.change_{code}", points=points)


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
        values = [
            [None if pd.isna(v) else round(float(v), 2) for v in row] for row in grid.to_numpy()
        ]
        made = heat(
            list(range(24)), [fmt.weekday(d, ctx.lang) for d in range(7)], values, ctx.colours,
            hover=ctx.say("page.trends.rhythm_hover"), unit=ctx.say("page.trends.rhythm_unit"),
        )  # fmt: skip
        hours = list(range(0, 24, 6))
        made.update_xaxes(
            tickvals=hours, tickangle=0, ticks="",
            ticktext=[ctx.say("page.trends.hour", hour=h) for h in hours],
        )  # fmt: skip
        made.update_yaxes(ticks="")
        chart(made, key="rhythm-chart", alt=title, height=300)
        named = grid.rename(index=lambda d: fmt.weekday(int(d), ctx.lang)).reset_index(
            names=ctx.say("page.trends.weekday")
        )
        download(ctx, named.round(3), key="rhythm", notes=[note])
