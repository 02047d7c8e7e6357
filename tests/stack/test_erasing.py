"""The daily erasing with the rights that it has on a deployed stack: what age alone has ended, and what was released (D6, D22)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.functions import invoke
from tests.stack.conftest import World
from vaxcert.aws.clock import shanghai_date, system_clock
from vaxcert.aws.dynamodb import S, query_all, single, update
from vaxcert.claims.items import certificate_key, released_pk

pytestmark = pytest.mark.stack
CASE, DELEGATE = "ordinary_29", "ordinary_15"


def _erase(world: World) -> dict[str, int]:
    found: dict[str, int] = invoke(world.stack.emulator.client("lambda"), world.physical("EraseEnded"), {})
    return found


def _claimed(world: World) -> str:
    father = world.parent(CASE)
    record_id = world.claimable(father, world.case(CASE).archive.person.name)["record_id"]
    return str(world.claim(father, record_id)["certificate_id"])


def _kept(world: World, pk: str) -> dict[str, Any]:
    """What stands in a partition of the certificates table, by sort key."""
    found = query_all(
        world.stack.emulator.client("dynamodb"),
        TableName=world.physical("CertificatesTable"),
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": S(pk)},
    )
    return {item["sk"]["S"]: item for item in found}


def _turns_18_today(world: World, certificate_id: str) -> None:
    """The certificate's person: no feed tells of it, and no clock of a stack goes on by years."""
    born = shanghai_date(system_clock()) - timedelta(days=round(18 * 365.25) + 1)
    single(
        world.stack.emulator.client("dynamodb"),
        update(
            world.physical("CertificatesTable"),
            certificate_key(certificate_id),
            "SET birth_date = :born",
            values={":born": S(born.isoformat())},
        ),
    )


def test_d6_d22_what_age_alone_has_ended_is_closed_and_what_was_released_goes(world: World) -> None:
    father, aunt = world.parent(CASE), world.parent(DELEGATE, 1)
    token, aged = world.token(father), _claimed(world)
    body = {"id_no": aunt.id_no, "name": aunt.name, "relation": "other_relative", "phone": "13800138000"}
    world.api.post(f"/v1/certificates/{aged}/grants", body, token, once=True)
    _turns_18_today(world, aged)

    told = _erase(world)
    assert told["certificates"] > 0
    kept = _kept(world, f"C#{aged}")
    assert (kept["C"]["status"]["S"], kept["C"]["status_reason"]["S"]) == ("closed", "came_of_age")
    assert sorted(kept) == ["C", "T#000001", "T#000002"]
    assert all("ttl" in item for item in kept.values())
    (grant,) = world.api.get(f"/v1/certificates/{aged}/grants", token)["grants"]
    assert (grant["status"], grant.get("name"), grant.get("phone")) == ("revoked", None, None)

    again = _claimed(world)  # nothing of the person is live any more
    world.api.call("DELETE", f"/v1/certificates/{again}", token=token)
    mine = {
        one["certificate_id"]: one["status"] for one in world.api.get("/v1/my-data", token)["certificates"]
    }
    assert (mine[aged], mine[again]) == ("closed", "released")

    assert _erase(world)["certificates"] > 0
    released = _kept(world, f"C#{again}")
    assert "name" not in released["C"]
    assert all("ttl" in item for item in released.values())
    assert "ttl" in _kept(world, released_pk(released["C"]["holder"]["S"]))[f"C#{again}"]
