"""``cockpit.py refresh``: compute alerts, forecasts and the like anew."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.terminal import option, out, progress, told
from data.backend import StoreLocked
from data.refresh import refresh as run
from data.refresh.background import ask, steps
from data.settings import settings
from data.store import open_store


def refresh(force: Annotated[bool, option("force", "--force")] = False) -> None:
    """Compute alerts, forecasts and the like anew, here or in the process that owns the store."""
    config, known = settings(), steps()
    with progress() as bar:
        tasks = {step.name: bar.add_task(step_name(step.name), total=1.0) for step in known}

        def tell(name: str, share: float) -> None:
            if name in tasks:
                bar.update(tasks[name], completed=share)

        try:
            ended = run(open_store(config), known, force=force, progress=tell)
        except StoreLocked:
            ended = ask(config, force=force, tell=tell)
    for name, state in ended.items():
        out.print(f"{step_name(name)}: {told(f'refresh.state.{state}')}")
    if "failed" in ended.values():
        raise typer.Exit(1)


def step_name(name: str) -> str:
    """What a step is called."""
    return told(f"refresh.step.{name}")
