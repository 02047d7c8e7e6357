"""The demo's feeds keep the contract, follow from the day and the seed, and name nobody real."""

import json
import re
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from local import jws
from local.demo.clinics import CLINICS, DEVICES, NANTONG_FIRST, STATIONS
from local.demo.feeds import Demo, main
from local.demo.town import Case, Person
from local.feed.form import check_row
from local.feed.writer import FeedWriter, read_rows
from vaxcert.corrections.feed import form
from vaxcert.corrections.feed.form import parse_manifest, parse_row
from vaxcert.corrections.feed.signature import FeedKey
from vaxcert.corrections.run.model import AsOf, require_next
from vaxcert.identity.model import IdType, valid_id_no

TODAY = date(2026, 11, 23)
DEMO = Demo(TODAY)
MALFORMED = {"child_number_malformed", "guardians_number_malformed"}


def test_feeds_are_consecutive_days_that_leave_room_before_today() -> None:
    days = DEMO.business_dates
    assert len(days) >= 3
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
    assert days[-1] <= TODAY - timedelta(days=90)


def test_every_row_has_the_contract_s_form_and_versions_rise_by_one() -> None:
    versions: dict[str, list[int]] = defaultdict(list)
    for sequence, day in enumerate(DEMO.business_dates, start=1):
        for each in DEMO.rows(sequence):
            check_row(each, day)
            versions[each["archive_no"]].append(each["version"])
    assert all(told == list(range(1, len(told) + 1)) for told in versions.values())
    assert all(len(number) == 18 and number.isdecimal() for number in versions)


def test_the_same_day_and_seed_give_the_same_feeds_and_others_do_not() -> None:
    key = jws.generate_jwk()

    def digests(demo: Demo) -> list[str]:
        return [feed.manifest_sha256 for feed in demo.feeds(FeedWriter(key))]

    assert digests(Demo(TODAY)) == digests(Demo(TODAY))
    assert digests(Demo(TODAY)) != digests(Demo(TODAY, seed=1))
    assert digests(Demo(TODAY)) != digests(Demo(TODAY + timedelta(days=1)))


def test_feeds_are_chained() -> None:
    feeds = list(DEMO.feeds(FeedWriter(jws.generate_jwk())))
    said = [json.loads(feed.files["manifest.json"])["previous_manifest_sha256"] for feed in feeds]
    assert said == [None, feeds[0].manifest_sha256, feeds[1].manifest_sha256]


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2027, 3, 1), date(2028, 2, 29), date(2028, 6, 3)])
def test_it_works_on_any_day(today: date) -> None:
    assert [len(feed.files) for feed in Demo(today).feeds(FeedWriter(jws.generate_jwk()))] == [5, 3, 3]


# --- nobody real ---


def test_identity_numbers_are_valid_and_fictional() -> None:
    """GB 11643 check digits hold, and no region is one that a person's number names (D10)."""
    seen: set[str] = set()
    for case in DEMO.cases:
        if case.key in MALFORMED:
            continue
        for state in case.states:
            person = state.archive.person
            numbers = [person.id_no, *(guardian.id_no for guardian in state.archive.guardians)]
            for text in filter(None, numbers):
                number = valid_id_no(text, TODAY)
                assert number is not None
                assert text[:6] in {"320600", "320200", "810000", "820000", "830000", "932999"}
                seen.add(number.id_type)
            own = valid_id_no(person.id_no, TODAY)
            if own is not None:
                assert own.sex == person.sex
                assert own.id_type == person.id_type
    assert seen == set(IdType)


def test_names_phones_and_codes_read_as_fictional() -> None:
    for sequence in (1, 2, 3):
        for each in DEMO.rows(sequence):
            people: list[Any] = [each["person"], *each["guardians"]]
            assert all(re.search("小样|示例|示范|测试", person["name"]) for person in people)
            assert all(re.fullmatch(r"142\d{8}", person["phone"]) for person in people)
            assert "示例" in each["clinic"]["name"]
            for dose in each["doses"]:
                assert dose["batch"].startswith("DEMO-")
                assert re.fullmatch(r"0000\d{16}", dose["trace_code"])


def test_clinics_and_devices() -> None:
    """At least two units in each city, and at least two with a device for each station, and a board each (D21)."""
    for city in ("320600", "320200"):
        assert sum(clinic.city == city for clinic in CLINICS) >= 2
    by_clinic: dict[str, list[str]] = defaultdict(list)
    for device in DEVICES:
        by_clinic[device.clinic_code].extend(device.stations)
    assert sorted(device.clinic_code for device in DEVICES if not device.stations) == sorted(by_clinic)
    assert sum(sorted(stations) == sorted(STATIONS) for stations in by_clinic.values()) >= 2
    assert len({device.device_id for device in DEVICES}) == len(DEVICES) >= 8


def test_neighbours_are_nobody_of_the_demo() -> None:
    told = {state.archive.archive_no for case in DEMO.cases for state in case.states}
    people_told = (person for case in DEMO.cases for person in (case.archive.person, *_parents(case)))
    numbers = {person.id_no for person in people_told}
    more = DEMO.neighbours(200, NANTONG_FIRST)
    people = [person for case in more for person in (case.archive.person, *_parents(case))]
    assert len({case.archive.archive_no for case in more} - told) == 200
    assert len({person.id_no for person in people} - numbers) == 600


def _parents(case: Case) -> list[Person]:
    return [guardian.person for guardian in case.archive.guardians]


def test_the_command_writes_directories_that_can_be_dropped(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(json.dumps(jws.generate_jwk()))
    out = tmp_path / "feeds"

    assert main(["--key-file", str(tmp_path / "key"), "--out", str(out), "--today", "2026-11-23"]) == 0

    for sequence, day in enumerate(DEMO.business_dates, start=1):
        files = {path.name: path.read_bytes() for path in (out / day.isoformat()).iterdir()}
        assert read_rows(files) == DEMO.rows(sequence)
    cast = json.loads((out / "cast.json").read_text())
    assert {entry["case"] for entry in cast} == {case.key for case in DEMO.cases}
    [story] = [entry for entry in cast if entry["case"] == "story_child"]
    assert [guardian["relation"] for guardian in story["guardians"]] == ["father", "mother"]


# --- the province's word and the product's reading of it ---


def test_the_product_takes_every_demo_row() -> None:
    for sequence, day in enumerate(DEMO.business_dates, start=1):
        for each in DEMO.rows(sequence):
            assert isinstance(parse_row(jws.compact_json(each), day), form.Row)


def test_the_product_takes_the_manifest_and_its_signature() -> None:
    key = jws.generate_jwk()
    reader = FeedKey(json.dumps(jws.public_half(key)))
    as_of = None
    for feed in DEMO.feeds(FeedWriter(key)):
        content = feed.files["manifest.json"]
        reader.verify(feed.files["manifest.json.jws"], content)
        manifest = parse_manifest(content)
        require_next(manifest, feed.business_date, as_of)
        as_of = AsOf(manifest.business_date, manifest.sequence, manifest.sha256)
