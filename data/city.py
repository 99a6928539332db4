"""Dimension rows and facts that come with a batch: units, areas, categories, factors, meta."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.schema import areas, categories, factors, meta, units
from data.staging import Staging
from metrics.selection import PATH

_KEYS: dict[str, tuple[sa.Table, tuple[str, ...]]] = {
    "units": (units, ("unit",)),
    "areas": (areas, ("area", "level", "parent")),
    "categories": (categories, ("path",)),
    "factors": (factors, ("day", "area", "factor")),
}


def take_given(staging: Staging, folder: Path) -> None:
    """Upsert the dimension files of a batch directory."""
    for name, (table, keys) in _KEYS.items():
        file = folder / f"{name}.parquet"
        if not file.exists():
            continue
        given = staging.make(f"tmp_{name}", *(sa.Column(c.name, c.type) for c in table.columns))
        staging.backend.load(staging.connection, given, [file])
        same = sa.and_(*(table.c[key].is_not_distinct_from(given.c[key]) for key in keys))
        staging.connection.execute(sa.delete(table).where(sa.exists().where(same)))
        names = [column.name for column in table.columns]
        staging.connection.execute(
            sa.insert(table).from_select(names, sa.select(*(given.c[n] for n in names)).distinct())
        )


def add_missing(staging: Staging) -> None:
    """Give every unit, area and category of the staged orders a row of its own."""
    _add_units(staging)
    _add_areas(staging)
    _add_categories(staging)


def set_meta(connection: sa.Connection, facts: Mapping[str, str]) -> None:
    """Write facts about the city and the data, replacing those of the same name."""
    for name, content in facts.items():
        connection.execute(sa.delete(meta).where(meta.c.name == name))
        connection.execute(sa.insert(meta).values({"name": name, "content": str(content)}))


def _add_units(staging: Staging) -> None:
    stage = staging.stage
    named = sa.union(sa.select(stage.c.unit), sa.select(stage.c.first_unit)).subquery()
    unit = named.c.unit
    known = sa.exists().where(units.c.unit == unit)
    _insert(staging, units, sa.select(
        unit.label("unit"), unit.label("name_zh"), unit.label("name_en"),
        sa.literal("other").label("unit_type"), sa.literal("other").label("peer_group"),
    ).where(unit.is_not(None), ~known))  # fmt: skip


def _add_areas(staging: Staging) -> None:
    stage = staging.stage
    for level, column in (("district", stage.c.district), ("street", stage.c.street)):
        parent = stage.c.district if level == "street" else sa.cast(sa.null(), sa.Text)
        named = sa.select(column.label("area"), parent.label("parent")).distinct().subquery()
        same = sa.and_(areas.c.area == named.c.area, areas.c.level == level)
        if level == "street":
            same = sa.and_(same, areas.c.parent.is_not_distinct_from(named.c.parent))
        area = named.c.area
        _insert(staging, areas, sa.select(
            area.label("area"), sa.literal(level).label("level"), named.c.parent.label("parent"),
            area.label("name_zh"), area.label("name_en"),
        ).where(area.is_not(None), ~sa.exists().where(same)))  # fmt: skip


def _add_categories(staging: Staging) -> None:
    stage = staging.stage
    levels = [stage.c[f"category{level}"] for level in (1, 2, 3)]
    for level in (1, 2, 3):
        path: sa.ColumnElement[Any] = levels[0]
        parent: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.Text)
        for column in levels[1:level]:
            parent, path = path, path + PATH + column
        named = (
            sa.select(path.label("path"), parent.label("parent"), levels[level - 1].label("name"))
            .where(*(column.is_not(None) for column in levels[:level]))
            .distinct()
            .subquery()
        )
        known = sa.exists().where(categories.c.path == named.c.path)
        _insert(staging, categories, sa.select(
            named.c.path, sa.literal(level).label("level"), named.c.parent,
            named.c.name.label("name_zh"), named.c.name.label("name_en"),
        ).where(~known))  # fmt: skip


def _insert(staging: Staging, table: sa.Table, select: sa.Select[Any]) -> None:
    names = [str(column.key) for column in select.selected_columns]
    staging.connection.execute(sa.insert(table).from_select(names, select))
