"""What we hand out needs nothing of ours, and reads every code as the service does (ADR 0008)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import base45
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reference import offline_verifier
from reference.offline_verifier import Finding, OfflineVerifier, Pack
from tests.counts import examples
from tests.fakes.signing import key_pair
from tests.hostile import test_codes as hostile
from tests.unit.codes.test_token import CODES, KEY, MINUTE, NOW
from vaxcert.codes.model import Code, Fault
from vaxcert.codes.token import PREFIX, mangled, read, tidied, write
from vaxcert.keys import es256

OTHER = key_pair("cgx11")
BYTES = base45.b45decode(hostile.GOOD.removeprefix(PREFIX))
SCRIPT = """
import sys
before = set(sys.modules)
import offline_verifier
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))
"""


def _by_the_reference(text: str) -> Finding:
    pack = Pack(NOW, MINUTE, {KEY.kid: KEY.private.public_key()}, frozenset())
    return OfflineVerifier(pack).look(text, NOW)


def _by_the_service(text: str) -> Finding:
    found = read(text, hostile.keys, MINUTE)
    if found is Fault.MALFORMED:
        return Finding.SCANNER if mangled(text) else Finding.MALFORMED
    return Finding(str(found)) if isinstance(found, Fault) else _timely(found)


def _timely(code: Code) -> Finding:
    skew = timedelta(seconds=30)
    return Finding.GENUINE if code.issued_at - skew <= NOW < code.expires_at + skew else Finding.EXPIRED


def _changed(at: int, bit: int) -> str:
    spoiled = bytearray(BYTES)
    spoiled[at % len(spoiled)] ^= 1 << bit
    return hostile.shown(bytes(spoiled))


SPOILED = st.one_of(
    st.builds(_changed, st.integers(0, len(BYTES) - 1), st.integers(0, 7)),
    st.builds(lambda at: hostile.shown(BYTES[:at]), st.integers(0, len(BYTES))),
    st.builds(hostile.signed, st.binary(max_size=40)),
    st.builds(lambda kid: hostile.signed(kid=kid), st.binary(max_size=10)),
    st.builds(lambda protected: hostile.signed(protected=protected), st.binary(max_size=12)),
    st.builds(lambda text, at: hostile.GOOD[:at] + text, st.text(max_size=4), st.integers(0, 178)),
    st.builds(lambda front, behind: front + hostile.GOOD + behind, st.text(max_size=4), st.text(max_size=4)),
    st.text(max_size=60),
)


@settings(max_examples=examples(300))
@given(SPOILED)
@example(hostile.GOOD.translate({point: point + 0xFEE0 for point in range(0x21, 0x7F)}))
@example(hostile.shown(BYTES[:-32] + (hostile.ORDER - int.from_bytes(BYTES[-32:])).to_bytes(32)))
@example(hostile.signed(tag=17))
@example(hostile.signed(unprotected={4: b"cgx10"}))
@example(hostile.signed(key=OTHER))
@example(hostile.signed(kid=b"cgx11"))
@example(hostile.signed(bytes.fromhex("a3041b000000006a44a65c061a6a44a62007") + b"\x50" + bytes(16)))
@example(PREFIX + ":::")
def test_the_reference_and_the_service_read_every_text_alike(text: str) -> None:
    assert _by_the_reference(text) is _by_the_service(text)
    assert offline_verifier._tidied(text) == tidied(text)
    assert offline_verifier._mangled(text) == mangled(text)


@pytest.mark.parametrize("text", hostile.NOT_OURS.values(), ids=hostile.NOT_OURS.keys())
def test_what_the_service_refuses_the_reference_refuses(text: str) -> None:
    assert _by_the_reference(text) is _by_the_service(text)


@settings(max_examples=examples(200))
@given(CODES)
def test_d8_every_code_of_ours_is_genuine_to_both(code: Code) -> None:
    text = write(code, KEY)
    assert _by_the_reference(text) is Finding.GENUINE
    assert _by_the_service(text) is Finding.GENUINE


def test_its_one_number_of_the_curve_is_the_services() -> None:
    assert offline_verifier._ORDER == es256._ORDER


def test_it_runs_beside_nothing_of_ours(tmp_path: Path) -> None:
    """Copied into an empty folder, it loads the standard library and `cryptography`, and nothing else."""
    shutil.copy(offline_verifier.__file__, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env={}, check=True, capture_output=True, text=True
    )
    # The first two are parts of `cryptography`.
    assert set(done.stdout.split()) - {"_cffi_backend", "_openssl"} == {"cryptography", "offline_verifier"}
