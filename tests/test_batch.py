"""Batch directories: whole or not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from data.batch import (
    BatchError,
    BatchInfo,
    BatchWriter,
    read_batch,
    sweep,
    waiting,
    write_batch,
)
from data.frames import ARROW_SCHEMA, REJECTS_SCHEMA

INFO = BatchInfo(digest="d" * 64, source="s", rows_read=2, report={"read": 2}, meta={"a": "b"})


def _orders(*ids: str) -> pd.DataFrame:
    return pd.DataFrame({"source": "s", "order_id": list(ids)})


def test_round_trip(tmp_path: Path) -> None:
    rejects = pd.DataFrame(
        [("f.csv", 3, "办结时间", "x", "bad_time", "{}")], columns=REJECTS_SCHEMA.names
    )
    units = pd.DataFrame({"unit": ["u"], "name_zh": ["单位"], "name_en": ["u"]})
    path = write_batch(
        tmp_path, INFO, [_orders("1"), _orders("2")], rejects=rejects, dimensions={"units": units}
    )
    assert waiting(tmp_path) == [path]
    batch = read_batch(path)
    assert batch.info == INFO
    assert [t["order_id"].to_pylist() for t in batch.orders()] == [["1"], ["2"]]
    assert batch.rejects().to_pylist()[0]["column_name"] == "办结时间"
    units_back = batch.dimension("units")
    assert units_back is not None
    assert units_back["name_zh"].to_pylist() == ["单位"]
    assert batch.dimension("areas") is None


def test_nothing_is_left_when_the_writer_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), BatchWriter(tmp_path) as writer:
        writer.add(_orders("1"))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_batches_come_back_in_order_of_arrival(tmp_path: Path) -> None:
    paths = [write_batch(tmp_path, INFO, [_orders(str(i))]) for i in range(5)]
    assert waiting(tmp_path) == paths


def test_empty_batch_has_the_schema(tmp_path: Path) -> None:
    batch = read_batch(write_batch(tmp_path, INFO, []))
    (table,) = batch.orders()
    assert table.num_rows == 0
    assert table.schema == ARROW_SCHEMA


def test_torn_directories_are_refused_with_a_code(tmp_path: Path) -> None:
    path = write_batch(tmp_path, INFO, [_orders("1")])
    (path / "orders-00000.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(BatchError) as caught:
        read_batch(path)
    assert caught.value.code == "unreadable"
    (path / "orders-00000.parquet").unlink()
    with pytest.raises(BatchError) as caught:
        read_batch(path)
    assert caught.value.code == "no_orders"
    (path / "batch.json").write_text("{")
    with pytest.raises(BatchError) as caught:
        read_batch(path)
    assert caught.value.code == "bad_manifest"


def test_a_killed_writer_leaves_no_batch(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        import pandas as pd
        from data.batch import BatchWriter
        writer = BatchWriter(Path(sys.argv[1]))
        writer.add(pd.DataFrame({"source": "s", "order_id": ["1"]}))
        print("written", flush=True)
        sys.stdin.read()
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        text=True,
    )
    assert process.stdin and process.stdout
    assert process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert waiting(tmp_path) == []
    (left,) = tmp_path.iterdir()
    assert sweep(tmp_path) == []  # young: perhaps still being written
    old = time.time() - 2 * 86400
    os.utime(left, (old, old))
    assert sweep(tmp_path, timedelta(days=1)) == [left]
    assert list(tmp_path.iterdir()) == []
