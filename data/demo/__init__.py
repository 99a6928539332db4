"""The simulated city 澜川市: made-up orders that behave like real ones, with known truths."""

from data.demo.build import build
from data.demo.city import City, city
from data.demo.truths import Truths

__all__ = ["City", "Truths", "build", "city"]
