"""The family's part of the story: entering, claiming, authorising, looking up, showing the code (R15–R27)."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from local.api_client import ApiProblem
from local.demo.town import Person
from local.feed.form import RELATIONS
from local.story.stage import Stage
from local.story.terminal_qr import draw

_LOG_LINES = 12
_RELATIONS = dict(
    zip(
        RELATIONS,
        [
            "父亲",
            "母亲",
            "祖父",
            "祖母",
            "外祖父",
            "外祖母",
            "兄弟姐妹",
            "伯叔姑",
            "舅姨",
            "其他监护人",
            "其他亲属",
            "受托照护人",
        ],
        strict=True,
    )
)
_STANDS = {"current": "有效", "superseded": "接种记录已更新", "withdrawn": "已作废", "unknown": "查无此文书"}
_DID = {"read": "查看记录", "move": "改约", "cancel": "取消预约", "document": "出具或打印文书"}
_WHO = {"claimant": "申领人", "delegate": "被授权人"}


def enter(stage: Stage, key: str, who: str, channel: str = "app") -> dict[str, Any]:
    """Face verification by the platform's stand-in, then a session of ours."""
    session = stage.enter(key, channel)
    where = "支付宝小程序" if channel == "alipay" else "“苏服办”APP"
    stage.screen.good(
        f"{stage.person(key).name}（{who}）在{where}完成人脸验证，进入服务：{session['name']}，"
        f"会话至 {session['expires_at'][11:16]}",
        "verified by the platform's stand-in, session opened",
    )
    return session


def lists(stage: Stage, key: str) -> dict[str, Any]:
    """待申领, 已申领, 被授权 and the notices, as the first screen shows them (R16, R22, R36)."""
    found: dict[str, Any] = stage.get(key, "/v1/certificates")
    titles = (
        ("claimable", "待申领", "claimable"),
        ("claimed", "已申领", "claimed"),
        ("authorized", "被授权", "authorised"),
    )
    for name, zh, en in titles:
        stage.screen.say(f"{zh}（{len(found[name])}）", en)
        for each in found[name]:
            kind = "儿童" if each["kind"] == "child" else "成人"
            status = f" {each['status']}" if "status" in each else ""
            stage.screen.item(f"{each['name']} {each['birth_date']} {each.get('id_no') or ''} {kind}{status}")
    for notice in found["notices"]:
        stage.screen.refused(
            f"{notice.get('name') or ''} {notice['title']}：{notice['detail']}".strip(), notice["code"]
        )
        stage.screen.item(notice["next_step"])
    return found


def certificate_of(stage: Stage, found: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The story child's certificate in one of the lists."""
    child = stage.child.archive.person
    return next(
        (
            each
            for each in found[name]
            if (each["name"], each["birth_date"]) == (child.name, child.birth_date.isoformat())
        ),
        None,
    )


def claim(stage: Stage, key: str, record_id: str) -> str:
    """立即申领 → personal information and consent → 同意并申领 (R17–R19). Answers the certificate id."""
    checked = stage.get(key, f"/v1/certificates/claimable/{record_id}")
    person = checked.get("person", checked)
    stage.screen.say("核对个人信息", "the personal information is checked")
    stage.screen.item(f"{person['name']} {person['birth_date']} {person.get('id_no') or ''}")
    consent = checked["consent"]
    stage.screen.say(f"知情同意书 {consent['version']}：", "what is agreed to")
    for purpose in consent["purposes"]:
        stage.screen.item(f"{purpose['text']}{'（必选）' if purpose['required'] else ''}")
    agreed = {"version": consent["version"], "purposes": [purpose["id"] for purpose in consent["purposes"]]}
    answer = stage.post(key, "/v1/certificates", {"record_id": record_id, "consent": agreed}, once=True)
    stage.screen.good(answer["message"], f"claimed: {answer['certificate_id']}")
    certificate_id: str = answer["certificate_id"]
    return certificate_id


def authorise(stage: Stage, certificate_id: str, delegate: Person, relation: str, zh: str) -> bool:
    """证照授权 → 添加授权 → 确认授权 (R22–R27). Whether the delegate is authorised now."""
    path = f"/v1/certificates/{certificate_id}/grants"
    body = {"id_no": delegate.id_no, "name": delegate.name, "relation": relation, "phone": delegate.phone}
    try:
        grant = stage.post("story_father", path, body, once=True)
    except ApiProblem as problem:
        if problem.status != HTTPStatus.CONFLICT:
            raise
        if problem.code == "already_authorized":
            stage.screen.good(f"{delegate.name}（{zh}）此前已获授权", "authorised already")
            return True
        stage.screen.refused(str(problem))
        return False
    stage.screen.good(
        f"已授权 {grant['name']}（{zh}）{grant['id_no']} {grant['phone']}", f"authorised: {grant['grant_id']}"
    )
    return True


def show_code(stage: Stage, key: str, certificate_id: str) -> dict[str, Any]:
    """亮码： drawn in the terminal, and saved as a picture (R28, D8)."""
    code = new_code(stage, key, certificate_id)
    stage.screen.line()
    stage.screen.line(draw(code["code"]))
    stage.screen.line()
    picture = stage.folder / "code.svg"
    picture.write_text(code["svg"], encoding="utf-8")
    stage.screen.say(
        f"二维码 {code['expires_at'][11:19]} 前有效，{code['refresh_after']} 秒后刷新；不含姓名、证件号和疫苗",
        "valid until then, refreshed after; it carries no personal data",
    )
    stage.screen.item(f"图片 picture: {picture}")
    return code


def new_code(stage: Stage, key: str, certificate_id: str) -> dict[str, Any]:
    """Every scan wants a code of its own: one is accepted once (invariant 2)."""
    code: dict[str, Any] = stage.post(key, f"/v1/certificates/{certificate_id}/codes", {})
    return code


def records(stage: Stage, certificate_id: str, marked: str = "") -> dict[str, Any]:
    """接种记录查询， newest first; the dose whose id is `marked` stands out."""
    found: dict[str, Any] = stage.get("story_father", f"/v1/certificates/{certificate_id}/records")
    stage.screen.say(f"数据截至 {found['as_of']}", f"records as of {found['as_of']}")
    rows = [
        (
            dose["date"],
            dose["vaccine_name"],
            f"第{dose['dose_no']}剂",
            dose.get("batch") or "",
            dose.get("clinic_name") or "",
        )
        for dose in found["doses"]
    ]
    stage.screen.table(
        rows, marked=[index for index, dose in enumerate(found["doses"]) if dose["dose_id"] == marked]
    )
    for notice in found["notices"]:
        stage.screen.say(f"提示：{notice['title']}。{notice['detail']}", notice["code"])
    return found


def paper(stage: Stage, certificate_id: str) -> None:
    """接种记录 on paper (R30–R32, D20): the current one, or one that is issued now; saved as a PDF, and where the older ones stand."""
    path = f"/v1/certificates/{certificate_id}/documents"
    listed = stage.get("story_father", path)["documents"]
    current = next(
        (one for one in listed if (one["kind"], one["status"]) == ("record", "current")), None
    ) or stage.post("story_father", path, {"kind": "record", "language": "zh-en"}, once=True)
    stage.screen.good(
        f"接种记录 {current['document_id']}，数据截至 {current['as_of']}", "issued, with a signed code"
    )
    target = stage.folder / "record.pdf"
    target.write_bytes(stage.fetch("story_father", f"{path}/{current['document_id']}", "application/pdf"))
    stage.screen.item(f"可打印 to print: {saved(target)}")
    for one in listed:
        if one["document_id"] != current["document_id"]:
            # As anybody asks who holds the paper: without a session.
            status = stage.api.get(f"/v1/documents/{one['document_id']}")["status"]
            stage.screen.item(f"此前出具的 {one['document_id']}：{_STANDS[status]} {status}")


def access_log(stage: Stage, certificate_id: str) -> None:
    """Who read and who scanned, when and where (D11)."""
    found = stage.get("story_father", f"/v1/certificates/{certificate_id}/access-log")
    for entry in found["entries"][:_LOG_LINES]:
        scanned = f"扫码 {entry.get('station')} {entry.get('result')}"
        what = scanned if entry["kind"] == "scan" else _DID[entry["kind"]]
        relation = entry.get("relation") or ""
        who = f"{_WHO[entry['who']]} {entry.get('name') or ''} {_RELATIONS.get(relation, relation)}"
        stage.screen.item(" ".join(f"{entry['at']} {who} {what} {entry.get('clinic_code') or ''}".split()))


def saved(path: Path) -> str:
    """A path as a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
