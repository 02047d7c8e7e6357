"""One table from errors to statuses, one line of text for every code (D12)."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import vaxcert
from vaxcert.errors import NotFound, Unavailable, UnsupportedMedia, VaxcertError
from vaxcert.http.messages import MESSAGES, message
from vaxcert.http.problems import problem_body, status_of
from vaxcert.wording import Language, Wording


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


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnsupportedMedia(words="form_expected"), "form_expected"),
        (UnsupportedMedia(), "unsupported_media_type"),
        (Unavailable("keys_missing"), "keys_missing"),
    ],
    ids=repr,
)
def test_a_problem_speaks_its_own_words_under_its_code(
    error: VaxcertError, words: str, language: Language
) -> None:
    """D12: one code for clients, and what a person reads may say more."""
    told = json.loads(problem_body(error, language, "r-1", Wording()))
    assert (told["title"], told["detail"]) == message(words, language, Wording())
    assert (told["code"], told["type"]) == (error.code, f"urn:vaxcert:problem:{error.code}")
    assert told["instance"] == "urn:vaxcert:request:r-1"


def test_what_is_not_there_is_told_without_the_requests_id() -> None:
    assert "instance" not in json.loads(problem_body(NotFound(), "zh", "r-1", Wording()))
