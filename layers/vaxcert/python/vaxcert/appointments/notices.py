"""What a family is told about an appointment that it did not end itself (R35, D12)."""

from __future__ import annotations

from vaxcert.appointments.model import Status
from vaxcert.claims.notices import Notice

WORDS = {
    Status.CLOSED_BY_CLINIC: {
        "zh": (
            "接种门诊已取消该时段",
            "您预约的时段已停诊，本次预约已失效，请勿前往。",
            "请重新选择时段预约；如有疑问，请联系接种门诊，或拨打 {hotline}。",
        ),
        "en": (
            "The clinic has closed this slot",
            "The clinic is closed at the time that you booked, so the appointment has ended.",
            "Please book another slot; if in doubt, ask the clinic or call {hotline}.",
        ),
    },
    Status.NO_SHOW: {
        "zh": (
            "未按预约到诊",
            "预约时段内未在取号处扫码。",
            "如仍需接种，请重新预约；当日到诊的，仍可在取号处扫码取号。如有疑问，请拨打 {hotline}。",
        ),
        "en": (
            "The appointment was missed",
            "No code was scanned at the ticket machine at the booked time.",
            "Please book again; on the same day you can still take a ticket at the clinic. If in doubt, call {hotline}.",
        ),
    },
}


def notice_of(status: Status, language: str, hotline: str) -> Notice | None:
    """What is told of an appointment in this state; None where its family ended it, or it stands."""
    words = WORDS.get(status)
    if words is None:
        return None
    title, detail, next_step = words["en" if language == "en" else "zh"]
    code = "appointment_missed" if status is Status.NO_SHOW else str(status)
    return Notice(code, title, detail, next_step.format(hotline=hotline))
