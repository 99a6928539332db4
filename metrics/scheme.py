"""Assessment schemes (考核方案): the files of ``metrics/schemes/``, loaded and checked.

A file is one version of one scheme. A scheme changed during the year gets a
second file with a later ``valid_from``; months already published name the
version they were scored by.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from metrics.indicator_file import from_file
from metrics.indicators import Bilingual, Indicator, Part, clocks_of, measures_of
from metrics.scheme_file import SchemeError, SchemeFile
from metrics.scheme_model import BEFORE, Scheme
from metrics.scheme_rules import Limit, in_limit, limited

SCHEMES = Path(__file__).parent / "schemes"
FURTHER = Path(__file__).parent / "indicators.yaml"


def load_scheme(path_or_id: str | Path, folder: Path = SCHEMES) -> Scheme:
    """A scheme from a file, or the newest version of a shipped one by its id.

    Raises :class:`SchemeError` naming the file, the line and the fault.
    """
    if isinstance(path_or_id, Path) or path_or_id.endswith((".yaml", ".yml")):
        return _load(Path(path_or_id))
    known = all_schemes(folder)
    if path_or_id not in known:
        raise SchemeError("unknown_scheme", name=path_or_id, known=", ".join(known))
    return known[path_or_id]


def all_schemes(folder: Path = SCHEMES) -> dict[str, Scheme]:
    """Every scheme of the folder, newest version of each, by id. Raises :class:`SchemeError`."""
    return {name: versions[-1] for name, versions in _versions(folder, _stamp(folder)).items()}


def in_force(name: str, day: date, folder: Path = SCHEMES) -> Scheme:
    """The version of a scheme that was valid on a day.

    Raises :class:`SchemeError` when there is no such scheme or none was valid.
    """
    found = _versions(folder, _stamp(folder))
    if name not in found:
        raise SchemeError("unknown_scheme", name=name, known=", ".join(found))
    for scheme in reversed(found[name]):
        if scheme.valid_from <= day and (scheme.valid_to is None or day <= scheme.valid_to):
            return scheme
    raise SchemeError("not_in_force", name=name, day=day.isoformat())


@lru_cache(maxsize=1)
def further_indicators() -> dict[str, Indicator]:
    """The indicators that can stand beside any scheme, by id (``metrics/indicators.yaml``)."""
    return load_indicators(FURTHER)


def load_indicators(path: Path) -> dict[str, Indicator]:
    """Indicators from a file with the one key ``indicators``. Raises :class:`SchemeError`."""
    return from_file(SchemeFile(path))


def scheme_from_text(text: str, name: str) -> Scheme:
    """A scheme from the text of a file that goes by ``name``.

    Raises :class:`SchemeError` naming the line and the fault, as for a file.
    """
    return _checked(SchemeFile(name, text=text))


def scheme_texts(folder: Path = SCHEMES) -> dict[tuple[str, str], str]:
    """The text of every file of the folder, by id and version. Raises :class:`SchemeError`."""
    out = {}
    for name, _ in _stamp(folder):
        scheme = _load(folder / name)
        out[scheme.id, scheme.version] = (folder / name).read_text(encoding="utf-8")
    return out


def all_versions(folder: Path = SCHEMES) -> dict[str, list[Scheme]]:
    """Every version of every scheme of the folder, oldest first. Raises :class:`SchemeError`."""
    return {name: list(found) for name, found in _versions(folder, _stamp(folder)).items()}


def _load(path: Path) -> Scheme:
    if not path.is_file():
        raise SchemeError("no_file", file=path.name)
    return _checked(SchemeFile(path))


def _checked(file: SchemeFile) -> Scheme:
    try:
        return Scheme.model_validate(file.data)
    except ValidationError as error:
        raise file.translate(error) from error


Stamp = tuple[tuple[str, int], ...]


def _stamp(folder: Path) -> Stamp:
    return tuple((p.name, p.stat().st_mtime_ns) for p in sorted(folder.glob("*.yaml")))


@lru_cache(maxsize=8)
def _versions(folder: Path, stamp: Stamp) -> dict[str, list[Scheme]]:
    """All versions by id, oldest first; ``stamp`` renews the cache when a file changes."""
    out: dict[str, list[Scheme]] = {}
    for name, _ in stamp:
        scheme = _load(folder / name)
        mine = out.setdefault(scheme.id, [])
        if any(other.version == scheme.version for other in mine):
            raise SchemeError(
                "duplicate_version", file=name, name=scheme.id, version=scheme.version
            )
        mine.append(scheme)
        mine.sort(key=lambda s: s.valid_from)
    return out


def indicators_of(scheme: Scheme, further: Mapping[str, Indicator]) -> dict[str, Indicator]:
    """The scheme's indicators and further ones (where both have an id, the scheme's own)."""
    own = {indicator.id: indicator for indicator in scheme.indicators}
    return own | {name: extra for name, extra in further.items() if name not in own}


__all__ = [
    "BEFORE",
    "Bilingual",
    "Indicator",
    "Limit",
    "Part",
    "Scheme",
    "SchemeError",
    "all_schemes",
    "all_versions",
    "clocks_of",
    "further_indicators",
    "in_force",
    "in_limit",
    "indicators_of",
    "limited",
    "load_indicators",
    "load_scheme",
    "measures_of",
    "scheme_from_text",
    "scheme_texts",
]
