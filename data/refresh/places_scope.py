"""One variant and category of the step "places": weeks laid out, tried, expected, classified."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from data.cells import FINEST, parent
from data.refresh import places_inputs as inputs_of
from forecasting import places as pure

VERSION = 1
"""Rises when the computation changes, so that stored results are made anew."""
COARSER = (9, 8, 7)
"""Sizes of cells in which a rise can be looked for, the finest first."""
TESTABLE = 5.0
"""Orders that cells should bring in four weeks on average, to be worth a test."""
KEPT = 1500
"""Cells kept per category (all of them for all categories together)."""
LISTED, OF_DISTRICT = 100, 20
"""The first of the city, and of each district, are listed: with what is there and their history."""
HISTORY = 26


def testable(cells: pd.DataFrame, as_of: date) -> int:
    """The finest size of cells that bring five orders in four weeks on average (7 if none do)."""
    lately = cells[pd.to_datetime(cells["day"]) > pd.Timestamp(as_of - timedelta(days=28))]
    for size in COARSER:
        count = len({parent(int(c), size) for c in cells["cell"].unique()})
        if count and lately["n"].sum() >= TESTABLE * count:
            return size
    return COARSER[-1]


@dataclass(frozen=True)
class Told:
    """What every scope shares; ``located``: cell, district, street, n; ``near``: which of
    ``cells`` touch."""

    as_of: date
    days: list[date]
    size: int
    located: pd.DataFrame
    cells: np.ndarray[Any, np.dtype[np.uint64]]
    near: sparse.csr_matrix

    @property
    def end(self) -> date:
        """The Sunday of the running week."""
        return self.as_of + timedelta(days=6 - self.as_of.weekday())

    def weeks(self, rows: pd.DataFrame) -> pure.Weeks:
        """Rows laid out by calendar week."""
        return pure.weeks_of(rows, self.as_of, self.days, end=self.end, most=inputs_of.WEEKS)

    def levels(self, weeks: pure.Weeks) -> pure.Levels:
        """Levels of cells of the finest size."""
        at = np.searchsorted(self.cells, weeks.cells)
        return pure.Levels(weeks, self.near[at][:, at])


def neighbours(
    cells: pd.DataFrame,
) -> tuple[np.ndarray[Any, np.dtype[np.uint64]], sparse.csr_matrix]:
    """The cells there are, and which of them touch."""
    known = np.unique(cells["cell"].to_numpy(dtype=np.uint64))
    return known, pure.touching(known)


def scope(
    rows: pd.DataFrame, category: str | None, recipe: pure.Recipe | None, told: Told
) -> tuple[dict[str, pd.DataFrame], pure.Recipe]:
    """The rows of the tables; ``recipe``: the one found for the other variant, else it is chosen
    and tried in a back-test."""
    plain = rows.groupby(["day", "cell"])["n"].sum().reset_index()
    weeks = told.weeks(plain[plain["n"] > 0])
    levels = told.levels(weeks)
    out = {}
    chosen_on = None
    if recipe is None:
        tried = pure.RECIPES if category is None else pure.FEW_RECIPES
        trial = pure.back_test(weeks, levels, recipes=tried)
        recipe, chosen_on = trial.recipe, trial.chosen_on
        out["place_scores"] = pure.judge(trial.weeks)
    draws = pure.DRAWS if category is None else pure.DRAWS // 2
    found = pure.risk(weeks, levels, recipe, seed=VERSION, draws=draws)
    row = _scope_row(rows, found, told) | asdict(recipe) | {"chosen_on": chosen_on}
    out["place_scopes"] = pd.DataFrame(
        [row | {"weeks": int(weeks.whole.sum()), "cells": len(weeks.cells)}]
    )
    # Every cell of the city is kept; of a category, those with the most.
    listed = found[found["expected"] > 0].head(KEPT if category is not None else len(found))
    cells = listed[["cell", "expected", "low", "high", "top5", "top10"]].assign(
        place=np.arange(1, len(listed) + 1)
    )
    cells = _signed(cells).merge(most_orders(told.located), on="cell", how="left")
    rank = cells.groupby("district")["place"].rank()
    cells["listed"] = (cells["place"] <= LISTED) | (rank <= OF_DISTRICT)
    history = _signed(_history(weeks, cells.loc[cells["listed"], "cell"]))
    out["place_cells"] = cells.merge(history, on="cell", how="left")
    out["place_zones"] = _zones(rows, category, told)
    return out, recipe


def _scope_row(rows: pd.DataFrame, found: pd.DataFrame, told: Told) -> dict[str, object]:
    year = rows[pd.to_datetime(rows["day"]) > pd.Timestamp(told.as_of - timedelta(days=364))]
    return {
        "start_day": told.end + timedelta(days=1), "end_day": told.end + timedelta(days=7),
        **{name: int(year[of].sum()) for name, of in
           (("orders", "n"), ("duplicates", "duplicates"), ("floods", "floods"))},
        "expected": float(found["expected"].sum()) if len(found) else None,
    }  # fmt: skip


def _zones(rows: pd.DataFrame, category: str | None, told: Told) -> pd.DataFrame:
    """Cells large enough to test, with their class and pattern; those without either are left out."""
    coarse = coarser(rows, told.size)
    weeks = told.weeks(coarse[coarse["n"] > 0])
    found = pure.classes(weeks, coarse if category is None else None)
    found = found.merge(pure.patterns(weeks), on="cell", how="left")
    said = found["class"].ne("other") | found["pattern"].fillna("none").ne("none")
    found = found[said]
    out = _signed(found.merge(_history(weeks, found["cell"]), on="cell", how="left"))
    around = coarser(told.located, told.size, ["district", "street"])
    return out.merge(most_orders(around), on="cell", how="left")


def most_orders(located: pd.DataFrame) -> pd.DataFrame:
    """cell, district, street: those that most of the cell's orders name."""
    order = located.sort_values(["n", "street"], ascending=[False, True], kind="stable")
    return order.drop_duplicates("cell")[["cell", "district", "street"]]


def coarser(
    rows: pd.DataFrame, size: int, keys: Sequence[str] = ("day", "category")
) -> pd.DataFrame:
    """cell, the ``keys``, n in cells of another size."""
    names = ["cell", *keys]
    if size == FINEST:
        return rows[[*names, "n"]]
    codes, known = pd.factorize(rows["cell"])
    up = np.array([parent(int(cell), size) for cell in known], dtype=np.int64)
    moved = rows.assign(cell=up[codes] if len(rows) else rows["cell"])
    return moved.groupby(names, dropna=False)["n"].sum().reset_index()


def _history(weeks: pure.Weeks, cells: pd.Series) -> pd.DataFrame:
    """cell, history: JSON of the orders of the 26 weeks up to the last whole one (null: not whole)."""
    whole = np.flatnonzero(weeks.whole)
    last = int(whole[-1]) + 1 if len(whole) else 0
    span = range(max(0, last - HISTORY), last)
    place = {cell: k for k, cell in enumerate(weeks.cells.tolist())}
    texts = [
        json.dumps([int(weeks.n[t, place[cell]]) if weeks.whole[t] else None for t in span])
        for cell in cells
    ]
    return pd.DataFrame({"cell": cells.to_numpy(dtype=np.uint64), "history": texts})


def _signed(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells as the signed integers that databases have."""
    return frame.assign(cell=frame["cell"].astype("int64"))
