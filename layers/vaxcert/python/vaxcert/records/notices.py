"""What stands beside every list of doses: paper goes on, other provinces, rabies, incomplete history (R4, R5, R29–R33, R43).

After a vaccination it also says which reactions are usual and whom to call (疑似预防接种异常反应). It judges nobody's health.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from vaxcert.archives.model import Dose
from vaxcert.claims.model import Kind
from vaxcert.claims.notices import Notice

type Words = tuple[str, str, str]

AFTER: Final = "after_vaccination"
WATCHED: Final = timedelta(days=7)
"""How long after a dose its family reads of reactions."""

WORDS: Final[dict[str, tuple[Words, Words]]] = {
    AFTER: (
        (
            "接种后请留意身体反应",
            "接种后，有人会出现接种部位红肿、疼痛，或低热、乏力等一般反应，通常几天内自行缓解。",
            (
                "如有高热、红肿加重、全身皮疹等情况，或您不放心，请及时就医，并告诉接种单位{clinic}；如有呼吸困难、抽搐、意识不清，请立即拨打120。"
                "疑似预防接种异常反应由接种单位或医疗机构报告。电子预防接种证客服电话：{hotline}。"
            ),
        ),
        (
            "After the vaccination: usual reactions, and whom to call",
            "Some people have redness, swelling or pain where the vaccine was given, a slight fever or tiredness. It usually passes within days.",
            (
                "With a high fever, swelling that grows, a rash all over or any other worry, see a doctor and tell the vaccination unit{clinic}. "
                "With trouble breathing, convulsions or a clouded mind, call 120 at once. A suspected adverse reaction is reported by the "
                "vaccination unit or the hospital. Hotline for the certificate: {hotline}."
            ),
        ),
    ),
    "paper": (
        (
            "接种时仍请携带纸质预防接种证",
            "电子预防接种证处于试点阶段，与纸质预防接种证（接种凭证）联合使用，不替代纸质证件。",
            "试点期间接种时，请携带{paper}。",
        ),
        (
            "Please keep bringing the paper certificate",
            "The electronic certificate is a pilot; it is used together with the paper one and does not replace it.",
            "While the pilot lasts, bring {paper} to every vaccination.",
        ),
    ),
    "other_provinces": (
        (
            "去外省接种前，请先补打纸质预防接种证",
            "接种记录尚未全国联网，外省接种单位凭纸质预防接种证核验接种记录。",
            "出省前，请到本地接种单位将纸质预防接种证补充打印完整；在外省接种后返回时，请带纸质预防接种证到门诊补录，次日更新。",
        ),
        (
            "Before a vaccination in another province",
            "Records are not shared nationwide: vaccination units of other provinces go by the paper certificate.",
            (
                "Before you leave, have the paper certificate printed complete; when you are back, take it to the clinic to have doses "
                "given elsewhere added. They show the next day."
            ),
        ),
    ),
    "rabies": (
        (
            "暂不显示狂犬疫苗接种记录",
            "2020年12月以后的狂犬疫苗接种记录属于犬伤预防接种信息系统，两个系统的数据正在连通。",
            "需要时请凭纸质接种凭证，或向接种单位查询；连通后将在此显示。",
        ),
        (
            "Rabies vaccinations are not shown yet",
            "Those since December 2020 are in another system; the two are being connected.",
            "Use the paper record or ask the vaccination unit; they will be shown here once connected.",
        ),
    ),
    "incomplete": (
        (
            "部分历史记录可能不完整",
            "接种信息来源于江苏省预防接种管理信息系统，部分历史或省外接种数据可能不够完整准确。",
            "如发现有误，请联系接种单位核实更正，次日生效。客服电话：{hotline}。",
        ),
        (
            "Older records may be incomplete",
            "The data come from the provincial system; some older doses, or doses of other provinces, may be missing or inexact.",
            "Ask the vaccination unit to correct what is wrong; it takes effect the next day. Hotline {hotline}.",
        ),
    ),
}


# What a person brings on paper: a child's certificate is the province's, an adult has what the clinic gave out.
_PAPER: Final = {
    Kind.CHILD: ("纸质的《江苏省儿童预防接种证》", "the paper certificate"),
    Kind.ADULT: ("纸质的预防接种证或接种凭证", "the paper certificate or record"),
}


def just_given(doses: Iterable[Dose], today: date) -> Dose | None:
    """The newest of these doses, newest first, if it was given within the last days."""
    newest = next((dose for dose in doses if dose.date <= today), None)
    return newest if newest is not None and today - newest.date <= WATCHED else None


def record_notices(
    language: str, kind: Kind, *, rabies_shown: bool, hotline: str, given: Dose | None = None
) -> tuple[Notice, ...]:
    """The notices of a records page of a child or an adult, in Chinese or English; `given` is a dose that was just given."""
    english = language == "en"
    clinic = given.clinic_name if given else None
    named = "" if clinic is None else f" ({clinic})" if english else f"（{clinic}）"
    places = {"hotline": hotline, "paper": _PAPER[kind][english], "clinic": named}
    return tuple(
        Notice(code, *(words.format(**places) for words in WORDS[code][english]))
        for code in WORDS
        if not (code == "rabies" and rabies_shown) and not (code == AFTER and given is None)
    )
