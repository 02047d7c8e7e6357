"""A month's figures as a table for a spreadsheet, with Chinese heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vaxcert.spreadsheet import as_csv
from vaxcert.visits.model import Reason, State
from vaxcert.visits.month import ARRIVED, BOOKED, DOSES, MEASURES, NO_SHOWS, SCANS, TICKETS, Month

_WORDS: Final = {
    TICKETS: "取号",
    State.DONE: "完成",
    State.DEFERRED: "暂缓接种",
    State.NOT_VACCINATED: "未接种",
    State.LEFT: "弃号",
    State.ABANDONED: "未走完流程",
    SCANS: "亮码通过",
    BOOKED: "预约",
    ARRIVED: "预约到诊",
    NO_SHOWS: "爽约",
    DOSES: "登记接种剂次",
}
_REASONS: Final = {
    Reason.EXPIRED: "码已过期",
    Reason.ALREADY_USED: "码已用过",
    Reason.RELEASED: "证已注销",
    Reason.SUSPENDED: "证已暂停",
    Reason.CLOSED: "证已关闭",
    Reason.GRANT_REVOKED: "授权已撤销",
    Reason.GRANT_EXPIRED: "授权已到期",
    Reason.VISIT_ELSEWHERE: "正在其他单位就诊",
    Reason.WRONG_ORDER: "流程顺序不符",
    Reason.OBSERVATION_NOT_OVER: "留观未满",
}
HEADS: Final[dict[str, str]] = {
    **{str(measure): word for measure, word in _WORDS.items()},
    **{f"refused_{reason}": f"亮码未通过：{word}" for reason, word in _REASONS.items()},
}
"""What stands above each measure."""


def file_of(month: Month) -> bytes:
    """The month's file: a line for each clinic where something was counted."""
    head = ("月份", "已统计天数", "接种单位编码", "接种单位", *(HEADS[measure] for measure in MEASURES))
    return as_csv(head, _rows(month))


def _rows(month: Month) -> Iterator[tuple[str, ...]]:
    for one in month.clinics:
        counts = (str(one.counts.get(measure, 0)) for measure in MEASURES)
        yield f"{month.first:%Y年%m月}", str(len(month.days)), one.clinic_code, one.clinic_name, *counts
