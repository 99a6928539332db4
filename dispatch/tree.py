"""Categories with all their levels: one classifier at every branching, top down.

The confidence of a path is the product of the confidences along it, each calibrated on texts that the
classifier had not seen. A text may end at any level: where orders carry no finer category, "no finer
one" is a branch of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from dispatch.linear import sharpness, softmax, solve

Path = tuple[str, ...]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Array = np.ndarray[Any, Any]

LEAST = 5
"""Fewer texts than this teach nothing: the class is left out (and listed)."""
END = ""
"""The branch for texts without a finer category."""


@dataclass(frozen=True)
class Node:
    """One branching: the names of its branches, weights and intercepts (none where it has one)."""

    branches: tuple[str, ...]
    weights: Array
    intercept: Array


@dataclass(frozen=True)
class Tree:
    """Classifiers by path; ``sharp``: calibration by depth."""

    nodes: Mapping[Path, Node]
    sharp: tuple[float, ...] = ()
    leaves: tuple[Path, ...] = field(default=(), compare=False)

    def shares(self, x: sp.csr_matrix) -> Array:
        """For each text the confidence of every leaf (columns as :attr:`leaves`)."""
        out = np.zeros((x.shape[0], len(self.leaves)))
        place = {leaf: k for k, leaf in enumerate(self.leaves)}
        self._walk(x, (), np.ones(x.shape[0]), out, place)
        return out

    def _walk(
        self, x: sp.csr_matrix, path: Path, so_far: Array, out: Array, place: Mapping[Path, int]
    ) -> None:
        node = self.nodes[path]
        shares = self.branch_shares(x, path)
        for k, name in enumerate(node.branches):
            share = so_far * shares[:, k]
            below = (*path, name)
            if name != END and below in self.nodes:
                self._walk(x, below, share, out, place)
            else:
                out[:, place[path if name == END else below]] = share

    def branch_scores(self, x: sp.csr_matrix, path: Path) -> Array:
        """Scores of the branches of a node."""
        node = self.nodes[path]
        return np.asarray(x @ node.weights.astype(np.float32) + node.intercept)

    def branch_shares(self, x: sp.csr_matrix, path: Path) -> Array:
        """Calibrated confidences of the branches of a node."""
        if len(self.nodes[path].branches) == 1:
            return np.ones((x.shape[0], 1))
        return softmax(self.branch_scores(x, path), self.sharp[min(len(path), len(self.sharp) - 1)])


def grow(x: sp.csr_matrix, paths: Sequence[Path], *, sharp: Sequence[float] = ()) -> Tree:
    """A tree from texts and their categories (coarsest first). ``sharp``: calibration known
    already; else see :func:`calibrate`. Raises ``ValueError`` when there is nothing to learn from."""
    nodes: dict[Path, Node] = {}
    _grow(x, paths, np.arange(len(paths)), (), nodes)
    if not nodes:
        raise ValueError("no category has enough texts")
    depth = 1 + max(len(path) for path in nodes)
    made = tuple(sharp) or (5.0,) * depth
    return Tree(nodes, made, tuple(_leaves(nodes)))


def calibrate(tree: Tree, x: sp.csr_matrix, paths: Sequence[Path]) -> Tree:
    """The tree with the temperatures that fit texts it was not grown from."""
    return replace(tree, sharp=temperatures([(tree, x, paths)]))


def temperatures(
    folds: Sequence[tuple[Tree, sp.csr_matrix, Sequence[Path]]],
) -> tuple[float, ...]:
    """One temperature for each depth, from held-out texts of one tree or of several alike."""
    scores: dict[int, list[tuple[Array, int]]] = {}
    for tree, x, paths in folds:
        for path, node in tree.nodes.items():
            if len(node.branches) == 1:
                continue
            mine = [(i, p) for i, p in enumerate(paths) if p[: len(path)] == path]
            rows = [(i, branch(p, len(path))) for i, p in mine]
            rows = [(i, name) for i, name in rows if name in node.branches]
            if not rows:
                continue
            found = tree.branch_scores(x[[i for i, _ in rows]], path)
            scores.setdefault(len(path), []).extend(
                (found[k], node.branches.index(name)) for k, (_, name) in enumerate(rows)
            )
    depth = 1 + max((len(p) for tree, _, _ in folds for p in tree.nodes), default=0)
    out: list[float] = []
    for level in range(depth):
        found_here = scores.get(level, [])
        width = max((len(s) for s, _ in found_here), default=1)
        table = np.full((len(found_here), width), -1e3)
        for k, (s, _) in enumerate(found_here):
            table[k, : len(s)] = s
        label = np.array([y for _, y in found_here], dtype=np.int64)
        out.append(sharpness(table, label, out[-1] if out else 5.0))
    return tuple(out)


def branch(path: Path, depth: int) -> str:
    """The name of the branch that a path takes below ``depth`` levels."""
    return path[depth] if len(path) > depth else END


def _grow(
    x: sp.csr_matrix, paths: Sequence[Path], rows: Ints, path: Path, nodes: dict[Path, Node]
) -> None:
    names = np.array([branch(paths[i], len(path)) for i in rows], dtype=object)
    listed, label, count = np.unique(names, return_inverse=True, return_counts=True)
    enough = [k for k in range(len(listed)) if count[k] >= LEAST]
    if not enough or (len(enough) == 1 and listed[enough[0]] == END):
        return
    branches = tuple(str(listed[k]) for k in enough)
    renamed = np.full(len(listed), -1)
    renamed[enough] = np.arange(len(enough))
    mine = renamed[label] >= 0
    if len(branches) == 1:
        empty = np.zeros((x.shape[1], 1), dtype=np.float16)
        nodes[path] = Node(branches, empty, np.zeros(1, dtype=np.float32))
    else:
        part = x if len(rows) == x.shape[0] and mine.all() else x[rows[mine]]
        weights, intercept = solve(part, renamed[label][mine], len(branches))
        nodes[path] = Node(branches, weights.astype(np.float16), intercept)
    for name in branches:
        if name != END:
            _grow(x, paths, rows[names == name], (*path, name), nodes)


def _leaves(nodes: Mapping[Path, Node]) -> list[Path]:
    out = []
    for path, node in nodes.items():
        for name in node.branches:
            below = (*path, name)
            if name == END:
                out.append(path)
            elif below not in nodes:
                out.append(below)
    return sorted(set(out))
