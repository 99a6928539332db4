"""Drafts through a small server that speaks the OpenAI protocol, well and badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from data.drafting import LARGEST, DraftFault, draft, possible
from data.settings import Settings

GOOD = {"summary": "电梯停运", "reply": "您好，已安排维保单位检修。", "steps": ["联系维保", "回访"]}
Serve = Callable[..., Settings]


def chat(content: Any) -> bytes:
    return json.dumps(
        {"choices": [{"message": {"role": "assistant", "content": content}}]}
    ).encode()


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    """What the server was sent."""
    return []


@pytest.fixture
def serve(heard: list[dict[str, Any]], tmp_path: Path) -> Iterator[Serve]:
    servers: list[ThreadingHTTPServer] = []
    done = threading.Event()

    def start(
        body: bytes = b"",
        status: int = 200,
        *,
        drip: bool = False,
        to: str = "",
        seconds: float = 5.0,
    ) -> Settings:
        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append(
                    {
                        "path": self.path,
                        "key": self.headers.get("Authorization"),
                        **json.loads(sent),
                    }
                )
                self.send_response(status)
                if to:
                    self.send_header("Location", to)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    if drip:
                        for k in range(len(body)):
                            self.wfile.write(body[k : k + 1])
                            self.wfile.flush()
                            if done.wait(0.05):
                                break
                    else:
                        self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return Settings(
            home=tmp_path, llm_url=f"http://127.0.0.1:{server.server_port}/v1", llm_model="kleine",
            llm_key="geheim", llm_seconds=seconds, _env_file=None,
        )  # fmt: skip

    yield start
    done.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(config: Settings, text: str = "电梯停运") -> Any:
    return draft(
        config, text, category="物业管理", unit="街道", steps=["致电13800138000核实"], lang="zh"
    )


def fault(config: Settings) -> str:
    with pytest.raises(DraftFault) as found:
        ask(config)
    return found.value.code


def test_a_good_answer_becomes_a_draft_and_nothing_personal_leaves(
    serve: Serve, heard: list[dict[str, Any]]
) -> None:
    config = serve(chat("```json\n" + json.dumps(GOOD) + "\n```"))
    found = ask(config, "请回电13912345678，身份证110101199003078515，电梯停运")
    assert (found.summary, found.steps, found.model) == (
        GOOD["summary"],
        ("联系维保", "回访"),
        "kleine",
    )
    (sent,) = heard
    assert (sent["path"], sent["key"], sent["model"]) == (
        "/v1/chat/completions",
        "Bearer geheim",
        "kleine",
    )
    said = json.dumps(sent["messages"], ensure_ascii=False)
    assert "电梯停运" in said
    assert not any(
        number in said for number in ("13912345678", "110101199003078515", "13800138000")
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (chat(json.dumps(GOOD)), 500, "status"), (b"", 200, "empty"), (b"<html>sorry</html>", 200, "not_json"),
        (chat(""), 200, "empty"), (chat("I cannot do that."), 200, "not_json"), (chat(None), 200, "schema"),
        (b'{"choices": []}', 200, "schema"), (b"[1]", 200, "schema"), (b"\xff\xfe", 200, "not_json"),
        (chat(json.dumps({"summary": "a", "reply": 3, "steps": []})), 200, "schema"),
        (chat(json.dumps({"summary": "a"})), 200, "schema"), (chat("[" * 90_000), 200, "not_json"),
        (b"x" * (LARGEST + 10), 200, "huge"), (b"", 401, "status"), (b"", 302, "status"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_a_code(serve: Serve, body: bytes, status: int, code: str) -> None:
    assert fault(serve(body, status, to="http://127.0.0.1:9/" if status == 302 else "")) == code


def test_a_slow_answer_is_given_up_in_time_even_when_it_drips(serve: Serve) -> None:
    config = serve(chat(json.dumps(GOOD)), drip=True, seconds=0.3)
    begin = time.monotonic()
    assert fault(config) == "slow"
    assert time.monotonic() - begin < 3


def test_it_is_off_unless_set_up_and_nobody_answering_is_a_code(tmp_path: Path) -> None:
    plain = Settings(home=tmp_path, _env_file=None)
    assert not possible(plain) and fault(plain) == "off"
    for url, code in (
        ("http://127.0.0.1:9", "refused"),
        ("file:///etc/passwd", "address"),
        ("no address", "address"),
    ):
        assert (
            fault(
                Settings(home=tmp_path, llm_url=url, llm_model="m", llm_seconds=2, _env_file=None)
            )
            == code
        )
