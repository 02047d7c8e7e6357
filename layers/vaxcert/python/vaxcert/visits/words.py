"""What is said of an outcome, a call and a visit that a family follows, in Chinese and in English (D12, D21).

As in `vaxcert.visits.messages`: a title and the next step, for children and adults alike. A ticket is 号; who calls it says 叫号.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from vaxcert.visits.messages import Said, Words
from vaxcert.visits.model import Outcome
from vaxcert.wording import Language

TOLD: Final[dict[Outcome, dict[Language, Words]]] = {
    Outcome.FIT: {
        "zh": Words(
            Said("登记完成：{ticket}", "请引导受种者到接种台附近等候叫号。"),
            Said("登记完成", "请到接种台附近等候叫号。"),
        ),
        "en": Words(
            Said("Registered: {ticket}", "Direct the person to wait near the vaccination desk."),
            Said("Registration is done", "Wait near the vaccination desk until your ticket is called."),
        ),
    },
    Outcome.DEFERRED: {
        "zh": Words(
            Said("已记录暂缓接种：{ticket}", "请向受种者说明暂缓的原因，以及何时可以再来。"),
            Said("今日暂缓接种", "请遵医嘱，待可以接种时再预约；如有疑问，请向接种门诊咨询。"),
        ),
        "en": Words(
            Said("Deferred: {ticket}", "Explain why, and when to come again."),
            Said(
                "Vaccination is put off today",
                "Follow the doctor's advice and book again when it is possible; the clinic answers questions.",
            ),
        ),
    },
    Outcome.VACCINATED: {
        "zh": Words(
            Said(
                "已记录接种：{ticket}",
                "请引导受种者到留观区，留观 {minutes} 分钟；如还有其他疫苗，接种后继续提交。",
            ),
            Said(
                "接种完成，请留观 {minutes} 分钟",
                "请到留观区休息，留观结束后扫码离开；如有不适，请立即告知医护人员。",
            ),
        ),
        "en": Words(
            Said(
                "Vaccinated: {ticket}",
                "Direct the person to the observation area for {minutes} min; report any further vaccine after it is given.",
            ),
            Said(
                "Vaccinated: please stay for {minutes} min",
                "Rest in the observation area and scan there to leave; tell the staff at once if you feel unwell.",
            ),
        ),
    },
    Outcome.NOT_VACCINATED: {
        "zh": Words(
            Said("已记录未接种：{ticket}", "请向受种者说明原因；无需留观。"),
            Said("今日未接种", "如需改日接种，请重新预约；如有疑问，请向接种门诊咨询。"),
        ),
        "en": Words(
            Said("Not vaccinated: {ticket}", "Explain why; no observation is needed."),
            Said("Nothing was given today", "Book again for another day; the clinic answers questions."),
        ),
    },
    Outcome.LEFT: {
        "zh": Words(
            Said("已取消：{ticket}", "该号不再叫号；如需办理，请引导受种者重新取号。"),
            Said("{ticket} 已取消", "如需办理，请到取号处重新取号。"),
        ),
        "en": Words(
            Said("Given up: {ticket}", "It is called no more; to go on, the person needs a new ticket."),
            Said("Ticket {ticket} is given up", "To go on, please take a new ticket."),
        ),
    },
    Outcome.PASSED: {
        "zh": Words(
            Said("已过号：{ticket}", "请叫下一位；该号排到后面 {behind} 位之后。"),
            Said("您已过号：{ticket}", "请在候诊区等候，后面 {behind} 位办理后会再叫您。"),
        ),
        "en": Words(
            Said("Passed over: {ticket}", "Call the next one; this ticket comes after the next {behind}."),
            Said(
                "Your ticket {ticket} was passed over",
                "Please wait: it comes again after the next {behind}.",
            ),
        ),
    },
}
"""By what was reported."""

CALLED: Final[dict[Language, Words]] = {
    "zh": Words(
        Said("已叫号：{ticket}", "如受种者未到，可再次叫号，或按过号处理。"),
        Said("请到{desk}：{ticket}", "请带好纸质预防接种证，到{desk}办理。"),
    ),
    "en": Words(
        Said("Called: {ticket}", "If nobody comes, call again or pass the ticket over."),
        Said("Ticket {ticket}: please go to {desk}", "Have the paper certificate at hand."),
    ),
}


class Phase(StrEnum):
    """Where a visit is, as its family follows it."""

    WAITING_REGISTRATION = "waiting_registration"
    NEXT_REGISTRATION = "next_registration"
    REGISTERING = "registering"
    WAITING_VACCINATION = "waiting_vaccination"
    NEXT_VACCINATION = "next_vaccination"
    VACCINATING = "vaccinating"
    CALLED = "called"
    OBSERVING = "observing"
    OBSERVED = "observed"
    DONE = "done"
    DEFERRED = "deferred"
    NOT_VACCINATED = "not_vaccinated"
    LEFT = "left"
    ABANDONED = "abandoned"


FOLLOWED: Final[dict[Phase, dict[Language, Said]]] = {
    Phase.WAITING_REGISTRATION: {
        "zh": Said("{ticket}，等候登记", "前面还有 {before} 人，请留意叫号，并带好纸质预防接种证。"),
        "en": Said(
            "Ticket {ticket}: waiting for registration",
            "Before you: {before}. Listen for your ticket, and have the paper certificate at hand.",
        ),
    },
    Phase.NEXT_REGISTRATION: {
        "zh": Said("{ticket}，即将登记", "下一位就轮到您，请到登记台附近等候叫号。"),
        "en": Said("Ticket {ticket}: you are next", "Please wait near the registration desk."),
    },
    Phase.REGISTERING: {
        "zh": Said("正在登记", "请告知受种者近期健康状况、过敏史和用药情况。"),
        "en": Said("Registration", "Tell the nurse about recent illness, allergies and medicines."),
    },
    Phase.WAITING_VACCINATION: {
        "zh": Said("{ticket}，等候接种", "前面还有 {before} 人，请在接种台附近留意叫号。"),
        "en": Said(
            "Ticket {ticket}: waiting for the vaccination",
            "Before you: {before}. Listen for your ticket near the vaccination desk.",
        ),
    },
    Phase.NEXT_VACCINATION: {
        "zh": Said("{ticket}，即将接种", "下一位就轮到您，请到接种台附近等候叫号。"),
        "en": Said("Ticket {ticket}: you are next", "Please wait near the vaccination desk."),
    },
    Phase.VACCINATING: {
        "zh": Said("正在接种", "请与护士核对姓名、疫苗名称和有效期。"),
        "en": Said("Vaccination", "Check name, vaccine and expiry date together with the nurse."),
    },
    Phase.CALLED: {language: words.family for language, words in CALLED.items()},
    Phase.OBSERVING: {
        "zh": Said("留观中，还需 {minutes} 分钟", "请在留观区休息；如有不适，请立即告知医护人员。"),
        "en": Said(
            "{minutes} min of observation left",
            "Please stay in the observation area, and tell the staff at once if you feel unwell.",
        ),
    },
    Phase.OBSERVED: {
        "zh": Said("留观时间已到", "如无不适，请在留观区亮码，扫码后即可离开。"),
        "en": Said(
            "Observation is over", "If you feel well, show the code in the observation area and leave."
        ),
    },
    Phase.DONE: {
        "zh": Said(
            "今日接种已完成",
            "接种后可能出现低热、乏力，或接种部位红肿、疼痛、硬结，多为一般反应，通常 2～3 天内自行缓解。如高热不退、症状加重，"
            "或出现皮疹、呼吸困难等情况，请立即就医，并告知{clinic}（疑似预防接种异常反应）；也可拨打 {hotline} 咨询。",
        ),
        "en": Said(
            "Today's vaccination is done",
            "A mild fever, tiredness, or redness, swelling and soreness where it was given are usual and pass within 2 to 3 days. "
            "If a high fever lasts, symptoms get worse, or there is a rash or trouble breathing, see a doctor at once and tell "
            "{clinic} (suspected adverse reaction); you can also call {hotline}.",
        ),
    },
    Phase.DEFERRED: {language: words.family for language, words in TOLD[Outcome.DEFERRED].items()},
    Phase.NOT_VACCINATED: {
        language: words.family for language, words in TOLD[Outcome.NOT_VACCINATED].items()
    },
    Phase.LEFT: {language: words.family for language, words in TOLD[Outcome.LEFT].items()},
    Phase.ABANDONED: {
        "zh": Said("今日办理已结束：{ticket}", "该号已失效；如需办理，请到取号处重新取号。"),
        "en": Said("Today's visit has ended: {ticket}", "To go on, please take a new ticket."),
    },
}
"""What the family reads, by where the visit is."""

CLINIC: Final[dict[Language, str]] = {"zh": "接种门诊", "en": "the clinic"}
"""What a clinic is called where its name is not known."""


class Warned(StrEnum):
    """What is wrong with a batch that was reported as given. It was given: nothing is refused."""

    BATCH_EXPIRED = "batch_expired"
    BATCH_RECALLED = "batch_recalled"


WARNED: Final[dict[Warned, dict[Language, Said]]] = {
    Warned.BATCH_EXPIRED: {
        "zh": Said("疫苗已过有效期：{batch}", "请立即停止使用该批号并核对包装；如确已接种，请按规定报告。"),
        "en": Said(
            "The vaccine has expired: {batch}",
            "Stop using it and check the box; if it was given, report that as the rules say.",
        ),
    },
    Warned.BATCH_RECALLED: {
        "zh": Said("该批号已召回或停用：{batch}", "请立即停止使用该批号并封存；如确已接种，请按规定报告。"),
        "en": Said(
            "The batch was recalled: {batch}",
            "Stop using it and set it apart; if it was given, report that as the rules say.",
        ),
    },
}
"""What the nurse reads."""
