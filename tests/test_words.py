"""The two catalogues say the same things, properly, and hold every word the code asks for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml

from metrics.fields import ORDER_FIELDS
from words import LANGS, catalogue

ROOT = Path(__file__).resolve().parents[1]
WORDS = ROOT / "words"
ROOMS = ("commands", "pages", "ui", "data", "metrics", "forecasting", "dispatch", "words")
HAN = r"[\u3400-\u9fff]"

# A half-width mark that ends or opens something beside a Chinese character.
HALF_WIDTH = re.compile(
    rf"{HAN}[,;:?!]|{HAN}\.(?:\s|$|{HAN})|[,;:?!]{HAN}|\({HAN}|{HAN}\)|{HAN}[\"']|[\"']{HAN}"
    rf"|{HAN}\.\.\.|\}}[,;?!](?:\s|$|{HAN})"
)
FULL_WIDTH = re.compile(r"[，。：；？！（）、《》]")
# English sentences that name a Chinese thing by its own name.
ENGLISH_WITH_HAN = re.compile(r"^(ui\.language|import\.column)")


def product_files() -> list[Path]:
    found = [ROOT / "app.py", ROOT / "cockpit.py"]
    for room in ROOMS:
        found.extend(sorted((ROOT / room).rglob("*.py")))
    return [path for path in found if path.exists()]


def holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def without_code(sentence: str) -> str:
    """The sentence without what stands in back quotes."""
    return re.sub(r"`[^`]*`", "", sentence)


@pytest.mark.parametrize("lang", LANGS)
def test_files_are_plain_maps_of_sentences(lang: str) -> None:
    def leaves(tree: Any, place: str) -> Iterator[str]:
        if isinstance(tree, dict):
            for key, value in tree.items():
                # `no:` and `1:` are not strings to YAML; the key would be lost.
                if not isinstance(key, str):
                    yield f"{place}.{key!r}: key is not a string"
                yield from leaves(value, f"{place}.{key}")
        elif not isinstance(tree, str):
            yield f"{place}: {tree!r} is not a sentence"
        elif not tree.strip():
            yield f"{place}: empty"

    faults = [
        fault
        for path in sorted((WORDS / lang).glob("*.yaml"))
        for fault in leaves(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, path.name)
    ]
    assert faults == []


def test_both_languages_have_the_same_files() -> None:
    zh, en = ({path.name for path in (WORDS / lang).glob("*.yaml")} for lang in LANGS)
    assert zh == en


def test_both_languages_have_the_same_keys() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    assert {"only zh": sorted(zh.keys() - en.keys()), "only en": sorted(en.keys() - zh.keys())} == {
        "only zh": [],
        "only en": [],
    }


def test_both_languages_have_the_same_holes() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    differ = {
        key: (sorted(holes(zh[key])), sorted(holes(en[key])))
        for key in zh.keys() & en.keys()
        if holes(zh[key]) != holes(en[key])
    }
    assert differ == {}


def test_chinese_sentences_use_full_width_punctuation() -> None:
    faults = {
        key: sentence
        for key, sentence in catalogue("zh").items()
        if HALF_WIDTH.search(without_code(sentence))
    }
    assert faults == {}


def test_english_sentences_are_english() -> None:
    faults = {
        key: sentence
        for key, sentence in catalogue("en").items()
        if not ENGLISH_WITH_HAN.match(key)
        and (FULL_WIDTH.search(without_code(sentence)) or re.search(HAN, without_code(sentence)))
    }
    assert faults == {}


def test_every_field_and_value_has_a_label() -> None:
    wanted = {f"field.{field.name}" for field in ORDER_FIELDS}
    wanted |= {f"value.{f.name}.{value}" for f in ORDER_FIELDS for value in f.values}
    for lang in LANGS:
        assert sorted(wanted - catalogue(lang).keys()) == []


# -- words the code asks for ----------------------------------------------------


def calls_of_say() -> Iterator[tuple[str, ast.Call]]:
    """Calls that say something: ``say(…)``, ``ctx.say(…)``."""
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.attr if isinstance(node.func, ast.Attribute) else None
                name = node.func.id if isinstance(node.func, ast.Name) else name
                if name in ("say", "t"):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def pattern_of(key: ast.expr) -> str | None:
    """A literal or f-string key as a regular expression; anything else is not looked at."""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return re.escape(key.value)
    if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
        return "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
            for part in key.values
        )
    return None


def test_every_key_that_is_said_exists() -> None:
    known = catalogue("zh").keys()
    missing = []
    for place, call in calls_of_say():
        for key in (call.args[0], *branches(call.args[0])):
            pattern = pattern_of(key)
            if pattern is None or "." not in pattern:
                continue  # not a key: a progress callback may be called ``say`` too
            if not any(re.fullmatch(pattern, k) for k in known):
                missing.append(f"{place}: {ast.unparse(key)}")
    assert missing == []


def branches(key: ast.expr) -> list[ast.expr]:
    """``a if x else b`` says one of two keys."""
    return [key.body, key.orelse] if isinstance(key, ast.IfExp) else []


def test_every_key_that_stands_in_the_code_exists() -> None:
    """Keys handed around as plain strings (``no_data(ctx, "ui.no_data")``) exist too."""
    known = catalogue("zh").keys()
    families = {key.split(".", 1)[0] for key in known}
    looks_like_one = re.compile(rf"(?:{'|'.join(sorted(families))})(?:\.[a-z][a-z0-9_]*)+")
    missing = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for path in product_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and looks_like_one.fullmatch(node.value)
        and node.value not in known
        and not node.value.endswith((".json", ".yaml", ".parquet", ".csv"))
        # … or the beginning of keys that are put together.
        and not any(key.startswith(node.value) for key in known)
    ]
    assert missing == []


def test_holes_are_filled_where_they_are_said() -> None:
    zh = catalogue("zh")
    faults = []
    for place, call in calls_of_say():
        key = call.args[0]
        if not isinstance(key, ast.Constant) or key.value not in zh:
            continue
        given = {word.arg for word in call.keywords}
        if None not in given and given - {"lang"} != holes(zh[key.value]):
            faults.append(f"{place}: {key.value} has {holes(zh[key.value])}, is given {given}")
    assert faults == []


SENTENCES_OF = {
    "ImportFailure": "import.failure",
    "StoreError": "store",
    "Refused": "batch.error",
    "BatchError": "batch.error",
    "SchemeError": "scheme.error",
    "PeriodError": "period.error",
    "PublishError": "publish.error",
    "PartError": "year.error",
}
"""Exceptions that carry a code, and the family their sentence stands in."""


def test_every_raised_code_has_a_sentence() -> None:
    known = catalogue("zh").keys()
    missing = []
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            family = SENTENCES_OF.get(node.func.id)
            code = node.args[0] if node.args else None
            if family and isinstance(code, ast.Constant) and f"{family}.{code.value}" not in known:
                missing.append(f"{path.relative_to(ROOT)}:{node.lineno}: {family}.{code.value}")
    assert missing == []
