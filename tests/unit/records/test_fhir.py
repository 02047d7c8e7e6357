"""Records as FHIR, read by two validators that are not ours: `fhirclient` (R4, 4.0.1) and `fhir.resources` (R4B)."""

from __future__ import annotations

import json
import re
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.people import dose
from vaxcert.archives.model import Dose, Sex
from vaxcert.claims.model import Kind, Status
from vaxcert.claims.views import CertificateView
from vaxcert.records import fhir

with warnings.catch_warnings():
    # Their own business, while they are imported.
    warnings.simplefilter("ignore")
    from fhir.resources.R4B.bundle import Bundle as BundleR4B
    from fhir.resources.R4B.immunization import Immunization as ImmunizationR4B
    from fhirclient.models.bundle import Bundle as BundleR4
    from fhirclient.models.fhirabstractbase import FHIRValidationError

PERSON = CertificateView(
    "c1",
    "rabcdefgh",
    Kind.CHILD,
    "周小样",
    date(2020, 5, 1),
    "320600********0017",
    "father",
    Status.ACTIVE,
    None,
    datetime(2026, 7, 1, tzinfo=UTC),
)
DOSES = (
    dose(
        date(2020, 5, 2),
        code="0201",
        vaccine_name="乙肝疫苗",
        batch="B1",
        manufacturer="示范生物",
        site="left_arm",
    ),
    dose(date(2020, 5, 3), code="", vaccine_name="卡介苗", origin="other_province", clinic_name="外省门诊"),
    dose(date(2020, 8, 1), code="9999", vaccine_name="新疫苗", dose_no=3, site="oral", trace_code="T1"),
    dose(date(2021, 1, 1), code="", vaccine_name="无名", dose_no=0),
)


def judged(made: dict[str, Any]) -> tuple[BundleR4, Any]:
    """What both validators read from it; they raise where it is no Bundle."""
    sent = json.loads(json.dumps(made, ensure_ascii=False))
    return BundleR4(sent, strict=True), BundleR4B.model_validate(sent)


def a_bundle(doses: tuple[Dose, ...] = DOSES, **changed: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"as_of": date(2026, 6, 30), "following": None} | changed
    return fhir.bundle(PERSON, Sex.FEMALE, doses, **values)


def test_both_validators_accept_a_bundle_of_patient_and_immunizations() -> None:
    r4, r4b = judged(a_bundle(following="?cursor=x&limit=50&order=date"))
    assert [entry.resource.resource_type for entry in r4.entry] == ["Patient", *["Immunization"] * 4]
    assert (r4.type, r4b.type) == ("collection", "collection")
    assert r4.entry[0].resource.birthDate.date == PERSON.birth_date
    first = r4b.entry[1].resource
    assert isinstance(first, ImmunizationR4B)
    assert (first.status, first.lotNumber, first.occurrenceDateTime) == ("completed", "B1", date(2020, 5, 2))
    assert [(coding.system, coding.code) for coding in first.vaccineCode.coding or ()] == [
        ("urn:vaxcert:vaccine-code", "0201"),
        ("http://hl7.org/fhir/sid/cvx", "08"),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"status": None},
        {"occurrenceDateTime": "2020-02-30"},
        {"vaccineCode": None},
        {"unknownField": "x"},
        {"protocolApplied": [{"doseNumberPositiveInt": 0}]},
    ],
    ids=str,
)
def test_the_validators_do_say_no(broken: dict[str, Any]) -> None:
    """An accepted bundle means something only where a wrong one is refused by at least one of them."""
    made = a_bundle()
    immunization = made["entry"][1]["resource"]
    immunization.update(broken)
    for name in [name for name, value in broken.items() if value is None]:
        del immunization[name]
    refused = 0
    for validate in (lambda: BundleR4(made, strict=True), lambda: BundleR4B.model_validate(made)):
        try:
            validate()
        except (ValueError, FHIRValidationError):
            refused += 1
    assert refused >= 1


def test_what_is_known_of_a_dose_is_told_and_nothing_else() -> None:
    first, _, third, last = (entry["resource"] for entry in a_bundle()["entry"][1:])
    assert first["manufacturer"] == {"display": "示范生物"}
    assert first["protocolApplied"] == [{"doseNumberPositiveInt": 1}]
    assert first["site"]["coding"][0]["code"] == "LA"
    assert third["protocolApplied"] == [{"doseNumberPositiveInt": 3}]
    assert third["identifier"][1]["value"] == "T1"
    assert [name for name in ("route", "site", "lotNumber", "manufacturer") if name in third] == ["route"]
    assert not {"protocolApplied", "route", "site", "lotNumber", "manufacturer"} & last.keys()
    assert len(last["identifier"]) == 1


@pytest.mark.parametrize(("sex", "told"), [(Sex.FEMALE, "female"), (Sex.MALE, "male"), (None, "unknown")])
def test_the_patient_has_the_sex_that_the_archive_tells(sex: Sex | None, told: str) -> None:
    patient = fhir.bundle(PERSON, sex, (), as_of=None, following=None)["entry"][0]["resource"]
    assert patient["gender"] == told


@pytest.mark.parametrize(
    ("name", "told"), [("示范门诊", "示范门诊"), (None, "3206000001"), ("", "3206000001")]
)
def test_a_dose_was_given_at_a_clinic_of_this_name_or_else_code(name: str | None, told: str) -> None:
    (_, entry) = a_bundle((dose(date(2020, 5, 2), clinic_name=name),))["entry"]
    location = entry["resource"]["location"]
    assert (location["display"], location["identifier"]["value"]) == (told, "3206000001")


def test_r33_a_dose_of_another_province_is_marked_as_backfilled() -> None:
    local, other = (entry["resource"] for entry in a_bundle()["entry"][1:3])
    assert (local["primarySource"], "reportOrigin" in local) == (True, False)
    assert (other["primarySource"], other["reportOrigin"]["coding"][0]["code"]) == (False, "other_province")


def test_invariant_7_no_identity_number_travels_not_even_masked() -> None:
    text = json.dumps(a_bundle(), ensure_ascii=False)
    assert "3206000001" in text  # a clinic
    assert "********" not in text
    assert "0017" not in text


def test_references_lead_to_the_patient_and_stay_the_same() -> None:
    made = a_bundle()
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert len(set(urls)) == len(urls)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", url) for url in urls)
    assert {entry["resource"]["patient"]["reference"] for entry in made["entry"][1:]} == {urls[0]}
    assert made == a_bundle()


def test_before_the_first_feed_there_is_no_as_of() -> None:
    made = a_bundle((), as_of=None)
    judged(made)
    assert "meta" not in made
    assert len(made["entry"]) == 1


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(str.strip)


def test_what_was_swallowed_has_a_route_and_no_site() -> None:
    entries = a_bundle((dose(date(2020, 8, 1), site="oral"),))["entry"]
    (immunization,) = [
        one["resource"] for one in entries if one["resource"]["resourceType"] == "Immunization"
    ]
    assert "site" not in immunization
    (coding,) = immunization["route"]["coding"]
    assert (coding["code"], coding["system"].rpartition("/")[2]) == ("PO", "v3-RouteOfAdministration")


@given(
    st.lists(
        st.builds(
            Dose,
            dose_id=words,
            vaccine_code=st.sampled_from(["", "0201", "0201 ", "9999", "9  9", "9\n9", "\u3000", "BCG"])
            | st.text(st.characters(codec="utf-8"), max_size=8),
            vaccine_name=words,
            dose_no=st.integers(0, 20),
            date=st.dates(date(1950, 1, 1), date(2030, 1, 1)),
            clinic_code=words,
            origin=st.sampled_from(["local", "other_province"]),
            clinic_name=st.none() | words,
            batch=st.none() | words,
            manufacturer=st.none() | words,
            site=st.sampled_from(
                [None, "left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"]
            ),
            trace_code=st.none() | words,
        ),
        max_size=5,
    )
)
def test_any_record_is_a_valid_bundle(doses: list[Dose]) -> None:
    judged(a_bundle(tuple(doses)))


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("0201 ", "乙肝疫苗", "0201"),
        ("", "卡介苗", "BCG"),
        ("9999", "新疫苗", "9999"),
        ("", "新疫苗", None),
        ("  ", "新疫苗", None),
        ("9  9", "新疫苗", None),
    ],
)
def test_a_dose_has_the_code_of_the_list_or_what_fhir_takes_for_one(
    code: str, name: str, expected: str | None
) -> None:
    made = a_bundle((dose(date(2020, 5, 2), code=code, vaccine_name=name),))
    judged(made)
    told = made["entry"][1]["resource"]["vaccineCode"]
    assert told.get("coding") != [], "FHIR has no empty list"
    ours = [one["code"] for one in told.get("coding", []) if one["system"] == "urn:vaxcert:vaccine-code"]
    assert ours == ([] if expected is None else [expected])
    assert told["text"] == name


def test_thirty_doses_are_one_valid_bundle() -> None:
    many = tuple(dose(date(2020, 5, 2) + timedelta(days=30 * number), code="0201") for number in range(30))
    r4, _ = judged(a_bundle(many))
    assert len(r4.entry) == 31
