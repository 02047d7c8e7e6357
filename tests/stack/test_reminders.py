"""Reminders on the deployed stack: switched on over HTTP, sent by the state machine, picked up from the bus (D7, invariant 7)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local import remind
from local.api_client import ApiProblem
from local.functions import BY, invoke
from tests.stack.conftest import World, eventually

pytestmark = pytest.mark.stack


def listening(world: World, reminder_id: str) -> Any:
    """As the platform's messaging: a rule that takes our reminders to a queue. What has come to it since, of one reminder."""
    sqs, events = (world.stack.emulator.client(name) for name in ("sqs", "events"))
    queue = sqs.create_queue(QueueName="reminders")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="reminders", EventPattern='{"source":["vaxcert.reminders"]}')
    events.put_targets(Rule="reminders", Targets=[{"Id": "1", "Arn": arn}])

    def taken() -> list[dict[str, Any]]:
        found = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        # The stack is everybody's: whoever else follows a certificate is reminded too.
        return [event for event in found if event["detail"].get("reminder_id") == reminder_id]

    return taken


def test_a_citizen_is_reminded_once_a_day_by_an_event_that_names_nobody(world: World) -> None:
    father, child = world.parent("ordinary_04"), world.case("ordinary_04").archive.person
    claimed = world.claim(father, world.claimable(father, child.name)["record_id"])
    path, token = f"/v1/certificates/{claimed['certificate_id']}/reminders", world.token(father)
    state = world.api.get(path, token)
    assert (state["on"], state["reminder_id"]) == (False, None)
    assert remind.send(world.endpoints) == "SUCCEEDED"
    agreed = {"consent": {"version": state["consent"]["version"], "purposes": ["reminders"]}}
    with pytest.raises(ApiProblem, match="consent_required"):
        world.api.call("PUT", path, token=token, body={})
    on = world.api.call("PUT", path, token=token, body=agreed).json
    assert world.api.call("PUT", path, token=token, body=agreed).json == on
    reminder_id = on["reminder_id"]
    taken = listening(world, reminder_id)
    # News is what is younger than the switching on, by the second: whoever switches it on sees what is closed at that moment.
    switched_on = int(time.time())
    assert eventually(lambda: int(time.time()) > switched_on)
    assert world.api.get("/v1/my-data", token)["reminders"][0]["reminder_id"] == reminder_id

    # a report that somebody closes, whatever the child's age asks for
    report = world.api.post(
        path.replace("reminders", "reports"), {"kind": "other", "text": "核对一下"}, token, once=True
    )
    closing = BY | {"action": "answer", "case_number": report["case_number"], "reply": "已核对"}
    functions = world.stack.emulator.client("lambda")
    assert invoke(functions, world.physical("FindReport"), closing)["closed_now"] is True

    # Gone through today already: as on a day of its own.
    again(world)
    (event,) = eventually(taken)
    assert (event["source"], event["detail-type"]) == ("vaxcert.reminders", "Reminder")
    assert event["detail"]["kind"] in {"dose_due", "report_closed"}
    assert set(event["detail"]) == {"reminder_id", "kind"}
    again(world)
    assert taken() == []

    off = world.api.call("DELETE", path, token=token).json
    assert (off["on"], off["reminder_id"]) == (False, reminder_id)
    assert world.api.get(path, token)["on"] is False


def again(world: World) -> None:
    """Run the day's reminders as if no share had been gone through yet."""
    dynamodb, table = world.stack.emulator.client("dynamodb"), world.physical("RemindersTable")
    for share in range(16):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": "RUN"}, "sk": {"S": f"{share:02d}"}})
    assert remind.send(world.endpoints) == "SUCCEEDED"
