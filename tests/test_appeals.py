"""Appeals: filed, decided, reviewed; one that succeeds strikes its order out at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data import appeals, records
from data.records import Stale
from data.registers import Faults
from data.schema import orders
from data.store import Store
from forecasting.calendar import add_workdays
from tests.factory import random_orders
from tests.test_store import put


def raw(order_id: str) -> dict[str, object]:
    return {
        "order_id": order_id,
        "unit": "甲街道",
        "exclusion": "malicious",
        "grounds": "无理诉求",
        "document": "a.pdf",
    }


def struck(store: Store, order_id: str) -> str | None:
    return store.scalar(sa.select(orders.c.exclusion).where(orders.c.order_id == order_id))


def test_an_appeal_runs_its_course(store: Store) -> None:
    frame = random_orders(60, 1)
    put(store, frame, "a")
    plain = frame[frame["exclusion"].isna()]["order_id"].astype(str).tolist()
    kept = appeals.file(store, raw(plain[0]), actor="甲")
    today = store.now().date()
    assert kept.body["due"] == add_workdays(today, appeals.DAYS).isoformat()
    with pytest.raises(Faults):
        appeals.file(store, raw(plain[0]), actor="甲")  # one is open
    with pytest.raises(Faults):
        appeals.file(store, raw("none such"), actor="甲")
    with pytest.raises(Faults):
        appeals.decide(store, kept, "rejected", actor="乙")  # without a reason
    with pytest.raises(ValueError, match="no step"):
        appeals.decide(store, kept, "upheld", actor="乙", reason="x")
    no = appeals.decide(store, kept, "rejected", actor="乙", reason="证据不足")
    with pytest.raises(Stale):
        appeals.decide(store, kept, "accepted", actor="丙", reason="可")
    assert struck(store, plain[0]) is None
    again = appeals.decide(store, no, "review", actor="甲")
    version = store.data_version()
    done = appeals.decide(store, again, "overturned", actor="丁", reason="补充了录音")
    assert (done.body["state"], struck(store, plain[0])) == ("overturned", "malicious")
    assert store.data_version() > version
    (exclusion,) = records.all_of(store, "exclusion")
    assert kept.id in exclusion.body["evidence"] and exclusion.body["requested_by"] == "甲街道"
