"""A function holds exactly the rights that it needs: take one away and it fails, give it back and it works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.api_client import ApiProblem
from tests.stack.conftest import World

pytestmark = pytest.mark.stack


@contextmanager
def without(world: World, function: str, action: str) -> Iterator[None]:
    """The function's role without one action, for a while."""
    iam = world.stack.emulator.client("iam")
    configuration = world.stack.emulator.client("lambda").get_function_configuration(FunctionName=function)
    role = configuration["Role"].rsplit("/", 1)[1]
    before: dict[str, Any] = {}
    stripped = 0
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        document = json.loads(document) if isinstance(document, str) else document
        before[name] = json.dumps(document)
        for statement in document["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            kept = [each for each in actions if each != action]
            stripped += len(actions) - len(kept)
            # A statement must name an action; this one no function calls.
            statement["Action"] = kept or ["sts:GetCallerIdentity"]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    assert stripped, f"{function} never had {action}"
    try:
        yield
    finally:
        for name, document in before.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)


@pytest.mark.parametrize("action", ["dynamodb:Query", "dynamodb:BatchGetItem"])
def test_the_list_needs_each_of_its_reads(world: World, action: str) -> None:
    father = world.parent("born_2017_01_02")
    world.lists(father)
    with without(world, world.physical("ClaimCertificate"), action), pytest.raises(ApiProblem) as caught:
        world.lists(father)
    assert (caught.value.status, caught.value.code) == (503, "unavailable")
    world.lists(father)


def test_a_claim_needs_to_write_and_loses_nothing_when_it_may_not(world: World) -> None:
    father = world.parent("born_2017_01_02")
    name = world.case("born_2017_01_02").archive.person.name
    record_id = world.claimable(father, name)["record_id"]
    stripped = without(world, world.physical("ClaimCertificate"), "dynamodb:PutItem")
    with stripped, pytest.raises(ApiProblem) as caught:
        world.claim(father, record_id)
    assert caught.value.status == 503
    assert world.claim(father, record_id)["status"] == "active"
