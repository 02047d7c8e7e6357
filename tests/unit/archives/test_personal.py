"""Personal data opens only where it was sealed for (invariant 7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.people import SEALER, an_archive
from vaxcert.archives.personal import id_no_of, name_of
from vaxcert.aws.sealing import NotSealedHere


def test_what_was_sealed_for_an_archive_opens_there() -> None:
    archive = an_archive(name="周小样")
    assert name_of(SEALER, archive) == "周小样"
    assert len(id_no_of(SEALER, archive) or "") == 18


def test_it_opens_nowhere_else() -> None:
    here, there = an_archive("1"), an_archive("2")
    with pytest.raises(NotSealedHere):
        name_of(SEALER, replace(there, sealed=here.sealed))


def test_an_archive_without_a_number_has_none_to_open() -> None:
    assert id_no_of(SEALER, an_archive(number=None)) is None
