"""Makes reference/vectors.json, which every verifier is held to: `python -m tests.unit.reference.make_vectors > reference/vectors.json`.

Signatures hold random numbers, so each run makes other texts that say the same. The keys are those of the tests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from reference.offline_verifier import SHANGHAI, to_hand_in
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from tests.fakes.signing import key_pair
from tests.unit.keys.test_rotation import LIFETIMES, START, newest
from vaxcert.codes.model import Code
from vaxcert.codes.token import PREFIX, write
from vaxcert.keys.keyset import OFFLINE
from vaxcert.keys.rotate import Rotation

NOW = START + timedelta(days=5)
MINUTE = timedelta(minutes=1)
FULL_WIDTH = {point: point + 0xFEE0 for point in range(0x21, 0x7F)} | {0x20: 0x3000}
GENUINE, SEEN, EXPIRED = "genuine but unconfirmed", "seen before", "expired"
SCANNER, MALFORMED, STALE = "malformed by the scanner's settings", "malformed", "stale"


def _code(kid: str, nonce: int, issued: datetime = NOW, lives: timedelta = MINUTE) -> str:
    nonce_bytes = bytes([nonce]) * 5
    return write(Code("c" + "a" * 13, 0, 0, nonce_bytes, issued, issued + lives), key_pair(kid))


def _cases(kid: str, other: str) -> Iterator[tuple[str, str, timedelta, str]]:
    """What it is, the text, how long after NOW it is looked at, the finding; in the order in which one device sees them."""
    first, zero = _code(kid, 1), timedelta()
    yield "a code", first, zero, GENUINE
    yield "the same again", first, zero, SEEN
    yield "the same in small letters", first.lower() + "\r\n", zero, SEEN
    yield "small letters", _code(kid, 2).lower(), zero, GENUINE
    yield "full-width", _code(kid, 3).translate(FULL_WIDTH), zero, GENUINE
    typed = _code(kid, 4).replace(":", "：").replace("$", "￥").replace(".", "。").replace("/", "、")
    yield "through an input method", typed, zero, GENUINE
    yield "a scanner's mark, GS, CR, LF", "]Q3" + _code(kid, 5) + "\x1d\r\n", zero, GENUINE
    yield "TAB behind, a mark of byte order in front", "\ufeff" + _code(kid, 6) + "\t", zero, GENUINE
    yield "another layout", _code(kid, 7).replace(":", ";", 1), zero, SCANNER
    yield "cut in half", first[:80], zero, SCANNER
    yield "its last letter is gone", first[:-1], zero, SCANNER
    yield "an address", "https://example.com/", zero, MALFORMED
    yield "nothing", "", zero, MALFORMED
    yield "a letter of the signature is another", _flipped(_code(kid, 8)), zero, "bad_signature"
    yield "a key that is not in the pack", _code(other, 9), zero, "unknown_key"
    yield "it lives too long", _code(kid, 10, lives=timedelta(minutes=2)), zero, SCANNER
    yield "29 seconds past its end", _code(kid, 11), timedelta(seconds=89), GENUINE
    yield "30 seconds past its end", _code(kid, 12), timedelta(seconds=90), EXPIRED
    yield "30 seconds before its beginning", _code(kid, 13), timedelta(seconds=-30), GENUINE
    yield "31 seconds before its beginning", _code(kid, 14, NOW + timedelta(seconds=31)), zero, EXPIRED
    yield "the pack is older than 48 hours", _code(kid, 15), timedelta(hours=48, seconds=1), STALE
    yield "junk under an old pack", "junk", timedelta(hours=48, seconds=1), STALE
    yield "the pack is of a time to come", _code(kid, 16), timedelta(seconds=-31), STALE


def _flipped(text: str) -> str:
    at = len(text) - 8
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def vectors() -> dict[str, Any]:
    """Root key, pack and cases."""
    register = FakeRegister()
    for day in range(6):
        Rotation(register, a_root(), LIFETIMES, 60, DATA_KEY_AGE).run(START + day * timedelta(days=1))
    kid = newest(register.keys("code"), NOW).kid
    cases = [
        {
            "what": what,
            "text": text,
            "at": (NOW + later).astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "finding": finding,
            "handed_in": to_hand_in(text, "ticket", NOW)["code"] if finding == GENUINE else None,
        }
        for what, text, later, finding in _cases(kid, "nobodys")
    ]
    pack = register.published[OFFLINE].body
    forged = json.loads(pack)
    forged["payload"] = (
        forged["payload"][:-2] + ("A" if forged["payload"][-2] != "A" else "B") + forged["payload"][-1]
    )
    return {
        "about": "What every offline verifier must find, in this order on one device (docs/adr/0008-offline-scans.md)",
        "root_jwk": dict(a_root().jwk),
        "pack": pack,
        "untrusted_packs": [json.dumps(forged), "{}", "", pack[:-10]],
        "prefix": PREFIX,
        "cases": cases,
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, ensure_ascii=True, indent=1)
    sys.stdout.write("\n")
