"""The model card: what a model says about orders that it has not learnt from, against what was recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from dispatch import judge
from dispatch.model import CONSIDERED, Model

JOIN = "->"
WAYS = ("category", "text", "recorded")
"""How the unit is found: from the category alone; with the place that the text names; with the
place recorded in the order."""


def judged(model: Model, x: sp.csr_matrix, orders: pd.DataFrame) -> dict[str, Any]:
    """The card as JSON: counts and rates of category and unit."""
    shares = model.tree.shares(x)
    top = np.argsort(-shares, axis=1, kind="stable")[:, :CONSIDERED]
    truth = orders["path"].tolist()
    said = [model.tree.leaves[k] for k in top[:, 0]]
    sure = shares[np.arange(len(top)), top[:, 0]]
    hit = np.array([t == s for t, s in zip(truth, said, strict=True)])
    three = np.array(
        [t in [model.tree.leaves[k] for k in row[:3]] for t, row in zip(truth, top, strict=True)]
    )
    first = [t[0] for t in truth], [s[0] for s in said]
    months = orders["created_at"].dt.strftime("%Y-%m").tolist()
    rows = judge.reliability(sure, hit)
    names = [JOIN.join(t) for t in truth], [JOIN.join(s) for s in said]
    classes = judge.per_class(*names)
    return {
        "n": len(orders), "from": str(orders["created_at"].min().date()),
        "to": str(orders["created_at"].max().date()),
        "category": {
            "hit": int(hit.sum()), "accuracy": judge.accuracy(hit), "top3": judge.accuracy(three),
            "macro_f1": judge.macro_f1(classes), "classes": classes,
            "accuracy1": judge.accuracy(np.array([a == b for a, b in zip(*first, strict=True)])),
            "macro_f1_1": judge.macro_f1(judge.per_class(*first)),
            "reliability": rows, "ece": judge.calibration_error(rows),
            "curve": judge.curve(sure, hit), "confused": judge.confused(*names),
            "months": judge.by_key(months, sure, hit),
        },
        "unit": _units(model, shares, top, orders, months),
    }  # fmt: skip


def _units(
    model: Model, shares: Any, top: Any, orders: pd.DataFrame, months: list[str]
) -> dict[str, Any]:
    known = (orders["unit"] != "").to_numpy()
    lists: dict[str, list[list[str]]] = {way: [] for way in WAYS}
    sure = np.zeros(len(orders))
    named = 0
    texts = zip(
        orders["title"], orders["content"], orders["district"], orders["street"], strict=True
    )
    for k, (title, content, district, street) in enumerate(texts):
        likely = {model.tree.leaves[i]: float(shares[k, i]) for i in top[k]}
        where = model.gazetteer.find(f"{title}\n{content}")
        named += bool(where.district or where.street)
        found = model.units.suggest(likely, where.district, where.street, where.share)
        sure[k] = next(iter(found.values()), 0.0)
        lists["text"].append(list(found)[:3])
        lists["category"].append(list(model.units.by_category(likely))[:3])
        lists["recorded"].append(list(model.units.suggest(likely, district, street))[:3])
    truth = orders["unit"].to_numpy()
    out: dict[str, Any] = {"n": int(known.sum()), "named": named, "ways": {}}
    hits: dict[str, Any] = {}
    for way in WAYS:
        one = np.array([bool(f) and f[0] == t for f, t in zip(lists[way], truth, strict=True)])
        any3 = np.array([t in f for f, t in zip(lists[way], truth, strict=True)])
        hits[way] = one
        out["ways"][way] = {"hit": int(one[known].sum()), "top3": int(any3[known].sum())}
    hit = hits["text"]
    rows = judge.reliability(sure[known], hit[known])
    out |= {"reliability": rows, "ece": judge.calibration_error(rows),
            "curve": judge.curve(sure[known], hit[known]),
            "months": judge.by_key([m for m, ok in zip(months, known, strict=True) if ok], sure[known], hit[known]),
            "first": _against(orders, known, hit)}  # fmt: skip
    return out


def _against(orders: pd.DataFrame, known: Any, hit: Any) -> dict[str, int]:
    """Against the first dispatch on record. The unit that handled it in the end counts as right."""
    first, unit = orders["first_unit"].to_numpy(), orders["unit"].to_numpy()
    both = known & (first != "")
    wrong = both & (orders["returns"] > 0).to_numpy() & (first != unit)
    right = both & (first == unit)
    return {
        "n": int(both.sum()), "first_hit": int(right.sum()), "model_hit": int(hit[both].sum()),
        "returned": int(wrong.sum()), "would": int(hit[wrong].sum()),
        "fine": int(right.sum()), "spoilt": int((~hit[right]).sum()),
    }  # fmt: skip
