"""What somebody agrees to before they are reminded: a consent of its own, asked for by no claim (docs/reminders.md, PIPL 14, 29).

As with the consent to claim, a text that was in force is never edited, and the version that is shown and recorded carries a
digest of the words as they read (`vaxcert.claims.consent`).
"""

from __future__ import annotations

from typing import Final

from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import Consent, Offer, Purpose, Text, in_words_of

CONSENTS: Final = (
    Consent(
        version="2026-12-01",
        text=Text(
            zh="""《接种提醒知情同意书》
1. 个人信息处理者：{handler}；联系方式：{handler_contact}；客服电话：{hotline}。
2. 提醒内容：开启后，有疫苗可以接种、次日有预约、反馈已办结，或被授权人改约、取消预约（仅提醒申领人）时，由苏服办向您发送提醒，每人每天最多一条。
3. 处理目的、方式和信息种类：为判断是否需要提醒，信息系统每天自动核对一次该证件的接种记录、预约、反馈和改约记录，不作他用。我们只向苏服办提供一个随机编号和提醒类型，不提供姓名、证件号码、手机号码和接种信息。接种记录属于敏感个人信息，须取得您的单独同意。
4. 保存期限：您的同意记录和随机编号保存到提醒关闭为止，关闭后次日删除。
5. 您的权利：提醒不是使用电子预防接种证的前提，不开启不影响其他功能。您可以随时关闭，撤回同意，关闭后立即停止发送；证件注销或授权结束后，提醒自动停止。提醒仅供参考，能否接种由接种单位评估后告知。""",
            en="""Consent for vaccination reminders
1. Who processes your personal information: {handler}; contact: {handler_contact}; hotline: {hotline}.
2. What you are reminded of: a vaccine that may be given, an appointment on the next day, a report that has been dealt with, and an appointment that an authorised person moved or cancelled (the claimant only). The Su Fu Ban platform sends the reminder, one a day and person at most.
3. Purpose, means and kinds of information: to find out whether there is something to remind you of, the information system looks once a day at the certificate's vaccination records, appointments, reports and changes of appointments, and uses them for nothing else. The platform gets a random number and the kind of reminder; it gets no name, identity number, phone or vaccination from us. Vaccination records are sensitive personal information, and we need your separate consent.
4. How long we keep it: your consent and the random number until reminders are switched off; they are deleted on the following day.
5. Your rights: reminders are no condition of the certificate, and everything else works without them. You can switch them off at any time, which withdraws your consent; sending stops at once. Reminders also end when the certificate is released or the authorisation ends. They are advice; the vaccination unit assesses whether a vaccine can be given.""",
        ),
        purposes={
            Purpose.REMINDERS: Text(
                zh="单独同意为发送接种提醒处理接种记录、预约、反馈和改约记录。",
                en="I separately agree that vaccination records, appointments, reports and changes of appointments are processed to send reminders.",
            ),
        },
    ),
)
"""Every text that was ever in force, oldest first, with places for the settings; the last one is in force."""


def reminder_offer_of(settings: Settings) -> Offer:
    """What has to be agreed to, in this deployment's words."""
    consent = in_words_of(settings, CONSENTS[-1])
    return Offer(consent, tuple(consent.purposes))
