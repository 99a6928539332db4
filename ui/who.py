"""Who is writing: every record carries a name (login where the server has one, else asked for)."""

from __future__ import annotations

import streamlit as st

from ui.context import Context

_NAME = "_who"
LONGEST = 40


def who() -> str | None:
    """The writer's name; ``None`` until one is known."""
    if st.user.get("is_logged_in"):
        return str(st.user.get("name") or st.user.get("email"))
    return st.session_state.get(_NAME) or None


def ask(ctx: Context, key: str) -> str | None:
    """The writer's name, with a field to give it where nobody is logged in.

    ``key`` tells apart several such fields on a page. The name is kept for the session.
    """
    if st.user.get("is_logged_in"):
        return who()
    field = f"who-{key}-{ctx.lang}"
    # Several fields on a page say the same name; one that is being typed in is left alone.
    name = st.session_state.get(_NAME, "")
    if st.session_state.get(field) != name:
        st.session_state[field] = name

    def keep() -> None:
        # A browser that has not yet shown the name in this field reports it as empty:
        # an empty field takes no name away.
        typed = " ".join(st.session_state[field].split())[:LONGEST]
        st.session_state[_NAME] = typed or st.session_state.get(_NAME, "")

    st.text_input(
        ctx.say("ui.who"), key=field, help=ctx.say("ui.who_help"), max_chars=LONGEST,
        on_change=keep, width=220,
    )  # fmt: skip
    return who()
