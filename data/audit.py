"""The audit log: who did what, when."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping, Sequence
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
    if connection is not None:
        note_all(store, [(action, subject, details)], actor=actor, connection=connection)
        return
    with store.write() as own:
        note_all(store, [(action, subject, details)], actor=actor, connection=own)


def note_all(
    store: Store,
    lines: Sequence[tuple[str, str | None, Mapping[str, Any] | None]],
    *,
    actor: str | None,
    connection: sa.Connection,
) -> None:
    """Several lines (action, subject, details) of one actor within a transaction."""
    common = {"moment": store.now(), "actor": actor or who()}
    rows = [
        {
            **common, "action": action, "subject": subject,
            "details": json.dumps(details, ensure_ascii=False, default=str) if details else None,
        }
        for action, subject, details in lines
    ]  # fmt: skip
    if rows:
        connection.execute(sa.insert(audit_log), rows)


def lines(store: Store, limit: int = 200) -> pd.DataFrame:
    """The newest lines first."""
    moment = audit_log.c.moment.desc().nulls_last()
    return store.frame(sa.select(audit_log).order_by(moment).limit(limit))


def who() -> str:
    """The login name of whoever runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"
