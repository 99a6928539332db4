"""Where an association concentrates: places that get more than their share on exposed days."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from forecasting.counts import false_discovery

PRIOR = 0.5
"""Orders added on both sides, so that a place without ordinary ones has a ratio."""


def concentration(
    counts: pd.DataFrame, exposed_days: int, ordinary_days: int, *, dispersion: float = 1.0
) -> pd.DataFrame:
    """Add to the places' orders on exposed and on ordinary days what is extra, and whose share.

    ``counts``: ``exposed``, ``ordinary`` and anything that names the place, every place of the
    category. ``dispersion``: variance over mean of daily counts (at least 1).

    ``usual`` = ordinary × exposed days / ordinary days; ``extra`` = exposed − usual; ``share`` =
    extra over the sum of all places, with a 95 % interval by the delta method; ``ratio``: the
    place's growth against that of all other places together (odds of a two by two table, Woolf
    1955, Annals of Human Genetics 19, 251-253, with 0.5 added), ``low`` and ``high`` its 95 %
    interval, ``p`` that of no difference, ``q`` after Benjamini and Hochberg.
    """
    per = exposed_days / max(ordinary_days, 1)
    e, o = counts["exposed"].astype(float), counts["ordinary"].astype(float)
    usual = o * per
    extra = e - usual
    total = float(extra.sum())
    noise = dispersion * (e + per**2 * o)
    whole = float(noise.sum())
    out = counts.assign(usual=usual, extra=extra)
    if total <= 0:
        return out.assign(share=np.nan, share_low=np.nan, share_high=np.nan, ratio=np.nan,
                          low=np.nan, high=np.nan, p=np.nan, q=np.nan)  # fmt: skip
    share = extra / total
    # var of a part over its whole: the part is in the whole too
    error = np.sqrt(((1 - 2 * share) * noise + share**2 * whole).clip(lower=0)) / total
    rest_e, rest_o = e.sum() - e, o.sum() - o
    log = np.log((e + PRIOR) * (rest_o + PRIOR) / ((o + PRIOR) * (rest_e + PRIOR)))
    spread = np.sqrt(
        dispersion
        * (1 / (e + PRIOR) + 1 / (o + PRIOR) + 1 / (rest_e + PRIOR) + 1 / (rest_o + PRIOR))
    )
    p = stats.norm.sf(log / spread)
    return out.assign(
        share=share, share_low=share - 1.96 * error, share_high=share + 1.96 * error,
        ratio=np.exp(log), low=np.exp(log - 1.96 * spread), high=np.exp(log + 1.96 * spread),
        p=p, q=false_discovery(np.asarray(p)),
    )  # fmt: skip
