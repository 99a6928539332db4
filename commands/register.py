"""``cockpit.py register``: take in a register file, all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import LANG, err, out, stop, told
from data.registers import KINDS, delivering
from data.settings import settings
from words import say


def register(
    kind: Annotated[str, typer.Argument(help=told("help.register_kind"))],
    file: Annotated[Path, typer.Argument(help=told("help.register_file"))],
) -> None:
    """Take in a register file, here or through the process that owns the store."""
    if kind not in KINDS:
        stop(say("register.kinds", LANG, kinds=", ".join(KINDS)))
    lines, well = delivering.register(kind, file, settings(), LANG)
    for line in lines:
        (out if well else err).print(line, markup=False)
    if not well:
        raise typer.Exit(1)
