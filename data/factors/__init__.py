"""Outside facts by day (weather, traffic, grid events): what they are, reading files of them, what is ahead.

``catalogue``: every factor with its names, unit and range, and the drivers made of them;
``files``: reading CSV and workbooks by presets; ``taking``: into the store, whole or not at
all; ``ahead``: the weather forecast that people enter, which nothing is ever fitted on.
"""

from data.factors.catalogue import Catalogue, DriverSpec, FactorSpec, catalogue

__all__ = ["Catalogue", "DriverSpec", "FactorSpec", "catalogue"]
