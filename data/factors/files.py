"""Files of factors: every cell read, converted and checked; every fault named by file, row, column, value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.factors import cells
from data.factors.catalogue import Catalogue, catalogue
from data.factors.sheet import Preset, Sheet, presets, read_sheet
from data.factors.units import HOTTEST_C, WINDIEST, System, converted, detect
from data.importing.errors import ImportFailure
from data.importing.headers import header_key
from data.importing.times import parse_times
from data.registers.files import BadFile, RowFault

COLUMNS = ("day", "area", "factor", "amount")


@dataclass(frozen=True)
class Given:
    """A whole file: the rows of the table ``factors``; ``system``: the units it was in; ``ignored``
    headings; ``several``: averaged stations."""

    file: str
    preset: str
    rows: pd.DataFrame
    system: System
    detected: bool
    ignored: tuple[str, ...] = ()
    stations: int = 1

    def about(self) -> dict[str, Any]:
        """What a report says of it (JSON)."""
        days = self.rows["day"]
        return {
            "preset": self.preset, "system": self.system, "detected": self.detected,
            "ignored": list(self.ignored), "stations": self.stations,
            "factors": sorted(self.rows["factor"].unique()),
            "first": str(days.min()), "last": str(days.max()), "days": int(days.nunique()),
        }  # fmt: skip


def read_file(
    path: Path, *, today: date, name: str | None = None, preset: str | None = None,
    units: System | None = None, home: Path | None = None,
) -> Given:  # fmt: skip
    """Read a file of factors. ``today``: a later day is a forecast and refused; ``units``: what
    the values are in, where the file itself cannot tell.

    Raises :class:`~data.importing.ImportFailure` when it is no table or fits no preset,
    :class:`~data.registers.files.BadFile` with every fault found.
    """
    known = catalogue(home)
    sheet = read_sheet(path, name)
    chosen = preset or _guess(sheet, known)
    if chosen not in presets():
        raise ImportFailure("unknown_factor_preset", preset=chosen, known=", ".join(presets()))
    rule = presets()[chosen]
    head = sheet.first(rule.day)
    if head is None:
        raise BadFile(
            [
                RowFault(
                    sheet.file, sheet.header_row, "", "", "no_day", {"names": ", ".join(rule.day)}
                )
            ]
        )
    days = _days(sheet, head, today)
    made = (
        cells.long(sheet, rule, known) if sheet.first(rule.factor) else
        cells.wide(sheet, rule, known)
    )  # fmt: skip
    if not made.rows and sheet.faults:
        raise BadFile(sheet.faults)
    if not made.rows:
        raise ImportFailure("no_factors", file=sheet.file)
    system, found = _system(made, rule, units, sheet.file, known)
    areas = cells.areas(sheet, rule)
    table = _table(sheet, rule, made, days, areas, system, known)
    if sheet.faults:
        raise BadFile(sorted(sheet.faults, key=lambda fault: fault.row))
    if table.empty:
        raise ImportFailure("no_rows", file=sheet.file)
    stations = 1
    place = sheet.first(rule.station)
    if place is not None:
        stations = len({text for text in sheet.columns[place] if text})
    given = Given(sheet.file, chosen, table, system, found, made.ignored, stations)
    return _whole(given, rule, sheet)


def _guess(sheet: Sheet, known: Catalogue) -> str:
    """The preset whose headings are there: a full station list first, the general one last."""
    there = set(sheet.columns)

    def has(names: Any) -> int:
        return len(there & {header_key(name) for name in names})

    found = presets()
    if has(found["meteostat"].columns) >= 2 and has(found["meteostat"].needs):
        return "meteostat"
    upper = {head for head in sheet.heads.values() if head.isupper()}
    if has(found["noaa"].columns) and upper & set(found["noaa"].columns):
        return "noaa"
    if has(found["events"].day) and not has(found["generic"].amount):
        return "events"
    del known
    return "generic"


def _days(sheet: Sheet, head: str, today: date) -> list[date | None]:
    import pyarrow as pa

    texts = sheet.columns[head]
    stamps = parse_times(pa.array(texts, pa.string())).values.astype("datetime64[D]").astype(object)
    out: list[date | None] = []
    for row, text, stamp in zip(sheet.rows, texts, stamps, strict=True):
        good = isinstance(stamp, date)
        if not good and any(sheet.columns[key][len(out)] for key in sheet.columns):
            sheet.faults.append(
                RowFault(sheet.file, int(row), sheet.heads[head], text or "", "bad_day")
            )
        if good and stamp > today:
            sheet.faults.append(
                RowFault(sheet.file, int(row), sheet.heads[head], text or "", "future_day")
            )
        out.append(stamp if good else None)
    return out


def _system(
    made: cells.Columns, rule: Preset, units: System | None, file: str, known: Catalogue
) -> tuple[System, bool]:
    if units is not None:
        return units, False
    if rule.units != "detect":
        return "metric", False
    found = detect(
        {
            column.factor: (
                known.factors[column.factor].kind,
                column.values[np.isfinite(column.values)],
                column.decimals,
            )
            for column in made.rows
        }
    )
    if found is None:
        raise ImportFailure("units_unclear", file=file)
    return found, True


def _table(
    sheet: Sheet, rule: Preset, made: cells.Columns, days: list[date | None],
    areas: list[str | None], system: System, known: Catalogue,
) -> pd.DataFrame:  # fmt: skip
    """The converted rows; values out of range are faults."""
    parts = []
    for column in made.rows:
        spec = known.factors[column.factor]
        values = column.values
        if column.convert is not None:
            values = column.convert(values)
        else:
            values = converted(values, spec.kind, system, rain=column.factor == "rain_mm")
            if rule.units == "metric" and not rule.columns:
                _plausible(sheet, column, spec.kind)
        values = values * rule.scale.get(column.key, 1.0)
        there = np.isfinite(values)
        for i in np.flatnonzero(there & ((values < spec.low) | (values > spec.high))):
            limits = {"low": spec.low, "high": spec.high}
            sheet.faults.append(
                RowFault(
                    sheet.file, int(sheet.rows[i]), sheet.heads[column.key],
                    str(column.texts[i]), "beyond",
                    limits | {"unit_zh": spec.unit_zh, "unit_en": spec.unit_en},
                )
            )  # fmt: skip
        parts.append(
            pd.DataFrame(
                {"day": days, "area": areas, "factor": column.factor, "amount": values,
                 "row": sheet.rows, "rank": column.rank}
            )[there]
        )  # fmt: skip
    out = pd.concat(parts, ignore_index=True)
    return out[out["day"].notna()]


def _plausible(sheet: Sheet, column: cells.Column, kind: str) -> None:
    """A column without a stated unit whose values as a whole cannot be in the catalogue's."""
    values = column.values[np.isfinite(column.values)]
    odd = {
        "speed": len(values) >= 20 and float(np.mean(values)) > WINDIEST,
        "temperature": len(values) > 0 and float(values.max()) > HOTTEST_C,
    }
    if odd.get(kind, False):
        sheet.faults.append(
            RowFault(sheet.file, sheet.header_row, sheet.heads[column.key], "", "state_unit")
        )


def _whole(given: Given, rule: Preset, sheet: Sheet) -> Given:
    """One value per day, area and factor: events summed, stations averaged, else twice is a fault."""
    rows = given.rows
    keys = ["day", "area", "factor"]
    if rule.count is not None:
        return replace(given, rows=_events(rows, rule, sheet))
    # WSF5 before WSFG: the first of several columns of one factor
    rows = rows.sort_values(["rank", "row"], kind="stable")
    rows = rows.drop_duplicates([*keys, "row"])
    twice = rows[rows.duplicated(keys, keep=False)]
    if len(twice) and given.stations == 1:
        head = sheet.heads[sheet.first(rule.day) or ""]
        faults = []
        for _, group in twice.groupby(keys, dropna=False):
            first, *rest = sorted(group["row"])
            if group["amount"].nunique() > 1:
                faults += [
                    RowFault(given.file, int(r), head, str(group["day"].iloc[0]), "twice",
                             {"first": int(first)})
                    for r in rest
                ]  # fmt: skip
        if faults:
            raise BadFile(faults)
    table = rows.groupby(keys, as_index=False, dropna=False)[["amount"]].mean()
    return replace(given, rows=_tidy(table))


def _events(rows: pd.DataFrame, rule: Preset, sheet: Sheet) -> pd.DataFrame:
    """Events by day, and the sums of what they state; the days between without one are 0."""
    counted = rows.drop_duplicates("row").assign(factor=rule.count, amount=1.0)
    other = rows[rows["factor"] != rule.count]
    both = pd.concat([counted, other], ignore_index=True)
    del sheet
    table = both.groupby(["area", "factor", "day"], dropna=False)["amount"].sum()
    days = pd.date_range(both["day"].min(), both["day"].max(), freq="D").date
    parts = []
    for (area, factor), part in table.groupby(["area", "factor"], dropna=False):
        by_day = part.droplevel(["area", "factor"]).reindex(days, fill_value=0.0)
        parts.append(
            pd.DataFrame({"day": days, "area": area, "factor": factor, "amount": by_day.to_numpy()})
        )
    return _tidy(pd.concat(parts, ignore_index=True))


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    area = table["area"].astype("string")
    return table.assign(area=area.where(area.notna(), pd.NA), amount=table["amount"].round(6))[
        list(COLUMNS)
    ].reset_index(drop=True)
