"""How what is due is told, in Chinese and in English: a dose, for nurses and families alike, and the words for families (D12, D19).

Names of fields are those of a dose; English names come on request, beside the Chinese ones, as in the records.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from vaxcert.errors import JsonValue
from vaxcert.programme.courses import Due, Hint
from vaxcert.programme.due import Plan
from vaxcert.wording import Language, day

PROGRAMME: Final[dict[Language, str]] = {
    "zh": "国家免疫规划疫苗儿童免疫程序及说明（2026年版）",
    "en": "National childhood immunisation programme, 2026 edition",
}
ADVICE: Final[dict[str, dict[Language, str]]] = {
    "plan": {
        "zh": "本计划根据《{programme}》和截至{as_of}的接种记录推算，仅供参考，不作为拒绝接种或拒绝入托、入学的依据。"
        "接种禁忌由接种单位询问并记录，本计划没有计入；接种哪些疫苗、何时接种，请以接种单位的意见为准。",
        "en": "Worked out from the {programme} and the doses on record as of {as_of}. It is advice: it refuses neither a vaccination nor a "
        "place at kindergarten or school. Contraindications are noted by the clinic and are not taken into account here; the clinic "
        "advises what is given, and when.",
    },
    "missing": {
        "zh": "有疫苗已过推荐年龄尚未接种，请尽早预约补种，无需重新开始全程；已经接种但这里没有显示的，请携带纸质预防接种证到接种单位核实补录，次日更新。",
        "en": "Some doses are past their recommended age: book soon to catch up, without beginning again. A dose that was given and is not shown "
        "here is added by the clinic from the paper certificate, and shows the next day.",
    },
    "adult": {
        "zh": "《{programme}》只适用于儿童，成人没有按该程序应当接种的疫苗。需要接种流感、乙肝等疫苗时，请咨询接种单位。",
        "en": "The {programme} is for children: no dose of it is due for an adult. For other vaccines, such as influenza or hepatitis B, ask a "
        "vaccination unit.",
    },
}
"""What a family reads beside a plan: what it is, what to do where something is missing, and that it is not for adults."""
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


def advice(plan: Plan | None, as_of: date, language: Language) -> str:
    """What a family reads beside its plan of the feed of `as_of`; `plan` is None for an adult."""
    told = ["adult"] if plan is None else ["plan"] if plan.complete else ["plan", "missing"]
    places = {"programme": PROGRAMME[language], "as_of": day(as_of, english=language == "en")}
    return ("" if language == "zh" else " ").join(ADVICE[name][language].format(**places) for name in told)


def dose_named(turn: Due, language: Language) -> dict[str, JsonValue]:
    """Which dose of which vaccine."""
    named: dict[str, JsonValue] = {
        "vaccine_code": turn.vaccine.code,
        "vaccine": turn.vaccine.key,
        "vaccine_name": turn.vaccine.chinese,
        "dose_no": turn.dose_no,
    }
    if language == "en":
        named["vaccine_name_en"] = turn.vaccine.english
    return named


def dose_due(turn: Due, language: Language) -> dict[str, JsonValue]:
    """The same, with its days and what to know of it."""
    body = {**dose_named(turn, language), "since": turn.since.isoformat()}
    if turn.before is not None:
        body["recommended_before"] = turn.before.isoformat()
    if turn.ends_early:
        body["until"] = turn.until.isoformat()
    if turn.hints:
        body["note"] = ("" if language == "zh" else " ").join(HINTS[hint][language] for hint in turn.hints)
    return body
