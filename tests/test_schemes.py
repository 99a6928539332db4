from datetime import date, datetime
from pathlib import Path
from string import Formatter

import pandas as pd
import pytest

import words
from metrics.conditions import mask
from metrics.periods import containing
from metrics.scheme import (
    SCHEMES,
    SchemeError,
    all_schemes,
    further_indicators,
    in_force,
    indicators_of,
    load_scheme,
    measures_of,
)
from metrics.scheme_rules import Limit, in_limit, limited
from tests.golden_orders import canonical

SMALL = """\
id: small
version: "1"
valid_from: 2026-01-01
status: example
names: {zh: 小, en: Small}
basis: {zh: 无, en: none}
period_status: example
conditions:
  valid: {field: followup, value: valid}
limits:
  - {id: quick, names: {zh: 快, en: Quick}, when: {all: []}, clock: close, hours: 24, status: example}
indicators:
  - id: response
    names: {zh: 响应率, en: Response}
    definition: {zh: 联系, en: contacted}
    status: example
    numerator: [{condition: {field: contacted, value: true}}]
    denominator: {use: valid}
composite:
  - {indicator: response, weight: 10, status: example}
groups: {by: none, status: example}
"""


def fault(tmp_path: Path, text: str) -> SchemeError:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError) as caught:
        load_scheme(path)
    return caught.value


def line_of(text: str, needle: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if needle in line)


@pytest.mark.parametrize(
    ("old", "new", "code", "params"),
    [
        ("contacted, value", "contactd, value", "unknown_field", {"field": "contactd"}),
        ("value: valid}", "value: vaild}", "unknown_value", {"value": "vaild"}),
        ("{use: valid}", "{use: vaild}", "unknown_name", {"name": "vaild"}),
        ("denominator: {use: valid}", "denominator: {limited: sign}", "unknown_limit", {}),
        ("denominator: {use: valid}", "denominator: contacted", "not_a_condition", {}),
        ("value: true", "value: 3", "bad_test", {"field": "contacted"}),
        ("indicator: response", "indicator: respons", "unknown_indicator", {"name": "respons"}),
        ("weight: 10", "weihgt: 10", "missing_key", {}),
        ("weight: 10", "weight: -10", "bad_value", {}),
        ("hours: 24, status", "status", "limit_length", {"limit": "quick"}),
        ("groups: {by: none", "grups: {}\ngroups: {by: none", "unknown_key", {"item": "grups"}),
        ("id: small", "id: small\nid: smaller", "duplicate_key", {"item": "id"}),
        ("basis: {zh: 无", "basis: {zh: [无", "yaml_syntax", {}),
        ("period_status", "period: fortnight\nperiod_status", "period_rule", {}),
        ("    denominator: {use: valid}\n", "", "denominator", {"indicator": "response"}),
        (
            "numerator: [{condition: {field: contacted, value: true}}]",
            "numerator: []",
            "no_numerator",
            {},
        ),
    ],
)
def test_a_fault_names_file_line_and_reason(tmp_path, old, new, code, params) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    found = fault(tmp_path, text)
    assert found.code == code
    assert found.file == "broken.yaml"
    assert {k: found.params[k] for k in params} == params
    for lang in words.LANGS:
        label = found.label()
        sentence = label.text(lambda c, lang=lang, **holes: words.say(c, lang, **holes))
        assert "broken.yaml" in sentence
        assert str(found.line) in sentence


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("contacted, value", "contactd, value"),
        ("value: valid}", "value: vaild}"),
        ("indicator: response", "indicator: respons"),
        ("weight: 10", "weight: -10"),
        ("close, hours: 24, status", "close, status"),
    ],
)
def test_the_line_is_the_one_with_the_fault(tmp_path, old, new) -> None:
    text = SMALL.replace(old, new, 1)
    assert fault(tmp_path, text).line == line_of(text, new)


def test_other_faults_are_told_too(tmp_path) -> None:
    for text, code in (("- 1", "not_a_mapping"), ("", "not_a_mapping")):
        assert fault(tmp_path, text).code == code
    (tmp_path / "gb.yaml").write_bytes("names: 方案".encode("gb18030"))
    with pytest.raises(SchemeError) as caught:
        load_scheme(tmp_path / "gb.yaml")
    assert caught.value.code == "not_utf8"
    for name, code in (("nowhere", "unknown_scheme"), (tmp_path / "no.yaml", "no_file")):
        with pytest.raises(SchemeError) as caught:
            load_scheme(name)
        assert caught.value.code == code


def test_every_fault_code_has_words_in_both_languages() -> None:
    from metrics import scheme_file

    codes = set(scheme_file.OWN_CODES) | set(scheme_file._CODES.values())
    for code in codes:
        assert all(words.knows(f"scheme.error.{code}", lang) for lang in words.LANGS)


def test_versions_take_turns(tmp_path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL, encoding="utf-8")
    later = SMALL.replace('version: "1"', 'version: "2"').replace("2026-01-01", "2026-07-01")
    (tmp_path / "b.yaml").write_text(later, encoding="utf-8")
    assert all_schemes(tmp_path)["small"].version == "2"
    assert in_force("small", date(2026, 6, 30), tmp_path).version == "1"
    assert in_force("small", date(2026, 7, 1), tmp_path).version == "2"
    with pytest.raises(SchemeError) as caught:
        in_force("small", date(2025, 1, 1), tmp_path)
    assert caught.value.code == "not_in_force"
    (tmp_path / "c.yaml").write_text(later, encoding="utf-8")
    with pytest.raises(SchemeError) as caught:
        all_schemes(tmp_path)
    assert caught.value.code == "duplicate_version"


def test_the_six_schemes_and_what_is_documented() -> None:
    schemes = all_schemes()
    assert len(schemes) == len(list(SCHEMES.glob("*.yaml"))) == 6
    weights = {
        name: [(w.indicator, w.weight, w.status) for w in s.composite]
        for name, s in schemes.items()
    }
    assert weights["beijing_district"] == [
        ("response", 10, "documented"),
        ("resolution", 50, "documented"),
        ("satisfaction", 40, "documented"),
    ]
    assert [(w, s) for _, w, s in weights["shanghai_town"]] == [
        (5, "documented"), (30, "documented"), (20, "documented"), (40, "documented"), (5, "example"),
    ]  # fmt: skip
    assert [w for _, w, _ in weights["zhungeer_banner"]] == [30, 35, 35]
    parts = schemes["zhungeer_banner"].indicator("response").parts
    assert [(p.weight, p.weight_status) for p in parts] == [(10, "example")] * 3
    for name in ("hospital", "old_neighbourhood", "service_levels_311"):
        assert {status for *_, status in weights[name]} == {"example"}
    assert all(limit.status == "example" for s in schemes.values() for limit in s.limits)
    assert all(a.status == "example" for s in schemes.values() for a in s.adjustments)
    assert schemes["zhungeer_banner"].year.monthly_share == 0.5
    assert not schemes["service_levels_311"].indicator("satisfaction").measured


def test_scheme_a_counts_closures_over_a_window_of_its_own() -> None:
    scheme = all_schemes()["beijing_district"]
    period = containing(scheme.period, datetime(2026, 10, 1))
    window = scheme.counts[0].window(period)
    assert (window.start, window.end) == (datetime(2026, 9, 10), datetime(2026, 10, 19))
    assert scheme.clocks()["count.closed"] == "closed"
    assert set(scheme.measures("closed")) == {"count.closed"}
    # From the 10th before a month that starts on the 1st: the month before, also over New Year.
    window = scheme.counts[0].window(containing("month", datetime(2026, 1, 5)))
    assert window.start == datetime(2025, 12, 10)


def test_urgent_list_finds_the_four_topics() -> None:
    orders = pd.DataFrame(
        {
            "title": ["暖气不热", "扬言报复", "楼道堆物", "小区停水", None],
            "category2": [None, None, "消防通道", None, "供热服务"],
        },
        dtype="str",
    )
    orders.loc[len(orders)] = ["道路积水", "排水设施"]
    urgent = all_schemes()["beijing_district"].lists[0]
    assert mask(urgent.condition, orders).tolist() == [True, True, True, True, True, False]


def limit(name: str, when, **length) -> Limit:
    return Limit(
        id=name,
        names={"zh": name, "en": name},
        when=when,
        clock="close",
        status="example",
        **length,
    )


def test_limits_take_the_first_that_fits() -> None:
    limits = [
        limit("emergency", {"field": "grade", "value": "emergency"}, hours=2),
        limit("water", {"field": "category1", "op": "eq", "value": "供水"}, hours=24),
        limit("complex", {"field": "grade", "op": "eq", "value": "complex"}, workdays=15),
    ]
    orders = canonical(
        pd.DataFrame(
            {
                # An emergency about water must be done in 2 h, not in 24.
                "grade": ["emergency", "emergency", "ordinary", "complex", "ordinary", "complex"],
                "category1": ["供水", "供水", "供水", "环境", "环境", "环境"],
                "close_hours": ["1.5", "3", "24", "400", "1", "-5"],
                "close_workdays": ["0", "0", "1", "15", "0", "-1"],
            },
            dtype="str",
        )
    )
    # Order 5 has no limit; order 6 has a contradictory time and cannot be judged.
    assert mask(limited(limits, "close"), orders).tolist() == [True] * 4 + [False] * 2
    assert mask(in_limit(limits, "close"), orders).tolist() == [
        True,
        False,
        True,
        True,
        False,
        False,
    ]


def test_further_indicators_go_with_every_scheme() -> None:
    extra = further_indicators()
    assert set(extra) == {
        "sign_24h", "closed_7d", "repeat", "real_resolution", "returned", "redo", "extension",
        "followup", "exclusion", "age_friendly", "legacy", "volume_per_10000",
        "source_governance", "policy_conversion",
    }  # fmt: skip
    for scheme in all_schemes().values():
        both = indicators_of(scheme, extra)
        assert set(extra) <= set(both)
        own = {indicator.id: indicator for indicator in scheme.indicators}
        assert all(both[name] is indicator for name, indicator in own.items())
        beside = [indicator for name, indicator in extra.items() if name not in own]
        assert not set(measures_of(beside)) & set(scheme.measures())


def test_what_is_struck_out_counts_where_the_indicator_is_about_that() -> None:
    scheme = all_schemes()["beijing_district"]
    assert scheme.excluded is not None
    struck = pd.DataFrame({"exclusion": ["malicious", None, "duplicate"], "status": "closed"})
    share = further_indicators()["exclusion"]
    found = {n: mask(c, struck).sum() for n, c in measures_of([share], scheme.excluded).items()}
    assert found == {"exclusion.num.0": 2, "exclusion.den": 3}
    signed = measures_of([further_indicators()["followup"]], scheme.excluded)
    assert mask(signed["followup.den"], struck).sum() == 1


@pytest.mark.parametrize("family", ["scheme", "period"])
def test_words_have_the_same_keys_and_holes(family: str) -> None:
    found = []
    for lang in words.LANGS:
        mine = {k: v for k, v in words.catalogue(lang).items() if k.startswith(f"{family}.")}
        holes = {k: {f for _, f, _, _ in Formatter().parse(v) if f} for k, v in mine.items()}
        found.append(holes)
    assert found[0] == found[1]
