"""What is due, as registration and vaccination see it (R28): advice with its source and its day, and nobody's but theirs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.fakes.household import RULES
from tests.fakes.people import SEALER, an_archive, dose
from tests.fakes.waiting_room import GIVEN, MMR, OBSERVATION, WaitingRoom
from tests.unit.programme.a_child import doses_of
from vaxcert.archives.model import Archive, Dose, System
from vaxcert.devices.model import Station
from vaxcert.programme.courses import Hint
from vaxcert.programme.due import Oddity, Plan
from vaxcert.programme.words import HINTS
from vaxcert.visits.advice import ODDITIES, advice
from vaxcert.visits.person import PersonViews
from vaxcert.wording import Language

BORN = date(2024, 12, 20)
TODAY = date(2026, 7, 1)  # 18 months old
HISTORY = (
    "HepB 2024-12-20 2025-01-20 2025-06-20",
    "BCG 2024-12-20",
    "DTaP-IPV/Hib 2025-02-20 2025-03-20 2025-04-20",
    "MPSV-A 2025-06-20 2025-09-20",
    "MMR 2025-08-20",
)


def a_toddler(*more: str, strange: bool = False) -> Archive:
    doses = doses_of(*HISTORY, *more)
    if strange:
        doses.append(Dose("d9", "9999", "新疫苗", 1, date(2026, 1, 5), "3206000001", "local"))
    return an_archive(born=BORN, doses=tuple(doses))


def seen(room: WaitingRoom, station: str = "registration", language: Any = "zh") -> Any:
    room.until("waiting_registration" if station == "registration" else "waiting_vaccination")
    return room.scan(station, language=language)["person"]


@pytest.mark.parametrize("station", ["registration", "vaccination"])
def test_r28_the_nurse_sees_what_is_due(station: str) -> None:
    person = seen(WaitingRoom(a_toddler()), station)
    assert person["due"] == [
        {
            "vaccine_code": "0401",
            "vaccine": "DTaP",
            "vaccine_name": "百白破疫苗",
            "dose_no": 4,
            "since": "2026-06-20",
            "recommended_before": "2026-12-20",
            "until": "2031-12-19",
        },
        {
            "vaccine_code": "1201",
            "vaccine": "MMR",
            "vaccine_name": "麻腮风疫苗",
            "dose_no": 2,
            "since": "2026-06-20",
            "recommended_before": "2026-12-20",
        },
        {
            "vaccine_code": "1801",
            "vaccine": "JE-L",
            "vaccine_name": "乙脑减毒活疫苗",
            "dose_no": 1,
            "since": "2025-09-17",
            "recommended_before": "2025-12-20",
            "note": "已过推荐年龄，请尽早补种，无需重新开始全程。也可选择灭活疫苗，剂次按灭活疫苗程序。",
        },
        {
            "vaccine_code": "1901",
            "vaccine": "HepA-L",
            "vaccine_name": "甲肝减毒活疫苗",
            "dose_no": 1,
            "since": "2026-06-20",
            "recommended_before": "2026-12-20",
            "note": "也可选择灭活疫苗，剂次按灭活疫苗程序。",
        },
    ]
    # The live doses due today are supposed to be given today: the second JE dose follows twelve months later.
    assert person["next"] == {
        "date": "2027-07-01",
        "vaccines": [
            {"vaccine_code": "1801", "vaccine": "JE-L", "vaccine_name": "乙脑减毒活疫苗", "dose_no": 2}
        ],
    }
    assert person["advice"]["as_of"] == a_toddler().as_of.isoformat()
    assert "截至2026年6月30日的接种记录" in person["advice"]["note"]
    assert "由护士决定" in person["advice"]["note"]
    assert (person["advice"]["edition"], "2026年版" in person["advice"]["programme"]) == ("2026", True)
    assert "odd_doses" not in person


def test_invariant_4_a_scan_told_again_after_midnight_tells_what_was_due_on_its_day() -> None:
    room = WaitingRoom(a_toddler())
    room.until("waiting_registration")
    code, key = room.code(), "the-same-key"
    first: Any = room.scan("registration", code, key=key)
    room.clock.advance(hours=23)
    again: Any = room.scan("registration", code, key=key)
    assert first["person"]["next"]["date"] == "2027-07-01"
    assert json.dumps(again) == json.dumps(first)


def test_invariant_4_a_scan_that_the_version_before_remembers_is_told_again() -> None:
    """It has no day; both versions serve while a deployment moves step by step."""
    room = WaitingRoom(a_toddler())
    room.until("waiting_registration")
    code, key = room.code(), "the-same-key"
    first: Any = room.scan("registration", code, key=key)
    answers, day = room.home.answers.kept, f',"day":"{TODAY}"'
    with_day = [request for request, kept in answers.items() if day in kept.answer.body]
    for request in with_day:
        kept = answers[request]
        answers[request] = replace(kept, answer=replace(kept.answer, body=kept.answer.body.replace(day, "")))
    assert with_day
    assert room.scan("registration", code, key=key) == first


def test_d12_english_names_on_request() -> None:
    person = seen(WaitingRoom(a_toddler(strange=True)), language="en")
    assert (person["due"][0]["vaccine_name"], person["due"][0]["vaccine_name_en"]) == (
        "百白破疫苗",
        "Diphtheria, tetanus and acellular pertussis vaccine (DTaP)",
    )
    assert person["next"]["vaccines"][0]["vaccine_name_en"].startswith("Japanese encephalitis")
    assert "the nurse decides" in person["advice"]["note"]
    assert person["due"][2]["note"].startswith(
        "Past the recommended age: catch up soon, without beginning again. The"
    )
    (odd,) = person["odd_doses"]
    assert (odd["dose_id"], odd["reason"], odd["counted"]) == ("d9", "unknown_vaccine", False)
    assert odd["note"].isascii()


def test_neither_the_ticket_machine_nor_observation_sees_it() -> None:
    """Nor what was given: observation needs a ticket and minutes, the board a masked name."""
    room = WaitingRoom(a_toddler())
    assert room.scan("ticket")["person"] == {"name": "周**"}
    visit_id = room.queue()[0].visit.visit_id
    room.scan("registration")
    room.report(visit_id, "registration", "fit")
    room.scan("vaccination")
    room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))
    (line,) = room.queue()
    assert (str(line.visit.state), line.name, line.visit.minutes_left(room.clock())) == (
        "observing",
        "周**",
        30,
    )
    early = room.scan("observation")
    room.clock.advance(seconds=OBSERVATION)
    for verdict in (early, room.scan("observation")):
        assert "person" not in verdict
        assert not any(value in str(verdict) for value in (*GIVEN.values(), "due"))


def test_r1_what_is_due_is_no_entry_and_what_was_given_stays_due_until_the_feed_brings_it() -> None:
    room = WaitingRoom(a_toddler())
    before = seen(room, "vaccination")
    visit_id = room.queue()[0].visit.visit_id
    room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))
    assert room.home.register.stored[a_toddler().key].doses == a_toddler().doses
    room.clock.now = datetime(2026, 7, 2, 2, tzinfo=UTC)
    room.home.register.store(a_toddler("MMR 2026-07-01"))
    room.until("waiting_registration")
    after: Any = room.scan("registration")["person"]
    assert [one["vaccine"] for one in before["due"]] == ["DTaP", "MMR", "JE-L", "HepA-L"]
    assert [one["vaccine"] for one in after["due"]] == ["DTaP"], "other live vaccines wait four weeks"
    assert after["next"]["date"] == "2026-07-29"


def test_the_programme_is_not_for_adults() -> None:
    """The day that makes an adult (D6) empties the list."""
    youth = an_archive(born=date(2008, 7, 2))
    views = PersonViews(SEALER, RULES, False)
    before: Any = views.at(Station.REGISTRATION, (youth,), date(2026, 7, 1), "zh")
    assert before["due"]
    found: Any = views.at(Station.REGISTRATION, (youth,), date(2026, 7, 2), "zh")
    assert found["due"] == []
    assert not {"next", "odd_doses"} & set(found)
    assert "成人" in found["advice"]["note"]
    assert set(found["advice"]) == {"edition", "as_of", "note"}


def test_d12_every_hint_and_every_oddity_has_its_words() -> None:
    assert (set(HINTS), set(ODDITIES)) == (set(Hint), set(Oddity))
    for said in (*HINTS.values(), *ODDITIES.values()):
        assert re.search(r"[一-鿿]", said["zh"])
        assert said["en"].isascii()
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        for plan in (Plan(), None):
            found: Any = advice(plan, TODAY, language)
            assert found["due"] == []
            assert bool(re.search(r"[一-鿿]", found["advice"]["note"])) is (language == "zh")


@pytest.mark.parametrize("station", ["registration", "vaccination"])
def test_invariant_3_what_is_due_costs_no_round_trip(station: str) -> None:
    room = WaitingRoom(a_toddler())
    room.until("waiting_registration" if station == "registration" else "waiting_vaccination")
    before = room.clinic.trips
    person: Any = room.scan(station)["person"]
    assert person["due"]
    assert room.clinic.trips - before == 2


def test_the_same_request_again_is_advised_alike() -> None:
    room = WaitingRoom(a_toddler())
    room.scan("ticket")
    code = room.code()
    first = room.scan("registration", code, key="the-same-key")
    assert room.scan("registration", code, key="the-same-key") == first


@pytest.mark.parametrize(("station", "named"), [(Station.TICKET, "周**"), (Station.OBSERVATION, None)])
def test_observation_sees_nobodys_name_whatever_it_is_handed(station: Station, named: str | None) -> None:
    person = PersonViews(SEALER, RULES, False).at(station, [a_toddler()], TODAY, "zh")
    assert person == (None if named is None else {"name": named})


@pytest.mark.parametrize("shown", [False, True])
def test_r43_a_rabies_dose_is_no_oddity_of_the_programme(shown: bool) -> None:
    """Neither the vaccine nor what was given with it and stands in no table."""
    given = dose(date(2026, 6, 1), code="2801")
    bitten = (given, replace(given, dose_id="d9", vaccine_code="9999", vaccine_name="新制品"))
    rabies = an_archive("r1", born=BORN, system=System.RABIES, doses=bitten)
    views = PersonViews(SEALER, RULES, shown)
    plain: Any = views.at(Station.REGISTRATION, [a_toddler()], TODAY, "zh")
    found: Any = views.at(Station.REGISTRATION, [a_toddler(), rabies], TODAY, "zh")
    assert len(found["doses"]) == len(plain["doses"]) + 2 * shown
    assert {**found, "doses": ()} == {**plain, "doses": ()}
