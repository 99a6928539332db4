"""Names for the arrays of this package (numpy's own types are too fine for arithmetic)."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[Any]]
Ints = np.ndarray[Any, np.dtype[Any]]
Bools = np.ndarray[Any, np.dtype[Any]]
