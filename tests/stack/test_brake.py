"""The brake over the real state machine (D14): held, left alone by the next run, released, applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from local.demo.numbers import with_check_digit
from local.feed.cloud import Night
from local.feed.writer import FeedWriter, digest_of
from local.functions import invoke
from tests.stack.conftest import World
from tests.unit.corrections.samples import dose, guardian, row
from vaxcert.aws.clock import system_clock
from vaxcert.aws.dynamodb import transact
from vaxcert.aws.secrets import Peppers
from vaxcert.aws.settings import Settings
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import ACTIVE, Agreement, Certificate, Kind, Status
from vaxcert.claims.store import CertificateReader
from vaxcert.identity.blinding import Clear, archive, subject
from vaxcert.identity.handle_store import handles_of
from vaxcert.identity.model import record_id_of

pytestmark = pytest.mark.stack
SIZE = Settings().max_lost_certificates + 5
MOTHER, FATHER = with_check_digit("32060019900307902"), with_check_digit("32060019880808901")
NOW = datetime.now(UTC).replace(microsecond=0)


def _number(n: int) -> str:
    return with_check_digit(f"32060020200102{900 + n}")


def _row(n: int, version: int, parent: str) -> Any:
    return row(
        f"BRAKE{n}",
        version,
        id_no=_number(n),
        recorded_at="2024-02-01T10:00:00+08:00",
        doses=[dose("2024-01-05")],
        guardians=[guardian(parent, "other_guardian")],
    )


def _claimed(world: World, handles: Mapping[Clear, str]) -> CertificateReader:
    """Everybody's certificate, claimed by the mother: written as claiming writes it, since sixty sessions prove nothing more."""
    client, table = world.stack.emulator.client("dynamodb"), world.physical("CertificatesTable")
    for n in range(SIZE):
        key = handles[subject(_number(n))]
        certificate = Certificate(
            certificate_id=f"brake-{n}",
            record_id=record_id_of(key),
            person_key=key,
            holder=handles[subject(MOTHER)],
            relation="other_guardian",
            kind=Kind.CHILD,
            standing=ACTIVE,
            version=1,
            birth_date=date(2020, 1, 2),
            archive_keys=(handles[archive("child", f"BRAKE{n}")],),
            claimed_at=NOW,
            changed_at=NOW,
            agreement=Agreement("1", ("records",), NOW, "app", "face"),
        )
        transact(client, CertificateOps(table).made(certificate, None))
    return CertificateReader(client, table)


def _drop(world: World, rows: list[Any]) -> tuple[int, str]:
    manifest = list(world.cloud.manifests())[-1]
    last = json.loads(manifest)
    day = date.fromisoformat(last["business_date"]) + timedelta(days=1)
    writer, sequence = FeedWriter(world.endpoints["feed_signing_key"]), last["sequence"] + 1
    feed = writer.write(None, day, sequence, digest_of(manifest), rows, 2)
    world.cloud.drop(day.isoformat(), feed.files)
    return sequence, feed.manifest_sha256


def test_a_night_is_held_left_alone_released_and_applied_d14(world: World) -> None:
    world.tell([_row(n, 1, MOTHER) for n in range(SIZE)])
    secrets = world.stack.emulator.client("secretsmanager")
    handles = handles_of(
        {"HANDLES_TABLE": world.physical("HandlesTable")},
        world.stack.emulator.client("dynamodb"),
        Peppers(secrets, world.physical("Pepper"), system_clock),
        system_clock,
    )
    children = [one for n in range(SIZE) for one in (subject(_number(n)), archive("child", f"BRAKE{n}"))]
    certificates = _claimed(world, handles.of([*children, subject(MOTHER)]))

    def suspended() -> int:
        found = certificates.several(f"brake-{n}" for n in range(SIZE))
        assert len(found) == SIZE
        return sum(one.standing.status is Status.SUSPENDED for one in found)

    def night() -> Night:
        ended = world.cloud.run_night(lambda _step: None)
        assert ended.succeeded, (ended.error, ended.cause)
        return ended

    sequence, digest = _drop(world, [_row(n, 2, FATHER) for n in range(SIZE)])
    for _ in range(2):  # the night itself, and the hourly run after it
        assert (night().rest, suspended(), world.cloud.applied_sequence()) == ("held", 0, sequence - 1)

    release = {"officer": "officer-7", "reason": "confirmed by the province"}
    functions, name = world.stack.emulator.client("lambda"), world.physical("ReleaseNight")
    with pytest.raises(Exception, match=digest[:8]):  # a typo is told what is held
        invoke(functions, name, release | {"manifest_sha256": "0" * 64})
    assert night().rest == "held"
    answer = invoke(functions, name, release | {"manifest_sha256": digest})
    assert (answer["status"], answer["sequence"]) == ("released", sequence)

    ended = night()
    assert (ended.rest, world.cloud.applied_sequence()) == ("up_to_date", sequence)
    assert suspended() == SIZE
    (figures,) = (applied["figures"] for applied in ended.applied)
    assert figures["certificates_suspended"] == SIZE
