"""One text: what was asked, what spoke, the category, the unit, and what is unsure."""

from __future__ import annotations

import html

import streamlit as st

from dispatch.model import Answer, Model
from dispatch.speaking import Spoke
from ui import choice
from ui import dispatch as asks
from ui.context import Context
from ui.dispatch import Asked
from ui.drill import ORDER
from ui.orders_list import naming
from ui.panel import escape, panel
from ui.theme import fade
from ui.values import shown
from words import format as fmt

LISTED = 30


def ask(ctx: Context) -> None:
    """The field for a text and the list of open orders; hidden in the meeting view."""
    if ctx.view.present:
        return
    # Streamlit's hint at the keys to press is English in every language.
    st.html("<style>[data-testid='InputInstructions']{display:none}</style>")
    left, right = st.columns([7, 5], gap="small")
    with (
        left,
        panel(
            ctx.say("page.dispatch.ask_title"),
            ctx.say("page.dispatch.ask_note"),
            key="dispatch-ask",
        ),
    ):
        field = f"dispatch-text-{ctx.lang}"
        st.session_state.setdefault(field, st.session_state.get(asks.TEXT, ""))
        st.text_area(
            ctx.say("page.dispatch.text"), key=field, height=110, max_chars=asks.LONGEST,
            label_visibility="collapsed", placeholder=ctx.say("page.dispatch.text_hint"),
        )  # fmt: skip
        st.button(
            ctx.say("page.dispatch.go"), key=f"dispatch-go-{ctx.lang}", type="primary",
            on_click=_take, args=(field,),
        )  # fmt: skip
    with (
        right,
        panel(
            ctx.say("page.dispatch.pick_title"),
            ctx.say("page.dispatch.pick_note"),
            key="dispatch-pick",
        ),
    ):
        _pick(ctx)
        _number(ctx)


def _take(field: str) -> None:
    st.session_state[asks.TEXT] = st.session_state[field]
    choice.keep(ORDER, None)


def _pick(ctx: Context) -> None:
    listed = asks.open_orders().head(LISTED)
    titles = {
        f"{row['source']}|{row['order_id']}": asks.plain(row["title"])
        or asks.plain(row["content"])[:30]
        for row in listed.to_dict("records")
    }
    key = f"dispatch-open-{ctx.lang}"
    now = st.query_params.get(ORDER, "")
    st.session_state[key] = now if now in titles else None
    st.selectbox(
        ctx.say("page.dispatch.pick_open"), list(titles), key=key, index=None,
        format_func=lambda code: f"{titles.get(code, '')}（{code.split('|')[-1]}）"
        if ctx.lang == "zh" else f"{titles.get(code, '')} ({code.split('|')[-1]})",
        placeholder=ctx.say("ui.filter.choose"),
        on_change=lambda: choice.keep(ORDER, st.session_state[key]),
    )  # fmt: skip


def _number(ctx: Context) -> None:
    key = f"dispatch-number-{ctx.lang}"

    def found() -> None:
        number = str(st.session_state[key]).strip()
        codes = _orders(number)
        if codes:
            choice.keep(ORDER, codes[0])
        elif number:
            st.session_state["_dispatch_unknown"] = number

    st.text_input(ctx.say("page.dispatch.pick_number"), key=key, max_chars=80, on_change=found)
    unknown = st.session_state.pop("_dispatch_unknown", None)
    if unknown:
        st.warning(ctx.say("page.dispatch.unknown", order=escape(unknown)))


def _orders(number: str) -> list[str]:
    from metrics.conditions import test
    from ui import read

    if not number or "\0" in number:
        return []
    rows, _ = read.orders_page(test("order_id", "eq", number), limit=1)
    return [f"{row['source']}|{row['order_id']}" for row in rows.to_dict("records")]


def text(ctx: Context, wanted: Asked, spoke: tuple[Spoke, ...], answer: Answer) -> None:
    """The text with the words that spoke, and the places it names."""
    title = ctx.say("page.dispatch.text_title")
    if wanted.order is not None:
        title = ctx.say("page.dispatch.order_title", order=wanted.order["order_id"])
    with panel(title, ctx.say("page.dispatch.text_note"), key="dispatch-text"):
        names = {n.name for n in answer.territory.names}
        if wanted.title:
            st.html(f"<p><b>{_marked(ctx, wanted.title, spoke, 'title', names)}</b></p>")
        st.html(f"<p>{_marked(ctx, wanted.content, spoke, 'content', names)}</p>")
        words = list(dict.fromkeys(s.word for s in spoke))
        said = ctx.say("ui.list_comma").join(words) or ctx.say("page.dispatch.no_words")
        st.caption(escape(ctx.say("page.dispatch.words", words=said)))
        if wanted.order is not None:
            _recorded(ctx, wanted)


def _marked(
    ctx: Context, content: str, spoke: tuple[Spoke, ...], field: str, names: set[str]
) -> str:
    """HTML with the words marked by how much they spoke; place names underlined."""
    colour = ["" for _ in content]
    for s in spoke:
        if s.field == field:
            shade = fade(ctx.colours.series[1], 0.18 + 0.42 * s.say)
            for k in range(s.start, min(s.end, len(content))):
                colour[k] = f"background:{shade};border-radius:3px;"
    small = content.lower()
    for name in sorted(names, key=len, reverse=True):
        begin = small.find(name)
        while begin >= 0 and len(small) == len(content):
            for k in range(begin, begin + len(name)):
                if "underline" not in colour[k]:
                    colour[k] += f"text-decoration:underline 2px {ctx.colours.accent};"
            begin = small.find(name, begin + len(name))
    out, begin = [], 0
    for k in range(1, len(content) + 1):
        if k == len(content) or colour[k] != colour[begin]:
            part = html.escape(content[begin:k])
            out.append(f'<span style="{colour[begin]}">{part}</span>' if colour[begin] else part)
            begin = k
    return "".join(out)


def _recorded(ctx: Context, wanted: Asked) -> None:
    order = wanted.order or {}
    name = naming(ctx)
    facts = [
        ctx.say("page.dispatch.recorded_category", name=_category_of(ctx, wanted)),
        ctx.say("page.dispatch.recorded_unit", name=ctx.name(asks.plain(order.get("unit")))),
        ctx.say(
            "page.dispatch.recorded_state",
            name=shown("status", order.get("status"), ctx.lang, name),
        ),
    ]
    st.caption(escape(" · ".join(facts)))


def _category_of(ctx: Context, wanted: Asked) -> str:
    order = wanted.order or {}
    levels = [asks.plain(order.get(f"category{k}")) for k in (1, 2, 3)]
    path = tuple(level for level in levels if level)
    return asks.path_name(ctx, path) if path else ctx.say("ui.unnamed")


def category(ctx: Context, answer: Answer, limit: float) -> None:
    """The likely category at all levels, its rivals, and whether it is sure enough."""
    unsure = answer.sure < limit
    name = asks.path_name(ctx, answer.category)
    title = ctx.say(
        "page.dispatch.category_unsure" if unsure else "page.dispatch.category_title",
        name=name, share=_percent(ctx, answer.sure),
    )  # fmt: skip
    with panel(title, ctx.say("page.dispatch.category_note"), key="dispatch-category"):
        for depth, (path, sure) in enumerate(answer.levels, start=1):
            label = ctx.say("page.dispatch.level", level=depth, name=ctx.name("->".join(path)))
            _bar(ctx, label, sure, sure >= limit)
        rivals = answer.categories[1:]
        if rivals:
            st.caption(escape(ctx.say("page.dispatch.rivals")))
            for path, sure in rivals:
                _bar(ctx, asks.path_name(ctx, path), sure, False)
        else:
            st.caption(escape(ctx.say("page.dispatch.no_rivals")))


def units(ctx: Context, answer: Answer, limit: float) -> None:
    """Three units with why; what the category alone would have said."""
    if not answer.units:
        title = ctx.say("page.dispatch.unit_none")
    else:
        key = "unit_unsure" if answer.unit_sure < limit else "unit_title"
        title = ctx.say(
            f"page.dispatch.{key}",
            name=ctx.name(answer.unit),
            share=_percent(ctx, answer.unit_sure),
        )
    with panel(title, asks.why(ctx, answer), key="dispatch-unit"):
        for k, (unit, sure) in enumerate(answer.units):
            _bar(ctx, ctx.name(unit), sure, k == 0 and sure >= limit)
        if answer.plain_units and not (answer.territory.district or answer.territory.street):
            return
        if answer.plain_units:
            unit, sure = answer.plain_units[0]
            st.caption(
                escape(
                    ctx.say(
                        "page.dispatch.unit_plain", name=ctx.name(unit), share=_percent(ctx, sure)
                    )
                )
            )


def _bar(ctx: Context, label: str, sure: float, strong: bool) -> None:
    colours = ctx.colours
    fill = colours.accent if strong else colours.neutral
    weight = "650" if strong else "400"
    st.html(
        f"<div style='margin:2px 0;font-weight:{weight};display:flex;gap:8px;justify-content:space-between'>"
        f"<span>{html.escape(label)}</span><span>{_percent(ctx, sure)}</span></div>"
        f"<div style='height:6px;border-radius:3px;background:{colours.grid}'>"
        f"<div style='height:6px;border-radius:3px;width:{100 * min(sure, 1):.1f}%;background:{fill}'></div></div>"
    )


def _percent(ctx: Context, value: float) -> str:
    """A confidence: never 100 %, and small ones as "under 1 %"."""
    if value >= 0.99:
        return ctx.say("page.dispatch.over", share="99%")
    if value < 0.01:
        return ctx.say("page.dispatch.under", share="1%")
    return fmt.percent(value, ctx.lang, 0)


def limit_slider(ctx: Context) -> float:
    """How sure is sure enough, and what that leaves to people, by the held-out orders."""
    now = asks.threshold()
    found = asks.card()
    if not ctx.view.present:
        key = f"dispatch-sure-{ctx.lang}"
        st.session_state[key] = round(now * 100)
        st.slider(
            ctx.say("page.dispatch.sure"), 0, 99, key=key, format="%d%%", width=420,
            help=ctx.say("page.dispatch.sure_help"),
            on_change=lambda: choice.keep(asks.SURE, str(st.session_state[key]), str(asks.DEFAULT_SURE)),
        )  # fmt: skip
    if not found:
        st.caption(escape(ctx.say("page.dispatch.card_none")))
        return now
    lines = []
    for what in ("category", "unit"):
        every, above, right = asks.at(found[what]["curve"], now)
        lines.append(
            ctx.say(
                f"page.dispatch.left_{what}", left=fmt.percent(1 - above / every if every else None, ctx.lang),
                right=asks.share(ctx, right, above), at=fmt.percent(now, ctx.lang, 0),
            )
        )  # fmt: skip
    st.caption(escape("　".join(lines) if ctx.lang == "zh" else " ".join(lines)))
    return now


def answer_of(using: Model, wanted: Asked) -> Answer:
    """What the model says about the text."""
    return using.answer(wanted.title, wanted.content, *wanted.place)
