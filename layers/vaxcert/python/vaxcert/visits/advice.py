"""What registration and vaccination are told about due doses, in Chinese and in English (R28, D12): advice, and the nurse decides.

It adds nothing to the records (R1) and refuses nothing. How a dose is told is in `vaxcert.programme.words`, for families alike.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from vaxcert.errors import JsonValue
from vaxcert.programme.due import Odd, Oddity, Plan
from vaxcert.programme.schedule import EDITION
from vaxcert.programme.words import PROGRAMME, dose_due, dose_named
from vaxcert.wording import Language
from vaxcert.wording import day as in_words

NOTE: Final[dict[Language, str]] = {
    "zh": "根据截至{as_of}的接种记录推算，仅供参考；请核对纸质预防接种证和健康状况，是否接种由护士决定。",
    "en": "Worked out from the doses on record as of {as_of}. It is advice: check the paper certificate and the child's health; the nurse decides.",
}
ADULT: Final[dict[Language, str]] = {
    "zh": "国家免疫规划疫苗儿童免疫程序只适用于儿童，不对成人推算。",
    "en": "The childhood programme is for children: nothing is worked out for adults.",
}
ODDITIES: Final[dict[Oddity, dict[Language, str]]] = {
    Oddity.UNKNOWN_VACCINE: {
        "zh": "疫苗不在对照表中，推算时未计入。",
        "en": "The vaccine is not in the table, so it was left out.",
    },
    Oddity.TOO_YOUNG: {
        "zh": "接种时小于程序规定的最小年龄，请核对。",
        "en": "Given before the programme's minimum age: please check.",
    },
    Oddity.TOO_SOON: {
        "zh": "与上一剂的间隔短于程序规定，请核对。",
        "en": "Given sooner after the dose before than the programme says: please check.",
    },
}


def advice(plan: Plan | None, as_of: date, language: Language) -> dict[str, JsonValue]:
    """`due`, `next`, `odd_doses` and `advice` of a person; `plan` is None for an adult, `as_of` the date of the feed that brought the doses."""
    day = as_of.isoformat()
    if plan is None:
        note = ADULT[language]
        return {"due": [], "advice": {"edition": EDITION, "as_of": day, "note": note}}
    body: dict[str, JsonValue] = {"due": [dose_due(turn, language) for turn in plan.due]}
    if plan.next:
        body["next"] = {
            "date": plan.next[0].since.isoformat(),
            "vaccines": [dose_named(turn, language) for turn in plan.next],
        }
    if plan.odd:
        body["odd_doses"] = [_odd(one, language) for one in plan.odd]
    body["advice"] = {
        "edition": EDITION,
        "programme": PROGRAMME[language],
        "as_of": day,
        "note": NOTE[language].format(as_of=in_words(as_of, english=language == "en")),
    }
    return body


def _odd(one: Odd, language: Language) -> dict[str, JsonValue]:
    return {
        "dose_id": one.dose_id,
        "reason": str(one.why),
        "counted": one.counted,
        "note": ODDITIES[one.why][language],
    }
