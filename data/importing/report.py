"""The batch report: plain data (JSON) that says what a file held and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.importing.mapping import PATH_COLUMN, Plan
from data.importing.normalise import Totals
from data.importing.points import Box, Placeholder
from data.importing.rejects import Rejects
from metrics.fields import CONTRADICTIONS, FIELDS, POINT_KINDS

DAYS_LISTED = 400


class Tally:
    """Counts over the rows that are really written."""

    def __init__(self) -> None:
        self.rows = 0
        self.flags: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.present: Counter[str] = Counter()
        self.days: Counter[date] = Counter()

    def add(self, orders: pa.Table) -> None:
        """Count some final orders."""
        self.rows += orders.num_rows
        for name in orders.column_names:
            self.present[name] += orders.num_rows - orders[name].null_count
        for flags, count in _counts(orders["flags"]):
            for code in (flags or "").split(";"):
                if code:
                    self.flags[code] += count
        for kind, count in _counts(orders["point_kind"]):
            self.kinds[kind] += count
        for day, count in _counts(orders["created_day"]):
            self.days[day] += count


def _counts(column: pa.ChunkedArray) -> list[tuple[Any, int]]:
    counted = pc.value_counts(column)
    return [(entry["values"], entry["counts"]) for entry in counted.to_pylist()]


def build(
    *,
    plan: Plan,
    chosen: str,
    header_row: int,
    header_share: float,
    about: dict[str, object],
    totals: Totals,
    tally: Tally,
    rejects: Rejects,
    duplicates: int,
    placeholders: Sequence[Placeholder],
    box: Box | None,
    zone: str,
) -> dict[str, Any]:
    """The report. ``read = kept + rejected + duplicates`` always holds.

    ``chosen``: ``named`` or ``header``. ``missing``: per mapped field, the share of kept
    rows without it. ``gaps``: days without a row between the first and the last.
    """
    first, last = (min(tally.days), max(tally.days)) if tally.days else (None, None)
    gaps = _gaps(tally.days, first, last)
    return {
        "read": totals.read,
        "kept": tally.rows,
        "rejected": totals.read - totals.kept,
        "duplicates_in_file": duplicates,
        "warnings": int(sum(rejects.warnings.values())),
        "rejected_by_reason": dict(sorted(rejects.rows.items())),
        "warnings_by_reason": dict(sorted(rejects.warnings.items())),
        "repeated_headers": totals.repeated_headers,
        "first_day": first.isoformat() if first else None,
        "last_day": last.isoformat() if last else None,
        "gaps": len(gaps),
        "gap_days": [day.isoformat() for day in gaps[:DAYS_LISTED]],
        "missing": _missing(plan, tally),
        "contradictions": {code: tally.flags[code] for code in CONTRADICTIONS if tally.flags[code]},
        "points": {kind: tally.kinds[kind] for kind in POINT_KINDS},
        "placeholders": [asdict(spot) for spot in placeholders],
        "swapped_points": totals.swapped,
        "box": list(box) if box else None,
        "preset": plan.preset.id,
        "preset_status": plan.preset.status,
        "chosen_by": chosen,
        "header_row": header_row,
        "header_known": round(header_share, 3),
        "mapped": {field: plan.label(field) for field in plan.columns},
        "derived": ["status"] if _status_derived(plan) else [],
        "ignored_columns": plan.ignored,
        "private_columns": plan.private,
        "zone": zone,
        **about,
    }


def _status_derived(plan: Plan) -> bool:
    return "status" not in plan.columns and "closed_at" in plan.columns


def _missing(plan: Plan, tally: Tally) -> dict[str, float]:
    fields = [name for name in plan.columns if name in FIELDS]
    if PATH_COLUMN in plan.columns:
        fields += [f"category{i}" for i in (1, 2, 3) if f"category{i}" not in plan.columns]
    if "caller_phone" in plan.columns:
        fields.append("caller_key")
    return {f: round(1 - tally.present[f] / tally.rows, 4) if tally.rows else 1.0 for f in fields}


def _gaps(days: Counter[date], first: date | None, last: date | None) -> list[date]:
    if first is None or last is None:
        return []
    span = (last - first).days + 1
    return [day for i in range(span) if (day := first + timedelta(days=i)) not in days]


def duplicate_mask(hashes: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows are superseded by a later row of the same id (the last one wins)."""
    import pandas as pd

    if not hashes:
        return np.zeros(0, dtype=bool)
    every = np.concatenate(list(hashes))
    return np.asarray(pd.Series(every).duplicated(keep="last").to_numpy(), dtype=bool)
