"""Every way a time is written in complaint files, to naive local wall clock.

ISO columns take Arrow's own cast; everything else goes through one set of RE2
patterns whose groups become numbers, so a million odd times cost about a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Order = Literal["ymd", "mdy", "dmy"]
Stamps = np.ndarray[Any, np.dtype[np.datetime64]]

_HALF = r"上午|下午|中午|凌晨|清晨|早上|早晨|傍晚|晚上|夜间|夜里|午夜|[AaPp]\.?[Mm]\.?"
_ZONE = r"Z|z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?"
_WEEKDAY = r"(?:星期[一二三四五六日天]|周[一二三四五六日天])?"
_CLOCK = (
    rf"(?:[T,，]?\s*{_WEEKDAY}\s*(?P<half>{_HALF})?\s*(?P<H>\d{{1,2}})(?:[:：时点h]|\s*$)"
    rf"\s*(?:(?P<M>\d{{1,2}})(?:[:：分]\s*(?:(?P<S>\d{{1,2}})(?:[.,](?P<f>\d+))?秒?)?)?)?"
    rf"\s*(?P<half2>{_HALF})?\s*(?P<zone>{_ZONE})?)?\s*$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(?i:" + "|".join(_MONTHS) + ")"

_YMD = rf"^(?P<y>\d{{4}})\s*[-/.年]\s*(?P<m>\d{{1,2}})\s*[-/.月]\s*(?P<d>\d{{1,2}})日?号?{_CLOCK}"
_COMPACT = (
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"
    r"(?:[T\s_-]*(?P<H>\d{2}):?(?P<M>\d{2}):?(?P<S>\d{2})?(?P<f>\d{3})?)?"
    rf"(?P<zone>{_ZONE})?$"
)
_AB = r"^(?P<{0}>\d{{1,2}})[-/.](?P<{1}>\d{{1,2}})[-/.](?P<y>\d{{4}}|\d{{2}})"
_PATTERNS: dict[str, str] = {
    "ymd": _YMD,
    "compact": _COMPACT,
    "mdy": _AB.format("m", "d") + _CLOCK,
    "dmy": _AB.format("d", "m") + _CLOCK,
    # 3 Oct 2026 / 03-Oct-26 / Oct 3, 2026 (a weekday name may lead)
    "d_mon_y": rf"^(?:[A-Za-z]{{3,9}},?\s+)?(?P<d>\d{{1,2}})[-\s](?P<mon>{_MONTH})[a-z]*[-\s.,]+"
    rf"(?P<y>\d{{4}}|\d{{2}}){_CLOCK}",
    "mon_d_y": rf"^(?:[A-Za-z]{{3,9}},?\s+)?(?P<mon>{_MONTH})[a-z]*\.?\s+(?P<d>\d{{1,2}}),?\s+"
    rf"(?P<y>\d{{4}}){_CLOCK}",
}
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_UNIX = r"^\d{10}(?:\d{3})?(?:\.\d+)?$"
_ISO_ZONED = r"(?:Z|[+-]\d{2}(?::?\d{2})?)$"
_EXCEL_EPOCH = np.datetime64("1899-12-30", "us")
_SERIAL_DAYS = (20000.0, 80000.0)  # 1954 to 2119
_AFTERNOON = ("下午", "傍晚", "晚上", "夜间", "夜里", "午夜")
_NIGHT = ("晚上", "夜间", "夜里", "午夜")

EARLIEST = np.datetime64("1990-01-01", "us")
# What systems write for "never" or "not yet".
_NEVER = tuple(
    np.datetime64(day, "D")
    for day in (
        "0001-01-01",
        "1899-12-30",
        "1899-12-31",
        "1900-01-01",
        "1900-01-02",
        "1970-01-01",
        "2999-12-31",
        "9999-12-31",
    )
)
_AHEAD = {"due_at": np.timedelta64(365 * 60, "D")}
_YEAR_AHEAD = np.timedelta64(366, "D")


@dataclass(frozen=True)
class Times:
    """Parsed times: ``values`` (NaT where missing or bad) and which texts were ``bad``."""

    values: Stamps
    bad: np.ndarray[Any, np.dtype[np.bool_]]


def parse_times(
    text: pa.Array, *, order: Order = "ymd", zone: str = "UTC", naive_is_utc: bool = False
) -> Times:
    """Read a column of times.

    ``text``: trimmed strings, nulls for missing. ``order`` decides 03/04/2026.
    Times with an offset, Unix stamps and (with ``naive_is_utc``) bare ones become
    wall clock of ``zone``. Raises nothing: what cannot be read is ``bad``.
    """
    size = len(text)
    values = np.full(size, np.datetime64("NaT", "us"))
    open_ = np.asarray(pc.is_valid(text).to_numpy(zero_copy_only=False)).copy()
    if not open_.any():
        return Times(values, np.zeros(size, dtype=bool))
    for zoned in (False, True):
        quick = _cast(text, zoned)
        if quick is not None:
            utc = zoned or naive_is_utc
            return Times(_local(quick, zone) if utc else quick, np.zeros(size, dtype=bool))
    for name in ("ymd", "mdy" if order != "dmy" else "dmy", "compact", "d_mon_y", "mon_d_y"):
        _by_pattern(text, _PATTERNS[name], values, open_, zone, naive_is_utc)
    _by_number(text, values, open_, zone)
    rest = np.flatnonzero(open_)
    if len(rest):  # full-width digits and the like: only for what is still unread
        folded = pc.utf8_trim_whitespace(pc.utf8_normalize(text.take(pa.array(rest)), form="NFKC"))
        if not folded.equals(text.take(pa.array(rest))):
            again = parse_times(folded, order=order, zone=zone, naive_is_utc=naive_is_utc)
            values[rest] = again.values
            open_[rest] = again.bad
    return Times(values, open_)


def _cast(text: pa.Array, zoned: bool) -> Stamps | None:
    """The whole column as ISO times, or ``None`` when one value is not."""
    try:
        kind = pa.timestamp("us", tz="UTC") if zoned else pa.timestamp("us")
        stamps = pc.cast(text, kind)
    except pa.ArrowInvalid:
        return None
    bare = pc.cast(stamps, pa.timestamp("us")) if zoned else stamps
    return np.asarray(bare.to_numpy(zero_copy_only=False)).astype("datetime64[us]")


def _local(utc: Stamps, zone: str) -> Stamps:
    """UTC instants as wall clock of the zone."""
    stamps = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return np.asarray(stamps.to_numpy(), dtype="datetime64[us]").copy()


def _by_pattern(
    text: pa.Array, pattern: str, values: Stamps, open_: Any, zone: str, naive_is_utc: bool
) -> None:
    rows = np.flatnonzero(open_)
    if not len(rows):
        return
    part = text.take(pa.array(rows))
    found = pc.extract_regex(part, pattern)
    hit = np.asarray(found.is_valid().to_numpy(zero_copy_only=False))
    if not hit.any():
        return
    rows, found = rows[hit], found.filter(pa.array(hit))
    stamps, good, offset = _numbers(found)
    utc = ~np.isnan(offset) | naive_is_utc
    if utc.any():
        shift = np.nan_to_num(offset[utc]).astype("int64").astype("timedelta64[m]")
        stamps[utc] = _local(stamps[utc] - shift, zone)
    values[rows[good]] = stamps[good]
    open_[rows[good]] = False


def _numbers(found: Any) -> tuple[Stamps, Any, Any]:
    """Stamps, which are real dates, and UTC offsets in minutes (NaN = none)."""
    names = {field.name for field in found.type}
    size = len(found)

    def column(name: str) -> pa.Array:
        return pc.struct_field(found, name) if name in names else pa.array([""] * size)

    def number(name: str, empty: int = 0) -> Any:
        raw = column(name)
        raw = pc.if_else(pc.equal(raw, ""), str(empty), raw)
        return np.asarray(pc.cast(raw, pa.int64()).to_numpy(zero_copy_only=False))

    year, day = number("y"), number("d")
    year = np.where(year < 100, np.where(year < 70, 2000, 1900) + year, year)
    if "mon" in names:
        lower = pc.utf8_lower(column("mon"))
        month = np.asarray(pc.index_in(lower, pa.array(_MONTHS)).to_numpy(zero_copy_only=False)) + 1
    else:
        month = number("m")
    hour, minute, second = number("H"), number("M"), number("S")
    part = pc.utf8_slice_codeunits(pc.utf8_rpad(column("f"), 6, "0"), 0, 6)
    micro = np.asarray(pc.cast(part, pa.int64()).to_numpy(zero_copy_only=False))
    halves = pc.if_else(pc.equal(column("half"), ""), column("half2"), column("half"))
    hour, late = _full_hours(hour, halves)
    good = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1)
    good &= (
        (hour <= 24) & (minute < 60) & (second < 60) & ((hour < 24) | late | (minute + second == 0))
    )
    base = (np.where(good, year, 1970) - 1970).astype("datetime64[Y]").astype("datetime64[M]")
    base = base + (np.where(good, month, 1) - 1).astype("timedelta64[M]")
    dates = base.astype("datetime64[D]") + (np.where(good, day, 1) - 1).astype("timedelta64[D]")
    good &= dates.astype("datetime64[M]") == base
    seconds = ((hour * 60 + minute) * 60 + second).astype("timedelta64[s]")
    stamps = dates.astype("datetime64[us]") + seconds + micro.astype("timedelta64[us]")
    return stamps, good, _offsets(column("zone"))


def _full_hours(hour: Any, halves: pa.Array) -> tuple[Any, Any]:
    """Hours of the day from hours with 上午/下午 or AM/PM, and which lie past its midnight.

    晚上12点 and 午夜12点 are the midnight that ends the day (hour 24, minutes allowed).
    """
    marks = np.asarray(halves.to_numpy(zero_copy_only=False), dtype=object)
    if not any(marks):
        return hour, np.zeros(len(hour), dtype=bool)
    english = np.char.upper(np.char.replace(marks.astype(str), ".", ""))
    pm = np.isin(marks.astype(str), _AFTERNOON) | (english == "PM")
    am = np.isin(marks.astype(str), ("上午", "凌晨", "清晨", "早上", "早晨")) | (english == "AM")
    noon = marks.astype(str) == "中午"
    night = np.isin(marks.astype(str), _NIGHT)
    out = np.where((pm & (hour < 12)) | (noon & (hour < 3)), hour + 12, hour)
    out = np.where(am & (hour == 12), 0, out)
    # 凌晨 hours follow midnight, also when somebody writes 午夜1点
    out = np.where(night & (hour < 4), hour, out)
    late = night & (hour == 12)
    return np.where(late, 24, out), late


def _offsets(zones: pa.Array) -> Any:
    codes = zones.dictionary_encode()
    table = np.array([_offset(text) for text in codes.dictionary.to_pylist()] or [np.nan])
    return table[np.asarray(codes.indices.to_numpy(zero_copy_only=False))]


def _offset(text: str) -> float:
    if not text:
        return float("nan")
    if text.upper() in ("Z", "UTC", "GMT"):
        return 0.0
    digits = text[1:].replace(":", "").rjust(2, "0")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    return (-1 if text[0] == "-" else 1) * (hours * 60 + minutes)


def _by_number(text: pa.Array, values: Stamps, open_: Any, zone: str) -> None:
    """Excel serial days (local) and Unix seconds or milliseconds (UTC)."""
    rows = np.flatnonzero(open_)
    if not len(rows):
        return
    part = text.take(pa.array(rows))
    for pattern in (_SERIAL, _UNIX):
        hit = np.asarray(pc.match_substring_regex(part, pattern).to_numpy(zero_copy_only=False))
        if not hit.any():
            continue
        numbers = np.asarray(pc.cast(part.filter(pa.array(hit)), pa.float64()).to_numpy())
        if pattern == _SERIAL:
            good = (numbers >= _SERIAL_DAYS[0]) & (numbers <= _SERIAL_DAYS[1])
            # Excel keeps about a millisecond: round to the second it shows.
            seconds = np.round(numbers * 86400).astype("int64").astype("timedelta64[s]")
            stamps = _EXCEL_EPOCH + seconds
        else:
            good = np.ones(len(numbers), dtype=bool)
            scale = np.where(numbers >= 1e11, 1000, 1_000_000)
            micros = (numbers * scale).astype("int64")
            stamps = _local(micros.astype("datetime64[us]"), zone)
        values[rows[hit][good]] = stamps[good]
        open_[rows[hit][good]] = False


def judge(values: Stamps, field: str, now: np.datetime64) -> tuple[Any, Any, np.datetime64]:
    """Which times are placeholders ("1900-01-01"), which lie outside 1990 to the last plausible
    moment, and that moment: a year from now, for due dates sixty."""
    placeholder = np.isin(values.astype("datetime64[D]"), _NEVER)
    latest = now + _AHEAD.get(field, _YEAR_AHEAD)
    far = ((values < EARLIEST) | (values > latest)) & ~placeholder
    return placeholder, far, latest
