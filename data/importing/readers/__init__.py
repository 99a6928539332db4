"""Readers: any file as a table of text. What a file is, its first bytes say, not its name."""

from __future__ import annotations

import zlib
from pathlib import Path

from data.importing.errors import ImportFailure
from data.importing.preset import Preset
from data.importing.readers.base import Chunk, Table, first_bytes
from data.importing.readers.delimited import DelimitedTable
from data.importing.readers.encoding import open_bytes
from data.importing.readers.markup import HtmlTable
from data.importing.readers.sheets import SheetTable
from data.importing.readers.typed import ParquetTable, QueryTable, open_json

__all__ = ["Chunk", "QueryTable", "Table", "open_table"]

_OTHER = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"SQLite format 3": "SQLite",
    b"{\\rtf": "RTF",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OLE = b"\xd0\xcf\x11\xe0"


def open_table(path: Path, presets: dict[str, Preset], name: str | None = None) -> Table:
    """Open a file for reading.

    ``name`` is what reports call it (uploads have temporary paths). Raises
    :class:`ImportFailure` when it is missing, empty, encrypted, broken or no table.
    """
    label = name or path.name
    try:
        if path.is_dir():
            raise ImportFailure("is_directory", file=label)
        if path.stat().st_size == 0:
            raise ImportFailure("empty_file", file=label)
        head = first_bytes(path)
        if head.startswith(b"\x1f\x8b"):
            with open_bytes(path) as file:
                head = file.read(8192)
            if head.startswith((b"PK", _OLE, b"PAR1")):
                raise ImportFailure("not_a_table", file=label, kind="gzip")
        return _by_content(path, head, label, presets)
    except FileNotFoundError as error:
        raise ImportFailure("no_file", file=label) from error
    except PermissionError as error:
        raise ImportFailure("no_permission", file=label) from error
    except (EOFError, zlib.error) as error:
        raise ImportFailure("unreadable", file=label, message=str(error)) from error
    except OSError as error:
        raise ImportFailure("unreadable", file=label, message=str(error)) from error


def _by_content(path: Path, head: bytes, label: str, presets: dict[str, Preset]) -> Table:
    for magic, kind in _OTHER.items():
        if head.startswith(magic):
            raise ImportFailure("not_a_table", file=label, kind=kind)
    if head.startswith(b"PAR1"):
        return ParquetTable(path, label)
    if head.startswith((b"PK\x03\x04", _OLE)):
        return SheetTable(path, label, presets)
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    if text.startswith((b"{", b"[")) and _looks_like_json(text):
        return open_json(path, label)
    low = text[:2048].lower()
    if low.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head")) or b"<table" in low:
        return HtmlTable(path, label)
    if low.startswith(b"<?xml"):
        raise ImportFailure("not_a_table", file=label, kind="XML")
    if _binary(head):
        raise ImportFailure("not_a_table", file=label, kind="binary")
    return DelimitedTable(path, label)


def _looks_like_json(text: bytes) -> bool:
    rest = text[1:].lstrip()
    return rest[:1] in (b'"', b"{", b"}", b"]", b"[", b"") or (
        text[:1] == b"[" and rest[:1].isdigit()
    )


def _binary(head: bytes) -> bool:
    """Control bytes that no text has (a few NULs are forgiven, UTF-16 is known by its mark)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    odd = sum(byte < 32 and byte not in b"\t\r\n\f\x0b\x1b\x01" for byte in head)
    return odd > max(8, len(head) * 0.02)
