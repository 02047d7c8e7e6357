"""Where the store contracts run: moto in process, and with `make prove` the emulator over HTTP too.

What only the emulator shows (races, rights, keys) asks for it by name, and runs always. All else asks the same of both; with `make
test` the stores meet the emulator through the functions (`tests/stack`).
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import FrameType
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from tests.counts import PROVE
from tests.hastened import hasten_moto
from tests.partiql import mend_moto
from tests.tables import Tables

mend_moto()
hasten_moto()


@dataclass(frozen=True, slots=True)
class Database:
    """A DynamoDB client and the names of freshly made tables by logical id (`CertificatesTable`, …)."""

    client: Any
    tables: Mapping[str, str]


@contextmanager
def asked_of(client: Any) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What is asked of DynamoDB inside: operations and their parameters, in order."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def note(model: Any, params: dict[str, Any], **_: Any) -> None:
        asked.append((model.name, params))

    client.meta.events.register("provide-client-params.dynamodb", note, unique_id="asked")
    try:
        yield asked
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb", unique_id="asked")


# Reads that may be a little late, each for a reason that stands beside it; every other one of the product is strongly consistent.
_LATE = {
    ("appointments/day.py", "on"),
    ("clinics/store.py", "known"),
    ("corrections/run/as_of.py", "as_of"),
    ("keys/sealing.py", "current"),
    ("reports/store.py", "find"),
    ("trail/store.py", "recent"),
    ("visits/day_reader.py", "doses"),
    ("visits/day_reader.py", "entries"),
    ("visits/day_reader.py", "refused"),
    ("visits/follow_store.py", "before"),
    ("visits/outcome_store.py", "certificates"),
}


# Not `Scan`: a sweep's may be late, each of its writes has a condition.
_READS = {"GetItem", "BatchGetItem", "Query", "ExecuteStatement"}


def _consistent(model: Any, params: dict[str, Any], **_: Any) -> None:
    """Invariants 1 to 4 stand on what was written last: an answer of a moment ago would be decided on again."""
    if model.name not in _READS or "IndexName" in params:
        return
    asked = params["RequestItems"].values() if model.name == "BatchGetItem" else [params]
    if not all(one.get("ConsistentRead") for one in asked) and (place := _asking()) is not None:
        assert place in _LATE, f"{model.name} of {place} may answer what stood before"


def _asking() -> tuple[str, str] | None:
    """The module and function of the product that asks, None where a test does."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        _, _, module = frame.f_code.co_filename.rpartition("/python/vaxcert/")
        if module != frame.f_code.co_filename and not module.startswith("aws/"):
            return module, frame.f_code.co_name
        frame = frame.f_back
    return None


BOTH = ["moto", pytest.param("emulator", marks=pytest.mark.emulator)]
"""For a test that asks something else of each."""


@pytest.fixture(params=BOTH if PROVE else BOTH[:1])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Fresh tables on moto, then on the emulator, to prove. Races belong on the emulator only: moto is not atomic."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    if request.param == "emulator":
        client = request.getfixturevalue("emulator").client("dynamodb")
        client.meta.events.register("provide-client-params.dynamodb", _consistent)
        yield Database(client, Tables(client, prefix))
        return
    with mock_aws():
        client = session().create_client(
            "dynamodb",
            region_name="cn-north-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        client.meta.events.register("provide-client-params.dynamodb", _consistent)
        yield Database(client, Tables(client, prefix))


@cache
def session() -> Any:
    """One of a process: it reads a service's description once."""
    return botocore.session.Session()
