"""What a claimant agrees to before claiming (同意并申领, R17, R18): versioned text and purposes, in Chinese and English.

A text that was in force is never edited: a change is a new `Consent` at the end of `CONSENTS`, so that an agreement on record
still says what was agreed to. The newest one takes handler, contact, limits and times from the settings (D18, D22); the version
that is shown and recorded carries a digest of the words as they read, so that another handler is another version. Who agreed to
an earlier one is asked again at the next claim only. The words are for a lawyer to confirm (docs/consent.md). Vaccination records are sensitive personal information, and so is everything about a child under
14 (Personal Information Protection Law, art. 28–31): each asks for consent of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Final

from vaxcert.aws.settings import Settings
from vaxcert.claims.model import Kind, comes_of_age_on
from vaxcert.errors import Conflict, FieldError, JsonValue, Rejected
from vaxcert.wording import Wording

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
    REMINDERS = "reminders"
    """Of a consent of its own, which no claim asks for (`vaxcert.reminders.consent`)."""


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
    Consent(
        version="2026-12-01",
        text=Text(
            zh="""《电子预防接种证知情同意书》
1. 个人信息处理者：{handler}；联系方式：{handler_contact}；客服电话：{hotline}。
2. 服务说明：电子预防接种证是基于江苏省免疫规划信息系统生成的数字化预防接种记录证明，目前处于试点阶段，与纸质预防接种证（接种凭证）联合使用，不替代纸质证件；试点期间接种时，请仍携带纸质证件。
3. 处理目的、方式和信息种类：为核对您的身份、生成电子预防接种证，并提供亮码接种、接种记录查询、预约接种、证照授权和反馈服务，我们通过信息系统收集、存储和使用您在苏服办认证的姓名、证件号码和验证结果，接种单位登记的受种者档案（姓名、证件号码、出生日期、性别、监护人、联系电话）和接种记录，以及您填写的被授权人信息（姓名、证件号码、关系、手机号码）、预约和反馈内容，不用于其他目的。人脸信息由苏服办身份认证平台处理，我们不接收、不保存人脸图像或特征。
4. 敏感个人信息：接种记录等医疗健康信息、证件号码以及不满14周岁未成年人的个人信息属于敏感个人信息，一旦泄露或被非法使用，可能损害您或孩子的人格尊严和人身、财产安全。没有这些信息，就无法证明接种情况、供接种单位核对接种，因此确有处理的必要，并须取得您的单独同意。姓名、证件号码和电话加密保存，接种信息仅供您、您授权的家人和扫码的接种单位查看；每次查询和扫码都会留下记录，您可以查看。
5. 儿童的电子预防接种证只能由一名监护人申领，家庭其他成员通过证照授权使用，最多{grant_people}。添加被授权人前，请征得其同意。
6. 保存期限：电子预防接种证和授权信息在使用期间保存；授权结束后，不再保存被授权人的姓名、证件号码和手机号码；注销后，仅保留查询和扫码记录所必需的信息。查询和扫码记录保存 {log_kept}，期满删除；法律、行政法规另有规定的，从其规定。接种单位的档案按有关规定保存，不受影响。
7. 您的权利：您可以查阅、复制您的个人信息，要求更正、补充或者删除，要求我们说明处理规则；档案信息有误的，由接种单位核实更正，次日生效。您可以随时注销电子预防接种证，撤回同意；注销后，授权和已出示的二维码立即失效，撤回前已进行的处理不受影响。您可以在服务中办理，或通过上述联系方式提出；也可以向履行个人信息保护职责的部门投诉、举报。不同意或撤回同意，不影响您凭纸质证件接种。""",
            en="""Consent for the electronic vaccination certificate
1. Who processes your personal information: {handler}; contact: {handler_contact}; hotline: {hotline}.
2. The service: the certificate is a digital proof of vaccination records, generated from the Jiangsu immunization information system. It is a pilot and is used together with the paper certificate, which it does not replace; please keep bringing the paper certificate while the pilot lasts.
3. Purposes, means and kinds of information: to check your identity, to make the certificate, and to let you show its code, look up records, book appointments, authorise family and report errors, we collect, store and use the name, the identity number and the verification result that the Su Fu Ban platform authenticated; the archive that the vaccination unit keeps (name, identity number, birth date, sex, guardians, phone) and the vaccination records; and what you enter about the people whom you authorise (name, identity number, relation, mobile number), about appointments and in reports. They serve no other purpose. Faces are processed by the platform; we receive and keep neither image nor template.
4. Sensitive personal information: vaccination records and other health information, identity numbers, and all information about a child under 14 are sensitive. If they leaked or were misused, your or your child's dignity and the safety of person and property could be harmed. Without them vaccinations cannot be proved, nor checked by the vaccination unit; this is why they are needed, and why we ask for your separate consent. Names, numbers and phones are stored encrypted; only you, the family whom you authorise and the vaccination unit that scans the code see the vaccinations. Every reading and every scan is recorded, and you can see the record.
5. A child's certificate is claimed by one guardian; others of the family use it by authorisation, {grant_people} at most. Please ask people before you authorise them.
6. How long we keep it: the certificate and its authorisations as long as they are in use. Once an authorisation has ended, the name, identity number and mobile number of that person are kept no longer; once the certificate is released, only what the record of readings and scans needs is kept. That record is kept for {log_kept} and then deleted, unless a law requires otherwise. The vaccination unit's archive is kept under its own rules.
7. Your rights: you can see and copy your personal information, have it corrected, completed or deleted, and ask us to explain how we process it. Wrong information in the archive is corrected by the vaccination unit and takes effect the next day. You can release the certificate at any time, which withdraws your consent: authorisations and codes already shown end at once, and what was done before stays lawful. Use the service itself or the contact above; you can also complain to the authorities that protect personal information. Without your consent, or once you have withdrawn it, you can still be vaccinated with the paper certificate.""",
        ),
        purposes={
            Purpose.BASIC_SERVICE: Text(
                zh="同意处理上述个人信息，用于核验身份、生成电子预防接种证，并提供亮码接种、接种记录查询、预约接种、证照授权和反馈服务。",
                en="I agree that this personal information is processed to verify identity, to make the certificate, and to provide "
                "its code, records, appointments, authorisations and reports.",
            ),
            Purpose.SENSITIVE_HEALTH_DATA: Text(
                zh="单独同意处理接种记录、证件号码等敏感个人信息。",
                en="I separately agree that sensitive personal information is processed: vaccination records and identity numbers.",
            ),
            Purpose.CHILD_INFORMATION: Text(
                zh="本人是该儿童的监护人，同意处理该不满14周岁儿童的个人信息。",
                en="I am a guardian of this child under 14 and agree that the child's personal information is processed.",
            ),
        },
    ),
)
"""Every text that was ever in force, oldest first, with places for the settings; the last one is in force."""

_DIGEST: Final = 8


def consent_of(settings: Settings) -> Consent:
    """The consent in force in this deployment's words; its version changes with every word of it."""
    return in_words_of(settings, CONSENTS[-1])


def in_words_of(settings: Settings, newest: Consent) -> Consent:
    """A consent in this deployment's words, with their digest in its version."""
    wording = Wording(
        Settings(
            grant_limit=settings.grant_limit,
            access_log_days=settings.access_log_days,
            hotline=settings.hotline,
            data_handler=settings.data_handler,
            data_handler_contact=settings.data_handler_contact,
        )
    )

    def filled(text: Text) -> Text:
        return Text(wording.fill(text.zh, "zh"), wording.fill(text.en, "en"))

    text = filled(newest.text)
    purposes = {purpose: filled(said) for purpose, said in newest.purposes.items()}
    words = "\n".join(f"{said.zh}\n{said.en}" for said in (text, *purposes.values()))
    return Consent(f"{newest.version}-{sha256(words.encode()).hexdigest()[:_DIGEST]}", text, purposes)


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


def offer_for(consent: Consent, kind: Kind, birth_date: date, today: date) -> Offer:
    """What has to be agreed to of `consent`: for a child under 14 with the guardian's consent for its information."""
    under_14 = kind is Kind.CHILD and today < comes_of_age_on(birth_date, MINOR_AGE)
    purposes = (
        purpose for purpose in consent.purposes if under_14 or purpose is not Purpose.CHILD_INFORMATION
    )
    return Offer(consent, tuple(purposes))


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
