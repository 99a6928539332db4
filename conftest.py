"""Where a part must be there (``COCKPIT_TEST_REQUIRE="browser postgres"``), a skip is a failure."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.outcome import FAILED

REQUIRED = set(os.environ.get("COCKPIT_TEST_REQUIRE", "").split())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn skips of required parts into failures; remember failures for the fixtures."""
    report = yield
    wanted = REQUIRED & {mark.name for mark in item.iter_markers()}
    if report.skipped and wanted:
        report.outcome = "failed"
        report.longrepr = f"required here ({', '.join(sorted(wanted))}): {report.longrepr}"
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report
