"""The optional base map: tiles of an address that the city sets. Off unless both settings are good."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from data.settings import Settings

_HOLES = ("{z}", "{x}", "{y}")


@dataclass(frozen=True)
class BaseMap:
    """Where the tiles come from, and what must stand on the map."""

    url: str
    attribution: str

    @property
    def host(self) -> str:
        """The host alone: the address may carry a key."""
        return urlsplit(self.url).hostname or "?"


@dataclass(frozen=True)
class TileFault:
    """Why the settings cannot be used: words ``cli.check.tiles_bad.<code>``."""

    code: str
    details: dict[str, Any] = field(default_factory=dict)


def base_map(config: Settings) -> BaseMap | TileFault | None:
    """The base map of the settings; ``None``: none is set; a fault: it stays off, ``doctor`` says why."""
    url, attribution = (config.tile_url or "").strip(), (config.tile_attribution or "").strip()
    if not url:
        return None
    fault = _address(url) or _holes(url)
    if fault:
        return fault
    return BaseMap(url, attribution) if attribution else TileFault("attribution")


def _address(url: str) -> TileFault | None:
    try:
        parts = urlsplit(url)
        well = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        well = False
    return TileFault("address") if not well or re.search(r"[\s\"'<>\\]", url) else None


def _holes(url: str) -> TileFault | None:
    missing = [hole for hole in _HOLES if hole not in url]
    if missing:
        return TileFault("holes", {"missing": " ".join(missing)})
    other = sorted(set(re.findall(r"\{[^{}]*\}", url)) - set(_HOLES))
    return TileFault("other_holes", {"other": " ".join(other)}) if other else None


def tiles(config: Settings) -> BaseMap | None:
    """The base map to draw, if any (a faulty setting draws none)."""
    found = base_map(config)
    return found if isinstance(found, BaseMap) else None
