"""The demo shows every case that requirements.md tells apart."""

from datetime import date, timedelta

import pytest

from local.demo.feeds import Demo
from local.demo.schedule import add_months
from local.feed.form import DoseRow, Row
from vaxcert.archives.model import Dose, Sex
from vaxcert.identity.model import normalise_name, valid_id_no
from vaxcert.programme.due import plan

TODAY = date(2026, 11, 23)
DEMO = Demo(TODAY)


def row(key: str, sequence: int = 1) -> Row:
    """What feed number `sequence` says in the case."""
    number = DEMO.case(key).archive.archive_no
    [found] = [row for row in DEMO.rows(sequence) if row["archive_no"] == number]
    return found


@pytest.mark.parametrize("born", ["2016-12-31", "2017-01-01", "2017-01-02"])
def test_children_around_the_cut_off(born: str) -> None:
    """R6, D1."""
    assert row(f"born_{born.replace('-', '_')}")["person"]["birth_date"] == born


@pytest.mark.parametrize("day", ["2020-11-30", "2020-12-01", "2020-12-02"])
def test_adults_around_the_cut_off(day: str) -> None:
    """R7, D1."""
    assert [dose["date"] for dose in row(f"dose_{day.replace('-', '_')}")["doses"]] == [day]


def test_an_adult_without_a_dose() -> None:
    assert row("adult_without_dose")["doses"] == []


def test_neither_child_nor_adult() -> None:
    """D3; and a girl of 13 has had HPV."""
    told = row("neither_child_nor_adult")
    born = date.fromisoformat(told["person"]["birth_date"])
    assert born < date(2017, 1, 1)
    assert add_months(born, 18 * 12) > TODAY
    assert [dose["dose_no"] for dose in told["doses"] if "乳头瘤" in dose["vaccine_name"]] == [1, 2]


def test_just_at_and_just_under_eighteen() -> None:
    """D6, and both would do for R7 otherwise."""
    eighteen = add_months(TODAY, -18 * 12)
    assert row("turns_18_today")["person"]["birth_date"] == eighteen.isoformat()
    assert row("turns_18_tomorrow")["person"]["birth_date"] == (eighteen + timedelta(days=1)).isoformat()
    for key in ("turns_18_today", "turns_18_tomorrow"):
        assert row(key)["doses"][-1]["date"] >= "2020-12-01"


def test_a_newborn_moves_from_obstetrics_to_a_child_clinic() -> None:
    """R41, R42."""
    before, after = row("newborn"), row("newborn", 3)
    assert (before["system"], after["system"]) == ("obstetrics", "child")
    assert before["archive_no"] == after["archive_no"]
    assert before["clinic"]["code"] != after["clinic"]["code"]


def test_numbers_that_are_missing_or_malformed() -> None:
    """R9, R10."""
    assert "id_no" not in row("child_without_number")["person"]
    assert valid_id_no(row("child_number_malformed")["person"]["id_no"], TODAY) is None
    assert not any("id_no" in guardian for guardian in row("guardians_without_number")["guardians"])
    for guardian in row("guardians_number_malformed")["guardians"]:
        assert valid_id_no(guardian["id_no"], TODAY) is None


@pytest.mark.parametrize("key", ["child_number_corrected", "adult_number_corrected"])
def test_a_wrong_own_number_is_corrected_by_the_second_feed(key: str) -> None:
    """R9, R38."""
    before, after = row(key)["person"]["id_no"], row(key, 2)["person"]["id_no"]
    assert before != after == DEMO.case(key).archive.person.id_no


def test_wrong_guardian_numbers_are_corrected_by_the_second_feed() -> None:
    """R10, R38."""
    before, after = row("guardian_number_corrected"), row("guardian_number_corrected", 2)
    assert before["person"] == after["person"]
    numbers = [{guardian["id_no"] for guardian in told["guardians"]} for told in (before, after)]
    assert not numbers[0] & numbers[1]


def test_the_story_s_correction_changes_one_dose() -> None:
    """R37, R38."""
    before, after = row("story_child")["doses"], row("story_child", 2)["doses"]
    [(old, new)] = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert (old["vaccine_name"], old["dose_no"]) == ("麻腮风疫苗", 1)
    assert old["dose_id"] == new["dose_id"]
    assert (old["date"], old["batch"]) != (new["date"], new["batch"])


def test_doses_of_another_province_are_backfilled() -> None:
    """R33."""
    before, after = row("backfill")["doses"], row("backfill", 2)["doses"]
    known = {dose["dose_id"] for dose in before}
    added = [dose for dose in after if dose["dose_id"] not in known]
    assert len(added) >= 3
    assert {dose["origin"] for dose in added} == {"other_province"}
    assert {dose["origin"] for dose in before} == {"local"}


def test_a_newcomer_is_registered_later() -> None:
    """R40."""
    number = DEMO.case("newcomer").archive.archive_no
    assert number not in {each["archive_no"] for each in DEMO.rows(1)}
    assert {dose["origin"] for dose in row("newcomer", 2)["doses"]} == {"other_province"}


def test_twins_share_birth_and_parents() -> None:
    elder, younger = row("twin_elder"), row("twin_younger")
    assert elder["person"]["birth_date"] == younger["person"]["birth_date"]
    assert elder["person"]["id_no"] != younger["person"]["id_no"]
    assert elder["guardians"] == younger["guardians"]


def _dose(told: DoseRow) -> Dose:
    return Dose(
        dose_id=told["dose_id"],
        vaccine_code=told["vaccine_code"],
        vaccine_name=told["vaccine_name"],
        dose_no=told["dose_no"],
        date=date.fromisoformat(told["date"]),
        clinic_code=told["clinic_code"],
        origin=told["origin"],
    )


@pytest.mark.parametrize("today", [TODAY, date(2026, 2, 28), date(2028, 2, 29), date(2027, 8, 31)])
def test_a_parent_of_three_has_one_waiting_and_two_due(today: date) -> None:
    """R16, D19: the twins are born on one day and differ in name and number."""
    demo = Demo(today)
    first = {each["archive_no"]: each for each in demo.rows(1)}
    told = [
        first[demo.case(f"three_{key}").archive.archive_no]
        for key in ("eldest", "twin_elder", "twin_younger")
    ]
    eldest, elder, younger = (
        plan(
            date.fromisoformat(each["person"]["birth_date"]),
            Sex(each["person"]["sex"]),
            [_dose(dose) for dose in each["doses"]],
            today,
        )
        for each in told
    )
    assert eldest.due
    assert (elder.due, elder.missing) == ((), ())
    assert elder.next
    assert [(due.vaccine.key, due.dose_no) for due in younger.due] == [("JE-L", 2)]
    assert told[1]["person"]["birth_date"] == told[2]["person"]["birth_date"]
    assert (
        len({each["person"]["name"] for each in told}) == len({each["person"]["id_no"] for each in told}) == 3
    )
    assert told[0]["guardians"] == told[1]["guardians"] == told[2]["guardians"]


def test_two_guardians_and_a_guardian_removed() -> None:
    """R20, D5."""
    assert [guardian["relation"] for guardian in row("two_guardians")["guardians"]] == ["father", "mother"]
    assert [guardian["relation"] for guardian in row("guardian_removed", 3)["guardians"]] == ["mother"]


def test_rabies_doses_stand_in_their_own_system() -> None:
    """R43–R45."""
    only = row("rabies_only")
    assert only["system"] == "rabies"
    assert only["person"]["id_no"] not in {
        each["person"].get("id_no") for each in DEMO.rows(1) if each["system"] != "rabies"
    }
    for key in ("adult", "child"):
        rabies, other = row(f"rabies_of_{key}"), row(f"rabies_and_{key}")
        assert rabies["system"] == "rabies"
        assert other["system"] == key
        assert rabies["person"]["id_no"] == other["person"]["id_no"]
        assert rabies["archive_no"] != other["archive_no"]


def test_one_person_with_a_child_s_and_an_adult_s_archive() -> None:
    child, adult = row("grown_child_archive"), row("grown_adult_archive")
    assert child["person"] == adult["person"]
    assert (child["system"], adult["system"]) == ("child", "adult")


def test_out_of_care() -> None:
    """R8, R39."""
    assert row("transferred_out")["status"] == "transferred_out"
    assert row("deceased")["status"] == "deceased"
    for key in ("city_not_pilot", "adult_not_pilot"):
        assert row(key)["clinic"]["city"] not in {"320600", "320200"}


def test_a_duplicate_is_merged_and_a_mistake_made_void() -> None:
    merged, kept = row("merge_duplicate", 2), row("merge_survivor", 2)
    assert (merged["op"], merged["into"]) == ("merge", kept["archive_no"])
    assert merged["person"]["id_no"] == kept["person"]["id_no"]
    told = {dose["date"] for dose in row("merge_survivor")["doses"] + row("merge_duplicate")["doses"]}
    assert told == {dose["date"] for dose in kept["doses"]}
    assert row("void", 3)["op"] == "void"


def test_documents_other_than_the_resident_card() -> None:
    """D10."""
    told = row("residence_permits")
    prefixes = {told["person"]["id_no"][:2], *(guardian["id_no"][:2] for guardian in told["guardians"])}
    assert prefixes == {"81", "82", "83"}
    assert row("permanent_residents")["person"]["id_no"].startswith("9")


def test_a_name_with_a_dot_is_one_name_however_it_is_typed() -> None:
    """D7."""
    assert "•" in row("name_with_dot")["person"]["name"]
    assert normalise_name("古丽·小样") == normalise_name(row("name_with_dot")["person"]["name"])
