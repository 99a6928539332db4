"""Why a value of a scheme file does not do, as labels: what pydantic and the YAML reader say in English only.

Words: ``scheme.why.<code>``. What is not known here is handed on as it was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics.labels import Label

_NUMBERS = (
    "float_parsing", "float_type", "int_parsing", "int_type", "int_from_float", "finite_number",
)  # fmt: skip
_BOUNDS = {
    "greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le",
}  # fmt: skip
_PLAIN = {
    **dict.fromkeys(_NUMBERS[:2] + _NUMBERS[5:], "number"),
    **dict.fromkeys(_NUMBERS[2:5], "whole_number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "yes_no"),
    **dict.fromkeys(("string_type", "string_too_short"), "text"),
    **dict.fromkeys(("date_parsing", "date_type", "date_from_datetime_parsing", "bad_moment"), "day"),
    **dict.fromkeys(("tuple_type", "list_type"), "list"),
    **dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), "mapping"),
    "too_short": "empty_list", "string_pattern_mismatch": "id", "value_needed": "value_needed",
    "one_or_many": "one_or_many",
}  # fmt: skip
_OWN = ("takes_no_value", "no_order", "needs_text", "not_fitting", "no_such_value")
_YAML = {
    "mapping values are not allowed": "mapping_values", "could not find expected ':'": "colon",
    "cannot start any token": "odd_character", "expected <block end>": "indentation",
    "unexpected end of stream": "open_quote", "expected ',' or": "open_bracket",
    "special characters are not allowed": "odd_character", "undefined alias": "alias",
    "found duplicate anchor": "alias", "could not determine a constructor": "tag",
    "but found another document": "two_documents", "expected the node content": "no_content",
}  # fmt: skip


def value_reason(error: Mapping[str, Any]) -> Label | str:
    """The reason of one of pydantic's errors (``ValidationError.errors()``)."""
    kind = str(error["type"])
    context = dict(error.get("ctx", {}))
    if kind in _PLAIN:
        return Label(f"scheme.why.{_PLAIN[kind]}")
    if kind in _BOUNDS:
        return Label(f"scheme.why.{kind}", {"bound": f"{context[_BOUNDS[kind]]:g}"})
    if kind == "literal_error":
        return Label("scheme.why.one_of", {"known": str(context["expected"]).replace("'", "")})
    if kind in _OWN:
        if "kind" in context:
            context["kind"] = Label(f"scheme.kind.{context['kind']}")
        return Label(f"scheme.why.{kind}", context)
    return str(error["msg"]).removeprefix("Value error, ")


def yaml_reason(problem: str) -> Label | str:
    """The reason of a YAML syntax error."""
    for said, code in _YAML.items():
        if said in problem:
            return Label(f"scheme.why.yaml_{code}")
    return problem
