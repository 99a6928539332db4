"""Dispatch on public messages and at size: ``python -m benchmarks.dispatch`` (make bench-dispatch).

Public messages (teddy2020_gov_messages): five folds; near-duplicates share a fold; the features, the ridge
and the calibration come from the training folds alone (the temperature from folds inside them). The ridge and
the title's weight are fixed; they were chosen on other splits of the same messages, so the second figure
chooses the title's weight anew inside each training part.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from dispatch import features as feats
from dispatch import judge
from dispatch.features import counted_both, fit
from dispatch.linear import solve
from dispatch.tree import grow, temperatures
from tests.realdata import BOSTON_TEXT, ROOT

TEDDY = "teddy2020_gov_messages/messages_labelled_rawtext_part.csv"
FOLDS, ALIKE = 5, 0.8
SEED = 2026
WEIGHTS = (0.3, 0.6, 1.0)


@dataclass(frozen=True)
class Scored:
    """What was found on held-out texts."""

    truth: list[str]
    said: list[str]
    sure: np.ndarray[Any, Any]

    @property
    def hit(self) -> np.ndarray[Any, Any]:
        """Which are right."""
        return np.array([t == s for t, s in zip(self.truth, self.said, strict=True)])

    @property
    def accuracy(self) -> float:
        """Share of hits."""
        return float(self.hit.mean())

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the classes."""
        return float(judge.macro_f1(judge.per_class(self.truth, self.said)) or 0)

    @property
    def ece(self) -> float:
        """Expected calibration error, 15 bins."""
        return float(judge.calibration_error(judge.reliability(self.sure, self.hit)) or 0)


def labelled(path: Path) -> pd.DataFrame:
    """title, content, label of the public messages."""
    frame = pd.read_csv(path)
    out = pd.DataFrame(
        {"content": frame["text"].astype(str), "label": frame["一级标签"].astype(str)}
    )
    return out.assign(title="")


def boston(path: Path, n: int) -> pd.DataFrame:
    """title, content, label of the newest Boston requests with a text, oldest first."""
    frame = pd.read_parquet(path, columns=["service_name", "description", "requested_local"])
    frame = frame.dropna(subset=["description", "service_name"])
    frame = frame[frame["description"].str.len() > 20].drop_duplicates("description")
    frame = frame.sort_values("requested_local").tail(n)
    return pd.DataFrame(
        {
            "title": "",
            "content": frame["description"].astype(str),
            "label": frame["service_name"].astype(str),
        }
    ).reset_index(drop=True)


def groups(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    """A number for every set of near-duplicates (cosine of TF-IDF of 0.8 or more, transitively)."""
    from scipy.sparse.csgraph import connected_components

    counts = counted_both(frame["title"].tolist(), frame["content"].tolist())
    x = fit(counts).weigh(counts)
    near = (x @ x.T).tocsr()
    length = 1 + feats.TITLE_WEIGHT**2
    near.data = (near.data >= ALIKE * length).astype(np.int8)
    near.eliminate_zeros()
    return np.asarray(connected_components(near, directed=False)[1])


def folds(frame: pd.DataFrame, group: np.ndarray[Any, Any], seed: int) -> np.ndarray[Any, Any]:
    """A fold for every text: whole groups, classes spread evenly."""
    rng = np.random.default_rng(seed)
    first = (
        pd.DataFrame({"group": group, "label": frame["label"]}).groupby("group")["label"].first()
    )
    fold = pd.Series(0, index=first.index)
    for _, mine in first.groupby(first):
        order = rng.permutation(mine.index.to_numpy())
        fold.loc[order] = np.arange(len(order)) % FOLDS
    return fold.loc[group].to_numpy()


def scored(
    frame: pd.DataFrame,
    learn: np.ndarray[Any, Any],
    test: np.ndarray[Any, Any],
    group: np.ndarray[Any, Any] | None = None,
) -> Scored:
    """Learn from some rows (calibrating by folds inside them), judge the others."""
    counts = counted_both(frame["title"].tolist(), frame["content"].tolist())
    paths = [(label,) for label in frame["label"]]
    inner = np.arange(len(learn)) % 4 if group is None else folds(
        frame.iloc[learn].reset_index(drop=True), group[learn], SEED + 1) % 4  # fmt: skip
    held = []
    for k in range(4):
        inside, out = learn[inner != k], learn[inner == k]
        weights = fit([c[inside] for c in counts])
        tree = grow(weights.weigh([c[inside] for c in counts]), [paths[i] for i in inside])
        held.append((tree, weights.weigh([c[out] for c in counts]), [paths[i] for i in out]))
    weights = fit([c[learn] for c in counts])
    x = weights.weigh([c[learn] for c in counts])
    tree = grow(x, [paths[i] for i in learn], sharp=temperatures(held))
    shares = tree.shares(weights.weigh([c[test] for c in counts]))
    top = shares.argmax(axis=1)
    return Scored(
        [frame["label"].iloc[i] for i in test], [tree.leaves[k][0] for k in top], shares.max(axis=1)
    )


def public(path: Path) -> None:
    """Five folds on the public messages."""
    frame = labelled(path)
    group = groups(frame)
    fold = folds(frame, group, SEED)
    parts = [
        scored(frame, np.flatnonzero(fold != k), np.flatnonzero(fold == k), group)
        for k in range(FOLDS)
    ]
    every = Scored(
        [t for p in parts for t in p.truth],
        [s for p in parts for s in p.said],
        np.concatenate([p.sure for p in parts]),
    )
    print(
        f"{len(frame):,} public messages, {len(set(group)):,} groups of near-duplicates, {FOLDS} folds"
    )
    print(
        f"  accuracy {every.accuracy:.4f} (folds {', '.join(f'{p.accuracy:.3f}' for p in parts)})"
    )
    print(f"  macro-F1 {every.macro_f1:.4f}   calibration error {every.ece:.4f}")
    for row in judge.per_class(every.truth, every.said):
        print(
            f"    {row['name']:<10} n {row['n']:>4}  precision {row['precision']:.3f}  recall {row['recall']:.3f}  F1 {row['f1']:.3f}"
        )
    for at in (0.6, 0.8, 0.9):
        above = every.sure >= at
        print(
            f"  at {at:.0%}: {1 - above.mean():.1%} left to people, accuracy above {every.hit[above].mean():.3f}"
        )


def nested(path: Path) -> None:
    """The same with the title's weight chosen anew in each training part, by folds inside it."""
    frame = labelled(path)
    counts = counted_both(frame["title"].tolist(), frame["content"].tolist())
    group = groups(frame)
    fold = folds(frame, group, SEED)
    label, names = pd.factorize(frame["label"])
    chosen, truth, said = [], [], []
    for k in range(FOLDS):
        learn, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        inner = folds(frame.iloc[learn].reset_index(drop=True), group[learn], SEED + 1)
        right = {
            w: sum(
                int(
                    (
                        _plain(counts, label, learn[inner != j], learn[inner == j], w)
                        == label[learn[inner == j]]
                    ).sum()
                )
                for j in range(3)
            )
            for w in WEIGHTS
        }
        chosen.append(max(right, key=lambda w: right[w]))
        said += [names[i] for i in _plain(counts, label, learn, test, chosen[-1])]
        truth += [names[i] for i in label[test]]
    got = Scored(truth, said, np.ones(len(truth)))
    print(
        f"  title's weight chosen inside each training part ({chosen}): accuracy {got.accuracy:.4f}, macro-F1 {got.macro_f1:.4f}"
    )


def _plain(
    counts: tuple[Any, ...],
    label: np.ndarray[Any, Any],
    learn: np.ndarray[Any, Any],
    test: np.ndarray[Any, Any],
    weight: float,
) -> np.ndarray[Any, Any]:
    made = fit([c[learn] for c in counts])
    scale = np.ones(made.size, dtype=np.float32)
    scale[len(made.kept[0]) :] = weight / feats.TITLE_WEIGHT
    x = made.weigh([c[learn] for c in counts]) @ sp.diags(scale, format="csr", dtype=np.float32)
    z = made.weigh([c[test] for c in counts]) @ sp.diags(scale, format="csr", dtype=np.float32)
    weights, intercept = solve(x.tocsr(), label[learn], int(label.max()) + 1)
    return np.asarray((z @ weights + intercept).argmax(axis=1))


def english(path: Path, n: int = 20_000) -> None:
    """Boston: learnt from the earlier four fifths, judged on the last."""
    frame = boston(path, n)
    cut = int(len(frame) * 0.8)
    got = scored(frame, np.arange(cut), np.arange(cut, len(frame)))
    print(
        f"{len(frame):,} Boston texts, {frame['label'].nunique()} services, judged on the last {len(frame) - cut:,}"
    )
    print(
        f"  accuracy {got.accuracy:.3f}, macro-F1 {got.macro_f1:.3f}, calibration error {got.ece:.3f}"
    )


def at_size(n: int) -> None:
    """Time to learn from simulated texts, and to answer one."""
    from datetime import date

    import pyarrow as pa

    from data.demo.build import plan, tables
    from data.refresh.dispatching import _TEXTS, prepared, split_of
    from dispatch.model import Model
    from dispatch.train import train

    names = ["source", "order_id", *_TEXTS, "returns", "created_at"]
    simulated = plan(n, seed=1, months=18, end=date(2026, 6, 30), effects=True)
    raw = pa.concat_tables([t.select(names) for t in tables(simulated)]).to_pandas()
    orders = prepared(raw.sort_values(["created_at", "order_id"], ignore_index=True))
    begin, cpu = time.perf_counter(), time.process_time()
    counts = counted_both(orders["title"].tolist(), orders["content"].tolist())
    x = fit(counts).weigh(counts)
    tree = grow(x, orders["path"].tolist())
    print(f"{len(orders):,} simulated texts, {len(tree.leaves)} categories")
    print(
        f"  to learn once: {time.perf_counter() - begin:.1f} s, CPU {time.process_time() - cpu:.1f} s"
    )
    del counts, x, tree
    begin, cpu = time.perf_counter(), time.process_time()
    made = train(orders, split_of(orders["created_at"]))
    print(
        f"  learnt, judged, learnt again, indexed: {time.perf_counter() - begin:.1f} s, CPU {time.process_time() - cpu:.1f} s"
    )
    found, unit = made.card["category"], made.card["unit"]
    print(
        f"  category {found['accuracy']:.4f}, macro-F1 {found['macro_f1']:.4f}, calibration error {found['ece']:.4f} (n = {made.card['n']:,})"
    )
    for way, row in unit["ways"].items():
        print(
            f"  unit by {way}: {row['hit'] / unit['n']:.4f}, among three {row['top3'] / unit['n']:.4f}"
        )
    print(
        f"  unit's calibration error {unit['ece']:.4f}; against the first dispatch: {unit['first']}"
    )
    data = made.model.to_bytes()
    model = Model.from_bytes(data)
    print(f"  stored in {len(data) / 1e6:.1f} MB, {len(model.keys):,} cases")
    spent: dict[str, list[float]] = {"answer": [], "similar": [], "spoke": []}
    for title, content in zip(orders["title"].tail(200), orders["content"].tail(200), strict=True):
        t0 = time.perf_counter()
        answer = model.answer(title, content)
        t1 = time.perf_counter()
        model.similar(title, content)
        t2 = time.perf_counter()
        model.spoke(title, content, answer.category)
        t3 = time.perf_counter()
        for name, value in zip(spent, (t1 - t0, t2 - t1, t3 - t2), strict=True):
            spent[name].append(value * 1000)
    for name, values in spent.items():
        print(
            f"  {name}: median {np.median(values):.1f} ms, 95 % below {np.quantile(values, 0.95):.1f} ms"
        )


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=200_000)
    asked = parser.parse_args()
    for file, run in ((TEDDY, public), (TEDDY, nested), (BOSTON_TEXT, english)):
        if (ROOT / file).exists():
            run(ROOT / file)
        else:
            print(f"not found: {ROOT / file} (set COCKPIT_REAL_DATA)")
    if asked.orders:
        at_size(asked.orders)


if __name__ == "__main__":
    main()
