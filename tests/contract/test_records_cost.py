"""What one look at the records of a child with 30 doses costs: AWS calls, and capacity as DynamoDB itself counts it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import BOTH, Database
from tests.contract.test_grants_store import a_grant
from tests.fakes.handles import PlainHandles
from tests.fakes.household import BOARD, HOTLINE, RULES
from tests.fakes.people import FATHER, GRANDMOTHER, NAMES, SEALER, an_archive, citizen, dose
from vaxcert.archives.store import ArchiveReader, to_item
from vaxcert.aws.dynamodb import N, S
from vaxcert.claims import items as certificates
from vaxcert.claims.model import ACTIVE, Agreement, Certificate, Kind
from vaxcert.claims.store import CertificateReader
from vaxcert.claims.views import Views
from vaxcert.corrections.run.as_of import FeedDatesStore
from vaxcert.grants import items as grants
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.personal import DelegateData
from vaxcert.grants.store import GrantReader
from vaxcert.records.service import RecordsService
from vaxcert.trail.store import AccessLogStore

NOW = datetime.fromisoformat("2026-07-01T10:00:00+08:00")
DOSES = tuple(
    dose(
        date(2020, 5, 2) + timedelta(days=30 * step),
        dose_id=f"3206000001{step:010d}",
        code="0201",
        vaccine_name="重组乙型肝炎疫苗（酿酒酵母）",
        dose_no=step % 5 + 1,
        batch=f"2020{step:06d}",
        manufacturer="示范生物制品股份有限公司",
        site="left_arm",
        clinic_name="南通市示范街道社区卫生服务中心",
        trace_code=f"8{step:019d}",
    )
    for step in range(30)
)
CHILD = an_archive(doses=DOSES)


class Meter:
    """Counts calls, and the capacity units that DynamoDB says it took for them."""

    def __init__(self, client: Any) -> None:
        self.calls: list[tuple[str, float]] = []
        client.meta.events.register("provide-client-params.dynamodb.*", self._ask)
        client.meta.events.register("after-call.dynamodb.*", self._note)

    def _ask(self, params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def _note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        taken = parsed.get("ConsumedCapacity", [])
        parts = taken if isinstance(taken, list) else [taken]
        self.calls.append((model.name, sum(float(part["CapacityUnits"]) for part in parts)))


def stored(database: Database) -> RecordsService:
    """The service over tables that hold a claimed child with a grant."""
    client, tables = database.client, database.tables
    certificate = Certificate(
        certificate_id="c1",
        record_id=CHILD.record_id,
        person_key=CHILD.person_key,
        holder=FATHER,
        relation="father",
        kind=Kind.CHILD,
        standing=ACTIVE,
        version=1,
        birth_date=CHILD.birth_date,
        archive_keys=(CHILD.key,),
        claimed_at=NOW,
        changed_at=NOW,
        agreement=Agreement("2026-01", ("service",), NOW, "app", "face"),
    )
    grant = replace(
        a_grant(),
        delegate=GRANDMOTHER,
        name_key=PlainHandles(b"p" * 64).name(NAMES[GRANDMOTHER]),
        expires_on=None,
    )
    client.put_item(TableName=tables["CertificatesTable"], Item=certificates.to_item(certificate))
    client.put_item(TableName=tables["ArchivesTable"], Item=to_item(CHILD) | {"last_dose": S("2022-09-19")})
    client.put_item(TableName=tables["GrantsTable"], Item=grants.to_item(grant))
    client.put_item(
        TableName=tables["GrantsTable"],
        Item={
            **grants.delegate_key("c1", GRANDMOTHER),
            "certificate_id": S("c1"),
            "slot": N(grant.slot),
            "grant_id": S(grant.grant_id),
        },
    )
    client.put_item(
        TableName=tables["FeedRunsTable"],
        Item={"pk": S("FEED"), "sk": S("AS_OF"), "business_date": S("2026-06-30"), "sequence": N(1)},
    )

    reader = GrantReader(client, tables["GrantsTable"])
    return RecordsService(
        certificates=CertificateReader(client, tables["CertificatesTable"]),
        register=ArchiveReader(client, tables["ArchivesTable"], ""),
        rights=Rights(delegates=DelegateService(reader), adult_age=18, notices=BOARD),
        grants=reader,
        feed=FeedDatesStore(client, tables["FeedRunsTable"]),
        log=AccessLogStore(
            client, tables["AccessLogTable"], tables["GrantsTable"], os.urandom, timedelta(days=1095)
        ),
        views=Views(SEALER, RULES),
        delegate_data=DelegateData(SEALER),
        rabies_shown=False,
        hotline=HOTLINE,
        log_kept=timedelta(days=1095),
        reads_per_hour=120,
    )


# What DynamoDB's own rules give: a strongly consistent read is 1 unit for every 4 KB, an eventually consistent one half of that,
# a write 1 for every KB, and twice that inside a transaction.
HOLDER = [
    ("GetItem", 1.0),  # the certificate
    ("Query", 0.5),  # how often they read in the last hour (D11)
    ("BatchGetItem", 1.0),  # the archive with its 30 doses: under 4 KB, since they are compressed
    ("PutItem", 1.0),  # the access log
    ("GetItem", 0.5),  # "as of"
]
DELEGATE = [
    ("GetItem", 1.0),
    ("GetItem", 1.0),  # the delegate's pointer
    ("GetItem", 1.0),  # the slot
    ("Query", 0.5),
    ("BatchGetItem", 1.0),
    ("TransactWriteItems", 4.0),  # the access log, and the grant's last use
    ("GetItem", 0.5),
]


@pytest.mark.parametrize("database", BOTH, indirect=True)
@pytest.mark.parametrize(
    ("who", "cost"), [(FATHER, HOLDER), (GRANDMOTHER, DELEGATE)], ids=["holder", "delegate"]
)
def test_d11_a_look_at_thirty_doses_costs_this_much(
    database: Database, request: pytest.FixtureRequest, who: str, cost: list[tuple[str, float]]
) -> None:
    service = stored(database)
    meter = Meter(database.client)
    page = service.records(citizen(who, NOW), "c1", NOW, "zh", cursor=None, limit=50)
    assert len(page.doses) == 30
    assert [name for name, _ in meter.calls] == [name for name, _ in cost]
    kind = request.node.callspec.params["database"]
    for (name, counted), (_, units) in zip(meter.calls, cost, strict=True):
        # The emulator says nothing of BatchGetItem; moto counts half a unit for every read and nothing for a transaction.
        if (name == "BatchGetItem") == (kind == "moto"):
            assert counted == units, name


def test_thirty_doses_take_less_than_four_kilobytes() -> None:
    item = to_item(CHILD)
    size = sum(len(name) + len(value) for name, held in item.items() for value in held.values())
    assert size < 2048
