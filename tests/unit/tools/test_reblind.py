"""A second pepper over the first (D23): a town covered key by key is the town that both peppers would have made from the beginning.

`VAXCERT_TOWN=10000` tries it on as many archives.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from local.demo.make_feed import Order, rows
from tests.contract.test_certificates_store import certificate
from tests.contract.test_grants_store import a_grant
from tests.counts import tries
from tests.fakes.sealing import fake_sealer
from tests.tables import table_definitions
from tools.reblind import KEPT_AS_IT_IS, Covering
from vaxcert.archives.model import Archive, links_of
from vaxcert.archives.personal import id_no_of, name_of
from vaxcert.archives.store import from_item, link_to_item, to_item
from vaxcert.aws.dynamodb import Item, S
from vaxcert.claims.items import CertificateOps
from vaxcert.corrections.feed.form import BadRow, parse_row
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.grants.items import GrantOps
from vaxcert.identity.blinding import Blinder, Cover
from vaxcert.identity.model import record_id_of
from vaxcert.reminders.items import follower_key

TOWN = tries("VAXCERT_TOWN", 60, 10_000)
DAY = date(2026, 3, 1)
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
FIRST, SECOND = b"p" * 64, b"q" * 64
SEALER = fake_sealer()
_PAGE = max(100, TOWN)
TABLES = {name: name for name in table_definitions()}


class Broken(Exception):
    """The power is cut."""


class Shelf:
    """Tables in memory, as the pass asks for them; `left`: so many writes until the power is cut."""

    def __init__(self, left: int | None = None) -> None:
        self.tables: dict[str, dict[tuple[str, str], Item]] = {name: {} for name in TABLES}
        self.left = left

    def scan(self, **request: Any) -> Item:
        """A hundred a page, in the order of the keys: what is written meanwhile may come too."""
        items, start = self.tables[request["TableName"]], request.get("ExclusiveStartKey")
        places = sorted(place for place in items if start is None or place > start["place"])
        answer: Item = {"Items": [items[place] for place in places[:_PAGE]]}
        return answer | ({"LastEvaluatedKey": {"place": places[_PAGE - 1]}} if len(places) > _PAGE else {})

    def put_item(self, **request: Any) -> Item:
        self._cut()
        self._put(request["TableName"], request["Item"])
        return {}

    def transact_write_items(self, **request: Any) -> Item:
        self._cut()
        for op in request["TransactItems"]:
            ((kind, body),) = op.items()
            if kind == "Put":
                self._put(body["TableName"], body["Item"])
            else:
                self.tables[body["TableName"]].pop(_place(body["Key"]), None)
        return {}

    def _put(self, table: str, item: Item) -> None:
        self.tables[table][_place(item)] = item

    def _cut(self) -> None:
        if self.left is not None:
            if self.left == 0:
                raise Broken
            self.left -= 1


def _place(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item.get("sk", {"S": ""})["S"]


def town(blinder: Blinder) -> Shelf:
    """Archives and kinship as a night writes them; every third child is claimed, has a delegate, a follower and a paper."""
    shelf, maker = Shelf(), ArchiveMaker(blinder, SEALER, DAY)
    for number, line in enumerate(rows(Order(DAY, 2, TOWN, 15_000_000, 1.0, 0.0))):
        row = parse_row(line.rstrip(), DAY)
        assert not isinstance(row, BadRow)
        archive = maker.archive(row)
        shelf.put_item(TableName="ArchivesTable", Item=to_item(archive))
        for link in links_of(archive):
            shelf.put_item(TableName="KinshipTable", Item=link_to_item(link))
        if number % 3 == 0:
            _family(shelf, blinder, archive, number)
    return shelf


def _family(shelf: Shelf, blinder: Blinder, archive: Archive, number: int) -> None:
    holder, delegate = blinder.subject(f"holder {number}"), blinder.subject(f"delegate {number}")
    made = certificate(
        f"c{number}",
        holder,
        record_id=archive.record_id,
        person_key=archive.person_key,
        archive_keys=(archive.key,),
        name_key=archive.name_key,
    )
    grant = a_grant(f"g{number}", delegate, certificate_id=made.certificate_id, name_key=blinder.name("祖母"))
    ops = [
        *CertificateOps("CertificatesTable").made(made, None),
        *GrantOps("GrantsTable").made(grant, None),
    ]
    shelf.transact_write_items(TransactItems=[*ops])
    follower = {**follower_key(holder), "follows": {"M": {}}}
    shelf.put_item(TableName="RemindersTable", Item=follower)
    paper = {
        "pk": S(f"D#{number}"),
        "sk": S("D"),
        "speaks": S(archive.key),
        "content": {"M": {archive.key: S(archive.content)}},
    }
    shelf.put_item(TableName="DocumentsTable", Item=paper)
    entry = {"pk": S(f"C#c{number}"), "sk": S("2026"), "actor": S(holder)}
    shelf.put_item(TableName="AccessLogTable", Item=entry)


def opened(shelf: Shelf) -> dict[str, dict[tuple[str, str], Any]]:
    """Everything but the access log, each archive with what is sealed in it opened."""
    found: dict[str, dict[tuple[str, str], Any]] = {}
    for name, items in shelf.tables.items():
        if name in KEPT_AS_IT_IS:
            continue
        found[name] = dict(items)
        if name == "ArchivesTable":
            for place, item in items.items():
                archive = from_item(item)
                told = {one: value for one, value in item.items() if "B" not in value}
                found[name][place] = (told, name_of(SEALER, archive), id_no_of(SEALER, archive))
    return found


def cover(shelf: Shelf) -> dict[str, int]:
    return Covering(shelf, TABLES, Cover(SECOND), SEALER).run()


def test_d23_nobody_is_lost_nothing_doubled_and_the_old_keys_are_gone() -> None:
    shelf, wanted = town(Blinder(FIRST)), town(Blinder(FIRST, SECOND))
    log = dict(shelf.tables["AccessLogTable"])
    done = cover(shelf)
    assert opened(shelf) == opened(wanted)
    assert done["ArchivesTable"] == TOWN
    left = json.dumps([list(map(_told, items.values())) for items in opened(shelf).values()], default=str)
    assert not any(f"{old}:" in left for old in ("v1", "n1", "a1"))
    # The chain of the access log says that nothing in it is changed.
    assert shelf.tables["AccessLogTable"] == log
    assert set(cover(shelf).values()) == {0}


def _told(item: Any) -> str:
    return str(item)


@pytest.mark.parametrize("step", [17, 60])
def test_d23_a_pass_that_is_broken_off_goes_on(step: int) -> None:
    """The power is cut after so many writes, again and again."""
    if TOWN > 100:
        pytest.skip("a small town is broken off often enough")
    shelf, wanted = town(Blinder(FIRST)), town(Blinder(FIRST, SECOND))
    for _ in range(10_000):
        shelf.left = step
        try:
            cover(shelf)
        except Broken:
            continue
        break
    assert opened(shelf) == opened(wanted)


def test_d23_the_second_pepper_covers_the_key_and_needs_no_number() -> None:
    old, new = Blinder(FIRST), Blinder(FIRST, SECOND)
    over = Cover(SECOND).over
    for kind in ("subject", "name"):
        assert over(getattr(old, kind)("x")) == getattr(new, kind)("x")
    assert over(old.archive("child", "1")) == new.archive("child", "1")
    assert over(new.subject("x")) == new.subject("x")
    assert over("c1") == "c1"
    assert record_id_of(new.subject("x")) != record_id_of(old.subject("x"))
    with pytest.raises(ValueError, match="32 bytes"):
        Cover(b"q" * 31)
