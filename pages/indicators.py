"""指标库: every indicator with its definition and value, and the builder of new ones."""

import streamlit as st

from ui import choice, indicators_check, indicators_file, indicators_list
from ui import indicators_numbers as numbers
from ui import indicators_save as saving
from ui.indicators_form import TAB, TABS, draft, form
from ui.page import page

with page("indicators") as ctx:
    tab = choice.choose(
        ctx, TAB, TABS, TABS[0], title=ctx.say("indicators.tab.title"), kind="segments", bare=True,
        label=lambda code: ctx.say(f"indicators.tab.{code}"),
    )  # fmt: skip
    if tab == "list":
        indicators_list.listing(ctx)
    elif tab == "file":
        indicators_file.files(ctx)
    else:
        state = draft()
        saving.clash(ctx, state)
        saving.done(ctx)
        left, right = st.columns([11, 9], gap="small")
        # A container of its own: panels beside a long form keep their height.
        with left, st.container():
            form(ctx, state)
            room = st.container()
        found = indicator = None
        with right, st.container():
            try:
                indicator = None if state.incomplete() else state.indicator()
            except ValueError:
                st.warning(ctx.say("indicators.check.unfit"), icon=":material/rule:")
            if indicator is None:
                st.info(ctx.say("indicators.check.incomplete"), icon=":material/edit_note:")
            else:
                known = indicators_check.known_elsewhere(ctx, state.id)
                found = numbers.check(ctx, indicator, known)
                indicators_check.sentence(ctx, indicator)
                indicators_check.result(ctx, indicator, found)
                indicators_check.districts(ctx, indicator, found)
        with room:
            saving.saving(ctx, state, able=found is not None and not found.twice)
        if indicator is not None:
            indicators_check.examples(ctx, indicator)
