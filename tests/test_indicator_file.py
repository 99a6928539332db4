"""Indicators as text: what is written is read back equal; faults name their line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.indicator_check import overlap, warnings
from metrics.indicator_file import alike, plain, read, sameness, written
from metrics.indicators import Indicator
from metrics.rates import Rate
from metrics.scheme import SchemeError, all_schemes, further_indicators
from tests.factory import random_orders
from tests.strategies import conditions
from tests.test_saved_indicators import heating

EVERY = {**further_indicators(), "own_heating": heating()}
ORDERS = random_orders(200, 2)


def test_what_is_written_is_read_back_equal() -> None:
    assert read(written(EVERY.values())) == EVERY
    for scheme in all_schemes().values():
        for indicator in scheme.indicators:
            assert read(written([indicator])) == {indicator.id: indicator}
            assert Indicator.model_validate(plain(indicator)) == indicator


@settings(max_examples=100, deadline=None)
@given(conditions(ORDERS), conditions(ORDERS), st.sampled_from([0.5, 1.0]))
def test_any_condition_survives_the_file(
    numerator: object, denominator: object, weight: float
) -> None:
    body = plain(heating())
    body.pop("missing")
    made = Indicator.model_validate(
        {
            **body, "denominator": denominator,
            "numerator": [{"condition": numerator, "weight": weight}],
        }
    )  # fmt: skip
    assert Indicator.model_validate(plain(made)) == made
    assert read(written([made])) == {made.id: made}


def test_a_single_indicator_is_a_file_too() -> None:
    text = """id: own_x
names: {zh: 甲, en: A}
definition: {zh: 甲, en: a}
status: own
numerator: [{condition: {field: resolution, value: resolved}}]
denominator: {all: []}
"""
    assert list(read(text)) == ["own_x"]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("indicators:\n  - id: x\n    status: own\n    names: {zh: 甲}\n", 4, "missing_key"),
        ("indicators:\n  - id: x\n    nmes: {}\n", 2, "missing_key"),
        ("indicators: 5\n", 1, "not_a_list"),
        ("indicators: []\nother: 1\n", 2, "unknown_key"),
        ("a: [1\n", 2, "yaml_syntax"),
        ("- 1\n", 1, "not_a_mapping"),
        ("id: x\nnumerator:\n  - condition: {field: nope, value: 1}\n", 3, "unknown_field"),
        ("id: x\ndenominator:\n  all:\n    - {field: grade, value: huge}\n", 4, "unknown_value"),
        ("id: x\ndenominator: {field: title, op: lt, value: a}\n", 2, "bad_test"),
    ],
)
def test_faults_name_the_line(text: str, line: int, code: str) -> None:
    with pytest.raises(SchemeError) as fault:
        read(text)
    assert (fault.value.code, fault.value.line) == (code, line)


def test_a_long_text_is_refused() -> None:
    with pytest.raises(SchemeError) as fault:
        read("#" * 300_000)
    assert fault.value.code == "too_many_characters"


def test_the_same_count_under_another_name_is_found() -> None:
    twin = heating(id="own_twin", names={"zh": "另名", "en": "Twin"}, direction="down")
    assert sameness(twin) == sameness(heating())
    assert alike(twin, EVERY) == ["own_heating"]
    assert alike(heating(), EVERY) == []
    assert alike(heating(id="own_y", clock="closed"), EVERY) == []


# -- warnings ----------------------------------------------------------------------
def codes(found: Rate, indicator: Indicator | None = None, **more: object) -> list[str]:
    args = {"minimum_n": 30, "twice": 0, "same": [], **more}
    made = warnings(indicator or heating(), found, **args)  # type: ignore[arg-type]
    return [label.code.rsplit(".", 1)[-1] for label in made]


def test_what_stands_out_is_said() -> None:
    fine = Rate(0.8, 80, 100, 0.7, 0.9, missing=10)
    assert codes(fine) == []
    assert codes(Rate(None, None, 0, None, None)) == ["no_denominator"]
    assert codes(Rate(0.8, 16, 20, 0.6, 0.9)) == ["small"]
    assert codes(Rate(0.8, 80, 100, 0.7, 0.9, missing=26)) == ["missing"]
    assert codes(Rate(0.8, 80, 100, 0.7, 0.9, missing=25)) == []  # 20 % exactly
    assert codes(Rate(1.0, 100, 100, 0.96, 1)) == ["always"]
    assert codes(Rate(0.001, 1, 1000, 0, 0.01)) == ["never"]
    assert codes(fine, same=["甲"]) == ["same"]
    assert codes(fine, same=["甲"], twice=3) == ["twice"]
    volume = further_indicators()["volume_per_10000"]
    assert codes(Rate(None, None, 0, None, None), volume) == ["no_residents"]


def test_pieces_that_overlap_are_found() -> None:
    from metrics.conditions import mask, parse

    crossing = heating(
        numerator=[
            {"condition": {"field": "grade", "value": "urgent"}},
            {"condition": {"field": "on_time", "value": True}, "weight": 0.5},
        ],
        denominator={"all": []},
    )
    crossed = overlap(crossing)
    assert crossed is not None
    both = mask(parse({"field": "grade", "value": "urgent"}), ORDERS) & mask(
        parse({"field": "on_time", "value": True}), ORDERS
    )
    assert (mask(crossed, ORDERS) == both).all() and both.any()
    assert not mask(overlap(heating()) or parse({"any": []}), ORDERS).any()
    assert overlap(further_indicators()["redo"]) is None
