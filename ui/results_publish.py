"""Publishing from the page: a look at what would be frozen, who, why, and a confirmation."""

from __future__ import annotations

import streamlit as st

from data.published import Publication
from data.publishing import PublishError, due, preview, publish
from metrics.outcome import Outcome
from metrics.periods import Period
from ui import published, read, who
from ui import rankings_text as text
from ui import view as views
from ui.context import Context
from ui.panel import escape, panel
from ui.period_code import encode
from ui.publish_words import problem, title
from words import format as fmt


def offer(ctx: Context) -> None:
    """Publish the oldest complete month that is not published yet, or correct the shown one."""
    if ctx.view.present:
        return
    made = published.of(ctx)
    waiting = _due(ctx)
    if waiting:
        wanted = ctx.period if ctx.period in waiting else waiting[-1]
        label = ctx.say("page.results.publish", period=ctx.short_label(wanted))
        with st.expander(label, icon=":material/campaign:", expanded=not published.everything()):
            if len(waiting) > 1:
                wanted = _which(ctx, waiting, wanted)
            _form(ctx, wanted, None)
    if made is not None:
        label = ctx.say("page.results.correct", title=title(made, ctx.lang))
        with st.expander(label, icon=":material/edit_document:"):
            st.caption(escape(ctx.say("page.results.correct_help")))
            _form(ctx, made.period, made)


@st.cache_data(show_spinner=False, max_entries=16)
def _months(version: int, noted: int, scheme: str, _ctx: Context) -> list[Period]:
    del version, noted, scheme
    return due(read.store(), _ctx.scheme)


def _due(ctx: Context) -> list[Period]:
    return _months(read.version(), read.noted(), f"{ctx.scheme.id}/{ctx.scheme.period}", ctx)


def _which(ctx: Context, waiting: list[Period], default: Period) -> Period:
    codes = {encode(period): period for period in reversed(waiting)}
    key = f"publish-which-{encode(default)}-{ctx.lang}"
    chosen = st.selectbox(
        ctx.say("page.results.which"), list(codes), index=list(codes).index(encode(default)), key=key, width=330,
        format_func=lambda code: ctx.period_label(codes[code]),
        placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    return codes[chosen]


def _form(ctx: Context, period: Period, corrects: Publication | None) -> None:
    # A confirmation is for one month (and one state of it) alone.
    what = f"correct-{corrects.number}" if corrects else f"publish-{encode(period)}"
    key = f"{what}-{ctx.lang}"
    look = st.toggle(ctx.say("page.results.preview"), key=f"{key}-look")
    if look:
        try:
            _look(ctx, preview(read.store(), ctx.scheme, period))
        except PublishError as fault:
            st.warning(escape(problem(fault, ctx.lang)), icon=":material/error:")
            return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = who.ask(ctx, key)
        note = st.text_input(
            ctx.say("page.results.reason_why" if corrects else "page.results.note_why"),
            key=f"{key}-note", max_chars=300, width=420,
        )  # fmt: skip
    sure = st.checkbox(
        ctx.say("page.results.sure", period=ctx.period_label(period)), key=f"{key}-sure"
    )
    ready = bool(sure and name and (note.strip() or corrects is None))
    if st.button(
        ctx.say("page.results.do_correct" if corrects else "page.results.do_publish"),
        key=f"{key}-do", type="primary", disabled=not ready, icon=":material/lock:",
    ):  # fmt: skip
        _publish(ctx, period, str(name), note, corrects, key)


def _publish(
    ctx: Context, period: Period, name: str, note: str, corrects: Publication | None, key: str
) -> None:
    try:
        publish(
            read.store(), ctx.scheme, period, actor=name, note=note,
            corrects=corrects.number if corrects else 0,
        )  # fmt: skip
    except PublishError as fault:
        st.warning(escape(problem(fault, ctx.lang)), icon=":material/error:")
        return
    for part in ("sure", "note", "look"):
        st.session_state.pop(f"{key}-{part}", None)
    st.toast(ctx.say("page.results.done", period=ctx.short_label(period)))
    views.change(period=encode(period))
    st.rerun()


def _look(ctx: Context, made: Outcome) -> None:
    """The first and last of each league table that would be frozen."""
    with panel(ctx.say("page.results.preview_title"), key="preview"):
        ranked = made.units[made.units["ranked"]].sort_values("rank", kind="stable")
        for group, mine in ranked.groupby("group"):
            parts = [
                ctx.say(
                    "page.results.preview_unit",
                    rank=int(row["rank"]), unit=ctx.name(str(row["unit"])),
                    score=fmt.number(row["score"], ctx.lang, 2),
                )
                for _, row in [*mine.head(3).iterrows(), *mine.tail(1).iterrows()]
            ]  # fmt: skip
            line = ctx.say(
                "page.results.preview_group",
                group=text.group_name(ctx, str(group)), n=len(mine),
                units=ctx.say("ui.list_semicolon").join(parts),
            )  # fmt: skip
            st.markdown(f":small[{escape(line)}]")
