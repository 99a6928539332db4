"""The step "places": next week's risk by cell, classes of cells and areas, repeat points."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.coverage import delivered_days
from data.refresh import Inputs, Results
from data.refresh import places_details as details
from data.refresh import places_inputs as inputs_of
from data.refresh.places_scope import HISTORY, VERSION, Told, neighbours, scope, testable
from data.store import Store
from forecasting import places as pure

CLEAN, EVERY = "clean", "every"
VARIANTS = (CLEAN, EVERY)


class Places:
    """Where to go next week, see :mod:`forecasting.places`."""

    name = "places"
    tables = (
        schema.place_scopes, schema.place_scores, schema.place_cells, schema.place_zones,
        schema.place_areas, schema.place_repeats,
    )  # fmt: skip

    def setting(self, store: Store) -> Mapping[str, Any]:
        """Nothing but the version of the computation."""
        del store
        return {"version": VERSION}

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """Weekly counts of cells and areas, days delivered, links of repeats, repeat points."""
        cells, areas = inputs_of.cells(store, as_of), inputs_of.areas(store, as_of)
        if areas.empty:
            return None
        frames = {
            "cells": cells, "areas": areas, "days": pd.DataFrame({"day": delivered_days(store)}),
            "located": inputs_of.located(store, as_of),
            "links": inputs_of.links(store, as_of),
            "linked": inputs_of.linked_places(store, as_of),
            "points": inputs_of.points(store, as_of),
        }  # fmt: skip
        return Inputs(as_of, store.settings.country, frames, setting)

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """Every variant and category, then the areas, then the points."""
        days = [stamp.date() for stamp in pd.to_datetime(inputs.frames["days"]["day"])]
        cells = inputs.frames["cells"]
        size = testable(cells, inputs.as_of)
        parts: dict[str, list[pd.DataFrame]] = {table.name: [] for table in self.tables}
        scopes = list(_scopes(cells))
        told = Told(inputs.as_of, days, size, inputs.frames["located"], *neighbours(cells))
        recipes: dict[str | None, pure.Recipe] = {}
        for place, (variant, category, rows) in enumerate(scopes):
            made, recipes[category] = scope(rows, category, recipes.get(category), told)
            for name, frame in made.items():
                parts[name].append(frame.assign(variant=variant, category1=category))
            tell(0.85 * (place + 1) / len(scopes))
        for level in ("district", "street"):
            areas = _areas(inputs.frames["areas"], level, inputs.as_of, days)
            parts["place_areas"].append(areas)
        tell(0.95)
        parts["place_repeats"].append(_points(inputs.frames))
        frames = {name: _together(found) for name, found in parts.items()}
        tell(1.0)
        return Results(frames, {"as_of": str(inputs.as_of), "resolution": size})

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """What is there: address, unit, topics of the cells and points that are listed."""
        as_of = date.fromisoformat(results.facts["as_of"]) if results.facts else None
        cells, points = results.frames["place_cells"], results.frames["place_repeats"]
        if as_of is None:
            return results
        frames = dict(results.frames)
        if len(cells):
            listed = cells.loc[cells["listed"], "cell"].unique()
            found = details.of_cells(connection, [int(cell) for cell in listed], as_of)
            # Where a cell lies is known of all of them.
            found = found.drop(columns=["district", "street"])
            frames["place_cells"] = _with(cells, found, "cell")
        if len(points):
            found = details.of_points(connection, list(points["place_key"].unique()), as_of)
            frames["place_repeats"] = _with(points, found, "place_key")
        return Results(frames, results.facts)


def _scopes(cells: pd.DataFrame) -> Iterator[tuple[str, str | None, pd.DataFrame]]:
    """variant, category (``None``: all), day, cell, category, n, duplicates, floods."""
    for variant in VARIANTS:
        rows = cells
        if variant == CLEAN:
            rows = rows.assign(n=rows["n"] - rows["duplicates"] - rows["floods"])
        yield variant, None, rows
        for category, mine in rows.groupby("category"):
            yield variant, str(category), mine


def _areas(rows: pd.DataFrame, level: str, as_of: date, days: list[date]) -> pd.DataFrame:
    """Classes of districts or of streets (a street is told by its district too), as a whole and by
    category."""
    keys = ["district"] if level == "district" else ["district", "street"]
    known = rows.dropna(subset=keys[-1:])
    if known.empty:
        return pd.DataFrame()
    groups = known.groupby(keys, dropna=False, sort=True)
    area = groups.ngroup()
    found = pure.area_classes(
        known.assign(area=area)[["day", "area", "category", "n"]], as_of, days
    )
    names = known[keys].assign(area=area).drop_duplicates("area")
    out = (
        found.merge(names, on="area").rename(columns={"category": "category1"}).assign(level=level)
    )
    kept = out["class"].ne("other") | out["category1"].isna()
    return _area_history(out[kept], known.assign(area=area), as_of).drop(columns="area")


def _area_history(out: pd.DataFrame, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    age = (pd.Timestamp(as_of) - pd.to_datetime(rows["day"])).dt.days // 7
    lately = rows.assign(week=HISTORY - 1 - age)[age < HISTORY]
    by = lately.groupby(["area", "category", "week"])["n"].sum()
    whole = lately.groupby(["area", "week"])["n"].sum()

    def line(area: int, category: object) -> str:
        try:
            mine = whole.loc[area] if not isinstance(category, str) else by.loc[area, category]
        except KeyError:
            mine = pd.Series(dtype=float)
        return json.dumps(mine.reindex(range(HISTORY), fill_value=0).astype(int).tolist())

    pairs = zip(out["area"], out["category1"], strict=True)
    return out.assign(history=[line(area, category) for area, category in pairs])


def _points(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The repeat points with their chains: how many, and the longest (orders that follow each other)."""
    points = frames["points"]
    chained = frames["linked"].merge(pure.chains(frames["links"]), on=["source", "order_id"])
    whole = chained.assign(category1=None)
    parts = []
    for rows in (whole, chained[chained["category1"].notna()]):
        keys = ["category1", "place_key"]
        groups = rows.groupby(keys, dropna=False)
        parts.append(
            groups.agg(chains=("chain", "nunique"), longest=("length", "max")).reset_index()
        )
    found = pd.concat([part.astype({"category1": object}) for part in parts], ignore_index=True)
    out = _with(points, found, "place_key")
    return out.assign(chains=out["chains"].fillna(0), longest=out["longest"].fillna(0))


def _with(frame: pd.DataFrame, more: pd.DataFrame, key: str) -> pd.DataFrame:
    """Joined by key and category, where a missing category is one too."""
    on = [key, "category1"]
    left = frame.assign(category1=frame["category1"].fillna("").astype(str))
    right = more.assign(category1=more["category1"].fillna("").astype(str))
    made = left.merge(right.drop_duplicates(on), on=on, how="left")
    made["category1"] = made["category1"].where(made["category1"] != "", None)
    return made


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
