"""Results of audit calls: taken in from a file or typed, and compared with the recorded answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from data import audit_calls
from data.audit_calls import ANSWERS, CALL
from data.records import Record, Stale
from ui import choice, read
from ui.context import Context
from ui.integrity_audit import draws
from ui.integrity_file import Fault, parse
from ui.panel import escape, panel
from ui.who import ask
from words import format as fmt

_UPLOADER = """<style>
.st-key-audit-upload [data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
.st-key-audit-upload [data-testid="stFileUploaderDropzoneInstructions"]::after
  {{ content: "{limit}"; font-size: 14px; }}
.st-key-audit-upload [data-testid="stFileUploaderDropzone"] button p
  {{ font-size: 0; visibility: hidden; }}
.st-key-audit-upload [data-testid="stFileUploaderDropzone"] button p::after
  {{ content: "{browse}"; font-size: 1rem; visibility: visible; }}
</style>"""
SHOWN_FAULTS = 20
_SAID, _ROUND = "_audit_said", "_audit_round"


def results(ctx: Context) -> Record | None:
    """Choose a fixed list and take its results in. Returns the list chosen."""
    fixed = draws()
    if not fixed:
        with panel(ctx.say("page.integrity.results.title"), key="results"):
            st.info(ctx.say("page.integrity.results.none_fixed"), icon=":material/lock_open:")
        return None
    by_id = {r.id: r for r in fixed}
    chosen = choice.choose(
        ctx, "draw", list(reversed(by_id)), fixed[-1].id,
        title=ctx.say("page.integrity.results.which"),
        label=lambda code: _name(ctx, by_id[code]), width=520,
    )  # fmt: skip
    draw = by_id[chosen]
    if not ctx.view.present:
        left, right = st.columns([4, 7], gap="small")
        with left:
            _file(ctx, draw)
        with right:
            _typed(ctx, draw)
    return draw


def _name(ctx: Context, draw: Record) -> str:
    span = audit_calls.span_of(draw)
    days = f"{span.start:%Y-%m-%d} – {span.end:%Y-%m-%d}"
    return ctx.say(
        "page.integrity.results.draw", days=days, seed=draw.body["seed"],
        n=fmt.number(len(draw.body["orders"]), ctx.lang), moment=fmt.moment(draw.moment, ctx.lang),
    )  # fmt: skip


def _file(ctx: Context, draw: Record) -> None:
    with panel(
        ctx.say("page.integrity.results.file"),
        ctx.say("page.integrity.results.file_note"),
        key="audit-file",
    ):
        st.html(
            _UPLOADER.format(
                limit=ctx.say("page.integrity.results.limit"),
                browse=ctx.say("page.data.import.browse"),
            )
        )
        turn = st.session_state.setdefault(_ROUND, 0)
        with st.container(key="audit-upload"):
            file = st.file_uploader(
                ctx.say("page.integrity.results.choose"), type=["csv", "xlsx", "xls"],
                key=f"audit-file-{turn}", label_visibility="collapsed",
            )  # fmt: skip
        actor = ask(ctx, "audit-file")
        if file is not None:
            parsed = parse(file.getvalue(), file.name, audit_calls.listed(draw))
            if parsed.faults:
                _faults(ctx, parsed.faults, file.name)
            elif not parsed.results:
                st.warning(ctx.say("page.integrity.results.empty", name=escape(file.name)))
            elif st.button(
                ctx.say("page.integrity.results.take", n=len(parsed.results)), type="primary",
                key=f"audit-take-{ctx.lang}", disabled=not actor, icon=":material/upload:",
            ):  # fmt: skip
                st.session_state[_ROUND] = turn + 1
                _save(ctx, draw, parsed.results, actor or "", None)
        said = st.session_state.pop(_SAID, None)
        if said:
            st.success(said, icon=":material/check:")


def _faults(ctx: Context, faults: Sequence[Fault], name: str) -> None:
    lines = []
    for fault in faults[:SHOWN_FAULTS]:
        column = ctx.say(f"page.integrity.audit.column.{fault.column}") if fault.column else ""
        lines.append(
            ctx.say(
                f"page.integrity.file.{fault.code}",
                row=fault.row,
                column=column,
                value=fault.value[:60],
            )
        )
    if len(faults) > SHOWN_FAULTS:
        lines.append(ctx.say("page.integrity.file.more", n=len(faults) - SHOWN_FAULTS))
    text = "\n".join(f"- {escape(line)}" for line in lines)
    st.warning(text, title=ctx.say("page.integrity.file.refused", name=escape(name)))


def _save(
    ctx: Context,
    draw: Record,
    found: Sequence[dict[str, Any]],
    actor: str,
    seen: dict[str, int] | None,
) -> None:
    try:
        saved = audit_calls.save_results(read.store(), draw, found, actor=actor, seen=seen)
    except Stale as refused:
        _stale(ctx, refused)
        return
    st.session_state[_SAID] = ctx.say(
        "page.integrity.results.saved", added=saved.added, changed=saved.changed, same=saved.same
    )
    st.session_state.pop(f"_audit_seen_{draw.id}", None)
    st.rerun()


def _stale(ctx: Context, refused: Stale) -> None:
    """Somebody saved first: both versions."""
    current = refused.current
    theirs, mine = (
        ctx.say("ui.list_comma").join(
            f"{ctx.say(f'page.integrity.audit.column.{name}')} {_answer(ctx, body.get(name))}"
            for name in ANSWERS
        )
        for body in ((current.body if current else {}), (refused.mine or {}))
    )
    st.warning(
        ctx.say(
            "page.integrity.results.stale", order=escape(str((refused.mine or {}).get("order_id", ""))),
            actor=escape(current.actor if current else ""), theirs=escape(theirs), mine=escape(mine),
        ),
        icon=":material/sync_problem:",
    )  # fmt: skip


def _answer(ctx: Context, value: Any) -> str:
    if value is None:
        return ctx.say("page.integrity.results.unsaid")
    return ctx.say(f"value.bool.{'true' if value else 'false'}")


def _typed(ctx: Context, draw: Record) -> None:
    """One unit's orders, answers chosen in the cells."""
    orders = audit_calls.listed(draw)
    standing = {r.id: r for r in audit_calls.of_draw(read.recorded(CALL), draw.id)}
    units = list(dict.fromkeys(orders["unit"]))
    title = ctx.say(
        "page.integrity.results.typed", done=fmt.number(len(standing), ctx.lang),
        n=fmt.number(len(orders), ctx.lang),
    )  # fmt: skip
    with panel(title, ctx.say("page.integrity.results.typed_note"), key="audit-typed"):
        unit = choice.choose(
            ctx, "audited", units, units[0], title=ctx.say("page.integrity.unit"), label=ctx.name, width=300
        )  # fmt: skip
        mine = orders[orders["unit"] == unit].reset_index(drop=True)
        key = f"audit-entry-{draw.id}-{unit}-{st.session_state.get(_ROUND, 0)}-{ctx.lang}"
        seen = _seen(draw, mine, standing, key)
        yes, no = ctx.say("value.bool.true"), ctx.say("value.bool.false")
        words = {True: yes, False: no, None: None}
        base = pd.DataFrame({"order_id": mine["order_id"]})
        for name in ANSWERS:
            base[name] = [
                words[standing[k].body.get(name)] if k in standing else None for k in mine["key"]
            ]
        config: dict[str, Any] = {
            "order_id": st.column_config.TextColumn(
                ctx.say("field.order_id"), disabled=True, width=180
            )
        }
        for name in ANSWERS:
            config[name] = st.column_config.SelectboxColumn(
                ctx.say(f"page.integrity.audit.column.{name}"),
                options=[yes, no], width=120,
            )  # fmt: skip
        edited = st.data_editor(
            base, key=key, hide_index=True, column_config=config, num_rows="fixed", height=min(35 * (len(base) + 1) + 3, 380),
            placeholder="–",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            actor = ask(ctx, "audit-entry")
            if st.button(
                ctx.say("page.integrity.results.save"), key=f"audit-save-{ctx.lang}",
                disabled=not actor, icon=":material/save:",
            ):  # fmt: skip
                _save_typed(ctx, draw, mine, edited, yes, seen, actor or "")


def _seen(
    draw: Record, mine: pd.DataFrame, standing: dict[str, Record], key: str
) -> dict[str, int]:
    """The revisions that stood when the first cell was changed: what the writer has looked at."""
    now = {k: standing[k].revision if k in standing else 0 for k in mine["key"]}
    kept = st.session_state.setdefault(f"_audit_seen_{draw.id}", {})
    if not st.session_state.get(key, {}).get("edited_rows"):
        kept[key] = now
    return dict(kept.get(key, now))


def _save_typed(
    ctx: Context, draw: Record, mine: pd.DataFrame, edited: pd.DataFrame,
    yes: str, seen: dict[str, int], actor: str,
) -> None:  # fmt: skip
    found = []
    for place, row in edited.iterrows():
        answers = {n: None if pd.isna(row[n]) else bool(row[n] == yes) for n in ANSWERS}
        if all(a is None for a in answers.values()):
            continue
        said = any(answers[n] is not None for n in ANSWERS[1:])
        if answers["reached"] is None or (said and not answers["reached"]):
            code = "reached_missing" if answers["reached"] is None else "answer_unreached"
            _faults(
                ctx,
                [Fault(code, int(str(place)) + 1, "reached", "")],
                ctx.say("page.integrity.results.table"),
            )
            return
        order = mine.loc[int(str(place))]
        found.append(
            {
                "source": order["source"],
                "order_id": order["order_id"],
                "unit": order["unit"],
                **answers,
            }
        )
    if not found:
        st.warning(ctx.say("page.integrity.results.nothing"))
        return
    _save(ctx, draw, found, actor, seen)
