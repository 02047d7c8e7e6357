"""A province whose families hold papers, and a night that corrects a tenth of its archives in ten ways (D20)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from local.demo.numbers import with_check_digit
from local.feed.writer import FeedWriter
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_childhood
from tests.faults.faults import Kind as Failure
from tests.faults.faults import Part, Plan
from tests.faults.memory import MemoryS3
from tests.faults.night import Cloud, Nights
from tests.faults.papers import ENV, PaperTables, Press
from tests.unit.corrections.samples import DAY, PROVINCE, RULES, archive_key, guardian, row, subject
from vaxcert.archives.store import from_item
from vaxcert.claims.eligibility import eligibility_of
from vaxcert.claims.items import CertificateOps, certificate_key
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.claims.model import ACTIVE, Actor, Agreement, Certificate, StatusReason, suspended
from vaxcert.documents.model import Kind, Status
from vaxcert.documents.service import DocumentForm, DocumentView
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import Citizen

type Row = dict[str, Any]

_BORN: Final = date(2020, 1, 1)
_A_DAY: Final = 400
_DOSE: Final = (
    "dose_id", "vaccine_code", "vaccine_name", "dose_no", "batch", "manufacturer", "clinic_code", "clinic_name", "origin",
)  # fmt: skip
_CONFLICT: Final = 5
_STRETCH: Final = 200
LATE: Final = 20
"""One paper in so many is signed by the second key."""


def _dose(one: Row) -> Row:
    one["doses"] = one["doses"][:-1]
    return one


def _batch(one: Row) -> Row:
    one["doses"][0]["batch"] = "改1"
    return one


def _day(one: Row) -> Row:
    given = one["doses"][-1]
    given["date"] = str(date.fromisoformat(given["date"]) + timedelta(days=1))
    return one


def _name(one: Row) -> Row:
    one["person"]["name"] = "更名样"
    return one


def _clinic(one: Row) -> Row:
    one["clinic"]["name"] = "城西街道预防接种门诊"
    return one


def _phone(one: Row) -> Row:
    one["person"]["phone"] = "10000000002"
    return one


def _order(one: Row) -> Row:
    one["doses"].reverse()
    return one


def _site(one: Row) -> Row:
    one["doses"][0]["site"] = "left_arm"
    return one


def _moved(one: Row) -> Row:
    one["status"] = "transferred_out"
    return one


def _void(one: Row) -> Row:
    return one | {"op": "void", "doses": []}


CORRECTIONS: Final[tuple[tuple[Callable[[Row], Row], Status], ...]] = (
    (_dose, Status.SUPERSEDED),
    (_batch, Status.SUPERSEDED),
    (_day, Status.SUPERSEDED),
    (_name, Status.SUPERSEDED),
    (_clinic, Status.SUPERSEDED),
    (_phone, Status.CURRENT),
    (_order, Status.CURRENT),
    (_site, Status.CURRENT),
    (_moved, Status.CURRENT),
    (_void, Status.WITHDRAWN),
)
"""What the night corrects, and where it leaves the paper."""


@dataclass
class Calls(Plan):
    """What is asked of AWS while `watching`, by operation and table."""

    watching: bool = False
    made: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fault(self, operation: str, request: Any) -> Failure | Part | None:
        if self.watching:
            for table in _tables(request):
                self.made[operation, table.removeprefix("m-")] += 1
        return super().fault(operation, request)


def _tables(request: Any) -> Iterator[str]:
    if "TransactItems" in request:
        yield from {one["TableName"] for op in request["TransactItems"] for one in op.values()}
    elif "RequestItems" in request:
        yield from request["RequestItems"]
    else:
        yield request.get("TableName", "-")


class Papers:
    """`people` families, each with a certificate and a paper; `night` is the one after which the papers are looked at."""

    def __init__(self, people: int, plan: Plan | None = None, *, papers: bool = True) -> None:
        self.people = people
        self.cloud = Cloud(dynamodb=PaperTables())
        self.plan = plan or Plan()
        self.nights = Nights(self.cloud, self.plan, stretch=_STRETCH)
        self.press = Press(clock=self.cloud.clock, dynamodb=self.cloud.dynamodb)
        self.rows = [_row(number) for number in range(people)]
        self.papers: list[str] = []
        self._last: tuple[int, str | None] = (0, None)
        self._feed(self.rows)
        for number in range(people):
            self.cloud.claimed(self._certificate(number))
        self._sign("p0001", 0, people - people // LATE, papers=papers)
        self._sign("p0002", people - people // LATE, people, papers=papers)
        self.corrected: list[Row] = [
            _version(CORRECTIONS[number // 10 % len(CORRECTIONS)][0](deepcopy(self.rows[number])))
            for number in range(0, people, 10)
        ]

    def once_more(self, plan: Plan) -> Papers:
        """The same evening, with calls that fail otherwise."""
        other = copy(self)
        other.plan, other.cloud = plan, Cloud(PaperTables(), MemoryS3(), clock=FakeClock(self.cloud.clock()))
        other.cloud.dynamodb.tables |= {name: dict(rows) for name, rows in self.cloud.dynamodb.tables.items()}
        other.cloud.s3.versions |= {key: list(kept) for key, kept in self.cloud.s3.versions.items()}
        other.nights = Nights(other.cloud, plan, stretch=_STRETCH)
        other.press = Press(clock=other.cloud.clock, dynamodb=other.cloud.dynamodb)
        return other

    def night(self) -> None:
        """A tenth of the archives is corrected; some certificates stood on wrongly joined archives; a key is killed."""
        self._feed(self.corrected)
        for number in range(_CONFLICT, self.people, 200):
            item = self.cloud.dynamodb.get_item(
                TableName=ENV["CERTIFICATES_TABLE"], Key=certificate_key(_id(number)), ConsistentRead=True
            )["Item"]
            before = certificate_from_item(item)
            after = before.moved_to(suspended(StatusReason.IDENTITY_CONFLICT), self.cloud.clock())
            ops = CertificateOps(ENV["CERTIFICATES_TABLE"]).changed(before, after, Actor.NIGHT)
            self.cloud.dynamodb.transact_write_items(TransactItems=ops)
        self.press.register.kill("document", "p0002", self.cloud.clock())

    def expected(self, number: int) -> Status:
        """Where a family's paper stands after the night, by what was done to it."""
        if number >= self.people - self.people // LATE or number % 200 == _CONFLICT:
            return Status.WITHDRAWN
        return CORRECTIONS[number // 10 % len(CORRECTIONS)][1] if number % 10 == 0 else Status.CURRENT

    def statuses(self) -> list[Status]:
        """Where all papers stand, as anybody is told who holds them."""
        checking, _ = self.press.checking()
        found = map(checking.check, self.papers)
        return [one.status for one in found if one is not None]

    def issue(self, number: int, service: Any = None) -> str:
        """A paper of a family; answers its id."""
        service = service or self.press.issuing()
        caller, now = self.caller(number), self.cloud.clock()
        request = repeatable(caller.subject, "POST documents", f"key-{number:06d}-{now:%d%H%M}", "{}")
        asked = Asked[DocumentView](request, lambda view: Answer(201, view.document.document_id))
        answer: Answer = service.issue(caller, _id(number), DocumentForm(Kind.RECORD, "zh"), asked, now)
        return answer.body

    def printed(self, number: int, document_id: str, service: Any = None) -> Any:
        """What a paper shows of the record, as it goes to the typesetter."""
        service = service or self.press.issuing()
        pdf = service.paper(self.caller(number), _id(number), document_id, "a5", self.cloud.clock())
        sheet, _, _ = json.loads(pdf)
        return {name: sheet[name] for name in ("person", "courses", "missing")}

    def caller(self, number: int) -> Citizen:
        """The mother who claimed."""
        now = self.cloud.clock()
        key = subject(_mother(number))
        return Citizen(
            subject=key,
            name_key="n1:any",
            session_id=f"s-{number}",
            auth_time=now,
            expires_at=now + timedelta(hours=1),
            channel="app",
            method="face",
            issued_at=now.replace(microsecond=0),
        )

    def _sign(self, kid: str, first: int, last: int, *, papers: bool) -> None:
        """These families get their papers, signed by another key."""
        self.cloud.clock.advance(minutes=2)
        self.press.register.make("document", kid, self.cloud.clock())
        service = self.press.issuing()
        if papers:
            self.papers += [self.issue(number, service) for number in range(first, last)]

    def _certificate(self, number: int) -> Certificate:
        key = archive_key(_archive_no(number))
        archive = from_item(self.cloud.dynamodb.tables[ENV["ARCHIVES_TABLE"]][key, ""])
        holder, now = subject(_mother(number)), self.cloud.clock().replace(microsecond=0)
        answer = eligibility_of([archive], holder, now.date(), RULES)
        assert answer, answer
        return Certificate(
            certificate_id=_id(number),
            record_id=archive.record_id,
            person_key=archive.person_key,
            holder=holder,
            relation=answer.relation,
            kind=answer.kind,
            standing=ACTIVE,
            version=1,
            birth_date=archive.birth_date,
            archive_keys=(key,),
            claimed_at=now,
            changed_at=now,
            agreement=Agreement("1", ("records",), now, "app", "face"),
            name_key=archive.name_key,
        )

    def _feed(self, rows: list[Row]) -> None:
        sequence, previous = self._last
        day = DAY + timedelta(days=sequence)
        told: list[Any] = rows
        feed = FeedWriter(PROVINCE).write(None, day, sequence + 1, previous, told, 1, check=False)
        self._last = sequence + 1, feed.manifest_sha256
        self.cloud.drop(day, dict(feed.files))
        self.cloud.until_day_after(day)
        assert self.nights.settle()["reason"] == "up_to_date"


def _id(number: int) -> str:
    return f"c{number}"


def _archive_no(number: int) -> str:
    return f"A{number}"


def _version(one: Row) -> Row:
    return one | {"version": one["version"] + 1}


def _mother(number: int) -> str:
    born = date(1985, 1, 1) + timedelta(days=number // _A_DAY)
    return with_check_digit(f"320600{born:%Y%m%d}{2 * (number % _A_DAY) + 2:03d}")


def _row(number: int) -> Row:
    born = _BORN + timedelta(days=number // _A_DAY)
    id_no = with_check_digit(f"320600{born:%Y%m%d}{2 * (number % _A_DAY) + 1:03d}")
    return row(
        _archive_no(number),
        id_no=id_no,
        name="周小样",
        guardians=[guardian(_mother(number))],
        doses=deepcopy(_doses(born)),
    )


@cache
def _doses(born: date) -> list[Row]:
    """The programme's 22 doses, as the feed has them."""
    return [
        {name: getattr(one, name) for name in _DOSE} | {"date": str(one.date)}
        for one in a_childhood(22, born)
    ]
