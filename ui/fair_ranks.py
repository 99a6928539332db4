"""The fair board: every unit's rank with its interval, tiers, and what cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from metrics.fair import Fair
from metrics.ranks import Told
from ui import choice, fair_data, fair_text, tables
from ui import rankings_text as text
from ui.charts import axis_names, down_names
from ui.context import Context
from ui.panel import chart, download, escape, panel
from ui.rankings import SCORE, League, shortened
from ui.tables import Cell, Column
from ui.theme import fade, figure
from ui.unit_link import unit_link
from words import format as fmt

PAGE, WALL = 40, 30
ROW = 19
UPPER, LOWER, REST = "upper", "lower", "rest"
MARKS = {UPPER: "▲ ", LOWER: "▼ ", REST: ""}


def board(ctx: Context, league: League, made: Fair, unit: str) -> None:
    """The whole view: headline, rank ranges, table, one unit, and what must be said with them."""
    mine = made.table[(made.table["group"] == league.group) & made.table["ranked"]]
    mine = mine.sort_values("rank_expected", kind="stable", ignore_index=True)
    told = fair_data.told_of(made, league.group)
    if ctx.view.present:
        _ranges(ctx, league, mine, told, unit, adjusted=bool(made.mix))
        _notes(ctx, league, made)
        return
    left, right = st.columns([1, 1], gap="small")
    with left:
        _ranges(ctx, league, mine, told, unit, adjusted=bool(made.mix))
    with right, panel(ctx.say("board.unit.title", unit=ctx.name(unit)), key="fair-unit"):
        st.markdown("  \n".join(escape(line) for line in fair_text.unit_lines(ctx, made, unit)))
        unit_link(ctx, unit)
        _table(ctx, league, mine, unit)
        _notes(ctx, league, made)


def side_of(told: Told) -> dict[str, str]:
    """Which half a unit is surely in, by unit; the rest is absent."""
    return dict.fromkeys(told.upper, UPPER) | dict.fromkeys(told.lower, LOWER)


def _ranges(
    ctx: Context, league: League, mine: pd.DataFrame, told: Told, unit: str, *, adjusted: bool
) -> None:
    note = ctx.say(
        "board.ranks_note",
        group=text.group_name(ctx, league.group), period=ctx.period_label(),
    )  # fmt: skip
    with panel(fair_text.told(ctx, told), note, key="fair-ranges"):
        # A phone is too narrow for the figure: there the table says it all.
        with st.container(key="wide-only-ranges"):
            rows = _rows(ctx, mine, unit)
            made = range_figure(ctx, mine.iloc[rows], told)
            chart(
                made, key="fair-ranges-chart", alt=ctx.say("board.ranks_alt"),
                height=max(240, (ROW + 2 * bool(ctx.view.present)) * len(rows) + 96),
            )  # fmt: skip
        lines = [ctx.say("board.told.help")]
        if adjusted:
            lines.append(ctx.say("board.basis.mixed"))
        if len(rows) < len(mine) and ctx.view.present:
            lines.append(ctx.say("board.cut", shown=len(rows), count=len(mine)))
        st.caption("  \n".join(escape(line) for line in lines))


def _rows(ctx: Context, mine: pd.DataFrame, unit: str) -> list[int]:
    """Which rows to draw: a page of them; in the meeting view both ends and what was chosen."""
    if ctx.view.present:
        keep = mine.index[mine["unit"].isin([unit, *ctx.view.units])].tolist()
        return shortened(len(mine), WALL, keep if ctx.view.units else [])
    starts = [str(k) for k in range(0, len(mine), PAGE)]
    first = int(
        choice.choose(
            ctx, "rows", starts, starts[0] if starts else "",
            title=ctx.say("board.rows"), width=220,
            label=lambda k: ctx.say(
                "board.rows_span", first=int(k) + 1, last=min(int(k) + PAGE, len(mine))
            ),
        )
        or 0
    )  # fmt: skip
    return list(range(first, min(first + PAGE, len(mine))))


def range_figure(ctx: Context, rows: pd.DataFrame, told: Told) -> go.Figure:
    """One row per unit: dot at the expected rank, bar over the interval, diamond at the raw rank."""
    sides = side_of(told)
    rows = rows.assign(side=[sides.get(u, REST) for u in rows["unit"]])
    marked = [MARKS[s] + ctx.name(u) for s, u in zip(rows["side"], rows["unit"], strict=True)]
    rows = rows.assign(name=axis_names(marked))
    colours = {UPPER: ctx.colours.good, LOWER: ctx.colours.bad, REST: ctx.colours.neutral}
    made = figure(hovermode="closest")
    for side in (UPPER, REST, LOWER):
        part = rows[rows["side"] == side]
        if part.empty:
            continue
        middle = part["rank_expected"].astype(float)
        made.add_trace(
            go.Scatter(
                x=middle, y=part["name"], mode="markers", name=ctx.say(f"board.{side}"),
                customdata=[_hover(ctx, row) for row in part.to_dict("records")],
                marker={"size": 9, "color": colours[side]},
                error_x={
                    "type": "data", "array": part["rank_high"].astype(float) - middle,
                    "arrayminus": middle - part["rank_low"].astype(float),
                    "thickness": 6, "width": 0, "color": fade(colours[side], 0.4),
                },
                hovertemplate="%{customdata}<extra></extra>",
            )
        )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=rows["rank"].astype(float), y=rows["name"], mode="markers", hoverinfo="skip",
            name=ctx.say("board.raw_place"),
            marker={
                "symbol": "diamond-open", "size": 8, "color": ctx.colours.text, "line": {"width": 1.5},
            },
        )
    )  # fmt: skip
    made.add_vline(
        x=(told.of + 1) / 2, line={"dash": "dash", "color": ctx.colours.muted, "width": 1.5}
    )
    down_names(made, ctx.colours)
    made.update_yaxes(categoryorder="array", categoryarray=rows["name"].tolist())
    made.update_xaxes(
        range=[-0.02 * told.of, 1.02 * told.of + 1],
        showgrid=True,
        title=ctx.say("board.axis"),
        tickformat=",d",
    )
    return made


def _hover(ctx: Context, row: dict[Any, Any]) -> str:
    return ctx.say(
        "board.hover",
        unit=ctx.name(str(row["unit"])), rank=row["rank"],
        score=fmt.number(_float(row["score"]), ctx.lang, 2),
        expected=fmt.number(_float(row["rank_expected"]), ctx.lang),
        low=row["rank_low"], high=row["rank_high"], of=row["of"],
        top=fmt.percent(_float(row["top_tenth"]), ctx.lang, 0),
        bottom=fmt.percent(_float(row["bottom_tenth"]), ctx.lang, 0),
    )  # fmt: skip


def _float(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


# -- the table -----------------------------------------------------------------
def columns(ctx: Context) -> list[Column]:
    """The columns of the fair table."""
    said = ctx.say
    more = 22 * (ctx.lang == "en")
    return [
        Column("unit", said("board.table.unit"), "", 150, True, text=True),
        Column(
            "interval", said("board.table.interval"), said("fair.rank_interval_help"), 84 + more
        ),
        Column("tier", said("board.table.tier"), said("fair.tier_help"), 58),
        Column("rank", said("board.table.rank"), said("fair.raw_table_help"), 76 + more),
        Column("score", said("board.table.score"), "", 76),
        Column("shrunken", said("board.table.shrunken"), said("fair.shrunken_help"), 136),
        Column("top_tenth", said("board.table.top"), said("fair.top_tenth"), 68 + more),
        Column("bottom_tenth", said("board.table.bottom"), said("fair.bottom_tenth"), 68 + more),
        Column("n", said("board.table.n"), said("page.rankings.n_help"), 72),
    ]


def cells(ctx: Context, mine: pd.DataFrame) -> pd.DataFrame:
    """The fair table's cells: numbers that sort, with their words."""
    lang = ctx.lang
    out = [
        {
            "unit": ("★ " if row["unit"] in ctx.view.units else "") + ctx.name(row["unit"]),
            "interval": Cell(
                row["rank_expected"],
                ctx.say("board.table.interval_text", low=row["rank_low"], high=row["rank_high"]),
            ),
            "tier": Cell(row["tier"], fmt.number(row["tier"], lang)),
            "rank": Cell(row["rank"], fmt.number(row["rank"], lang)),
            "score": Cell(row["score"], fmt.number(row["score"], lang, 2)),
            "shrunken": Cell(
                row["shrunken"],
                f"{fmt.number(row['shrunken'], lang, 2)} "
                f"({fmt.number(row['shrunken_low'], lang, 1)}–{fmt.number(row['shrunken_high'], lang, 1)})",
            ),
            "top_tenth": Cell(row["top_tenth"], fmt.percent(row["top_tenth"], lang, 0)),
            "bottom_tenth": Cell(row["bottom_tenth"], fmt.percent(row["bottom_tenth"], lang, 0)),
            "n": Cell(row["n"], fmt.number(row["n"], lang), ctx.colours.muted if row["small"] else ""),
        }
        for row in mine.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(out, columns=[c.key for c in columns(ctx)], dtype="object")


def _table(ctx: Context, league: League, mine: pd.DataFrame, unit: str) -> None:
    units = mine["unit"].tolist()
    title = f"**{escape(ctx.say('board.table.title'))}**"
    st.markdown(f"{title}  \n:small[:gray[{escape(ctx.say('board.table.note'))}]]")
    tables.show(
        cells(ctx, mine), columns(ctx), key=f"fair-{league.group}-{ctx.lang}",
        alt=ctx.say("board.table.title"), empty="", most=560, strong=("interval",),
        selected=units.index(unit) if unit in units else None,
        on_select=lambda row: choice.keep("unit", None if row is None else units[row]),
    )  # fmt: skip
    download(
        ctx, lambda: export(ctx, mine), key=f"fair-{league.group}",
        notes=[ctx.say("fair.rank_interval_help"), ctx.say("fair.tier_help")],
    )  # fmt: skip


def export(ctx: Context, mine: pd.DataFrame) -> pd.DataFrame:
    """The fair table as plain numbers."""
    said = ctx.say
    names: Sequence[tuple[str, str]] = (
        ("rank", said("board.table.rank")), ("rank_expected", said("board.expected")),
        ("rank_low", said("board.table.low", name=said("board.table.interval"))),
        ("rank_high", said("board.table.high", name=said("board.table.interval"))),
        ("tier", said("board.table.tier")), (SCORE, said("board.table.score")),
        ("shrunken", said("board.table.shrunken")),
        ("shrunken_low", said("board.table.low", name=said("board.table.shrunken"))),
        ("shrunken_high", said("board.table.high", name=said("board.table.shrunken"))),
        ("top_tenth", said("fair.top_tenth")), ("bottom_tenth", said("fair.bottom_tenth")),
        ("upper", said("board.upper")), ("lower", said("board.lower")), ("n", said("board.table.n")),
    )  # fmt: skip
    out = pd.DataFrame({said("board.table.unit"): [ctx.name(u) for u in mine["unit"]]})
    return out.assign(**{label: mine[key].to_numpy() for key, label in names})


def _notes(ctx: Context, league: League, made: Fair) -> None:
    lines = fair_text.apart_lines(ctx, league)
    lines += fair_text.mix_lines(ctx, fair_data.mix_of(ctx, made), league.group)
    lines.append(ctx.say("board.joint"))
    st.caption("  \n".join(escape(line) for line in lines))
