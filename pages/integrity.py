"""Whose numbers are unlike their peers', what such numbers cannot show, and calls that can."""

import streamlit as st

from metrics.integrity import EVERYBODY
from ui import choice, integrity
from ui import integrity_matrix as matrix
from ui import integrity_signal as signals
from ui.integrity_around import around
from ui.integrity_audit import plan
from ui.integrity_compare import compared
from ui.integrity_evidence import evidence
from ui.integrity_heaping import heaped
from ui.integrity_results import results
from ui.page import page
from ui.panel import no_data

PARTS = ("signals", "audit", "around")

with page("integrity") as ctx:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = choice.choose(
            ctx, "part", PARTS, PARTS[0], title=ctx.say("page.integrity.part_title"),
            label=lambda code: ctx.say(f"page.integrity.parts.{code}"), kind="segments",
        )  # fmt: skip
        months = choice.choose(
            ctx, "months", integrity.MONTHS, integrity.USUAL,
            title=ctx.say("page.integrity.months"), width=170,
            label=lambda n: ctx.say("page.integrity.months_n", n=n),
            help=ctx.say("page.integrity.months_help"),
        )  # fmt: skip
    span = integrity.span_of(ctx, months)
    if part == "around":
        around(ctx, span)
    else:
        look = integrity.look(ctx, span)
        if not look.scan.facts["recorded"]["all"]:
            no_data(ctx)
        elif part == "audit":
            plan(ctx, look)
            draw = results(ctx)
            if draw is not None:
                compared(ctx, draw)
        else:
            matrix.headline(ctx, look)
            if matrix.computed(ctx, look):
                integrity.look(ctx, span, anew=True)
                st.rerun()
            matrix.matrix(ctx, look)
            if not ctx.view.present and len(look.findings):
                signal, unit = signals.choose(ctx, look)
                left, right = st.columns([5, 6], gap="small")
                with left:
                    signals.described(ctx, look, signal, unit)
                with right:
                    signals.peers_chart(ctx, look, signal, unit)
                if unit != EVERYBODY:
                    evidence(ctx, look, signal, unit)
                left, right = st.columns([6, 5], gap="small")
                with left:
                    heaped(ctx, span)
                with right:
                    matrix.unmeasured(ctx, look)
