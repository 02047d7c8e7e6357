"""Random histories of feeds against a plain fold, with the process dying anywhere (R38, invariants 1 and 6).

What the nightly sync leaves behind must be what folding all rows in order gives, and it must not matter where it was
interrupted, how often a step was repeated or how the feed was cut into parts.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.unit.corrections.fakes import Crash, Fuse
from tests.unit.corrections.samples import (
    ADULT,
    CHILD,
    FATHER,
    MOTHER,
    RULES,
    SIBLING,
    Night,
    archive_key,
    dose,
    fake_night,
    guardian,
    row,
    subject,
)
from vaxcert.archives.model import GONE, links_of
from vaxcert.claims.eligibility import eligibility_of
from vaxcert.claims.model import StatusReason, suspended
from vaxcert.corrections.run.model import PersonRef

VOID = suspended(StatusReason.ARCHIVE_VOID)
NUMBERS = ("A1", "A2", "A3", "A4")
PEOPLE = (CHILD, SIBLING, ADULT, None, "not a number")
PARENTS = (MOTHER, FATHER, None)

rows = st.builds(
    lambda archive_no, version, op, into, id_no, parents, status, born, doses, system: row(
        archive_no,
        version,
        id_no=id_no,
        guardians=[guardian(parent, "other_guardian") for parent in parents],
        status=status,
        birth_date=born,
        doses=[dose(day) for day in doses],
        system=system,
        **(
            {"op": op, "into": into}
            if op == "merge" and into != archive_no
            else {"op": op if op != "merge" else "void"}
        ),
    ),
    archive_no=st.sampled_from(NUMBERS),
    version=st.integers(2, 9),
    op=st.sampled_from(["upsert"] * 5 + ["void", "merge", "merge"]),
    into=st.sampled_from((*NUMBERS, "A9")),
    id_no=st.sampled_from(PEOPLE),
    parents=st.lists(st.sampled_from(PARENTS), max_size=2),
    status=st.sampled_from(["in_care"] * 5 + ["transferred_out", "deceased"]),
    born=st.sampled_from(["2020-01-02", "2020-01-02", "1970-05-05", "2012-02-02"]),
    doses=st.sampled_from([(), ("2026-01-05",), ("2019-01-05",)]),
    system=st.sampled_from(["child", "child", "obstetrics"]),
)
FAMILY = [row("A1"), row("A2", id_no=SIBLING, guardians=[guardian(MOTHER), guardian(FATHER, "father")])]
feeds = st.lists(st.lists(rows, max_size=7), min_size=1, max_size=5)


def fold(history: list[list[dict[str, Any]]]) -> dict[str, int]:
    """Archive number → version: the highest one ever seen."""
    versions: dict[str, int] = {}
    for feed in history:
        for entry in feed:
            versions[entry["archive_no"]] = max(versions.get(entry["archive_no"], 0), entry["version"])
    return versions


def unambiguous(history: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """One content per archive and version, as the province has it: of two equal versions, which comes first is chance."""
    seen: dict[tuple[str, int], dict[str, Any]] = {}
    return [
        [seen.setdefault((entry["archive_no"], entry["version"]), entry) for entry in feed]
        for feed in history
    ]


def play(history: list[list[dict[str, Any]]], parts: int, fuse: Fuse, *, claims: bool = True) -> Night:
    """Every feed in its night; after each, whoever may claims. A run that dies is followed by the next, an hour later."""
    night = fake_night(fuse)
    for number, feed in enumerate(history):
        night.feed(feed, parts=parts)
        for attempt in range(4):
            try:
                night.run(f"run-{number}-{attempt}")
            except Crash:
                night.clock.advance(hours=1)
                continue
            break
        if claims:
            claim_all(night, number)
    return night


def claim_all(night: Night, number: int) -> None:
    archives = night.everything()
    for record_id in sorted({archive.record_id for archive in archives}):
        if night.certificates.live([record_id]):
            continue
        own = [archive for archive in archives if archive.record_id == record_id]
        for person in (MOTHER, FATHER, CHILD, ADULT):
            if eligibility_of(own, subject(person), night.clock.now.date(), RULES):
                night.claim(record_id, subject(person), f"c{number}-{record_id[:6]}")
                break


def picture(night: Night) -> tuple[dict[str, Any], dict[str, Any]]:
    archives = {archive.key: (archive.version, archive.kin, archive.doses) for archive in night.everything()}
    certificates = {
        one.certificate_id: (one.record_id, one.person_key, one.standing, one.archive_keys, one.birth_date)
        for one in night.certificates.by_id.values()
    }
    return archives, certificates


@given(history=feeds, parts=st.integers(1, 3))
@settings(max_examples=examples(150))
def test_what_stands_is_the_fold_of_all_rows(history: list[list[dict[str, Any]]], parts: int) -> None:
    history = unambiguous(history)
    night = play(history, parts, Fuse())
    assert {archive.key: archive.version for archive in night.everything()} == {
        archive_key(number): version for number, version in fold(history).items()
    }
    content = {(e["archive_no"], e["version"]): e for feed in history for e in feed}
    for number, version in fold(history).items():
        (archive,) = night.register.archives([archive_key(number)])
        expected = content[number, version]
        assert len(archive.doses) == len(expected["doses"])
        assert (archive.status in GONE) == (expected["op"] != "upsert")
    assert sum(figures["rows"] for figures in night.runs.figures.values()) == sum(map(len, history))


@given(history=feeds, parts=st.integers(1, 3))
@settings(max_examples=examples(150))
def test_every_live_certificate_stands_where_its_archives_say_d5_invariant_1(
    history: list[list[dict[str, Any]]], parts: int
) -> None:
    night = play(unambiguous([FAMILY, *history]), parts, Fuse())
    live: list[str] = []
    for certificate in list(night.certificates.by_id.values()):
        if certificate.standing.final:
            continue
        assert night.certificates.live([certificate.record_id]) == {certificate.record_id: certificate}
        live.append(certificate.record_id)
        own = [a for a in night.everything() if a.record_id == certificate.record_id and a.status not in GONE]
        if own:
            assert certificate.archive_keys == tuple(sorted(archive.key for archive in own))
        ref = PersonRef(certificate.record_id, certificate.person_key, certificate.archive_keys[0])
        if own or certificate.standing != VOID:  # what is in the way of a void one may go later
            assert night.keeper.settle(ref) == {}  # nothing is left to do
    assert len(live) == len(set(live))
    for archive in night.everything():
        for link in links_of(archive):
            assert link in night.register.links(link.subject)


@given(history=feeds, parts=st.integers(1, 3), where=st.floats(0, 1), after=st.booleans())
@settings(max_examples=examples(250))
def test_dying_anywhere_comes_to_the_same_end_invariant_6(
    history: list[list[dict[str, Any]]], parts: int, where: float, after: bool
) -> None:
    """A family is claimed first, then the process dies at any one call of the later nights."""
    history = unambiguous([FAMILY, *history])
    first = Fuse()
    play(history[:1], parts, first)
    whole = Fuse()
    expected = picture(play(history, parts, whole))
    at = first.calls + 1 + round(where * max(0, whole.calls - first.calls - 1))
    assert picture(play(history, parts, Fuse(at, after))) == expected
