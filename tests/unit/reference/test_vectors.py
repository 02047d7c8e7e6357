"""reference/vectors.json: what makers of scanners test their verifiers by, and our page its own (R28, ADR 0008)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from reference.offline_verifier import OfflineVerifier, UntrustedPack, open_pack, to_hand_in
from tests.unit.reference.make_vectors import vectors

KEPT = json.loads(Path("reference/vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("given", [KEPT, vectors()], ids=["kept", "made now"])
def test_r28_the_reference_finds_what_the_vectors_say(given: dict[str, object]) -> None:
    verifier = OfflineVerifier(open_pack(given["pack"], given["root_jwk"]))  # type: ignore[arg-type]
    for case in given["cases"]:  # type: ignore[attr-defined]
        at = datetime.fromisoformat(case["at"])
        assert verifier.look(case["text"], at) == case["finding"], case["what"]
        if case["handed_in"] is not None:
            assert to_hand_in(case["text"], "ticket", at)["code"] == case["handed_in"]


def test_r28_no_vector_was_left_out() -> None:
    assert [case["what"] for case in KEPT["cases"]] == [case["what"] for case in vectors()["cases"]]


@pytest.mark.parametrize("pack", KEPT["untrusted_packs"])
def test_r28_a_pack_of_somebody_else_is_refused(pack: str) -> None:
    with pytest.raises(UntrustedPack):
        open_pack(pack, KEPT["root_jwk"])
