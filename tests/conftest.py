"""Real databases for tests: a DuckDB file, and a PostgreSQL server of the session's own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.settings import Settings
from data.store import Store, open_store

_BINARIES = ("/usr/lib/postgresql/{version}/bin", "/usr/pgsql-{version}/bin")
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=4GB")


def _postgres_bin() -> Path | None:
    for version in range(19, 12, -1):
        for pattern in _BINARIES:
            folder = Path(pattern.format(version=version))
            if (folder / "initdb").exists():
                return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _as_user() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: there the commands run as user ``postgres``."""
    if os.geteuid() != 0:
        return ()
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root and there is no user 'postgres'")
    return ("runuser", "-u", "postgres", "--")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: COCKPIT_TEST_POSTGRES_URL, else one started here."""
    given = os.environ.get("COCKPIT_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    binaries = _postgres_bin()
    if binaries is None:
        pytest.skip("no PostgreSQL: neither COCKPIT_TEST_POSTGRES_URL nor its server binaries")
    user = _as_user()
    home = Path(tempfile.mkdtemp(prefix="cockpit-pg-"))
    if user:
        shutil.chown(home, "postgres")
    port = _free_port()

    def run(program: str, *arguments: str) -> None:
        command = [*user, str(binaries / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            pytest.skip(f"PostgreSQL does not start: {done.stderr.strip()[-300:]}")

    data = str(home / "data")
    options = " ".join(f"-c {setting}" for setting in _FAST)
    options += f" -p {port} -k {home} -c listen_addresses=127.0.0.1"
    run(
        "initdb", "-D", data, "-U", "cockpit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
    )
    run("pg_ctl", "-D", data, "-o", options, "-l", str(home / "log"), "-w", "start")
    try:
        yield f"postgresql://cockpit@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def fresh_database(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes fresh databases on the server; all are dropped afterwards."""
    url = sa.make_url(postgres_server).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make() -> str:
        made.append(f"t_{uuid.uuid4().hex[:12]}")
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {made[-1]}"))
        shown = url.set(drivername="postgresql", database=made[-1])
        return shown.render_as_string(hide_password=False)

    yield make
    with admin.connect() as connection:
        for name in made:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def postgres_url(fresh_database: Callable[[], str]) -> str:
    """A fresh database on the server, dropped afterwards."""
    return fresh_database()


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty store, once for each engine."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return Settings(home=tmp_path / "var", database_url=url, memory_limit="1GB", _env_file=None)


@pytest.fixture
def store(config: Settings) -> Iterator[Store]:
    """An empty store on each engine."""
    opened = open_store(config)
    yield opened
    opened.close()


@pytest.fixture
def duckdb_store(tmp_path: Path) -> Iterator[Store]:
    """An empty embedded store."""
    opened = open_store(Settings(home=tmp_path / "var", memory_limit="1GB", _env_file=None))
    yield opened
    opened.close()
