"""The command line: what it does, what it says, in both languages, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa

import cockpit
from commands import terminal as door
from data import delivery, inbox
from data.batch import BatchInfo, write_batch
from data.schema import orders
from data.settings import Settings, settings
from data.store import open_store
from tests.browser.harness import free_port
from tests.factory import random_orders
from words import Lang
from words.terminal import language, without_language

ROOT = Path(__file__).resolve().parents[1]
HEAD = "工单编号,工单类型,问题分类,标题,主要内容,工单状态,被反映区,主办单位,创建时间,办结时间\n"


class Terminal:
    """Runs commands in this process, against a home of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.capsys, self.patch = capsys, patch

    def __call__(self, *arguments: str, lang: Lang = "en") -> tuple[int, str]:
        """The exit code and everything printed."""
        self.patch.setattr(sys, "argv", ["cockpit.py", *arguments])
        self.patch.setattr(door, "LANG", lang)
        code = cockpit.main()
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def count(self) -> int:
        store = open_store(settings())
        return int(store.scalar(sa.select(sa.func.count()).select_from(orders)))


@pytest.fixture
def terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    for name in [name for name in os.environ if name.startswith("COCKPIT_")]:
        if not name.startswith("COCKPIT_TEST"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COCKPIT_HOME", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield Terminal(capsys, monkeypatch)
    open_store(settings()).close()
    settings.cache_clear()


def office_file(folder: Path, rows: int) -> Path:
    """A small 12345 export."""
    path = folder / "工单.csv"
    line = "A{0:03d},投诉,城市管理->市容环卫,垃圾,小区门口垃圾未清运,已办结,云溪区,云溪街道,2026-03-01 08:{0:02d}:00,2026-03-02 09:00:00\n"
    path.write_text(HEAD + "".join(line.format(n) for n in range(rows)), encoding="gb18030")
    return path


def test_a_file_goes_in_once(terminal: Terminal, tmp_path: Path) -> None:
    file = str(office_file(tmp_path, 12))
    assert terminal("import", file)[1].startswith("工单.csv: 12 rows read, 12 new, 0 updated")
    code, said = terminal("import", file, lang="zh")
    assert code == 0 and "此前已导入过同样的内容（第 1 批）" in said
    assert terminal.count() == 12
    code, said = terminal("doctor", "--lang", "en")
    assert code == 0 and "✗" not in said and "12 orders, data version 1" in said


def test_real_orders_do_not_join_a_simulated_city(terminal: Terminal, tmp_path: Path) -> None:
    file = str(office_file(tmp_path, 5))
    assert terminal("demo", "--orders", "300")[0] == 0
    assert terminal.count() == 300
    code, said = terminal("import", file)
    assert code == 1 and "--replace-demo" in said
    assert terminal("import", file, "--replace-demo")[0] == 0
    assert terminal.count() == 5
    code, said = terminal("demo", "--orders", "300")
    assert code == 0 and "already has 5 orders" in said
    assert terminal("demo", "--orders", "300", "--if-empty") == (0, "")
    assert terminal("demo", "--orders", "300", "--replace")[0] == 0
    assert terminal.count() == 300


def test_an_unknown_file_gets_a_draft(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "strange.csv"
    file.write_text("quux,frob\n1,2\n3,4\n")
    code, said = terminal("import", str(file))
    assert code == 1 and "strange.mapping.yaml" in said and "--mapping" in said
    assert (tmp_path / "strange.mapping.yaml").read_text()
    assert "Traceback" not in said


def test_a_database_query_goes_in(terminal: Terminal, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'source.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                'CREATE TABLE t ("工单编号" text, "创建时间" text, "办结时间" text, "主办单位" text, "问题分类" text, "标题" text, "工单状态" text, "被反映区" text)'
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO t VALUES ('1','2026-01-01 08:00:00',NULL,'甲','住房->供暖','冷','办理中','云溪区')"
            )
        )
    engine.dispose()
    code, said = terminal("import", "--db", url, "--sql", "SELECT * FROM t")
    assert (code, terminal.count()) == (0, 1), said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import"], "Give files"),
        (["import", "absent.csv"], "There is no file absent.csv"),
        (["import", "there.csv", "--mapping", "absent.yaml"], "There is no mapping file absent.yaml"),
        (["init", "--distributed"], "The embedded store cannot be distributed"),
    ],
)  # fmt: skip
def test_mistakes_get_a_sentence(
    terminal: Terminal, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "there.csv").write_text("a,b\n1,2\n")
    code, text = terminal(*arguments)
    assert code == 1 and said in text and "Traceback" not in text


def test_a_database_out_of_reach_gets_a_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none"
    with monkeypatch.context() as patch:
        patch.setenv("COCKPIT_DATABASE_URL", url)
        settings.cache_clear()
        code, text = terminal("init")
        assert code == 1 and "cannot be reached" in text and "secret" not in text
        code, text = terminal("doctor", lang="zh")
        assert code == 1 and "连接不上数据库" in text
    settings.cache_clear()


def test_an_unforeseen_fault_goes_to_the_log(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("what nobody thought of")

    monkeypatch.setattr(cockpit, "open_store", fails)
    code, said = terminal("init")
    assert code == 1 and "what nobody thought of" in said and "Traceback" not in said
    log = settings().home / "logs" / "cockpit.log"
    assert "RuntimeError: what nobody thought of" in log.read_text()


@pytest.mark.parametrize(
    ("arguments", "environment", "lang"),
    [
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN"}, "zh"),
        (["doctor", "--lang", "zh"], {"LANG": "C"}, "zh"),
        (["--lang=en", "doctor"], {"LANG": "zh_CN"}, "en"),
    ],
)
def test_the_users_language(arguments: list[str], environment: dict[str, str], lang: str) -> None:
    assert language(arguments, environment) == lang
    assert [a for a in arguments if a == "doctor"] == without_language(arguments)


def test_the_server_drains_from_its_first_second_and_stops_cleanly(tmp_path: Path) -> None:
    """Nobody has opened a browser: Streamlit has run nothing yet."""
    config = Settings(home=tmp_path / "var", _env_file=None)
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COCKPIT_")}
    command = [sys.executable, "cockpit.py", "--lang", "en", "serve", "--port", str(port)]
    environment = {**kept, "COCKPIT_HOME": str(config.home)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True
    ) as server:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        frame = random_orders(30, 1)
        path = write_batch(inbox.desk(config).inbox, BatchInfo("a", "test", 30), [frame])
        result = delivery.deliver(path, config, patience=60)
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=60)[0]
    assert (result.state, result.rows_new) == ("done", 30)
    assert server.returncode == 0 and f"http://localhost:{port}" in said
    assert "Traceback" not in said
    assert inbox.last_beat(config) is None


def _wait(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
