"""The life of an order: durations, limits and contradictions, worked by hand; conditions in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from metrics.conditions import EVERYTHING, parse
from metrics.scheme import all_schemes, load_scheme
from ui.orders_life import Step, life, limit_of
from ui.values import namer, shown
from ui.words_of import words_of
from words import LANGS

NOW = datetime(2026, 3, 20, 12)
SCHEME = load_scheme("beijing_district")


def order(**fields: Any) -> dict[str, Any]:
    names = ("dispatched_at", "signed_at", "contacted_at", "closed_at", "followed_up_at", "due_at",
             "on_time", "hops", "returns", "whistles", "extensions", "redos",
             "sign_hours", "contact_hours", "close_hours", "close_workdays")  # fmt: skip
    plain: dict[str, Any] = dict.fromkeys(names)
    return plain | {"created_at": datetime(2026, 3, 10, 8), "status": "in_progress"} | fields


def steps(scheme: str = "beijing_district", **fields: Any) -> dict[str, Step]:
    return {s.code: s for s in life(order(**fields), load_scheme(scheme), NOW, "CN")}


def test_durations_since_receipt_and_since_the_step_before() -> None:
    found = steps(
        dispatched_at=datetime(2026, 3, 10, 8, 30),
        contacted_at=datetime(2026, 3, 10, 20),
        closed_at=datetime(2026, 3, 12, 8),
        status="closed",
    )
    assert (found["dispatched"].hours, found["dispatched"].gap) == (0.5, 0.5)
    # signing was not recorded: contact follows on dispatch
    assert found["signed"].state == "unrecorded"
    assert (found["contacted"].hours, found["contacted"].gap) == (12, 11.5)
    assert (found["closed"].hours, found["closed"].gap) == (48, 36)


def test_what_is_still_to_come_is_pending_and_what_was_skipped_unrecorded() -> None:
    found = steps(contacted_at=datetime(2026, 3, 11))
    states = {code: step.state for code, step in found.items()}
    assert states == {
        "created": "done", "dispatched": "unrecorded", "signed": "unrecorded",
        "contacted": "done", "closed": "pending", "followed_up": "pending",
    }  # fmt: skip


def test_the_orders_own_due_time() -> None:
    due = datetime(2026, 3, 15, 8)
    met = steps(due_at=due, closed_at=datetime(2026, 3, 14, 8), status="closed")["closed"].check
    assert met is not None and (met.verdict, met.margin, met.unit) == ("met", 24, "due")
    over = steps(due_at=due, closed_at=datetime(2026, 3, 15, 20), status="closed")["closed"].check
    assert over is not None and (over.verdict, over.margin) == ("over", -12)
    late = steps(due_at=due)["closed"].check
    assert late is not None and (late.verdict, late.margin) == ("late", -124)
    running = steps(due_at=datetime(2026, 3, 21, 12))["closed"].check
    assert running is not None and (running.verdict, running.margin) == ("running", 24)


def test_the_sources_own_statement_goes_first() -> None:
    due = datetime(2026, 3, 15, 8)
    stated = steps(due_at=due, closed_at=datetime(2026, 3, 16), status="closed", on_time=True)
    assert stated["closed"].check is not None
    assert stated["closed"].check.verdict == "met"
    without = steps("zhungeer_banner", closed_at=datetime(2026, 3, 16), status="closed",
                    on_time=False)["closed"].check  # fmt: skip
    assert without is not None and without.verdict == "over"


def test_a_limit_in_hours_of_the_scheme() -> None:
    # service_levels_311: first action within 24 hours
    met = steps("service_levels_311", signed_at=datetime(2026, 3, 10, 20), sign_hours=12.0)
    assert met["signed"].check is not None
    assert (met["signed"].check.verdict, met["signed"].check.margin) == ("met", 12)
    over = steps("service_levels_311", signed_at=datetime(2026, 3, 11, 14), sign_hours=30.0)
    assert over["signed"].check is not None
    assert (over["signed"].check.verdict, over["signed"].check.margin) == ("over", -6)
    late = steps("service_levels_311")["signed"].check
    assert late is not None and (late.verdict, late.margin) == ("late", 24 - 244)


def test_a_limit_in_working_days() -> None:
    """10 March 2026 is a Tuesday; until Friday 20 March eight working days pass."""
    for scheme in all_schemes().values():
        limits = [x for x in scheme.limits if x.clock == "close" and x.workdays is not None]
        for limit in limits:
            plain = order()
            if limit_of(plain, scheme, "close") != limit:
                continue
            check = {s.code: s for s in life(plain, scheme, NOW, "CN")}["closed"].check
            assert check is not None and check.margin == (limit.workdays or 0) - 8
            return
    pytest.skip("no scheme has a general limit in working days")


def test_a_time_before_receipt_is_odd_and_not_judged() -> None:
    found = steps("service_levels_311", signed_at=datetime(2026, 3, 10, 7), sign_hours=-1.0)
    assert found["signed"].odd
    assert found["signed"].check is not None and found["signed"].check.verdict == "unknown"


def test_counted_events_stand_where_they_belong() -> None:
    found = steps(hops=2, redos=1, returns=0)
    assert found["signed"].marks == (("hops", 2),)
    assert found["followed_up"].marks == (("redos", 1),)


def test_conditions_in_words() -> None:
    condition = parse(
        {
            "all": [
                {"field": "resolution", "value": "resolved"},
                {"field": "satisfaction", "op": "in", "value": ["satisfied", "very_satisfied"]},
            ]
        }
    )
    assert words_of(condition, "zh") == "是否解决 = 解决 且 是否满意 属于（满意、非常满意）"
    assert (
        words_of(condition, "en")
        == "Resolved = Resolved and Satisfied is one of (Satisfied, Very satisfied)"
    )


def test_alternatives_inside_a_conjunction_stand_in_brackets() -> None:
    tree = {
        "all": [
            {"any": [{"field": "ledger", "value": True}, {"field": "due_at", "op": "missing"}]},
            {"not": {"field": "close_hours", "op": "gt", "value": 24.0}},
            {"field": "created_at", "op": "ge", "value": "2026-03-01 00:00:00"},
        ]
    }
    assert words_of(parse(tree), "zh") == (
        "（是否挂账 = 是 或 办理时限 为空） 且 非（办结用时（小时） > 24）"
        " 且 受理时间 ≥ 2026年3月1日 00:00"
    )


def test_everything_nothing_and_long_lists() -> None:
    assert words_of(EVERYTHING, "zh") == "全部工单"
    assert words_of(parse({"any": []}), "en") == "no orders"
    counted = parse({"not": {"field": "exclusion", "op": "present"}})
    assert words_of(counted, "zh") == "剔除原因 为空"
    many = parse({"field": "unit", "op": "in", "value": [f"u{i}" for i in range(9)]})
    assert words_of(many, "zh").endswith("等 9 项）")


def test_every_condition_of_every_scheme_has_words() -> None:
    for scheme in all_schemes().values():
        for condition in scheme.measures().values():
            for lang in LANGS:
                assert words_of(condition, lang)


def test_a_street_is_named_as_a_place_and_as_a_unit() -> None:
    name = namer({"东街": "Dong Street Office", "市容->保洁": "Cleaning"}, {"东街": "Dong"}, "en")
    assert shown("street", "东街", "en", name) == "Dong"
    assert shown("unit", "东街", "en", name) == "Dong Street Office"
    assert shown("category2", "保洁", "en", name) == "Cleaning"
    assert shown("channel", "媒体", "en", name) == "Media"
    assert shown("channel", "不知道", "en", name) == "不知道"
    assert shown("title", "东街", "en", name) == "东街"
    assert shown("flags", "closed_without_time;time_in_future", "en", name) == (
        "Closed without a closing time, Time later than the import"
    )
