"""What the page "Proactive work" knows: actions with their effects, the league of units. Nothing is drawn here."""

from __future__ import annotations

import pandas as pd

from data.records import Record
from data.registers import ACTION
from forecasting.counterfactual import pooled
from metrics.selection import PATH
from ui import effect_text, read
from ui.context import Context
from words import format as fmt

CHANCE = 0.05
"""Share of effects that look like a change although nothing changed: 95 % intervals."""


def listed(ctx: Context) -> pd.DataFrame:
    """Accepted actions that were measured, under the page's filters: the clearest first.

    Columns of the table of effects, with body (the record's), current (of the revision that stands).
    """
    found = read.effects()
    found = found[found["kind"] == ACTION]
    known = {r.id: r for r in read.recorded(ACTION)}
    found = found[found["record"].isin(list(known))].reset_index(drop=True)
    kept = [known[str(i)] for i in found["record"]]
    out = found.assign(
        body=pd.Series([dict(r.body) for r in kept], index=found.index, dtype="object"),
        current=[r.revision == n for r, n in zip(kept, found["revision"], strict=True)],
    )
    out = out[[_wanted(ctx, r) for r in kept]] if len(out) else out
    rank = out["verdict"].map({code: k for k, code in enumerate(effect_text.ORDER)})
    return out.assign(rank=rank).sort_values(
        ["rank", "high_95"], ascending=[True, True], ignore_index=True
    )


def _wanted(ctx: Context, record: Record) -> bool:
    view, body = ctx.view, record.body
    if view.units and body["unit"] not in view.units:
        return False
    if view.districts:
        units = read.units().drop_duplicates("unit").set_index("unit")["district"]
        if units.get(body["unit"]) not in view.districts:
            return False
    own = body.get("category") or ""
    return not view.categories or any(own == p or own.startswith(p + PATH) for p in view.categories)


def counted(found: pd.DataFrame) -> pd.DataFrame:
    """Those that count: final, of the revision that stands, with a verdict."""
    return found[
        found["current"] & found["final"].astype(bool) & (found["verdict"] != "too_little")
    ]


def headline(ctx: Context, found: pd.DataFrame) -> str:
    """How many actions were measured, and what was found; how many would look changed by chance."""
    if found.empty:
        return ctx.say("page.proactive.none")
    whole = counted(found)
    if whole.empty:
        return ctx.say("page.proactive.none_measured", n=fmt.number(len(found), ctx.lang))
    n = {code: int((whole["verdict"] == code).sum()) for code in effect_text.ORDER}
    return ctx.say(
        "page.proactive.headline", n=fmt.number(len(whole), ctx.lang),
        all=fmt.number(len(found), ctx.lang), fell=n["fell"], rose=n["rose"],
        open=n["none"] + n["unsure"],
        chance=fmt.number(CHANCE / 2 * len(whole), ctx.lang, 1),
    )  # fmt: skip


def league(found: pd.DataFrame) -> pd.DataFrame:
    """Units by effect: observed and expected of all their whole measurements added up, those too
    small to be judged alone included. unit, actions, judged, fell, observed, expected, ratio,
    low_80 … high_95, verdict."""
    whole = found[found["current"] & found["final"].astype(bool) & (found["expected"] > 0)]
    rows = []
    for unit, mine in whole.groupby("unit"):
        made = pooled(mine["observed"].tolist(), mine["expected"].tolist(), mine["wander"].tolist())
        judged = mine["verdict"] != "too_little"
        rows.append(
            {
                "unit": unit, "actions": len(mine), "judged": int(judged.sum()),
                "fell": int((mine["verdict"] == "fell").sum()), "observed": made.observed,
                "expected": made.expected, "ratio": made.ratio, "low_80": made.low_80,
                "high_80": made.high_80, "low_95": made.low_95, "high_95": made.high_95,
                "verdict": made.verdict,
            }
        )  # fmt: skip
    out = pd.DataFrame(rows, columns=[
        "unit", "actions", "judged", "fell", "observed", "expected", "ratio", "low_80", "high_80",
        "low_95", "high_95", "verdict",
    ])  # fmt: skip
    small = out["verdict"] == "too_little"
    return out.assign(small=small).sort_values(
        ["small", "high_95"], ascending=[True, True], ignore_index=True
    )
