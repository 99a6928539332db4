"""The top of every page: city, data time, language, theme and meeting switches."""

from __future__ import annotations

import streamlit as st

from ui import view as views
from ui.context import Context, city
from ui.panel import escape
from ui.theme import set_theme
from words import LANGS, Lang
from words import format as fmt

_KEEP = "_keep_language"
MEETING_SECONDS = 20


def header(ctx: Context, title: str) -> None:
    """City, page title, "data as of", simulated badge, and the switches."""
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="header",
    ):
        with st.container(
            horizontal=True, vertical_alignment="center", width="content", gap="small", key="title"
        ):
            st.markdown(f"# {escape(title)}", width="content")
            badge = (
                f" :orange-badge[:material/science: {ctx.say('ui.simulated')}]"
                if ctx.simulated
                else ""
            )
            st.markdown(
                f":gray[{escape(city(ctx.version, ctx.lang))} · {escape(data_time(ctx))}]{badge}",
                width="content",
            )
        if not ctx.view.present:
            _switches(ctx)


def data_time(ctx: Context) -> str:
    """Until when the data reach and when they were taken in."""
    if ctx.as_of is None:
        return ctx.say("ui.empty_store")
    return ctx.say(
        "ui.data_as_of",
        moment=fmt.moment(ctx.as_of, ctx.lang),
        committed=fmt.moment(ctx.committed, ctx.lang),
    )


def _switches(ctx: Context) -> None:
    other: Lang = LANGS[1 - LANGS.index(ctx.lang)]
    dark = ctx.colours.name == "dark"
    with st.container(horizontal=True, width="content", key="switches", gap="small"):
        st.button(
            {"zh": "中文", "en": "English"}[other],
            key="switch-language",
            icon=":material/translate:",
            type="tertiary",
            on_click=_switch_language,
            args=(other,),
        )
        if st.button(
            ctx.say("ui.theme_light" if dark else "ui.theme_dark"),
            key="switch-theme",
            icon=":material/light_mode:" if dark else ":material/dark_mode:",
            type="tertiary",
        ):
            set_theme("light" if dark else "dark")
        st.button(
            ctx.say("ui.present"),
            key="switch-present",
            icon=":material/slideshow:",
            type="tertiary",
            on_click=views.change,
            kwargs={"present": MEETING_SECONDS},
        )


def _switch_language(lang: Lang) -> None:
    views.change(lang=lang)
    st.session_state[_KEEP] = lang


def keep_language() -> None:
    """Remember a switched language in a cookie, so that the next visit opens with it."""
    lang = st.session_state.pop(_KEEP, None)
    if lang in LANGS:
        st.html(
            f"<script>document.cookie='{views.COOKIE}={lang};path=/;max-age=31536000;"
            "SameSite=Lax'</script>",
            unsafe_allow_javascript=True,
        )
