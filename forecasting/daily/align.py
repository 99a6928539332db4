"""Two panels that share a key, such as unit × category and district × category, told alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from forecasting.daily.candidates import PARTS
from forecasting.daily.run import Forecast


def aligned(part: Forecast, whole: Forecast, on: str) -> Forecast:
    """``part`` with every series scaled so that its sums over ``on`` are those of ``whole``.

    Day by day (week by week) and value of ``on`` by value: bottom series are multiplied by
    wanted / own sum, all sums are added up anew; limits and parts move in proportion. A value
    of ``on`` that ``whole`` lacks, or a sum of 0, stays as it is. Back-tests are not touched.
    """
    days = _scaled(part, whole, on, "days")
    weeks = _scaled(part, whole, on, "weeks")
    return replace(part, days=days, weeks=weeks)


def _scaled(part: Forecast, whole: Forecast, on: str, clock: str) -> pd.DataFrame:
    frame: pd.DataFrame = getattr(part, clock).copy()
    nodes, other = part.series.set_index("node"), whole.series
    theirs = other[other["of"] == on][["node", on]]
    wanted = getattr(whole, clock).merge(theirs, on="node").set_index([on, "ahead"])["expected"]
    frame["_of"], frame["_on"] = frame["node"].map(nodes["of"]), frame["node"].map(nodes[on])
    own = frame[frame["_of"] == on].set_index(["_on", "ahead"])["expected"]
    ratio = (wanted.rename_axis(own.index.names) / own.where(own > 0)).reindex(own.index)
    keys = [str(name) for name in nodes.columns if name in _keys(nodes)]
    bottom = frame["_of"] == "+".join(keys)
    index = pd.MultiIndex.from_frame(frame.loc[bottom, ["_on", "ahead"]])
    factor = ratio.reindex(index).fillna(1.0).to_numpy()
    before = frame["expected"].to_numpy(dtype=float).copy()
    frame.loc[bottom, "expected"] = frame.loc[bottom, "expected"].to_numpy() * factor
    moved = {"expected", *PARTS} & set(frame.columns)
    parts = [name for name in PARTS if name in moved]
    frame.loc[bottom, parts] = frame.loc[bottom, parts].to_numpy() * factor[:, None]
    _resummed(frame, nodes, keys, bottom, ["expected", *parts])
    change = np.where(before > 0, frame["expected"] / np.where(before > 0, before, 1.0), 1.0)
    limits = [name for name in frame.columns if str(name).startswith(("low_", "high_"))]
    frame[limits] = np.round(frame[limits].to_numpy() * change[:, None])
    return frame.drop(columns=["_of", "_on"])


def _keys(nodes: pd.DataFrame) -> list[str]:
    """The keys of the bottom series, in their order."""
    longest = max(nodes["of"], key=lambda of: len(str(of).split("+")) if of else 0)
    return str(longest).split("+")


def _resummed(
    frame: pd.DataFrame, nodes: pd.DataFrame, keys: list[str], bottom: pd.Series, names: list[str]
) -> None:
    """All sums added up anew from the bottom series, in place."""
    rows = frame.loc[bottom, ["node", "ahead", *names]].join(nodes[keys], on="node")
    for of in nodes["of"].unique():
        if of == "+".join(keys):
            continue
        kept = [key for key in str(of).split("+") if key]
        sums = rows.groupby([*kept, "ahead"], dropna=False)[names].sum().reset_index()
        here = nodes.index[nodes["of"] == of]
        found = (
            nodes.loc[here, kept].assign(node=here).merge(sums, on=kept)
            if kept
            else sums.assign(node=here[0])
        )
        table = found.set_index(["node", "ahead"])[names]
        place = frame["_of"] == of
        index = pd.MultiIndex.from_frame(frame.loc[place, ["node", "ahead"]])
        frame.loc[place, names] = table.reindex(index).to_numpy()
