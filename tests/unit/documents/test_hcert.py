"""Our export read by a reader that the EU's public test data holds to account (D20). No foreign recognition is claimed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import base45
import cbor2
import pytest

from tests.fakes.hcert_reader import Refused, Signer, read_hcert, signer_of
from tests.fakes.papers import BORN, ISSUED, KEY, a_childhood, a_subject
from tools.hcert import hcert_of

VECTORS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("dgc_vectors.json").read_text("utf-8")
)["vectors"]
GOOD = [name for name, one in VECTORS.items() if one["verifies"]]
YEAR = timedelta(days=365)
OURS = {KEY.kid.encode(): Signer(KEY.private.public_key(), ISSUED, ISSUED + 10 * YEAR)}


def at(vector: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(vector["clock"])


def signers(*names: str) -> dict[bytes, Signer]:
    return dict(signer_of(base64.b64decode(VECTORS[name]["certificate"])) for name in names)


@pytest.mark.parametrize("name", VECTORS)
def test_the_reader_says_of_the_public_vectors_what_they_expect(name: str) -> None:
    vector = VECTORS[name]
    found = read_hcert(vector["prefix"], signers(name), at(vector))
    assert isinstance(found, dict) is vector["verifies"], found
    if isinstance(found, dict):
        assert (found["nam"]["fnt"], found["dob"]) == ("MUSTERFRAU<GOESSINGER", "1998-02-26")
    else:
        assert found is {"CO5": Refused.SIGNATURE, "CO17": Refused.TIME}[name]


def test_the_reader_needs_the_signers_own_certificate() -> None:
    vector = VECTORS["CO3"]
    assert read_hcert(vector["prefix"], signers("CO18", "CO20"), at(vector)) is Refused.UNKNOWN_KEY
    ((kid, _),) = signers("CO3").items()
    (other,) = signers("CO18").values()
    assert read_hcert(vector["prefix"], {kid: other}, at(vector)) is Refused.SIGNATURE
    assert read_hcert(vector["prefix"], signers("CO3"), at(vector) + timedelta(days=90)) is Refused.TIME
    assert read_hcert(vector["prefix"], signers("CO3"), at(vector) - timedelta(days=1)) is Refused.TIME


def repacked(text: str, change: Callable[[list[Any]], None]) -> str:
    """The same certificate with its COSE parts changed."""
    message = cbor2.loads(zlib.decompress(base45.b45decode(text.removeprefix("HC1:"))))
    parts = list(message.value)
    change(parts)
    packed: bytes = base45.b45encode(zlib.compress(cbor2.dumps(cbor2.CBORTag(18, parts))))
    return f"HC1:{packed.decode()}"


def flipped(place: int, byte: int) -> Callable[[list[Any]], None]:
    def change(parts: list[Any]) -> None:
        changed = bytearray(parts[place])
        changed[byte] ^= 1
        parts[place] = bytes(changed)

    return change


def all_but_nothing(text: str) -> list[str]:
    """The text with each byte of what is signed, and of the signature, turned by a bit."""
    message = cbor2.loads(zlib.decompress(base45.b45decode(text.removeprefix("HC1:"))))
    lengths = {place: len(message.value[place]) for place in (0, 2, 3)}
    return [
        repacked(text, flipped(place, byte)) for place, length in lengths.items() for byte in range(length)
    ]


def test_the_reader_refuses_every_altered_vector() -> None:
    for name in GOOD:
        text, known, moment = VECTORS[name]["prefix"], signers(name), at(VECTORS[name])
        assert isinstance(read_hcert(repacked(text, lambda _: None), known, moment), dict), "only packed anew"
        for altered in all_but_nothing(text):
            assert isinstance(read_hcert(altered, known, moment), Refused)
    text, known, moment = VECTORS["CO3"]["prefix"], signers("CO3"), at(VECTORS["CO3"])
    for form in ("HC2:" + text[4:], text[4:], text[:-3], text + "00", "HC1:", ""):
        assert read_hcert(form, known, moment) is Refused.FORM, form[:12]


def exported(count: int = 1) -> str:
    subject = a_subject(a_childhood(22))
    return hcert_of(
        subject, subject.doses[:count], issuer="示范", issued=ISSUED, expires=ISSUED + YEAR, key=KEY
    )


def test_d20_the_same_reader_takes_our_export() -> None:
    found = read_hcert(exported(), OURS, ISSUED + timedelta(days=1))
    assert isinstance(found, dict), found
    first = a_childhood()[0]
    (dose,) = found["v"]
    assert (found["nam"], found["dob"], found["ver"]) == ({"fn": "周小样"}, BORN.isoformat(), "1.3.0")
    assert dose == {
        "tg": "HepB",
        "vp": "08",
        "mp": first.vaccine_code,
        "ma": first.manufacturer,
        "dn": 1,
        "sd": 1,
        "dt": first.date.isoformat(),
        "co": "CN",
        "is": "示范",
        "ci": f"URN:UVCI:01:CN:{first.dose_id.upper()}",
    }


def test_d20_our_export_altered_late_or_of_another_key_is_refused() -> None:
    now = ISSUED + timedelta(days=1)
    text = exported()
    for altered in all_but_nothing(text):
        assert isinstance(read_hcert(altered, OURS, now), Refused)
    assert read_hcert(text, OURS, ISSUED + 2 * YEAR) is Refused.TIME
    assert read_hcert(text, signers(*GOOD), now) is Refused.UNKNOWN_KEY


def test_a_certificate_tells_one_dose_and_a_whole_record_is_out_of_form() -> None:
    """The form has one entry a certificate: the 22 doses at once, which bench/paper.py draws, are for comparing sizes alone."""
    assert read_hcert(exported(22), OURS, ISSUED + timedelta(days=1)) is Refused.FORM
