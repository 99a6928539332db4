"""Callers are known by a keyed hash only: enough to see repeats, not enough to call back."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from data.importing.privacy import FOLD
from data.settings import Settings

_PLAIN_MOBILE = re.compile(r"1[3-9](?!(\d)\1{8})\d{9}", re.ASCII)


def secret_key(config: Settings) -> bytes:
    """The key of the caller hash: the setting, else ``<home>/caller.key`` (made once, 0600)."""
    if config.secret_key and config.secret_key.get_secret_value():
        return config.secret_key.get_secret_value().encode()
    path = config.home / "caller.key"
    try:
        return _read_key(path)
    except FileNotFoundError:
        config.home.mkdir(parents=True, exist_ok=True)
    # Written whole under another name, then linked: two processes agree on one key.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read_key(path)


def _read_key(path: Path) -> bytes:
    return path.read_text(encoding="ascii").strip().encode()


def caller_hasher(key: bytes) -> Callable[[pa.Array], pa.Array]:
    """A function from caller phones or accounts to keyed hashes (HMAC-SHA256, 32 hex digits).

    The same number written differently (+86, spaces, full-width) has the same hash;
    withheld numbers ("匿名", "0", "138****8000") have none.
    """

    def one(text: str) -> str | None:
        bare = text if _PLAIN_MOBILE.fullmatch(text) else caller_identity(text)
        return hmac.digest(key, bare.encode(), "sha256").hex()[:32] if bare else None

    def hash_array(texts: pa.Array) -> pa.Array:
        codes = texts.dictionary_encode()
        hashes = pa.array([one(text) for text in codes.dictionary.to_pylist()], pa.string())
        return hashes.take(codes.indices)

    return hash_array


def caller_identity(text: str | None) -> str | None:
    """The one form of a phone or account, or ``None`` when it identifies nobody."""
    if (
        not text
        or "*" in text
        or re.search(r"匿名|未知|保密|无法|anonymous|unknown|withheld|private", text, re.IGNORECASE)
    ):
        return None
    folded = re.sub(r"[\s\-–—_()\u200b-\u200f\ufeff]", "", text.translate(FOLD)).casefold()
    if re.fullmatch(r"\+?\d+(?:\.0)?", folded):
        digits = folded.removesuffix(".0").lstrip("+")
        digits = re.sub(r"^(?:0086|86)(?=1\d{10}$)|^0(?=1[3-9]\d{9}$)", "", digits)
        return digits if len(digits) >= 7 and len(set(digits)) > 1 else None
    return folded if len(folded) >= 4 else None
