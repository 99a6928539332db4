"""What registered evaluators found about the units in a period."""

from __future__ import annotations

import pandas as pd

from data import records
from data.registers import EVALUATION, read
from data.store import Store
from metrics.evaluators import LEVEL_WORTH
from metrics.periods import Period
from metrics.scheme import Scheme

COLUMNS = ("unit", "evaluator", "numerator", "squares", "n", "records")


def evaluations_for(store: Store, scheme: Scheme, period: Period) -> pd.DataFrame:
    """Registered evaluations of a period: one row per unit and evaluator, answers pooled.

    An evaluation counts in the period in which it ended. Columns: unit, evaluator,
    numerator, squares (of what the answers are worth), n, records (how many). Evaluators
    that the scheme does not name are left out.
    """
    worth = {
        judge.id: judge.levels or LEVEL_WORTH
        for judge in scheme.evaluators
        if judge.indicator is None
    }
    rows = []
    for record in records.all_of(store, EVALUATION):
        body = record.body
        if body["evaluator"] not in worth:
            continue
        if not period.start <= pd.Timestamp(body["end"]) < period.end:
            continue
        found = read(EVALUATION, body)
        if found.levels:
            pairs = list(zip(worth[found.evaluator], found.levels, strict=True))
            good = sum(w * k for w, k in pairs)
            squares = sum(w * w * k for w, k in pairs)
            rows.append((found.unit, found.evaluator, good, squares, sum(found.levels), 1))
        else:
            rows.append((found.unit, found.evaluator, found.numerator, found.numerator, found.n, 1))
    out = pd.DataFrame(rows, columns=list(COLUMNS))
    return out.groupby(["unit", "evaluator"], sort=True, as_index=False).sum()
