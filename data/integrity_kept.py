"""Integrity scans that were made: kept with their data version, opened many times."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.schema import scans
from data.store import Store
from metrics.integrity import FINDINGS
from metrics.scheme import Scheme
from metrics.selection import Selection

_FORMAT = 1  # of the body; a kept scan of another format is computed anew


@dataclass(frozen=True)
class Scanned:
    """A scan and what it rests on.

    ``findings``: columns of :data:`metrics.integrity.FINDINGS`. ``skipped``: signal -> reason
    (``no_field``, ``no_data``, ``short_history``, ``no_prone``, ``no_line``, ``few_edges``) and
    its parameters. ``facts``: further numbers (``prone``: categories that are struck out;
    ``power``: what the power of audit calls depends on; ``line``: the red line looked at;
    ``spans`` of the recoding; ``edges``: days at which a period begins).
    """

    start: datetime
    end: datetime
    scheme: str
    findings: pd.DataFrame
    tests: int
    flagged: int
    expected_false: float
    skipped: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    data_version: int = 0
    computed_at: datetime | None = None
    seconds: float = 0.0


def scheme_key(scheme: Scheme) -> str:
    """A scheme with its version."""
    return f"{scheme.id}@{scheme.version}"


def key_of(span: Selection, scheme: Scheme) -> str:
    """What tells one scan from another."""
    return f"{_FORMAT}|{span.start.isoformat()}|{span.end.isoformat()}|{scheme_key(scheme)}"


def keep(store: Store, made: Scanned) -> None:
    """Put a scan in the place of an earlier one of the same span and scheme."""
    key = f"{_FORMAT}|{made.start.isoformat()}|{made.end.isoformat()}|{made.scheme}"
    body = {
        "findings": {str(name): _plain(made.findings[name]) for name in made.findings},
        "tests": made.tests, "flagged": made.flagged, "expected_false": made.expected_false,
        "skipped": made.skipped, "facts": made.facts, "start": made.start.isoformat(),
        "end": made.end.isoformat(), "scheme": made.scheme,
    }  # fmt: skip
    row = {
        "key": key, "data_version": made.data_version, "computed_at": made.computed_at,
        "seconds": made.seconds, "body": json.dumps(body, ensure_ascii=False, default=str),
    }  # fmt: skip
    with store.write() as connection:
        connection.execute(sa.delete(scans).where(scans.c.key == key))
        connection.execute(sa.insert(scans).values(row))


def made_at(store: Store, span: Selection, scheme: Scheme) -> datetime | None:
    """When the kept scan of a span and scheme was made; ``None`` if there is none."""
    when = sa.select(sa.func.max(scans.c.computed_at)).where(scans.c.key == key_of(span, scheme))
    moment: datetime | None = store.scalar(when)
    return moment


def kept(store: Store, span: Selection, scheme: Scheme) -> Scanned | None:
    """The scan kept for a span and scheme, on whatever data it was made; ``None`` if there is none."""
    return _kept(store, scans.c.key == key_of(span, scheme))


def newest_moment(store: Store, scheme: str) -> datetime | None:
    """When the newest scan of any span was made under a scheme (:func:`scheme_key`); ``None``: never."""
    when = sa.select(sa.func.max(scans.c.computed_at)).where(_under(scheme))
    moment: datetime | None = store.scalar(when)
    return moment


def newest(store: Store, scheme: str) -> Scanned | None:
    """The newest scan of any span under a scheme; ``None`` if there is none."""
    return _kept(store, _under(scheme))


def _under(scheme: str) -> sa.ColumnElement[bool]:
    return scans.c.key.like(f"{_FORMAT}|%") & scans.c.key.endswith(f"|{scheme}", autoescape=True)


def _kept(store: Store, wanted: sa.ColumnElement[bool]) -> Scanned | None:
    rows = store.rows(sa.select(scans).where(wanted).order_by(scans.c.computed_at.desc()).limit(1))
    if not rows:
        return None
    body = json.loads(rows[0].body)
    findings = pd.DataFrame(body["findings"], columns=list(FINDINGS))
    numbers = ("value", "peers", "peers_low", "peers_high", "excess", "p", "q")
    findings = findings.astype({**dict.fromkeys(numbers, "float64"), "flagged": "bool"})
    return Scanned(
        datetime.fromisoformat(body["start"]), datetime.fromisoformat(body["end"]), body["scheme"],
        findings, body["tests"], body["flagged"], body["expected_false"], body["skipped"],
        body["facts"], rows[0].data_version, rows[0].computed_at, rows[0].seconds,
    )  # fmt: skip


def _plain(column: Sequence[Any] | pd.Series) -> list[Any]:
    """Numbers, texts and nulls as JSON has them."""
    out: list[Any] = []
    for value in pd.Series(column).astype("object"):
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            out.append(None)
        else:
            out.append(value.item() if isinstance(value, np.generic) else value)
    return out
