"""The steps of a refresh, in order."""

from __future__ import annotations

from data.refresh import Step
from data.refresh.dispatching import Dispatching
from data.refresh.drivers import Drivers
from data.refresh.early_warning import EarlyWarning
from data.refresh.effects import Effects
from data.refresh.forecasts import Forecasts
from data.refresh.places import Places
from data.refresh.topics import HotTopics

STEPS: tuple[Step, ...] = (
    EarlyWarning(), Forecasts(), Places(), Drivers(), Effects(), HotTopics(), Dispatching(),
)  # fmt: skip
