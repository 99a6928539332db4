"""Published months: frozen, remade to the last digit, and told against later data order by order.

The city is worked by hand (scheme A, month_19: 19 January to 18 February 2025, so that the
counts are small enough for a calculator).
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from data import audit, published, records, since
from data.batch import BatchInfo, BatchWriter, write_batch
from data.frames import BATCH_FIELDS
from data.ingest import drain
from data.publishing import PublishError, publish
from data.records import Change
from data.registers import parse, saving
from data.registers.files import dump, read_file
from data.schema import REGISTER, batches, orders_before, scores
from data.settings import Settings
from data.store import Store, open_store
from metrics import periods
from metrics.bonus import EVIDENCE
from metrics.indicators import Bilingual
from metrics.scheme import load_scheme
from metrics.scheme_model import Scheme
from tests.golden_orders import canonical

ROOT = Path(__file__).resolve().parents[1]
MONTH = periods.containing("month_19", pd.Timestamp("2025-02-10").to_pydatetime())
NEXT = periods.containing("month_19", pd.Timestamp("2025-03-10").to_pydatetime())
A, B, C, D = "甲街道", "乙街道", "丙街道", "丁局"
SCHEME = load_scheme("beijing_district")


def order(
    number: int, unit: str | None, day: str = "2025-02-03", **said: object
) -> dict[str, object]:
    """One closed order; ``said``: contacted, resolution, satisfaction, followup, exclusion …"""
    valid = {
        "followup": "valid",
        "contacted": "true",
        "resolution": "resolved",
        "satisfaction": "satisfied",
    }
    return {
        "source": "test", "order_id": f"{number:04d}", "unit": unit, "created_at": f"{day} 09:00:00",
        "closed_at": f"{day} 18:00:00", "created_day": day, "closed_day": day, "status": "closed",
        "channel": "hotline", **valid, **said,
    }  # fmt: skip


NO = {"resolution": "unresolved", "satisfaction": "dissatisfied"}
CITY = [
    # 甲: 4 valid; contacted 4/4, resolved 3/4, satisfied 2 + 0.9 of 4 → 10 + 37.5 + 29 = 76.5
    order(1, A), order(2, A, satisfaction="basically_satisfied"), order(3, A, satisfaction="neutral"),
    order(4, A, resolution="unresolved"), order(5, A, exclusion="malicious", **NO),
    # 乙: 2 valid; contacted 2/2, resolved 1/2, satisfied 1/2 → 10 + 25 + 20 = 55
    order(11, B), order(12, B, **NO),
    # 丙: nobody was heard; 丁: one order, everything well → 100
    order(21, C, followup="unreached", contacted=None, resolution=None, satisfaction=None),
    order(31, D),
    # without a unit; and the month after, which says up to when the data reach
    order(41, None), order(51, A, "2025-03-25"),
]  # fmt: skip


def frame_of(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as canonical orders."""
    raw = pd.DataFrame(rows).reindex(columns=[f.name for f in BATCH_FIELDS]).astype("str")
    return canonical(raw.where(raw.notna() & (raw != "None") & (raw != "nan"), None))


def put(store: Store, rows: list[dict[str, object]], name: str, **how: object) -> None:
    """Bring orders in as one batch."""
    units = pd.DataFrame(
        [
            {"unit": u, "name_zh": u, "name_en": f"Unit {k}", "unit_type": kind, "district": None,
             "peer_group": kind, "staff": 5, "population": 100}
            for k, (u, kind) in enumerate([(A, "street"), (B, "street"), (C, "street"), (D, "department")])
        ]
    ).astype({"staff": "Int32", "population": "Int32"})  # fmt: skip
    info = BatchInfo(name, "test", len(rows), **how)  # type: ignore[arg-type]
    write_batch(store.settings.inbox, info, [frame_of(rows)], dimensions={"units": units})
    (result,) = drain(store)
    assert result.state == "done", result


@pytest.fixture
def city(store: Store) -> Store:
    put(store, CITY, "first")
    return store


def decided(order_id: str) -> Change:
    """A decision to strike an order out, accepted."""
    body = parse(
        "exclusion",
        {
            "source": "test", "order_id": order_id, "exclusion": "duplicate", "evidence": "复核单",
            "requested_by": A, "day": "2025-03-01", "state": "accepted",
            "decided_by": "考核办", "decided_on": "2025-03-02",
        },
    )  # fmt: skip
    return Change("exclusion", dict(body.plain()), saving.order_record("test", order_id))


def same(one: object, other: object) -> None:
    for name in ("units", "totals", "bands", "lines"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


# -- what is frozen --------------------------------------------------------------------
def test_a_month_is_frozen_as_worked_by_hand(city: Store) -> None:
    made = publish(city, SCHEME, MONTH, actor="王", note="第一次")
    shown = published.result(city, made).units.set_index("unit")
    assert shown.loc[[A, B, D], "score"].tolist() == pytest.approx([76.5, 55, 100])
    assert shown.loc[[A, B, D], "rank"].tolist() == [1, 2, 1]
    assert shown.loc[[A, D], "group"].tolist() == ["streets", "departments"]
    assert not shown.loc[C, "ranked"] and pd.isna(shown.loc[C, "score"])
    # Nothing struck out: 5 valid, 4 + 0 … contacted 5/5, resolved 3/5, satisfied 2.9/5.
    assert shown.loc[A, "score_all"] == pytest.approx(10 + 50 * 0.6 + 40 * 0.58)
    total = published.result(city, made).totals.set_index("group")
    assert total.loc["streets", "score"] == pytest.approx(100 * (0.1 + 0.5 * 4 / 6 + 0.4 * 3.9 / 6))
    assert (made.correction, made.data_version, made.nobody, made.note) == (0, 1, 1, "第一次")
    assert made.scheme == SCHEME
    bands = published.result(city, made).bands
    assert set(bands.loc[bands["band"] == "lagging", "unit"]) == {A, B, D}
    assert "publication.added" in set(audit.lines(city)["action"])


def test_counts_are_those_of_the_store_and_zero_without_orders(city: Store) -> None:
    made = publish(city, SCHEME, MONTH, actor="王", note="")
    counts = published.counts_of(city, made).set_index("unit")
    assert counts.loc[A, ["all", "excluded", "resolution.den", "resolution.num.0"]].tolist() == [
        5,
        1,
        4,
        3,
    ]
    assert counts.loc[A, "count.closed"] == 5
    assert counts.loc[C, "resolution.den"] == 0


def test_made_again_to_the_last_digit_after_everything_changed(
    city: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = pd.DataFrame(
        [("proactive", A, "act-1", None, pd.Timestamp("2025-02-01"), "清淤")],
        columns=list(EVIDENCE),
    )
    scheme = load_scheme("old_neighbourhood")
    made = publish(city, scheme, MONTH, actor="王", note="", evidence=evidence)
    first = published.result(city, made)
    assert first.units.set_index("unit").loc[A, "bonus"] == pytest.approx(0.1)
    same(first, published.recompute(city, made))
    put(city, [order(1, B, **NO), order(60, A, **NO)], "late")
    # The file of the scheme is gone or says something else now: what was frozen is used.
    monkeypatch.setattr("metrics.scheme.all_schemes", dict)
    (again,) = published.published(city)
    same(first, published.result(city, again))
    same(first, published.recompute(city, again))


def test_changes_are_told_against_the_published_month_before(city: Store) -> None:
    publish(city, SCHEME, MONTH, actor="王", note="")
    put(city, [order(71, A, "2025-03-01", **NO), order(72, B, "2025-03-01")], "march")
    march = publish(city, SCHEME, NEXT, actor="王", note="")
    shown = published.result(city, march).units.set_index("unit")
    assert shown.loc[[A, B], "score"].tolist() == pytest.approx([10, 100])
    assert shown.loc[[A, B], "rank_change"].tolist() == [-1, 1]
    assert shown.loc[[A, B], "score_change"].tolist() == pytest.approx([10 - 76.5, 45])
    bands = published.result(city, march).bands
    assert bands.loc[bands["band"] == "rising", "unit"].tolist() == [B]
    same(published.result(city, march), published.recompute(city, march))


# -- later data --------------------------------------------------------------------------
def test_later_data_are_told_order_by_order(city: Store) -> None:
    made = publish(city, SCHEME, MONTH, actor="王", note="")
    assert since.would_now_be(city, made).changed.empty
    put(
        city,
        [
            order(6, A, **NO),                          # new: 甲 gets a failed one
            order(4, A),                                # answer changed: resolved after all
            order(12, C, **NO),                         # moved from 乙 to 丙
            order(11, B, exclusion="duplicate"),        # struck out
            order(80, A, "2025-02-25", **NO),           # another month: no matter
            order(51, A, "2025-03-25", **NO),           # outside
        ],
        "late",
    )  # fmt: skip
    found = since.would_now_be(city, made)
    units = found.units.set_index("unit")
    # 甲 now: 5 valid, contacted 5/5, resolved 4/5, satisfied 3 … (1, 2: 0.9, 3: neutral, 4, 6: no)
    assert units.loc[A, "score_now"] == pytest.approx(10 + 50 * 4 / 5 + 40 * 2.9 / 5)
    assert units.loc[A, "score"] == pytest.approx(76.5)
    mine = found.orders[found.orders["unit"] == A].set_index("order_id")
    # (dN − N0/D0·dD)/D1, by hand: new 6: 10·(1−1)/5 + 50·(0−3/4)/5 + 40·(0−2.9/4)/5
    assert mine.loc["0006", "cause"] == "new"
    assert mine.loc["0006", "points"] == pytest.approx(-50 * 0.75 / 5 - 40 * 0.725 / 5)
    # 4: unresolved → resolved, said satisfied both times
    assert mine.loc["0004", "cause"] == "changed"
    assert mine.loc["0004", "points"] == pytest.approx(50 / 5)
    assert units.loc[A, "difference"] == pytest.approx(mine["points"].sum())
    assert units.loc[A, ["moved", "struck", "evidence", "other"]].tolist() == [0, 0, 0, 0]
    assert set(found.orders["order_id"]) == {"0004", "0006", "0011", "0012"}
    causes = found.orders.set_index(["order_id", "unit"])["cause"]
    assert causes[("0012", B)] == causes[("0012", C)] == "moved"
    assert causes[("0011", B)] == "struck"
    # 乙 has nothing left, so it would have no score: no points can be told.
    assert pd.isna(units.loc[B, "score_now"]) and pd.isna(units.loc[B, "difference"])
    # 丙 had none: what it has now is no order's difference.
    assert units.loc[C, "score_now"] == pytest.approx(10)
    # The frozen result did not move.
    assert published.result(city, made).units.set_index("unit").loc[A, "score"] == pytest.approx(
        76.5
    )


def test_an_order_replaced_twice_is_told_as_it_was_published(city: Store) -> None:
    made = publish(city, SCHEME, MONTH, actor="王", note="")
    put(city, [order(4, A)], "second")
    put(city, [order(4, A, satisfaction="dissatisfied")], "third")
    kept = city.frame(sa.select(orders_before.c.batch, orders_before.c.superseded_by))
    assert sorted(kept.itertuples(index=False, name=None)) == [(1, 2), (2, 3)]
    found = since.would_now_be(city, made)
    row = found.units.set_index("unit").loc[A]
    assert row["score_now"] == pytest.approx(10 + 50 + 40 * 1.9 / 4)
    assert found.orders[["order_id", "cause"]].to_numpy().tolist() == [["0004", "changed"]]
    assert row["difference"] == pytest.approx(found.orders["points"].sum())


def test_a_decision_to_strike_out_is_told_as_one(city: Store) -> None:
    made = publish(city, SCHEME, MONTH, actor="王", note="")
    for number in ("0003", "0051"):
        saving.write(city, [decided(number)], actor="王")
    kept = city.frame(sa.select(orders_before.c.order_id, orders_before.c.exclusion))
    assert kept["order_id"].tolist() == ["0003"] and kept["exclusion"].isna().all()
    found = since.would_now_be(city, made)
    assert found.orders[["order_id", "unit", "cause"]].to_numpy().tolist() == [
        ["0003", A, "struck"]
    ]
    row = found.units.set_index("unit").loc[A]
    # 3 orders left: contacted 3/3, resolved 2/3, satisfied (1 + 0.9 + 1) / 3
    assert row["score_now"] == pytest.approx(10 + 50 * 2 / 3 + 40 * 2.9 / 3)
    assert row["struck"] == pytest.approx(row["difference"])


def test_a_register_file_that_strikes_out_is_one_line_of_the_ledger(
    city: Store, tmp_path: Path
) -> None:
    made = publish(city, SCHEME, MONTH, actor="王", note="")
    file = tmp_path / "exclusions.csv"
    file.write_text(
        "source,order_id,exclusion,evidence,requested_by,day,state\n"
        f"test,0003,duplicate,review.pdf,{A},2025-03-01,accepted\n",
        encoding="utf-8",
    )
    with BatchWriter(city.settings.inbox) as writer:
        writer.add_registers([dump(read_file("exclusion", file))])
        writer.finish(BatchInfo("register-1", REGISTER, 1))
    (result,) = drain(city)
    assert (result.state, result.batch) == ("done", 2), result
    assert [row.batch for row in city.rows(sa.select(batches.c.batch))] == [1, 2]
    found = since.would_now_be(city, made)
    assert found.orders[["order_id", "cause"]].to_numpy().tolist() == [["0003", "struck"]]


def test_old_versions_are_kept_only_where_something_was_published(city: Store) -> None:
    put(city, [order(1, A, **NO)], "second")
    assert city.rows(sa.select(orders_before)) == []
    publish(city, SCHEME, MONTH, actor="王", note="")
    put(city, [order(51, A, "2025-03-25", **NO), order(2, A, **NO)], "third")
    kept = city.frame(sa.select(orders_before.c.order_id, orders_before.c.satisfaction))
    assert kept.to_numpy().tolist() == [["0002", "basically_satisfied"]]


def test_changed_repeat_links_are_kept_where_the_scheme_counts_by_them(city: Store) -> None:
    file = ROOT / "tests" / "schemes" / "returning.yaml"
    scheme = load_scheme(file)
    place = {"place_key": "路1号", "category1": "停车"}
    put(
        city,
        [
            order(91, A, "2025-02-10", **place),
            order(92, B, "2025-02-10", category1="停车", place_key="路2号"),
        ],
        "links",
    )
    made = publish(city, scheme, MONTH, actor="王", note="")
    put(
        city,
        [order(95, A, "2025-03-28", **place, **NO), order(93, A, "2025-03-05", **place)],
        "again",
    )
    found = since.would_now_be(city, made)
    row = found.units.set_index("unit").loc[A]
    told = found.orders[found.orders["unit"] == A]
    assert "0091" in told["order_id"].tolist()
    assert row["difference"] == pytest.approx(told["points"].sum())
    assert row["score_now"] == pytest.approx(row["score"] + row["difference"])


def test_changed_evidence_and_what_no_order_explains(
    city: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = load_scheme("old_neighbourhood")
    day = pd.Timestamp("2025-02-01")
    made = publish(city, scheme, MONTH, actor="王", note="")
    later = pd.DataFrame(
        [("proactive", A, "act-1", None, day, ""), ("false_closure", A, "review-1", None, day, "")],
        columns=list(EVIDENCE),
    )
    monkeypatch.setattr(since, "evidence_for", lambda *_: later)
    put(city, [order(6, A, refused="true")], "late")
    found = since.would_now_be(city, made)
    row = found.units.set_index("unit").loc[A]
    assert row["evidence"] == pytest.approx(0.1 - 5)
    assert found.evidence.set_index("adjustment")["points"].to_dict() == pytest.approx(
        {"proactive": 0.1, "false_closure": -5.0}
    )
    causes = ["new", "moved", "struck", "changed", "evidence", "other"]
    assert row[causes].sum() == pytest.approx(row["difference"])
    assert row["other"] == pytest.approx(0)


# -- corrections, refusals ---------------------------------------------------------------
def test_a_correction_stands_beside_the_first_with_its_reason(city: Store) -> None:
    first = publish(city, SCHEME, MONTH, actor="王", note="")
    put(city, [order(4, A)], "late")
    with pytest.raises(PublishError) as refused:
        publish(city, SCHEME, MONTH, actor="李", note="再来")
    assert refused.value.code == "already_published"
    with pytest.raises(PublishError) as silent:
        publish(city, SCHEME, MONTH, actor="李", note=" ", corrects=first.number)
    assert silent.value.code == "no_reason"
    second = publish(city, SCHEME, MONTH, actor="李", note="复核后改判", corrects=first.number)
    assert (second.correction, second.data_version) == (1, 2)
    with pytest.raises(PublishError) as late:
        publish(city, SCHEME, MONTH, actor="赵", note="又改", corrects=first.number)
    assert late.value.code == "not_standing" and late.value.params["by"] == "李"
    known = published.published(city)
    assert [(p.correction, p.actor, p.note) for p in known] == [
        (0, "王", ""),
        (1, "李", "复核后改判"),
    ]
    assert published.standing(known, SCHEME.id) == [known[1]]
    for made, score in zip(known, (76.5, 89.0), strict=True):
        shown = published.result(city, made).units.set_index("unit")
        assert shown.loc[A, "score"] == pytest.approx(score)


def refusal(
    city: Store, scheme: Scheme = SCHEME, period: periods.Period = MONTH, **how: str
) -> str:
    with pytest.raises(PublishError) as refused:
        publish(city, scheme, period, actor=how.get("actor", "王"), note="")
    return refused.value.code


def test_what_cannot_be_published(city: Store, config: Settings) -> None:
    assert refusal(city, actor="  ") == "no_name"
    running = periods.containing("month_19", pd.Timestamp("2025-03-25").to_pydatetime())
    assert refusal(city, period=running) == "incomplete"
    assert refusal(city, period=periods.containing("month", MONTH.start)) == "other_rule"
    assert refusal(city, period=periods.year_before(MONTH)) == "no_orders"
    publish(city, SCHEME, MONTH, actor="王", note="")
    other = SCHEME.model_copy(update={"names": Bilingual(zh="改了名", en="Renamed")})
    assert refusal(city, other, NEXT) == "changed_scheme"
    newer = other.model_copy(update={"version": "2"})
    put(city, [order(99, A, "2025-03-02")], "march")
    assert publish(city, newer, NEXT, actor="王", note="").scheme == newer
    assert len(published.published(city)) == 2


def test_an_empty_store_publishes_nothing(store: Store) -> None:
    assert refusal(store) == "no_data"


def test_of_two_publishers_one_is_refused_and_told(city: Store) -> None:
    done: list[int] = []
    refused: list[PublishError] = []

    def work(name: str) -> None:
        try:
            done.append(publish(city, SCHEME, MONTH, actor=name, note="").number)
        except PublishError as error:
            refused.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("王", "李")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert [e.code for e in refused] == ["already_published"]
    assert city.scalar(sa.select(sa.func.count()).select_from(scores)) == 4


_DIES = """
import os, signal, sys
from pathlib import Path
from data import publishing, records
from data.settings import Settings
from data.store import open_store
from tests.test_publishing import MONTH, SCHEME
store = open_store(Settings(home=Path(sys.argv[1]), database_url=sys.argv[2] or None, _env_file=None))
rows = publishing._rows
def dies(*given):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "rows":
    publishing._rows = dies
else:
    insert = publishing.sa.insert
    class Dying:
        def __init__(self, table): self.made = insert(table)
        def values(self, rows): store_rows = self.made.values(rows); self.rows = store_rows; return store_rows
    whole = records.save_all
    from contextlib import contextmanager
    write = type(store).write
    @contextmanager
    def until_commit(self):
        with write(self) as connection:
            yield connection
            os.kill(os.getpid(), signal.SIGKILL)
    type(store).write = until_commit
publishing.publish(store, SCHEME, MONTH, actor="王", note="")
"""


@pytest.mark.parametrize("moment", ["rows", "commit"])
def test_a_kill_while_publishing_leaves_nothing(city: Store, config: Settings, moment: str) -> None:
    city.close()
    command = [sys.executable, "-c", _DIES, str(config.home), config.database_url or "", moment]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -9, done.stderr
    again = open_store(config)
    try:
        assert published.published(again) == []
        assert records.version(again) == 0
        assert again.rows(sa.select(scores.c.unit)) == []
        assert publish(again, SCHEME, MONTH, actor="王", note="").correction == 0
    finally:
        again.close()


def test_results_of_a_swept_city_are_not_this_citys(city: Store) -> None:
    publish(city, SCHEME, MONTH, actor="王", note="")
    with city.write() as connection:
        connection.execute(sa.update(batches).values(state="replaced"))
    put(city, CITY, "another city")
    assert published.published(city) == []
    made = publish(city, SCHEME, MONTH, actor="王", note="")
    assert made.correction == 0 and published.published(city) == [made]
