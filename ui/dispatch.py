"""What the dispatch page knows: the model, its card, the text asked about. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data import dispatching
from dispatch.model import Answer, Model
from dispatch.places import Territory
from dispatch.tree import Path
from metrics.rates import wilson
from metrics.selection import PATH
from ui import ahead, choice, read
from ui.context import Context
from ui.drill import ORDER
from ui.values import is_missing
from words import format as fmt

ONE, WAITING, CARD, TOPICS = "one", "waiting", "card", "topics"
PARTS = (ONE, WAITING, CARD, TOPICS)
SURE, DEFAULT_SURE = "sure", 80
OPEN_ORDERS = 300
"""The latest open orders that are compared with the suggestions."""
TEXT = "_dispatch_text"
LONGEST = 4_000
Order = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """The text that is asked about; ``order`` where it is a recorded one."""

    title: str
    content: str
    order: Order | None = None

    @property
    def place(self) -> tuple[str, str]:
        """District and street on record."""
        if self.order is None:
            return "", ""
        return plain(self.order.get("district")), plain(self.order.get("street"))

    @property
    def key(self) -> str:
        """The order's key among the past cases."""
        return f"{self.order['source']}\t{self.order['order_id']}" if self.order else ""


def plain(value: Any) -> str:
    """A text, "" where it is missing."""
    return "" if value is None or is_missing(value) else str(value)


def _started(step: str = "dispatch") -> str:
    run = ahead.run_of(step)
    return str(run.started_at) if run else ""


@st.cache_resource(show_spinner=False, max_entries=1)
def _model(started: str) -> Model | None:
    return dispatching.model(read.store()) if started else None


def model() -> Model | None:
    """The model in use, read once for each refresh."""
    return _model(_started())


def card() -> Mapping[str, Any]:
    """What was found on held-out orders; empty when there were too few."""
    run = ahead.run_of("dispatch")
    found: Mapping[str, Any] = run.facts.get("card") or {} if run else {}
    return found


@st.cache_data(show_spinner=False, max_entries=32)
def _cases(version: int, keys: tuple[str, ...]) -> pd.DataFrame:
    return dispatching.cases(read.store(), keys)


def cases(found: list[tuple[str, float]], without: str, most: int) -> pd.DataFrame:
    """The similar past cases with their orders, the asked one left out."""
    score = {key: value for key, value in found if key != without}
    frame = _cases(read.version(), tuple(list(score)[:most]))
    return frame.assign(similarity=[score[key] for key in frame["key"]])


@st.cache_data(show_spinner=False, max_entries=4)
def _open(version: int) -> pd.DataFrame:
    return dispatching.open_orders(read.store(), OPEN_ORDERS)


def open_orders() -> pd.DataFrame:
    """The latest open orders."""
    return _open(read.version())


@st.cache_data(show_spinner=False, max_entries=2)
def _waiting(version: int, started: str) -> pd.DataFrame:
    frame, using = _open(version), _model(started)
    if using is None or frame.empty:
        return frame.iloc[:0]
    titles, contents, districts, streets = (
        [plain(v) for v in frame[n]] for n in ("title", "content", "district", "street")
    )
    answers = using.answers(titles, contents, districts, streets)
    return frame.assign(
        suggested=[a.unit for a in answers], unit_sure=[a.unit_sure for a in answers],
        category=[PATH.join(a.category) for a in answers], sure=[a.sure for a in answers],
    )  # fmt: skip


def waiting() -> pd.DataFrame:
    """The latest open orders with what the model says: suggested, unit_sure, category, sure."""
    return _waiting(read.version(), _started())


@st.cache_data(show_spinner=False, max_entries=4)
def _topics(started: str) -> pd.DataFrame:
    return dispatching.topics(read.store())


def topics() -> pd.DataFrame:
    """The hot topics."""
    return _topics(_started("hot_topics"))


@st.cache_data(show_spinner=False, max_entries=32)
def _topic_orders(version: int, started: str, topic: str) -> pd.DataFrame:
    return dispatching.topic_orders(read.store(), topic)


def topic_orders(topic: str) -> pd.DataFrame:
    """The orders of a topic."""
    return _topic_orders(read.version(), _started("hot_topics"), topic)


def asked() -> Asked | None:
    """The order of the link, else the text that was pasted; ``None`` where there is neither."""
    source, bar, number = st.query_params.get(ORDER, "").replace("\0", "").partition("|")
    if bar and source and number:
        order, _ = read.order(source, number)
        if order is not None:
            return Asked(plain(order["title"]), plain(order["content"]), order)
    text = str(st.session_state.get(TEXT, "")).strip()
    return Asked("", text[:LONGEST]) if text else None


def threshold() -> float:
    """The confidence below which an order is left to people."""
    value = choice.chosen(SURE, [str(k) for k in range(100)], str(DEFAULT_SURE))
    return int(value) / 100


def at(rows: list[dict[str, float]], threshold: float) -> tuple[int, int, int]:
    """(all, above, right) of a card's curve at a threshold."""
    row = rows[min(round(threshold * 100), len(rows) - 1)]
    return int(rows[0]["n"]), int(row["n"]), int(row["hit"])


def share(ctx: Context, hit: float, n: float) -> str:
    """A share with n and interval: 91.2% (90.1–92.2%, n = 3,211)."""
    if not n:
        return ctx.say("format.no_data")
    low, high = (float(v[0]) for v in wilson(np.array([float(hit)]), np.array([float(n)])))
    return ctx.say(
        "page.dispatch.share", value=fmt.percent(hit / n, ctx.lang),
        interval=fmt.interval(low, high, ctx.lang), n=fmt.number(n, ctx.lang),
    )  # fmt: skip


def path_name(ctx: Context, path: Path) -> str:
    """A category with its levels in words."""
    return ctx.path_name(PATH.join(path))


def why(ctx: Context, answer: Answer) -> str:
    """Why this unit: the place named, or the matter alone."""
    where: Territory = answer.territory
    if answer.recorded:
        place = " · ".join(ctx.name(code) for code in (where.district, where.street) if code)
        return ctx.say("page.dispatch.why_recorded", place=place)
    if not where.district and not where.street:
        if where.names:
            return ctx.say("page.dispatch.why_unclear", names=_names(ctx, where))
        return ctx.say("page.dispatch.why_category")
    place = " · ".join(ctx.name(code) for code in (where.district, where.street) if code)
    return ctx.say(
        "page.dispatch.why_place", names=_names(ctx, where), place=place,
        share=fmt.percent(min(where.share, 0.99), ctx.lang, 0),
    )  # fmt: skip


def _names(ctx: Context, where: Territory) -> str:
    return ctx.say("ui.list_comma").join(dict.fromkeys(n.name for n in where.names))
