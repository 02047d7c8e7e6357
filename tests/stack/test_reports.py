"""Reports and the access log's chain on the deployed stack: streams, event, export, the night (R34–R38, D11)."""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

import pytest

from local.api_client import ApiProblem
from local.functions import BY, invoke
from tests.stack.conftest import World, eventually

pytestmark = pytest.mark.stack
TEXT = '=HYPERLINK("http://x")\n第一针的批号写错了，"应为 B2"。'


@dataclass
class Home:
    """A claimed child, and its claimant's way in."""

    world: World
    certificate_id: str
    token: str

    def path(self, rest: str) -> str:
        return f"/v1/certificates/{self.certificate_id}/{rest}"

    def report(self, body: dict[str, Any], key: str | None = None) -> Any:
        return self.world.raw(
            "POST",
            self.path("reports"),
            json.dumps(body).encode(),
            Authorization=f"Bearer {self.token}",
            Content_Type="application/json",
            Idempotency_Key=key or str(uuid.uuid4()),
        )

    def reports(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.world.api.get(self.path("reports"), self.token)["reports"]
        return listed


def run(world: World, logical_id: str, event: dict[str, Any]) -> Any:
    return invoke(world.stack.emulator.client("lambda"), world.physical(logical_id), event)


@pytest.fixture(scope="module")
def home(world: World) -> Home:
    father = world.parent("ordinary_05")
    child = world.case("ordinary_05").archive.person
    claimed = world.claim(father, world.claimable(father, child.name)["record_id"])
    return Home(world, claimed["certificate_id"], world.token(father))


def test_r34_a_report_is_received_announced_and_forwarded(home: Home) -> None:
    world = home.world
    run(world, "ExportReports", {})  # what others have reported here
    sqs, events = (world.stack.emulator.client(name) for name in ("sqs", "events"))
    queue = sqs.create_queue(QueueName="operators")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="reports", EventPattern='{"source":["vaxcert.reports"]}')
    events.put_targets(Rule="reports", Targets=[{"Id": "1", "Arn": arn}])

    dose = world.api.get(home.path("records"), home.token)["doses"][0]
    key = str(uuid.uuid4())
    body = {"kind": "wrong_dose", "dose_id": dose["dose_id"], "text": TEXT}
    answer = home.report(body, key)
    assert answer.status == 201
    case = answer.json
    assert (case["status"], case["text"], case["hotline"]) == ("received", TEXT, "400-101-6588")
    assert case["clinic"]["clinic_code"] == dose["clinic_code"]
    assert home.report(body, key).data == answer.data

    # the operators' event, without a person in it (invariant 7)
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages", []))
    assert case["case_number"] in message["Body"]
    for secret in (home.certificate_id, "HYPERLINK", world.case("ordinary_05").archive.person.name):
        assert secret not in message["Body"]

    # the operators' file
    assert run(world, "ExportReports", {}) == {"forwarded": 1}
    assert run(world, "ExportReports", {}) == {"forwarded": 0}
    s3 = world.stack.emulator.client("s3")
    files = s3.list_objects_v2(Bucket=world.endpoints["feed_bucket"], Prefix="reports/")["Contents"]
    latest = max(one["Key"] for one in files)
    content = s3.get_object(Bucket=world.endpoints["feed_bucket"], Key=latest)["Body"].read()
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert (row["case_number"], row["text"], row["dose_id"]) == (
        case["case_number"],
        "'" + TEXT,
        dose["dose_id"],
    )
    archive = world.row("ordinary_05")
    assert row["archive_no"].lstrip("'") == archive["archive_no"]
    assert row["phone"].lstrip("'") == archive["person"].get("phone", "")
    assert home.reports()[0]["status"] == "forwarded"

    # the night that changes nothing of it, and the one that brings the correction (R37, R38)
    assert run(world, "FollowReports", {"action": "follow"})["corrected"] == 0
    assert home.reports()[0]["status"] == "forwarded"


def test_r38_a_wrong_dose_is_corrected_by_the_next_feed_and_the_report_says_so(world: World) -> None:
    """The whole way: the family reports, the unit corrects, the province's feed brings it, the night follows it up."""
    father, case = world.parent("two_guardians"), world.case("two_guardians")
    claimed = world.claim(father, world.claimable(father, case.archive.person.name)["record_id"])
    home = Home(world, claimed["certificate_id"], world.token(father))

    def shown() -> dict[str, dict[str, Any]]:
        return {one["dose_id"]: one for one in world.api.get(home.path("records"), home.token)["doses"]}

    run(world, "ExportReports", {})  # what others have reported here
    before = shown()
    row = world.row("two_guardians")
    wrong, other = row["doses"][0]["dose_id"], row["doses"][1]["dose_id"]
    assert (
        home.report({"kind": "wrong_dose", "dose_id": wrong, "text": "批号有误"}).json["status"] == "received"
    )
    assert (
        home.report({"kind": "wrong_dose", "dose_id": other, "text": "部位有误"}).json["status"] == "received"
    )
    assert home.report({"kind": "missing_dose", "text": "少一针"}).json["status"] == "received"

    def statuses() -> dict[str, str]:
        return {one["text"]: one["status"] for one in home.reports()}

    # the clinic tells of the same doses again: nothing was corrected yet
    world.tell([row | {"version": row["version"] + 1}])
    assert statuses() == {"批号有误": "received", "部位有误": "received", "少一针": "received"}
    assert run(world, "ExportReports", {})["forwarded"] == 3
    assert set(statuses().values()) == {"forwarded"}

    doses = [dose | {"batch": "CORRECTED-1"} if dose["dose_id"] == wrong else dose for dose in row["doses"]]
    day = world.tell([row | {"version": row["version"] + 2, "doses": doses}])
    assert statuses() == {"批号有误": "corrected", "部位有误": "forwarded", "少一针": "forwarded"}
    (corrected,) = [one for one in home.reports() if one["text"] == "批号有误"]
    assert corrected["status_title"] == "已更正"
    after = shown()
    assert after == before | {wrong: before[wrong] | {"batch": "CORRECTED-1"}}
    assert world.api.get(home.path("records"), home.token)["as_of"] == day

    # the dose that was missing is added from the paper (R33)
    more = [*doses, doses[0] | {"dose_id": f"{wrong}-paper", "origin": "other_province", "date": day}]
    world.tell([row | {"version": row["version"] + 3, "doses": more}])
    assert statuses() == {"批号有误": "corrected", "部位有误": "forwarded", "少一针": "corrected"}
    assert shown()[f"{wrong}-paper"]["origin"] == "other_province"


def test_r34_an_operator_closes_a_case(home: Home) -> None:
    case = home.report({"kind": "other", "text": "请核实"}).json
    event = BY | {"action": "answer", "case_number": case["case_number"], "reply": "已核对，无需更正。"}
    assert run(home.world, "FindReport", event)["closed_now"] is True
    assert run(home.world, "FindReport", event)["closed_now"] is False
    assert (home.reports()[0]["status"], home.reports()[0]["reply"]) == ("closed", "已核对，无需更正。")


def test_r36_an_operator_explains_a_person_and_shows_a_device(home: Home) -> None:
    """With their own roles, under the emulator's IAM."""
    case = home.report({"kind": "other", "text": "为什么"}).json
    told = run(home.world, "ExplainPerson", BY | {"case_number": case["case_number"]})
    assert [one["certificate_id"] for one in told["claimed"]] == [home.certificate_id]
    father = home.world.parent("ordinary_05")
    named = run(home.world, "ExplainPerson", BY | {"id_no": father.id_no, "name": father.name})
    assert named["claimed"] == told["claimed"]
    entries = home.world.api.get(home.path("access-log"), home.token)["entries"]
    assert [one["kind"] for one in entries[:2]] == ["lookup", "lookup"]
    device_id, device = next(iter(home.world.endpoints["devices"].items()))
    shown = run(home.world, "ShowDevice", BY | {"device_id": device_id})
    assert (shown["clinic_code"], shown["enabled"]) == (device["clinic_code"], True)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "wrong_dose", "dose_id": "nobody's", "text": "x"}, "/dose_id"),
        ({"kind": "other", "text": "a\u0000b"}, "/text"),
        ({"kind": "other", "text": "a\u202eb"}, "/text"),
        ({"kind": "other", "text": "   "}, "/text"),
        ({"kind": "other", "text": "长" * 1001}, "/text"),
        ({"kind": "typo", "text": "x"}, "/kind"),
        ({"kind": "other", "text": "x", "date": "2026-02-30"}, "/date"),
    ],
)
def test_what_cannot_be_taken_is_told_by_its_field(home: Home, body: dict[str, Any], pointer: str) -> None:
    answer = home.report(body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_r34_nobody_else_reports_or_reads(home: Home) -> None:
    stranger = replace(home, token=home.world.token(home.world.parent("ordinary_06")))
    assert stranger.report({"kind": "other", "text": "x"}).status == 404
    with pytest.raises(ApiProblem) as refused:
        stranger.reports()
    assert refused.value.status == 404


def test_d11_every_look_is_chained_and_a_removal_shows(home: Home) -> None:
    world = home.world
    for _ in range(3):
        world.api.get(home.path("records"), home.token)
    table = world.physical("AccessLogTable")
    dynamodb = world.stack.emulator.client("dynamodb")
    logged = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"C#{home.certificate_id}"}},
    )["Items"]
    assert all(0 < int(item["ttl"]["N"]) - time.time() < 1096 * 86400 for item in logged)

    def verdict() -> dict[str, Any]:
        found: dict[str, Any] = run(world, "ChainAccessLog", BY | {"certificate_id": home.certificate_id})
        return found

    whole = eventually(lambda: found if (found := verdict())["links"] == len(logged) else None)
    assert whole == {"links": len(logged), "whole": True, "breaks": []}

    gone, changed = logged[0], logged[1]
    dynamodb.delete_item(TableName=table, Key={"pk": gone["pk"], "sk": gone["sk"]})
    dynamodb.put_item(TableName=table, Item=changed | {"actor": {"S": "v1:somebody-else"}})
    assert [(one["fault"], one["position"]) for one in verdict()["breaks"]] == [
        ("entry_removed", gone["sk"]["S"]),
        ("entry_changed", changed["sk"]["S"]),
    ]
    dynamodb.put_item(TableName=table, Item=gone)
    dynamodb.put_item(TableName=table, Item=changed)
    assert verdict()["whole"]


def test_d22_a_person_is_erased_by_the_rights_of_the_function(home: Home) -> None:
    """After a look that changes nothing; everything ends at once, and what was sealed is gone."""
    world, father = home.world, home.world.parent("ordinary_05")
    assert home.report({"kind": "other", "text": TEXT}).status == 201
    aunt = world.case("story_grandmother").archive.person
    grant = {"id_no": aunt.id_no, "name": aunt.name, "relation": "其他亲属", "phone": aunt.phone}
    world.api.post(home.path("grants"), grant, home.token, once=True)
    event = BY | {"id_no": father.id_no}
    assert run(world, "ErasePerson", event)["found"]["live"] >= 1
    assert home.reports()
    erased = run(world, "ErasePerson", event | {"erase": True})["erased"]
    assert erased["grants"] == 1
    assert min(erased["certificates"], erased["emptied"], erased["reports"]) >= 1
    with pytest.raises(ApiProblem):
        world.api.post(home.path("codes"), {}, home.token)
    again = run(world, "ErasePerson", event | {"erase": True})["erased"]
    assert again == dict.fromkeys(again, 0) | {"certificates": erased["certificates"]}
    # Whoever comes back enters anew.
    del world.tokens[str(father.id_no)]
