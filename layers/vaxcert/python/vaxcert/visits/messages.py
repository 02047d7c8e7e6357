"""What a scan's answer says to the nurse and to the family, in Chinese and in English (D12): a title and the next step each.

Screens must not claim that the code replaces the paper certificate (R4); where help is needed the hotline is shown (R35).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from vaxcert.devices.model import Station
from vaxcert.visits.model import Reason

type Language = Literal["zh", "en"]

HOTLINE: Final = "400-101-6588"  # the notice's; a deployment may set another


@dataclass(frozen=True, slots=True)
class Said:
    """A title and the next step. `{minutes}`, `{ticket}` and the like stand for themselves until they are known."""

    title: str
    next_step: str

    def about(
        self,
        *,
        ticket: str = "",
        minutes: int = 0,
        used_at: str = "",
        used_station: str = "",
        hotline: str = HOTLINE,
    ) -> Said:
        """With its places filled."""
        places = {
            "ticket": ticket,
            "minutes": minutes,
            "used_at": used_at,
            "used_station": used_station,
            "hotline": hotline,
        }
        return Said(self.title.format(**places), self.next_step.format(**places))


@dataclass(frozen=True, slots=True)
class Words:
    """One outcome of a scan for both readers, in one language."""

    nurse: Said
    family: Said


_AGAIN_ZH: Final = "请家长刷新亮码后重新扫描。"
_AGAIN_EN: Final = "Ask the family to refresh the code and scan again."
_HELP_ZH: Final = "请凭纸质预防接种证办理，或拨打 {hotline}。"
_HELP_EN: Final = "Go on with the paper certificate, or call {hotline}."

REFUSED: Final[dict[Reason, dict[Language, Words]]] = {
    Reason.MALFORMED: {
        "zh": Words(
            Said("不是电子预防接种证亮码", "请确认家长打开的是“亮码接种”，再重新扫描。"),
            Said("无法识别该二维码", "请在苏服办打开电子预防接种证，点击“亮码接种”后再出示。"),
        ),
        "en": Words(
            Said(
                "Not a certificate code",
                "Make sure that the family shows the certificate's own code, then scan again.",
            ),
            Said(
                "The code cannot be read",
                "Open the certificate in the app, show its code and hold it to the scanner.",
            ),
        ),
    },
    Reason.UNKNOWN_KEY: {
        "zh": Words(
            Said("亮码的签发密钥无效", _AGAIN_ZH + "如仍失败，请改用纸质证并拨打 {hotline}。"),
            Said("亮码已失效", "请返回后重新打开“亮码接种”。"),
        ),
        "en": Words(
            Said(
                "The code's key is not in use",
                _AGAIN_EN + " If it fails again, use the paper certificate and call {hotline}.",
            ),
            Said("The code no longer holds", "Go back and open the code again."),
        ),
    },
    Reason.BAD_SIGNATURE: {
        "zh": Words(
            Said("亮码签名无效，可能被篡改", f"请勿据此办理。{_AGAIN_ZH}"),
            Said("亮码无效", "请直接在苏服办中出示亮码，不要使用他人转发的图片。"),
        ),
        "en": Words(
            Said("The signature does not hold", f"Do not go on with this code. {_AGAIN_EN}"),
            Said(
                "The code is not valid", "Show the code in the app itself, not a picture that somebody sent."
            ),
        ),
    },
    Reason.EXPIRED: {
        "zh": Words(
            Said("亮码已过期", _AGAIN_ZH),
            Said("亮码已过期", "亮码有效期很短，请刷新后立即出示，截图无效。"),
        ),
        "en": Words(
            Said("The code has expired", _AGAIN_EN),
            Said(
                "The code has expired",
                "Codes are short-lived: refresh and show it at once; a screenshot does not work.",
            ),
        ),
    },
    Reason.ALREADY_USED: {
        "zh": Words(
            Said("亮码已于 {used_at} 在{used_station}使用", "如非本人操作，请核对身份。" + _AGAIN_ZH),
            Said("该亮码已使用过", "每个亮码只能使用一次，请刷新后再出示。"),
        ),
        "en": Words(
            Said(
                "The code was used at {used_at}, station: {used_station}",
                "If that was somebody else, check who they are. " + _AGAIN_EN,
            ),
            Said("This code was used already", "Each code works once: refresh and show the new one."),
        ),
    },
    Reason.RELEASED: {
        "zh": Words(
            Said("电子预防接种证已注销", "请凭纸质预防接种证办理，并提示监护人可重新申领。"),
            Said("电子预防接种证已注销", "请由监护人或本人在苏服办重新申领。"),
        ),
        "en": Words(
            Said(
                "The certificate was released",
                "Go on with the paper certificate; a guardian can claim it again.",
            ),
            Said("The certificate was released", "A guardian, or the adult, can claim it again in the app."),
        ),
    },
    Reason.SUSPENDED: {
        "zh": Words(
            Said("电子预防接种证已暂停使用", "请核对档案中的监护人与在册信息，并凭纸质证办理。"),
            Said(
                "电子预防接种证已暂停使用",
                "请在“已申领”中查看原因，或向接种门诊核实档案；咨询电话 {hotline}。",
            ),
        ),
        "en": Words(
            Said(
                "The certificate is suspended",
                "Check guardians and care status in the archive; go on with the paper certificate.",
            ),
            Said(
                "The certificate is suspended",
                "See the reason in the app, or ask the clinic to check the archive; hotline {hotline}.",
            ),
        ),
    },
    Reason.CLOSED: {
        "zh": Words(
            Said("电子预防接种证已关闭", _HELP_ZH),
            Said("电子预防接种证已关闭", "年满18周岁者请本人重新申领成人电子预防接种证。"),
        ),
        "en": Words(
            Said("The certificate is closed", _HELP_EN),
            Said(
                "The certificate is closed",
                "From the 18th birthday on the person claims their own certificate.",
            ),
        ),
    },
    Reason.GRANT_REVOKED: {
        "zh": Words(
            Said("出示人的授权已取消", "请由申领人出示亮码，或凭纸质预防接种证办理。"),
            Said("您的授权已取消", "请联系申领人重新授权。"),
        ),
        "en": Words(
            Said(
                "The bearer's authorisation was revoked",
                "Ask for the claimant's code, or go on with the paper certificate.",
            ),
            Said("Your authorisation was revoked", "Ask the claimant to authorise you again."),
        ),
    },
    Reason.GRANT_EXPIRED: {
        "zh": Words(
            Said("出示人的授权已到期", "请由申领人出示亮码，或凭纸质预防接种证办理。"),
            Said("您的授权已到期", "请联系申领人重新授权。"),
        ),
        "en": Words(
            Said(
                "The bearer's authorisation has ended",
                "Ask for the claimant's code, or go on with the paper certificate.",
            ),
            Said("Your authorisation has ended", "Ask the claimant to authorise you again."),
        ),
    },
    Reason.VISIT_ELSEWHERE: {
        "zh": Words(
            Said("今日已在其他接种门诊取号", "请家长回到取号的门诊继续办理。"),
            Said("您今日已在其他门诊取号", "请回到取号的门诊，或待其结束后再来。"),
        ),
        "en": Words(
            Said(
                "A visit is open at another clinic today",
                "Send the family back to the clinic of their ticket.",
            ),
            Said("Your visit today is at another clinic", "Go on there, or come back when it has ended."),
        ),
    },
    Reason.WRONG_ORDER: {
        "zh": Words(
            Said("环节顺序不符", "请按取号、登记、接种、留观的顺序办理。"),
            Said("还没有轮到这一环节", "请按取号、登记、接种、留观的顺序办理。"),
        ),
        "en": Words(
            Said("Not this station's turn", "The order is ticket, registration, vaccination, observation."),
            Said("Not this station yet", "The order is ticket, registration, vaccination, observation."),
        ),
    },
    Reason.OBSERVATION_NOT_OVER: {
        "zh": Words(
            Said("留观未结束，还需 {minutes} 分钟", "请让受种者留在观察区，到时再扫码离开。"),
            Said("还需留观 {minutes} 分钟", "请在观察区休息；如有不适请立即告知医护人员。"),
        ),
        "en": Words(
            Said(
                "Observation is not over: {minutes} min left",
                "Keep the person in the observation area and scan again then.",
            ),
            Said(
                "{minutes} minutes of observation left",
                "Please stay here, and tell the staff at once if you feel unwell.",
            ),
        ),
    },
}

STATIONS: Final[dict[Station, dict[Language, str]]] = {
    Station.TICKET: {"zh": "取号处", "en": "ticket"},
    Station.REGISTRATION: {"zh": "登记台", "en": "registration"},
    Station.VACCINATION: {"zh": "接种台", "en": "vaccination"},
    Station.OBSERVATION: {"zh": "留观区", "en": "observation"},
}

RECORDED: Final[dict[Language, Words]] = {
    "zh": Words(
        Said("离线扫码已补录", "该次扫码已登记，不代表办理结果；请核对纸质预防接种证。"),
        Said("离线扫码已补录", "无需再次出示。"),
    ),
    "en": Words(
        Said(
            "The offline scan was handed in",
            "It is on record and confirms no step; check the paper certificate.",
        ),
        Said("The offline scan was handed in", "There is nothing to show again."),
    ),
}
"""What is said of a scan that was made offline."""

ACCEPTED: Final[dict[Station, dict[Language, Words]]] = {
    Station.TICKET: {
        "zh": Words(
            Said("取号成功：{ticket}", "请引导家长到登记台等候叫号。"),
            Said("取号成功：{ticket}", "请到登记台等候叫号，并带好纸质预防接种证。"),
        ),
        "en": Words(
            Said("Ticket {ticket}", "Direct the family to registration."),
            Said(
                "Your ticket is {ticket}", "Wait for it at registration, with the paper certificate at hand."
            ),
        ),
    },
    Station.REGISTRATION: {
        "zh": Words(
            Said("请核对并登记：{ticket}", "请核对身份与接种记录，完成预检后提交登记结果。"),
            Said("正在登记", "请告知近期健康状况、过敏史和用药情况。"),
        ),
        "en": Words(
            Said("Register {ticket}", "Check identity and records, examine, then report fit or deferred."),
            Said("Registration", "Tell the nurse about recent illness, allergies and medicines."),
        ),
    },
    Station.VACCINATION: {
        "zh": Words(
            Said("请核对并接种：{ticket}", "请三查七对一验证，接种后提交接种结果。"),
            Said("正在接种", "请与护士核对姓名、疫苗名称和有效期。"),
        ),
        "en": Words(
            Said("Vaccinate {ticket}", "Verify person, vaccine and batch, then report the outcome."),
            Said("Vaccination", "Check name, vaccine and expiry date together with the nurse."),
        ),
    },
    Station.OBSERVATION: {
        "zh": Words(
            Said("留观结束，可以离开：{ticket}", "请确认无不适后放行。"),
            Said("留观结束，可以离开", "请妥善保管纸质预防接种证；回家后如有不适请及时就医。"),
        ),
        "en": Words(
            Said("Observation is over: {ticket}", "Let them go if they feel well."),
            Said("You may leave", "Keep the paper certificate; see a doctor if you feel unwell at home."),
        ),
    },
}
