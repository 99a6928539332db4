"""Counts of the next 28 days and 13 weeks for a whole panel, with their own back-test.

The public face is :func:`forecast`; see docs/forecasting.md.
"""

from forecasting.daily.align import aligned
from forecasting.daily.frame import Counts, arranged, lay_out
from forecasting.daily.run import Forecast, forecast
from forecasting.daily.scores import LEVELS
from forecasting.daily.steps import DAILY, WEEKLY, Steps

__all__ = [
    "DAILY", "LEVELS", "WEEKLY", "Counts", "Forecast", "Steps", "aligned", "arranged", "forecast", "lay_out",
]  # fmt: skip
