"""From a file, upload or query to a prepared batch in the inbox."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError

from data.batch import BatchInfo, BatchWriter
from data.frames import ARROW_SCHEMA
from data.importing.callers import caller_hasher, secret_key
from data.importing.choose import Job, choose
from data.importing.dimensions import Found
from data.importing.errors import ImportFailure
from data.importing.locate import place
from data.importing.normalise import Context, Normaliser
from data.importing.points import Box, Placeholder, city_box, find_placeholders
from data.importing.preset import Preset
from data.importing.preset_files import all_presets
from data.importing.proposal import Proposal
from data.importing.readers import QueryTable, Table, open_table
from data.importing.readers.encoding import digest_of
from data.importing.rejects import Rejects
from data.importing.report import Tally, build, duplicate_mask
from data.settings import Settings
from data.settings import settings as current_settings

Progress = Callable[[int, int | None], None]
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
_RULES = "import-1"
"""Raised when the same file and preset would give other orders (part of the digest)."""


@dataclass(frozen=True)
class PreparedBatch:
    """A batch that lies in the inbox, ready for ``data.ingest.submit``.

    ``dimensions``: the categories, units and areas the file mentions (not written into the
    batch: given dimension rows replace what people have edited).
    """

    path: Path
    info: BatchInfo
    report: dict[str, Any]
    rejects: pa.Table
    dimensions: dict[str, pd.DataFrame]


def prepare(
    path: Path | str,
    *,
    preset: str | Path | Preset | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    name: str | None = None,
    source: str | None = None,
    known_placeholders: Sequence[tuple[float, float]] = (),
    now: datetime | None = None,
) -> PreparedBatch | Proposal:
    """Read a file and write a batch into ``settings.inbox``.

    ``preset``: an id, a YAML file or a :class:`Preset`; without one it is chosen by the
    header, and a file that no preset fits gives a :class:`Proposal`. ``name``: what
    reports call the file. ``source``: overrides the preset's. ``known_placeholders``:
    (lon, lat) found in earlier batches. ``now``: city time, for tests.

    Raises :class:`ImportFailure` when the file or the named preset cannot be used.
    """
    config = settings or current_settings()
    file = Path(path)
    presets = all_presets(config.home)
    table = open_table(file, presets, name)
    digest = digest_of(file)
    with _told(table.name, config):
        job = choose(table, preset, presets)
        if isinstance(job, Proposal):
            return job
        return _run(table, job, config, digest, progress, source, known_placeholders, now)


def prepare_query(
    url: str,
    sql: str,
    *,
    preset: str | Path | Preset | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    name: str | None = None,
    source: str | None = None,
    known_placeholders: Sequence[tuple[float, float]] = (),
    now: datetime | None = None,
) -> PreparedBatch | Proposal:
    """The same from a database: any SQLAlchemy URL and one SELECT, streamed.

    Raises :class:`ImportFailure` (``bad_url``, ``query_failed``, ``no_columns``, ...).
    """
    config = settings or current_settings()
    presets = all_presets(config.home)
    table = QueryTable(url, sql, name)
    with _told(table.name, config):
        job = choose(table, preset, presets)
        if isinstance(job, Proposal):
            return job
        return _run(table, job, config, None, progress, source, known_placeholders, now)


@contextmanager
def _told(name: str, config: Settings) -> Iterator[None]:
    """What libraries raise over a broken file or a full disk, as :class:`ImportFailure`."""
    try:
        yield
    except (pa.ArrowException, CalamineError, EOFError, OSError, UnicodeError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, OSError) and error.errno in _DISK:
            path = str(config.home)
            raise ImportFailure("cannot_write", path=path, message=message) from error
        raise ImportFailure("unreadable", file=name, message=message) from error


def _run(
    table: Table,
    job: Job,
    config: Settings,
    digest: str | None,
    progress: Progress | None,
    source: str | None,
    told: Sequence[tuple[float, float]],
    now: datetime | None,
) -> PreparedBatch:
    preset = job.plan.preset
    zone = preset.zone or config.zone
    moment = now or datetime.now(ZoneInfo(zone)).replace(tzinfo=None)
    context = Context(
        zone=zone,
        country=preset.country or config.country,
        now=np.datetime64(moment, "us"),
        hash_callers=caller_hasher(secret_key(config)),
        source=source or preset.source,
    )
    rejects = Rejects(table.name)
    normaliser = Normaliser(job.plan, context, rejects)
    with BatchWriter(config.inbox) as writer:
        stage = writer.temporary / "stage"
        stage.mkdir()
        content = hashlib.sha256()
        files, ids = _stage(table, job, normaliser, stage, progress, None if digest else content)
        if not normaliser.totals.read:
            raise ImportFailure("no_rows", file=table.name)
        spots, box = _places(normaliser, preset, told)
        tally, found = Tally(), Found()
        superseded = duplicate_mask(ids)
        _finish(files, superseded, spots, box, writer, tally, found)
        shutil.rmtree(stage)
        report = build(
            plan=job.plan,
            chosen=job.chosen,
            header_row=job.header_row + 1,
            header_share=job.share,
            about=table.about,
            totals=normaliser.totals,
            tally=tally,
            rejects=rejects,
            duplicates=int(superseded.sum()),
            placeholders=spots,
            box=box,
            zone=zone,
        )
        listed = rejects.table()
        if listed.num_rows:
            writer.add_rejects(listed)
        base = digest or content.hexdigest()
        info = BatchInfo(
            digest=_digest(base, preset, context),
            source=context.source,
            rows_read=normaliser.totals.read,
            preset=preset.id,
            file_name=table.name,
            report=report,
            meta=_meta(preset, zone),
        )
        path = writer.finish(info)
    return PreparedBatch(path, info, report, listed, found.frames())


def _digest(content: str, preset: Preset, context: Context) -> str:
    parts = (_RULES, content, preset.fingerprint(), context.source, context.zone, context.country)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _meta(preset: Preset, zone: str) -> dict[str, str]:
    meta = {"zone": zone}
    if preset.city:
        meta |= {"city_zh": preset.city.zh, "city_en": preset.city.en}
    return meta


def _stage(
    table: Table,
    job: Job,
    normaliser: Normaliser,
    stage: Path,
    progress: Progress | None,
    content: Any,
) -> tuple[list[Path], list[Any]]:
    """First pass: normalise every chunk and put it aside; the whole file must be seen
    before placeholder points, the city's box and duplicate ids are known."""
    files: list[Path] = []
    ids = []
    total = table.total()
    for chunk in table.chunks(job.header_row, job.plan.wanted):
        if content is not None:
            for index in sorted(chunk.columns):
                content.update(repr(chunk.columns[index].to_pylist()).encode("utf-8", "replace"))
        orders = normaliser.table(chunk)
        ids.append(pd.util.hash_array(orders["order_id"].to_numpy().astype(object)))
        path = stage / f"{len(files):05d}.parquet"
        pq.write_table(
            orders, path, compression="lz4", use_dictionary=False, write_statistics=False
        )
        files.append(path)
        if progress:
            done = normaliser.totals.read
            progress(done, None if total is None else max(total, done))
    if progress:
        progress(normaliser.totals.read, normaliser.totals.read)
    return files, ids


def _places(
    normaliser: Normaliser, preset: Preset, told: Sequence[tuple[float, float]]
) -> tuple[list[Placeholder], Box | None]:
    points = normaliser.points.table()
    spots = find_placeholders(points, [*preset.coordinates.placeholders, *told])
    return spots, preset.coordinates.box or city_box(points)


def _finish(
    files: Sequence[Path],
    superseded: np.ndarray[Any, np.dtype[np.bool_]],
    spots: Sequence[Placeholder],
    box: Box | None,
    writer: BatchWriter,
    tally: Tally,
    found: Found,
) -> None:
    """Second pass: judge points, drop superseded rows, write."""
    start = 0
    waiting: list[pa.Table] = []
    for path in files:
        orders = pq.read_table(path, schema=ARROW_SCHEMA)
        old = superseded[start : start + orders.num_rows]
        start += orders.num_rows
        if old.any():
            orders = orders.filter(pa.array(~old))
        orders = place(orders.combine_chunks(), spots, box)
        tally.add(orders)
        found.add(orders)
        waiting.append(orders)
        if sum(t.num_rows for t in waiting) >= 200_000:
            writer.add(pa.concat_tables(waiting))
            waiting = []
    if waiting:
        writer.add(pa.concat_tables(waiting))
