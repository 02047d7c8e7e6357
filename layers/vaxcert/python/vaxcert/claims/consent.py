"""What a claimant agrees to before claiming (同意并申领, R17, R18): versioned text and purposes, in Chinese and English.

A text that was in force is never edited: a change is a new `Consent` at the end of `CONSENTS`, so that an agreement on record
still says what was agreed to. Vaccination records are sensitive personal information, and so is everything about a child under
14 (Personal Information Protection Law, art. 28–31): each asks for consent of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from vaxcert.claims.model import Kind, comes_of_age_on
from vaxcert.errors import Conflict, FieldError, JsonValue, Rejected

MINOR_AGE: Final = 14
"""Below it a guardian's consent for the child's information is a purpose of its own."""


class ConsentRequired(Rejected):
    """A required purpose was not agreed to; `fields` point at it, `extra` holds the consent in force."""

    code = "consent_required"


class ConsentOutdated(Conflict):
    """Another version of the text is in force; `extra` holds it."""

    code = "consent_outdated"


class Purpose(StrEnum):
    """What a claimant can agree to."""

    BASIC_SERVICE = "basic_service"
    SENSITIVE_HEALTH_DATA = "sensitive_health_data"
    CHILD_INFORMATION = "child_information"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the two languages (D12)."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """English where `language` is `en`, else Chinese."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Consent:
    """One version of the text. Every purpose is required where it applies: the service needs no more than it asks for."""

    version: str
    text: Text
    purposes: dict[Purpose, Text]


CONSENTS: Final = (
    Consent(
        version="2024-08-10",
        text=Text(
            zh="""《电子预防接种证知情同意书》
1. 电子预防接种证是基于江苏省免疫规划信息系统生成的数字化预防接种记录证明，目前处于试点阶段，与纸质预防接种证（接种凭证）联合使用，不替代纸质证件；试点期间建议接种时仍携带纸质证件。
2. 为核对您的身份并生成证件，我们处理您在苏服办认证的姓名、证件号码和验证结果，以及接种单位登记的受种者档案（姓名、证件号码、出生日期、性别、监护人、联系电话）和接种记录。人脸信息由苏服办身份认证平台处理，我们不接收、不保存人脸图像或特征。
3. 接种记录属于敏感个人信息，仅用于亮码接种、接种记录查询和预约接种，不用于其他目的；姓名、证件号码和电话加密保存。
4. 儿童的电子预防接种证只能由一名监护人申领，家庭其他成员通过证照授权使用，最多10人；每次查询和扫码都会留下记录，您可以查看。
5. 信息有误时由接种单位核实更正，次日生效。您可以随时注销电子预防接种证，注销后授权和亮码立即失效，接种单位的档案不受影响；不同意本同意书不影响您凭纸质证件接种。""",
            en="""Consent for the electronic vaccination certificate
1. The certificate is a digital proof of vaccination records, generated from the Jiangsu immunization information system. It is a pilot and is used together with the paper certificate, which it does not replace; please keep bringing the paper certificate while the pilot lasts.
2. To check your identity and to make the certificate we process the name, the identity number and the verification result that the Su Fu Ban platform authenticated, the archive that the vaccination unit keeps (name, identity number, birth date, sex, guardians, phone) and the vaccination records. Faces are processed by the platform; we receive and keep neither image nor template.
3. Vaccination records are sensitive personal information. They serve to show the code, to look up records and to book appointments, and nothing else; names, numbers and phones are stored encrypted.
4. A child's certificate is claimed by one guardian; others of the family use it by authorisation, 10 people at most. Every reading and every scan is recorded, and you can see the record.
5. Wrong information is corrected by the vaccination unit and takes effect the next day. You can release the certificate at any time: authorisations and codes end at once, the unit's archive stays. Without your consent you can still be vaccinated with the paper certificate.""",
        ),
        purposes={
            Purpose.BASIC_SERVICE: Text(
                zh="同意处理上述个人信息，用于核验身份、生成电子预防接种证并提供亮码接种、记录查询和预约接种服务。",
                en="I agree that this personal information is processed to verify identity, to make the certificate and to "
                "provide its code, records and appointments.",
            ),
            Purpose.SENSITIVE_HEALTH_DATA: Text(
                zh="单独同意处理接种记录等医疗健康敏感个人信息。",
                en="I separately agree that vaccination records, which are sensitive health information, are processed.",
            ),
            Purpose.CHILD_INFORMATION: Text(
                zh="本人是该儿童的监护人，同意处理该未满14周岁儿童的个人信息。",
                en="I am a guardian of this child under 14 and agree that the child's personal information is processed.",
            ),
        },
    ),
)
"""Every version that was ever in force, oldest first; the last one is in force."""

CURRENT: Final = CONSENTS[-1]


@dataclass(frozen=True, slots=True)
class Offer:
    """What has to be agreed to for one person."""

    consent: Consent
    purposes: tuple[Purpose, ...]

    def shown(self, language: str) -> dict[str, JsonValue]:
        """As the screen shows it: version, text, and purposes with their ids."""
        return {
            "version": self.consent.version,
            "text": self.consent.text.in_language(language),
            "purposes": [
                {
                    "id": str(purpose),
                    "text": self.consent.purposes[purpose].in_language(language),
                    "required": True,
                }
                for purpose in self.purposes
            ],
        }


def offer_for(kind: Kind, birth_date: date, today: date) -> Offer:
    """The consent in force: for a child under 14 with the guardian's consent for its information."""
    under_14 = kind is Kind.CHILD and today < comes_of_age_on(birth_date, MINOR_AGE)
    purposes = (purpose for purpose in Purpose if under_14 or purpose is not Purpose.CHILD_INFORMATION)
    return Offer(CURRENT, tuple(purposes))


def agreed(version: str | None, given: Iterable[str], offer: Offer, language: str) -> tuple[str, ...]:
    """The purposes agreed to, in the text's order.

    Raises `ConsentOutdated` for another version than the one in force, `ConsentRequired` for none or where a wanted purpose
    is missing, `Rejected` for a purpose that nobody asked about: an agreement on record must say what was on the screen.
    All that is missing or unknown is told at once.
    """
    extra: dict[str, JsonValue] = {"consent": offer.shown(language)}
    if version is not None and version != offer.consent.version:
        raise ConsentOutdated(extra=extra)
    ids = tuple(given)
    missing = [FieldError("/consent/version", "required")] if version is None else []
    unknown = [
        FieldError(f"/consent/purposes/{place}", "unknown")
        for place, purpose in enumerate(ids)
        if purpose not in offer.purposes
    ]
    if set(offer.purposes) - set(ids):
        missing.append(FieldError("/consent/purposes", "required"))
    if unknown:
        raise Rejected(fields=(*missing, *unknown))
    if missing:
        raise ConsentRequired(fields=tuple(missing), extra=extra)
    return tuple(str(purpose) for purpose in offer.purposes)
