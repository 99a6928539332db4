"""A file of boundaries from the browser: seen on a map, saved, and the orders that lie elsewhere."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from playwright.sync_api import expect

from tests.boundary_files import feature, geojson, square
from tests.browser.conftest import Open
from tests.browser.harness import Cockpit
from tests.browser.test_live import WITHIN, office_file
from words import say


def test_boundaries_are_seen_saved_and_reach_the_open_page(look: Open, tmp_path: Path) -> None:
    cockpit = Cockpit(tmp_path)
    orders = office_file(tmp_path / "九月.csv", datetime(2026, 9, 1, 8), 600, 40, "OLD")
    cockpit.run("import", str(orders))
    made = [feature("云溪", square(116.2, 39.8)), feature("松岭", square(116.3, 39.8))]
    path = geojson(tmp_path / "边界.geojson", made)
    with cockpit.serving():
        reader = look(cockpit, lang="zh").open("/data", part="areas")
        reader.page.set_input_files("input[type=file]", str(path))
        panel = reader.page.locator(".st-key-panel-boundaries")
        expect(panel.locator("canvas").first).to_be_visible(timeout=WITHIN)
        reader.drawn("data")
        save = reader.page.locator(".st-key-areas-save button")
        expect(save).to_be_enabled(timeout=WITHIN)
        save.click()
        expect(panel).to_contain_text(say("page.data.areas.saved", "zh"), timeout=WITHIN)
        # another file, from the terminal: the process that serves takes it in
        made[0]["geometry"]["coordinates"] = [square(116.2, 39.7, 0.2)]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": made}))
        done = cockpit.run("--lang", "zh", "areas", "import", str(path))
        assert "更新1个，未变1个" in done
        assert reader.faults() == []
        reader.page.goto("about:blank")
