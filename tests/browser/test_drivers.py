"""The drivers page in a browser: whole in both languages and on a phone, and rain asked about."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit


@pytest.mark.parametrize(("lang", "width"), [("zh", 390), ("en", 1920)])
def test_every_part_is_whole(cockpit: Cockpit, look: Open, lang: str, width: int) -> None:
    reader = look(cockpit, lang=lang, width=width)
    for part in ("effects", "whatif", "seasons"):
        reader.open("/drivers", part=part).drawn("drivers")
        assert reader.untranslated() == []
        assert reader.overflow() == [], part
