"""What people read when something is refused: Chinese first, English on request (D12), each with what to do next.

One line per code of the contract: Chinese title, Chinese next step, English title, English next step. Places in braces are
filled from the settings (D18, `vaxcert.wording`).
"""

from __future__ import annotations

from vaxcert.wording import Language, Wording

type Message = tuple[str, str, str, str]

MESSAGES: dict[str, Message] = {
    "adult_not_grantable": (
        "成人的电子预防接种证不能授权",
        "只有儿童的电子预防接种证可以授权给家人；成人的请由本人亮码使用。",
        "An adult's certificate cannot be shared",
        "Only a child's certificate can be shared with the family; adults show their own code.",
    ),
    "already_authorized": (
        "您已授权给此人",
        "请在证照授权列表中查看，无需重复添加；如信息有误，请先取消授权再重新添加。",
        "You have authorised this person already",
        "See the list of authorisations; to change one, revoke it and add it again.",
    ),
    "already_booked": (
        "已有一个有效预约",
        "每个电子预防接种证同时只能有一个预约；如需改期，请选择“改约”，或先取消原预约。",
        "You have an appointment already",
        "Each certificate can have one appointment at a time: move it, or cancel it first.",
    ),
    "already_called": (
        "该号已由其他窗口叫号",
        "请叫下一位；如受种者未到，由叫号的窗口按过号处理。",
        "Another desk has called this ticket",
        "Call the next one; if nobody comes, the desk that called passes it over.",
    ),
    "already_claimed": (
        "该电子预防接种证已被申领",
        "儿童的电子预防接种证只能由一人申领，请申领人通过证照授权与您共用。",
        "This certificate has been claimed already",
        "Only one person can claim a child's certificate: ask that person to authorise you.",
    ),
    "already_claimed_by_you": (
        "您已申领该电子预防接种证",
        "无需重复申领，请在“已申领”中查看。",
        "You have claimed this certificate already",
        "There is nothing more to do: see your claimed certificates.",
    ),
    "assertion_expired": (
        "身份验证已过期",
        "请返回苏服办重新验证。",
        "The verification has expired",
        "Please go back to Su Fu Ban and verify again.",
    ),
    "assertion_invalid": (
        "身份验证未通过",
        "请返回苏服办，重新进入电子预防接种证服务并完成验证。",
        "The verification failed",
        "Please go back to Su Fu Ban, enter the service again and verify.",
    ),
    "assertion_replayed": (
        "该验证结果已使用过",
        "请重新进入服务并完成验证。",
        "This verification has been used already",
        "Please enter the service again and verify anew.",
    ),
    "body_too_large": (
        "提交的内容过大",
        "请减少内容后重试，上限为 8 KB。",
        "The request is too large",
        "Send at most 8 KB.",
    ),
    "certificate_suspended": (
        "电子预防接种证已暂停使用",
        "请查看暂停原因，并按说明办理；客服电话：{hotline}。",
        "The certificate is suspended",
        "See the reason and what to do about it. Hotline: {hotline}.",
    ),
    "clinic_not_allowed": (
        "设备不属于该接种单位",
        "请使用在本接种单位登记的设备。",
        "The device belongs to another clinic",
        "Use a device that is enrolled for this clinic.",
    ),
    "conflict": (
        "当前状态不能进行此操作",
        "请刷新，查看最新状态后再试。",
        "This is not possible at present",
        "Reload to see how things stand now, then try again.",
    ),
    "consent_outdated": (
        "知情同意书已更新",
        "请阅读最新版本，同意后再申领。",
        "The consent form has a newer version",
        "Read the newest version and agree to it, then claim.",
    ),
    "consent_required": (
        "需要您的同意",
        "请阅读并同意全部必选事项后再申领。",
        "Your consent is needed",
        "Read and agree to every required item, then claim.",
    ),
    "cursor_unknown": (
        "翻页位置无效",
        "请从第一页重新查询。",
        "The page position is not known",
        "Start again from the first page.",
    ),
    "delegate_is_self": (
        "不能授权给本人",
        "您就是申领人，无需授权；请填写其他家人的身份信息。",
        "You cannot authorise yourself",
        "You have claimed this certificate and need no authorisation: enter another family member.",
    ),
    "delegate_underage": (
        "被授权人未满{adult_age}周岁",
        "请授权给年满{adult_age}周岁的家人。",
        "The person is under {adult_age}",
        "Authorise a family member who is {adult_age} or older.",
    ),
    "device_assertion_invalid": (
        "设备身份验证失败",
        "请检查设备是否已登记、时钟是否准确，必要时联系管理员重新登记设备。",
        "The device could not be authenticated",
        "Check its enrolment and its clock; if needed ask the operator to enrol it again.",
    ),
    "device_disabled": (
        "设备已停用",
        "请联系管理员；恢复启用前请使用其他设备，或凭纸质预防接种证办理。",
        "The device is disabled",
        "Ask the operator; until it is enabled again, use another device or the paper certificate.",
    ),
    "forbidden": (
        "没有权限",
        "如需使用，请联系申领人或接种单位。",
        "Not allowed",
        "Ask the person who claimed the certificate, or the clinic.",
    ),
    "form_expected": (
        "不支持的内容类型",
        "请使用 application/x-www-form-urlencoded。",
        "Unsupported media type",
        "Use application/x-www-form-urlencoded.",
    ),
    "document_for_children": (
        "入托、入学查验结果只为儿童出具",
        "该证件的本人已成年；如需书面接种记录，请选择“接种记录”。",
        "The check for school entry is for children only",
        "This person has come of age; for the doses on paper, choose the vaccination record.",
    ),
    "document_limit_reached": (
        "今天出具的文书已达上限",
        "每个电子预防接种证每天最多出具 {documents_per_day} 份，请使用已出具的文书，或明天再试。",
        "No more documents can be issued today",
        "A certificate has at most {documents_per_day} documents a day: print one that was issued already, or come back tomorrow.",
    ),
    "document_superseded": (
        "接种记录已更新，该文书不再是最新",
        "请重新出具一份。",
        "The records have changed since this document was issued",
        "Please issue a new one.",
    ),
    "document_withdrawn": (
        "该文书已作废",
        "请重新出具一份；如有疑问，请拨打客服电话：{hotline}。",
        "This document has been withdrawn",
        "Please issue a new one; for questions call {hotline}.",
    ),
    "grant_limit_reached": (
        "授权人数已达上限",
        "每个电子预防接种证最多授权{grant_people}，请先取消不再需要的授权。",
        "The limit of authorisations is reached",
        "At most {grant_people} per certificate: revoke an authorisation that is no longer needed.",
    ),
    "idempotency_key_missing": (
        "缺少请求标识",
        "请在 Idempotency-Key 请求头中提供 8 至 128 位可见字符后重试。",
        "The Idempotency-Key is missing",
        "Send a header Idempotency-Key of 8 to 128 visible ASCII characters.",
    ),
    "idempotency_key_reused": (
        "请求标识已用于其他内容",
        "请使用新的 Idempotency-Key 重新提交。",
        "The Idempotency-Key was used for another request",
        "Send the new request with a new key.",
    ),
    "identity_number_invalid": (
        "证件号码有误",
        "请核对证件类型和证件号码（末位为X的须大写）后重试。",
        "The identity number is not valid",
        "Check the kind of document and its number (a final X in upper case).",
    ),
    "internal_error": (
        "服务暂时出错",
        "请稍后重试；如仍有问题，请拨打 {hotline}。",
        "Something went wrong",
        "Please try again later, or call {hotline}.",
    ),
    "invalid_request": (
        "填写的信息有误",
        "请按标出项目的提示修改后重试。",
        "Some of the information is not right",
        "Correct the items that are marked, as each of them says, and try again.",
    ),
    "keys_missing": (
        "服务尚未就绪",
        "请稍后重试；如仍有问题，请拨打 {hotline}。",
        "The service is not ready yet",
        "Please try again later, or call {hotline}.",
    ),
    "malformed_request": (
        "请求格式有误",
        "请检查请求内容是否为有效的 JSON 后重试。",
        "The request cannot be read",
        "Check that the body is valid JSON and try again.",
    ),
    "method_not_allowed": (
        "不支持该操作",
        "请查看接口文档中该地址支持的方法。",
        "The method is not supported here",
        "See the API document for the methods of this address.",
    ),
    "not_acceptable": (
        "无法提供所需格式",
        "可用格式：application/json、application/fhir+json、image/svg+xml、image/png、application/pdf、text/calendar。",
        "None of the accepted formats can be made",
        "Available: application/json, application/fhir+json, image/svg+xml, image/png, application/pdf, text/calendar.",
    ),
    "not_eligible": (
        "暂不符合申领条件",
        "请查看原因，并联系接种单位核实档案信息；客服电话：{hotline}。",
        "The certificate cannot be claimed at present",
        "See the reason, and ask the vaccination unit to check the archive. Hotline: {hotline}.",
    ),
    "not_found": (
        "未找到",
        "请返回列表刷新后重试；如有疑问，请拨打 {hotline}。",
        "Not found",
        "Go back to the list and reload; if in doubt, call {hotline}.",
    ),
    "report_limit_reached": (
        "待处理的反馈过多",
        "该电子预防接种证待处理的反馈已达上限，请等待处理结果，或直接联系接种单位。",
        "Too many open reports",
        "This certificate has as many open reports as it may have: wait for them, or ask the vaccination unit directly.",
    ),
    "slot_closed": (
        "该时段不能预约或更改",
        "该时段可能已过、尚未开放或已停诊，请刷新后选择其他时段。",
        "This slot cannot be booked or changed",
        "It may have passed, not be open yet, or have been closed: reload and choose another one.",
    ),
    "slot_closed_by_age": (
        "该时段不早于孩子{adult_age}周岁生日",
        "自{adult_age}周岁生日起，儿童电子预防接种证停止使用；请选择生日之前的时段，或届时由本人申领后自行预约。",
        "The slot is on or after the birthday at {adult_age}",
        "The child's certificate closes that day: choose an earlier slot, or let the person claim their own and book then.",
    ),
    "slot_full": (
        "该时段已约满",
        "请选择其他时段。",
        "The slot is full",
        "Please choose another slot.",
    ),
    "station_not_allowed": (
        "该设备不能用于此环节",
        "请到相应环节的设备上扫码。",
        "The device does not serve this station",
        "Scan at a device of that station.",
    ),
    "too_many_requests": (
        "操作过于频繁",
        "请稍候再试。",
        "Too many requests",
        "Please wait a moment and try again.",
    ),
    "unauthorized": (
        "请先完成验证",
        "登录状态无效或已过期。请从苏服办重新进入并完成身份验证；门诊设备请重新获取令牌。",
        "Please verify first",
        "Your session is missing or over: enter again from Su Fu Ban and verify; a device of a clinic fetches a new token.",
    ),
    "unavailable": (
        "服务繁忙",
        "本次操作尚未完成，请稍后重试，不会重复办理。",
        "The service is busy",
        "This is not done yet: please try again shortly. Nothing will be done twice.",
    ),
    "unsupported_media_type": (
        "不支持的内容类型",
        "请使用 application/json。",
        "Unsupported media type",
        "Use application/json.",
    ),
    "unsupported_grant_type": (
        "不支持的授权类型",
        "请使用 grant_type=client_credentials 和 ES256 客户端断言（RFC 7523）。",
        "The grant type is not supported",
        "Use grant_type=client_credentials with an ES256 client assertion (RFC 7523).",
    ),
    "verification_stale": (
        "需要重新验证",
        "申领、授权和注销须在身份验证后 {verification}内完成，请重新验证。",
        "Please verify again",
        "Claiming, authorising and releasing must be done within {verification} of your verification.",
    ),
    "wrong_order": (
        "环节顺序不符",
        "请按取号、登记、接种、留观的顺序办理。",
        "It is not this station's turn",
        "The order is ticket, registration, vaccination, observation.",
    ),
}


def message(code: str, language: Language, wording: Wording) -> tuple[str, str]:
    """Title and next step of a code; those of `internal_error` for a code without a line (a test forbids that)."""
    zh_title, zh_detail, en_title, en_detail = MESSAGES.get(code, MESSAGES["internal_error"])
    words = (en_title, en_detail) if language == "en" else (zh_title, zh_detail)
    title, detail = (wording.fill(text, language) for text in words)
    return title, detail
