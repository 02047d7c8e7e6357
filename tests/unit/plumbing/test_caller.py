"""Who calls, to the second: a token has ended at its end, a verification counts up to its last second (R15, contract)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from vaxcert.aws.clock import epoch
from vaxcert.errors import Unauthorized
from vaxcert.http.caller import VerificationStale, citizen, device, require_fresh

NOW = FakeClock()()
PERSON = {
    "kind": "citizen",
    "subject": "v1:a",
    "name_key": "n1:a",
    "session_id": "s-1",
    "auth_time": str(epoch(NOW)),
    "iat": str(epoch(NOW)),
    "channel": "app",
    "method": "face",
}
MACHINE = {
    "kind": "device",
    "device_id": "3206000001-ticket-1",
    "clinic_code": "3206000001",
    "stations": "ticket,registration",
    "version": "3",
}


def asked(context: dict[str, str], left: int) -> dict[str, Any]:
    return {"requestContext": {"authorizer": context | {"exp": str(epoch(NOW) + left)}}}


@pytest.mark.parametrize(("read", "context"), [(citizen, PERSON), (device, MACHINE)])
def test_r3_a_token_counts_until_its_last_second(read: Any, context: dict[str, str]) -> None:
    assert read(asked(context, 1), NOW).expires_at == NOW + timedelta(seconds=1)
    for left in (0, -1):
        with pytest.raises(Unauthorized):
            read(asked(context, left), NOW)


def test_r3_a_device_is_read_with_its_stations_and_no_empty_one() -> None:
    found = device(asked(MACHINE, 1), NOW)
    assert (found.stations, found.version) == (frozenset({"ticket", "registration"}), 3)
    assert device(asked(MACHINE | {"stations": ""}, 1), NOW).stations == frozenset()


def test_r15_a_verification_counts_for_as_long_as_is_set_and_no_second_longer() -> None:
    caller = citizen(asked(PERSON, 3600), NOW)
    require_fresh(caller, NOW + timedelta(seconds=900), 900)
    with pytest.raises(VerificationStale):
        require_fresh(caller, NOW + timedelta(seconds=901), 900)
