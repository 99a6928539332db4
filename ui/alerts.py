"""What the alerts page knows: the alerts under the filters, said in words. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from data.refresh import Run
from metrics.conditions import Condition, both, test
from metrics.selection import PATH
from ui import ahead
from ui.context import Context
from words import format as fmt

NOW, YEAR = "now", "year"
Alert = Mapping[Any, Any]
SEASONAL = 1.5
"""Up to so many times last year's same days it is called what comes every year."""


def shown(ctx: Context, which: str) -> pd.DataFrame:
    """The alerts under the filters for places and categories, most important first; alerts that repeat
    another one are left out."""
    found = ahead.alerts()
    found = found[found["part_of"].isna()]
    if which == NOW:
        found = found[found["ongoing"].astype(bool)]
    view = ctx.view
    if view.districts:
        found = found[found["district"].isin(view.districts)]
    if view.categories:
        below = tuple(path + PATH for path in view.categories)
        names = found["category"].fillna("").astype("str")
        found = found[names.isin(view.categories) | names.str.startswith(below)]
    return found.reset_index(drop=True)


def place(ctx: Context, alert: Alert) -> str:
    """Where: a district, or the whole city."""
    code = alert.get("district")
    return ctx.name(code) if isinstance(code, str) else ctx.say("page.alerts.whole_city")


def category(ctx: Context, alert: Alert) -> str:
    """What: a category with its levels, or all."""
    code = alert.get("category")
    return ctx.path_name(code) if isinstance(code, str) else ctx.say("page.alerts.all_categories")


def day(value: Any) -> date:
    """A stored day."""
    return pd.Timestamp(value).date()


def sentence(ctx: Context, alert: Alert) -> str:
    """One alert to be read out: what, where, since when, how much instead of how much."""
    text = ctx.say(
        "page.alerts.sentence",
        place=place(ctx, alert), category=category(ctx, alert),
        start=fmt.day(day(alert["start_day"]), ctx.lang, year=False),
        until=fmt.day(day(alert["until_day"]), ctx.lang, year=False),
        n=fmt.number(alert["observed"], ctx.lang),
        expected=expected(ctx, alert), ratio=ratio(ctx, alert),
    )  # fmt: skip
    return text + last_year(ctx, alert)


def expected(ctx: Context, alert: Alert) -> str:
    """How many were expected; a decimal where that is few."""
    value = float(alert["expected"])
    return fmt.number(value, ctx.lang, 0 if value >= 10 else 1)


def ratio(ctx: Context, alert: Alert) -> str:
    """How many times as many as expected; beyond twenty the number says nothing."""
    value = float(alert["ratio"])
    if value > 20:
        return ctx.say("page.alerts.many")
    return ctx.say("page.alerts.times", n=fmt.number(value, ctx.lang, 1))


def last_year(ctx: Context, alert: Alert) -> str:
    """What the same days brought last year, where that is known."""
    then = alert.get("last_year")
    if then is None or pd.isna(then):
        return ""
    key = "as_last_year" if alert["observed"] <= SEASONAL * then else "last_year"
    return ctx.say(f"page.alerts.{key}", n=fmt.number(then, ctx.lang))


def headline(ctx: Context, found: pd.DataFrame) -> str:
    """How many are going on, how many of them urgent, and the most important one."""
    if found.empty:
        return ctx.say("page.alerts.none")
    head = ctx.say(
        "page.alerts.headline",
        n=fmt.number(len(found), ctx.lang), urgent=fmt.number(int(found["urgent"].sum()), ctx.lang),
    )  # fmt: skip
    return head + sentence(ctx, found.iloc[0].to_dict())


def promise(ctx: Context, run: Run) -> str:
    """What the budget buys, and that the true rate is unknown."""
    series = run.facts.get("series", {})
    return ctx.say(
        "page.alerts.promise",
        series=fmt.number(sum(series.values()), ctx.lang),
        day=fmt.number(run.facts.get("false_per_day", 0.0), ctx.lang, 1),
        as_of=fmt.day(run.as_of, ctx.lang),
    )  # fmt: skip


def state(ctx: Context, alert: Alert) -> str:
    """What was done: new, seen, with whom and until when, how it was closed."""
    code = str(alert["state"])
    if code == "assigned":
        due = alert.get("due")
        unit = ctx.name(alert.get("unit"))
        if isinstance(due, str):
            when = fmt.day(date.fromisoformat(due), ctx.lang, year=False)
            return ctx.say("page.alerts.assigned_until", unit=unit, due=when)
        return ctx.say("page.alerts.assigned_to", unit=unit)
    if code == "closed":
        return ctx.say(f"page.alerts.closed_{alert['verdict']}")
    return ctx.say(f"page.alerts.state.{code}")


def behind(alert: Alert) -> Condition:
    """The orders that the alert is made of."""
    start = pd.Timestamp(alert["start_day"])
    end = pd.Timestamp(alert["until_day"]) + pd.Timedelta(days=1)
    parts = [test("created_at", "ge", start.isoformat()), test("created_at", "lt", end.isoformat())]
    if isinstance(alert.get("district"), str):
        parts.append(test("district", "eq", alert["district"]))
    path = alert.get("category")
    if isinstance(path, str):
        levels = path.split(PATH)
        parts += [test(f"category{k + 1}", "eq", level) for k, level in enumerate(levels)]
    return both(*parts)


def similar(found: pd.DataFrame, alert: Alert) -> pd.DataFrame:
    """Earlier episodes of the same category, the same place first, newest first."""
    older: pd.DataFrame = found[
        (found["alert"] != alert["alert"]) & (found["until_day"] < alert["start_day"])
    ]
    path = alert.get("category")
    older = (
        older[older["category"] == path]
        if isinstance(path, str)
        else older[older["category"].isna()]
    )
    here = older["district"].fillna("") == (alert.get("district") or "")
    older = older.assign(here=here)
    return older.sort_values(["here", "start_day"], ascending=False).head(8)
