"""Pages for people: lines that fit, links that lead somewhere, an index that is whole, and names of modules that exist."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tools.paths import ROOT

GENERATED: Final = {"reference.md", "requirements.md", "texts.md"}
PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS: Final = sorted(ROOT.glob("docs/adr/0*.md"))
WRITTEN: Final = [page for page in PAGES if page.name not in GENERATED and not page.name.endswith(".zh.md")]
PACKAGES: Final = ROOT / "layers/vaxcert/python"
ROOTS: Final = (ROOT, PACKAGES, PACKAGES / "vaxcert")


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def _prose(page: Path) -> Iterator[tuple[int, str]]:
    """The lines that can be broken: not tables, not code."""
    code = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if line.startswith("```"):
            code = not code
        elif not code and not line.startswith("|"):
            yield number, line


@pytest.mark.parametrize("page", WRITTEN, ids=_id)
def test_prose_keeps_to_120_columns(page: Path) -> None:
    assert [number for number, line in _prose(page) if _width(line) > 120] == []


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [each for each in targets if "://" not in each and not (page.parent / each).exists()] == []


def test_the_index_of_decisions_is_whole() -> None:
    listed = re.findall(r"\]\((0[^)]+)\)", (ROOT / "docs/adr/README.md").read_text("utf-8"))
    assert listed == [page.name for page in DECISIONS]


@pytest.mark.parametrize("page", DECISIONS, ids=_id)
def test_a_decision_names_paths_that_exist(page: Path) -> None:
    """From the root of the repository, or from that of the package; a module by its path or its dotted name."""
    text = page.read_text("utf-8")
    paths = re.findall(r"(?<![\w/.])[a-z_]+/[\w/.-]*\w\.(?:py|md|json|yaml|sh)\b", text)
    rooms = re.findall(r"`((?:docs|tests|local|tools|reference|functions|events|bench)/[a-z_/]*)`", text)
    modules = re.findall(r"\bvaxcert(?:\.[a-z_]+)+\b", text)
    missing = [each for each in paths if not any((root / each).exists() for root in ROOTS)]
    missing += [each for each in rooms if not (ROOT / each).is_dir()]
    missing += [each for each in modules if not _is_module(PACKAGES / each.replace(".", "/"))]
    assert missing == []


def _is_module(path: Path) -> bool:
    """A module, a package, or a name in a module."""
    return path.is_dir() or path.with_suffix(".py").exists() or path.parent.with_suffix(".py").exists()
