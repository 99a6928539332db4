"""Where the real data lies: ``COCKPIT_REAL_DATA``, default ``../shared/data`` beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("COCKPIT_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")


def real(relative: str) -> Path:
    """The path of a real file; skips the test with a reason when it is not there."""
    path = ROOT / relative
    if not path.exists():
        pytest.skip(f"real data not found: {path} (set COCKPIT_REAL_DATA)")
    return path


BOSTON = "boston311_2011H2/boston311_2011H2.csv.gz"
BOSTON_TEXT = "boston311_open311_text/boston_open311_to_2017H1.parquet"
NYC_ANIMALS = "nyc311_animals_2010_2025/nyc311_illegal_animals.csv.gz"
NYC_SAMPLE = "nyc311_jan2020_sample/nyc311_2020_sample.csv.gz"
SF = "sf311_sample/sf311_sample_10k.csv.gz"
