"""The one list of factors (names, unit, range) and of the drivers that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.importing.errors import ImportFailure
from data.importing.headers import header_key

Kind = Literal["length", "temperature", "speed", "plain"]


class FactorSpec(BaseModel):
    """A factor: names, the unit it is kept in, the range of sound values."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str
    unit_zh: str = ""
    unit_en: str = ""
    kind: Kind = "plain"
    low: float
    high: float
    whether: Literal["weather", "outside"] = "outside"
    step: float | None = Field(default=None, gt=0)
    aliases: tuple[str, ...] = ()


class DriverSpec(BaseModel):
    """A driver: the factors it is made of, the amount effects are stated for, its zero."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str
    zh_step: str = ""
    en_step: str = ""
    unit_zh: str = ""
    unit_en: str = ""
    made_from: tuple[str, ...] = Field(alias="from")
    step: float = Field(gt=0)
    reference: float | None = None
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Catalogue:
    """Factors and drivers by code."""

    factors: Mapping[str, FactorSpec]
    drivers: Mapping[str, DriverSpec]

    def named(self) -> dict[str, str]:
        """Folded heading -> factor, in both languages; codes and aliases too."""
        out: dict[str, str] = {}
        for code, spec in self.factors.items():
            for name in (code, spec.zh, spec.en, *spec.aliases):
                out.setdefault(header_key(name), code)
        return out

    def usable(self, known: Iterable[str]) -> dict[str, DriverSpec]:
        """The drivers that the known factors can make, first the listed ones."""
        there = set(known)
        out = {
            code: spec
            for code, spec in self.drivers.items()
            if any(set(source.split("+")) <= there for source in spec.made_from)
        }
        for code, factor in self.factors.items():
            if code in there and factor.step is not None:
                out[code] = DriverSpec.model_validate(
                    {
                        "zh": factor.zh, "en": factor.en, "from": (code,), "step": factor.step,
                        "zh_step": f"{factor.zh}比常日高 {factor.step:g} {factor.unit_zh}",
                        "en_step": f"{factor.en}: {factor.step:g} {factor.unit_en} above a median day",
                        "unit_zh": factor.unit_zh, "unit_en": factor.unit_en,
                    }
                )  # fmt: skip
        return out

    def values(self, wide: pd.DataFrame) -> pd.DataFrame:
        """``day`` and a column per usable driver, from ``day`` and a column per factor."""
        out = pd.DataFrame({"day": wide["day"]})
        for code, spec in self.usable(wide.columns).items():
            source = next(s for s in spec.made_from if set(s.split("+")) <= set(wide.columns))
            row = wide[source.split("+")].astype(float).mean(axis=1, skipna=False)
            out[code] = amount(spec, row)
        return out


def amount(spec: DriverSpec, row: pd.Series) -> pd.Series:
    """A driver's amount from its factor: degrees beyond a limit, or the factor as it is."""
    if spec.above is not None:
        return (row - spec.above).clip(lower=0)
    if spec.below is not None:
        return (spec.below - row).clip(lower=0)
    return row


@lru_cache(maxsize=8)
def catalogue(home: Path | None = None) -> Catalogue:
    """The shipped catalogue with the city's own ``factors.yaml`` (if there is one) over it.

    Raises :class:`~data.importing.ImportFailure` (``bad_catalogue``) for a faulty file of the city.
    """
    factors: dict[str, FactorSpec] = {}
    drivers: dict[str, DriverSpec] = {}
    own = home / "factors.yaml" if home is not None else None
    for path in [Path(__file__).with_name("catalogue.yaml"), own]:
        if path is None or not path.is_file():
            continue
        try:
            tree = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            factors |= {k: FactorSpec(**v) for k, v in (tree.get("factors") or {}).items()}
            drivers |= {
                k: DriverSpec.model_validate(v) for k, v in (tree.get("drivers") or {}).items()
            }
        except (yaml.YAMLError, ValidationError, AttributeError, TypeError) as error:
            raise ImportFailure(
                "bad_catalogue", file=path.name, message=str(error).splitlines()[0]
            ) from error
    return Catalogue(factors, drivers)
