"""``cockpit.py factors import``: take in files of weather, traffic or grid events, each whole or not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import LANG, err, option, out, stop, told
from data.factors import delivering
from data.factors.sheet import presets
from data.factors.units import SYSTEMS
from data.settings import settings
from words import say

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _factors() -> None:
    """A group of its own, so that ``factors import`` reads as it is said."""


@app.command("import", help=say("factors.cli.help", LANG))
def import_(
    files: Annotated[list[Path], typer.Argument(help=say("factors.cli.files", LANG))],
    preset: Annotated[str | None, option("preset", "--preset")] = None,
    units: Annotated[
        str | None, typer.Option("--units", help=say("factors.cli.units", LANG))
    ] = None,
) -> None:
    """Take in each file, here or through the process that owns the store."""
    system = next((one for one in SYSTEMS if one == units), None)
    if units is not None and system is None:
        stop(say("factors.cli.which_units", LANG, units=", ".join(SYSTEMS)))
    if preset is not None and preset not in presets():
        stop(say("import.failure.unknown_factor_preset", LANG, preset=preset,
                 known=", ".join(presets())))  # fmt: skip
    well = True
    for file in files:
        if not file.is_file():
            stop(told("no_file", file=file))
        lines, good = delivering.take(file, settings(), LANG, preset=preset, units=system)
        for line in lines:
            (out if good else err).print(line, markup=False)
        well = well and good
    if not well:
        raise typer.Exit(1)
