"""Records as HL7 FHIR R4: a `Bundle` of type collection with one `Patient` and the page's `Immunization`s.

Values only, no library: the shape is small, and a validator that we did not write reads it in the tests. What FHIR has no word for
goes under our own URNs. The identity number does not travel, not even masked: `identifier` is the opaque record id.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from vaxcert.archives.model import Dose, Sex
from vaxcert.claims.views import CertificateView
from vaxcert.programme.vaccines import code_of, vaccine_of
from vaxcert.records.model import place_of

MEDIA_TYPE: Final = "application/fhir+json"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
_OURS: Final = "urn:vaxcert:"
# A name of ours among UUIDs, so that the same dose has the same `fullUrl` in every answer.
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:vaxcert:fhir")
_GENDER: Final = {Sex.MALE: "male", Sex.FEMALE: "female"}
_ACT_SITE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActSite"
_SITE: Final = {
    "left_arm": ("LA", "left arm"),
    "right_arm": ("RA", "right arm"),
    "left_thigh": ("LT", "left thigh"),
    "right_thigh": ("RT", "right thigh"),
}
# FHIR's own form of a code; one of another form is left out, and the name says which vaccine it was.
_CODE: Final = re.compile(r"\S+( \S+)*")
# Swallowed, which is a way and no place.
_ORAL: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
    "code": "PO",
    "display": "Swallow, oral",
}

type Resource = dict[str, Any]


def bundle(
    person: CertificateView,
    sex: Sex | None,
    doses: Sequence[Dose],
    *,
    as_of: date | None,
    following: str | None,
) -> Resource:
    """The page as a Bundle; `following` is the relative URL of the next one. `as_of` travels as a tag."""
    patient_url = _url(f"patient|{person.record_id}")
    made: Resource = {"resourceType": "Bundle", "type": "collection"}
    if as_of is not None:
        made["meta"] = {"tag": [{"system": f"{_OURS}as-of", "code": as_of.isoformat()}]}
    if following is not None:
        made["link"] = [{"relation": "next", "url": following}]
    entries = [{"fullUrl": patient_url, "resource": _patient(person, sex)}]
    entries += [
        {
            "fullUrl": _url(f"dose|{person.record_id}|{place_of(dose)}"),
            "resource": _immunization(dose, patient_url),
        }
        for dose in doses
    ]
    made["entry"] = entries
    return made


def _patient(person: CertificateView, sex: Sex | None) -> Resource:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": f"{_OURS}record-id", "value": person.record_id}],
        "name": [{"text": person.name}],
        "gender": _GENDER[sex] if sex is not None else "unknown",
        "birthDate": person.birth_date.isoformat(),
    }


def _immunization(dose: Dose, patient_url: str) -> Resource:
    local = dose.origin == "local"
    made: Resource = {
        "resourceType": "Immunization",
        "identifier": [{"system": f"{_OURS}dose-id", "value": dose.dose_id}],
        "status": "completed",
        "vaccineCode": _vaccine_code(dose),
        "patient": {"reference": patient_url},
        "occurrenceDateTime": dose.date.isoformat(),
        # A dose given in another province was written down here from its paper (R33).
        "primarySource": local,
        "location": _place(dose),
    }
    if not local:
        made["reportOrigin"] = {
            "coding": [{"system": f"{_OURS}origin", "code": dose.origin, "display": "Backfilled from paper"}],
            "text": "外省接种，凭纸质证补录",
        }
    if dose.batch:
        made["lotNumber"] = dose.batch
    if dose.manufacturer:
        made["manufacturer"] = {"display": dose.manufacturer}
    if dose.site == "oral":
        made["route"] = {"coding": [_ORAL]}
    elif dose.site:
        made["site"] = _site(dose.site)
    if dose.trace_code:
        made["identifier"].append({"system": f"{_OURS}trace-code", "value": dose.trace_code})
    if dose.dose_no > 0:
        made["protocolApplied"] = [{"doseNumberPositiveInt": dose.dose_no}]
    return made


def _vaccine_code(dose: Dose) -> Resource:
    """The list's code and CVX where they are known; the name as text always, and English where it is known.

    What FHIR takes for no code is left out, and so is an empty one.
    """
    known = vaccine_of(dose.vaccine_code, dose.vaccine_name)
    code = code_of(dose.vaccine_code, dose.vaccine_name)
    english = {"display": known.english} if known else {}
    coding: list[Resource] = []
    if _CODE.fullmatch(code):
        coding.append({"system": f"{_OURS}vaccine-code", "code": code, **english})
    if known is not None and known.cvx is not None:
        coding.append({"system": CVX, "code": known.cvx, **english})
    return {"coding": coding, "text": dose.vaccine_name} if coding else {"text": dose.vaccine_name}


def _place(dose: Dose) -> Resource:
    return {
        "identifier": {"system": f"{_OURS}clinic-code", "value": dose.clinic_code},
        "display": dose.clinic_name or dose.clinic_code,
    }


def _site(site: str) -> Resource:
    known = _SITE.get(site)
    if known is None:
        return {"coding": [{"system": f"{_OURS}site", "code": site}]}
    return {"coding": [{"system": _ACT_SITE, "code": known[0], "display": known[1]}]}


def _url(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, name)}"
