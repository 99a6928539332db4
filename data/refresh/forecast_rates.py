"""Next month's rates of each district and of the whole city, as rows of ``forecast_rates``."""

from __future__ import annotations

from datetime import date

import pandas as pd

from forecasting.rates import next_rates

_SCORES = (
    "months", "mae", "mae_last_month", "mae_three_months", "bias",
    "coverage_50", "coverage_80", "coverage_95",
)  # fmt: skip


def rate_rows(
    monthly: pd.DataFrame, scheme: str, month: str, start: date, end: date
) -> pd.DataFrame:
    """Every indicator's forecast for ``month`` (``start`` to ``end``); ``district`` null: the city."""
    frames = []
    for indicator, rows in monthly.groupby("indicator", sort=False):
        districts = rows.dropna(subset=["district"])
        city = rows.assign(district="")
        for part in (districts, city):
            columns = ["month", "district", "numerator", "denominator"]
            kept = part[columns].groupby(["month", "district"], as_index=False).sum()
            if kept["denominator"].sum() > 0:
                frames.append(_one(kept, month).assign(indicator=indicator))
    if not frames:
        return pd.DataFrame()
    out = pd.concat(frames, ignore_index=True)
    out["district"] = out["district"].where(out["district"] != "", None)
    return out.assign(scheme=scheme, start_day=start, end_day=end)


def _one(rows: pd.DataFrame, month: str) -> pd.DataFrame:
    found = next_rates(rows, month)
    out = found.next.merge(found.scores[["district", *_SCORES]], on="district", how="left")
    newest = rows[rows["month"] == rows["month"].max()].set_index("district")
    share = newest["numerator"] / newest["denominator"].where(newest["denominator"] > 0)
    out["last"] = out["district"].map(share).astype(float)
    out["notes"] = [";".join(codes) for codes in out["notes"]]
    out["months"] = out["months"].astype("Int64")
    return out.drop(columns="month")
