"""The report of a simulated batch: the same numbers that an import reports about a file."""

from __future__ import annotations

from typing import Any

from data.importing.report import Tally
from metrics.fields import CONTRADICTIONS, INPUT_FIELDS, POINT_KINDS


def report(tally: Tally, placeholder: tuple[float, float], zone: str) -> dict[str, Any]:
    """Rows, days, missing shares, contradictions and points of what was written."""
    rows = tally.rows
    waste = tally.kinds["placeholder"]
    lon, lat = placeholder
    spot = {"lon": lon, "lat": lat, "rows": waste, "share": waste / rows, "reason": "told"}
    return {
        "simulated": True,
        "read": rows,
        "kept": rows,
        "rejected": 0,
        "duplicates_in_file": 0,
        "warnings": 0,
        "first_day": min(tally.days).isoformat(),
        "last_day": max(tally.days).isoformat(),
        "missing": {f: round(1 - tally.present[f] / rows, 4) for f in INPUT_FIELDS},
        "contradictions": {code: tally.flags[code] for code in CONTRADICTIONS if tally.flags[code]},
        "points": {kind: tally.kinds[kind] for kind in POINT_KINDS},
        "placeholders": [spot] if waste else [],
        "zone": zone,
    }
