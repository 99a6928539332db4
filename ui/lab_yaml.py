"""The scheme file itself: edited here or uploaded, checked at once, refused with line and reason."""

from __future__ import annotations

import streamlit as st

from data.scheme_versions import LONGEST, Version
from ui import lab_diff as diff
from ui import lab_text
from ui.context import Context
from ui.lab_text import Work
from ui.panel import escape, panel
from ui.uploader import covered

_ROUND = "_lab_round"
HEIGHT = 460
_FIXED = (
    "<style>.st-key-panel-lab-yaml textarea { font-family: monospace; white-space: pre; }</style>"
)


def editor(ctx: Context, base: Version) -> None:
    """The text on the left; what is wrong with it, or what it changes, on the right."""
    left, right = st.columns([6, 5], gap="small")
    with left, panel(ctx.say("page.lab.yaml_title"), ctx.say("page.lab.yaml_note"), key="lab-yaml"):
        _text(ctx, base)
        _upload(ctx, base)
    found = lab_text.work(base)
    with right, panel(_title(ctx, found), ctx.say("page.lab.check_note"), key="lab-check"):
        _checked(ctx, base, found)


def _text(ctx: Context, base: Version) -> None:
    key = f"lab-text-{base.code}-{ctx.lang}"
    st.html(_FIXED)
    found = lab_text.work(base)
    st.session_state[key] = found.text

    def changed() -> None:
        lab_text.edit(base, st.session_state[key])

    st.text_area(
        ctx.say("page.lab.yaml"), key=key, height=HEIGHT, max_chars=LONGEST, on_change=changed,
        label_visibility="collapsed",
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        st.button(ctx.say("page.lab.check"), key=f"lab-check-{ctx.lang}", icon=":material/rule:")
        st.button(
            ctx.say("page.lab.drop_text"), key=f"lab-drop-{ctx.lang}", icon=":material/undo:",
            disabled=not found.by_hand, on_click=lab_text.drop, args=(base.code,),
        )  # fmt: skip
        st.download_button(
            ctx.say("page.lab.download_work"), found.text.encode(), f"{base.id}.yaml",
            "application/yaml", key="lab-download-work", icon=":material/download:",
            on_click="ignore",
        )  # fmt: skip


def _upload(ctx: Context, base: Version) -> None:
    turn = st.session_state.setdefault(_ROUND, 0)
    with covered(ctx, "lab-upload", ctx.say("indicators.file.drop")):
        file = st.file_uploader(
            ctx.say("page.lab.upload"), type=["yaml", "yml", "txt"], key=f"lab-file-{turn}",
            label_visibility="collapsed",
        )  # fmt: skip
    if file is None:
        return
    raw = file.getvalue()
    st.session_state[_ROUND] = turn + 1
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        st.session_state["_lab_upload_fault"] = "not_utf8"
    else:
        if len(text) > LONGEST:
            st.session_state["_lab_upload_fault"] = "too_large"
        else:
            lab_text.edit(base, text.replace("\r\n", "\n"))
    st.rerun()


def _title(ctx: Context, found: Work) -> str:
    if found.fault is not None:
        return ctx.say("page.lab.broken")
    return ctx.say("page.lab.sound_by_hand" if found.by_hand else "page.lab.sound")


def _checked(ctx: Context, base: Version, found: Work) -> None:
    refused = st.session_state.pop("_lab_upload_fault", None)
    if refused:
        st.warning(ctx.say(f"scheme.error.{refused}"), icon=":material/upload_file:")
    if found.fault is not None:
        st.warning(escape(lab_text.fault_text(ctx, found.fault)), icon=":material/error:")
        if found.fault.line is not None:
            st.code(lab_text.excerpt(found.text, found.fault.line), language=None)
        return
    assert found.scheme is not None and base.scheme is not None
    said = [*diff.head(ctx, base.scheme, found.scheme), *diff.lines(ctx, base.scheme, found.scheme)]
    if not said:
        st.caption(ctx.say("page.lab.no_changes", code=base.code))
        return
    st.markdown("\n".join(f"- {escape(line)}" for line in said))
    st.code(
        diff.unified(base.text, found.text, base.code, ctx.say("page.lab.work_name")),
        language="diff", height=300,
    )  # fmt: skip
