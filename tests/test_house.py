"""The rules of the house (docs/architecture.md) hold, and the README says what is true."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from data.settings import Settings
from tests.test_words import ROOT, product_files
from ui.theme import DARK, FONT, LIGHT, Palette

README = ROOT / "README.md"
MODULE_LINES, PAGE_LINES = 320, 130  # "about" 300 and 120


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_modules_and_pages_stay_small() -> None:
    long = {
        relative(path): count
        for path in product_files()
        if (count := len(path.read_text(encoding="utf-8").splitlines()))
        > (PAGE_LINES if path.parent.name == "pages" else MODULE_LINES)
    }
    assert long == {}


def test_public_names_have_docstrings() -> None:
    bare = []
    for path in product_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if ast.get_docstring(tree) is None:
            bare.append(f"{relative(path)}: the module")
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ):
                bare.append(f"{relative(path)}:{node.lineno}: {node.name}")
    assert bare == []


def test_import_contracts_are_kept() -> None:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_imports_pages() -> None:
    found = []
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] == "pages" for name in names):
                found.append(relative(path))
    assert found == []


def test_product_code_names_no_outside_host() -> None:
    """Nothing can be fetched from a host that is not named anywhere."""
    url = re.compile(r"(?:https?:)?//(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
    files = [*product_files(), *(ROOT / ".streamlit").glob("*.toml")]
    for room in ("words", "data", "metrics", "ui", "static"):
        for kind in ("yaml", "css", "js", "html", "svg"):
            files.extend((ROOT / room).rglob(f"*.{kind}"))
    found = {
        f"{relative(path)}:{number}": line.strip()
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if url.search(line) and not allowed(path, line)
    }
    assert found == {}


def allowed(path: Path, line: str) -> bool:
    """A paper or rule cited in prose (docstring, comment, ``source:``) is not fetched."""
    bare = line.strip()
    if path.suffix == ".yaml":
        return bare.startswith("#") or re.match(r"-?\s*(source|basis|url)s?:", bare) is not None
    return bare.startswith("#") or (path.suffix == ".py" and in_docstring(path, bare))


def in_docstring(path: Path, line: str) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    texts = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds)]
    return any(line in text for text in texts if text)


# -- two places that must say the same ----------------------------------------------


@pytest.fixture(scope="module")
def theme() -> dict[str, object]:
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        found: dict[str, object] = tomllib.load(file)["theme"]
    return found


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_figures_and_pages_have_the_same_colours(
    palette: Palette, theme: dict[str, dict[str, object]]
) -> None:
    given = theme[palette.name]
    assert {
        "backgroundColor": palette.background,
        "secondaryBackgroundColor": palette.panel,
        "textColor": palette.text,
        "primaryColor": palette.accent,
        "greenColor": palette.good,
        "redColor": palette.bad,
        "chartCategoricalColors": list(palette.series),
    } == {
        name: given[name]
        for name in (
            "backgroundColor", "secondaryBackgroundColor", "textColor", "primaryColor",
            "greenColor", "redColor", "chartCategoricalColors",
        )
    }  # fmt: skip


def test_figures_and_pages_have_the_same_fonts(theme: dict[str, object]) -> None:
    assert theme["font"] == FONT


def test_font_files_are_there(theme: dict[str, list[dict[str, str]]]) -> None:
    for face in theme["fontFaces"]:
        assert (ROOT / face["url"].removeprefix("app/")).is_file(), face["url"]
        assert f"'{face['family']}'" in FONT


def test_streamlit_asks_nobody_outside() -> None:
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        config = tomllib.load(file)
    assert config["browser"]["gatherUsageStats"] is False
    assert config["logger"]["hideWelcomeMessage"] is True
    assert config["client"]["showErrorLinks"] is False


# -- the README -----------------------------------------------------------------------


def test_commands_of_the_readme_exist() -> None:
    text = README.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", text)) <= targets
    from cockpit import app

    known = {
        info.name or (info.callback.__name__ if info.callback else "")
        for info in app.registered_commands
    } | {group.name or "" for group in app.registered_groups}
    asked = set(re.findall(r"cockpit\.py ([a-z]+)", text))
    assert asked and asked <= {name.replace("_", "-").strip("-") for name in known}


def test_settings_of_the_readme_are_the_settings() -> None:
    text = README.read_text(encoding="utf-8")
    named = set(re.findall(r"\bCOCKPIT_([A-Z_]+)", text))
    named = {name for name in named if not name.startswith(("TEST_", "REAL_"))}
    assert named == {name.upper() for name in Settings.model_fields}


def test_links_of_the_documents_lead_somewhere() -> None:
    broken = []
    for path in [README, *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{relative(path)}: {target}")
    assert broken == []
