"""The map in a browser: what deck.gl holds is what was counted, it is painted, a click tells numbers."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit, Reader
from words import say

CHART = "[data-testid='stDeckGlJsonChart']"
# What deck.gl itself was given: the layers are in the properties of its React component.
LAYERS = """
() => {
  const box = document.querySelector("[data-testid='stDeckGlJsonChart']");
  if (!box) return [];
  const key = Object.keys(box).find(name => name.startsWith('__reactFiber'));
  const todo = [box[key]];
  while (todo.length) {
    const fiber = todo.pop();
    if (!fiber) continue;
    const props = fiber.memoizedProps || {};
    if (Array.isArray(props.layers) && props.layers.length && props.layers[0].id)
      return props.layers.map(layer => [layer.id,
        (layer.props.data.features || layer.props.data || []).length]);
    todo.push(fiber.sibling, fiber.child);
  }
  return [];
}
"""


def layers(reader: Reader) -> dict[str, int]:
    """Each layer that deck.gl holds and how many things are in it."""
    found: list[list[Any]] = reader.page.wait_for_function(
        f"() => {{ const found = ({LAYERS})(); return found.length ? found : null; }}"
    ).json_value()
    return dict(found)  # type: ignore[arg-type]


def colours(reader: Reader) -> int:
    """How many colours the canvas shows (software WebGL): a blank one shows a single one."""
    shot = reader.page.locator(f"{CHART} canvas").first.screenshot()
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    return len(image.getcolors(1 << 24) or [])


def painted(reader: Reader) -> None:
    """Wait until the canvas shows more than a ground."""
    for _ in range(100):
        if colours(reader) > 60:
            return
        reader.page.wait_for_timeout(100)
    raise AssertionError(f"the map stays blank: {colours(reader)} colours")


@pytest.mark.parametrize(("lang", "theme"), [("zh", "dark"), ("en", "light")])
def test_cells_are_held_and_painted_without_asking_anybody(
    cockpit: Cockpit, look: Open, lang: str, theme: str
) -> None:
    reader = look(cockpit, lang=lang, theme=theme).open("/map", look="cells", size="6")
    held = layers(reader)
    assert "ground" in held and "labels" in held
    cells = sum(n for name, n in held.items() if name.startswith("cells-"))
    assert 50 < cells < 2500
    painted(reader)
    assert reader.received < 900_000  # the page with everything; the deck itself: benchmarks
    assert reader.untranslated() == []
    # `look` fails at the end when any outside host was asked for anything


def test_a_click_on_an_area_tells_its_numbers(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/map", what="satisfaction")
    assert layers(reader)["areas"] == 16
    painted(reader)
    box = reader.page.locator(f"{CHART} canvas").first.bounding_box()
    assert box is not None
    reader.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
    reader.page.wait_for_function("location.search.includes('at=')")
    reader.drawn("map")
    detail = reader.page.locator(".st-key-panel-map-detail")
    link = detail.get_by_role("link", name=say("page.map.orders_there", "zh"))
    expect(link).to_be_visible()
    link.click()
    reader.drawn("orders")
    assert "cond=" in reader.page.url
