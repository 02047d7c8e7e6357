"""The form of manifests and rows (R9, R10, R37, D2, D10)."""

from __future__ import annotations

import codecs
import hashlib
import json
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from local.demo.numbers import with_check_digit
from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import BLINDER, CHILD, CLINIC, DAY, MOTHER, dose, guardian, row, subject
from vaxcert.corrections.feed.form import (
    LARGEST_MANIFEST,
    MOST_PARTS,
    MOST_ROWS,
    BadRow,
    Row,
    parse_manifest,
    parse_row,
    phone_of,
    read_number,
    registered_number,
    warnings_of,
)
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.identity.model import normalise_name

SHA = "0" * 64


def parsed(given: dict[str, Any]) -> Row | BadRow:
    return parse_row(json.dumps(given, ensure_ascii=False).encode(), DAY)


def reason(given: dict[str, Any]) -> str:
    answer = parsed(given)
    assert isinstance(answer, BadRow), answer
    return answer.reason


def manifest(**changes: Any) -> bytes:
    whole = {
        "feed_id": "archives-20260301-000001",
        "business_date": "2026-03-01",
        "sequence": 1,
        "previous_manifest_sha256": None,
        "parts": [{"key": "archives-00001.ndjson.gz", "rows": 2, "sha256": SHA}],
        "rows": 2,
    }
    return json.dumps(whole | changes).encode()


def test_what_was_judged_before_is_read_for_its_form_alone() -> None:
    twice = row(doses=[dose(), dose()])
    line = json.dumps(twice, ensure_ascii=False).encode()
    assert isinstance(parse_row(line, DAY), BadRow)
    assert parse_row(line, DAY, judged=True) == Row.model_validate_json(line)
    assert parse_row(line[:-1], DAY, judged=True) == BadRow("json_invalid:/", None)


def test_a_row_of_the_design_is_taken() -> None:
    assert isinstance(parsed(row()), Row)
    assert isinstance(parsed(row(op="merge", into="A2")), Row)
    assert isinstance(parsed(row(op="void", status="deceased", system="rabies", guardians=[], doses=[])), Row)
    assert isinstance(
        parsed(row(doses=[dose(vaccine_code="", site="left_arm", batch="b", trace_code="t")])), Row
    )


def test_relations_may_be_chinese_or_english_words_of_d7() -> None:
    assert isinstance(parsed(row(guardians=[guardian(MOTHER, "母亲"), guardian(CHILD, "father")])), Row)


def test_d15_an_unknown_relation_is_another_guardian_and_counted() -> None:
    taken = parsed(row(guardians=[guardian(MOTHER, word) for word in ("neighbour", "", "x" * 500, "爷爷")]))
    assert isinstance(taken, Row)
    assert warnings_of(taken, DAY) == {"relation_unknown": 3}
    words = [one.relation for one in ArchiveMaker(BLINDER, fake_sealer(), DAY).archives([taken])[0].guardians]
    assert words == ["other_guardian"] * 3 + ["paternal_grandfather"]


def test_d13_a_sex_that_the_number_contradicts_is_counted_and_believed() -> None:
    taken = parsed(row(sex="female"))
    assert isinstance(taken, Row)
    assert warnings_of(taken, DAY) == {"number_contradicts_sex": 1}
    archive = ArchiveMaker(BLINDER, fake_sealer(), DAY).archives([taken])[0]
    assert (archive.sex, archive.person_key) == ("female", subject(CHILD))


@pytest.mark.parametrize("phone", ["1" * 33, 10000000001, ["1"], "1\u202e2", "1\t2"])
def test_d15_a_phone_that_cannot_be_kept_is_left_out_and_counted(phone: Any) -> None:
    taken = parsed(row(phone=phone))
    assert isinstance(taken, Row)
    assert warnings_of(taken, DAY) == {"phone_left_out": 1}
    assert ArchiveMaker(BLINDER, fake_sealer(), DAY).archives([taken])[0].sealed.phone is None


def test_d10_a_number_is_shown_as_it_was_read() -> None:
    number = with_check_digit("32060020200102039")
    assert number[-1] == "X"
    good = parsed(row(id_no=f" {number.lower()}"))
    assert isinstance(good, Row)
    assert registered_number(good.person, read_number(good.person.id_no, None, DAY)) == number


HIDING = ["\x00", "\x1f", "a\tb", "a\nb", "\x7f", "\x85a", "\u2028a", "\u202e", "\u202a", "\u2066", "\u2069"]


@pytest.mark.parametrize("text", HIDING)
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("person/name", lambda text: {"name": text}),
        ("clinic/name", lambda text: {"clinic": CLINIC | {"name": text}}),
        ("clinic/code", lambda text: {"clinic": CLINIC | {"code": text}}),
        ("guardians/0/name", lambda text: {"guardians": [guardian(MOTHER) | {"name": text}]}),
        *[
            (
                f"doses/1/{name}",
                lambda text, name=name: {"doses": [dose(), dose(**{"dose_id": "d2", name: text})]},
            )
            for name in (
                "vaccine_name",
                "vaccine_code",
                "clinic_code",
                "clinic_name",
                "manufacturer",
                "batch",
            )
        ],
    ],
)
def test_d15_what_shows_otherwise_than_it_reads_makes_a_bad_row(
    text: str, escaped: bool, place: str, changes: Callable[[str], dict[str, Any]]
) -> None:
    given = row(**changes(f"张{text}三"))
    line = json.dumps(given, ensure_ascii=escaped).encode()
    assert parse_row(line, DAY) == BadRow(f"control_character:/{place}", "A1")


@pytest.mark.parametrize(
    "name",
    ["阿卜杜拉·买买提", "张\u200e三", "𠮷\U000323b0", "\ue000", "O’Neill “x”", "张　三", "張\U000e0100"],
)
def test_d15_no_letter_and_no_mark_without_effect_is_refused(name: str) -> None:
    for escaped in (True, False):
        line = json.dumps(row(name=name), ensure_ascii=escaped).encode()
        assert isinstance(parse_row(line, DAY), Row)


def test_d15_a_manifest_with_a_byte_order_mark_is_taken_and_its_hash_is_of_its_own_bytes() -> None:
    content = codecs.BOM_UTF8 + manifest().replace(b", ", b",\r\n") + b"\r\n"
    assert parse_manifest(content).sha256 == hashlib.sha256(content).hexdigest()
    with pytest.raises(FeedRefused, match="manifest_malformed"):
        parse_manifest(manifest().replace(b"{", b'{"sequence":2,', 1))


def test_letters_alone_are_never_no_name() -> None:
    """What `parse_row` does not look at any closer."""
    letters = filter(str.isalpha, map(chr, range(sys.maxunicode + 1)))
    assert all(map(normalise_name, letters))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"version": 0}, "greater_than_equal:/version"),
        ({"version": "1"}, "int_type:/version"),
        ({"version": True}, "int_type:/version"),
        ({"archive_no": ""}, "string_pattern_mismatch:/archive_no"),
        ({"archive_no": "A" * 33}, "string_pattern_mismatch:/archive_no"),
        ({"archive_no": "A1\n2"}, "string_pattern_mismatch:/archive_no"),
        ({"op": "delete"}, "literal_error:/op"),
        ({"op": "merge"}, "into_contradicts_op"),
        ({"op": "merge", "into": "A1"}, "into_contradicts_op"),
        ({"into": "A2"}, "into_contradicts_op"),
        ({"system": "dental"}, "literal_error:/system"),
        ({"recorded_at": "2026-02-28T10:00:00"}, "timezone_aware:/recorded_at"),
        ({"recorded_at": 1772000000}, "string_type:/recorded_at"),
        (
            {"recorded_at": "1772000000"},
            "string_pattern_mismatch:/recorded_at",
        ),  # a count of seconds, in quotes
        ({"recorded_at": "2026-02-28"}, "timezone_aware:/recorded_at"),
        (
            {"recorded_at": "0001-01-01T00:00:00+14:00"},
            "greater_than_equal:/recorded_at",
        ),  # no zone west of it
        ({"recorded_at": "9999-12-31T23:59:59-12:00"}, "less_than:/recorded_at"),
        ({"version": 1.0}, "int_type:/version"),
        (
            {"clinic": {"code": "1", "name": "门诊", "city": "３２０６００"}},
            "string_pattern_mismatch:/clinic/city",
        ),
        ({"birth_date": "2026-03-02"}, "birth_date_out_of_range"),
        ({"birth_date": "1869-12-31"}, "birth_date_out_of_range"),
        ({"birth_date": "2020-02-30"}, "date_parsing:/person/birth_date"),
        ({"birth_date": "1577923200"}, "date_parsing:/person/birth_date"),
        ({"birth_date": 1577923200}, "date_parsing:/person/birth_date"),
        ({"birth_date": "2020-01-02T00:00:00"}, "date_parsing:/person/birth_date"),
        ({"birth_date": "20200102"}, "date_parsing:/person/birth_date"),
        ({"name": " · "}, "name_blank"),
        ({"name": ""}, "string_too_short:/person/name"),
        ({"guardians": [guardian(MOTHER)] * 21}, "too_long:/guardians"),
        ({"doses": [dose(dose_id=f"d{number}") for number in range(301)]}, "too_long:/doses"),
        ({"doses": [dose(), dose()]}, "dose_repeated"),
        ({"doses": [dose("2026-03-02")]}, "dose_after_business_date"),
        ({"doses": [dose("2026-02-30")]}, "date_parsing:/doses/0/date"),
        ({"doses": [dose("1772000000")]}, "date_parsing:/doses/0/date"),
        ({"doses": [dose("0001-01-01")]}, "dose_before_any_birth"),
        ({"doses": [dose(dose_no="1")]}, "int_type:/doses/0/dose_no"),
        ({"doses": [dose(dose_no=True)]}, "int_type:/doses/0/dose_no"),
        ({"doses": [dose(dose_no=0)]}, "greater_than_equal:/doses/0/dose_no"),
        ({"guardians": None}, "list_type:/guardians"),
    ],
)
def test_a_row_without_its_form_is_bad(changes: dict[str, Any], expected: str) -> None:
    answer = parsed(row(**changes))
    assert isinstance(answer, BadRow)
    assert answer.reason == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_date": "1870-01-01", "id_no": None},
        {"birth_date": "2026-03-01", "id_no": None},
        {"guardians": [guardian(MOTHER)] * 20},
        {"doses": [dose(dose_id=f"d{number}") for number in range(300)]},
        {"doses": [dose("2026-03-01")]},
        {"doses": [dose("1870-01-01")]},
    ],
)
def test_a_row_at_its_limits_is_good(changes: dict[str, Any]) -> None:
    assert isinstance(parsed(row(**changes)), Row)


@pytest.mark.parametrize("text", HIDING)
def test_d15_a_number_that_shows_otherwise_than_it_reads_is_shown_to_nobody(text: str) -> None:
    good = parsed(row(id_no=f"12{text}3"))
    assert isinstance(good, Row)
    assert registered_number(good.person, read_number(good.person.id_no, None, DAY)) is None


def test_d15_a_phone_and_a_number_are_shown_as_long_as_a_field_may_be() -> None:
    for more, shown in (("", True), ("1", False)):
        number, phone = "1" * 64 + more, "1" * 32 + more
        good = parsed(row(id_no=number, birth_date="2020-01-02", phone=phone))
        assert isinstance(good, Row)
        assert phone_of(good.person) == ((phone, False) if shown else (None, True))
        assert registered_number(good.person, read_number(number, "resident", DAY)) == (
            number if shown else None
        )


def test_a_row_recorded_after_its_day_in_shanghai_is_bad_d2() -> None:
    # 15:59:59Z is the last second of the day in Shanghai, 16:00Z the first of the next
    assert isinstance(parsed(row(recorded_at="2026-03-01T15:59:59Z")), Row)
    assert reason(row(recorded_at="2026-03-01T16:00:00Z")) == "recorded_after_business_date"
    assert isinstance(parsed(row(recorded_at="2026-03-01T23:59:59+08:00")), Row)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"%s\r", None),  # CRLF: white space to JSON
        (b"\xef\xbb\xbf%s", "json_invalid:/"),
        (b"", "json_invalid:/"),
        (b"  ", "json_invalid:/"),
        (b"%s %s", "json_invalid:/"),
        (b"[%s]", "model_type:/"),
        (b"null", "model_type:/"),
        (b"[" * 100_000, "json_invalid:/"),
        (b'{"version":' + b"9" * 5000 + b"}", "json_invalid:/"),
        (b'{"archive_no":"\\ud800"}', "json_invalid:/"),
    ],
)
def test_a_line_is_one_json_object_and_nothing_else(line: bytes, expected: str | None) -> None:
    whole = line.replace(b"%s", json.dumps(row()).encode())
    answer = parse_row(whole, DAY)
    assert (answer.reason if isinstance(answer, BadRow) else None) == expected


def test_an_unknown_field_is_bad_and_not_quoted_invariant_7() -> None:
    given = row()
    given["person"][CHILD] = CHILD
    assert reason(given) == "extra_forbidden:/person"


def test_what_is_no_json_is_bad_with_the_number_if_it_can_be_read() -> None:
    assert parse_row(b'{"archive_no": not json', DAY) == BadRow("json_invalid:/", None)
    assert parse_row(b"", DAY) == BadRow("json_invalid:/", None)
    assert parse_row(b"\xff\xfe", DAY) == BadRow("json_invalid:/", None)
    assert parse_row(b'{"archive_no": "A7"}', DAY).archive_no == "A7"
    assert parse_row(b'{"archive_no": "A 7"}', DAY) == BadRow("string_pattern_mismatch:/archive_no", None)
    assert parse_row(b"[" * 100_000, DAY) == BadRow("json_invalid:/", None)


@pytest.mark.parametrize(
    ("id_no", "id_type", "fault"),
    [
        (CHILD, "resident", None),
        (CHILD, None, None),
        (None, "resident", "missing"),
        ("", "resident", "missing"),
        ("　", None, "missing"),
        (CHILD, "residence_permit", "malformed"),
        (CHILD, "passport", "malformed"),
        (CHILD, 7, "malformed"),
        (CHILD[:-1], "resident", "malformed"),
        (CHILD.translate(str.maketrans("0123456789", "０１２３４５６７８９")), "resident", "malformed"),
        (int(CHILD[:17]), "resident", "malformed"),
        (True, None, "malformed"),
        ("x" * 5000, "resident", "malformed"),
        (f"　{CHILD}\t\r\n", " resident ", None),  # D15: trimmed
        (CHILD, "", None),
        (CHILD, " ", None),
        (with_check_digit("32060020200102039").lower(), "resident", None),
        (f"{CHILD[:6]} {CHILD[6:14]} {CHILD[14:]}", "resident", "malformed"),
        (f"{CHILD[:6]}-{CHILD[6:14]}-{CHILD[14:]}", "resident", "malformed"),
    ],
)
def test_whatever_the_identity_number_is_the_row_is_taken_r9_r10(
    id_no: Any, id_type: Any, fault: str | None
) -> None:
    found = read_number(id_no, id_type, DAY)
    assert found.fault == fault
    assert (found.number is None) == (fault is not None)
    taken = parsed(row(id_no=id_no, id_type=id_type))
    assert isinstance(taken, Row)
    expected = {} if fault is None else {f"number_{fault}": 1}
    assert warnings_of(taken, DAY) == expected


def test_a_number_of_another_birth_date_is_read_and_names_nobody_d13() -> None:
    birth_date = date(2020, 1, 2)
    assert read_number(CHILD, None, DAY, birth_date).fault is None
    other = read_number(CHILD, None, DAY, date(2023, 2, 2))
    assert other.fault == "contradicts_birth"
    assert other.number == read_number(CHILD, None, DAY, birth_date).number
    taken = parsed(row(id_no=CHILD, birth_date="2023-02-02"))
    assert isinstance(taken, Row)
    assert warnings_of(taken, DAY) == {"number_contradicts_birth": 1}


def test_guardians_numbers_are_warned_of_too_r10() -> None:
    taken = parsed(row(guardians=[guardian(None), guardian("1"), guardian("2"), guardian(MOTHER)]))
    assert isinstance(taken, Row)
    assert warnings_of(taken, DAY) == {"guardian_number_missing": 1, "guardian_number_malformed": 2}


def test_a_manifest_of_the_design_is_taken() -> None:
    taken = parse_manifest(manifest())
    assert (taken.sequence, taken.business_date, taken.rows) == (1, date(2026, 3, 1), 2)
    assert [(part.index, part.name) for part in taken.parts] == [(1, "archives-00001.ndjson.gz")]
    assert parse_manifest(manifest(parts=[], rows=0)).parts == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sequence": 0}, "manifest_malformed"),
        ({"sequence": "1"}, "manifest_malformed"),
        ({"business_date": "01.03.2026"}, "manifest_malformed"),
        ({"business_date": "1772323200"}, "manifest_malformed"),
        ({"previous_manifest_sha256": SHA.upper() + "F"}, "manifest_malformed"),
        ({"note": "new field"}, "manifest_malformed"),
        ({"parts": [{"key": "../archives-00001.ndjson.gz", "rows": 2, "sha256": SHA}]}, "manifest_malformed"),
        (
            {"parts": [{"key": "2026-03-01/archives-00001.ndjson.gz", "rows": 2, "sha256": SHA}]},
            "manifest_malformed",
        ),
        ({"parts": [{"key": ".hidden", "rows": 2, "sha256": SHA}]}, "manifest_malformed"),
        ({"parts": [{"key": "archives-00001.ndjson.gz", "rows": -2, "sha256": SHA}]}, "manifest_malformed"),
        (
            {"parts": [{"key": "archives-00001.ndjson.gz", "rows": 1, "sha256": SHA}] * 2},
            "manifest_malformed",
        ),
        (
            {
                "parts": [{"key": "archives-00001.ndjson.gz", "rows": MOST_ROWS + 1, "sha256": SHA}],
                "rows": MOST_ROWS + 1,
            },
            "manifest_malformed",
        ),
        ({"rows": 3}, "rows_mismatch"),
        (
            {
                "parts": [
                    {"key": f"archives-{index:05d}.ndjson.gz", "rows": 0, "sha256": SHA}
                    for index in range(MOST_PARTS + 1)
                ],
                "rows": 0,
            },
            "manifest_malformed",
        ),
    ],
)
def test_a_manifest_without_its_form_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(FeedRefused) as refused:
        parse_manifest(manifest(**changes))
    assert refused.value.code == reason


def test_the_largest_manifest_fits_its_bound() -> None:
    parts = [{"key": f"{index:a<128d}", "rows": MOST_ROWS, "sha256": SHA} for index in range(MOST_PARTS)]
    assert len(manifest(parts=parts, rows=MOST_PARTS * MOST_ROWS)) < LARGEST_MANIFEST
