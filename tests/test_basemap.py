"""The optional base map: on only with a usable address and somebody to credit."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.basemap import BaseMap, TileFault, base_map, tiles
from data.doctor import examine
from data.settings import Settings
from words import LANGS, knows

GOOD = "https://tiles.example/wmts?row={y}&col={x}&matrix={z}&tk=secret"


def config(folder: Path, url: str | None, attribution: str | None) -> Settings:
    return Settings(
        home=folder,
        tile_url=url,
        tile_attribution=attribution,
        memory_limit="500MB",
        _env_file=None,
    )


def test_it_is_off_by_default_and_on_with_both_settings(tmp_path: Path) -> None:
    assert base_map(config(tmp_path, None, None)) is None
    found = tiles(config(tmp_path, f" {GOOD} ", "天地图"))
    assert found == BaseMap(GOOD, "天地图") and found.host == "tiles.example"


@pytest.mark.parametrize(
    ("url", "attribution", "code"),
    [
        ("ftp://tiles.example/{z}/{x}/{y}", "a", "address"), ("tiles/{z}/{x}/{y}", "a", "address"),
        ("https://tiles.example/{z}/{x}/{y}\"><script>", "a", "address"),
        ("http://[tiles/{z}/{x}/{y}", "a", "address"),
        ("https://tiles.example/{z}/{x}", "a", "holes"),
        ("https://{s}.tiles.example/{z}/{x}/{y}", "a", "other_holes"), (GOOD, " ", "attribution"),
    ],
)  # fmt: skip
def test_a_faulty_one_stays_off_and_says_why(
    tmp_path: Path, url: str, attribution: str, code: str
) -> None:
    found = base_map(config(tmp_path, url, attribution))
    assert isinstance(found, TileFault) and found.code == code
    assert tiles(config(tmp_path, url, attribution)) is None
    assert all(knows(f"cli.check.tiles_bad.{code}", lang) for lang in LANGS)


def test_the_doctor_says_whether_it_is_on_without_its_key(tmp_path: Path) -> None:
    on = {c.code: c for c in examine(config(tmp_path, GOOD, "天地图"))}
    assert on["tiles_on"].details == {"host": "tiles.example", "attribution": "天地图"}
    bad = {c.code: c.well for c in examine(config(tmp_path, "x", ""))}
    assert bad["tiles_bad.address"] is False
