"""The audit log: who did what, when."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.schema import audit_log
from data.store import Store

PROGRAM = "cockpit"
"""The actor of what the program does by itself."""


def note(
    store: Store,
    action: str,
    subject: str | None = None,
    details: Mapping[str, Any] | None = None,
    *,
    actor: str | None = None,
    connection: sa.Connection | None = None,
) -> None:
    """Write one line, within the given transaction or in one of its own."""
    row = {
        "moment": store.now(),
        "actor": actor or _who(),
        "action": action,
        "subject": subject,
        "details": json.dumps(details, ensure_ascii=False, default=str) if details else None,
    }
    insert = sa.insert(audit_log).values(row)
    if connection is not None:
        connection.execute(insert)
        return
    with store.write() as own:
        own.execute(insert)


def lines(store: Store, limit: int = 200) -> pd.DataFrame:
    """The newest lines first."""
    moment = audit_log.c.moment.desc().nulls_last()
    return store.frame(sa.select(audit_log).order_by(moment).limit(limit))


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"
