"""What fixtures may know about the test they served."""

from __future__ import annotations

import pytest

FAILED = pytest.StashKey[bool]()
"""Whether any phase of the test has failed so far (set in the root conftest)."""
