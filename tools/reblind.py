"""Covers every blinded key by the second pepper, in place (D23, docs/runbook/keys.md): `python -m tools.reblind STACK`, while the service
stands still.

Nothing is asked of anybody and no number is needed: the key of version 2 is made of the key of version 1 (`vaxcert.identity.blinding`).
Broken off, it is started again: what is covered already is left alone. The access log is left as it is, for its chain says that
nothing in it is changed; its entries go after their time.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vaxcert.archives.model import Archive, Guardian
from vaxcert.archives.personal import archive_no_of, id_no_of, name_of, phone_of, seal_person
from vaxcert.archives.store import from_item, to_item
from vaxcert.aws.clock import system_clock
from vaxcert.aws.dynamodb import Item, delete, put, single, text, transact
from vaxcert.aws.secrets import peppers
from vaxcert.identity.blinding import Cover
from vaxcert.identity.model import record_id_of
from vaxcert.keys.sealing import DataKeys, Sealer
from vaxcert.reminders.items import follower_key

KEPT_AS_IT_IS: Final = frozenset({"AccessLogTable", "AccessChainTable", "KeysTable", "IdempotencyTable"})
"""Tables that stay: chained, without such keys, or over in a day."""
_KEY: Final = re.compile(r"(?<![A-Za-z0-9_-])[vna]1:[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
_RECORD: Final = re.compile(r"(?<![A-Za-z0-9])r[a-z2-7]{25}[aeimquy4](?![A-Za-z0-9])")


@dataclass
class Covering:
    """One pass over a deployment's tables. `sealer` opens and seals, for archives' data are bound to their keys."""

    client: Any
    tables: Mapping[str, str]
    cover: Cover
    sealer: Sealer
    _records: dict[str, str] = field(default_factory=dict)
    _contents: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self) -> dict[str, int]:
        """Cover everything; how many items were written, by table."""
        # What comes last is what the rest is found by: a pass that is broken off finds it again.
        self._learn()
        done = {}
        for name in sorted(set(self.tables) - KEPT_AS_IT_IS - {"ArchivesTable"}):
            done[name] = self._table(name, self._rewritten)
        done["ArchivesTable"] = self._table("ArchivesTable", self._archive)
        return done

    def _learn(self) -> None:
        """Record ids are made of keys, and papers name what archives said: both old and new are known before anything is written."""
        for item in _items(self.client, self.tables["ArchivesTable"]):
            if not _KEY.search(text(item, "pk")):
                continue
            archive = from_item(item)
            for key in (archive.key, archive.person_key, archive.stated_key):
                if key is not None:
                    self._records[record_id_of(key)] = record_id_of(self.cover.over(key))
        for item in _items(self.client, self.tables["ArchivesTable"]):
            if _KEY.search(text(item, "pk")):
                archive = from_item(item)
                self._contents[archive.key] = {archive.content: self._keys(archive).content}

    def _table(self, name: str, changed: Callable[[str, Item], Item]) -> int:
        table, count = self.tables[name], 0
        for item in _items(self.client, table):
            after = changed(name, item)
            if after == item:
                continue
            key: Item = {part: item[part] for part in ("pk", "sk") if part in item}
            if all(after[part] == value for part, value in key.items()):
                single(self.client, put(table, after))
            else:
                transact(self.client, [put(table, after), delete(table, key)])
            count += 1
        return count

    def _rewritten(self, name: str, item: Item) -> Item:
        after: Item = {attribute: self._value(value) for attribute, value in item.items()}
        if name == "DocumentsTable" and "content" in item:
            after["content"] = {
                "M": {
                    self._text(key): {"S": self._contents.get(key, {}).get(said["S"], said["S"])}
                    for key, said in item["content"]["M"].items()
                }
            }
        if name == "RemindersTable" and text(item, "pk").startswith("F#"):
            after |= follower_key(text(after, "sk"))
        return after

    def _archive(self, _name: str, item: Item) -> Item:
        if not _KEY.search(text(item, "pk")):
            return item
        archive = from_item(item)
        key = self.cover.over(archive.key)
        sealed = seal_person(
            self.sealer,
            key,
            name=name_of(self.sealer, archive),
            id_no=id_no_of(self.sealer, archive),
            phone=phone_of(self.sealer, archive),
            archive_no=archive_no_of(self.sealer, archive),
        )
        return to_item(replace(self._keys(archive), sealed=sealed))

    def _keys(self, archive: Archive) -> Archive:
        return replace(
            archive,
            key=self.cover.over(archive.key),
            record_id=self._records.get(archive.record_id, archive.record_id),
            person_key=self._maybe(archive.person_key),
            name_key=self.cover.over(archive.name_key),
            guardians=tuple(
                Guardian(one.relation, self._maybe(one.key), one.number_fault) for one in archive.guardians
            ),
            merged_into=self._maybe(archive.merged_into),
            stated_key=self._maybe(archive.stated_key),
        )

    def _maybe(self, key: str | None) -> str | None:
        return None if key is None else self.cover.over(key)

    def _value(self, value: Any) -> Any:
        ((kind, content),) = value.items()
        if kind == "S":
            return {"S": self._text(content)}
        if kind == "SS":
            return {"SS": sorted(map(self._text, content))}
        if kind == "L":
            return {"L": [self._value(one) for one in content]}
        if kind == "M":
            return {"M": {self._text(name): self._value(one) for name, one in content.items()}}
        return value

    def _text(self, told: str) -> str:
        covered = _KEY.sub(lambda found: self.cover.over(found[0]), told)
        return _RECORD.sub(lambda found: self._records.get(found[0], found[0]), covered)


def _items(client: Any, table: str) -> Iterator[Item]:
    query: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        page = client.scan(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def covering_of(stack: str) -> Covering:
    """The pass over a deployed stack, with the credentials and region of the AWS command line. Raises ValueError for a single pepper."""
    from boto3.session import Session

    session = Session()
    pages = session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [one for page in pages for one in page["StackResourceSummaries"]]
    names = {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}
    tables = {
        one["LogicalResourceId"]: one.get("PhysicalResourceId", "")
        for one in found
        if one["ResourceType"] == "AWS::DynamoDB::Table"
    }
    _, second = peppers(session.client("secretsmanager"), names["Pepper"])
    dynamodb, kms = session.client("dynamodb"), session.client("kms")
    keys = DataKeys(dynamodb, tables["KeysTable"], kms, names["SealKey"], system_clock)
    return Covering(dynamodb, tables, Cover(second), Sealer(keys))


def main(words: list[str]) -> int:
    """Cover a stack's keys and say how many items were written."""
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    for table, count in covering_of(words[0]).run().items():
        print(f"{table}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
