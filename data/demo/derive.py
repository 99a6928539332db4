"""Worked-out columns of an order frame (until the importer's own are shared)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from h3.api.basic_int import latlng_to_cell

from forecasting.calendar import workdays_between


def derive(frame: pd.DataFrame, country: str) -> pd.DataFrame:
    """Add created_day … place_key and flags."""
    created = frame["created_at"]
    frame["created_day"] = created.dt.floor("D")
    frame["closed_day"] = frame["closed_at"].dt.floor("D")
    for name in ("sign", "contact", "close"):
        column = {"sign": "signed_at", "contact": "contacted_at", "close": "closed_at"}[name]
        frame[f"{name}_hours"] = (frame[column] - created).dt.total_seconds() / 3600
        frame[f"{name}_workdays"] = workdays_between(created, frame[column], country)
    ok = (frame["point_kind"] == "ok").to_numpy(dtype=bool, na_value=False)
    cells = np.zeros(len(frame), dtype=np.int64)
    cells[ok] = [
        latlng_to_cell(a, b, 9)
        for a, b in zip(frame["lat"].to_numpy()[ok], frame["lon"].to_numpy()[ok], strict=True)
    ]
    frame["h3_9"] = pd.array(cells, dtype="Int64")
    frame.loc[~ok, "h3_9"] = pd.NA
    frame["place_key"] = frame["address"]
    return frame
