"""Personal data opens only where it was sealed for (invariant 7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.people import SEALER, an_archive
from vaxcert.archives.personal import archive_no_of, id_no_of, name_of, phone_of
from vaxcert.keys.sealing import NotSealedHere


def test_what_was_sealed_for_an_archive_opens_there() -> None:
    archive = an_archive("77", name="周小样", phone="13900000001")
    assert name_of(SEALER, archive) == "周小样"
    assert len(id_no_of(SEALER, archive) or "") == 18
    assert phone_of(SEALER, archive) == "13900000001"
    assert archive_no_of(SEALER, archive) == "77"


def test_it_opens_nowhere_else() -> None:
    here, there = an_archive("1"), an_archive("2")
    with pytest.raises(NotSealedHere):
        name_of(SEALER, replace(there, sealed=here.sealed))


def test_an_archive_without_a_number_or_phone_has_none_to_open() -> None:
    assert id_no_of(SEALER, an_archive(number=None)) is None
    assert phone_of(SEALER, an_archive()) is None


def test_an_archive_of_before_its_number_was_kept_has_none_to_open() -> None:
    archive = an_archive()
    assert archive_no_of(SEALER, replace(archive, sealed=replace(archive.sealed, archive_no=None))) is None
