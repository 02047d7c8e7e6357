"""Archives and kinship in DynamoDB: the item form, and the reading half.

Only the nightly sync writes them (`vaxcert.corrections.steps.store`), so that the functions that read hold no right to change
what the province says (R37).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from itertools import batched
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_json

from vaxcert.archives.model import (
    Archive,
    ArchiveStatus,
    Clinic,
    Dose,
    Guardian,
    Link,
    LinkKind,
    SealedPerson,
    Sex,
    System,
)
from vaxcert.aws.clock import from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import (
    B,
    Item,
    M,
    N,
    Op,
    S,
    batch_get,
    blob,
    check,
    maybe_blob,
    maybe_text,
    number,
    query_all,
    text,
)
from vaxcert.aws.partiql import MOST_PARTITIONS, select_prefixed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DOSE_FIELDS = tuple(field.name for field in fields(Dose))
_VALUES = attrgetter(*_DOSE_FIELDS)
MAY_LACK: Final = (
    "person_key",
    "number_fault",
    "merged_into",
    "stated_key",
    "id_no",
    "phone",
    "archive_no",
)
"""The attributes that not every archive has."""
_PREFIXES = {LinkKind.OWN: "self#", LinkKind.KIN: "kin#", LinkKind.STATED: "stated#"}
_KINDS = {prefix: kind for kind, prefix in _PREFIXES.items()}


def to_item(archive: Archive) -> Item:
    """The item of an archive. Doses are one compressed attribute: a third of the write units of 22 dose maps."""
    item: Item = {
        "pk": S(archive.key),
        "version": N(archive.version),
        "kin": S(archive.kin),
        "content": S(archive.content),
        "system": S(archive.system),
        "status": S(archive.status),
        "record_id": S(archive.record_id),
        "name_key": S(archive.name_key),
        "birth_date": S(archive.birth_date.isoformat()),
        "sex": S(archive.sex),
        "clinic": M(
            {"code": S(archive.clinic.code), "name": S(archive.clinic.name), "city": S(archive.clinic.city)}
        ),
        "guardians": S(to_json([[g.relation, g.key, g.number_fault] for g in archive.guardians]).decode()),
        "doses": B(pack_doses(archive.doses)),
        "name": B(archive.sealed.name),
        "recorded_at": S(rfc3339(archive.recorded_at)),
        "as_of": S(archive.as_of.isoformat()),
    }
    for name, value in (
        ("person_key", archive.person_key),
        ("number_fault", archive.number_fault),
        ("merged_into", archive.merged_into),
        ("stated_key", archive.stated_key),
    ):
        if value is not None:
            item[name] = S(value)
    for name, sealed in (
        ("id_no", archive.sealed.id_no),
        ("phone", archive.sealed.phone),
        ("archive_no", archive.sealed.archive_no),
    ):
        if sealed is not None:
            item[name] = B(sealed)
    return item


def from_item(item: Item) -> Archive:
    """The archive that an item holds."""
    clinic = item["clinic"]["M"]
    return Archive(
        key=text(item, "pk"),
        version=number(item, "version"),
        system=System(text(item, "system")),
        status=ArchiveStatus(text(item, "status")),
        record_id=text(item, "record_id"),
        person_key=maybe_text(item, "person_key"),
        number_fault=maybe_text(item, "number_fault"),
        name_key=text(item, "name_key"),
        birth_date=date.fromisoformat(text(item, "birth_date")),
        sex=Sex(text(item, "sex")),
        clinic=Clinic(text(clinic, "code"), text(clinic, "name"), text(clinic, "city")),
        guardians=tuple(Guardian(*entry) for entry in json.loads(text(item, "guardians"))),
        doses=unpack_doses(blob(item, "doses")),
        sealed=SealedPerson(
            blob(item, "name"),
            maybe_blob(item, "id_no"),
            maybe_blob(item, "phone"),
            maybe_blob(item, "archive_no"),
        ),
        recorded_at=from_rfc3339(text(item, "recorded_at")),
        as_of=date.fromisoformat(text(item, "as_of")),
        merged_into=maybe_text(item, "merged_into"),
        stated_key=maybe_text(item, "stated_key"),
    )


def pack_doses(doses: Sequence[Dose]) -> bytes:
    """Doses as compressed JSON rows in the order of `Dose`'s fields."""
    return zlib.compress(to_json(list(map(_VALUES, doses))), 1)


def unpack_doses(packed: bytes) -> tuple[Dose, ...]:
    """The doses that `pack_doses` packed, in their order."""
    doses = []
    for row in json.loads(zlib.decompress(packed)):
        values: dict[str, Any] = dict(zip(_DOSE_FIELDS, row, strict=True))
        values["date"] = date.fromisoformat(values["date"])
        doses.append(Dose(**values))
    return tuple(doses)


def link_key(link: Link) -> Item:
    """The primary key of a kinship link."""
    return {"pk": S(link.subject), "sk": S(f"{_PREFIXES[link.kind]}{link.record_id}#{link.archive_key}")}


def link_to_item(link: Link) -> Item:
    """The item of a kinship link."""
    item = {**link_key(link), "record_id": S(link.record_id), "archive_key": S(link.archive_key)}
    optional = {"person_key": link.person_key, "relation": link.relation, "name_key": link.name_key}
    item |= {name: S(value) for name, value in optional.items() if value is not None}
    return item


def link_from_item(item: Item) -> Link:
    """The kinship link that an item holds."""
    prefix, mark, _ = text(item, "sk").partition("#")
    return Link(
        kind=_KINDS[prefix + mark],
        subject=text(item, "pk"),
        record_id=text(item, "record_id"),
        archive_key=text(item, "archive_key"),
        person_key=maybe_text(item, "person_key"),
        relation=maybe_text(item, "relation"),
        name_key=maybe_text(item, "name_key"),
    )


class ArchiveReader:
    """Reads archives and kinship. What it costs grows with a family, never with the register."""

    def __init__(self, client: DynamoDBClient, archives_table: str, kinship_table: str) -> None:
        self._client = client
        self._archives = archives_table
        self._kinship = kinship_table

    def links(self, subject: str) -> tuple[Link, ...]:
        """The subject's own archives and those of their children: one query."""
        return self._query("pk = :pk", {":pk": S(subject)})

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """The archives of one identity number: one query. Whether they are one person is another question (D13)."""
        return self._query(
            "pk = :pk AND begins_with(sk, :own)", {":pk": S(person_key), ":own": S(_PREFIXES[LinkKind.OWN])}
        )

    def own_links_of(self, person_keys: Collection[str]) -> tuple[Link, ...]:
        """The archives of several identity numbers, in no order: one call for fifty of them."""
        return tuple(
            link_from_item(item)
            for some in batched(sorted(set(person_keys)), MOST_PARTITIONS, strict=False)
            for item in select_prefixed(self._client, self._kinship, some, _PREFIXES[LinkKind.OWN])
        )

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist, in the order of `keys`: one round trip per hundred."""
        wanted = list(dict.fromkeys(keys))
        found = batch_get(self._client, [(self._archives, {"pk": S(key)}) for key in wanted])
        return tuple(
            from_item(found[self._archives, key, ""]) for key in wanted if (self._archives, key, "") in found
        )

    def _query(self, condition: str, values: Item) -> tuple[Link, ...]:
        items = query_all(
            self._client,
            TableName=self._kinship,
            ConsistentRead=True,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
        return tuple(link_from_item(item) for item in items)


def unchanged(table: str, archive: Archive) -> Op:
    """Lets a transaction stand only while the archive is at the version that was read: what was decided by it still holds."""
    return check(
        table,
        {"pk": S(archive.key)},
        "#version = :version",
        {"#version": "version"},
        {":version": N(archive.version)},
    )


def archives_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ArchiveReader:
    """The register of a function that asks by an archive's own key: ARCHIVES_TABLE."""
    return ArchiveReader(dynamodb, env["ARCHIVES_TABLE"], "")


def register_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> ArchiveReader:
    """The register of a function that asks for a person's kin, too: ARCHIVES_TABLE, KINSHIP_TABLE."""
    return ArchiveReader(dynamodb, env["ARCHIVES_TABLE"], env["KINSHIP_TABLE"])
