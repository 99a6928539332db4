"""Draining: a batch directory becomes rows, counts and a ledger entry in one transaction."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from data import arrivals, audit, city, decisions, inbox, placed, superseded
from data.audit import note
from data.batch import Batch, BatchError, Refused, read_batch, sweep, waiting
from data.boundaries.travelling import take_batch
from data.cell_counts import recount_cells
from data.factors import taking
from data.giving_way import make_room
from data.inbox import BatchResult
from data.registers.files import BadFile, undump
from data.registers.taking import take_in
from data.repeats import link_first, relink, staged
from data.schema import BOUNDARIES, FACTORS, REGISTER, batches, orders
from data.slots import recount
from data.staging import Merged, Staging
from data.store import Store

log = logging.getLogger(__name__)

Progress = Callable[[str], None]
"""Called with the code of each step: stage, compare, merge, links, counts, commit."""


@dataclass(frozen=True)
class _Job:
    """One batch on its way into the store."""

    store: Store
    connection: sa.Connection
    batch: Batch
    number: int
    say: Progress


def drain(store: Store, progress: Progress | None = None) -> list[BatchResult]:
    """Drain every waiting batch, oldest first; a bad one is set aside and does not stop the rest."""
    sweep(store.settings.inbox)
    inbox.tidy(store.settings)
    return [submit(path, store, progress) for path in waiting(store.settings.inbox)]


def submit(batch_dir: Path, store: Store, progress: Progress | None = None) -> BatchResult:
    """Drain one batch directory now. Never raises for a bad batch: the result says ``refused``.

    Raises what the database raises when it is out of order (the batch stays in the inbox).
    """
    try:
        batch = read_batch(batch_dir)
        result = _take(store, batch, progress or (lambda _step: None))
    except (BatchError, Refused) as error:
        moved = _taken_elsewhere(batch_dir, store)
        if moved is not None:
            return moved
        result = _refuse(store, batch_dir, error.code, dict(error.details))
    except (sa.exc.DataError, sa.exc.ProgrammingError, duckdb.Error, ValueError) as error:
        # the database itself works (or its own OperationalError would have come): the rows are bad
        if isinstance(error, sa.exc.DBAPIError) and _transient(error):
            raise
        log.exception("batch %s refused", batch_dir.name)
        message = str(getattr(error, "orig", error)).splitlines()[0][:300]
        result = _refuse(store, batch_dir, "rows", {"message": message})
    if result.state == "known":
        result = inbox.result_of(batch_dir.name, store.settings) or result
    inbox.archive(batch_dir, store.settings, result)
    return result


def _taken_elsewhere(batch_dir: Path, store: Store) -> BatchResult | None:
    """The result of a batch that another process drained and moved in the meantime."""
    return None if batch_dir.is_dir() else inbox.result_of(batch_dir.name, store.settings)


def give_up(batch_dir: Path, store: Store, message: str) -> BatchResult:
    """Refuse a batch that the database keeps failing on."""
    result = _refuse(store, batch_dir, "failed", {"message": message})
    inbox.archive(batch_dir, store.settings, result)
    return result


def _transient(error: sa.exc.DBAPIError) -> bool:
    """Whether trying again later may help (disk full, memory short, connection lost)."""
    passing = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException)
    return error.connection_invalidated or isinstance(error.orig, passing)


def _take(store: Store, batch: Batch, say: Progress) -> BatchResult:
    with store.write() as connection:
        known = _ledger(connection, batch.info.digest)
        if known is not None:
            return _result(batch, known, "known")
        highest = connection.execute(sa.select(sa.func.max(batches.c.batch))).scalar()
        job = _Job(store, connection, batch, int(highest or 0) + 1, say)
        if batch.info.source == BOUNDARIES:
            return _boundaries(job)
        if batch.info.source == REGISTER:
            merged, rejected = _registers(job), 0
        elif batch.info.source == FACTORS:
            merged, rejected = taking.take_in(_staging(job), batch.path), 0
            if merged.new == merged.updated == 0:
                # nothing changed: no line in the ledger, no new data version
                return BatchResult(
                    batch.path.name, "done", source=FACTORS, file_name=batch.info.file_name,
                    rows_read=batch.info.rows_read, rows_unchanged=merged.unchanged,
                )  # fmt: skip
        else:
            make_room(store, connection, batch)
            merged, rejected = _rows(job)
            _registers(job)
        row = _write_ledger(job, merged, rejected)
        say("commit")
    return _result(batch, row, "done")


def _registers(job: _Job) -> Merged:
    """Take in the register files of a batch; one fault refuses the whole batch."""
    added = changed = unchanged = 0
    actor = str(job.batch.info.report.get("actor") or audit.PROGRAM)
    for tree in job.batch.registers():
        given = undump(tree)
        try:
            taken = take_in(job.store, job.connection, given, actor=actor, batch=job.number)
        except BadFile as bad:
            listed = [asdict(fault) for fault in bad.faults]
            n = len(listed)
            raise Refused("register", file=given.file, n=n, faults=listed) from bad
        added, changed = added + taken.added, changed + taken.changed
        unchanged += taken.unchanged
    return Merged(added, changed, unchanged, 0, None, None)


def _boundaries(job: _Job) -> BatchResult:
    """Take in a file of boundaries, whole or not at all; what changes nothing leaves no trace."""
    taken = take_batch(job.store, job.connection, job.batch, job.number)
    if isinstance(taken, BatchResult):
        return taken
    return _result(taken[0], _write_ledger(replace(job, batch=taken[0]), taken[1], 0), "done")


def _staging(job: _Job) -> Staging:
    return Staging(job.connection, job.store.backend, job.number)


def _rows(job: _Job) -> tuple[Merged, int]:
    """Stage, compare, merge, link, recount."""
    staging = _staging(job)
    job.say("stage")
    loaded, doubled = staging.load(job.batch.order_files)
    decisions.keep(staging)
    first_day, last_day = staging.span()
    into_empty = job.connection.execute(sa.select(orders.c.order_id).limit(1)).first() is None
    known = unchanged = 0
    if not into_empty:
        job.say("compare")
        known, unchanged = staging.compare()
    left = staging.count(staging.stage)
    _city_rows(job, staging)
    if left:
        arrivals.note(staging, job.store.now())
        staging.touch_days(staging.stage, staging.old)
        if into_empty:
            job.say("links")
            source = link_first(staging, job.store.now())
            job.say("merge")
            staging.merge(source, into_empty=True)
        else:
            job.say("merge")
            superseded.keep(job.connection, staging.old, job.number)
            staging.merge(staged(staging.stage), into_empty=False)
            job.say("links")
            relink(staging, job.store.now())
        job.say("counts")
        job.store.backend.analyze(job.connection, orders)
        if into_empty:
            # the rows just inserted are read faster where they came from
            recount(job.connection, source=source.subquery("orders"))
        else:
            recount(job.connection, staging.days)
        recount_cells(job.connection, None if into_empty else staging.days)
    placed.follow(job.store, job.connection, staging if left else None)
    staging.drop()
    updated = known - unchanged
    merged = Merged(left - updated, updated, unchanged, doubled, first_day, last_day)
    info = job.batch.info
    rejected = info.report.get("rejected", info.rows_read - loaded)
    return merged, max(0, int(rejected))


def _city_rows(job: _Job, staging: Staging) -> None:
    city.take_given(staging, job.batch.path)
    city.add_missing(staging)
    city.set_meta(job.connection, job.batch.info.meta)
    rejects = job.batch.path / "rejects.parquet"
    if rejects.exists():
        staging.load_rejects(rejects)


def _ledger(connection: sa.Connection, digest: str) -> sa.Row[Any] | None:
    taken = sa.select(batches).where(batches.c.digest == digest, batches.c.state == "done")
    return connection.execute(taken).first()


def _write_ledger(job: _Job, merged: Merged, rejected: int) -> sa.Row[Any]:
    info = job.batch.info
    row = {
        "batch": job.number,
        "digest": info.digest,
        "source": info.source,
        "preset": info.preset,
        "file_name": info.file_name,
        "state": "done",
        "committed_at": job.store.now(),
        "rows_read": info.rows_read,
        "rows_new": merged.new,
        "rows_updated": merged.updated,
        "rows_unchanged": merged.unchanged,
        "rows_rejected": rejected,
        "first_day": merged.first_day,
        "last_day": merged.last_day,
        "report": _json({**info.report, "superseded": merged.superseded}),
    }
    job.connection.execute(sa.insert(batches).values(row))
    subject = info.file_name or info.source
    actor, details = info.report.get("actor"), {"batch": job.number}
    note(job.store, "import", subject, details, actor=actor, connection=job.connection)
    written = job.connection.execute(sa.select(batches).where(batches.c.batch == job.number))
    return written.one()


def _result(batch: Batch, row: sa.Row[Any], state: inbox.State) -> BatchResult:
    names = ("batch", "source", "file_name", "rows_read", "rows_new", "rows_updated",
             "rows_unchanged", "rows_rejected", "first_day", "last_day")  # fmt: skip
    values = {name: getattr(row, name) for name in names}
    report = json.loads(row.report)
    return BatchResult(
        name=batch.path.name, state=state, digest=row.digest, report=report, **values
    )


def _refuse(store: Store, batch_dir: Path, code: str, details: dict[str, Any]) -> BatchResult:
    """Write the refusal into the ledger too, so that the Data page shows it."""
    result = BatchResult(batch_dir.name, "refused", reason=code, details=details)
    with store.write() as connection:
        highest = connection.execute(sa.select(sa.func.max(batches.c.batch))).scalar()
        try:
            info = read_batch(batch_dir).info
        except BatchError:
            info = None
        row = {
            "batch": int(highest or 0) + 1,
            "digest": info.digest if info else "",
            "source": info.source if info else "?",
            "preset": info.preset if info else None,
            "file_name": info.file_name if info else batch_dir.name,
            "state": "refused",
            "committed_at": store.now(),
            "rows_read": info.rows_read if info else 0,
            "rows_new": 0, "rows_updated": 0, "rows_unchanged": 0, "rows_rejected": 0,
            "report": _json({"refused": {"reason": code, "details": details}}),
        }  # fmt: skip
        connection.execute(sa.insert(batches).values(row))
        note(store, "refuse", batch_dir.name, {"reason": code}, connection=connection)
    return result


def _json(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, default=str)
