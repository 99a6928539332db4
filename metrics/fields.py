"""The canonical work order: every field an order can have, defined once.

The store builds its table from this list, the importers fill it, conditions are
checked against it, and the words catalogue has one label per field
(``field.<name>``) and per enumeration value (``value.<field>.<value>``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "enum", "bool", "int", "float", "time", "date"]


@dataclass(frozen=True)
class Field:
    """One field of the canonical order.

    ``computed`` fields are worked out at import (durations, days, cells, repeat
    links, flags) and are never read from a file.
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    computed: bool = False


ORDER_TYPES = (
    "demand", "complaint", "enquiry", "help", "suggestion", "report", "praise", "other",
)  # fmt: skip
STATUSES = ("open", "in_progress", "closed", "returned", "cancelled")
GRADES = ("emergency", "urgent", "ordinary", "complex")
POINT_KINDS = ("ok", "placeholder", "outside", "missing")
FOLLOWUPS = ("valid", "unreached", "refused", "invalid")
RESOLUTIONS = ("resolved", "basically_resolved", "explained", "unresolved")
SATISFACTIONS = (
    "very_satisfied", "satisfied", "basically_satisfied",
    "neutral", "dissatisfied", "very_dissatisfied",
)  # fmt: skip
EXCLUSIONS = (
    "malicious", "beyond_authority", "force_majeure", "legally_concluded", "duplicate", "other",
)  # fmt: skip

ORDER_FIELDS: tuple[Field, ...] = (
    Field("source", "text"),
    Field("order_id", "text"),
    Field("order_type", "enum", ORDER_TYPES),
    # Category, unit and place codes are the names the source recorded; the
    # dimension tables (categories, units, areas) add the other language.
    Field("category1", "text"),
    Field("category2", "text"),
    Field("category3", "text"),
    Field("tags", "text"),
    Field("title", "text"),
    Field("content", "text"),
    Field("reply", "text"),
    Field("status", "enum", STATUSES),
    Field("grade", "enum", GRADES),
    Field("channel", "text"),
    Field("district", "text"),
    Field("street", "text"),
    Field("community", "text"),
    Field("address", "text"),
    Field("lon", "float"),
    Field("lat", "float"),
    Field("unit", "text"),
    Field("first_unit", "text"),
    Field("assist_units", "text"),
    Field("enterprise", "text"),
    Field("caller_key", "text"),
    Field("created_at", "time"),
    Field("dispatched_at", "time"),
    Field("signed_at", "time"),
    Field("contacted_at", "time"),
    Field("closed_at", "time"),
    Field("followed_up_at", "time"),
    Field("due_at", "time"),
    Field("followup", "enum", FOLLOWUPS),
    Field("contacted", "bool"),
    Field("resolution", "enum", RESOLUTIONS),
    Field("satisfaction", "enum", SATISFACTIONS),
    Field("on_time", "bool"),
    Field("photo_evidence", "bool"),
    Field("returns", "int"),
    Field("redos", "int"),
    Field("extensions", "int"),
    Field("hops", "int"),
    Field("whistles", "int"),
    Field("refused", "bool"),
    Field("ledger", "bool"),
    Field("exclusion", "enum", EXCLUSIONS),
    Field("exclusion_note", "text"),
    # -- worked out at import ------------------------------------------------
    Field("created_day", "date", computed=True),
    Field("closed_day", "date", computed=True),
    Field("sign_hours", "float", computed=True),
    Field("contact_hours", "float", computed=True),
    Field("close_hours", "float", computed=True),
    Field("sign_workdays", "int", computed=True),
    Field("contact_workdays", "int", computed=True),
    Field("close_workdays", "int", computed=True),
    Field("point_kind", "enum", POINT_KINDS, computed=True),
    Field("h3_9", "int", computed=True),
    Field("place_key", "text", computed=True),
    Field("repeat_of", "text", computed=True),
    Field("repeat_days", "float", computed=True),
    Field("recurred", "bool", computed=True),
    Field("flags", "text", computed=True),
)

FIELDS: dict[str, Field] = {field.name: field for field in ORDER_FIELDS}
INPUT_FIELDS: tuple[str, ...] = tuple(f.name for f in ORDER_FIELDS if not f.computed)

CONTRADICTIONS = (
    "closed_before_created",
    "signed_before_created",
    "contacted_before_created",
    "resolved_not_contacted",
    "satisfied_not_resolved",
    "closed_without_time",
    "open_with_close_time",
    "time_in_future",
)
"""Codes that may stand in ``flags`` (``;``-separated, in this order)."""
