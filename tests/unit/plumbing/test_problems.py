"""One table from errors to statuses, one line of text for every code (D12)."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import vaxcert
from vaxcert.errors import VaxcertError
from vaxcert.http.messages import MESSAGES
from vaxcert.http.problems import status_of


def _kinds(root: type[VaxcertError] = VaxcertError) -> Iterator[type[VaxcertError]]:
    for module in pkgutil.walk_packages(vaxcert.__path__, "vaxcert."):
        importlib.import_module(module.name)
    pending = [root]
    while pending:
        kind = pending.pop()
        pending.extend(kind.__subclasses__())
        yield kind


# Errors of the nightly feed are told to operators in the run record, never to a caller.
KINDS = sorted(
    {kind for kind in _kinds() if not kind.__module__.startswith("vaxcert.corrections")},
    key=lambda kind: f"{kind.__module__}.{kind.__name__}",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_words(kind: type[VaxcertError]) -> None:
    assert 400 <= status_of(kind.__new__(kind)) < 600
    assert kind.code in MESSAGES
    assert kind.words is None or kind.words in MESSAGES


def test_every_code_named_in_a_raise_has_words() -> None:
    """Codes and words that are passed as text, such as `Unavailable("keys_missing")`."""
    named = re.compile(r"(?:raise \w+\(\s*|words=)\"([a-z_]+)\"")
    root = Path(vaxcert.__path__[0])
    functions = root.parents[3] / "functions"
    found = {
        code
        for folder in (root, functions)
        for path in folder.rglob("*.py")
        if "corrections" not in path.parts
        for code in named.findall(path.read_text("utf-8"))
    }
    assert found <= set(MESSAGES), found - set(MESSAGES)


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_message_is_said_in_both_languages_with_a_next_step(code: str) -> None:
    zh_title, zh_detail, en_title, en_detail = MESSAGES[code]
    assert re.search("[一-鿿]", zh_title)
    assert re.search("[一-鿿]", zh_detail)
    assert en_title.isascii()
    assert en_detail.isascii()
    assert re.fullmatch("[a-z][a-z_]+", code)
