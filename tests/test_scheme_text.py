"""Knobs of a scheme, its text with knobs turned, and what is said of broken texts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.scheme import SchemeError, scheme_from_text, scheme_texts
from metrics.scheme_edit import with_limits, with_weights
from metrics.scheme_knobs import EXAMPLE_BANDS, Knob, example_bands, knobs, turned
from metrics.scheme_text import changed, redrafted, written_out
from tests.test_words import HAN
from words import LANGS, say

TEXTS = scheme_texts()
A = TEXTS["beijing_district", "1"]
C = TEXTS["zhungeer_banner", "1"]
HEAD = {
    "version": "2026.1",
    "valid_from": date(2027, 1, 1),
    "names": {"zh": "新：方案 #1", "en": "New: 1"},
}


def read(text: str):  # type: ignore[no-untyped-def]
    return scheme_from_text(text, "draft")


# -- knobs ---------------------------------------------------------------------------
def test_knobs_of_the_schemes() -> None:
    found = {knob.code: knob for knob in knobs(read(C))}
    assert found["weight.response"].value == 30
    assert found["part.response.photo"].value == 10
    assert (found["limit.sign"].value, found["limit.sign"].unit) == (2, "hours")
    assert found["minimum_n"].value == 30
    pieces = [knob.value for knob in knobs(read(A)) if knob.kind == "piece"]
    assert pieces == [1, 0.9]


@pytest.mark.parametrize("name", TEXTS, ids=lambda name: name[0])
def test_knobs_left_alone_change_nothing(name: tuple[str, str]) -> None:
    scheme = read(TEXTS[name])
    still = {knob.code: knob.value for knob in knobs(scheme) if knob.value is not None}
    assert turned(scheme, still) == scheme


def test_turning_equals_the_plain_edits() -> None:
    scheme = read(C)
    turns = {"weight.resolution": 50.0, "limit.sign": 4.0}
    assert turned(scheme, turns) == with_limits(
        with_weights(scheme, {"resolution": 50}), {"sign": 4}
    )


def test_a_turned_level_is_restated_in_the_definition() -> None:
    new = turned(read(A), {"piece.satisfaction.1": 0.7, "piece.satisfaction.0": 0.95})
    rule = new.indicator("satisfaction")
    assert [piece.weight for piece in rule.numerator] == [0.95, 0.7]
    assert rule.status == "example"
    assert rule.definition.zh == "（0.95 × 满意 + 0.7 × 基本满意）÷ 有效回访工单"
    assert rule.definition.en.startswith("(0.95 × satisfied + 0.7 × basically satisfied)")
    # The note that spelt weights out must not survive other weights.
    assert turned(read(A), {"weight.response": 20}).composite_note is None


def test_turns_that_make_no_sense() -> None:
    with pytest.raises(KeyError):
        turned(read(A), {"weight.nonsense": 1})
    for code, value in (
        ("piece.satisfaction.1", 1.2),
        ("piece.satisfaction.1", 0),
        ("weight.response", -1),
    ):
        with pytest.raises(ValueError):
            turned(read(A), {code: value})


def test_bonuses_bands_and_minimum() -> None:
    new = turned(
        read(A), {"force.repeats": 1, "line.repeats": 0.2, "cap.proactive": 3, "band.leading": 4, "minimum_n": 50}
    )  # fmt: skip
    items = {item.id: item for item in new.adjustments}
    assert (items["repeats"].in_force, items["repeats"].line) == (True, 0.2)
    assert (items["proactive"].cap, items["proactive"].status) == (3, "example")
    assert next(band.count for band in new.bands if band.id == "leading") == 4
    assert new.minimum_n == 50


# -- texts -----------------------------------------------------------------------------
def everything(scheme) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Every knob turned, the first and the last weight to nothing."""

    def value(knob: Knob) -> float:
        plain = {"part": 5, "piece": 0.7, "limit": 3, "per": 0.5, "cap": 1, "line": 0.2, "band": 2}
        if knob.kind == "weight":
            return (knob.value or 0) + 1.5
        return 1 - (knob.value or 0) if knob.kind == "force" else plain.get(knob.kind, 50)

    turns = {knob.code: value(knob) for knob in knobs(scheme)}
    weights = [code for code in turns if code.startswith("weight")]
    turns[weights[0]] = turns[weights[-1]] = 0
    return turns | ({} if scheme.bands else {EXAMPLE_BANDS: 1})


@pytest.mark.parametrize("name", TEXTS, ids=lambda name: name[0])
def test_a_text_keeps_what_was_not_turned(name: tuple[str, str]) -> None:
    text, scheme = TEXTS[name], read(TEXTS[name])
    turns = everything(scheme)
    made = redrafted(text, turns, HEAD)
    expected = turned(scheme, turns).model_dump(by_alias=True) | HEAD
    assert read(made).model_dump(by_alias=True) == type(scheme).model_validate(expected).model_dump(
        by_alias=True
    )
    # Comments and shorthands are still there: it is the file, not a new one.
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in made.splitlines() if line in comments] == comments
    assert made.count("{use:") == text.count("{use:")
    assert made.count("{limit:") == text.count("{limit:")


@pytest.mark.parametrize("name", TEXTS, ids=lambda name: name[0])
def test_a_scheme_written_out_reads_back(name: tuple[str, str]) -> None:
    scheme = read(TEXTS[name])
    assert read(written_out(scheme)) == scheme


def test_texts_are_changed_in_place() -> None:
    text = "# head\na: {b: 1, c: 2}  # why\nlist:\n  - x\n  - y\nend: no more\n"
    assert changed(text, []) == text
    assert changed(text, [(("a", "b"), "7")]) == text.replace("b: 1", "b: 7")
    assert changed(text, [(("a", "new"), "7")]) == text.replace("{b", "{new: 7, b")
    assert changed(text, [(("list", 0), "z")]) == text.replace("  - x\n", "")  # an item goes
    assert changed(text, [(("nowhere", "b"), "7")]) == text


def test_a_text_that_cannot_be_edited_is_written_out() -> None:
    """An anchor is edited in two places at once: then the scheme is written anew, and is right."""
    text = C.replace("weight: 35, status: documented}\n  - {indicator: satisfaction, weight: 35",
                     "weight: &w 35, status: documented}\n  - {indicator: satisfaction, weight: *w")  # fmt: skip
    assert text != C
    made = read(redrafted(text, {"weight.resolution": 60.0}, {}))
    assert {item.indicator: item.weight for item in made.composite}["resolution"] == 60
    assert {item.indicator: item.weight for item in made.composite}["satisfaction"] == 35


def test_the_example_bands_are_marked_as_examples() -> None:
    assert {band.status for band in example_bands()} == {"example"}


# -- broken texts ------------------------------------------------------------------------
BROKEN = [
    ("weight: 10", "weight: ten", "bad_value", "应为数字"),
    ("weight: 10", "weight: -10", "bad_value", "应大于 0"),
    ("indicator: response", "indicator: respons", "unknown_indicator", "respons"),
    ("value: valid}", "value: vaild}", "unknown_value", "vaild"),
    ("{field: followup", "{field: folowup", "unknown_field", "folowup"),
    ("valid_from: 2021-01-01", "valid_from: 2021-13-01", "bad_scalar", "日期"),
    ("minimum_n: 30", "minimum_n: 30\nminimum_n: 40", "duplicate_key", "minimum_n"),
    ("minimum_n: 30", "\tminimum_n: 30", "yaml_syntax", "制表符"),
    ("ties: more_orders", "ties: fewer_orders", "bad_value", "more_orders"),
    ("ties: more_orders", "tie: more_orders", "unknown_key", "tie"),
    ("composite:\n", "composite: [\n", "yaml_syntax", "此处应有内容"),
    ("period: month_19", "period: month_99", "period_rule", "month_99"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "word"), BROKEN, ids=lambda v: str(v)[:24])
def test_a_broken_text_is_told_with_line_and_reason(
    old: str, new: str, code: str, word: str
) -> None:
    assert old in A
    text = A.replace(old, new, 1)
    with pytest.raises(SchemeError) as fault:
        read(text)
    assert fault.value.code == code
    label = fault.value.label()
    said = {lang: label.text(lambda key, lang=lang, **h: say(key, lang, **h)) for lang in LANGS}
    assert word in said["zh"]
    assert all(str(fault.value.line) in text for text in said.values())
    import re

    assert not re.search(HAN, said["en"]), said["en"]
    if code != "yaml_syntax":  # a bracket that is not closed is noticed later
        place = text[: text.index(new.rsplit("\n", maxsplit=1)[-1])].count("\n") + 1
        assert fault.value.line == place


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 10**9), st.sampled_from(sorted(TEXTS)), st.sampled_from("-{}[]:*&!?#\t'\" 5x")
)
def test_no_text_fails_otherwise(seed: int, name: tuple[str, str], mark: str) -> None:
    """Whatever is typed into a file, it is a scheme or a fault that is told."""
    text = TEXTS[name]
    place = seed % len(text)
    for broken in (
        text[:place] + mark + text[place:],
        text[:place] + text[place + 7 :],
        text[:place],
    ):
        try:
            read(broken)
        except SchemeError as fault:
            for lang in LANGS:
                assert fault.label().text(lambda key, lang=lang, **h: say(key, lang, **h))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "a: &x [*x]", "? [a]\n: b", "\x00", "{" * 3000, "x: !!python/object/apply:os.system [ls]",
     "a: &a [1]\n" + "\n".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]" for p, c in zip("abcdefg", "bcdefgh", strict=True))],
)  # fmt: skip
def test_strange_texts_are_refused(text: str) -> None:
    with pytest.raises(SchemeError):
        read(text)
