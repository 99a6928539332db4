"""Reading scheme files: YAML with line numbers, shorthands, faults that name the line.

Shorthands inside conditions:

``{use: name}``       a condition named under ``conditions:``
``{limit: close}``    taken within the limit that applies (clock sign, contact or close)
``{limited: close}``  a limit applies and the step was taken
``{applies: close}``  a limit applies
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from metrics.conditions import All, Any_, Condition, Not, Test
from metrics.fault_reasons import value_reason, yaml_reason
from metrics.fields import FIELDS
from metrics.labels import Label
from metrics.scheme_rules import Limit, applies, in_limit, limited

Path_ = tuple[Hashable, ...]
_CONDITION_KEYS = {"condition", "denominator", "missing", "when", "base"}
_LIMIT_WORDS: dict[str, Callable[..., Condition]] = {
    "limit": in_limit,
    "limited": limited,
    "applies": applies,
}
_CLOCKS = ("sign", "contact", "close")
MOST_NODES, DEEPEST = 20_000, 60
"""A file with more, or deeper, is none that anybody wrote by hand."""
# pydantic's own codes -> ours (words: scheme.error.<code>).
_CODES = {"missing": "missing_key", "extra_forbidden": "unknown_key"}
OWN_CODES = (
    "no_numerator", "denominator", "parts_and_numerator", "limit_length", "period_rule",
    "unknown_indicator", "duplicate_id", "adjustment_line", "population_weight",
    "register_and_orders",
)  # fmt: skip


class SchemeError(ValueError):
    """A scheme that cannot be used: file, line, and a code with its parameters."""

    def __init__(
        self, code: str, *, file: str = "", line: int | None = None, **params: object
    ) -> None:
        super().__init__(f"{file}:{line or '?'}: {code} {params}")
        self.code = code
        self.file = file
        self.line = line
        self.params = params

    def label(self) -> Label:
        """The whole sentence (words: ``scheme.error``)."""
        problem = Label(f"scheme.error.{self.code}", self.params)
        if self.line is None:
            return Label("scheme.error.in_file", {"file": self.file, "problem": problem})
        where = {"file": self.file, "line": self.line, "problem": problem}
        return Label("scheme.error.at_line", where)


class SchemeFile:
    """The plain data of a YAML file, and the line of everything in it.

    ``data`` has its conditions parsed. Raises :class:`SchemeError`.
    """

    def __init__(
        self,
        path: Path | str,
        named: Mapping[str, Condition] | None = None,
        text: str | None = None,
    ) -> None:
        """A file, or a ``text`` that goes by the name ``path``."""
        self.name = Path(path).name if text is None else str(path)
        self.lines: dict[Path_, int] = {}
        self.named: dict[str, Condition] = dict(named or {})
        self.limits: list[Limit] = []
        self._nodes = 0
        self.data = self._read(Path(path), text)
        self._expand()

    def fault(self, code: str, at: Path_, **params: object) -> SchemeError:
        """An error at the line of ``at`` (or of the nearest thing around it)."""
        while at and at not in self.lines:
            at = at[:-1]
        return SchemeError(code, file=self.name, line=self.lines.get(at, 1), **params)

    def translate(self, error: ValidationError, under: Path_ = ()) -> SchemeError:
        """Our error for pydantic's first complaint."""
        first = error.errors(include_url=False)[0]
        loc = self._known(under + tuple(first["loc"]))
        key = ".".join(str(part) for part in first["loc"])
        context = dict(first.get("ctx", {}))
        if first["type"] in OWN_CODES:
            steps = str(context.pop("at", "")).split(".") if "at" in context else []
            loc = (*under, *(int(s) if s.isdigit() else s for s in steps)) if steps else loc
            return self.fault(first["type"], loc, **context)
        if first["type"] in _CODES:
            return self.fault(_CODES[first["type"]], loc, item=key)
        return self.fault(
            "bad_value", loc, item=key, value=_short(first["input"]), reason=value_reason(first)
        )

    def _known(self, loc: Path_) -> Path_:
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return loc

    # -- reading -------------------------------------------------------------
    def _read(self, path: Path, text: str | None) -> dict[str, Any]:
        try:
            loader = yaml.SafeLoader(path.read_text(encoding="utf-8") if text is None else text)
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise SchemeError("not_a_mapping", file=self.name, line=1)
            data = self._plain(loader, node, ())
        except UnicodeDecodeError as fault:
            raise SchemeError("not_utf8", file=self.name) from fault
        except yaml.MarkedYAMLError as fault:
            line = fault.problem_mark.line + 1 if fault.problem_mark else None
            raise SchemeError(
                "yaml_syntax", file=self.name, line=line, problem=yaml_reason(fault.problem or "")
            ) from fault
        except yaml.YAMLError as fault:
            problem = str(getattr(fault, "reason", None) or fault)
            raise SchemeError(
                "yaml_syntax", file=self.name, problem=yaml_reason(problem)
            ) from fault
        except RecursionError as fault:
            raise SchemeError("too_large", file=self.name) from fault
        loader.dispose()
        return dict(data)

    def _plain(self, loader: yaml.SafeLoader, node: yaml.Node, at: Path_) -> Any:
        self.lines.setdefault(at, node.start_mark.line + 1)
        self._nodes += 1
        # References to references can stand for more than any machine holds.
        if self._nodes > MOST_NODES or len(at) > DEEPEST:
            raise self.fault("too_large", at)
        if isinstance(node, yaml.MappingNode):
            out: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    raise self.fault("not_a_mapping", at)
                key = self._scalar(loader, key_node)
                here = (*at, key)
                self.lines[here] = key_node.start_mark.line + 1
                if key in out:
                    raise self.fault("duplicate_key", here, item=key)
                out[key] = self._plain(loader, value_node, here)
            return out
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(loader, item, (*at, i)) for i, item in enumerate(node.value)]
        return self._scalar(loader, node)

    def _scalar(self, loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        try:
            return loader.construct_object(node, deep=True)
        except ValueError as fault:  # a date that does not exist
            line = node.start_mark.line + 1
            value = _short(getattr(node, "value", ""))
            raise SchemeError(
                "bad_scalar", file=self.name, line=line, value=value, reason=Label("scheme.why.day")
            ) from fault

    # -- conditions ------------------------------------------------------------
    def _expand(self) -> None:
        named = self.data.pop("conditions", {})
        if not isinstance(named, dict):
            raise self.fault("not_a_mapping", ("conditions",))
        for name, tree in named.items():
            self.named[str(name)] = self.condition(tree, ("conditions", name))
        if isinstance(self.data.get("limits"), list):
            self.data["limits"] = self._walk(self.data["limits"], ("limits",))
            for i, raw in enumerate(self.data["limits"]):
                try:
                    self.limits.append(Limit.model_validate(raw))
                except ValidationError as error:
                    raise self.translate(error, ("limits", i)) from error
        rest = {k: v for k, v in self.data.items() if k != "limits" or not self.limits}
        self.data |= self._walk(rest, ())

    def _walk(self, tree: Any, at: Path_) -> Any:
        if isinstance(tree, dict):
            return {
                key: self.condition(value, (*at, key))
                if key in _CONDITION_KEYS
                else self._walk(value, (*at, key))
                for key, value in tree.items()
            }
        if isinstance(tree, list):
            return [self._walk(item, (*at, i)) for i, item in enumerate(tree)]
        return tree

    def condition(self, tree: Any, at: Path_) -> Condition:
        """A condition from plain data, shorthands resolved. Raises :class:`SchemeError`."""
        if not isinstance(tree, dict):
            raise self.fault("not_a_condition", at, value=_short(tree))
        if len(tree) == 1:
            key, value = next(iter(tree.items()))
            if key in ("all", "any") and isinstance(value, list):
                parts = tuple(self.condition(t, (*at, key, i)) for i, t in enumerate(value))
                return All(parts=parts) if key == "all" else Any_(parts=parts)
            if key == "not":
                return Not.model_validate({"not": self.condition(value, (*at, key))})
            if key == "use":
                return self._use(value, at)
            if key in _LIMIT_WORDS:
                return self._limit(key, value, at)
        if "field" not in tree:
            raise self.fault("not_a_condition", at, value=_short(tree))
        return self._test(tree, at)

    def _use(self, name: Any, at: Path_) -> Condition:
        if name not in self.named:
            raise self.fault("unknown_name", at, name=name, known=", ".join(sorted(self.named)))
        return self.named[name]

    def _limit(self, word: str, clock: Any, at: Path_) -> Condition:
        if clock not in _CLOCKS or not any(limit.clock == clock for limit in self.limits):
            known = ", ".join(sorted({limit.clock for limit in self.limits}))
            raise self.fault("unknown_limit", at, name=clock, known=known)
        return _LIMIT_WORDS[word](self.limits, clock)

    def _test(self, tree: dict[Any, Any], at: Path_) -> Condition:
        spec = FIELDS.get(str(tree["field"]))
        if spec is None:
            raise self.fault("unknown_field", (*at, "field"), field=tree["field"])
        value = tree.get("value")
        values = value if isinstance(value, list) else [value]
        if spec.kind == "enum" and value is not None:
            for wrong in (v for v in values if v not in spec.values):
                known = ", ".join(spec.values)
                raise self.fault(
                    "unknown_value", (*at, "value"), field=spec.name, value=wrong, known=known
                )
        plain = {**tree, "value": _iso(value)} if "value" in tree else tree
        try:
            return Test.model_validate(plain)
        except ValidationError as error:
            raise self.fault("bad_test", at, field=spec.name, reason=_reason(error)) from error


def _iso(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_iso(item) for item in value)
    return value.isoformat() if isinstance(value, date) else value


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _reason(error: ValidationError) -> Label | str:
    return value_reason(error.errors(include_url=False)[0])
