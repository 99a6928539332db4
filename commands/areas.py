"""``cockpit.py areas``: a city's own boundaries, and orders that lie elsewhere than they say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import LANG, err, option, out, stop, told
from data import areas, delivery, placed
from data.area_layers import LEVELS
from data.boundaries.explain import explain_bad, explain_read, explain_result
from data.boundaries.model import ROLES, BadBoundaries, Wanted
from data.boundaries.reading import load, read
from data.boundaries.totals_words import totals_words
from data.boundaries.travelling import packed
from data.settings import settings
from data.store import Store, open_store
from words import format as fmt
from words import say

app = typer.Typer(help=told("help.areas"), no_args_is_help=True)


@app.command("import", help=told("help.areas_import"))
def import_(
    file: Annotated[Path, typer.Argument(help=told("help.areas_file"))],
    level: Annotated[str | None, option("areas_level", "--level")] = None,
    name: Annotated[str | None, option("areas_name", "--name")] = None,
    code: Annotated[str | None, option("areas_code", "--code")] = None,
    name_zh: Annotated[str | None, option("areas_name_zh", "--name-zh")] = None,
    name_en: Annotated[str | None, option("areas_name_en", "--name-en")] = None,
    population: Annotated[str | None, option("areas_population", "--population")] = None,
    parent: Annotated[str | None, option("areas_parent", "--parent")] = None,
    parent_field: Annotated[str | None, option("areas_parent_field", "--parent-field")] = None,
    datum: Annotated[str | None, option("areas_datum", "--datum")] = None,
    match: Annotated[list[str] | None, option("areas_match", "--match")] = None,
    add_new: Annotated[bool, option("areas_add_new", "--add-new")] = False,
    swap: Annotated[bool, option("areas_swap", "--swap")] = False,
) -> None:
    """Take in a GeoJSON file, here or through the process that owns the store."""
    chosen = (name, code, name_zh, name_en, parent_field, population)
    wanted = Wanted(
        level=level, fields={r: f for r, f in zip(ROLES, chosen, strict=True) if f}, parent=parent,
        datum=_datum(datum), swap=swap, matches=_matches(match or []), add_new=add_new,
    )  # fmt: skip
    config = settings()
    try:
        given = read(load(file), wanted)
    except BadBoundaries as bad:
        _print(explain_bad(bad.faults, file.name, LANG), False)
        raise typer.Exit(1) from None
    lines, well = explain_result(delivery.deliver(packed(given, config), config), LANG)
    if not well:
        lines += explain_read(_said(given), LANG)
    _print(lines, well)
    if not well:
        raise typer.Exit(1)


@app.command("check", help=told("help.areas_check"))
def check() -> None:
    """Check every order against the polygons once more, and say the totals."""
    store = open_store(settings())
    placed.again(store)
    _totals(store)


@app.command("list", help=told("help.areas_list"))
def list_() -> None:
    """The levels, how many areas have a polygon, and what the check says."""
    store = open_store(settings())
    for row in areas.levels(store).itertuples():
        n, drawn = fmt.number(row.n, LANG), fmt.number(row.drawn, LANG)
        name = say(f"boundaries.level.{row.level}", LANG)
        out.print(say("boundaries.level_line", LANG, level=name, n=n, drawn=drawn), markup=False)
    _totals(store)


def _totals(store: Store) -> None:
    for level in LEVELS:
        if level in areas.levels(store).query("drawn > 0")["level"].tolist():
            _print(totals_words(areas.totals(store, level), LANG), True)


def _datum(text: str | None) -> str | None:
    plain = (text or "").strip().lower().replace("-", "")
    return (text or "").strip() if plain.startswith("epsg") else plain or None


def _matches(pairs: list[str]) -> dict[str, str]:
    out = {}
    for pair in pairs:
        name, equals, stored = pair.partition("=")
        if not (equals and name.strip() and stored.strip()):
            stop(say("boundaries.bad_pair", LANG, pair=pair))
        out[name.strip()] = stored.strip()
    return out


def _said(given: object) -> dict[str, object]:
    names = ("level", "datum", "datum_why", "fields", "swapped")
    return {name: getattr(given, name) for name in names}


def _print(lines: list[str], well: bool) -> None:
    for line in lines:
        (out if well else err).print(line, markup=False)
