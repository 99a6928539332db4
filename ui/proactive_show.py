"""Proactive work, drawn: the list of effects, one of them in full, the league of units."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data.records import Record
from data.registers import ACTION
from ui import ahead, choice, effect_show, effect_text, proactive, read, tables
from ui import view as views
from ui.charts import axis_names, dots
from ui.context import Context
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

PICKED = "rec"
LEAGUE = 16
WALL = 12


def effects(ctx: Context) -> None:
    """The whole part: list, one effect, league."""
    found = proactive.listed(ctx)
    st.markdown(f"#### {escape(proactive.headline(ctx, found))}")
    picked = _list(ctx, found)
    if picked is not None:
        record = next(r for r in read.recorded(ACTION) if r.id == picked)
        _one(ctx, record)
    league(ctx, found)


# -- the list ------------------------------------------------------------------------
def _list(ctx: Context, found: pd.DataFrame) -> str | None:
    which = choice.choose(
        ctx, "which", ["judged", "every"], "judged", title=ctx.say("page.proactive.which"),
        label=lambda code: ctx.say(f"page.proactive.which_{code}"), kind="segments", bare=True,
    )  # fmt: skip
    rows = found if which == "every" else found[found["verdict"] != "too_little"]
    rows = rows.reset_index(drop=True)
    ids = rows["record"].astype("str").tolist()
    wanted = choice.chosen(PICKED, ids, ids[0] if ids else "")

    def choose(row: int | None) -> None:
        choice.keep(PICKED, None if row is None else ids[row])

    little = found[found["verdict"] == "too_little"]
    title = ctx.say("page.proactive.list_title", n=fmt.number(len(rows), ctx.lang))
    note = ctx.say("page.proactive.list_note", little=fmt.number(len(little), ctx.lang))
    with panel(title, note, key="effects"):
        if rows.empty:
            no_data(ctx, "page.proactive.list_none")
            return None
        columns, cells = _columns(ctx), _cells(ctx, rows)
        tables.show(
            cells.head(WALL) if ctx.view.present else cells, columns, key=f"effects-{ctx.lang}",
            alt=title, empty="–", strong=("verdict",), most=360,
            selected=ids.index(wanted) if wanted in ids and not ctx.view.present else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: export(ctx, rows), key="effects", notes=[note])
    return wanted or None


def _columns(ctx: Context) -> list[Column]:
    def column(name: str, width: int, *, text: bool = False) -> Column:
        return Column(
            name, ctx.say(f"page.proactive.column.{name}"),
            ctx.say(f"page.proactive.column_help.{name}"), width, text=text,
        )  # fmt: skip

    wide = 40 if ctx.lang == "en" else 0
    return [
        column("verdict", 150 + wide, text=True), column("unit", 130 + wide, text=True),
        column("what", 230, text=True), column("place", 110 + wide, text=True),
        column("category", 190 + wide, text=True), column("start", 110), column("observed", 70),
        column("expected", 80), column("ratio", 80), column("interval", 110), column("p", 80),
        column("weeks", 70),
    ]  # fmt: skip


def _cells(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    out = []
    for row in rows.to_dict("records"):
        body: dict[str, Any] = row["body"]
        start = pd.Timestamp(body["start"]).date()
        code = str(row["verdict"])
        words = effect_text.verdict(ctx, code, final=bool(row["final"]))
        if code == "too_little":
            words = effect_text.reason(ctx, str(row["reason"]))
        ratio = row["ratio"]
        out.append(
            {
                "verdict": Cell(row["rank"], words, effect_text.colour(ctx, code)),
                "unit": ctx.name(body["unit"]), "what": body["what"],
                "place": effect_text.place(ctx, body), "category": effect_text.category(ctx, body),
                "start": Cell(start.toordinal(), fmt.day(start, ctx.lang)),
                "observed": _number(ctx, row["observed"], 0),
                "expected": None if pd.isna(row["expected"]) else Cell(row["expected"], effect_text.few(ctx, row["expected"])),
                "ratio": None if pd.isna(ratio) else Cell(ratio, fmt.percent(ratio, ctx.lang, 0)),
                "interval": None if pd.isna(ratio) else Cell(row["high_95"], effect_text.span(ctx, row["low_95"], row["high_95"])),
                "p": None if pd.isna(row["p"]) else Cell(row["p"], fmt.percent(row["p"], ctx.lang, 1)),
                "weeks": _number(ctx, row["weeks"], 0),
            }
        )  # fmt: skip
    return pd.DataFrame(out, columns=[c.key for c in _columns(ctx)], dtype=object)


def _number(ctx: Context, value: Any, digits: int) -> Cell | None:
    return None if pd.isna(value) else Cell(value, fmt.number(float(value), ctx.lang, digits))


def export(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    """The list with every number of the measurement."""
    bodies = rows["body"].tolist()
    plain = {
        "unit": [ctx.name(b["unit"]) for b in bodies], "what": [b["what"] for b in bodies],
        "place": [effect_text.place(ctx, b) for b in bodies],
        "category": [b.get("category") for b in bodies],
        "verdict": [ctx.say(f"effect.verdict.{v}") for v in rows["verdict"]],
        "reason": [effect_text.reason(ctx, str(r)) for r in rows["reason"]],
        "final": [ctx.say(f"value.bool.{'true' if f else 'false'}") for f in rows["final"]],
    }  # fmt: skip
    out = {ctx.say(f"page.proactive.column.{name}"): values for name, values in plain.items()}
    for name in ("start_day", "first_day", "last_day", "observed", "expected", "ratio", "low_80",
                 "high_80", "low_95", "high_95", "p", "wander", "weeks", "before", "events",
                 "compared", "placebos"):  # fmt: skip
        out[ctx.say(f"effect.column.{name}")] = rows[name].tolist()
    return pd.DataFrame(out)


# -- one -----------------------------------------------------------------------------
def _one(ctx: Context, record: Record) -> None:
    body = record.body
    st.markdown(f"### {escape(ctx.name(body['unit']))} · {escape(str(body['what']))}")
    effect_show.show(ctx, ahead.effect(record), effect_text.what(ctx, body), key="action")
    if ctx.view.present:
        return
    link = {**views.params(ctx.view), "part": "register", "span": "all", PICKED: record.id}
    st.page_link(
        "pages/proactive.py", label=ctx.say("page.proactive.open_record"),
        icon=":material/arrow_forward:", query_params=link,
    )  # fmt: skip


# -- the league ------------------------------------------------------------------------
def league(ctx: Context, found: pd.DataFrame) -> None:
    """Units by the effect of all they did."""
    rows = proactive.league(found)
    clear = int((rows["verdict"] == "fell").sum())
    title = ctx.say("page.proactive.league_title", n=fmt.number(len(rows), ctx.lang), clear=clear)
    with panel(title, ctx.say("page.proactive.league_note"), key="league"):
        if rows.empty:
            no_data(ctx, "page.proactive.league_none")
            return
        left, right = st.columns([5, 7], gap="small")
        with left:
            _league_figure(ctx, rows[~rows["small"]].head(LEAGUE), title)
        with right:
            columns = _league_columns(ctx)
            tables.show(
                _league_cells(ctx, rows), columns, key=f"league-{ctx.lang}", alt=title, empty="–",
                strong=("ratio",), most=420,
            )  # fmt: skip
        download(ctx, lambda: _league_export(ctx, rows), key="league")


def _league_figure(ctx: Context, rows: pd.DataFrame, title: str) -> None:
    if rows.empty:
        st.caption(ctx.say("page.proactive.league_small"))
        return
    made = dots(
        axis_names(ctx.name(u) for u in rows["unit"]), rows["ratio"], rows["low_95"],
        rows["high_95"].clip(upper=4), ctx.colours, reference=1.0,
        text=[f"{fmt.percent(r, ctx.lang, 0)}（{effect_text.span(ctx, a, b)}）" if ctx.lang == "zh"
              else f"{fmt.percent(r, ctx.lang, 0)} ({effect_text.span(ctx, a, b)})"
              for r, a, b in zip(rows["ratio"], rows["low_95"], rows["high_95"], strict=True)],
        colour=[effect_text.colour(ctx, v) for v in rows["verdict"]],
    )  # fmt: skip
    chart(made, key=f"league-chart-{ctx.lang}", alt=title, height=max(220, 26 * len(rows) + 90))


def _league_columns(ctx: Context) -> list[Column]:
    widths = {"unit": 150, "actions": 80, "judged": 90, "fell": 80, "observed": 80, "expected": 80,
              "ratio": 90, "interval": 110, "verdict": 150}  # fmt: skip
    return [
        Column(
            name, ctx.say(f"page.proactive.league.{name}"), ctx.say(f"page.proactive.league_help.{name}"),
            width, text=name in ("unit", "verdict"),
        )
        for name, width in widths.items()
    ]  # fmt: skip


def _league_cells(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    out = []
    for row in rows.to_dict("records"):
        code = str(row["verdict"])
        out.append(
            {
                "unit": ctx.name(row["unit"]), "actions": _number(ctx, row["actions"], 0),
                "judged": _number(ctx, row["judged"], 0), "fell": _number(ctx, row["fell"], 0),
                "observed": _number(ctx, row["observed"], 0),
                "expected": Cell(row["expected"], effect_text.few(ctx, row["expected"])),
                "ratio": None if row["small"] else Cell(row["ratio"], fmt.percent(row["ratio"], ctx.lang, 0)),
                "interval": None if row["small"] else Cell(row["high_95"], effect_text.span(ctx, row["low_95"], row["high_95"])),
                "verdict": Cell(row["small"], effect_text.verdict(ctx, code), effect_text.colour(ctx, code)),
            }
        )  # fmt: skip
    return pd.DataFrame(out, columns=[c.key for c in _league_columns(ctx)], dtype=object)


def _league_export(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    out = rows.assign(
        unit=[ctx.name(u) for u in rows["unit"]],
        verdict=[ctx.say(f"effect.verdict.{v}") for v in rows["verdict"]],
    ).drop(columns="small")
    known = {"unit", "actions", "judged", "fell", "verdict"}
    return out.rename(
        columns={
            c: ctx.say(f"page.proactive.league.{c}" if c in known else f"effect.column.{c}")
            for c in out.columns
        }
    )
