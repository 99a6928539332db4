"""What follows from published months: runs in a band, talks, the year, awards; pasted points."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from data import published, records, yearbook
from data.publishing import due, publish, publish_demo
from data.records import Stale
from data.scoring import counted, unit_counts
from data.store import Store
from data.yearbook import PartError, read_parts
from metrics import periods
from metrics.scheme import load_scheme
from metrics.scheme_model import Scheme
from metrics.scheme_rules import Awards, Band, Talk, Year
from tests.test_publishing import CITY, NO, A, B, C, D, order, put

MONTHS = [periods.containing("month_19", datetime(2025, m, 1)) for m in (2, 3, 4)]
ONE = {"names": {"zh": "甲", "en": "a"}, "status": "example"}


def scheme(**changes: object) -> Scheme:
    """Scheme A with one unit in the lowest band, a talk after two months, and half a year."""
    low = Band(
        id="low", by="score", side="bottom", count=1, talk=Talk(periods=2, status="example"), **ONE
    )
    rules = {
        "bands": (low,),
        "year": Year(monthly_share=0.5, status="example", awards=Awards(count=1, months=2, status="example")),
        **changes,
    }  # fmt: skip
    return load_scheme("beijing_district").model_copy(update=rules)


@pytest.fixture
def city(store: Store) -> Store:
    """Three months: 乙 is lowest in February and April, 甲 in March."""
    rows = [
        order(1, A, "2025-02-03"), order(2, B, "2025-02-03", **NO), order(3, D, "2025-02-03"),
        order(4, A, "2025-03-03", **NO), order(5, B, "2025-03-03"),
        order(6, A, "2025-04-03"), order(7, B, "2025-04-03", **NO), order(8, C, "2025-04-03"),
        order(9, A, "2025-01-02"), order(10, A, "2025-04-25"),
    ]  # fmt: skip
    put(store, rows, "three months")
    return store


def test_every_unit_is_counted_and_nobody_is_told_apart(store: Store) -> None:
    put(store, CITY, "city")
    period = MONTHS[0]
    counts = unit_counts(store, load_scheme("beijing_district"), period).set_index("unit")
    assert counts["all"].to_dict() == {A: 5, B: 2, C: 1, D: 1}
    assert counts.loc[A, ["unit_type", "peer_group"]].tolist() == ["street", "street"]
    assert counted(store, load_scheme("beijing_district"), period).nobody == 1
    assert unit_counts(store, load_scheme("beijing_district"), MONTHS[1])["all"].sum() == 0


def test_months_running_talks_and_what_is_due(city: Store) -> None:
    rules = scheme()
    assert due(city, rules) == MONTHS
    for period in MONTHS:
        publish(city, rules, period, actor="王", note="")
    assert due(city, rules) == []
    standing = published.standing(published.published(city), rules.id)
    run = yearbook.run_of(standing, MONTHS[2])
    assert [p.period for p in run] == MONTHS
    runs = yearbook.running(run)
    streets = runs[runs["unit"].isin([A, B])]
    assert {(r.period.last_day.month, r.unit, r.running) for r in streets.itertuples()} == {
        (2, B, 1), (3, A, 1), (4, B, 1)
    }  # fmt: skip
    assert yearbook.talks(rules, run)["unit"].tolist() == []
    # 丁局 is alone in its table, so it is its lowest: in February only, it had no orders later.
    assert yearbook.run_of(standing, periods.previous(MONTHS[0])) == []


def test_a_talk_is_due_after_months_in_a_row(city: Store) -> None:
    put(city, [order(4, A, "2025-03-03"), order(5, B, "2025-03-03", **NO)], "turned")
    rules = scheme()
    for period in MONTHS:
        publish(city, rules, period, actor="王", note="")
    run = published.standing(published.published(city), rules.id)
    found = yearbook.talks(rules, run)
    assert found[["unit", "band", "running"]].to_numpy().tolist() == [[B, "low", 3]]
    # A month that nobody published breaks the run.
    assert yearbook.talks(rules, [run[2]]).empty


def test_the_year_is_made_of_published_months_and_the_other_parts(city: Store) -> None:
    rules = scheme()
    assert publish_demo(city, rules) == 3
    standing = published.standing(published.published(city), rules.id)
    assert {p.actor for p in standing} == {"demo"}
    parts = pd.DataFrame(columns=["unit", "points"])
    bare = yearbook.year(city, rules, standing, 2025, parts)
    assert (bare.published, bare.expected) == (3, 12)
    table = bare.table.set_index("unit")
    # 甲: 100, 10, 100 → 70; 乙: 10, 100, 10 → 40
    assert table.loc[[A, B], "monthly"].tolist() == pytest.approx([70, 40])
    assert table.loc[A, "reason"] == "no_result" and not table["awarded"].any()
    seen = yearbook.parts_of(records.all_of(city, yearbook.YEAR_PART), rules.id, 2025)
    assert seen.empty
    points = {A: 80.0, B: 90.0, C: 100.0, D: 50.0}
    save = {"basis": "文号", "actor": "王"}
    yearbook.save_parts(city, rules.id, 2025, points, revisions={}, **save)
    with pytest.raises(Stale):
        yearbook.save_parts(city, rules.id, 2025, {A: 1.0}, revisions={}, **save)
    seen = yearbook.parts_of(records.all_of(city, yearbook.YEAR_PART), rules.id, 2025)
    assert dict(zip(seen["unit"], seen["points"], strict=True)) == points
    assert yearbook.parts_of(records.all_of(city, yearbook.YEAR_PART), rules.id, 2024).empty
    whole = yearbook.year(city, rules, standing, 2025, seen).table.set_index("unit")
    # half and half: 甲 75, 乙 65; 丙 has one month only and cannot be named, whatever its result
    assert whole.loc[[A, B], "result"].tolist() == pytest.approx([75, 65])
    assert whole.loc[C, "reason"] == "few_months" and not whole.loc[C, "awarded"]
    assert whole.index[whole["awarded"].astype(bool)].tolist() == [A]


def test_a_correction_changes_the_year_and_nothing_else_does(city: Store) -> None:
    rules = scheme()
    publish_demo(city, rules)
    put(city, [order(4, A, "2025-03-03")], "late")

    def monthly() -> float:
        standing = published.standing(published.published(city), rules.id)
        table = yearbook.year(
            city, rules, standing, 2025, pd.DataFrame(columns=["unit", "points"])
        ).table
        return float(table.set_index("unit").loc[A, "monthly"])

    assert monthly() == pytest.approx(70)
    march = published.standing(published.published(city), rules.id)[1]
    publish(city, rules, MONTHS[1], actor="李", note="改判", corrects=march.number)
    assert monthly() == pytest.approx(100)


def test_pasted_points_are_read_or_refused_by_line() -> None:
    codes = {"甲街道": A, "Street A": A, "乙街道": B}
    assert read_parts("甲街道\t81.5\n\n乙街道，90\n", codes) == {A: 81.5, B: 90.0}
    assert read_parts("Street A 70", codes) == {A: 70.0}
    faults = {
        "": "nothing", "丁\t5": "unknown_unit", "甲街道\tx": "not_a_number",
        "甲街道,101": "out_of_range", "甲街道,-1": "out_of_range", "甲街道,nan": "out_of_range",
        "甲街道,1\nStreet A,2": "twice",
    }  # fmt: skip
    for text, code in faults.items():
        with pytest.raises(PartError) as refused:
            read_parts(text, codes)
        assert refused.value.code == code, text
    with pytest.raises(PartError) as second:
        read_parts("甲街道,1\n无名,2", codes)
    assert second.value.params["line"] == 2
