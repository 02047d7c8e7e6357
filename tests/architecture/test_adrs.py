"""The decisions that are written down name what is there: a path in docs/adr/ exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "layers/vaxcert/python/vaxcert"
ADRS = sorted(ROOT.glob("docs/adr/*.md"))
_FILE = re.compile(r"[A-Za-z0-9_./*-]+/[A-Za-z0-9_*-]+\.(?:py|md|sh|json|yaml|toml|txt)|[a-z_]+/")
_MODULE = re.compile(r"vaxcert(?:\.[a-z0-9_]+)+")
_STARTS = (ROOT, PACKAGE.parent, PACKAGE, ROOT / "docs/adr")


@pytest.mark.parametrize("adr", ADRS, ids=lambda path: path.name)
def test_a_decision_names_paths_that_exist(adr: Path) -> None:
    quoted = re.findall(r"`([^`\n]+)`", adr.read_text("utf-8"))
    linked = re.findall(r"\]\(([^)#:]+)[^)]*\)", adr.read_text("utf-8"))
    paths = [path for path in (*quoted, *linked) if _FILE.fullmatch(path)]
    modules = [module for text in quoted for module in _MODULE.findall(text)]
    assert [path for path in paths if not any(list(start.glob(path)) for start in _STARTS)] == []
    assert [module for module in modules if not _is_there(module)] == []


def _is_there(module: str) -> bool:
    place = PACKAGE.parent.joinpath(*module.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()
