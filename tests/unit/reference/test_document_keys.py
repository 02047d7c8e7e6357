"""The keys of documents as a stranger takes them: by the root's public key and by nothing else (D20)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference.document import NotOfTheRoot, main, open_keys
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from tests.fakes.papers import CHECK_URL, ISSUED, KEY, a_document
from vaxcert.documents.address import address_of
from vaxcert.keys import jws
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.keyset import DOCUMENT_KEYS_TYP, JWKS, JWKS_TYP, document_keys
from vaxcert.keys.model import DOCUMENT_KEYS, KeyRecord
from vaxcert.keys.rotate import Rotation
from vaxcert.keys.store import public_jwk

ROOT = a_root()
LIVES: Any = dict.fromkeys(("code", "session", "device"), timedelta(hours=1))


def published() -> tuple[dict[str, Any], FakeRegister]:
    """What `GET /v1/document-keys` answers on the first day, and the register behind it."""
    register = FakeRegister()
    Rotation(register, ROOT, LIVES, 60, DATA_KEY_AGE).run(ISSUED)
    return json.loads(register.published[DOCUMENT_KEYS].body), register


def test_d20_the_root_signs_the_very_keys_that_are_published() -> None:
    body, _ = published()
    assert open_keys(body["signed"], ROOT.jwk) == (body["keys"], body["killed"])


def test_d20_keys_of_ten_years_are_read_as_those_of_one_day() -> None:
    """A reader that bounds what it takes to a token's size would stop reading papers after some years."""
    jwk = KEY.private.public_key()
    kids = [f"p{number:04d}" for number in range(41)]
    records = [KeyRecord("document", kid, public_jwk(jwk, kid), b"", ISSUED) for kid in kids]
    body = json.loads(document_keys(records, ROOT, ISSUED).body)
    assert len(body["signed"]) > jws.LARGEST
    assert open_keys(body["signed"], ROOT.jwk) == (body["keys"], [])


def test_d20_a_killed_key_is_named_by_the_root_too() -> None:
    _, register = published()
    kid = register.keys("document")[0].kid
    Rotation(register, ROOT, LIVES, 60, DATA_KEY_AGE).run(ISSUED + timedelta(hours=1), kill=kid)
    body = json.loads(register.published[DOCUMENT_KEYS].body)
    keys, killed = open_keys(body["signed"], ROOT.jwk)
    assert (killed, kid in {key["kid"] for key in keys}) == ([kid], False)


def part(place: int, change: Callable[[str], str]) -> Callable[[str], str]:
    def changed(signed: str) -> str:
        parts = signed.split(".")
        parts[place] = change(parts[place])
        return ".".join(parts)

    return changed


def other_letter(text: str) -> str:
    return text[:20] + ("A" if text[20] != "A" else "B") + text[21:]


@pytest.mark.parametrize(
    "change",
    [
        part(0, other_letter),
        part(1, other_letter),
        part(2, other_letter),
        part(0, lambda text: text + "="),
        part(2, lambda text: text[:-2]),
        part(2, lambda _: ""),
        lambda _: "",
        lambda signed: signed + ".",
        lambda signed: signed.replace(".", "", 1),
    ],
)
def test_d20_what_the_root_did_not_sign_is_no_key(change: Callable[[str], str]) -> None:
    body, _ = published()
    with pytest.raises(NotOfTheRoot):
        open_keys(change(body["signed"]), ROOT.jwk)


def test_d20_another_root_and_another_statement_of_the_root_are_refused() -> None:
    body, register = published()
    claims = {"keys": body["keys"], "killed": []}
    stranger = SigningKey(ROOT.jwk["kid"], KEY.private)  # under the root's id
    codes = json.loads(register.published[JWKS].body)["signed"]
    for signed in (
        jws.sign(claims, DOCUMENT_KEYS_TYP, stranger),
        jws.sign(claims, JWKS_TYP, stranger),
        codes,
    ):
        with pytest.raises(NotOfTheRoot):
            open_keys(signed, ROOT.jwk)
    with pytest.raises(NotOfTheRoot):
        open_keys(body["signed"], public_jwk(KEY.private.public_key(), ROOT.jwk["kid"]))


def test_the_command_reads_a_paper_by_the_roots_key_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jwk = public_jwk(KEY.private.public_key(), KEY.kid)
    body = json.loads(document_keys([KeyRecord("document", KEY.kid, jwk, b"", ISSUED)], ROOT, ISSUED).body)
    # Beside the root's word stands another's: the reader that has the root's key looks at none of it.
    keys, root = tmp_path / "keys.json", tmp_path / "root.json"
    keys.write_text(json.dumps(body | {"keys": [], "killed": [KEY.kid]}), "utf-8")
    root.write_text(json.dumps(dict(ROOT.jwk)), "utf-8")
    address = address_of(CHECK_URL, a_document()[1])
    assert main([str(keys), address, str(root)]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "周小样"
    assert main([str(keys), address]) == 1
    root.write_text(json.dumps(jwk), "utf-8")
    assert main([str(keys), address, str(root)]) == 2
