"""What is known of every category of the second level, for choosing monthly topics from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from data import seasonal
from data.counts import tally
from data.refresh.series import path_of
from data.store import Store
from metrics.conditions import EVERYTHING, both, test
from metrics.selection import Selection
from metrics.topics import FEWEST, effective

WEEKS = 13
AHEAD = 8
_ANSWERED = test("followup", "eq", "valid")
_MEASURES = {
    "n": EVERYTHING,
    "again": test("recurred", "eq", True),
    "again_of": test("recurred", "present"),
    "unresolved_n": both(_ANSWERED, test("resolution", "eq", "unresolved")),
    "unresolved_of": both(_ANSWERED, test("resolution", "present")),
    "hops_n": test("hops", "ge", 2),
    "hops_of": test("hops", "present"),
}


def candidates(store: Store, as_of: date, districts: Sequence[str] = ()) -> pd.DataFrame:
    """Categories with at least :data:`metrics.topics.FEWEST` orders in the last 13 weeks.

    Columns: category (path), the criteria of :mod:`metrics.topics`, and the counts behind them
    (repeat_n of repeat_of …), peak_start. A share of fewer than 30 orders is missing.
    """
    end = as_of + timedelta(days=1)
    span = Selection(
        datetime.combine(end - timedelta(weeks=WEEKS), time()), datetime.combine(end, time()),
        districts=tuple(districts),
    )  # fmt: skip
    rows = tally(store, _MEASURES, span, ("category1", "category2", "district"))
    rows["category"] = path_of(rows["category1"], rows["category2"])
    rows = rows[rows["category"].notna() & rows["category2"].notna()]
    sums = rows.groupby("category")[list(_MEASURES)].sum()
    sums = sums[sums["n"] >= FEWEST]
    wide = rows.pivot_table(
        index="category", columns="district", values="n", aggfunc="sum", fill_value=0
    )
    out = pd.DataFrame(index=sums.index)
    out["volume"] = sums["n"].astype("float64")
    out["spread"] = effective(wide).reindex(sums.index)
    for name, part, whole in (
        ("repeat", "again", "again_of"), ("unresolved", "unresolved_n", "unresolved_of"),
        ("hops", "hops_n", "hops_of"),
    ):  # fmt: skip
        out[name] = (sums[part] / sums[whole].replace(0, np.nan)).where(sums[whole] >= FEWEST)
        out[f"{name}_n"], out[f"{name}_of"] = sums[part], sums[whole]
    coming = seasonal.coming(store, as_of, AHEAD, districts=tuple(districts))
    coming = coming.drop_duplicates("category").set_index("category")
    out["season"] = coming["height"].reindex(out.index).astype("float64")
    if len(coming):  # a year and more is known: no peak is coming
        out["season"] = out["season"].fillna(1.0)
    out["peak_start"] = pd.to_datetime(coming["peak_start"]).reindex(out.index)
    return out.rename_axis("category").reset_index()
