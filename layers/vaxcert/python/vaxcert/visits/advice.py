"""What registration and vaccination are told about due doses, in Chinese and in English (R28, D12): advice, and the nurse decides.

It adds nothing to the records (R1) and refuses nothing. Names of fields are those of a dose; English names come on request, beside the
Chinese ones, as in the records.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from vaxcert.errors import JsonValue
from vaxcert.programme.courses import Due, Hint
from vaxcert.programme.due import Odd, Oddity, Plan
from vaxcert.programme.schedule import EDITION
from vaxcert.wording import Language

PROGRAMME: Final[dict[Language, str]] = {
    "zh": "国家免疫规划疫苗儿童免疫程序及说明（2026年版）",
    "en": "National childhood immunisation programme, 2026 edition",
}
NOTE: Final[dict[Language, str]] = {
    "zh": "根据截至 {as_of} 的接种记录推算，仅供参考；请核对纸质预防接种证和健康状况，是否接种由护士决定。",
    "en": "Worked out from the doses on record as of {as_of}. It is advice: check the paper certificate and the child's health; the nurse decides.",
}
ADULT: Final[dict[Language, str]] = {
    "zh": "国家免疫规划疫苗儿童免疫程序只适用于儿童，不对成人推算。",
    "en": "The childhood programme is for children: nothing is worked out for adults.",
}
HINTS: Final[dict[Hint, dict[Language, str]]] = {
    Hint.CATCH_UP: {
        "zh": "已过推荐年龄，请尽早补种，无需重新开始全程。",
        "en": "Past the recommended age: catch up soon, without beginning again.",
    },
    Hint.TUBERCULIN_TEST: {
        "zh": "满3月龄，结核菌素试验阴性后方可补种。",
        "en": "From 3 months on only after a negative tuberculin test.",
    },
    Hint.OR_INACTIVATED: {
        "zh": "也可选择灭活疫苗，剂次按灭活疫苗程序。",
        "en": "The inactivated vaccine may be chosen instead, with its own number of doses.",
    },
    Hint.OR_LIVE: {
        "zh": "无条件接种灭活疫苗第2剂时，可用1剂减毒活疫苗完成。",
        "en": "Where no second inactivated dose can be had, one live dose completes it.",
    },
    Hint.MIXED_PRODUCTS: {
        "zh": "减毒与灭活疫苗均有接种，请核对程序。",
        "en": "Live and inactivated doses are on record: check which course is followed.",
    },
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
    body: dict[str, JsonValue] = {"due": [_due(turn, language) for turn in plan.due]}
    if plan.next:
        body["next"] = {
            "date": plan.next[0].since.isoformat(),
            "vaccines": [_named(turn, language) for turn in plan.next],
        }
    if plan.odd:
        body["odd_doses"] = [_odd(one, language) for one in plan.odd]
    body["advice"] = {
        "edition": EDITION,
        "programme": PROGRAMME[language],
        "as_of": day,
        "note": NOTE[language].format(as_of=day),
    }
    return body


def _named(turn: Due, language: Language) -> dict[str, JsonValue]:
    named: dict[str, JsonValue] = {
        "vaccine_code": turn.vaccine.code,
        "vaccine": turn.vaccine.key,
        "vaccine_name": turn.vaccine.chinese,
        "dose_no": turn.dose_no,
    }
    if language == "en":
        named["vaccine_name_en"] = turn.vaccine.english
    return named


def _due(turn: Due, language: Language) -> dict[str, JsonValue]:
    body = {**_named(turn, language), "since": turn.since.isoformat()}
    if turn.before is not None:
        body["recommended_before"] = turn.before.isoformat()
    if turn.ends_early:
        body["until"] = turn.until.isoformat()
    if turn.hints:
        body["note"] = ("" if language == "zh" else " ").join(HINTS[hint][language] for hint in turn.hints)
    return body


def _odd(one: Odd, language: Language) -> dict[str, JsonValue]:
    return {
        "dose_id": one.dose_id,
        "reason": str(one.why),
        "counted": one.counted,
        "note": ODDITIES[one.why][language],
    }
