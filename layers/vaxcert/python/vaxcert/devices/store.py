"""Devices in DynamoDB, and the marks of their used assertions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import (
    BOOL,
    SS,
    Cancelled,
    Item,
    N,
    Op,
    S,
    check,
    flag,
    get,
    maybe_text,
    number,
    put,
    single,
    text,
    texts,
)
from vaxcert.devices.model import Enrolment, Station

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def to_item(enrolment: Enrolment) -> Item:
    """The item of a device."""
    # DynamoDB has no empty set: a board's is left out.
    stations = (
        {"stations": SS([str(station) for station in enrolment.stations])} if enrolment.stations else {}
    )
    return {
        **device_key(enrolment.device_id),
        "clinic_code": S(enrolment.clinic_code),
        "clinic_name": S(enrolment.clinic_name),
        **stations,
        "public_jwk": S(json.dumps(dict(enrolment.public_jwk), sort_keys=True)),
        "enabled": BOOL(enrolment.enabled),
        "version": N(enrolment.version),
    }


def from_item(item: Item) -> Enrolment:
    """The device that an item holds."""
    return Enrolment(
        device_id=text(item, "pk").removeprefix("D#"),
        clinic_code=text(item, "clinic_code"),
        clinic_name=text(item, "clinic_name"),
        stations=frozenset(Station(name) for name in texts(item, "stations")),
        public_jwk=json.loads(text(item, "public_jwk")),
        enabled=flag(item, "enabled"),
        version=number(item, "version"),
    )


def device_key(device_id: str) -> Item:
    """The primary key of a device."""
    return {"pk": S(f"D#{device_id}")}


def device_check(table: str, device_id: str, version: int) -> Op:
    """Lets a transaction stand only where the device is enabled and is what its token says (invariant 3)."""
    return check(
        table,
        device_key(device_id),
        "enabled = :yes AND version = :version",
        values={":yes": BOOL(True), ":version": N(version)},
    )


class EnrolmentStore:
    """Port `Enrolments` over DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, device_id: str) -> Enrolment | None:
        """See `Enrolments.find`."""
        item = get(self._client, self._table, device_key(device_id))
        return None if item is None else from_item(item)

    def save(self, enrolment: Enrolment, replaces: int | None) -> bool:
        """See `Enrolments.save`. What stands there after a lost answer is ours if it says the same at the same version."""
        condition, values = (
            ("attribute_not_exists(pk)", None)
            if replaces is None
            else ("version = :replaces", {":replaces": N(replaces)})
        )
        try:
            single(self._client, put(self._table, to_item(enrolment), condition, values=values))
        except Cancelled:
            return self.find(enrolment.device_id) == enrolment
        return True


class AssertionStore:
    """Port `BurnedAssertions` over the sessions table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def burn(self, device_id: str, jti: str, owner: str, until: datetime, now: datetime) -> bool:
        """See `BurnedAssertions.burn`. A mark whose time is over stops nothing, deleted or not (invariant 5)."""
        mark: Item = {"pk": S(f"J#{device_id}#{jti}"), "owner": S(owner), "ttl": N(epoch(until))}
        try:
            single(
                self._client,
                put(
                    self._table,
                    mark,
                    "attribute_not_exists(pk) OR #ttl <= :now",
                    {"#ttl": "ttl"},
                    {":now": N(epoch(now))},
                ),
            )
        except Cancelled as cancelled:
            standing = cancelled.reasons[0].item or get(self._client, self._table, {"pk": mark["pk"]})
            return standing is not None and maybe_text(standing, "owner") == owner
        return True


def enrolments_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> EnrolmentStore:
    """A function that knows devices has DEVICES_TABLE."""
    return EnrolmentStore(dynamodb, env["DEVICES_TABLE"])


def assertions_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> AssertionStore:
    """A function that burns client assertions has SESSIONS_TABLE."""
    return AssertionStore(dynamodb, env["SESSIONS_TABLE"])
