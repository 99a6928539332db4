"""Rows of a file to canonical orders, chunk by chunk, all in arrow columns.

A row is left out when it has no id or no readable time of creation. Any other bad
value becomes null and is reported; the row is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.frames import ARROW_SCHEMA
from data.importing.derive import Columns, derive
from data.importing.headers import header_key
from data.importing.locate import locate
from data.importing.mapping import PATH_COLUMN, Plan
from data.importing.points import Floats, PointTally
from data.importing.privacy import mask_array
from data.importing.readers.base import Chunk
from data.importing.rejects import Rejects
from data.importing.rules import made_ids, split_paths, take_elsewhere
from data.importing.times import EARLIEST, judge, parse_times
from data.importing.values import (
    as_bool,
    as_code,
    as_id,
    as_number,
    clean,
    coalesce,
)
from metrics.fields import INPUT_FIELDS, ORDER_FIELDS

MASKED = (
    "title",
    "content",
    "reply",
    "address",
    "exclusion_note",
    "tags",
    "community",
    "enterprise",
)
LONGEST = {"order_id": 200, "title": 2_000, "content": 100_000, "reply": 100_000, "address": 1_000}
LONGEST_NAME = 500


@dataclass
class Context:
    """What normalising needs to know besides the preset."""

    zone: str
    country: str
    now: np.datetime64
    hash_callers: Callable[[pa.Array], pa.Array]
    source: str


@dataclass
class Totals:
    """Counts over the whole file."""

    read: int = 0
    kept: int = 0
    repeated_headers: int = 0
    swapped: int = 0
    present: Counter[str] = field(default_factory=Counter)
    odd_text: int = 0


class Normaliser:
    """Turns chunks into canonical tables (points not yet judged) and collects what was wrong."""

    def __init__(self, plan: Plan, context: Context, rejects: Rejects) -> None:
        self.plan = plan
        self.preset = plan.preset
        self.context = context
        self.rejects = rejects
        self.totals = Totals()
        self.points = PointTally()
        self._tables = {
            f.name: plan.table(f.name) for f in ORDER_FIELDS if f.kind in ("enum", "bool")
        }

    def table(self, chunk: Chunk) -> pa.Table:
        """The chunk's good rows under :data:`data.frames.ARROW_SCHEMA`."""
        self.totals.read += len(chunk.rows) + len(chunk.bad)
        if chunk.bad:
            self.rejects.add_unreadable(chunk)
        chunk = self._without_headers(chunk)
        size = len(chunk.rows)
        raw = self._texts(chunk, size)
        elsewhere = take_elsewhere(raw, self.preset)
        orders: Columns = {}
        for spec in ORDER_FIELDS:
            if spec.name in ARROW_SCHEMA.names:
                orders[spec.name] = pa.nulls(size, ARROW_SCHEMA.field(spec.name).type)
        self._convert(chunk, raw, orders)
        self._apply(elsewhere, orders)
        self._constants(orders)
        lon, lat = self._points(chunk, raw)
        orders["lon"], orders["lat"] = _floats(lon), _floats(lat)
        good = self._required(chunk, raw, orders)
        for name in MASKED:
            orders[name] = mask_array(orders[name])
        if "caller_phone" in raw:
            orders["caller_key"] = self.context.hash_callers(raw["caller_phone"])
        self._conditional(orders)
        self._status(orders)
        derive(orders, self.context.country, self.context.now, self.plan.columns)
        table = pa.Table.from_arrays(
            [orders[name] for name in ARROW_SCHEMA.names], schema=ARROW_SCHEMA
        ).filter(good)
        self._count(table)
        return table

    # -- cells ---------------------------------------------------------------
    def _without_headers(self, chunk: Chunk) -> Chunk:
        """Files glued together repeat their header: such rows are no orders."""
        index = self.plan.columns["created_at"][0]
        header = self.plan.labels[index]
        same = pc.fill_null(pc.equal(chunk.columns[index], header), False)
        count = int(pc.sum(same).as_py() or 0)
        if not count:
            return chunk
        self.totals.repeated_headers += count
        self.totals.read -= count
        keep = pc.invert(same)
        rows = np.asarray(keep.to_numpy(zero_copy_only=False))
        columns = {i: column.filter(keep) for i, column in chunk.columns.items()}
        lines = None if chunk.lines is None else chunk.lines[rows]
        return Chunk(chunk.rows[rows], columns, lines, [], chunk.place)

    def _texts(self, chunk: Chunk, size: int) -> Columns:
        cleaned = {i: clean(c, self.preset.nothing) for i, c in chunk.columns.items()}
        for index, column in cleaned.items():
            lost = pc.fill_null(pc.match_substring(column, "�"), False)
            if pc.any(lost).as_py():
                where = np.flatnonzero(lost.to_numpy(zero_copy_only=False))
                values = column.take(pa.array(where)).to_pylist()
                label = self.plan.labels[index]
                shown = values if not self._is_private(label) else [None] * len(values)
                self.rejects.add(chunk, where, label, shown, "lost_characters", whole_row=False)
        raw = {
            name: coalesce([cleaned[i] for i in indexes], size)
            for name, indexes in self.plan.columns.items()
        }
        if PATH_COLUMN in raw:
            for level, part in enumerate(split_paths(raw.pop(PATH_COLUMN), self.preset), start=1):
                name = f"category{level}"
                raw[name] = pc.coalesce(raw[name], part) if name in raw else part
        return raw

    def _is_private(self, label: str) -> bool:
        phone = self.plan.columns.get("caller_phone", [])
        return any(header_key(self.plan.labels[i]) == header_key(label) for i in phone)

    # -- fields --------------------------------------------------------------
    def _convert(self, chunk: Chunk, raw: Columns, orders: Columns) -> None:
        for spec in ORDER_FIELDS:
            name = spec.name
            if name not in raw or name in ("lon", "lat") or name not in INPUT_FIELDS:
                continue
            column = raw[name]
            if name == "order_id":
                read = as_id(column)
                self._warn(chunk, name, column, read.bad, "mangled_id", whole_row=True)
                orders[name] = self._cut(chunk, name, read.values)
            elif spec.kind == "text":
                orders[name] = self._cut(chunk, name, column)
            elif spec.kind == "time":
                orders[name] = self._times(chunk, name, column)
            else:
                if spec.kind == "enum":
                    read, reason = as_code(column, self._tables[name]), "unknown_value"
                elif spec.kind == "bool":
                    read, reason = as_bool(column, self._tables[name]), "unknown_value"
                else:
                    read, reason = as_number(column, spec.kind == "int"), "bad_number"
                self._warn(chunk, name, column, read.bad, reason, field=name)
                orders[name] = read.values

    def _warn(
        self,
        chunk: Chunk,
        name: str,
        column: pa.Array,
        bad: np.ndarray[Any, Any],
        reason: str,
        *,
        whole_row: bool = False,
        **details: object,
    ) -> None:
        where = np.flatnonzero(bad)
        if len(where):
            values = column.take(pa.array(where)).to_pylist()
            label = self.plan.label(name)
            self.rejects.add(
                chunk, where, label, values, reason, whole_row=whole_row, details=dict(details)
            )

    def _cut(self, chunk: Chunk, name: str, column: pa.Array) -> pa.Array:
        limit = LONGEST.get(name, LONGEST_NAME)
        long = pc.fill_null(pc.greater(pc.utf8_length(column), limit), False)
        if not pc.any(long).as_py():
            return column
        bad = np.asarray(long.to_numpy(zero_copy_only=False))
        self._warn(chunk, name, column, bad, "over_long", whole_row=name == "order_id", limit=limit)
        if name == "order_id":
            return pc.if_else(long, None, column)
        return pc.if_else(long, pc.utf8_slice_codeunits(column, 0, limit), column)

    def _times(self, chunk: Chunk, name: str, column: pa.Array) -> pa.Array:
        naive_is_utc = self.preset.naive == "utc"
        read = parse_times(
            column, order=self.preset.dates, zone=self.context.zone, naive_is_utc=naive_is_utc
        )
        whole = name == "created_at"
        self._warn(chunk, name, column, read.bad, "bad_time", whole_row=whole)
        values = read.values.copy()
        placeholder, far, latest = judge(values, name, self.context.now)
        self._warn(chunk, name, column, placeholder, "placeholder_date", whole_row=whole)
        bounds = {"first": str(EARLIEST)[:10], "last": str(latest)[:10]}
        self._warn(chunk, name, column, far, "out_of_range", whole_row=whole, **bounds)
        values[placeholder | far] = np.datetime64("NaT")
        return pa.array(values)

    def _points(self, chunk: Chunk, raw: Columns) -> tuple[Floats, Floats]:
        found = locate(raw, self.preset, self.context.country, len(chunk.rows))
        for name, (bad, reason) in found.bad.items():
            self._warn(chunk, name, raw[name], bad, reason, field=name)
        self.totals.swapped += found.swapped
        return found.lon, found.lat

    # -- rules ---------------------------------------------------------------
    def _apply(self, elsewhere: list[tuple[dict[str, Any], pa.Array]], orders: Columns) -> None:
        for means, hits in elsewhere:
            for name, value in means.items():
                weak = pc.is_null(orders[name])
                if name == "followup":  # "invalid" says less than why it is
                    weak = pc.or_(weak, pc.fill_null(pc.equal(orders[name], "invalid"), False))
                scalar = pa.scalar(value, orders[name].type)
                orders[name] = pc.if_else(pc.and_(hits, weak), scalar, orders[name])

    def _constants(self, orders: Columns) -> None:
        orders["source"] = pa.array([self.context.source] * len(orders["source"]), pa.string())
        for name, value in self.preset.constants.items():
            orders[name] = pc.fill_null(orders[name], pa.scalar(value, orders[name].type))

    def _conditional(self, orders: Columns) -> None:
        for name, rules in self.preset.only_if.items():
            keep = None
            for other, values in rules.items():
                hit = pc.is_in(orders[other], pa.array(values, orders[other].type))
                keep = hit if keep is None else pc.and_(keep, hit)
            orders[name] = pc.if_else(keep, orders[name], None)

    def _status(self, orders: Columns) -> None:
        """A file without any status says it by its closing times."""
        if "status" in self.plan.columns or "closed_at" not in self.plan.columns:
            return
        derived = pc.if_else(pc.is_valid(orders["closed_at"]), "closed", "open")
        orders["status"] = pc.coalesce(orders["status"], derived)

    def _required(self, chunk: Chunk, raw: Columns, orders: Columns) -> pa.Array:
        if self.preset.derive_id:
            orders["order_id"] = pc.coalesce(
                orders["order_id"], made_ids(orders, self.preset.derive_id)
            )
        good = np.ones(len(chunk.rows), dtype=bool)
        for name, reason in (("order_id", "missing_id"), ("created_at", "missing_created_at")):
            gone = np.asarray(pc.is_null(orders[name]).to_numpy(zero_copy_only=False))
            given = raw.get(name)
            blank = (
                gone
                if given is None
                else gone & np.asarray(pc.is_null(given).to_numpy(zero_copy_only=False))
            )
            # a row is rejected once: for its id first
            where = np.flatnonzero(blank & good)
            values: list[str | None] = [None] * len(where)
            self.rejects.add(chunk, where, self.plan.label(name), values, reason, whole_row=True)
            good &= ~gone
        return pa.array(good)

    def _count(self, table: pa.Table) -> None:
        self.totals.kept += table.num_rows
        for name in table.column_names:
            self.totals.present[name] += table.num_rows - table[name].null_count
        lon, lat = (np.asarray(table[n].to_numpy(), dtype=float) for n in ("lon", "lat"))
        self.points.add(lon, lat, table["address"].combine_chunks())


def _floats(values: Floats) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))
