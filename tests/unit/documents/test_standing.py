"""Where documents stand after a night of corrections (D20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.fakes.papers import AS_OF, ISSUED, a_childhood
from tests.fakes.people import an_archive, dose
from vaxcert.archives.model import Archive
from vaxcert.documents.model import Document, Held, Kind, Mark, Status, content_of, document_id_of, status_of

CHILD = an_archive(doses=a_childhood())


def numbered(number: int) -> Archive:
    return replace(CHILD, key=f"a1:{number}", record_id=f"r{number}", name_key=f"n1:{number}")


def issued(archive: Archive, number: int) -> Document:
    return Document(
        document_id_of(number.to_bytes(16)),
        f"c{number}",
        Kind.RECORD,
        "zh",
        ISSUED,
        AS_OF,
        content_of([archive]),
        archive.key,
        "puh70",
        b"",
    )


def kept(archive: Archive) -> Mark:
    """What the night wrote with the archive: the check reads no more of it."""
    return Mark(archive.key, archive.record_id, True, archive.content)


def test_d20_a_thousand_corrections_supersede_a_thousand_of_ten_thousand_documents() -> None:
    """The night wrote their archives, and nothing of any document."""
    people, corrected = range(10_000), set(range(0, 10_000, 10))
    documents = [issued(numbered(number), number) for number in people]
    late = dose(date(2026, 6, 30), dose_id="late")
    told = {
        number: kept(
            replace(numbered(number), version=2, doses=(*CHILD.doses, late))
            if number in corrected
            else numbered(number)
        )
        for number in people
    }
    found = {
        number
        for number, document in zip(people, documents, strict=True)
        if status_of(document, Held(f"r{number}", (f"a1:{number}",), None), [told[number]], key_counts=True)
        is Status.SUPERSEDED
    }
    assert found == corrected


def test_d20_an_archive_held_apart_or_joined_meanwhile_counts_by_the_certificate() -> None:
    document = issued(CHILD, 1)
    held = Held(CHILD.record_id, (CHILD.key,), None)
    assert status_of(document, held, [kept(CHILD)], key_counts=True) is Status.CURRENT
    other = replace(kept(CHILD), record_id="r-other")
    assert status_of(document, held, [other], key_counts=True) is Status.SUPERSEDED
    assert status_of(document, held, [], key_counts=True) is Status.SUPERSEDED
    assert status_of(document, held, [kept(CHILD)], key_counts=False) is Status.WITHDRAWN
