"""Every code of the scores has its words."""

from typing import get_args

import pytest

from metrics.bonus import REASONS
from metrics.casemix import Refusal
from metrics.scheme_diff import Kind
from metrics.signals import SIGNALS
from metrics.spc import RULES, Assurance, Variation
from words import LANGS, catalogue

PATTERNS = ("recoding", "loop_pairs", "heaping", "edges")
CODES = {
    "fair.casemix.refused": get_args(Refusal),
    "fair.casemix.unit": ("own_categories",),
    "fair.variation": get_args(Variation),
    "fair.assurance": get_args(Assurance),
    "fair.rule": RULES,
    "fair.step": ("start", "composite", "adjustments", "score"),
    "fair.cause": ("yes", "no", "late", "not_recorded", "value"),
    "fair.bonus.reason": REASONS,
    "fair.year.reason": ("no_result", "few_months", "barred"),
    "fair.difference": get_args(Kind),
    "fair.scan": ("few", "few_peers", "own_categories", "not_counted", "no_data"),
    "fair.silent": ("no_population", "few_peers"),
    "fair.stage": ("closed", "followed_up", "valid", "resolved", "satisfied", "gap"),
    **{f"fair.signal.{name}": ("name", "definition", "cannot") for name in (*SIGNALS, *PATTERNS)},
}


@pytest.mark.parametrize("lang", LANGS)
def test_every_code_has_words(lang: str) -> None:
    wanted = {f"{family}.{code}" for family, codes in CODES.items() for code in codes}
    assert sorted(wanted - catalogue(lang).keys()) == []


def test_no_words_without_a_signal() -> None:
    said = {key.split(".")[2] for key in catalogue("en") if key.startswith("fair.signal.")}
    assert said == {*SIGNALS, *PATTERNS}
