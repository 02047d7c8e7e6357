"""The night's role over the tables of archives and kinship, judged by the emulator: each statement by its own right (R37, invariant 7)."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.emulator.server import ACCOUNT, REGION, Emulator
from tests.architecture.deployment import listed, statements
from tests.contract.test_corrections_store import NEXT_DAY, archive
from tests.tables import create_tables
from tests.unit.corrections.samples import CHILD, RULES, subject
from vaxcert.archives.store import ArchiveReader
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.model import Fate
from vaxcert.corrections.steps.store import ArchiveWriter

pytestmark = pytest.mark.emulator


@dataclass(frozen=True)
class Role:
    """What the function does with the rights that it was given."""

    writer: ArchiveWriter
    reader: ArchiveReader


class Account:
    """Tables, and roles with the rights of `ApplyCorrections` upon them."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._tables = create_tables(emulator.client("dynamodb"), f"r{uuid.uuid4().hex[:10]}")

    def role(self, without: str | None = None) -> Role:
        """The rights of the template, but for the action `without`."""
        given = [
            {
                **statement,
                "Action": [action for action in listed(statement["Action"]) if action != without],
                "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{self._tables[table]}",
            }
            for statement in statements("ApplyCorrectionsRole")
            for table in ("ArchivesTable", "KinshipTable")
            if statement["Resource"] == {"GetAtt": f"{table}.Arn"}
        ]
        client = self._client([one for one in given if one["Action"]])
        archives, kinship = self._tables["ArchivesTable"], self._tables["KinshipTable"]
        progress = ProgressStore(client, self._tables["FeedRunsTable"])
        writer = ArchiveWriter(
            client,
            archives_table=archives,
            kinship_table=kinship,
            progress=progress,
            adult_dose_from=RULES.adult_dose_from,
        )
        return Role(writer, ArchiveReader(client, archives, kinship))

    def _client(self, given: list[dict[str, Any]]) -> Any:
        name = f"night-{uuid.uuid4().hex[:8]}"
        iam = self._emulator.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy([trust]))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=_policy(given))
        assumed = self._emulator.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="night")
        return botocore.session.Session().create_client(
            "dynamodb",
            region_name=REGION,
            endpoint_url=self._emulator.url,
            aws_access_key_id=assumed["Credentials"]["AccessKeyId"],
            aws_secret_access_key=assumed["Credentials"]["SecretAccessKey"],
            aws_session_token=assumed["Credentials"]["SessionToken"],
        )


def _policy(given: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": given})


@pytest.fixture
def account(emulator: Emulator) -> Account:
    return Account(emulator)


def test_r37_the_night_writes_together_and_asks_together_with_the_rights_of_the_template(
    account: Account,
) -> None:
    night = account.role()
    first = night.writer.write_all([archive(1, archive_no=f"A{n}") for n in range(3)], 1)
    then = night.writer.write_all([archive(2, NEXT_DAY, f"A{n}") for n in range(3)], 2)
    assert [one.fate for one in first + then] == [Fate.INSERTED] * 3 + [Fate.REPLACED] * 3
    assert len(night.reader.own_links_of([subject(CHILD), "v1:nobody"])) == 3


def test_r37_a_batch_needs_the_right_to_update(account: Account) -> None:
    night = account.role(without="dynamodb:PartiQLUpdate")
    with pytest.raises(ClientError, match="AccessDenied"):
        night.writer.write_all([archive(1, archive_no=f"A{n}") for n in range(3)], 1)


def test_the_archives_of_many_numbers_need_the_right_to_select(account: Account) -> None:
    night = account.role(without="dynamodb:PartiQLSelect")
    with pytest.raises(ClientError, match="AccessDenied"):
        night.reader.own_links_of([subject(CHILD)])
