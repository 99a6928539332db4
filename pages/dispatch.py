"""Smart dispatch: where an order belongs, what was done in cases like it, and what grows."""

import streamlit as st

from ui import ahead, choice
from ui import dispatch as asks
from ui import dispatch_card as cards
from ui import dispatch_cases as cases
from ui import dispatch_draft as drafts
from ui import dispatch_one as one
from ui import dispatch_topics as hot
from ui import dispatch_waiting as waits
from ui.page import page
from ui.panel import escape, no_data
from ui.refreshed import ready

with page("dispatch") as ctx:
    part = choice.choose(
        ctx, "part", asks.PARTS, asks.ONE, kind="segments", bare=True,
        title=ctx.say("page.dispatch.part"), label=lambda code: ctx.say(f"page.dispatch.part_{code}"),
    )  # fmt: skip
    step = "hot_topics" if part == asks.TOPICS else "dispatch"
    run = ahead.run_of(step)
    if ready(ctx, step) and run is not None:
        using = asks.model() if part != asks.TOPICS else None
        if part == asks.TOPICS:
            hot.topics(ctx, run)
        elif part == asks.CARD:
            cards.model_card(ctx, run)
        elif using is None:
            no_data(ctx, "page.dispatch.unreadable")
        elif part == asks.WAITING:
            waits.waiting(ctx, one.limit_slider(ctx))
        else:
            one.ask(ctx)
            wanted = asks.asked()
            if wanted is None:
                st.caption(escape(ctx.say("page.dispatch.empty")))
            else:
                limit = one.limit_slider(ctx)
                answer = one.answer_of(using, wanted)
                left, right = st.columns([7, 5], gap="small")
                with left:
                    one.text(
                        ctx,
                        wanted,
                        using.spoke(wanted.title, wanted.content, answer.category),
                        answer,
                    )
                with right:
                    one.category(ctx, answer, limit)
                    one.units(ctx, answer, limit)
                left, right = st.columns([7, 5], gap="small")
                with left:
                    found = cases.similar(ctx, using, wanted)
                with right:
                    cases.time_limit(ctx, answer, wanted)
                    steps = cases.handling(ctx, using, found)
                    drafts.draft(ctx, wanted, answer, steps)
