"""The words on the paper: Chinese, and English that stands beside it on request (R4, R29-R33, D12, D19, D20). Places in braces are filled in."""

from __future__ import annotations

from typing import Final

type Words = tuple[str, str]

TITLES: Final[dict[str, tuple[Words, Words]]] = {
    "record": (
        ("预防接种记录", "Vaccination Record"),
        ("供外省接种单位核验", "For vaccination units of other provinces"),
    ),
    "school_entry": (
        ("入托、入学预防接种查验结果", "Immunisation Check for Kindergarten and School Entry"),
        ("供托育机构、幼儿园和学校查验", "For nurseries, kindergartens and schools"),
    ),
}

LABELS: Final[dict[str, Words]] = {
    "name": ("姓名", "Name"),
    "sex": ("性别", "Sex"),
    "birth_date": ("出生日期", "Date of birth"),
    "id_no": ("证件号码", "ID number"),
    "clinic": ("管理单位", "Registered at"),
    "vaccine": ("疫苗", "Vaccine"),
    "dose_no": ("剂次", "Dose"),
    "date": ("接种日期", "Date"),
    "batch": ("批号 / 生产企业", "Batch / maker"),
    "unit": ("接种单位", "Given at"),
    "origin": ("来源", "Origin"),
    "since": ("可补种时间", "From"),
    "note": ("说明", "Note"),
    "issuer": ("出具单位", "Issuer"),
    "issued": ("出具日期", "Issued"),
    "number": ("文书编号", "Document No."),
    "page": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
    "scan": ("扫码核验", "Scan to verify"),
    "code": ("核验二维码：用手机相机扫描，打开核验页", "QR code: opens the check page"),
    "other_province": ("外省", "Other province"),
    "local": ("本省", "Jiangsu"),
    "male": ("男", "Male"),
    "female": ("女", "Female"),
    "now": ("现在可种", "Now"),
}

SAYS: Final[dict[str, Words]] = {
    "record": (
        "截至{as_of}，江苏省预防接种管理信息系统登记的接种记录共 {count} 剂，按疫苗和接种日期排列。",
        "Doses on record in the Jiangsu immunisation information system as of {as_of}: {count}, by vaccine and date.",
    ),
    "no_doses": (
        "截至{as_of}，江苏省预防接种管理信息系统中没有该人的接种记录。",
        "As of {as_of} the Jiangsu immunisation information system holds no dose of this person.",
    ),
    "complete": (
        "截至{as_of}的接种记录显示：到{issued}应当完成的国家免疫规划疫苗均已接种。",
        "By the doses on record as of {as_of}, everything that the national programme recommends until {issued} has been given.",
    ),
    "missing": (
        "截至{as_of}的接种记录显示：有 {count} 剂国家免疫规划疫苗已过推荐年龄尚未接种，见下表。",
        "By the doses on record as of {as_of}, doses past their age in the national programme and not given: {count}, see below.",
    ),
}
VERDICTS: Final[dict[bool, Words]] = {True: ("已完成", "Complete"), False: ("需补种", "To be caught up")}

MISSING: Final[dict[bool, Words]] = {
    True: ("按免疫程序需补种的疫苗", "To be caught up by the national programme"),
    False: (
        "到{issued}，按免疫程序没有需补种的疫苗。",
        "Nothing has to be caught up by the national programme on {issued}.",
    ),
}
"""Whether anything is missing: the heading above it, or the line in its place."""

NOTES: Final[dict[str, Words]] = {
    "verify": (
        "核验：用手机相机扫描二维码，打开核验页，逐项比对姓名、出生日期和所列内容。二维码的内容只在您的手机上核对，不会上传；联网时还会显示本文书是否仍然有效。",
        (
            "To verify, scan the code with a phone's camera and compare name, date of birth and what is listed. What the code says is checked on your "
            "phone and is sent to nobody; online, the page also says whether this document still stands."
        ),
    ),
    "origin": (
        "“外省”：在外省接种，由本省接种单位根据纸质证件补录。",
        "“Other province”: given there, and added here from the paper certificate.",
    ),
    "edition": (
        "免疫程序：《{programme}》。是否需要补种、何时补种，以接种单位的意见为准。",
        "Judged by: {programme}. The vaccination unit decides what is given, and when.",
    ),
    "rabies": (
        "不含2020年12月以后的狂犬疫苗接种记录，需要时请出示纸质接种凭证。",
        "Rabies vaccinations since December 2020 are not included: show the paper record where they matter.",
    ),
    "paper_child": (
        (
            "电子预防接种证处于试点阶段，本文书不替代纸质的《江苏省儿童预防接种证》。去外省接种前，请到本地接种单位将纸质预防接种证补充打印完整，接种时一并出示；"
            "返回后带纸质预防接种证到门诊补录，次日更新。"
        ),
        (
            "The electronic certificate is a pilot, and this document does not replace the paper certificate. Before a vaccination in another province, "
            "have the paper certificate printed complete and show both; when you are back, take it to the clinic to have doses added."
        ),
    ),
    "paper_adult": (
        "电子预防接种证处于试点阶段，本文书不替代纸质的预防接种证或接种凭证，接种时请一并出示；在外省接种后返回的，请带纸质凭证到门诊补录，次日更新。",
        (
            "The electronic certificate is a pilot, and this document does not replace the paper certificate or record: show both. When you are back, take "
            "the paper to the clinic to have doses added."
        ),
    ),
    "wrong": (
        "记录有误或不完整的，请联系接种单位核实更正，次日生效。客服电话：{hotline}。",
        "Ask the vaccination unit to correct what is wrong or missing; it takes effect the next day. Hotline {hotline}.",
    ),
    "unprinted": (
        "“〓”代替本文书字库没有收录的字，以扫码核验页显示的为准。",
        "“〓” stands for a character that this document's font lacks: the check page shows it.",
    ),
    "school": (
        "请学校注意：儿童入托、入学或转学时，应在报到后30日内查验；需补种的，请督促家长尽快补种，并在当年12月底前再次查验。本结果仅供查验，不作为拒绝入托、入学的依据。",
        (
            "To the school: check within 30 days of enrolment, and again before the end of December where doses had to be caught up. This result is for the "
            "check only and is no reason to refuse a child."
        ),
    ),
    "where": (
        "补种：请家长带儿童到{clinic}或居住地的接种单位补种，无需重新开始全程；可在苏服办“电子预防接种证”中预约。",
        "To catch up: take the child to {clinic} or to the vaccination unit where you live, without beginning again; appointments in Su Fu Ban.",
    ),
    "contraindications": (
        "接种禁忌由接种单位询问并记录，不在本系统中，本结果没有计入；因禁忌不能接种的，以接种单位出具的说明为准。",
        "Contraindications are noted by the vaccination unit, are not in this system and are not counted here: its own statement goes before this result.",
    ),
    "given_elsewhere": (
        "已经接种但未显示的，请带纸质预防接种证到接种单位核实补录，次日更新后重新出具。",
        "A dose that was given and is not counted is added by the vaccination unit from the paper certificate; issue this anew the next day.",
    ),
    "paper_school": (
        "电子预防接种证处于试点阶段，本文书不替代纸质的《江苏省儿童预防接种证》，学校查验时请一并出示。",
        "The electronic certificate is a pilot, and this document does not replace the paper certificate: bring both.",
    ),
}
