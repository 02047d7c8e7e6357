"""What a scan's answer says to the nurse and to the family, in Chinese and in English (D12): a title and the next step each.

Screens must not claim that the code replaces the paper certificate (R4); where help is needed the hotline is shown (R35). Words
are for children and adults alike: nobody is called a parent here. The picture is 二维码; 亮码 is what one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vaxcert.devices.model import Station
from vaxcert.visits.model import OutOfTurn, Reason
from vaxcert.wording import Language, Wording


@dataclass(frozen=True, slots=True)
class Said:
    """A title and the next step, with places in braces: the settings' (`vaxcert.wording`) and those of the scan."""

    title: str
    next_step: str

    def about(
        self,
        language: Language,
        wording: Wording,
        *,
        ticket: str = "",
        minutes: int | None = None,
        used_at: str = "",
        used_station: str = "",
        here: str = "",
        step: str = "",
        there: str = "",
        desk: str = "",
        before: int | None = None,
        behind: int | None = None,
        clinic: str = "",
        batch: str = "",
    ) -> Said:
        """With its places filled; one that the words do not name may be left out.

        `here` is the station that scanned and `step` what is done there, `there` the one where the person is wanted.
        `desk` is the one that calls, `before` and `behind` are how many go ahead, `clinic` is whom to tell.
        """
        places = {
            "ticket": ticket,
            "minutes": str(minutes),
            "used_at": used_at,
            "used_station": used_station,
            "here": here,
            "step": step,
            "there": there,
            "desk": desk,
            "before": str(before),
            "behind": str(behind),
            "clinic": clinic,
            "batch": batch,
        }
        return Said(
            wording.fill(self.title, language, **places), wording.fill(self.next_step, language, **places)
        )


@dataclass(frozen=True, slots=True)
class Words:
    """One outcome of a scan for both readers, in one language."""

    nurse: Said
    family: Said


_AGAIN_ZH: Final = "请对方刷新二维码后重新扫描。"
_AGAIN_EN: Final = "Ask them to refresh the code, then scan again."
_HELP_ZH: Final = "请凭纸质预防接种证办理，或拨打 {hotline}。"
_HELP_EN: Final = "Go on with the paper certificate, or call {hotline}."

REFUSED: Final[dict[Reason, dict[Language, Words]]] = {
    Reason.MALFORMED: {
        "zh": Words(
            Said("不是电子预防接种证的二维码", "请确认对方打开的是“亮码接种”，再重新扫描。"),
            Said("无法识别该二维码", "请在苏服办打开电子预防接种证，点击“亮码接种”后再出示。"),
        ),
        "en": Words(
            Said(
                "Not a certificate's code",
                "Make sure that they show the code of the certificate itself, then scan again.",
            ),
            Said(
                "The code cannot be read",
                "Open the certificate in the app, show its code and hold it to the scanner.",
            ),
        ),
    },
    Reason.UNKNOWN_KEY: {
        "zh": Words(
            Said(
                "二维码的签发密钥已停用", _AGAIN_ZH + "如仍失败，请凭纸质预防接种证办理，并拨打 {hotline}。"
            ),
            Said("二维码已失效", "请返回后重新打开“亮码接种”。"),
        ),
        "en": Words(
            Said(
                "The code's key is no longer in use",
                _AGAIN_EN + " If it fails again, use the paper certificate and call {hotline}.",
            ),
            Said("The code is no longer valid", "Go back and open the code again."),
        ),
    },
    Reason.BAD_SIGNATURE: {
        "zh": Words(
            Said("二维码验证失败，可能被篡改", f"请勿据此办理。{_AGAIN_ZH}"),
            Said("二维码验证失败", "请直接在苏服办中打开“亮码接种”出示，不要使用他人转发的图片。"),
        ),
        "en": Words(
            Said("The code failed verification; it may be forged", f"Do not go on with it. {_AGAIN_EN}"),
            Said(
                "The code failed verification",
                "Show the code in the app itself, not a picture that somebody sent.",
            ),
        ),
    },
    Reason.EXPIRED: {
        "zh": Words(
            Said("二维码已过期", _AGAIN_ZH),
            Said("二维码已过期", "二维码有效期很短，请刷新后立即出示；截图无效。"),
        ),
        "en": Words(
            Said("The code has expired", _AGAIN_EN),
            Said(
                "The code has expired",
                "Codes are short-lived: refresh and show it at once. A screenshot does not work.",
            ),
        ),
    },
    Reason.ALREADY_USED: {
        "zh": Words(
            Said(
                "二维码已于 {used_at} 在{used_station}使用",
                "如不是出示人本人使用，请核对身份。" + _AGAIN_ZH,
            ),
            Said("该二维码已使用过", "每个二维码只能使用一次，请刷新后再出示。"),
        ),
        "en": Words(
            Said(
                "The code was used at {used_at} at {used_station}",
                "If that was somebody else, check who they are. " + _AGAIN_EN,
            ),
            Said("This code has been used already", "Each code works once: refresh and show the new one."),
        ),
    },
    Reason.RELEASED: {
        "zh": Words(
            Said("电子预防接种证已注销", "请凭纸质预防接种证办理，并告知可在苏服办重新申领。"),
            Said("电子预防接种证已注销", "请由监护人或本人在苏服办重新申领。"),
        ),
        "en": Words(
            Said(
                "The certificate was released",
                "Go on with the paper certificate; it can be claimed again in the app.",
            ),
            Said("The certificate was released", "A guardian, or the adult, can claim it again in the app."),
        ),
    },
    Reason.SUSPENDED: {
        "zh": Words(
            Said(
                "电子预防接种证已暂停使用",
                "请核对档案中的身份、监护人与在册信息，并凭纸质预防接种证办理。",
            ),
            Said(
                "电子预防接种证已暂停使用",
                "申领人可在“已申领”中查看原因；也可请接种门诊核实档案。客服电话：{hotline}。",
            ),
        ),
        "en": Words(
            Said(
                "The certificate is suspended",
                "Check identity, guardians and care status in the archive; go on with the paper certificate.",
            ),
            Said(
                "The certificate is suspended",
                "Its claimant sees the reason in the app; or ask the clinic to check the archive. Hotline: {hotline}.",
            ),
        ),
    },
    Reason.CLOSED: {
        "zh": Words(
            Said("电子预防接种证已停止使用", _HELP_ZH),
            Said(
                "电子预防接种证已停止使用",
                "如已年满{adult_age}周岁，请由本人重新申领；其他情况请向接种门诊了解，或拨打 {hotline}。",
            ),
        ),
        "en": Words(
            Said("The certificate is closed", _HELP_EN),
            Said(
                "The certificate is closed",
                "From the birthday at {adult_age} on people claim their own; otherwise ask the clinic, or call {hotline}.",
            ),
        ),
    },
    Reason.GRANT_REVOKED: {
        "zh": Words(
            Said("出示人的授权已取消", "请由申领人出示二维码，或凭纸质预防接种证办理。"),
            Said("您的授权已取消", "请联系申领人重新授权。"),
        ),
        "en": Words(
            Said(
                "The authorisation of who shows it was revoked",
                "Ask for the claimant's code, or go on with the paper certificate.",
            ),
            Said("Your authorisation was revoked", "Ask the claimant to authorise you again."),
        ),
    },
    Reason.GRANT_EXPIRED: {
        "zh": Words(
            Said("出示人的授权已到期", "请由申领人出示二维码，或凭纸质预防接种证办理。"),
            Said("您的授权已到期", "请联系申领人重新授权。"),
        ),
        "en": Words(
            Said(
                "The authorisation of who shows it has ended",
                "Ask for the claimant's code, or go on with the paper certificate.",
            ),
            Said("Your authorisation has ended", "Ask the claimant to authorise you again."),
        ),
    },
    Reason.VISIT_ELSEWHERE: {
        "zh": Words(
            Said("今日已在其他接种门诊取号", "请对方回到取号的门诊继续办理；如属误取，请与该门诊联系取消。"),
            Said(
                "您今日已在其他接种门诊取号", "请回到取号的门诊办理；如属误取，请与该门诊联系取消后再来取号。"
            ),
        ),
        "en": Words(
            Said(
                "A visit is open at another clinic today",
                "Send them back to the clinic of their ticket, or ask that clinic to give up a ticket drawn by mistake.",
            ),
            Said(
                "Your visit today is at another clinic",
                "Go on there; if the ticket was drawn by mistake, ask that clinic to give it up.",
            ),
        ),
    },
    Reason.OBSERVATION_NOT_OVER: {
        "zh": Words(
            Said("留观未结束，还需 {minutes} 分钟", "请受种者继续在留观区等候，到时再扫码离开。"),
            Said("还需留观 {minutes} 分钟", "请在留观区休息；如有不适，请立即告知医护人员。"),
        ),
        "en": Words(
            Said(
                "Observation is not over: {minutes} min left",
                "Keep the person in the observation area, and scan again then.",
            ),
            Said(
                "{minutes} min of observation left",
                "Please stay in the observation area, and tell the staff at once if you feel unwell.",
            ),
        ),
    },
}
"""Every reason but `wrong_order`, whose words depend on where the visit stands: `OUT_OF_TURN`."""

OUT_OF_TURN: Final[dict[OutOfTurn, dict[Language, Words]]] = {
    OutOfTurn.NO_TICKET: {
        "zh": Words(
            Said("尚未取号", "请引导受种者先到取号处扫码取号。"),
            Said("请先取号", "请先到取号处扫码取号，再到{here}。"),
        ),
        "en": Words(
            Said("No ticket yet", "Send the person to the ticket machine first."),
            Said("Please take a ticket first", "Scan at the ticket machine, then come to {here}."),
        ),
    },
    OutOfTurn.HAS_TICKET: {
        "zh": Words(
            Said("已取号：{ticket}", "请引导受种者到{there}，无需重复取号。"),
            Said("您已取号 {ticket}", "请到{there}，无需重复取号。"),
        ),
        "en": Words(
            Said("Ticket {ticket} is drawn already", "Direct the person to {there}."),
            Said("You have ticket {ticket} already", "Please go to {there}."),
        ),
    },
    OutOfTurn.DONE_HERE: {
        "zh": Words(
            Said("已完成{step}：{ticket}", "请引导受种者到{there}。"),
            Said("您已完成{step}", "请到{there}。"),
        ),
        "en": Words(
            Said("Done with {step} already: {ticket}", "Direct the person to {there}."),
            Said("You are done with {step}", "Please go to {there}."),
        ),
    },
    OutOfTurn.NOT_YET: {
        "zh": Words(
            Said("还没有轮到{step}：{ticket}", "请引导受种者先到{there}。"),
            Said("还没有轮到{step}", "请先到{there}。"),
        ),
        "en": Words(
            Said("Not {step} yet: {ticket}", "Direct the person to {there} first."),
            Said("It is not time for {step} yet", "Please go to {there} first."),
        ),
    },
    OutOfTurn.OVER: {
        "zh": Words(
            Said("今日办理已结束：{ticket}", "如需再次办理，请引导受种者到取号处重新取号。"),
            Said("您今日的办理已结束", "如需再次办理，请到取号处重新取号。"),
        ),
        "en": Words(
            Said("Today's visit has ended: {ticket}", "To go on, the person needs a new ticket."),
            Said("Your visit today has ended", "To go on, please take a new ticket."),
        ),
    },
}
"""A scan at a station where the visit is not: what has been done, and where to go."""

SCANNER: Final[dict[Language, Words]] = {
    "zh": Words(
        Said(
            "扫码枪设置有误，无法读取二维码",
            "请检查扫码枪设置：使用英文半角输入，不改变大小写和符号；修复前请换一台设备，或凭纸质预防接种证办理。",
        ),
        Said("暂时无法读取您的二维码", "二维码本身没有问题，请稍候，由工作人员处理。"),
    ),
    "en": Words(
        Said(
            "The scanner's settings spoil the code",
            "Check the scanner: English keyboard, no change of case or symbols. Until then use another device or the "
            "paper certificate.",
        ),
        Said("Your code cannot be read here yet", "Nothing is wrong with it; the staff will see to it."),
    ),
}
"""What is said where a code of ours arrives spoiled (`malformed`): the family can do nothing about it."""

STATIONS: Final[dict[Station, dict[Language, str]]] = {
    Station.TICKET: {"zh": "取号处", "en": "the ticket machine"},
    Station.REGISTRATION: {"zh": "登记台", "en": "the registration desk"},
    Station.VACCINATION: {"zh": "接种台", "en": "the vaccination desk"},
    Station.OBSERVATION: {"zh": "留观区", "en": "the observation area"},
}

STEPS: Final[dict[Station, dict[Language, str]]] = {
    Station.TICKET: {"zh": "取号", "en": "the ticket"},
    Station.REGISTRATION: {"zh": "登记", "en": "registration"},
    Station.VACCINATION: {"zh": "接种", "en": "vaccination"},
    Station.OBSERVATION: {"zh": "留观", "en": "observation"},
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
            Said("取号成功：{ticket}", "请引导受种者到登记台等候叫号。"),
            Said("取号成功：{ticket}", "请带好纸质预防接种证，到登记台等候叫号。"),
        ),
        "en": Words(
            Said("Ticket {ticket}", "Direct the person to the registration desk."),
            Said(
                "Your ticket is {ticket}",
                "Wait at the registration desk until it is called, with the paper certificate at hand.",
            ),
        ),
    },
    Station.REGISTRATION: {
        "zh": Words(
            Said("请核对并登记：{ticket}", "请核对身份与接种记录，完成预检后提交登记结果。"),
            Said("正在登记", "请告知受种者近期健康状况、过敏史和用药情况。"),
        ),
        "en": Words(
            Said("Register {ticket}", "Check identity and records, examine, then report fit or deferred."),
            Said("Registration", "Tell the nurse about recent illness, allergies and medicines."),
        ),
    },
    Station.VACCINATION: {
        "zh": Words(
            Said("请核对并接种：{ticket}", "请执行“三查七对一验证”，接种后提交接种结果。"),
            Said("正在接种", "请与护士核对姓名、疫苗名称和有效期。"),
        ),
        "en": Words(
            Said(
                "Vaccinate {ticket}",
                "Carry out the three checks, seven comparisons and one verification, then report the outcome.",
            ),
            Said("Vaccination", "Check name, vaccine and expiry date together with the nurse."),
        ),
    },
    Station.OBSERVATION: {
        "zh": Words(
            Said("留观结束，可以离开：{ticket}", "请确认受种者无不适后放行。"),
            Said("留观结束，可以离开", "请妥善保管纸质预防接种证；回家后如有不适，请及时就医。"),
        ),
        "en": Words(
            Said("Observation is over: {ticket}", "Let the person go if they feel well."),
            Said("You may leave", "Keep the paper certificate; see a doctor if you feel unwell at home."),
        ),
    },
}
