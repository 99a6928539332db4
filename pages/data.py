"""Data: import, batches, coverage calendar, what the store holds and what the fields mean."""

from ui.choice import choose
from ui.data_areas import boundaries
from ui.data_batches import batches
from ui.data_coverage import coverage
from ui.data_factors import factors
from ui.data_import import importing
from ui.data_store import holdings
from ui.page import page

PARTS = {
    "import": importing, "factors": factors, "areas": boundaries, "batches": batches,
    "coverage": coverage, "holdings": holdings,
}  # fmt: skip

with page("data") as ctx:
    part = choose(
        ctx,
        "part",
        list(PARTS),
        "import",
        title=ctx.say("page.data.part"),
        label=lambda code: ctx.say(f"page.data.parts.{code}"),
        kind="segments",
        bare=True,
    )
    PARTS[part](ctx)
