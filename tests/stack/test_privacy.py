"""Nothing personal in logs, keys or plain attributes (invariant 7), looked for in everything that the running stack has kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stack.conftest import World

pytestmark = pytest.mark.stack


def _personal(world: World) -> dict[bytes, str]:
    """Every identity number, phone and name of the demo, with what it is."""
    found: dict[bytes, str] = {}
    for case in world.demo.cases:
        people = [case.archive.person, *(guardian.person for guardian in case.archive.guardians)]
        for person in people:
            for value, what in ((person.id_no, "number"), (person.phone, "phone"), (person.name, "name")):
                if value:
                    found[value.encode()] = what
        found[case.archive.archive_no.encode()] = "archive number"
    return found


def logged(world: World) -> Iterator[bytes]:
    logs = world.stack.emulator.client("logs")
    for group in logs.get_paginator("describe_log_groups").paginate():
        for each in group["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=each["logGroupName"])
            for page in pages:
                yield from (event["message"].encode() for event in page["events"])


def stored(world: World) -> Iterator[tuple[str, bytes]]:
    dynamodb = world.stack.emulator.client("dynamodb")
    for page in dynamodb.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            for items in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in items["Items"]:
                    yield table, b"\n".join(_plain(item))


def _plain(value: Any) -> Iterator[bytes]:
    """Every text, number and blob of an item, names of attributes too."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield str(name).encode()
            yield from _plain(member)
    elif isinstance(value, (list, set)):
        for member in value:
            yield from _plain(member)
    else:
        yield value if isinstance(value, bytes) else str(value).encode()


def _use(world: World) -> None:
    """A family does what families do, and makes mistakes."""
    father = world.parent("residence_permits")
    child = world.case("residence_permits").archive.person
    if claimable := [each for each in world.lists(father)["claimable"] if each["name"] == child.name]:
        claimed = world.claim(father, claimable[0]["record_id"])
        world.api.get(f"/v1/certificates/{claimed['certificate_id']}/records", world.token(father))
        grandmother = world.case("story_grandmother").archive.person
        body = f'{{"id_no":"{grandmother.id_no}","name":"{grandmother.name}","relation":"x","phone":"{father.phone}"}}'
        world.raw(
            "POST",
            f"/v1/certificates/{claimed['certificate_id']}/grants",
            body.encode(),
            Authorization=f"Bearer {world.token(father)}",
            Content_Type="application/json",
            Idempotency_Key="privacy-of-a-mistake",
        )
    world.raw(
        "POST", "/v1/sessions", f'{{"assertion":"{father.id_no}"}}'.encode(), Content_Type="application/json"
    )
    world.raw("GET", f"/v1/certificates/{father.id_no}", Authorization=f"Bearer {world.token(father)}")


def test_nothing_personal_is_logged_invariant_7(world: World) -> None:
    _use(world)
    personal = _personal(world)
    lines = list(logged(world))
    assert len(lines) > 20
    seen = {what for line in lines for value, what in personal.items() if value in line}
    assert seen == set()


def test_nothing_personal_stands_unsealed_in_a_table_invariant_7(world: World) -> None:
    _use(world)
    personal = _personal(world)
    items = list(stored(world))
    assert len({table for table, _ in items}) > 8
    seen = {(table, what) for table, item in items for value, what in personal.items() if value in item}
    assert seen == set()
