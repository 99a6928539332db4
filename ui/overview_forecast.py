"""The Overview's look ahead from the stored forecast, where there is one of the present data."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from forecasting.expected import Outlook
from metrics.selection import PATH
from ui import ahead
from ui import forecast as asks
from ui import forecast_text as text
from ui.context import Context
from ui.forecast import Node
from ui.overview_rises import last_day
from words import format as fmt


@dataclass(frozen=True)
class Stored:
    """The series that the filters ask for, and its next week."""

    node: Node
    week: Node

    @property
    def outlook(self) -> Outlook:
        """The same in the shape of the simple rule's."""
        start, end = (pd.Timestamp(self.week[name]).date() for name in ("start_day", "end_day"))
        weeks = self.node["weeks"]
        return Outlook(
            start, end, float(self.week["expected"]), float(self.week["low_80"]),
            float(self.week["high_80"]), 0.8, _known(self.node["error"]),
            _known(self.node["coverage_80"]), 0 if pd.isna(weeks) else int(weeks),
        )  # fmt: skip


def stored(ctx: Context) -> Stored | None:
    """The stored forecast for just these filters; ``None`` where the data are newer, or the
    filters have no series of their own."""
    run = ahead.run_of("forecasts")
    if run is None or run.state != "done" or run.data_version != ctx.version:
        return None
    if pd.Timestamp(run.facts["until"]).date() != last_day(ctx):
        return None
    asked = asks.asked(ctx)
    week = asks.week_of(asked.node) if asked is not None and not asked.left_out else None
    return Stored(asked.node, week) if asked is not None and week is not None else None


def sentences(ctx: Context, found: Stored) -> list[str]:
    """Next week's volume, and where it will rise most against normal; each with its reliability."""
    node, week = found.node, found.week
    outlook = found.outlook
    said = ctx.say(
        "page.forecast.overview_week",
        start=fmt.day(outlook.start, ctx.lang, year=False),
        end=fmt.day(outlook.end, ctx.lang, year=False),
        n=text.orders(ctx, week["expected"]), low=fmt.number(week["low_80"], ctx.lang),
        high=fmt.number(week["high_80"], ctx.lang),
        change=text.changed(ctx, text.change(week["expected"], node["usual"])),
        verdict=text.brief(ctx, node),
    )  # fmt: skip
    return [said, rise_sentence(ctx)]


def rise_sentence(ctx: Context) -> str:
    """The series under the filters that is to rise most above its last four weeks."""
    found = rises(ctx)
    if found.empty:
        return ctx.say("page.forecast.overview_no_rise")
    top = found.iloc[0].to_dict()
    keys = asks.fixed(top)
    return ctx.say(
        "page.forecast.overview_rise" if top["clear"] else "page.forecast.overview_rise_unclear",
        place=ctx.name(keys.get("unit", keys.get("district"))),
        category=ctx.path_name(keys.get("category", keys["category1"])),
        n=text.orders(ctx, top["expected"]), usual=text.orders(ctx, top["usual"]),
        low=fmt.number(top["low_80"], ctx.lang), high=fmt.number(top["high_80"], ctx.lang),
        change=text.changed(ctx, text.change(top["expected"], top["usual"])),
        verdict=text.brief(ctx, top),
    )  # fmt: skip


def rises(ctx: Context) -> pd.DataFrame:
    """Tested series of a place and a category that are to bring more than in the last four weeks:
    first those whose whole 80 % range lies above (``clear``), each by the orders expected more."""
    view = ctx.view
    found = ahead.forecast_week()
    places = "unit" if view.units else "district"
    wanted = [f"{places}+category1", "district+category1+category"][: 1 if view.units else 2]
    found = found[found["of"].isin(wanted) & found["verdict"].isin(["better", "as_simple"])]
    chosen = view.units or view.districts
    if chosen:
        found = found[found[places].isin(chosen)]
    if view.categories:
        paths = found["category"].fillna(found["category1"]).fillna("").astype("str")
        below = tuple(path + PATH for path in view.categories)
        found = found[paths.isin(view.categories) | paths.str.startswith(below)]
    found = found[found[places].notna() & found["category1"].notna()]
    found = found.assign(
        excess=found["expected"] - found["usual"], clear=found["low_80"] > found["usual"]
    )
    found = found[found["excess"] > 0]
    order = ["clear", "excess"]
    return found.sort_values(order, ascending=False, ignore_index=True)


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
