"""The words of notices, Chinese and English: what, why, and what to do next (R36, D3, D5, D12).

The board adds to every next step the clinic to contact, where it is known, and the hotline (R35).
"""

from __future__ import annotations

from typing import Final

from vaxcert.claims.eligibility import Refusal
from vaxcert.claims.model import StatusReason

type Words = tuple[str, str, str]

NOBODY_LINKED: Final = "nobody_linked"

# (title, detail, next step), Chinese and then English. Places in braces are the settings' (`vaxcert.wording`), and {relation}.
REFUSED: Final[dict[str, tuple[Words, Words]]] = {
    Refusal.DECEASED: (
        (
            "档案状态已变更",
            "接种单位登记的档案状态已变更，目前不能申领电子预防接种证。",
            "请联系建档的接种单位了解情况；如登记有误，由接种单位更正，次日生效。",
        ),
        (
            "The archive's status has changed",
            "The vaccination unit has changed the status of this archive; its certificate cannot be claimed at present.",
            (
                "Please ask the vaccination unit that keeps the archive; what is wrong is corrected there, with effect from the next "
                "day."
            ),
        ),
    ),
    Refusal.ARCHIVE_VOID: (
        (
            "档案已作废",
            "接种单位已将该档案作废。",
            "请到居住地预防接种门诊重新建档，登记无误后次日即可申领。",
        ),
        (
            "The archive is void",
            "The vaccination unit has voided this archive.",
            "Please register anew at the clinic where you live; the certificate can be claimed from the next day.",
        ),
    ),
    Refusal.BETWEEN_GROUPS: (
        (
            "暂不在申领范围",
            "儿童须为{from_date}及以后出生，成人须年满{adult_age}周岁；{from_date}以前出生且未满{adult_age}周岁的，暂不能申领。",
            "请继续使用纸质预防接种证；年满{adult_age}周岁后，可由本人按成人条件申领。",
        ),
        (
            "Not yet in a group that can claim",
            "Children must be born on or after {from_date}, adults must be {adult_age} or older.",
            "Please keep using the paper certificate; from the birthday at {adult_age} the person can claim as an adult.",
        ),
    ),
    Refusal.NOT_REGISTERED: (
        (
            "未在试点城市建档",
            "在{cities}的儿童和成人预防接种信息系统中，未查到在册档案。",
            "居住在{cities}的，请携带接种证和身份证件到居住地预防接种门诊建档登记，次日即可申领；居住在其他地方的，请继续使用纸质预防接种证。",
        ),
        (
            "Not registered in a pilot city",
            "No archive of this person was found in the child and adult systems of {cities}.",
            (
                "If you live in {cities}, register at the clinic where you live with the paper certificate and identity documents: the "
                "certificate can be claimed from the next day. If you live elsewhere, please keep using the paper certificate."
            ),
        ),
    ),
    Refusal.WITH_OBSTETRICS: (
        (
            "档案仍在产科",
            "新生儿的接种档案须从产科转入儿童预防接种门诊后才能申领。",
            "请尽快到居住地儿童预防接种门诊登记建档，并录入父母身份信息，次日即可申领。",
        ),
        (
            "The archive is still with obstetrics",
            "A newborn's archive has to be transferred to a child clinic first.",
            (
                "Please register at the child clinic where you live, with the parents' identities; the certificate can be claimed from "
                "the next day."
            ),
        ),
    ),
    Refusal.CITY_NOT_PILOT: (
        (
            "档案不在试点城市",
            "电子预防接种证目前仅在部分城市试点，该档案的接种单位不在{cities}。",
            "现居住在{cities}的，请携带接种证和身份证件到居住地预防接种门诊建档登记，次日即可申领；居住在其他地方的，请继续使用纸质预防接种证。",
        ),
        (
            "Not in a pilot city",
            "The pilot runs in some cities only; the vaccination unit of this archive is not in {cities}.",
            (
                "If you live in {cities} now, register at the clinic where you live with the paper certificate and identity documents: "
                "the certificate can be claimed from the next day. If you live elsewhere, please keep using the paper certificate."
            ),
        ),
    ),
    Refusal.OUT_OF_CARE: (
        (
            "档案不在册",
            "该档案已迁出，目前不在{cities}的接种单位在册管理。",
            "居住在{cities}的，请到居住地预防接种门诊办理建档或迁入，次日即可申领；居住在其他地方的，请使用纸质预防接种证。",
        ),
        (
            "The archive is no longer in care",
            "The archive was transferred out and is not in care at a vaccination unit of {cities}.",
            (
                "If you live in {cities}, register at the clinic where you live: the certificate can be claimed from the next day. If "
                "you live elsewhere, please use the paper certificate."
            ),
        ),
    ),
    Refusal.NUMBER_MISSING: (
        (
            "档案未登记身份证号",
            "接种单位的档案中没有登记受种者本人的有效身份证号。",
            "请携带受种者的身份证件到接种单位补充登记，次日即可申领。",
        ),
        (
            "No identity number in the archive",
            "The vaccination unit's archive has no identity number of this person.",
            "Please have it registered at the vaccination unit; the certificate can be claimed from the next day.",
        ),
    ),
    Refusal.NUMBER_MALFORMED: (
        (
            "档案中的身份证号有误",
            "接种单位的档案中登记的受种者身份证号不是有效号码。",
            "请携带受种者的身份证件到接种单位更正，次日即可申领。",
        ),
        (
            "Wrong identity number in the archive",
            "The person's identity number in the vaccination unit's archive is not a valid one.",
            "Please have it corrected at the vaccination unit; the certificate can be claimed from the next day.",
        ),
    ),
    Refusal.NUMBER_CONTRADICTS_BIRTH: (
        (
            "档案身份证号与出生日期不一致",
            "接种单位的档案中登记的受种者身份证号与出生日期不一致，其中一项可能登记有误。",
            "请携带受种者的身份证、户口本或出生医学证明到接种单位核对更正，次日即可申领。",
        ),
        (
            "Identity number and birth date do not match",
            (
                "The person's identity number and birth date in the vaccination unit's archive contradict each other; one of the two "
                "may be wrong."
            ),
            (
                "Take the person's identity card, household register or birth certificate to the vaccination unit, which checks "
                "which of the two is right; claimable from the day after the correction."
            ),
        ),
    ),
    Refusal.IDENTITY_CONFLICT: (
        (
            "身份信息待接种单位核对",
            "该档案登记的身份证号同时登记在另一份档案中，须由接种单位核对后才能申领。",
            "请携带受种者的身份证、户口本或出生医学证明到接种单位核对更正，次日即可申领。",
        ),
        (
            "The clinic has to check the identity number",
            "The identity number of this archive is also registered on another archive, so this one has to be checked first.",
            (
                "Take the person's identity card, household register or birth certificate to the vaccination unit; "
                "claimable from the day after the correction."
            ),
        ),
    ),
    Refusal.NO_RECENT_DOSE: (
        (
            "没有符合条件的接种记录",
            "成人须有{dose_date}及以后的疫苗接种记录；狂犬疫苗接种记录属于其他系统，暂不计入。",
            "如有遗漏，请联系接种单位核实补录，次日生效。",
        ),
        (
            "No vaccination that counts",
            "Adults need at least one dose on or after {dose_date}; rabies vaccines are in another system and do not count.",
            "If a dose is missing, ask the vaccination unit to add it; it takes effect the next day.",
        ),
    ),
    Refusal.GUARDIAN_NUMBER_MISSING: (
        (
            "儿童档案未登记父母身份证号",
            "儿童档案须登记父母（监护人）的有效身份证号，并与申领人在苏服办认证的身份证号一致。",
            "请到儿童建档的接种单位登记父母身份信息，次日即可申领。",
        ),
        (
            "No guardian's identity number in the archive",
            "The child's archive must name a parent (guardian) with a valid identity number, the same as the claimant's.",
            (
                "Please have the parents' identities registered at the child's clinic; the certificate can be claimed from the next "
                "day."
            ),
        ),
    ),
    Refusal.GUARDIAN_NUMBER_MALFORMED: (
        (
            "儿童档案中父母身份证号有误",
            "儿童档案中登记的父母（监护人）身份证号不是有效号码。",
            "请到儿童建档的接种单位更正父母身份信息，次日即可申领。",
        ),
        (
            "Wrong guardian's number in the archive",
            "The guardian's identity number in the child's archive is not a valid one.",
            "Please have it corrected at the child's clinic; the certificate can be claimed from the next day.",
        ),
    ),
    Refusal.GUARDIAN_NOT_REGISTERED: (
        (
            "您不是在册档案登记的监护人",
            "儿童在册档案中登记的父母（监护人）身份证号与您在苏服办认证的身份证号不一致。",
            "如登记有误，请到儿童建档的接种单位更正，次日即可申领；也可请申领人通过证照授权与您共用。",
        ),
        (
            "You are not a registered guardian",
            "The guardians' identity numbers in the child's archive differ from your authenticated one.",
            "If this is wrong, have it corrected at the child's clinic; or ask the person who claimed it to authorise you.",
        ),
    ),
    Refusal.GUARDIAN_MUST_CLAIM: (
        (
            "须由监护人申领",
            "未满{adult_age}周岁的儿童，其电子预防接种证由档案中登记的父母（监护人）申领。",
            "请父母（监护人）登录苏服办申领。",
        ),
        (
            "A guardian has to claim it",
            "Under {adult_age}, the certificate is claimed by a parent (guardian) registered in the archive.",
            "Please ask a parent or guardian to claim it.",
        ),
    ),
    Refusal.ADULT_CLAIMS_OWN: (
        (
            "已年满{adult_age}周岁，须由本人申领",
            "年满{adult_age}周岁后，电子预防接种证由本人按成人条件申领。",
            "请本人登录苏服办申领。",
        ),
        (
            "Aged {adult_age} or over: to be claimed in person",
            "From the birthday at {adult_age} on, people claim their own certificate.",
            "Please let the person claim it.",
        ),
    ),
    Refusal.CLAIMED_BY_OTHER: (
        (
            "已由{relation}申领",
            "儿童的电子预防接种证只能由一人申领，已由其{relation}申领。",
            "请申领人通过证照授权与您共用，或由其注销后再由您申领。",
        ),
        (
            "Claimed by the {relation}",
            "Only one person can claim a child's certificate; the child's {relation} has claimed it.",
            "Please ask that person to authorise you, or to release it.",
        ),
    ),
    NOBODY_LINKED: (
        (
            "没有可申领的电子预防接种证",
            (
                "没有找到与您身份证号一致的本人或子女档案。儿童须为{from_date}及以后出生；成人须年满{adult_age}周岁，且有{dose_date}及以后的疫苗接种记录；"
                "均须在{cities}的接种单位建档并在册管理，登记的身份证号（儿童为父母的身份证号）与苏服办认证的一致；新生儿档案须先从产科转入儿童预防接种门诊。"
            ),
            "居住在{cities}的，请联系接种单位核实档案信息，更正后次日生效；居住在其他地方的，请继续使用纸质预防接种证。",
        ),
        (
            "Nothing to claim",
            (
                "No archive of yours, or of a child of yours, was found under your identity number. Children must be born on or after "
                "{from_date}; adults must be {adult_age} or older with a dose on or after {dose_date}; all must be in care at a "
                "vaccination unit of {cities}, registered with the authenticated identity number (a child with a parent's); a "
                "newborn's archive must have left obstetrics."
            ),
            (
                "If you live in {cities}, ask the vaccination unit to check the archive; corrections take effect the next day. "
                "If you live elsewhere, please keep using the paper certificate."
            ),
        ),
    ),
}

# Why a certificate that somebody holds is suspended (D5); it is restored by itself once the cause is gone.
SUSPENDED: Final[dict[StatusReason, tuple[Words, Words]]] = {
    StatusReason.GUARDIAN_REMOVED: (
        (
            "电子预防接种证已暂停使用",
            "接种单位更正档案后，儿童的在册档案中不再登记有您的有效身份证号，您申领的证件及其授权暂停使用。",
            "如登记有误，请到儿童建档的接种单位更正，次日自动恢复；档案中登记的其他监护人可以重新申领。",
        ),
        (
            "The certificate is suspended",
            (
                "After a correction the child's archive no longer names you as a guardian with a valid identity number; "
                "the certificate and its authorisations are suspended."
            ),
            (
                "If this is wrong, have it corrected at the child's clinic: it is restored the next day. "
                "Another registered guardian may claim it."
            ),
        ),
    ),
    StatusReason.OUT_OF_CARE: (
        (
            "电子预防接种证已暂停使用",
            "档案已迁出，或已不在{cities}的接种单位在册管理。",
            "居住在{cities}的，请到居住地预防接种门诊办理建档或迁入，次日自动恢复，无需重新申领；居住在其他地方的，请使用纸质预防接种证。",
        ),
        (
            "The certificate is suspended",
            "The archive was transferred out, or is no longer in care at a vaccination unit of {cities}.",
            (
                "If you live in {cities}, register at the clinic where you live: the certificate is restored the next day and need not "
                "be claimed again. If you live elsewhere, please use the paper certificate."
            ),
        ),
    ),
    StatusReason.ARCHIVE_VOID: (
        (
            "电子预防接种证已暂停使用",
            "接种单位已将该档案作废、更正为他人的档案，或并入了另一份已被申领的档案。",
            "请携带纸质预防接种证到接种单位核实；档案更正后次日自动恢复。",
        ),
        (
            "The certificate is suspended",
            (
                "The vaccination unit has voided the archive, corrected it to be another person's, or merged it into one that is "
                "claimed already."
            ),
            "Take the paper certificate to the vaccination unit; once the archive is corrected it is restored the next day.",
        ),
    ),
    StatusReason.NOT_ELIGIBLE: (
        (
            "电子预防接种证已暂停使用",
            "接种单位更正档案后，不再符合申领条件。",
            "请联系接种单位核实档案信息，更正后次日自动恢复。",
        ),
        (
            "The certificate is suspended",
            "After a correction of the archive the conditions for claiming are no longer met.",
            "Ask the vaccination unit to check the archive; once it is corrected the certificate is restored the next day.",
        ),
    ),
    StatusReason.IDENTITY_CONFLICT: (
        (
            "电子预防接种证已暂停使用",
            "该档案登记的身份证号同时登记在另一份档案中，须由接种单位核对。",
            "请携带受种者的身份证、户口本或出生医学证明到接种单位核对；档案更正后次日自动恢复，无需重新申领。接种请凭纸质预防接种证。",
        ),
        (
            "The certificate is suspended",
            "The identity number of this archive is also registered on another archive, so this one has to be checked.",
            (
                "Take the person's identity card, household register or birth certificate to the vaccination unit; it is restored the "
                "day after the correction and need not be claimed again. Until then use the paper certificate."
            ),
        ),
    ),
}
