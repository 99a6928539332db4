"""What a record of each register holds, and what is wrong with one that cannot be kept."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from metrics.fields import EXCLUSIONS

ACTION, EVIDENCE, EXCLUSION, EVALUATION = "action", "evidence", "exclusion", "evaluation"
State = Literal["proposed", "accepted", "refused"]
LONGEST = 2000
LEVELS = 5
"""好差评 has five levels: very satisfied, satisfied, basically satisfied, dissatisfied, very dissatisfied."""


class Body(BaseModel):
    """What every record holds. ``simulated``: made up for the simulated city."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    note: str = Field(default="", max_length=LONGEST)
    simulated: bool = False

    def plain(self) -> dict[str, Any]:
        """The body as plain JSON data."""
        return self.model_dump(mode="json")


class Decided(Body):
    """A record that somebody proposes and somebody decides."""

    state: State = "proposed"
    reason: str = Field(default="", max_length=LONGEST)
    decided_by: str = Field(default="", max_length=100)
    decided_on: date | None = None

    @model_validator(mode="after")
    def _decision(self) -> Decided:
        if self.state == "refused" and not self.reason:
            raise wrong("refused_without_reason", "reason")
        if self.state == "proposed" and self.decided_on is not None:
            raise wrong("day_without_decision", "decided_on")
        return self


class Action(Decided):
    """未诉先办: something done before anybody complained.

    ``place``: an area's code or a place in words; ``category``: a path of the category
    tree; ``document``: the file that proves it.
    """

    unit: str = Field(min_length=1, max_length=200)
    what: str = Field(min_length=1, max_length=400)
    place: str = Field(default="", max_length=200)
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    category: str = Field(default="", max_length=400)
    start: date
    end: date | None = None
    document: str = Field(default="", max_length=400)

    @model_validator(mode="after")
    def _check(self) -> Action:
        if self.end is not None and self.end < self.start:
            raise wrong("end_before_start", "end")
        if (self.lon is None) != (self.lat is None):
            raise wrong("half_a_point", "lat" if self.lat is None else "lon")
        _proved(self.state, self.document, self.note)
        return self

    @property
    def day(self) -> date:
        """The day it counts on: when it was finished, else when it began."""
        return self.end or self.start


class Evidence(Decided):
    """Other evidence for a bonus or penalty. ``points``: empty = the scheme's value."""

    adjustment: str = Field(min_length=1, max_length=100)
    unit: str = Field(min_length=1, max_length=200)
    day: date
    points: float | None = None
    document: str = Field(default="", max_length=400)

    @model_validator(mode="after")
    def _check(self) -> Evidence:
        _proved(self.state, self.document, self.note)
        return self


class Exclusion(Decided):
    """Asking that an order be struck out of assessment (剔除), and the decision."""

    source: str = Field(min_length=1, max_length=200)
    order_id: str = Field(min_length=1, max_length=200)
    exclusion: str
    evidence: str = Field(default="", max_length=LONGEST)
    requested_by: str = Field(default="", max_length=200)
    day: date

    @model_validator(mode="after")
    def _check(self) -> Exclusion:
        if self.exclusion not in EXCLUSIONS:
            raise wrong("bad_choice", "exclusion", known=", ".join(EXCLUSIONS))
        if self.state == "accepted" and not self.evidence:
            raise wrong("accepted_without_evidence", "evidence")
        return self


class Evaluation(Body):
    """What one evaluator found about a unit over a span of days.

    Either ``levels`` (answers by level, best first) or ``numerator`` of ``n``.
    """

    evaluator: str = Field(min_length=1, max_length=100)
    unit: str = Field(min_length=1, max_length=200)
    start: date
    end: date
    levels: tuple[int, ...] = ()
    numerator: float | None = Field(default=None, ge=0)
    n: int | None = Field(default=None, ge=0)
    document: str = Field(default="", max_length=400)

    @model_validator(mode="after")
    def _check(self) -> Evaluation:
        if self.end < self.start:
            raise wrong("end_before_start", "end")
        if self.levels:
            if len(self.levels) != LEVELS or min(self.levels) < 0:
                raise wrong("five_levels", "levels")
            if self.numerator is not None or self.n is not None:
                raise wrong("levels_or_share", "numerator")
        elif self.numerator is None or self.n is None:
            raise wrong("levels_or_share", "n" if self.n is None else "numerator")
        elif self.numerator > self.n:
            raise wrong("more_than_all", "numerator", n=self.n)
        return self


def order_record(source: str, order_id: str) -> str:
    """The id of the one exclusion record an order can have."""
    return "x" + hashlib.sha256(f"{source}\n{order_id}".encode()).hexdigest()[:11]


KINDS: dict[str, type[Body]] = {
    ACTION: Action, EVIDENCE: Evidence, EXCLUSION: Exclusion, EVALUATION: Evaluation,
}  # fmt: skip
DECIDED = (ACTION, EVIDENCE, EXCLUSION)
"""The kinds that are proposed and decided."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing wrong with a record: a code (words ``register.fault.<code>``) about a field."""

    code: str
    field: str
    value: object = None
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Faults(ValueError):
    """A record that cannot be kept, with everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{f.field}: {f.code} {f.value!r}" for f in faults))
        self.faults = faults


def parse(kind: str, raw: Mapping[str, Any]) -> Any:
    """A record's body, checked. Raises :class:`Faults`; ``KeyError`` for an unknown kind."""
    return checked(KINDS[kind], raw)


def checked(model: type[Body], raw: Mapping[str, Any]) -> Any:
    """A body of a model, checked. Raises :class:`Faults`."""
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        raise Faults([_fault(e) for e in error.errors(include_url=False)]) from error


def read(kind: str, body: Mapping[str, Any]) -> Any:
    """The body of a record that was written before (see :func:`parse`)."""
    return parse(kind, body)


# pydantic's own codes -> ours; anything else is a bad value.
_CODES = {
    "missing": "missing", "extra_forbidden": "unknown_field", "string_too_short": "missing",
    "string_too_long": "too_long", "date_from_datetime_parsing": "bad_day",
    "date_parsing": "bad_day", "date_type": "bad_day", "date_from_datetime_inexact": "bad_day",
    "float_parsing": "bad_number", "float_type": "bad_number", "int_parsing": "bad_number",
    "int_type": "bad_number", "int_from_float": "not_whole", "literal_error": "bad_choice",
    "datetime_parsing": "bad_moment", "datetime_from_date_parsing": "bad_moment",
    "datetime_type": "bad_moment", "too_short": "missing", "too_long": "too_long",
    "greater_than_equal": "out_of_range", "less_than_equal": "out_of_range",
}  # fmt: skip
FAULTS = (
    *dict.fromkeys(_CODES.values()), "bad_value", "refused_without_reason", "day_without_decision",
    "end_before_start", "half_a_point", "accepted_without_evidence", "five_levels",
    "levels_or_share", "more_than_all", "unknown_unit", "unknown_order", "which_source", "unknown_adjustment",
    "counted_adjustment", "unknown_category", "unknown_evaluator", "twice", "bad_row",
    "missing_column", "bad_moment", "dropped_without_reason", "done_day", "done_before_made",
    "leads_and_assists", "arrived_before_called", "settled_without_arrival",
    "settled_before_arrival", "called_twice", "called_itself", "escalated_before_called",
    "city_before_district", "differs",
)  # fmt: skip
"""Every code a fault can have."""


def _fault(error: Any) -> Fault:
    loc = error["loc"]
    context = {k: str(v) for k, v in error.get("ctx", {}).items() if k not in ("error", "at")}
    code = error["type"] if error["type"] in FAULTS else _CODES.get(error["type"], "bad_value")
    names = [part for part in loc if isinstance(part, str)]
    name = str(error.get("ctx", {}).get("at", "")) or (names[-1] if names else "")
    if "calls" in names:  # which of them, for whoever knows the rows they came from
        context["place"] = next((str(part) for part in loc if isinstance(part, int)), "0")
    value = error["input"]
    if isinstance(value, Mapping):
        value = value.get(name)
    return Fault(code, name, value, context)


def wrong(code: str, at: str, **params: object) -> PydanticCustomError:
    """A fault of a record as a whole, for a model's validator: a code of :data:`FAULTS` at a field."""
    return PydanticCustomError(code, "wrong", {"at": at, **params})


def _proved(state: str, document: str, note: str) -> None:
    if state == "accepted" and not (document or note):
        raise wrong("accepted_without_evidence", "document")
