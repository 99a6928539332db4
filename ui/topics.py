"""What the page "Monthly topic" knows: candidates, topics, their orders before and since. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data import topics
from data.records import Record
from data.topics import TOPIC, Topic
from metrics.conditions import EVERYTHING
from metrics.selection import Selection
from metrics.topics import CRITERIA, MOST_WEIGHT, WEIGHTS, ranked
from ui import effect_text, read, visits_source
from ui.context import Context
from ui.indicators_text import condition
from words import format as fmt

YEAR = 365


def weights() -> dict[str, float]:
    """The weights in the link, where there are any, else the example."""
    given = st.query_params.get("weights", "")
    parts = given.split(".")
    if len(parts) != len(CRITERIA) or not all(p.isdigit() for p in parts):
        return dict(WEIGHTS)
    found = [min(int(p), MOST_WEIGHT) for p in parts]
    return dict(zip(CRITERIA, map(float, found), strict=True)) if any(found) else dict(WEIGHTS)


def code_of(chosen: Mapping[str, float]) -> str:
    """Weights as the link carries them; nothing for the example."""
    same = all(chosen[name] == WEIGHTS[name] for name in CRITERIA)
    return "" if same else ".".join(f"{chosen[name]:.0f}" for name in CRITERIA)


def candidates(ctx: Context) -> pd.DataFrame:
    """The categories by score under the filters for districts and categories."""
    found = ranked(visits_source.candidates(ctx), weights())
    if ctx.view.categories:
        own = found["category"].astype(str)
        found = found[
            [any(c == p or c.startswith(f"{p}->") for p in ctx.view.categories) for c in own]
        ]
    return found.reset_index(drop=True)


def listed() -> list[Record]:
    """Every topic: running first, then proposed, finished, refused; the newest first."""
    order = {code: k for k, code in enumerate(("running", "proposed", "finished", "refused"))}
    found = sorted(read.recorded(TOPIC), key=lambda r: str(r.body["start"]), reverse=True)
    return sorted(found, key=lambda r: order[str(r.body["state"])])


def measured(found: Sequence[Record]) -> dict[str, Mapping[Any, Any]]:
    """The measured effect of each topic (by id), of the revision that stands."""
    rows = read.effects()
    standing = {r.id: r.revision for r in found}
    mine = rows[(rows["kind"] == TOPIC)]
    return {
        str(row["record"]): row
        for row in mine.to_dict("records")
        if standing.get(str(row["record"])) == row["revision"]
    }


def where(ctx: Context, topic: Topic) -> str:
    """The districts, or the whole city."""
    if not topic.districts:
        return ctx.say("page.topics.whole_city")
    return ctx.say("ui.list_comma").join(ctx.name(d) for d in topic.districts)


def definition(ctx: Context, topic: Topic) -> str:
    """The definition in words."""
    return condition(ctx, topic.what)


def count(topic: Topic, first: date, end: date) -> int:
    """Orders of a topic from ``first`` to before ``end``."""
    span = Selection(
        datetime.combine(first, time()), datetime.combine(end, time()), extra=topic.orders
    )
    return int(read.tally({"n": EVERYTHING}, span)["n"].iloc[0])


def baseline(ctx: Context, topic: Topic) -> dict[str, Any] | None:
    """The twelve months before a topic as counted now (to be kept when it begins); ``None`` where
    the data do not reach back so far: then the days there are."""
    days = pd.to_datetime(read.daily_coverage(ctx.version)["day"])
    if days.empty:
        return None
    first = max(topic.start - timedelta(days=YEAR), days.min().date())
    if first >= topic.start:
        return None
    return {"start": first, "end": topic.start, "n": count(topic, first, topic.start)}


def policies(ctx: Context, topic: Topic) -> str:
    """How many policies were issued."""
    return fmt.number(len(topic.policies), ctx.lang)


def rates(ctx: Context, found: Sequence[Record]) -> str:
    """How many topics were finished and how many of those led to a policy."""
    done = [topics.parse(r.body) for r in found if r.body["state"] == topics.FINISHED]
    if not done:
        return ctx.say("page.topics.headline_none", n=fmt.number(len(found), ctx.lang))
    with_policy = sum(bool(t.policies) for t in done)
    return ctx.say(
        "page.topics.headline", n=fmt.number(len(found), ctx.lang),
        done=fmt.number(len(done), ctx.lang), policy=fmt.number(with_policy, ctx.lang),
        share=fmt.percent(with_policy / len(done), ctx.lang, 0),
    )  # fmt: skip


def verdict(ctx: Context, row: Mapping[Any, Any] | None) -> str:
    """The effect in two words; empty where none was measured."""
    if row is None:
        return ""
    code = str(row["verdict"])
    if code == "too_little":
        return effect_text.reason(ctx, str(row["reason"]))
    ratio = fmt.percent(float(row["ratio"]), ctx.lang, 0)
    words = effect_text.verdict(ctx, code, final=bool(row["final"]))
    return ctx.say("page.topics.effect_cell", verdict=words, ratio=ratio)
