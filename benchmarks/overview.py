"""Server time of the Overview, printed as JSON; a process of its own, as it owns the store.

The app runs as Streamlit's own test runner runs it: everything but the network.
"""

from __future__ import annotations

import gc
import json

from streamlit.testing.v1 import AppTest

from benchmarks.questions import timed
from data import dimensions
from data.store import open_store
from tests.browser.harness import ROOT

TIMES = 9


def main() -> None:
    """Run it again unchanged (``warm``), and with another district each time (``changed``)."""
    areas = dimensions.areas(open_store())
    districts = areas.loc[areas["level"] == "district", "area"].tolist()
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    page.run()
    page.run()
    gc.collect()
    gc.freeze()  # as the served app does after its warm-up
    warm = timed(page.run, TIMES)
    turn = iter(districts)

    def change() -> None:
        page.query_params["d"] = [next(turn)]
        page.run()

    changed = timed(change, min(TIMES, len(districts) - 1))
    faults = [fault.value for fault in (*page.exception, *page.error)]
    print(json.dumps({"warm": warm, "changed": changed, "faults": faults}))


if __name__ == "__main__":
    main()
