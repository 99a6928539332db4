"""Today's exceptions under what the page knows: conditions and counts, shared by boards and drill-downs."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from data import flags
from data.records import Record
from data.refresh.early_warning import EarlyWarning, urgent_paths
from data.registers.act import FLAG, WHISTLE
from data.settings import settings
from data.supervision import today
from data.whistles.ledger import orders_of
from forecasting.calendar import is_workday, workdays_back
from metrics import exceptions
from metrics.conditions import Condition, fingerprint
from metrics.exceptions import Day
from ui import read
from ui.context import Context

BOUNCED = "bounced"


def since(now: datetime) -> datetime:
    """The beginning of the last working day before ``now``: what came since then is new today."""
    day = now.date() - timedelta(days=1)
    while not is_workday(day, settings().country):
        day -= timedelta(days=1)
    return datetime.combine(day, time())


def day_of(ctx: Context) -> Day:
    """What today is judged by: the end of the data, urgent classes, repeat chains, leaders' flags."""
    now = ctx.until
    words = EarlyWarning().setting(read.store())["words"]
    known = read.categories()
    urgent = urgent_paths(known.loc[known["level"] == 2, "path"], words)
    return Day(
        now, since(now), tuple(urgent), tuple(_repeated(ctx.version, since(now), now)),
        tuple(flags.keys(flagged())),
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=8)
def _repeated(version: int, start: datetime, now: datetime) -> list[tuple[str, str]]:
    del version
    return today.repeated(read.store(), start, now)


def flagged() -> list[Record]:
    """The leaders' flags that stand."""
    return read.recorded(FLAG)


def conditions(ctx: Context) -> dict[str, Condition]:
    """The condition of every code, see :func:`metrics.exceptions.today`."""
    back = partial(workdays_back, country=settings().country)
    return exceptions.today(ctx.scheme, day_of(ctx), back)


def bounced() -> Condition:
    """Open orders that a whistle would help, see :func:`metrics.exceptions.bounced`."""
    return exceptions.bounced(started=orders_of(read.recorded(WHISTLE)))


@st.cache_data(show_spinner=False, max_entries=32)
def _counts(
    version: int, key: str, _all: dict[str, Condition], _within: Condition
) -> dict[str, int]:
    del version, key
    return today.counts(read.store(), _all, _within)


def _key(all_: dict[str, Condition], within: Condition) -> str:
    return "|".join(fingerprint(c) for c in (*all_.values(), within))


def counts(ctx: Context, all_: dict[str, Condition], within: Condition) -> dict[str, int]:
    """How many orders each code holds, and (key "") any of them; cached."""
    return _counts(ctx.version, _key(all_, within), all_, within)


@st.cache_data(show_spinner=False, max_entries=32)
def _lines(
    version: int,
    key: str,
    limit: int | None,
    _ctx: Context,
    _all: dict[str, Condition],
    _within: Condition,
) -> pd.DataFrame:
    del version, key
    fields = today.needed(_ctx.scheme)
    found = today.lines(read.store(), _all, exceptions.first(_all), _within, fields, limit)
    due = today.due_moments(found, _ctx.scheme, settings().country)
    return found.assign(due=due, left=(due - pd.Timestamp(_ctx.until)).dt.total_seconds() / 3600)


def lines(
    ctx: Context, all_: dict[str, Condition], within: Condition, limit: int | None
) -> pd.DataFrame:
    """The orders of the board, see :func:`data.supervision.today.lines`, with ``due`` (by the
    scheme's clocks) and ``left`` (hours; negative: over); cached."""
    key = f"{_key(all_, within)}|{ctx.scheme.id}@{ctx.scheme.version}"
    return _lines(ctx.version, key, limit, ctx, all_, within)
