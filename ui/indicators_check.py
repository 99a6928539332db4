"""The check beside the builder: what the draft says in words, and what it says of the data."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from metrics.conditions import Condition, fields_of
from metrics.indicators import Indicator
from ui import drill, rate_words, read, tables
from ui import indicators_numbers as numbers
from ui import indicators_text as text
from ui.charts import Line, trend
from ui.context import Context
from ui.indicators_numbers import Check
from ui.orders_list import readable
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column
from ui.values import column
from words import format as fmt

MOST_FIELDS = 5
"""How many of the fields that a condition reads are shown beside an order."""


def sentence(ctx: Context, indicator: Indicator) -> None:
    """The draft in words, at once."""
    with panel(ctx.say("indicators.check.words"), key="ind-words"):
        st.markdown(escape(text.formula(indicator, ctx.lang)))
        if indicator.missing is not None:
            words = text.condition(ctx, indicator.missing)
            st.caption(escape(ctx.say("indicators.check.missing_words", words=words)))


def result(ctx: Context, indicator: Indicator, found: Check) -> None:
    """Value, numerator, denominator, missing, bounds; then what stands out."""
    whole = found.whole
    name = "" if indicator.names.get(ctx.lang) == "–" else ctx.names_of(indicator.names)
    title = ctx.say(
        "indicators.check.title", name=name or ctx.say("indicators.check.unnamed"),
        value=rate_words.value(ctx, indicator, whole.value),
    )  # fmt: skip
    with panel(title, " · ".join([ctx.period_label(), *ctx.narrowed_by()]), key="ind-check"):
        st.markdown("  \n".join(escape(line) for line in _lines(ctx, indicator, found)))
        for label in found.warnings:
            words = escape(text.warning(ctx, label))
            blocks = label.code.endswith(".twice")
            (st.error if blocks else st.warning)(words, icon=":material/rule:")
        if not found.warnings:
            st.caption(ctx.say("indicators.check.clean"))
    _months(ctx, indicator, found.months)


def _lines(ctx: Context, indicator: Indicator, found: Check) -> list[str]:
    whole = found.whole
    if whole.value is None:
        return [ctx.say("indicators.check.no_data")]
    digits = 1 if any(piece.weight != 1 for piece in indicator.numerator) else 0
    above = fmt.number(whole.numerator, ctx.lang, digits)
    code = "counts" if indicator.kind == "rate" else "residents"
    out = [
        ctx.say(
            f"indicators.check.{code}", numerator=above, n=fmt.number(whole.n, ctx.lang)
        )
    ] if code == "counts" else [ctx.say("indicators.check.residents", numerator=above)]  # fmt: skip
    around = rate_words.interval(ctx, indicator, whole.low, whole.high)
    out.append(ctx.say("indicators.check.interval", interval=around))
    if whole.missing is not None:
        out.append(
            ctx.say(
                "indicators.check.missing", n=fmt.number(whole.missing, ctx.lang),
                bounds=rate_words.interval(ctx, indicator, whole.bound_low, whole.bound_high),
            )
        )  # fmt: skip
    if indicator.target is not None:
        gap = rate_words.difference(ctx, indicator, whole.value - indicator.target.value)
        out.append(ctx.say("indicators.check.target", target=text.target(ctx, indicator), gap=gap))
    return out


def _months(ctx: Context, indicator: Indicator, months: pd.DataFrame) -> None:
    title = ctx.say("indicators.check.months")
    with panel(title, ctx.say("indicators.check.months_note"), key="ind-months"):
        if months["value"].isna().all():
            no_data(ctx)
            return
        scale = rate_words.scale(indicator)
        shown = months.astype({"value": "object"})
        values = [None if pd.isna(v) else float(v) * scale for v in shown["value"]]
        said = [_hover(ctx, indicator, row) for _, row in months.iterrows()]
        made = trend(
            [
                Line(
                    ctx.say("indicators.check.months"), months["month"].tolist(), values,
                    low=(months["low"] * scale).tolist(), high=(months["high"] * scale).tolist(),
                    text=said,
                )
            ],
            ctx.colours, percent=rate_words.plain_percent(indicator),
            template="%{customdata}<extra></extra>",
        )  # fmt: skip
        every = months["month"].iloc[::3]
        made.update_xaxes(
            tickmode="array", tickvals=every.tolist(),
            ticktext=[fmt.month(m.date(), ctx.lang) for m in every],
            unifiedhovertitle={"text": " "},
        )  # fmt: skip
        made.update_traces(mode="lines+markers", selector={"fill": None, "hoverinfo": None})
        chart(made, key="ind-months-chart", alt=title, height=190)


def _hover(ctx: Context, indicator: Indicator, row: pd.Series) -> str:
    partial = ctx.say("indicators.check.partial") if row["partial"] else ""
    return ctx.say(
        "indicators.check.month", month=fmt.month(row["month"].date(), ctx.lang),
        value=rate_words.value(ctx, indicator, row["value"]),
        n=fmt.number(row["n"], ctx.lang), partial=partial,
    )  # fmt: skip


def districts(ctx: Context, indicator: Indicator, found: Check) -> None:
    """The indicator per district as a table."""
    title = ctx.say("indicators.check.districts")
    with panel(title, ctx.period_label(), key="ind-districts"):
        if found.districts.empty:
            no_data(ctx)
            return
        columns = [
            Column("district", ctx.say("ui.filter.districts"), "", 130, True, text=True),
            Column("value", ctx.say("indicators.list.value"), "", 190),
            Column("n", "n", ctx.say("indicators.n_help"), 80),
        ]
        if indicator.missing is not None:
            columns.append(Column("missing", ctx.say("indicators.check.missing_column"), "", 90))
        shown = pd.DataFrame(
            {
                "district": [ctx.name(code) for code in found.districts["district"]],
                **{
                    name: pd.Series(
                        [_cell(ctx, indicator, name, row) for _, row in found.districts.iterrows()],
                        dtype="object",
                    )
                    for name in ("value", "n", "missing")
                },
            }
        )
        tables.show(
            shown, columns, key=f"ind-districts-{ctx.lang}", alt=title,
            empty=fmt.number(None, ctx.lang), most=330,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(shown, columns, ctx), key="indicator-districts")


def _cell(ctx: Context, indicator: Indicator, name: str, row: pd.Series) -> Cell | None:
    if pd.isna(row[name]):
        return None
    if name != "value":
        return Cell(row[name], fmt.number(row[name], ctx.lang))
    words = rate_words.value(ctx, indicator, row["value"])
    around = rate_words.interval(ctx, indicator, row["low"], row["high"])
    return Cell(row["value"], f"{words}  ({around})")


def examples(ctx: Context, indicator: Indicator) -> None:
    """Ten orders in the numerator and ten that are counted but not in it, with the way to all."""
    excluded = ctx.scheme.excluded
    inside = numbers.hits(indicator, excluded)
    outside = numbers.misses(indicator, excluded)
    left, right = st.columns(2, gap="small")
    with left:
        _some(ctx, indicator, inside, "in")
    with right:
        if outside is not None:
            _some(ctx, indicator, outside, "out")


def _some(ctx: Context, indicator: Indicator, which: Condition, side: str) -> None:
    frame, total = numbers.examples(ctx, indicator, which)
    title = ctx.say(f"indicators.check.examples_{side}", n=fmt.number(total, ctx.lang))
    with panel(title, ctx.period_label(), key=f"ind-examples-{side}"):
        if not total:
            no_data(ctx, "indicators.check.no_examples")
            return
        shown = _readable(ctx, frame, indicator)
        own = ("text", "category", "place")
        config = {
            name: st.column_config.TextColumn(
                ctx.say(f"page.orders.column.{name}" if name in own else f"field.{name}"),
                width="medium" if name == "text" else None,
            )
            for name in shown.columns
        }
        st.dataframe(
            shown, key=f"ind-some-{side}-{ctx.lang}", hide_index=True, column_config=config,
            height=tables.ROW * (len(shown) + 1) + 3, alt=title, placeholder=fmt.number(None, ctx.lang),
        )  # fmt: skip
        code = drill.compact(which)
        if len(code) < drill.LONGEST:
            st.page_link(
                "pages/orders.py", label=ctx.say("indicators.check.all_orders"),
                icon=":material/receipt_long:",
                query_params=drill.drill(ctx, which, clock=indicator.clock),
            )  # fmt: skip


def _readable(ctx: Context, frame: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """Orders in words: what they are, then the fields that decide, then where they belong."""
    said = readable(ctx, frame)
    conditions = [piece.condition for piece in indicator.numerator]
    conditions += [indicator.denominator] if indicator.denominator else []
    used = dict.fromkeys(name for c in conditions for name in fields_of(c))
    name = text.naming(ctx.lang)
    first = [c for c in ("order_id", "created_at", "text") if c in said]
    out = said[first].copy()
    told = (*first, "title", "content", "category1", "category2", "district", "street", "unit")
    for field in [f for f in used if f not in told and f in frame][:MOST_FIELDS]:
        out[field] = column(frame, field, ctx.lang, name)
    for field in ("category", "place", "unit"):
        if field in said and field not in out:
            out[field] = said[field]
    return out


def known_elsewhere(ctx: Context, mine: str) -> dict[str, Indicator]:
    """Every other indicator that a draft could be the same as."""
    known = {i.id: i for i in ctx.scheme.indicators} | read.indicators()
    return {code: indicator for code, indicator in known.items() if code != mine}
