"""Plausible canonical orders for tests: every field, missing values included, no file read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from metrics import fields
from metrics.fields import ORDER_FIELDS

DISTRICTS = ("云溪区", "松岭区", "海棠区", "新港区")
CATEGORIES = {
    "城市管理": {"市容环卫": ("垃圾清运", "道路保洁"), "违法建设": ()},
    "公共服务": {"供暖": ("温度不达标", "停暖"), "供水": ()},
    "住房": {"物业管理": ("电梯", "收费"), "房屋漏水": ()},
    "交通管理": {"停车": (), "公交": ()},
}
CHANNELS = ("电话", "网络", "微信", "媒体")
COMPUTED_AT_MERGE = ("repeat_of", "repeat_days", "recurred")


def random_orders(
    n: int,
    seed: int = 0,
    *,
    start: str = "2025-01-01",
    days: int = 120,
    source: str = "test",
    first_id: int = 0,
) -> pd.DataFrame:
    """``n`` orders with all canonical fields but the repeat links, as the store reads them.

    Times are whole seconds; about a tenth of everything optional is missing;
    a few rows contradict themselves. Equal arguments give equal frames.
    """
    rng = np.random.default_rng(seed)
    out: dict[str, Any] = {
        "source": np.full(n, source, dtype=object),
        "order_id": np.array([f"{source}-{first_id + i:07d}" for i in range(n)], dtype=object),
        "order_type": _pick(rng, n, fields.ORDER_TYPES),
        "tags": _pick(rng, n, ("紧急", "热点", "长期"), 0.7),
        "title": _pick(rng, n, ("路灯不亮", "暖气不热", "噪声扰民", "pothole, 'deep'"), 0.05),
        "content": _pick(rng, n, ("来电反映", '引号"内"', "多行\n文本", "tab\tin"), 0.1),
        "reply": _pick(rng, n, ("已处理", "正在处理"), 0.5),
        "status": _pick(rng, n, fields.STATUSES),
        "grade": _pick(rng, n, fields.GRADES, 0.2),
        "channel": _pick(rng, n, CHANNELS, 0.05),
        "community": _pick(rng, n, ("一里", "二里", "三里"), 0.4),
        "enterprise": _pick(rng, n, ("某物业公司",), 0.9),
        "followup": _pick(rng, n, fields.FOLLOWUPS, 0.3),
        "resolution": _pick(rng, n, fields.RESOLUTIONS, 0.3),
        "satisfaction": _pick(rng, n, fields.SATISFACTIONS, 0.3),
        "exclusion": _pick(rng, n, fields.EXCLUSIONS, 0.9),
        "exclusion_note": _pick(rng, n, ("重复来电",), 0.95),
    }
    out |= _categories(rng, n) | _places(rng, n) | _times(rng, n, start, days)
    for name in ("contacted", "on_time", "photo_evidence", "refused", "ledger"):
        out[name] = _bools(rng, n)
    for name in ("returns", "redos", "extensions", "hops", "whistles"):
        out[name] = pd.array(np.where(rng.random(n) < 0.2, None, rng.integers(0, 4, n)), "Int64")
    out["flags"] = _pick(rng, n, ("closed_before_created", "resolved_not_contacted"), 0.95)
    names = [f.name for f in ORDER_FIELDS if f.name not in COMPUTED_AT_MERGE]
    return pd.DataFrame({name: _typed(name, out[name]) for name in names})


def _pick(rng: np.random.Generator, n: int, values: tuple[str, ...], missing: float = 0.0) -> Any:
    picked = np.array(values, dtype=object)[rng.integers(0, len(values), n)]
    picked[rng.random(n) < missing] = None
    return picked


def _bools(rng: np.random.Generator, n: int) -> Any:
    values = rng.random(n) < 0.6
    return pd.array(np.where(rng.random(n) < 0.2, None, values), "boolean")


def _categories(rng: np.random.Generator, n: int) -> dict[str, Any]:
    paths: list[tuple[str | None, ...]] = [(None, None, None)]
    for first, seconds in CATEGORIES.items():
        for second, thirds in seconds.items():
            paths += [(first, second, third) for third in (thirds or (None,))]
    chosen = np.array(paths, dtype=object)[rng.integers(0, len(paths), n)]
    return {f"category{i + 1}": chosen[:, i] for i in range(3)}


def _places(rng: np.random.Generator, n: int) -> dict[str, Any]:
    district = _pick(rng, n, DISTRICTS, 0.05)
    number = rng.integers(1, 5, n).astype(str).astype(object)
    known = np.array([d is not None for d in district])
    street = np.where(known, np.where(known, district, "") + number + "街", None)
    unit = np.where(known, np.where(known, district, "") + number + "街道办", "市政热线中心")
    unit[rng.random(n) < 0.05] = None
    house = rng.integers(1, max(3, n // 40), n).astype(str).astype(object)
    address = np.where(known, np.where(known, street, "") + house + "号", None)
    caller = ("c" + rng.integers(0, max(3, n // 6), n).astype(str).astype(object)).astype(object)
    caller[rng.random(n) < 0.2] = None
    lon, lat = rng.normal(116.4, 0.1, n), rng.normal(39.9, 0.1, n)
    bare = rng.random(n) < 0.1
    return {
        "district": district, "street": street, "unit": unit, "address": address,
        "first_unit": unit, "assist_units": _pick(rng, n, ("园林局;城管局",), 0.8),
        "place_key": address, "caller_key": caller,
        "lon": np.where(bare, np.nan, lon), "lat": np.where(bare, np.nan, lat),
        "point_kind": np.where(bare, "missing", "ok").astype(object),
        "h3_9": pd.array(np.where(bare, None, rng.integers(6 * 10**17, 7 * 10**17, n)), "Int64"),
    }  # fmt: skip


def _times(rng: np.random.Generator, n: int, start: str, days: int) -> dict[str, Any]:
    created = pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, days * 86400, n), unit="s")
    created = pd.Series(created).astype("datetime64[us]")

    def later(hours: float, missing: float) -> pd.Series[Any]:
        span = pd.to_timedelta(rng.exponential(hours * 3600, n).round(), unit="s")
        return (created + span).astype("datetime64[us]").mask(rng.random(n) < missing)

    closed = later(200, 0.25)
    closed = closed.mask(rng.random(n) < 0.01, created - pd.Timedelta(hours=1))
    out: dict[str, Any] = {
        "created_at": created, "dispatched_at": later(1, 0.1), "signed_at": later(6, 0.1),
        "contacted_at": later(20, 0.2), "closed_at": closed, "followed_up_at": later(300, 0.4),
        "due_at": later(240, 0.3), "created_day": created.dt.normalize(),
        "closed_day": closed.dt.normalize(),
    }  # fmt: skip
    for name in ("sign", "contact", "close"):
        moment = out[{"sign": "signed_at", "contact": "contacted_at", "close": "closed_at"}[name]]
        hours = (moment - created).dt.total_seconds() / 3600
        out[f"{name}_hours"] = hours
        out[f"{name}_workdays"] = (hours // 24 * 5 // 7).astype("Int64")
    return out


def _typed(name: str, values: Any) -> pd.Series[Any]:
    kind = fields.FIELDS[name].kind
    dtype = {"bool": "boolean", "int": "Int64", "float": "float64"}.get(kind, "str")
    if kind in ("time", "date"):
        return pd.Series(values).astype("datetime64[us]")
    return pd.Series(values).astype(dtype)
