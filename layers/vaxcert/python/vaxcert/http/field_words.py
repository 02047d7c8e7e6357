"""What people read beside each field that was refused (`errors[].detail`): Chinese first, English on request (D12).

One line per code of a field, and one per hint where a code means something of its own for one kind of field.
"""

from __future__ import annotations

from typing import Final

from vaxcert.errors import FieldCode, FieldError, FieldHint
from vaxcert.wording import Language

FIELD_WORDS: Final[dict[FieldCode | FieldHint, tuple[str, str]]] = {
    "control_character": (
        "含有无法识别的字符，请删除后重新填写。",
        "It holds characters that cannot be taken; remove them and type it again.",
    ),
    "in_the_past": (
        "日期已过，请填写今天或以后的日期。",
        "The date has passed; enter today or a later day.",
    ),
    "invalid": (
        "填写有误，请核对后重新填写。",
        "This is not right; check it and enter it again.",
    ),
    "missing_or_malformed": (
        "请在请求头中提供 8 至 128 位可见字符。",
        "Send a header of 8 to 128 visible ASCII characters.",
    ),
    "out_of_range": (
        "超出允许的范围，请修改后重试。",
        "It is out of range; change it and try again.",
    ),
    "required": (
        "此项为必填，请填写。",
        "This is needed; please fill it in.",
    ),
    "too_long": (
        "内容过长，请缩短后重试。",
        "It is too long; shorten it and try again.",
    ),
    "too_short": (
        "内容为空或过短，请补充完整。",
        "It is empty or too short; please complete it.",
    ),
    "unknown": (
        "没有这一选项，请重新选择。",
        "There is no such choice; please choose again.",
    ),
    "unknown_field": (
        "不支持该字段，请去掉后重试。",
        "There is no such field; leave it out and try again.",
    ),
    "wrong_type": (
        "格式不符，请按接口文档填写。",
        "It is of the wrong type; see the API document.",
    ),
    "cursor": (
        "请从第一页重新查询。",
        "Start again from the first page.",
    ),
    "date": (
        "请填写实际存在的日期，格式为“年-月-日”，如 2030-12-31。",
        "Enter a day of the calendar as year-month-day, for example 2030-12-31.",
    ),
    "dose": (
        "接种记录中没有这一剂次，请刷新接种记录后重新选择。",
        "The records have no such dose; reload them and choose again.",
    ),
    "double": (
        "同一疫苗同一部位重复填写，请删去重复的一项；确需再记的，请更正疫苗或部位。",
        "The same vaccine stands twice at the same site: take one out, or correct the vaccine or the site.",
    ),
    "identity_number": (
        "请核对证件号码：末位为 X 的须大写，数字须为半角。",
        "Check every character of the number: a final X in upper case, half-width digits.",
    ),
    "name": (
        "请填写证件上的姓名。",
        "Enter the name as it stands on the identity document.",
    ),
    "phone": (
        "请填写 11 位手机号码；境外号码请以“+”和国家或地区代码开头，如 +852 9123 4567。",
        "Enter 11 digits of a mainland mobile; begin any other number with + and its country code, as in +852 9123 4567.",
    ),
    "slot": (
        "该门诊没有这一时段，请重新选择时段。",
        "The clinic has no such slot; please choose another.",
    ),
    "vaccine": (
        "疫苗编码表中没有该编码，请按编码表重新选择疫苗。",
        "The list of vaccine codes has no such code; choose the vaccine from the list.",
    ),
}


def field_words(field: FieldError, language: Language) -> str:
    """What to do about a refused field."""
    chinese, english = FIELD_WORDS[field.words or field.code]
    return english if language == "en" else chinese
