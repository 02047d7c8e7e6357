"""What PyJWT is spared of at the start is there for whoever asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.paths import ROOT

_ASKS = """
import sys
from vaxcert.keys.pyjwt import PyJWK
assert "cryptography.x509.name" not in sys.modules
import cryptography.x509
assert cryptography.x509.Name.__module__ == "cryptography.x509.name"
"""

_HAS_IT = """
import sys
import cryptography.x509
has = cryptography.x509
import vaxcert.keys.pyjwt
assert sys.modules["cryptography.x509"] is has is sys.modules["cryptography"].x509
"""


@pytest.mark.parametrize("script", [_ASKS, _HAS_IT], ids=["later", "before"])
def test_x509_is_loaded_by_its_first_use_and_whole_and_once(script: str) -> None:
    """In a process of its own: in this one it may have been loaded long ago."""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT / "layers/vaxcert/python")
