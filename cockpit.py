"""What a terminal runs: import, demo, init, serve, doctor."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.progress import Progress, TaskID

from commands import factors
from commands import terminal as door
from commands.areas import app as areas_app
from commands.publish import demo as publish_demo
from commands.publish import publish_month
from commands.refresh import refresh
from commands.register import register
from commands.terminal import err, out
from commands.terminal import option as _option
from commands.terminal import progress as _progress
from commands.terminal import stop as _stop
from commands.terminal import told as _say
from data import delivery, inbox
from data.backend import StoreError, StoreLocked
from data.inbox import BatchResult
from data.saved_indicators import count_everything
from data.schema import orders
from data.settings import Settings, settings
from data.store import Store, open_store
from words import knows, say
from words.terminal import without_language

app = typer.Typer(
    help=_say("about"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def _whole(lang: Annotated[str, _option("lang", "--lang")] = door.LANG) -> None:
    """The option before every command; read by :func:`language` already."""


@app.command("import", help=_say("help.import"))
def import_(
    files: Annotated[list[Path] | None, typer.Argument(help=_say("help.files"))] = None,
    preset: Annotated[str | None, _option("preset", "--preset")] = None,
    mapping: Annotated[Path | None, _option("mapping", "--mapping")] = None,
    db: Annotated[str | None, _option("db", "--db")] = None,
    sql: Annotated[str | None, _option("sql", "--sql")] = None,
    replace_demo: Annotated[bool, _option("replace_demo", "--replace-demo")] = False,
) -> None:
    """Prepare each source as a batch and see it into the store."""
    if not files and not (db and sql):
        _stop(_say("nothing_to_do"))
    if mapping is not None and not mapping.is_file():
        _stop(_say("mapping_missing", file=mapping))
    missing = [file for file in files or () if not file.is_file()]
    if missing:
        _stop(_say("no_file", file=missing[0]))
    from data import terminal

    config = _thrifty(settings())
    _keep_apart(config, replace_demo)
    well = True
    for source in terminal.sources(files or [], db, sql):
        with _progress() as bar:
            task = bar.add_task(_say("preparing", file=source.name), total=None)
            prepared = source.prepare(
                inbox.desk(config), mapping or preset,
                _bound(bar, task),
            )  # fmt: skip
        if isinstance(prepared, terminal.Draft):
            command = f"python cockpit.py import {source.name} --mapping {prepared.path}"
            err.print(_say("proposal", file=source.name, draft=prepared.path, command=command))
            well = False
            continue
        result = _deliver(prepared, config, "simulated" if replace_demo else None)
        well = _report(result, source.name) and well
    if not well:
        raise typer.Exit(1)


@app.command(help=_say("help.demo"))
def demo(
    orders_: Annotated[int, _option("orders", "--orders")] = 400_000,
    seed: Annotated[int, _option("seed", "--seed")] = 7,
    months: Annotated[int, _option("months", "--months")] = 18,
    if_empty: Annotated[bool, _option("if_empty", "--if-empty")] = False,
    replace: Annotated[bool, _option("replace", "--replace")] = False,
) -> None:
    """Build the simulated city, unless there are data already."""
    from data.demo import build

    config = _thrifty(settings())
    try:
        store = open_store(config)
    except StoreLocked as error:
        if not if_empty:
            err.print(_say("demo_busy", **error.details))
        raise typer.Exit(0 if if_empty else 1) from None
    if not store.empty() and not replace:
        if not if_empty:
            out.print(_say("demo_has_data", n=_number(_count(store))))
        return
    with _progress() as bar:
        task = bar.add_task(_say("demo_building"), total=orders_)
        batch = build(
            inbox.desk(config), orders=orders_, seed=seed, months=months,
            progress=_bound(bar, task),
        )  # fmt: skip
    result = _deliver(batch, config, "all" if replace else None)
    if result.state == "refused":
        _report(result, "demo")
        raise typer.Exit(1)
    out.print(_say("demo_done", n=_number(_count(store))))
    with _progress() as bar:
        bar.add_task(_say("publishing"), total=None)
        out.print(_say("demo_published", n=publish_demo(store)))


app.command("publish", help=_say("help.publish"))(publish_month)
app.command(help=_say("help.register"))(register)
app.command(help=_say("help.refresh"))(refresh)
app.add_typer(areas_app, name="areas")
app.add_typer(factors.app, name="factors", help=say("factors.cli.group", door.LANG))


@app.command(help=_say("help.init"))
def init(distributed: Annotated[bool, _option("distributed", "--distributed")] = False) -> None:
    """Create the tables, and distribute them on Citus when asked."""
    store = open_store(settings())
    out.print(_say("init_done", url=store.engine.url.render_as_string(hide_password=True)))
    if distributed:
        from data.citus import distribute

        out.print(_say("init_distributed", n=len(distribute(store))))


@app.command(help=_say("help.serve"))
def serve(
    port: Annotated[int, _option("port", "--port")] = 8501,
    address: Annotated[str, _option("address", "--address")] = "127.0.0.1",
    browser: Annotated[bool | None, _option("browser", "--browser/--no-browser")] = None,
) -> None:
    """Own the store, drain the inbox, and serve the app, all in this process."""
    from data import worker
    from ui import server

    store = open_store(settings())
    with _progress() as bar:
        bar.add_task(_say("counting"), total=None)
        count_everything(store)
    draining = worker.ensure(store)
    shown = "localhost" if address in ("0.0.0.0", "127.0.0.1", "::") else address
    out.print(_say("serving", url=f"http://{shown}:{port}"))
    try:
        server.run(port, address, server.desktop() if browser is None else browser)
    finally:
        draining.stop()
        store.close()


@app.command(help=_say("help.doctor"))
def doctor() -> None:
    """Print every check; the exit code is 1 when one of them fails."""
    from data.doctor import examine

    well = True
    for check in examine(settings()):
        holes = {name: _shown(value) for name, value in check.details.items()}
        if check.code == "store_broken":
            holes["code"] = _reason("store", str(check.details["code"]), check.details)
        mark = {True: "[cyan]✓[/]", False: "[bold yellow]✗[/]", None: " "}[check.well]
        out.print(f"{mark} {_say(f'check.{check.code}', **holes)}")
        well = well and check.well is not False
    if not well:
        raise typer.Exit(1)


def _bound(bar: Progress, task: TaskID) -> Callable[[int, int | None], None]:
    return lambda done, total: bar.update(task, completed=done, total=total)


def _thrifty(config: Settings) -> Settings:
    """A short-lived command takes less memory than the app, unless told otherwise."""
    if "memory_limit" in config.model_fields_set:
        return config
    return config.model_copy(update={"memory_limit": "700MB"})


def _keep_apart(config: Settings, replace_demo: bool) -> None:
    """Say at once, before a long preparation, that real data cannot join simulated ones."""
    try:
        store = open_store(config)
    except StoreLocked:
        return  # the owner will look
    if store.simulated() and not store.empty() and not replace_demo:
        _stop(_say("simulated_store"))


def _deliver(batch: Path, config: Settings, replaces: str | None) -> BatchResult:
    with _progress() as bar:
        task = bar.add_task(_say("step.stage"), total=None)

        def tick(alive: bool) -> None:
            bar.update(task, description=_say("following" if alive else "following_nobody"))

        return delivery.deliver(
            batch, config, replaces=replaces, tick=tick,
            progress=lambda step: bar.update(task, description=_say(f"step.{step}")),
        )  # fmt: skip


def _report(result: BatchResult, name: str) -> bool:
    """Say what became of a batch; whether it is in the store now."""
    if result.state == "refused":
        reason = _reason("batch.error", result.reason or "", dict(result.details))
        err.print(_say("refused", file=name, reason=reason))
    elif result.state == "waiting":
        err.print(_say("waiting", file=name))
    elif result.state == "known":
        out.print(_say("known", file=name, batch=result.batch))
    else:
        numbers = {
            key: _number(getattr(result, f"rows_{key}"))
            for key in ("read", "new", "updated", "unchanged", "rejected")
        }
        key = "done" if result.first_day else "done_empty"
        out.print(_say(key, file=name, first=result.first_day, last=result.last_day, **numbers))
    return result.state in ("done", "known")


def _count(store: Store) -> int:
    return int(store.scalar(sa.select(sa.func.count()).select_from(orders)))


def _number(value: int) -> str:
    return f"{value:,}"


def _shown(value: Any) -> Any:
    return _number(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _reason(family: str, code: str, details: dict[str, Any]) -> str:
    key = f"{family}.{code}"
    return (
        say(key, door.LANG, **details)
        if knows(key, door.LANG)
        else f"{code} {details or ''}".strip()
    )


def _fail(error: Exception) -> int:
    """A sentence for the user; the traceback goes to the log."""
    from data.importing.errors import ImportFailure, PresetError
    from data.importing.explain import explain_failure

    if isinstance(error, StoreError):
        err.print(_reason("store", error.code, error.details))
        return 1
    if isinstance(error, ImportFailure | PresetError):
        err.print(explain_failure(error, door.LANG), markup=False)
        return 1
    err.print(_say("failed", message=str(error).splitlines()[0] if str(error) else repr(error)))
    log = settings().home / "logs" / "cockpit.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{Store.clock(settings())} {' '.join(sys.argv)}\n{traceback.format_exc()}\n")
    err.print(_say("failed_log", log=log))
    return 1


def main() -> int:
    """Run the command; returns the exit code. No traceback reaches the user."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    try:
        app(without_language(sys.argv[1:]))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        err.print(_say("interrupted"))
        return 130
    except Exception as error:
        return _fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
