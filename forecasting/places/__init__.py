"""Where next week: risk of every cell, its back-test, what rises or stays, points that come again.

Counts of orders by week (a block of seven days) and cell go in, frames come out. The recipe and
what it reached on real records: docs/places.md.
"""

from forecasting.places.backtest import BARS, OWN, Trial, back_test, judge
from forecasting.places.classes import area_classes, classes
from forecasting.places.patterns import PATTERNS, patterns
from forecasting.places.repeats import chains
from forecasting.places.risk import DRAWS, FEW_RECIPES, RECIPES, Levels, Recipe, choose, risk
from forecasting.places.weeks import Weeks, touching, weeks_of

__all__ = [
    "BARS",
    "DRAWS",
    "FEW_RECIPES",
    "OWN",
    "PATTERNS",
    "RECIPES",
    "Levels",
    "Recipe",
    "Trial",
    "Weeks",
    "area_classes",
    "back_test",
    "chains",
    "choose",
    "classes",
    "judge",
    "patterns",
    "risk",
    "touching",
    "weeks_of",
]  # fmt: skip
