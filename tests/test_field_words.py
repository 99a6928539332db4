"""Every field, value and contradiction has a word in both languages, and no word is left over."""

from __future__ import annotations

import pytest

from metrics.fields import CONTRADICTIONS, ORDER_FIELDS
from words import LANGS, Lang, catalogue


def _keys(lang: Lang, family: str) -> set[str]:
    return {key for key in catalogue(lang) if key.startswith(f"{family}.")}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("family", ["field", "field_note"])
def test_every_field_has_a_name_and_a_note(lang: Lang, family: str) -> None:
    assert _keys(lang, family) == {f"{family}.{field.name}" for field in ORDER_FIELDS}


@pytest.mark.parametrize("lang", LANGS)
def test_every_value_has_a_name(lang: Lang) -> None:
    wanted = {f"value.{f.name}.{value}" for f in ORDER_FIELDS for value in f.values}
    assert _keys(lang, "value") == wanted | {"value.bool.true", "value.bool.false"}


@pytest.mark.parametrize("lang", LANGS)
def test_every_contradiction_has_a_name(lang: Lang) -> None:
    assert _keys(lang, "flag") == {f"flag.{code}" for code in CONTRADICTIONS}


@pytest.mark.parametrize("lang", LANGS)
def test_values_of_a_field_can_be_told_apart(lang: Lang) -> None:
    words = catalogue(lang)
    for field in ORDER_FIELDS:
        names = [words[f"value.{field.name}.{value}"] for value in field.values]
        assert len(set(names)) == len(names)
    names = [words[f"field.{field.name}"] for field in ORDER_FIELDS]
    assert len(set(names)) == len(names)


def test_channels_are_the_same_in_both_languages() -> None:
    assert _keys("zh", "channel") == _keys("en", "channel")
