"""What a published month would be now, and because of which orders.

Every order that counts otherwise than when the month was published is found: new ones by
their batch, replaced ones by their old version in ``orders_before``. What each did to a rate
is exact, because the difference of two rates is a sum over the orders that changed::

    N1/D1 - N0/D0 = sum of (dN_i - N0/D0 * dD_i) / D1

(dN_i, dD_i: how much more the order counts now in numerator and denominator). What a
changed weight, another unit's orders (shares of a group) or a unit's other league table
did is no order's doing and is said as ``other``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data import scoring
from data.evidence import evidence_for
from data.published import Publication, counts_of, result
from data.schema import ORDER_KEY, orders, orders_before
from data.store import Store
from metrics.adjustments import order_points
from metrics.bonus import FROM_ORDERS
from metrics.conditions import fields_of, mask
from metrics.linear import Linear, decompose
from metrics.outcome import Outcome, outcome
from metrics.periods import Period
from metrics.scheme_model import Scheme

NEW, MOVED, STRUCK, CHANGED = "new", "moved", "struck", "changed"
EVIDENCE_CHANGED, OTHER = "evidence", "other"
CAUSES = (NEW, MOVED, STRUCK, CHANGED, EVIDENCE_CHANGED, OTHER)
"""Why a score would be another now: new orders; orders that went to another unit or month;
orders struck out (or no longer); other changes, mostly answers; evidence; what no order explains."""

EXACT = 1e-6
_FACTS = ("unit", "created_at", "closed_at", "batch")


@dataclass(frozen=True)
class Since:
    """The published result beside what it would be now.

    ``units``: unit, group, score, rank (as published), group_now, score_now, rank_now,
    difference (points), places (won), one column of points per cause
    (:data:`CAUSES`; they add up to the difference), orders (how many changed).
    ``orders``: source, order_id, unit, cause, points, counts (False: changes no rate,
    only a count shown). ``evidence``: adjustment, unit, before, now, points.
    """

    units: pd.DataFrame
    orders: pd.DataFrame
    evidence: pd.DataFrame

    @property
    def rescored(self) -> pd.DataFrame:
        """The units whose own score would be another (or gone, or new)."""
        table = self.units
        gone = table["score"].isna() != table["score_now"].isna()
        return table[((table["difference"].abs() > EXACT) | gone).to_numpy(dtype=bool)]

    @property
    def changed(self) -> pd.DataFrame:
        """The units whose score, rank or league table would be another."""
        table = self.units
        score = table["unit"].isin(self.rescored["unit"])
        rank = ~(table["rank"].eq(table["rank_now"]).fillna(False)) & ~(
            table["rank"].isna() & table["rank_now"].isna()
        )
        group = table["group"] != table["group_now"]
        return table[(score | rank | group).to_numpy(dtype=bool)]


def would_now_be(store: Store, publication: Publication) -> Since:
    """Score the published month anew, by its own scheme, from today's orders and evidence."""
    scheme, period = publication.scheme, publication.period
    counts = scoring.unit_counts(store, scheme, period)
    listed = evidence_for(store, scheme, period)
    now = outcome(scheme, counts, listed, period)
    then, old_counts = result(store, publication), counts_of(store, publication)
    changes, deltas = _changes(store, publication)
    before, after = _linear(scheme, old_counts), _linear(scheme, counts)
    changes["points"] = _points(before, after, changes, deltas)
    changes["points"] += _adjusted(scheme, old_counts, counts, changes, deltas)
    changes["counts"] = changes["points"] != 0
    evidence = _evidence(then, now)
    units = _units(then, now, changes, evidence)
    shown = ["source", "order_id", "unit", "cause", "points", "counts"]
    order = np.lexsort((changes["order_id"], -changes["points"].abs(), changes["unit"]))
    return Since(units, changes.iloc[order][shown].reset_index(drop=True), evidence)


def _linear(scheme: Scheme, counts: pd.DataFrame) -> Linear:
    return decompose(scheme, counts.sort_values("unit", ignore_index=True))


# -- which orders changed --------------------------------------------------------------
def _changes(store: Store, publication: Publication) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every order that counts otherwise now (source, order_id, unit, cause), and by how much
    in each measure of that unit (same rows)."""
    scheme, period = publication.scheme, publication.period
    old, new = _versions(store, publication)
    keys = pd.concat([old[list(ORDER_KEY)], new[list(ORDER_KEY)]]).drop_duplicates()
    old, new = (keys.merge(rows, on=list(ORDER_KEY), how="left") for rows in (old, new))
    was, now = _values(scheme, period, old), _values(scheme, period, new)
    keys = keys.reset_index(drop=True)
    here = (old["unit"] == new["unit"]).fillna(False).to_numpy(dtype=bool)
    counted_then, counted_now = was.any(axis=1).to_numpy(), now.any(axis=1).to_numpy()
    struck = np.zeros(len(keys), dtype=bool)
    if scheme.excluded is not None:
        struck = mask(scheme.excluded, old) != mask(scheme.excluded, new)
    cause = np.where(~counted_then, NEW, np.where(struck, STRUCK, CHANGED)).astype(object)
    cause[counted_then & ~(here & counted_now)] = MOVED
    stays = here & counted_then & counted_now
    parts = [
        (keys[stays].assign(unit=new["unit"][stays], cause=cause[stays]), now[stays] - was[stays])
    ]
    for rows, values, sign, mine in (
        (old, was, -1, counted_then & ~stays), (new, now, 1, counted_now & ~stays),
    ):  # fmt: skip
        named = mine & rows["unit"].notna().to_numpy()
        found = keys[named].assign(unit=rows["unit"][named], cause=cause[named])
        parts.append((found, sign * values[named]))
    changes = pd.concat([part[0] for part in parts], ignore_index=True)
    deltas = pd.concat([part[1] for part in parts], ignore_index=True)
    real = deltas.any(axis=1).to_numpy()
    return changes[real].reset_index(drop=True), deltas[real].reset_index(drop=True)


def _versions(store: Store, publication: Publication) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The orders that changed since, as they were counted and as they are now."""
    scheme, version = publication.scheme, publication.data_version
    conditions = [*scheme.measures().values()]
    conditions += [scheme.excluded] if scheme.excluded is not None else []
    needed = {name for condition in conditions for name in fields_of(condition)}
    names = list(dict.fromkeys([*ORDER_KEY, *_FACTS, *sorted(needed)]))
    covers = publication.record.body["covers"]
    first, last = (date.fromisoformat(covers[name]) for name in ("first", "last"))

    def inside(table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.or_(*(table.c[f"{c}_day"].between(first, last) for c in ("created", "closed")))

    old = orders_before
    kept = (old.c.batch <= version, old.c.superseded_by > version)
    was = store.frame(
        sa.select(*(old.c[name] for name in names), old.c.superseded_by)
        .where(*kept, inside(old))
        .order_by(old.c.superseded_by, old.c.source, old.c.order_id)
    )
    was = was.drop_duplicates(list(ORDER_KEY)).drop(columns="superseded_by")
    replaced = sa.exists().where(
        *kept, inside(old), *(old.c[key] == orders.c[key] for key in ORDER_KEY)
    )
    fresh = sa.and_(orders.c.batch > version, inside(orders))
    now = store.frame(
        sa.select(*(orders.c[name] for name in names))
        .where(sa.or_(fresh, replaced))
        .order_by(orders.c.source, orders.c.order_id)
    )
    return was, now


def _values(scheme: Scheme, period: Period, rows: pd.DataFrame) -> pd.DataFrame:
    """How often each order counts in each measure of the period: 0 or 1."""
    clocks, windows = scheme.clocks(), {f"count.{c.id}": c.window(period) for c in scheme.counts}
    out = {}
    for name, condition in scheme.measures().items():
        window, moment = windows.get(name, period), rows[f"{clocks[name]}_at"]
        inside = ((moment >= window.start) & (moment < window.end)).to_numpy(dtype=bool)
        out[name] = (inside & mask(condition, rows)).astype("int64")
    return pd.DataFrame(out)


# -- what they did ---------------------------------------------------------------------
def _points(
    before: Linear, after: Linear, changes: pd.DataFrame, deltas: pd.DataFrame
) -> pd.Series:
    """The points each changed order moved its unit's composite by."""
    out = np.zeros(len(changes))
    then, now = (
        pd.Index(linear.units).get_indexer(pd.Index(changes["unit"])) for linear in (before, after)
    )
    for j, piece in enumerate(after.pieces):
        leaf = piece.leaf
        if f"{leaf.prefix}.num.0" not in deltas:
            continue
        hits = sum(
            weight * deltas[f"{leaf.prefix}.num.{k}"].to_numpy(dtype=float)
            for k, weight in enumerate(leaf.weights)
        )
        asked = deltas.get(f"{leaf.prefix}.den", pd.Series(0, index=deltas.index)).to_numpy()
        n = np.where(now >= 0, after.n[now, j], 0)
        worth = np.where(now >= 0, after.points[now, j], 0)
        good = np.where(then >= 0, before.goodness[then, j], np.nan)
        rate = good if piece.up else 1 - good
        known = (n > 0) & ~np.isnan(rate)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (hits - np.where(piece.sampled, rate, 0.0) * asked) / n
            points = worth * step * (1 if piece.up else -1)
        out += np.where(known, points, 0.0)
    return pd.Series(out, index=changes.index)


def _adjusted(
    scheme: Scheme,
    old: pd.DataFrame,
    new: pd.DataFrame,
    changes: pd.DataFrame,
    deltas: pd.DataFrame,
) -> pd.Series:
    """The bonus and penalty points counted from orders: a cap's or line's effect is
    shared in proportion."""
    out = pd.Series(0.0, index=changes.index)
    units = changes["unit"]
    for item in scheme.adjustments:
        if item.when is None or not item.in_force:
            continue
        points = [
            pd.Series(order_points(scheme, item, frame), index=frame["unit"].astype("object"))
            for frame in (old, new)
        ]
        if item.cap is not None:
            points = [p.clip(-item.cap, item.cap) for p in points]
        moved = points[1].sub(points[0], fill_value=0.0)
        weight = deltas[f"adjust.{item.id}"].astype(float)
        if item.line is not None:
            known = old.set_index(old["unit"].astype("object"))
            share = known[f"adjust.{item.id}"] / known[f"adjust.{item.id}.base"]
            there = units.map(share.fillna(item.line)).astype(float).fillna(item.line)
            weight = weight - there * deltas[f"adjust.{item.id}.base"]
        whole = weight.groupby(units).transform("sum")
        part = (weight / whole.where(whole.abs() > EXACT)).fillna(0.0)
        out += part * units.map(moved).astype(float).fillna(0.0)
    return out


def _evidence(then: Outcome, now: Outcome) -> pd.DataFrame:
    """Points from listed evidence, then and now, where they differ."""
    sums = []
    for made in (then, now):
        lines = made.lines[made.lines["evidence"] != FROM_ORDERS]
        keys = [lines["adjustment"].astype("object"), lines["unit"].astype("object")]
        sums.append(lines["counted"].astype(float).groupby(keys).sum())
    both = pd.concat(sums, axis=1, keys=["before", "now"]).fillna(0.0)
    both["points"] = both["now"] - both["before"]
    both.index.names = ["adjustment", "unit"]
    return both[both["points"].abs() > EXACT].reset_index()


def _units(
    then: Outcome, now: Outcome, changes: pd.DataFrame, evidence: pd.DataFrame
) -> pd.DataFrame:
    out = then.units[["unit", "group", "score", "rank"]]
    later = now.units[["unit", "group", "score", "rank"]]
    later = later.set_axis(["unit", "group_now", "score_now", "rank_now"], axis="columns")
    out = out.merge(later, on="unit", how="left")
    out["difference"] = out["score_now"] - out["score"]
    same = (out["group"] == out["group_now"]).to_numpy(dtype=bool)
    out["places"] = (out["rank"] - out["rank_now"]).where(same)
    for code in CAUSES[:-2]:
        mine = changes[changes["cause"] == code].groupby("unit")["points"].sum()
        out[code] = out["unit"].map(mine).astype(float).fillna(0.0)
    listed = evidence.groupby("unit")["points"].sum()
    out[EVIDENCE_CHANGED] = out["unit"].map(listed).astype(float).fillna(0.0)
    rest = out["difference"] - out[list(CAUSES[:-1])].sum(axis=1)
    out[OTHER] = rest.where(rest.abs() > EXACT, 0.0).fillna(0.0)
    count = changes.groupby("unit").size()
    out["orders"] = out["unit"].map(count).fillna(0).astype("int64")
    return out
