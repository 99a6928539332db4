"""Late registration: what share of a day's orders is there so many days later.

Reverse-time hazards (Lawless 1994, Canadian Journal of Statistics 22, 15-31): of the orders
that arrived at most ``k`` days late, the share that arrived exactly ``k`` days late, from
days old enough to have seen it; the shares of "not later than" multiply down from the end.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_DAYS = 14
FEWEST = 200
"""Orders below which nothing is said: no correction."""


def registered(arrivals: pd.DataFrame, *, most_days: int = MOST_DAYS) -> list[float]:
    """Share of a day's orders registered 0, 1, 2 … days after that day.

    ``arrivals``: day (created), arrived (day of the batch that first brought it), n. Only
    batches that brought recent days say something: rows later than ``most_days`` are backlog
    and left out. Entry 0 is the share known at the end of the day itself. Trailing entries of
    one are cut off; the list is empty where fewer than 200 orders arrived in time.
    """
    rows = arrivals.dropna()
    lag = (pd.to_datetime(rows["arrived"]).dt.normalize() - pd.to_datetime(rows["day"])).dt.days
    inside = ((lag >= 0) & (lag <= most_days)).to_numpy()
    n = rows["n"].to_numpy(dtype=float)[inside]
    if n.sum() < FEWEST:
        return []
    late = lag.to_numpy(dtype=np.intp)[inside]
    day = pd.to_datetime(rows["day"]).to_numpy()[inside]
    age = (pd.to_datetime(rows["arrived"]).to_numpy()[inside].max() - day) / np.timedelta64(1, "D")
    shares = np.ones(most_days + 1)
    for k in range(most_days, 0, -1):
        old = age >= k
        exactly, up_to = n[old & (late == k)].sum(), n[old & (late <= k)].sum()
        hazard = exactly / up_to if up_to > 0 else 0.0
        shares[k - 1] = shares[k] * (1 - hazard)
    out = shares.tolist()
    while out and out[-1] > 0.999:
        out.pop()
    return [float(share) for share in out]
