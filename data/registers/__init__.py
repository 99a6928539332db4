"""The registers behind scores: proactive actions, other evidence, exclusions, evaluations.

``models``: what a record of each kind holds; ``columns`` and ``files``: reading them from
CSV and workbooks; ``saving``: writing them, decisions taking effect in the same transaction.
"""

from data.registers.act import TASK, WHISTLE
from data.registers.models import (
    ACTION,
    DECIDED,
    EVALUATION,
    EVIDENCE,
    EXCLUSION,
    KINDS,
    Action,
    Evaluation,
    Evidence,
    Exclusion,
    Fault,
    Faults,
    parse,
    read,
)

__all__ = [
    "ACTION",
    "DECIDED",
    "EVALUATION",
    "EVIDENCE",
    "EXCLUSION",
    "KINDS",
    "TASK",
    "WHISTLE",
    "Action",
    "Evaluation",
    "Evidence",
    "Exclusion",
    "Fault",
    "Faults",
    "parse",
    "read",
]
