"""What is computed ahead of time from the counts (alerts, forecasts ...), so that pages only read.

A step reads its inputs, computes with the pure rooms, and puts its results in place of the
earlier ones in one transaction: whoever is killed on the way leaves the earlier results.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from data.coverage import last_complete_day
from data.schema import refreshes
from data.store import Store
from data.tables import types_of

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Called with the step's name and the share that is done (0 to 1)."""
INPUTS = "inputs"
"""Fact of a run: the fingerprint of what it was computed from, see :func:`digest`."""
STUCK = timedelta(minutes=30)
"""A run that has not ended by then was killed; somebody else may start."""


@dataclass(frozen=True)
class Inputs:
    """What a step needs, picklable: it may be computed in another process."""

    as_of: date
    country: str
    frames: Mapping[str, pd.DataFrame]
    setting: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """Rows for the step's tables by name, and facts that pages say about the run (JSON)."""

    frames: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Any] = field(default_factory=dict)


class Step(Protocol):
    """One thing that is computed ahead."""

    @property
    def name(self) -> str:
        """What the step is called in the store, on the command line and in words."""

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """The tables that the step owns."""

    def setting(self, store: Store) -> Mapping[str, Any]:
        """What the run depends on beside the data (JSON); another setting means a new run."""

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """The inputs; ``None`` when there is nothing to compute from."""

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """The results. Pure: no store, no clock, no randomness but seeded."""

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """Last changes before writing, inside the transaction (e.g. ids that must stay)."""


@dataclass(frozen=True)
class Run:
    """The newest run of a step."""

    step: str
    data_version: int
    as_of: date | None
    setting: str
    started_at: datetime
    seconds: float | None
    state: str
    facts: Mapping[str, Any]


def newest(store: Store, step: str, *, ended: bool = True) -> Run | None:
    """The newest run of a step (``ended``: that is done or had nothing to do)."""
    wanted = sa.select(refreshes).where(refreshes.c.step == step)
    if ended:
        wanted = wanted.where(refreshes.c.state.in_(["done", "nothing"]))
    rows = store.rows(wanted.order_by(refreshes.c.started_at.desc()).limit(1))
    if not rows:
        return None
    row = rows[0]
    facts = json.loads(row.facts) if row.facts else {}
    return Run(
        row.step, int(row.data_version), row.as_of, row.setting, row.started_at, row.seconds,
        row.state, facts,
    )  # fmt: skip


def stale(store: Store, step: Step) -> bool:
    """Whether the step's results are of older data, or of another setting."""
    run = newest(store, step.name)
    if run is None:
        return not store.empty()
    return run.data_version != store.data_version() or run.setting != _dumped(step.setting(store))


def refresh(
    store: Store,
    steps: Iterable[Step],
    *,
    force: bool = False,
    progress: Progress | None = None,
    compute: Callable[[Step, Inputs, Callable[[float], None]], Results] | None = None,
) -> dict[str, str]:
    """Run the steps that are stale (all when forced); each step's end state by name.

    States: done, unchanged (new data, but nothing that the step reads: the earlier results hold),
    nothing (no data to compute from), fresh (nothing to do), busy (another process is at
    it), failed (logged; the earlier results stand). ``compute``: how a step is
    computed, by default here; the app passes one that uses another process.
    """
    out: dict[str, str] = {}
    for step in steps:
        if not force and not stale(store, step):
            out[step.name] = "fresh"
            continue
        tell = progress or (lambda _name, _share: None)
        out[step.name] = _one(store, step, tell, compute, force=force)
    return out


def digest(inputs: Inputs) -> str:
    """A fingerprint of everything that a step computes from."""
    found = blake2b(digest_size=16)
    found.update(repr((inputs.as_of, inputs.country, _dumped(inputs.setting))).encode())
    for name, frame in sorted(inputs.frames.items()):
        found.update(repr((name, list(frame.columns), len(frame))).encode())
        try:
            found.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
        except TypeError:  # cells that hold lists and the like
            found.update(pickle.dumps(frame))
    return found.hexdigest()


# -- inside --------------------------------------------------------------------
def _one(
    store: Store,
    step: Step,
    progress: Progress,
    compute: Callable[[Step, Inputs, Callable[[float], None]], Results] | None,
    *,
    force: bool,
) -> str:
    earlier = None if force else newest(store, step.name)
    started = _claim(store, step)
    if started is None:
        return "busy"
    begin = time.perf_counter()

    def tell(share: float) -> None:
        progress(step.name, min(max(share, 0.0), 1.0))

    tell(0.0)
    try:
        version, setting = store.data_version(), step.setting(store)
        as_of = last_complete_day(store)
        inputs = step.read(store, as_of, setting) if as_of is not None else None
        mark = digest(inputs) if inputs is not None else ""
        if earlier is not None and mark and earlier.facts.get(INPUTS) == mark:
            with store.write() as connection:
                facts = (earlier.facts, version, as_of, setting)
                _end(connection, step, started, "done", begin, *facts)
            tell(1.0)
            return "unchanged"
        if inputs is None:
            results = Results({table.name: pd.DataFrame() for table in step.tables})
        else:
            results = (compute or _here)(step, inputs, tell)
        with store.write() as connection:
            results = step.merge(connection, results)
            for table in step.tables:
                connection.execute(sa.delete(table))
                _insert(store, connection, table, results.frames[table.name])
            state = "done" if inputs is not None else "nothing"
            facts = ({**results.facts, INPUTS: mark}, version, as_of, setting)
            _end(connection, step, started, state, begin, *facts)
    except BaseException as error:
        with store.write() as connection:
            _end(connection, step, started, "failed", begin, {"message": str(error)[:300]})
        if not isinstance(error, Exception):
            raise
        log.exception("refresh of %s failed; the earlier results stand", step.name)
        return "failed"
    tell(1.0)
    return state


def _here(step: Step, inputs: Inputs, tell: Callable[[float], None]) -> Results:
    return step.compute(inputs, tell)


def _claim(store: Store, step: Step) -> datetime | None:
    """Write that this process is at it; ``None`` when another one is."""
    now = datetime.now()
    with store.write() as connection:
        at_it = sa.select(refreshes.c.facts).where(
            refreshes.c.step == step.name,
            refreshes.c.state == "running",
            refreshes.c.started_at > now - STUCK,
        )
        for row in connection.execute(at_it).fetchall():
            if _alive(json.loads(row.facts)):
                return None
        mine = {"host": socket.gethostname(), "pid": os.getpid()}
        claim = {"step": step.name, "data_version": -1, "setting": "", "started_at": now,
                 "state": "running", "facts": json.dumps(mine)}  # fmt: skip
        connection.execute(sa.insert(refreshes).values(claim))
    return now


def _end(
    connection: sa.Connection,
    step: Step,
    started: datetime,
    state: str,
    begin: float,
    facts: Mapping[str, Any],
    version: int = -1,
    as_of: date | None = None,
    setting: Mapping[str, Any] | None = None,
) -> None:
    mine = sa.and_(refreshes.c.step == step.name, refreshes.c.started_at == started)
    if state in ("done", "nothing"):  # earlier runs have done their duty
        older = sa.and_(refreshes.c.step == step.name, refreshes.c.started_at < started)
        connection.execute(sa.delete(refreshes).where(older))
    connection.execute(
        sa.update(refreshes)
        .where(mine)
        .values(
            state=state,
            seconds=time.perf_counter() - begin,
            data_version=version,
            as_of=as_of,
            setting=_dumped(setting or {}),
            facts=json.dumps(facts, ensure_ascii=False, default=str),
        )
    )


def _alive(runner: Mapping[str, Any]) -> bool:
    """Whether whoever claimed a run may still be at it (on another machine: nobody can tell)."""
    if runner.get("host") != socket.gethostname():
        return True
    try:
        os.kill(int(runner["pid"]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _dumped(setting: Mapping[str, Any]) -> str:
    return json.dumps(setting, ensure_ascii=False, sort_keys=True, default=str)


def _insert(store: Store, connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> None:
    """The rows of a frame by way of a parquet file, as fast as the engine can; columns that the
    frame lacks stay null."""
    if frame.empty:
        return
    names = [column.name for column in table.columns if column.name in frame]
    types = types_of(sa.select(*(table.c[name] for name in names)))
    arrays = [
        pa.array(_plain(frame[name], types[name]), types[name], from_pandas=True) for name in names
    ]
    home = store.settings.home
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as room:
        file = Path(room) / f"{table.name}.parquet"
        pq.write_table(pa.table(arrays, names=names), file)
        store.backend.load(connection, table, [file])


def _plain(values: pd.Series[Any], wanted: pa.DataType | None) -> Any:
    """Days as dates, whatever kind of column they came in; all else as it is."""
    if wanted == pa.date32():
        days = pd.to_datetime(values)
        return days.dt.date.where(days.notna(), None).to_numpy(dtype=object)
    return values.astype(object).where(values.notna(), None).to_numpy(dtype=object)
