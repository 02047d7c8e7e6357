"""How the writer spends its calls, and its patience with a busy table (measurements.md; invariant 6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.jws import compact_json
from tests.fakes.sealing import fake_sealer
from tests.unit.corrections.samples import BLINDER, CHILD, DAY, MOTHER, RULES, archive_key, dose, row
from vaxcert.archives.model import Archive
from vaxcert.aws.patience import LONGEST_PAUSE, PATIENCE
from vaxcert.corrections.feed.form import Row
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.model import Fate
from vaxcert.corrections.steps.store import ArchiveWriter, last_dose
from vaxcert.errors import Unavailable


class Script:
    """A client whose answers are told beforehand; it keeps what it was asked."""

    def __init__(self, *answers: Exception | dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.asked.append((name, arguments))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def error(code: str, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": ""}, **more}
    return ClientError(response, "PutItem")


def archive(version: int = 2, **changes: Any) -> Archive:
    maker = ArchiveMaker(BLINDER, fake_sealer(), DAY)
    return maker.archives([Row.model_validate_json(compact_json(row("A1", version, **changes)))])[0]


def writer(client: Any) -> tuple[ArchiveWriter, list[float]]:
    pauses: list[float] = []
    return (
        ArchiveWriter(
            client,
            archives_table="archives",
            kinship_table="kinship",
            progress=ProgressStore(client, "runs"),
            adult_dose_from=RULES.adult_dose_from,
            sleep=pauses.append,
            rng=lambda: 1.0,
        ),
        pauses,
    )


def test_the_common_case_is_one_conditional_put() -> None:
    client = Script({})
    assert writer(client)[0].write(archive(), 1).fate is Fate.REPLACED
    ((name, asked),) = client.asked
    assert name == "put_item"
    assert asked["ConditionExpression"] == ("#version < :version AND kin = :kin AND last_dose >= :from")
    assert asked["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_a_skipped_row_costs_one_call_for_the_item_comes_with_the_refusal() -> None:
    from vaxcert.archives.store import to_item

    stands = to_item(archive(5)) | {"last_dose": {"S": "2026-01-05"}, "as_of": {"S": "2026-02-01"}}
    client = Script(error("ConditionalCheckFailedException", Item=stands))
    assert writer(client)[0].write(archive(4), 1).fate is Fate.SKIPPED
    assert len(client.asked) == 1


def test_after_a_new_archive_the_next_is_expected_to_be_new() -> None:
    """The first feed of all: no put that is bound to fail before each transaction."""
    client = Script(error("ConditionalCheckFailedException"), {}, {})
    one = writer(client)[0]
    assert one.write(archive(), 1).fate is Fate.INSERTED
    assert one.write(archive(), 1).fate is Fate.INSERTED
    assert [name for name, _ in client.asked] == ["put_item", "transact_write_items", "transact_write_items"]


def test_an_archive_that_links_to_nobody_needs_no_transaction() -> None:
    client = Script(error("ConditionalCheckFailedException"), {})
    writer(client)[0].write(archive(id_no=None, guardians=[]), 1)
    assert [name for name, _ in client.asked] == ["put_item", "put_item"]


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"]
)
def test_a_busy_table_is_waited_for(code: str) -> None:
    client = Script(error(code), error(code), error(code), {})
    one, pauses = writer(client)
    assert one.write(archive(), 1).fate is Fate.REPLACED
    assert pauses == [0.05, 0.1, 0.2]


def test_a_table_that_stays_busy_ends_the_attempt() -> None:
    client = Script(*[error("ThrottlingException")] * PATIENCE)
    one, pauses = writer(client)
    with pytest.raises(Unavailable):
        one.write(archive(), 1)
    assert max(pauses) == LONGEST_PAUSE
    assert (
        60 < sum(pauses) / 2 < 120
    )  # jitter waits half of them: what is left of a function's time when it stops


def test_another_error_is_not_waited_for() -> None:
    client = Script(error("AccessDeniedException"))
    one, pauses = writer(client)
    with pytest.raises(ClientError):
        one.write(archive(), 1)
    assert pauses == []


def test_an_archive_that_others_keep_changing_ends_the_attempt() -> None:
    failed: Exception = error(
        "TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}]
    )
    turns: list[Exception | dict[str, Any]] = [failed, {}]
    client = Script(error("ConditionalCheckFailedException"), *turns * 5)
    with pytest.raises(Unavailable):
        writer(client)[0].write(archive(), 1)


def test_nothing_of_a_person_is_a_key_or_stored_in_the_clear_invariant_7() -> None:
    client = Script(error("ConditionalCheckFailedException"), {})
    writer(client)[0].write(archive(), 1)
    told = repr(client.asked)
    for secret in (CHILD, MOTHER, "张三", "李四", "10000000001", "A1'"):
        assert secret not in told
    assert archive_key("A1") in told


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"doses": []}, "-"),
        ({"doses": [dose("2020-11-30"), dose("2020-12-01", "d2"), dose("2019-01-01", "d3")]}, "2020-12-01"),
        ({"doses": [dose("2026-01-05", vaccine_code="2801")]}, "-"),
        ({"doses": [dose("2026-01-05", vaccine_code="2801 ")]}, "-"),
        ({"doses": [dose("2026-01-05", vaccine_code="", vaccine_name="人用狂犬病疫苗")]}, "-"),
        ({"system": "rabies"}, "-"),
    ],
)
def test_the_last_dose_that_counts_r7_r43(changes: dict[str, Any], expected: str) -> None:
    assert last_dose(archive(**changes)) == expected
    assert expected < date.max.isoformat()
