"""Features, classifier and figures of merit against independent computations."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from dispatch import features, judge
from dispatch.grams import grams
from dispatch.linear import sharpness, softmax, solve
from dispatch.tree import calibrate, grow
from dispatch.words import words


def spans(text: str) -> set[str]:
    found = grams([text])
    return {text[a:b] for a, b in zip(found.start, found.end, strict=True)}


def test_units_pairs_and_known_words_of_both_languages() -> None:
    got = spans("电梯停运，市场监督管理局 Main St. pothole")
    assert {"电", "梯", "电梯", "停运", "管理局", "监督管理", "Main", "Main St", "pothole"} <= got
    assert "梯停运" not in got  # three characters that are no word
    assert not any("pothole" in s and "局" in s for s in got)  # not next to each other


def test_the_same_word_is_the_same_feature_wherever_it_stands() -> None:
    one, other = grams(["坏了3天 POTHOLE"]), grams(["xx", "坏了7天 pothole"])
    assert set(one.bucket) == set(other.bucket[other.row == 1])
    assert not set(grams(["漏水"], salt=1).bucket) & set(grams(["漏水"], salt=0).bucket)
    assert len(grams([]).row) == len(grams(["", "…"]).row) == 0


def test_weights_are_those_of_scikit_learn() -> None:
    texts = [
        "the lamp is out",
        "lamp out out again",
        "dark lamp post",
        "noise at night",
        "noise again",
    ]
    counts = [features.counted(texts, 0), features.counted([""] * 5, 1)]
    mine = features.fit(counts).weigh(counts)
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_df=0.5,
                             token_pattern=r"[a-z0-9]+").fit_transform(texts)  # fmt: skip
    # columns are hashed: compare all inner products
    np.testing.assert_allclose((mine @ mine.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-6)


def test_the_ridge_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    x = sp.random(120, 40, 0.2, format="csr", rng=rng).astype(np.float32)
    label = rng.integers(0, 3, 120)
    weights, intercept = solve(x, label, 3, alpha=0.7, close=1e-6, steps=200)
    y = np.where(label[:, None] == np.arange(3), 1.0, -1.0)
    wanted = Ridge(alpha=0.7, tol=1e-10).fit(x.toarray(), y)
    np.testing.assert_allclose(weights.T, wanted.coef_, atol=1e-3)
    np.testing.assert_allclose(intercept, wanted.intercept_, atol=1e-3)


def test_the_temperature_that_made_the_labels_is_found() -> None:
    rng = np.random.default_rng(5)
    scores = rng.normal(0, 1, (8000, 4))
    shares = softmax(scores, 3.0)
    label = (shares.cumsum(axis=1) < rng.random((8000, 1))).sum(axis=1)
    assert sharpness(scores, label) == pytest.approx(3.0, abs=0.2)
    assert sharpness(scores[:5], label[:5], default=4.0) == 4.0


def test_paths_may_end_early_and_confidences_add_up() -> None:
    texts = ["灯 坏 街", "灯 暗 街", "水 漏 管", "水 脏 味"] * 10
    paths = [("市政", "路灯"), ("市政", "路灯"), ("供水", "漏水"), ("供水",)] * 10
    counts = features.counted_both([""] * 40, texts)
    x = features.fit(counts).weigh(counts)
    tree = calibrate(grow(x, [*paths[:-1], ("稀少",)]), x, paths)
    shares = tree.shares(x)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert [tree.leaves[k] for k in shares[:4].argmax(axis=1)] == paths[:4]
    assert not any(leaf[0] == "稀少" for leaf in tree.leaves)  # one text teaches nothing
    with pytest.raises(ValueError, match="enough"):
        grow(x[:3], paths[:3])


def test_figures_of_merit_by_hand() -> None:
    truth, said = list("aaaabbbc"), list("aaabbbaa")
    rows = judge.per_class(truth, said)
    assert [(r["name"], r["n"], r["said"], r["hit"]) for r in rows] == [
        ("a", 4, 5, 3),
        ("b", 3, 3, 2),
        ("c", 1, 0, 0),
    ]
    assert rows[2]["precision"] is None
    assert judge.macro_f1(rows) == pytest.approx((6 / 9 + 4 / 6 + 0) / 3)
    sure, hit = np.array([0.95, 0.95, 0.55, 0.55]), np.array([True, True, True, False])
    bins = judge.reliability(sure, hit, 10)
    assert judge.calibration_error(bins) == pytest.approx(0.5 * 0.05 + 0.5 * 0.05)
    curve = judge.curve(sure, hit)
    assert (curve[0]["n"], curve[60]["n"], curve[60]["hit"], curve[96]["n"]) == (4, 2, 2, 0)


def test_words_know_their_place() -> None:
    text = "电梯停运，Main St 坏了"
    assert all(text[a:b].lower() == w for w, a, b in words(text))
    assert [w for w, *_ in words(text)][:2] == ["电梯", "停运"]
