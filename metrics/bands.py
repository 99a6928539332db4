"""Bands of the month (先进、进步、整改、治理), how long a unit has been in one, the year, the awards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from metrics.scheme_model import Scheme
from metrics.score import DECIMALS

ENOUGH_MONTHS = 10


def bands(scheme: Scheme, table: pd.DataFrame) -> pd.DataFrame:
    """Who is in which band of a scored month.

    ``table``: as :func:`metrics.score.score` gives it, and for bands by rise the
    ``score_change`` of :func:`metrics.score.compare`. One row per unit and band:
    unit, group, band, value (what it was chosen by), place (1 = first in the
    band), tied (shares the last place: bands may then be larger than their
    count). Only ranked units; only those that rose can be in a band by rise; a
    table without the column has nobody in it.
    """
    parts = []
    for band in scheme.bands:
        column = {"score": "score", "rise": "score_change", "volume": "received"}[band.by]
        if column not in table:
            continue
        for group, mine in table[table["ranked"]].groupby("group", sort=True):
            value = mine[column].astype(float).round(DECIMALS)
            if band.by == "rise":
                value = value[value > 0 if band.side == "top" else value < 0]
            value = value.dropna().sort_values(ascending=band.side == "bottom", kind="stable")
            place = value.rank(method="min", ascending=band.side == "bottom").astype(int)
            inside = place[place <= band.count]
            part = pd.DataFrame(
                {"unit": mine["unit"].loc[inside.index], "value": value.loc[inside.index]}
            )
            part["group"], part["band"], part["place"] = group, band.id, inside
            part["tied"] = (inside == inside.max()) & (len(inside) > band.count)
            parts.append(part)
    columns = ["unit", "group", "band", "value", "place", "tied"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


def running(history: pd.DataFrame, periods: Sequence[object]) -> pd.DataFrame:
    """How many periods in a row each unit has been in each band.

    ``history``: period, unit, band (any number of periods); ``periods``: all of
    them in order, so that a period in which nobody was in a band counts as a
    break. Columns: period, unit, band, running (up to and with that period).
    """
    place = {period: k for k, period in enumerate(periods)}
    out = history[["period", "unit", "band"]].drop_duplicates().copy()
    out["k"] = out["period"].map(place)
    out = out.dropna(subset="k").sort_values(["unit", "band", "k"], kind="stable")
    keys = [out["unit"], out["band"]]
    new = out.groupby(["unit", "band"])["k"].diff().ne(1)
    out["running"] = out.groupby([*keys, new.cumsum()]).cumcount() + 1
    return out.drop(columns="k").reset_index(drop=True)


def accountable(
    history: pd.DataFrame, periods: Sequence[object], band: str, months: int = 3
) -> pd.DataFrame:
    """Units that have been in a band for ``months`` periods in a row up to the latest one.

    (Bottom three months running: accountability talk, an [example] rule.)
    Columns: unit, running; longest first.
    """
    if not len(periods):
        return pd.DataFrame(columns=["unit", "running"])
    runs = running(history, periods)
    now = runs[(runs["period"] == periods[-1]) & (runs["band"] == band)]
    now = now[now["running"] >= months][["unit", "running"]]
    return now.sort_values(["running", "unit"], ascending=[False, True], ignore_index=True)


def yearly(
    scheme: Scheme,
    months: pd.DataFrame,
    other: pd.DataFrame | None = None,
    *,
    expected: int = 12,
) -> pd.DataFrame:
    """The yearly result: the mean of the published monthly scores, and the other parts.

    ``months``: period, unit, group, score (NaN where a unit had none that month).
    ``other``: unit, points (0 to 100) for the rest of the year's weight. Without
    it, or for a unit it lacks, ``result`` is missing and ``monthly`` is there.
    This is the one place where scores and not counts are averaged: the year is
    made of published months (METHODS: "the monthly result counts 50 %").
    Columns: unit, group, months (with a score), of, monthly, other, result,
    rank, of_group; by group and rank. Raises ``ValueError`` when the scheme has no year.
    """
    if scheme.year is None:
        raise ValueError("the scheme has no year")
    share = scheme.year.monthly_share
    known = months.dropna(subset="score")
    grouped = known.groupby("unit")["score"]
    latest = months.groupby("unit")["group"].last()
    out = pd.DataFrame({"group": latest})
    out["months"] = grouped.size().reindex(out.index, fill_value=0)
    out["of"] = expected
    out["monthly"] = grouped.mean().reindex(out.index)
    points = pd.Series(dtype=float) if other is None else other.set_index("unit")["points"]
    out["other"] = points.reindex(out.index).astype(float)
    rest = out["other"] * (1 - share) if share < 1 else 0.0
    out["result"] = out["monthly"] * share + rest
    rank = out["result"].round(DECIMALS).groupby(out["group"]).rank(method="min", ascending=False)
    out["rank"] = rank.astype("Int64")
    out["of_group"] = out.groupby("group")["result"].transform("count").astype("int64")
    out = out.rename_axis("unit").reset_index()
    place = out["rank"].astype("float").fillna(len(out) + 1)
    return out.iloc[np.lexsort((out["unit"].astype("str"), place, out["group"]))].reset_index(
        drop=True
    )


def awards(
    year: pd.DataFrame,
    count: int,
    *,
    enough: int = ENOUGH_MONTHS,
    barred: Sequence[str] = (),
) -> pd.DataFrame:
    """The award list: the first ``count`` eligible units of each league table.

    ``year``: from :func:`yearly`. Not eligible: no result (``no_result``), fewer
    than ``enough`` months (``few_months``), named in ``barred`` (``barred``, e.g.
    a false closure). All units are listed; columns added: reason, awarded (ties
    at the last place are all awarded).
    """
    out = year.copy()
    reason = pd.Series(None, index=out.index, dtype="object")
    reason = reason.mask(out["unit"].isin(list(barred)), "barred")
    reason = reason.mask(out["months"] < enough, "few_months")
    reason = reason.mask(out["result"].isna(), "no_result")
    out["reason"] = reason
    fit = out["result"].round(DECIMALS).where(reason.isna())
    place = fit.groupby(out["group"]).rank(method="min", ascending=False)
    out["awarded"] = place <= count
    return out
