"""The drill of docs/runbook/restore.md on a stack of its own: export, damage, restore into new tables, carry over, switch (D5, D7, D8, D22).

`VAXCERT_DRILL=1 make test TESTS=tests/stack/test_restore.py PYTEST_ARGS=-s` runs it and prints its figures. The switch is played: the
emulator imports no resource into a stack, so that the restored items replace those of the stack's own tables.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.api_client import ApiProblem
from local.emulator.deploy import describe
from tests.stack.conftest import World, made_world
from tests.tables import table_definitions
from tools.restore import CARRY, items_of
from vaxcert.aws.clock import rfc3339
from vaxcert.aws.dynamodb import put, single

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(not os.environ.get("VAXCERT_DRILL"), reason="VAXCERT_DRILL=1 runs the drill"),
]


class Restored:
    """The stack's tables, what was exported of them, and the new tables that this is restored into."""

    def __init__(self, world: World) -> None:
        self.client = world.stack.emulator.client("dynamodb")
        names = describe(world.stack.emulator)
        # Read once: it is the whole template that is parsed for them.
        self.definitions = table_definitions()
        self.tables = {logical: names.resource(logical) for logical in self.definitions}
        self.exported: dict[str, list[dict[str, Any]]] = {}
        self.new = {logical: f"restored-{logical}" for logical in self.tables}
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - began, 1)

    def export(self) -> None:
        with self.timed("export"):
            self.exported = {name: list(items_of(self.client, table)) for name, table in self.tables.items()}

    def restore(self) -> None:
        with self.timed("restore into new tables"):
            for logical, items in self.exported.items():
                self.client.create_table(TableName=self.new[logical], **self.definitions[logical])
                self._fill(self.new[logical], items)

    def carry(self) -> dict[str, int]:
        with self.timed("carry over"):
            return {
                kind: carry(self.client, self.tables[table], self.new[table], datetime.now(UTC))
                for kind, carry in CARRY.items()
                for table in (f"{kind.capitalize()}Table",)
            }

    def switch(self) -> None:
        with self.timed("switch"):
            for logical, table in self.tables.items():
                key = {part["AttributeName"] for part in self.definitions[logical]["KeySchema"]}
                for item in list(items_of(self.client, table)):
                    self.client.delete_item(
                        TableName=table, Key={name: value for name, value in item.items() if name in key}
                    )
                self._fill(table, list(items_of(self.client, self.new[logical])))

    def _fill(self, table: str, items: list[dict[str, Any]]) -> None:
        for item in items:
            single(self.client, put(table, item))


def test_drill_nothing_comes_back_to_life_after_a_restore() -> None:
    with made_world() as world:
        father, aunt = world.parent("ordinary_04"), world.parent("ordinary_05")
        uncle = world.parent("ordinary_05", 1)
        claimed = world.claim(father, world.lists(father)["claimable"][0]["record_id"])
        certificate_id = claimed["certificate_id"]
        grants = [
            world.api.post(
                f"/v1/certificates/{certificate_id}/grants",
                {
                    "id_no": delegate.id_no,
                    "name": delegate.name,
                    "relation": "other_relative",
                    "phone": "13900000000",
                },
                world.token(father),
                once=True,
            )
            for delegate in (aunt, uncle)
        ]
        clinic = world.case("story_child").archive.clinic.code
        device, burned = world.device(clinic, "ticket"), world.code(father, certificate_id)
        restored = Restored(world)
        restored.export()

        # What happens after the moment that is restored: a grant revoked, a code used, a session ended.
        world.api.call(
            "DELETE",
            f"/v1/certificates/{certificate_id}/grants/{grants[0]['grant_id']}",
            token=world.token(father),
        )
        verdict = world.scan(device, "ticket", burned)
        assert verdict["result"] == "accepted", verdict
        shown = world.code(father, certificate_id)
        ended = world.token(father)
        world.api.call("DELETE", "/v1/sessions/current", token=ended)

        restored.restore()
        carried = restored.carry()
        assert carried["grants"] == 1
        restored.switch()
        moment = datetime.now(UTC) + timedelta(seconds=1)
        with restored.timed("deploy with RefuseIssuedBefore"):
            world.stack.deploy({"ObservationSeconds": "2", "RefuseIssuedBefore": rfc3339(moment)})

        # Sessions and device tokens of before are nobody's, once the gateway's decisions of before are over; codes of before are refused.
        with restored.timed("tokens refused"):
            for token in (ended, device):
                _refused(world, token)
        world.tokens.clear()
        device = world.device(clinic, "ticket")
        for code in (burned, shown):
            assert world.scan(device, "ticket", code)["reason"] == "expired"
        # The revoked grant stays revoked; the other one and the certificate go on.
        assert not world.lists(aunt)["authorized"]
        assert world.lists(uncle)["authorized"][0]["certificate_id"] == certificate_id
        assert world.scan(device, "ticket", world.code(father, certificate_id))["result"] == "accepted"
        with pytest.raises(ApiProblem):
            world.code(aunt, certificate_id)
        items = sum(map(len, restored.exported.values()))
        print(f"\n{len(restored.tables)} tables, {items} items: {restored.seconds}; carried over: {carried}")


def _refused(world: World, token: str) -> None:
    """The gateway keeps a decision for 30 seconds; after that the token is nobody's."""
    last = time.monotonic() + 35
    while world.raw("GET", "/v1/certificates", authorization=f"Bearer {token}").status != 401:
        assert time.monotonic() < last
        time.sleep(0.5)
