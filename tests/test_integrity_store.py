"""The integrity scan through the store is the scan over a frame of all orders, on every engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data import integrity, integrity_kept, integrity_run
from data.demo import build
from data.dimensions import units as listed_units
from data.ingest import submit
from data.schema import orders as table
from data.schema import units as units_table
from data.store import Store
from metrics.conditions import mask
from metrics.explain import category_of
from metrics.integrity import FINDINGS, scan
from metrics.patterns import LOOPED, edges, heaping, loops, recoding
from metrics.scheme import load_scheme
from metrics.selection import Selection
from metrics.signals import SIGNALS, measures, tally
from metrics.surroundings import mismatch, mismatched
from tests.factory import random_orders
from tests.test_store import put

SPAN = Selection(datetime(2025, 1, 10), datetime(2025, 4, 20))
END = date(2026, 6, 30)


def raw(store: Store, span: Selection | None = None) -> pd.DataFrame:
    """The orders of a span as the store has them."""
    found = store.frame(sa.select(table))
    if span is None:
        return found
    inside = (found["created_at"] >= span.start) & (found["created_at"] < span.end)
    return found[inside].reset_index(drop=True)


@pytest.fixture
def filled(store: Store) -> Store:
    """Orders with everything missing somewhere, some of them passed on."""
    frame = random_orders(4000, 11)
    passed = np.random.default_rng(1).permutation(len(frame))[:1500]
    frame.loc[passed, "first_unit"] = frame["unit"].to_numpy()[np.roll(passed, 1)]
    # On the very edges of what counts: whole hours and half of the time allowed.
    for k, (allowed, left) in enumerate([(8, 4), (8, 0), (24, 3.6), (24, 12), (24, -12), (6, 1)]):
        created = frame.loc[k, "created_at"]
        frame.loc[k, "due_at"] = created + pd.Timedelta(hours=allowed)
        frame.loc[k, "closed_at"] = created + pd.Timedelta(hours=allowed - left)
    put(store, frame, "a")
    known = sorted(frame["unit"].dropna().unique())
    with store.write() as connection:
        connection.execute(sa.delete(units_table))
        connection.execute(
            sa.insert(units_table),
            [
                {
                    "unit": u, "name_zh": u, "name_en": u, "peer_group": "x",
                    "unit_type": "street" if "街道" in u else "department",
                }
                for u in known
            ],
        )  # fmt: skip
    return store


def same(got: pd.DataFrame, wanted: pd.DataFrame, by: list[str]) -> None:
    """Equal whatever the order of rows and the kind of null."""
    frames = []
    for frame in (got, wanted):
        out = frame.astype(dict.fromkeys(by, "object")).copy()
        for b in by:
            out[b] = out[b].where(out[b].notna(), "")
        frames.append(out.sort_values(by, ignore_index=True))
    pd.testing.assert_frame_equal(
        frames[0][sorted(frames[0])], frames[1][sorted(frames[1])], check_dtype=False
    )


def test_signal_counts(filled: Store) -> None:
    orders = raw(filled, SPAN)
    got = integrity.signal_counts(filled, SPAN)
    for name, condition in measures().items():
        wanted = orders[mask(condition, orders)].groupby("unit").size()
        mine = got.groupby("unit")[name].sum()
        pd.testing.assert_series_equal(
            mine[mine > 0], wanted, check_names=False, check_dtype=False, check_index_type=False
        )


def test_closings_before_the_limit(filled: Store) -> None:
    orders = raw(filled, SPAN)
    same(integrity.bunching(filled, SPAN), tally(SIGNALS["bunching"], orders), ["unit", "allowed"])
    behind = integrity.bunched_orders(filled, SPAN, limit=5000)
    _, hit = SIGNALS["bunching"].masks(orders)
    assert set(behind["order_id"]) == set(orders["order_id"][hit])
    assert len(behind) > 10
    # By hours before the limit, rounded down.
    got = integrity.closing_hours(filled, SPAN, far=10)
    left = (orders["due_at"] - orders["closed_at"]).dt.total_seconds() / 3600
    allowed = (orders["due_at"] - orders["created_at"]).dt.total_seconds()
    near = np.floor(left[(allowed > 0) & orders["unit"].notna()])
    near = near[(near >= -10) & (near < 10)]
    assert got.groupby("left")["n"].sum().to_dict() == near.value_counts().to_dict()


def test_sample_of_replies(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same replies are drawn, those of large units out of more."""
    monkeypatch.setattr("metrics.signals.REPLIES", 7)
    monkeypatch.setattr("data.integrity.REPLIES", 7)
    orders = raw(filled, SPAN)
    base, hit = SIGNALS["same_replies"].masks(orders)
    got = integrity.replies(filled, SPAN)
    assert set(got["order_id"]) == set(orders["order_id"][base])
    assert got.groupby("unit").size().max() == 7
    assert set(got["order_id"][got["alike"]]) == set(orders["order_id"][hit])
    unit = str(got["unit"].iloc[0])
    one = integrity.replies(filled, SPAN, (unit,))
    assert one["order_id"].tolist() == got["order_id"][got["unit"] == unit].tolist()


def test_replies_of_nobody(filled: Store) -> None:
    empty = integrity.replies(filled, Selection(datetime(2001, 1, 1), datetime(2001, 2, 1)))
    assert empty.empty and list(empty) == ["unit", "source", "order_id", "reply", "alike"]


def test_passed_on_and_first_receivers(filled: Store) -> None:
    orders = raw(filled, SPAN)
    away = orders[(orders["unit"] != orders["first_unit"]).fillna(False)]
    away = away[away["unit"].notna() & away["first_unit"].notna()]
    away = away.assign(orders=1, looped=mask(LOOPED, away).astype("int64"))
    wanted = away.groupby(["unit", "first_unit"], as_index=False)[["orders", "looped"]].sum()
    got = integrity.passed(filled, SPAN)
    assert len(got) > 20 and got["looped"].sum() > 50
    same(got, wanted, ["unit", "first_unit"])
    unit_list = listed_units(filled)
    same(
        mismatched(integrity.first_receivers(filled, SPAN)),
        mismatch(orders, unit_list),
        ["category1", "category2", "unit_type"],
    )


def test_months_of_categories_and_rates(filled: Store) -> None:
    orders = raw(filled, SPAN)
    prone = ["城市管理->市容环卫"]
    got = integrity.filed_monthly(filled, SPAN, prone)
    inside = (orders["category1"] == "城市管理") & (orders["category2"] == "市容环卫")
    month = orders["created_at"].dt.to_period("M").dt.start_time
    wanted = (
        orders.assign(month=month, n=1, hits=inside.fillna(False).astype("int64"))
        .groupby(["unit", "month"], as_index=False)[["n", "hits"]].sum()
    )  # fmt: skip
    same(got, wanted, ["unit", "month"])
    scheme = load_scheme("beijing_district")
    found = integrity_run.whole_periods(scheme, SPAN)
    assert [p.start.date() for p in found] == [date(2025, 1, 19), date(2025, 2, 19), date(2025, 3, 19), date(2025, 4, 19)]  # fmt: skip
    rates = integrity.monthly_rates(
        filled, scheme.indicator("resolution"), found[:1], scheme.excluded
    )
    period = found[0]
    kept = orders[orders["exclusion"].isna() & (orders["followup"] == "valid")]
    kept = kept[(kept["created_at"] >= period.start) & (kept["created_at"] < period.end)]
    assert (
        dict(zip(rates["unit"], rates["n"], strict=True)) == kept.groupby("unit").size().to_dict()
    )
    done = kept[kept["resolution"] == "resolved"].groupby("unit").size()
    assert dict(zip(rates["unit"], rates["hits"], strict=True)) == done.reindex(rates["unit"], fill_value=0).to_dict()  # fmt: skip


def test_edges_lie_inside_the_span() -> None:
    scheme = load_scheme("beijing_district")
    span = Selection(datetime(2025, 1, 19), datetime(2025, 3, 22))
    days = integrity.edge_days(integrity_run.whole_periods(scheme, span), date(2025, 1, 19), date(2025, 3, 22))  # fmt: skip
    assert days == [date(2025, 2, 19), date(2025, 3, 19)]  # at 19 January nothing is known before
    short = integrity.edge_days(integrity_run.whole_periods(scheme, span), date(2025, 1, 19), date(2025, 3, 21))  # fmt: skip
    assert short == [date(2025, 2, 19)]


# -- the whole scan ---------------------------------------------------------------------
@pytest.fixture
def demo(store: Store) -> Store:
    folder = build(store.settings, orders=25_000, seed=7, months=18, end=END)
    assert submit(folder, store).state == "done"
    return store


def by_frame(store: Store, span: Selection) -> pd.DataFrame:
    """The same scan over a frame of all orders, written out without the database's help."""
    everything = raw(store)
    orders = raw(store, span)
    units = listed_units(store)[["unit", "peer_group"]]
    created = everything["created_at"]
    last = span.end - timedelta(days=182 + 91)
    period = np.select(
        [
            (created >= last - timedelta(days=365)) & (created < last),
            (created >= span.end - timedelta(days=182)) & (created < span.end),
        ],
        ["before", "now"], "",
    )  # fmt: skip
    work = everything.assign(
        category=category_of(everything), period=period, all=1,
        excluded=everything["exclusion"].notna().astype("int64"),
    )  # fmt: skip
    work = work[work["period"] != ""]
    filed = work.groupby(["unit", "period", "category"], as_index=False)[["all", "excluded"]].sum()
    away = orders.assign(orders=1, looped=mask(LOOPED, orders).astype("int64"))
    passed = away.groupby(["unit", "first_unit"], as_index=False)[["orders", "looped"]].sum()
    closed = everything["closed_at"]
    daily = everything[(closed >= span.start) & (closed < span.end)]
    daily = daily.groupby(["unit", "closed_day"]).size().reset_index(name="n")
    days = [date(2025 + m // 12, m % 12 + 1, 19) for m in range(5, 18)]
    days = [d for d in days if d + timedelta(days=3) <= span.end.date()]
    days = [d for d in days if d - timedelta(days=3) >= span.start.date()]
    further = [
        recoding(filed, units),
        loops(passed, units)[[*FINDINGS, "material"]],
        edges(daily.rename(columns={"closed_day": "day"}), units, days),
    ]
    return scan(units, orders=orders, further=further).findings


def test_the_scan_is_that_over_all_orders(demo: Store) -> None:
    span = Selection(datetime(2025, 7, 1), datetime(2026, 7, 1))
    steps: list[str] = []
    scheme = load_scheme("beijing_district")
    got = integrity_run.run(demo, span, scheme, lambda step, share: steps.append(step))
    assert set(steps) == set(integrity_run.STEPS)
    wanted = by_frame(demo, span)
    same(got.findings, wanted, ["signal", "unit", "group", "peer_group", "reason"])
    assert got.skipped == {"heaping": {"reason": "no_line"}}
    assert got.tests == wanted["p"].notna().sum()
    assert got.data_version == demo.data_version()
    # Kept, and opened as it was.
    assert integrity_kept.kept(demo, span, scheme) is None
    integrity_kept.keep(demo, got)
    integrity_kept.keep(demo, got)
    opened = integrity_kept.kept(demo, span, scheme)
    assert opened is not None and opened.computed_at == got.computed_at
    same(opened.findings, got.findings, ["signal", "unit", "group", "peer_group", "reason"])
    assert opened.facts == got.facts and opened.skipped == got.skipped
    assert integrity_kept.kept(demo, span, load_scheme("hospital")) is None


def test_a_red_line_of_the_scheme_is_looked_at(demo: Store) -> None:
    """The pooled row alone: it speaks of the city."""
    span = Selection(datetime(2025, 7, 1), datetime(2026, 7, 1))
    scheme = load_scheme("beijing_district")
    rate = scheme.indicator("resolution")
    aimed = rate.model_copy(update={"target": type(load_scheme("hospital").indicators[0].target)(value=0.95, status="example")})  # fmt: skip
    lined = scheme.model_copy(update={"indicators": tuple(aimed if i.id == rate.id else i for i in scheme.indicators)})  # fmt: skip
    got = integrity_run.run(demo, span, lined)
    heap = got.findings[got.findings["signal"] == "heaping"]
    assert heap["unit"].tolist() == ["all"]
    found = integrity_run.whole_periods(lined, span)
    rates = integrity.monthly_rates(demo, aimed, found, lined.excluded)
    assert heap["n"].iloc[0] == heaping(rates, 0.95)["n"].iloc[0]
    assert got.facts["line"] == {"indicator": "resolution", "value": 0.95}


def test_what_is_never_recorded_is_not_measurable(store: Store) -> None:
    frame = random_orders(800, 3)
    for name in ("reply", "followup", "due_at", "returns", "hops", "exclusion"):
        frame[name] = None if name != "due_at" else pd.NaT
    frame = frame.astype(random_orders(5).dtypes.to_dict())
    put(store, frame, "bare")
    got = integrity_run.run(store, SPAN, load_scheme("service_levels_311"))
    why = {name: (w["reason"], tuple(w.get("fields", ()))) for name, w in got.skipped.items()}
    assert why["unreached"] == ("no_field", ("followup",))
    assert why["satisfied_unresolved"] == ("no_field", ("followup",))
    assert why["bunching"] == ("no_field", ("due_at",))
    assert why["same_replies"] == ("no_field", ("reply",))
    assert why["excluded"] == ("no_field", ("exclusion",))
    assert why["loop_pairs"] == ("no_field", ("hops", "returns"))
    assert "instant" not in why
    assert got.facts["power"] == {}
    assert set(got.findings["signal"]).isdisjoint(why)


def test_recoding_needs_history() -> None:
    end = datetime(2026, 7, 1)
    spans = integrity_run.recoding_spans(end, datetime(2024, 1, 1))
    assert spans is not None
    assert spans["now"].start == end - timedelta(days=182)
    assert spans["before"].end == end - timedelta(days=273)
    assert spans["before"].start == end - timedelta(days=638)
    late = end - timedelta(days=273 + 59)
    assert integrity_run.recoding_spans(end, late) is None
    assert integrity_run.recoding_spans(end, late - timedelta(days=1)) is not None
    assert integrity_run.recoding_spans(end, None) is None


def test_an_empty_store_is_scanned_without_harm(store: Store) -> None:
    got = integrity_run.run(store, SPAN, load_scheme("beijing_district"))
    assert got.findings.empty and got.flagged == 0
