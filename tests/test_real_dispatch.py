"""Dispatch on real texts, lightly: benchmarks/dispatch.py has the whole account."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.dispatch import TEDDY, boston, labelled, scored
from tests.realdata import BOSTON_TEXT, real


@pytest.mark.real
def test_public_messages_one_fold() -> None:
    frame = labelled(real(TEDDY))
    test = np.arange(len(frame)) % 5 == 0
    got = scored(frame, np.flatnonzero(~test), np.flatnonzero(test))
    assert got.accuracy > 0.87 and got.macro_f1 > 0.86


@pytest.mark.real
def test_english_texts_are_told_apart() -> None:
    frame = boston(real(BOSTON_TEXT), 4000)
    first = np.arange(len(frame)) < 3200  # the later ones are judged
    got = scored(frame, np.flatnonzero(first), np.flatnonzero(~first))
    assert got.accuracy > 0.85
