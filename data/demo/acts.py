"""What the simulated city's supervision office and streets have written: tasks, meetings, whistles.

Everything here is made up and says so. Daily meetings are held on the last days, a weekly one and
a monthly one before; most of what they decided is done, some is late. Whistles are blown for
orders that the source itself says were whistled for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from data.demo.city import City
from data.registers.files import Given, Row, dump
from forecasting.calendar import add_workdays, is_workday

FILE = "simulated"
OFFICE = "督办科（模拟）"
_WEEK = (
    "压降重复诉求，逐件回访", "高发点位联合整治", "超期工单清零", "不满意工单二次办理",
    "派单退回集中会商", "预警类别提前部署力量",
)  # fmt: skip
_MONTH = ("整改名单单位约谈并提交整改方案", "主要失分原因专项整治", "数据异常逐件核查")
_RESULTS = ("现场处置完毕，街道确认", "联合执法后整改到位", "明确责任单位，限期整改")
_REASONS = ("到场及时，配合到位", "沟通顺畅", "材料移交不完整", "到场较慢，经催办后处置")


def acts(
    city: City,
    orders: Sequence[Mapping[str, Any]],
    whistled: Sequence[Mapping[str, Any]],
    end: date,
    seed: int,
) -> list[dict[str, Any]]:
    """Tasks (as decided, then as they stand), meetings and whistles, as a batch carries them.

    ``orders``: some orders of the last weeks; ``whistled``: orders that were whistled for.
    """  # fmt: skip
    rng = np.random.default_rng([seed, 702])
    made = [*_daily(orders, end, rng), *_weekly(city, end, rng), *_monthly(city, end, rng)]
    plain = [
        {k: v for k, v in task.items() if k not in ("state", "reason", "done_on")} for task in made
    ]
    held = dict.fromkeys((str(task["board"]), task["meeting"]) for task in made)
    meetings = [{"board": board, "day": day, "attendees": OFFICE} for board, day in held]
    files = [
        ("task", plain), ("task", made), ("meeting", meetings),
        ("whistle", list(_whistles(city, whistled, end, rng))),
    ]  # fmt: skip
    return [
        dump(Given(kind, FILE, tuple(Row(k, {**one, "simulated": True}) for k, one in enumerate(rows, 1)), {}))
        for kind, rows in files
        if rows
    ]  # fmt: skip


def _daily(
    orders: Sequence[Mapping[str, Any]], end: date, rng: np.random.Generator
) -> Iterable[dict[str, Any]]:
    """The last three daily meetings, on working days, a few orders each."""
    picked = iter(rng.permutation(len(orders))[:15])
    workdays = [day for k in range(14) if is_workday(day := end - timedelta(days=k))]
    for day in workdays[2::-1]:
        for _ in range(5):
            place = next(picked, None)
            if place is None:
                return
            order = orders[int(place)]
            title = f"限时办结工单 {order['order_id']}"
            source = {"source_kind": "order", "source_id": f"{order['source']}|{order['order_id']}"}
            yield _task(rng, title, str(order["unit"]), "day", day, 1, end) | source


def _weekly(city: City, end: date, rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    units = city.units["unit"].tolist()
    for weeks in (2, 1):
        day = end - timedelta(days=end.weekday() + 7 * (weeks - 1))
        for title in _WEEK:
            yield _task(rng, title, str(units[int(rng.integers(len(units)))]), "week", day, 4, end)


def _monthly(city: City, end: date, rng: np.random.Generator) -> Iterable[dict[str, Any]]:
    units = city.units["unit"].tolist()
    day = end.replace(day=1) + timedelta(days=2)
    if day > end:
        return
    for title in _MONTH:
        yield _task(rng, title, str(units[int(rng.integers(len(units)))]), "month", day, 15, end)


def _task(
    rng: np.random.Generator, title: str, unit: str, board: str, day: date, days: int, end: date
) -> dict[str, Any]:
    """A task with what has become of it by ``end``: seven in ten done, three quarters of them in time."""
    due = add_workdays(day, days)
    done = due + timedelta(days=int(rng.choice([-1, 0, 0, 2])))
    done = max(day, done)
    draw = rng.random()
    known: dict[str, Any] = {}
    if draw < 0.7 and done <= end:
        known = {"state": "checked" if draw < 0.4 else "done", "done_on": done}
    elif draw > 0.95:
        known = {"state": "dropped", "reason": "情况已消除，不再督办"}
    elif draw < 0.85:
        known = {"state": "doing"}
    number = f"sim-{board}-{day.isoformat()}-{int(rng.integers(10**9)):09d}"
    return {
        "id": number, "title": title, "unit": unit, "due": due, "board": board, "meeting": day,
        "made_on": day, **known,
    }  # fmt: skip


def _whistles(
    city: City, orders: Sequence[Mapping[str, Any]], end: date, rng: np.random.Generator
) -> Iterable[dict[str, Any]]:
    """A row per called department. Departments are slow to different degrees."""
    table = city.units
    departments = table.loc[table["unit_type"].isin(["department", "utility"]), "unit"].tolist()
    streets = set(table.loc[table["unit_type"].isin(["street", "township"]), "unit"])
    slow = {name: float(rng.lognormal(0.0, 0.5)) for name in departments}
    last = datetime.combine(end + timedelta(days=1), datetime.min.time())
    for k, order in enumerate(orders):
        assisting = [name for name in str(order["assist_units"] or "").split(";") if name in slow]
        street = order["unit"] if order["unit"] in streets else order["street"]
        if street not in streets:
            continue
        extra = str(departments[int(rng.integers(len(departments)))])
        called = order["created_at"].replace(microsecond=0) + timedelta(
            hours=float(rng.uniform(4, 40))
        )
        if called >= last:
            continue
        escalated = {"district_on": called.date() + timedelta(days=5)} if k % 7 == 3 else {}
        if escalated and escalated["district_on"] > end:
            escalated = {}
        for name in dict.fromkeys([*(assisting or [extra]), *([extra] if k % 3 == 0 else [])]):
            yield {
                "id": f"sim-{order['order_id']}", "title": str(order["title"] or order["category2"]),
                "street": street, "category": f"{order['category1']}->{order['category2']}",
                "order_id": order["order_id"], "source": order["source"], "department": name,
                **_course(rng, called, slow[name], last), **escalated,
            }  # fmt: skip


def _course(
    rng: np.random.Generator, called: datetime, slow: float, last: datetime
) -> dict[str, Any]:
    """When a department arrived and settled its part, as far as it has happened."""
    out: dict[str, Any] = {"called_at": called}
    arrived = called + timedelta(seconds=int(3600 * rng.gamma(1.6, 9.0 * slow)))
    if arrived >= last or rng.random() < 0.04:
        return out
    out["arrived_at"] = arrived
    settled = arrived + timedelta(seconds=int(3600 * rng.gamma(1.5, 60.0 * slow)))
    if settled >= last or rng.random() < 0.06:
        return out
    out |= {"settled_at": settled, "result": str(rng.choice(_RESULTS))}
    if rng.random() < 0.8:
        quick = 5 - min(3, int((arrived - called).total_seconds() / 3600 // 24))
        out |= {"street_score": int(np.clip(quick + rng.integers(-1, 1), 1, 5)),
                "street_reason": str(rng.choice(_REASONS)),
                "department_score": int(rng.integers(3, 6))}  # fmt: skip
    return out
