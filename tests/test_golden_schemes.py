"""Every scheme against orders worked by hand (tests/golden/<scheme>/README.md)."""

import pandas as pd
import pytest

from metrics.counting import count
from metrics.scheme import all_schemes
from metrics.score import pooled, score
from tests.golden_orders import GOLDEN, read_orders

SCHEMES = sorted(all_schemes())


def counted(name: str) -> pd.DataFrame:
    orders = read_orders(name)
    keys = [k for k in ("unit_type", "peer_group") if k in orders]
    return count(all_schemes()[name].measures(), orders, by=("unit", *keys))


def test_every_scheme_has_a_golden_file() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == SCHEMES


@pytest.mark.parametrize("name", SCHEMES)
def test_scheme_gives_the_hand_worked_result(name: str) -> None:
    scheme, counts = all_schemes()[name], counted(name)
    got = pd.concat([score(scheme, counts), pooled(scheme, counts)]).set_index("unit")
    ignored = score(scheme, counts, exclusions="ignored").set_index("unit")
    wanted = pd.read_csv(GOLDEN / name / "expected.csv")
    assert set(wanted["unit"]) == set(got.index)
    for unit, column, value in wanted.itertuples(index=False):
        frame = ignored if column.startswith("ignored:") else got
        found = frame.loc[unit, column.removeprefix("ignored:")]
        if pd.isna(value):
            assert pd.isna(found), (unit, column, found)
        else:
            assert found == pytest.approx(value, abs=1e-9), (unit, column)
