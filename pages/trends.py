"""Is it really changing, or is it chance? Any volume or rate over time, split and compared."""

import streamlit as st

from ui import choice, definitions, read, trends, trends_data
from ui import trends_show as show
from ui import trends_text as text
from ui.page import page
from ui.trends_data import Asked
from ui.trends_table import table

with page("trends") as ctx:
    known = trends.known_days(read.daily_coverage(ctx.version))
    first = trends_data.first_day(known, ctx.period.start.date())
    choices = trends_data.choices(ctx)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        what = choice.choose(
            ctx, "what", list(choices), trends.VOLUME,
            title=ctx.say("page.trends.what"), width=220,
            label=lambda code: text.choice_name(ctx, choices[code]),
        )  # fmt: skip
        code = choice.choose(
            ctx, "span", trends.SPANS, trends.default_span(ctx.period),
            title=ctx.say("page.trends.span_title"), kind="segments",
            label=lambda code: ctx.say(f"page.trends.span.{code}"),
        )  # fmt: skip
        rule = ctx.scheme.period
        shown = trends.span(code, ctx.period, rule, ctx.until, first)
        grains = ["day", "week", "month"] + ([rule] if rule.startswith("month_") else [])
        grain = choice.choose(
            ctx, "grain", grains, trends.default_grain(shown.days),
            title=ctx.say("page.trends.grain_title"), kind="segments",
            label=lambda code: text.grain_name(ctx, code),
        )  # fmt: skip
        split = choice.choose(
            ctx, "split", trends_data.SPLITS, "none",
            title=ctx.say("page.trends.split_title"), width=150,
            label=lambda code: ctx.say(f"page.trends.split.{code}"),
        )  # fmt: skip
        together = split != "none" and choice.choose(
            ctx, "layout", ("apart", "together"), "apart",
            title=ctx.say("page.trends.layout_title"), kind="segments",
            label=lambda code: ctx.say(f"page.trends.layout.{code}"),
        ) == "together"  # fmt: skip
        definitions.button(
            ctx, [i for i in choices.values() if i is not None], key="trend-definitions"
        )
    before = trends_data.before(ctx, code, shown, grain)
    asked = Asked(what, choices[what], shown, before, grain, split)
    lines = trends_data.courses(ctx, asked)
    show.main(ctx, asked, lines, together=together)
    left, right = st.columns(2, gap="small")
    with left:
        show.rhythm(ctx, asked)
    with right:
        table(ctx, asked, lines)
