"""Below the forecast of volumes: next month's rates, and the work that units must expect."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data.refresh.forecast_inputs import month_rule
from metrics.periods import containing
from ui import ahead, charts, choice, read, tables
from ui import forecast as asks
from ui import forecast_text as text
from ui.context import Context, period_words
from ui.forecast import Node
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column, headings
from words import format as fmt


def rates(ctx: Context) -> None:
    """Each district's rate in the month that runs or comes, with its range and tried error."""
    found = ahead.forecast_rates()
    if found.empty:
        with panel(ctx.say("page.forecast.rates"), key="forecast-rates"):
            no_data(ctx)
        return
    known = read.schemes()
    scheme = known.get(str(found["scheme"].iloc[0]), ctx.scheme)
    names = {item.id: ctx.names_of(item.names) for item in scheme.indicators}
    listed = [code for code in found["indicator"].unique() if code in names]
    code = choice.chosen("rate", listed, listed[0])
    rows = found[found["indicator"] == code]
    city = rows[rows["district"].isna()]
    mine = rows[rows["district"].notna() & rows["expected"].notna()]
    if ctx.view.districts:
        mine = mine[mine["district"].isin(ctx.view.districts)]
    mine = mine.sort_values("expected", ascending=False)
    period = containing(month_rule(scheme), pd.Timestamp(found["start_day"].iloc[0]))
    title = ctx.say(
        "page.forecast.rates_title", indicator=names[code], period=period_words(period, ctx.lang),
        city=fmt.percent(_first(city, "expected"), ctx.lang),
        low=fmt.percent(_first(city, "low_80"), ctx.lang),
        high=fmt.percent(_first(city, "high_80"), ctx.lang),
    )  # fmt: skip
    note = ctx.say("page.forecast.rates_note")
    with panel(title, note, key="forecast-rates"):
        choice.choose(
            ctx, "rate", listed, listed[0], title=ctx.say("page.forecast.rate"), bare=True,
            label=lambda one: names[one], kind="segments",
        )  # fmt: skip
        if mine.empty:
            no_data(ctx)
            return
        labels = [
            ctx.say(
                "page.forecast.rate_text", value=fmt.percent(row["expected"], ctx.lang),
                low=fmt.percent(row["low_80"], ctx.lang), high=fmt.percent(row["high_80"], ctx.lang),
                last=fmt.percent(row["last"], ctx.lang), error=_points(ctx, row["mae"]),
                months=fmt.number(None if pd.isna(row["months"]) else row["months"], ctx.lang),
            )
            for row in mine.to_dict("records")
        ]  # fmt: skip
        made = charts.dots(
            [ctx.name(code) for code in mine["district"]],
            mine["expected"].tolist(), mine["low_80"].tolist(), mine["high_80"].tolist(),
            ctx.colours, text=labels, reference=_first(city, "expected"),
        )  # fmt: skip
        made.update_xaxes(tickformat=".1%")
        chart(
            made, key=f"rates-{code}-{ctx.lang}", alt=title,
            height=max(200, 22 * len(mine) + 50),
        )  # fmt: skip
        st.caption(escape(_tried(ctx, city)))
        download(ctx, rows, key=f"forecast-rate-{code}", notes=[title, note])


def _tried(ctx: Context, city: pd.DataFrame) -> str:
    months = _first(city, "months")
    if not months:
        return ctx.say("page.forecast.rates_untested")
    return ctx.say(
        "page.forecast.rates_tried", months=fmt.number(months, ctx.lang),
        mae=_points(ctx, _first(city, "mae")), last=_points(ctx, _first(city, "mae_last_month")),
        three=_points(ctx, _first(city, "mae_three_months")),
    )  # fmt: skip


def _points(ctx: Context, share: float | None) -> str:
    if share is None or pd.isna(share):
        return fmt.number(None, ctx.lang)
    return ctx.say("page.forecast.points", n=fmt.number(100 * share, ctx.lang, 1))


def _first(rows: pd.DataFrame, name: str) -> float | None:
    if rows.empty or pd.isna(rows[name].iloc[0]):
        return None
    return float(rows[name].iloc[0])


def staffing(ctx: Context, node: Node) -> None:
    """Orders that each unit must expect next week, per head and at the upper end."""
    found = staff(ctx, node)
    with panel(
        ctx.say("page.forecast.staff_title", name=_what(ctx, node)),
        ctx.say("page.forecast.staff_note"), key="forecast-staff",
    ):  # fmt: skip
        if found.empty:
            no_data(ctx)
            return
        columns, table = _columns(ctx), cells(ctx, found)
        tables.show(
            table.head(9) if ctx.view.present else table, columns, key=f"forecast-staff-{ctx.lang}",
            alt=ctx.say("page.forecast.staff_note"), empty=ctx.say("format.no_data"),
            strong=("per_head",), most=400,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(table, columns, ctx), key="forecast-staff",
                 notes=[ctx.say("page.forecast.staff_note")])  # fmt: skip


def staff(ctx: Context, node: Node) -> pd.DataFrame:
    """Units under the filters: next week's expected orders, upper end, staff, both per head."""
    keys = {k: v for k, v in asks.fixed(node).items() if k == "category1"}
    found = asks.matching(ahead.forecast_week(), keys, "unit").dropna(subset=["unit"])
    facts = read.units().drop_duplicates("unit")
    found = found.drop(columns="district").merge(
        facts[["unit", "unit_type", "district", "staff"]], on="unit", how="left"
    )
    view = ctx.view
    for column, wanted in (
        ("district", view.districts), ("unit", view.units), ("unit_type", view.unit_types),
    ):  # fmt: skip
        if wanted:
            found = found[found[column].isin(wanted)]
    heads = found["staff"].astype(float).where(found["staff"].fillna(0) > 0)
    found = found.assign(
        per_head=found["expected"] / heads, per_head_high=found["high_95"] / heads, staff=heads
    )
    return found.sort_values("per_head", ascending=False, na_position="last", ignore_index=True)


def _what(ctx: Context, node: Node) -> str:
    category = asks.fixed(node).get("category1")
    return ctx.name(category) if category else ctx.say("page.alerts.all_categories")


def _columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.forecast.staff")
    return [
        column("unit", 240, plain=True), column("staff", 60), column("expected", 76),
        column("high", 76), column("per_head", 76), column("per_head_high", 100),
        column("change", 70), column("verdict", 180, plain=True),
    ]  # fmt: skip


def cells(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    """The table of units in words and numbers."""
    out = []
    for row in found.to_dict("records"):
        moved = text.change(row["expected"], row["usual"])
        known = not pd.isna(row["staff"])
        out.append(
            {
                "unit": ctx.name(row["unit"]),
                "staff": Cell(row["staff"], fmt.number(row["staff"], ctx.lang)) if known else None,
                "expected": Cell(row["expected"], text.orders(ctx, row["expected"])),
                "high": Cell(row["high_95"], fmt.number(row["high_95"], ctx.lang)),
                "per_head": Cell(row["per_head"], fmt.number(row["per_head"], ctx.lang, 2))
                if known else None,
                "per_head_high": Cell(
                    row["per_head_high"], fmt.number(row["per_head_high"], ctx.lang, 2)
                ) if known else None,
                "change": None if moved is None else Cell(moved, text.changed(ctx, moved)),
                "verdict": text.short_verdict(ctx, row),
            }
        )  # fmt: skip
    return pd.DataFrame(out, columns=[c.key for c in _columns(ctx)], dtype=object)
