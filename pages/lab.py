"""Other weights, limits and bonuses tried on the counts; versions compared, saved, put in use."""

import streamlit as st

from ui import choice, definitions, lab_compare, lab_data, lab_save, lab_stability, lab_versions
from ui import lab_state as state
from ui import rankings_text as text
from ui.lab_try import try_out
from ui.lab_yaml import editor
from ui.page import page
from ui.panel import no_data

WAYS = ("try", "weights", "compare", "versions")

with page("lab") as ctx:
    known = state.usable()
    start = state.current(ctx)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="lab-head"):
        way = choice.choose(
            ctx, "do", WAYS, "try", title=ctx.say("page.lab.way"),
            label=lambda code: ctx.say(f"page.lab.ways.{code}"), kind="segments",
        )  # fmt: skip
        base = known[
            choice.choose(
                ctx, state.BASE, list(known), start if start in known else next(iter(known)),
                title=ctx.say("page.lab.base"),
                label=lambda code: state.name_of(ctx, known[code]), width=400,
            )
        ]  # fmt: skip
        with_ = lab_compare.other(ctx, base, known) if way == "compare" else None
        before = lab_data.side(ctx, state.scheme_of(base))
        scored = before.applied
        sizes = scored.groupby("group")["ranked"].sum().sort_values(ascending=False)
        group = (
            choice.choose(
                ctx, "group", [str(g) for g in sizes.index], str(sizes.index[0]),
                title=ctx.say("page.rankings.group"),
                label=lambda code: text.group_name(lab_data.under(ctx, before.scheme), code),
                kind="segments" if len(sizes) <= 4 else "select",
                width="content" if len(sizes) <= 4 else 220,
            )
            if len(sizes) and way != "versions" else ""
        )  # fmt: skip
        definitions.button(
            lab_data.under(ctx, before.scheme), before.scheme.indicators, key="definitions"
        )
    if way == "versions" and not ctx.view.present:
        left, right = st.columns([7, 5], gap="small")
        with left:
            lab_versions.listed(ctx, base)
            lab_versions.actions(ctx, base)
        with right:
            lab_save.save(ctx, base, known)
        editor(ctx, base)
    elif not sizes.sum():
        no_data(ctx)
    elif way == "weights" and (scheme := state.tried(base)) is not None:
        lab_stability.show(ctx, base, lab_data.trial(ctx, before, scheme), group)
    elif way == "compare" and with_ is not None:
        lab_compare.compare(ctx, base, with_, before, group)
    else:
        try_out(ctx, base, before, group)
