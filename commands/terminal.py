"""What all commands of the terminal share: language, output, progress, the way to stop."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from words import Lang, say
from words.terminal import language

LANG: Lang = language(sys.argv[1:], os.environ)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def told(key: str, **holes: object) -> str:
    """A sentence of the command line (words ``cli.<key>``)."""
    return say(f"cli.{key}", LANG, **holes)


def option(key: str, *names: str) -> Any:
    """An option with its help in the reader's language."""
    return typer.Option(*names, help=told(f"help.{key}"))


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars on the error stream that vanish when done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        yield bar


def stop(message: str) -> None:
    """Say why and end with exit code 1."""
    err.print(message)
    raise typer.Exit(1)
