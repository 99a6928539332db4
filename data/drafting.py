"""A draft of a reply from a language model, through any OpenAI-compatible address; off by default.

What leaves is masked first (:mod:`data.importing.privacy`), whoever calls. What comes back is checked:
an answer that is late, empty, huge, no JSON or of another form is a :class:`DraftFault` with a code, never more.
"""

from __future__ import annotations

import http.client
import json
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.importing.privacy import mask_text
from data.settings import Settings
from words import Lang

LARGEST = 262_144
"""Bytes of an answer that are read."""
LONGEST = 4_000
"""Characters of a complaint that are sent."""
_TOLD = {
    "zh": (
        "你为12345热线的工作人员起草办理建议。只依据给出的诉求、类别、单位和以往办理步骤，不得编造事实、日期、"
        '金额或承诺。只输出一个JSON对象：{"summary":"一句话概括诉求","reply":"给市民的答复草稿","steps":["办理步骤",…]}。'
    ),
    "en": (
        "You draft handling advice for the staff of a city's complaint line. Use only the complaint, category, unit and "
        "earlier steps given; invent no facts, dates, sums or promises. Answer with one JSON object and nothing else: "
        '{"summary":"the complaint in a sentence","reply":"draft reply to the resident","steps":["handling step",…]}.'
    ),
}


class DraftFault(RuntimeError):
    """No usable draft came. ``code``: off, address, refused, status, slow, empty, huge, not_json, schema."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.details = code, details


class _Content(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    summary: str = Field(min_length=1, max_length=1_000)
    reply: str = Field(min_length=1, max_length=6_000)
    steps: list[str] = Field(max_length=20)


@dataclass(frozen=True)
class Draft:
    """A draft and who made it. It is a draft: somebody reads it before it is used."""

    summary: str
    reply: str
    steps: tuple[str, ...]
    model: str


def possible(config: Settings) -> bool:
    """Whether an address and a model are set."""
    return bool(config.llm_url and config.llm_model)


def draft(
    config: Settings, text: str, *, category: str, unit: str, steps: Sequence[str], lang: Lang
) -> Draft:
    """Ask for a draft. Raises :class:`DraftFault`."""
    if not config.llm_url or not config.llm_model:
        raise DraftFault("off")
    told = {
        "complaint": mask_text(text[:LONGEST]), "category": category, "unit": unit,
        "earlier_steps": [mask_text(step) for step in steps][:10],
    }  # fmt: skip
    asked = {
        "model": config.llm_model, "temperature": 0.2, "stream": False,
        "messages": [
            {"role": "system", "content": _TOLD[lang]},
            {"role": "user", "content": json.dumps(told, ensure_ascii=False)},
        ],
    }  # fmt: skip
    answer = _in_time(_request(config, asked), config.llm_seconds)
    content = _content(answer)
    return Draft(content.summary, content.reply, tuple(content.steps), config.llm_model)


def _request(config: Settings, asked: Mapping[str, Any]) -> urllib.request.Request:
    address = str(config.llm_url).rstrip("/")
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise DraftFault("address")
    if not address.endswith("/chat/completions"):
        address += "/chat/completions"
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if config.llm_key is not None and config.llm_key.get_secret_value():
        headers["Authorization"] = f"Bearer {config.llm_key.get_secret_value()}"
    body = json.dumps(asked, ensure_ascii=False).encode()
    try:
        return urllib.request.Request(address, body, headers, method="POST")
    except ValueError as fault:
        raise DraftFault("address") from fault


class _Stay(urllib.request.HTTPRedirectHandler):
    """Texts go to the address that was set and to no other."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        """Follow nothing."""


def _in_time(request: urllib.request.Request, seconds: float) -> bytes:
    """The answer's bytes within a number of seconds in all, however slowly they drip in."""
    out: queue.Queue[bytes | DraftFault] = queue.Queue()

    def fetch() -> None:
        try:
            out.put(_fetched(request, seconds))
        except DraftFault as fault:
            out.put(fault)
        except TimeoutError:
            out.put(DraftFault("slow"))
        except (OSError, http.client.HTTPException, ValueError) as fault:
            reason = getattr(fault, "reason", None)
            out.put(DraftFault("slow" if isinstance(reason, TimeoutError) else "refused"))

    threading.Thread(target=fetch, name="cockpit-draft", daemon=True).start()
    try:
        found = out.get(timeout=seconds)
    except queue.Empty as late:
        raise DraftFault("slow") from late
    if isinstance(found, DraftFault):
        raise found
    return found


def _fetched(request: urllib.request.Request, seconds: float) -> bytes:
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=seconds) as response:
            data: bytes = response.read(LARGEST + 1)
    except urllib.error.HTTPError as fault:
        fault.close()
        raise DraftFault("status", status=fault.code) from fault
    if len(data) > LARGEST:
        raise DraftFault("huge")
    return data


def _content(answer: bytes) -> _Content:
    try:
        outer = json.loads(answer.decode("utf-8"))
    except (ValueError, RecursionError) as fault:
        raise DraftFault("not_json" if answer.strip() else "empty") from fault
    try:
        text = outer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as fault:
        raise DraftFault("schema") from fault
    if not isinstance(text, str):
        raise DraftFault("schema")
    if not text.strip():
        raise DraftFault("empty")
    try:
        inner = json.loads(_unfenced(text))
    except (ValueError, RecursionError) as fault:
        raise DraftFault("not_json") from fault
    try:
        return _Content.model_validate(inner)
    except ValidationError as fault:
        raise DraftFault("schema") from fault


def _unfenced(text: str) -> str:
    """Models like to put JSON into a code fence."""
    begin, end = text.find("{"), text.rfind("}")
    return text[begin : end + 1] if 0 <= begin < end else text
