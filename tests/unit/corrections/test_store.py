"""How the writer spends its calls, and its patience with a busy table (measurements.md; invariant 6)."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
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
from vaxcert.corrections.steps.store import _BUNDLE_BYTES, ArchiveWriter, _bundles, last_dose
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


@pytest.mark.parametrize(("last", "side"), [("2020-12-01", ">="), ("2020-11-30", "<")])
def test_the_common_case_is_one_conditional_put(last: str, side: str) -> None:
    client = Script({})
    assert writer(client)[0].write(archive(doses=[dose(last)]), 1).fate is Fate.REPLACED
    ((name, asked),) = client.asked
    assert name == "put_item"
    assert asked["ConditionExpression"] == f"#version < :version AND kin = :kin AND last_dose {side} :from"
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


def many(count: int, version: int = 2, **changes: Any) -> list[Archive]:
    maker = ArchiveMaker(BLINDER, fake_sealer(), DAY)
    rows = [row(f"A{number}", version, **changes) for number in range(count)]
    return maker.archives(Row.model_validate_json(compact_json(one)) for one in rows)


def refused(code: str, **more: Any) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": ""} | more}


def test_rows_of_the_common_case_go_by_twenty_five() -> None:
    client = Script({"Responses": [{}] * 25}, {"Responses": [{}] * 5})
    written = writer(client)[0].write_all(many(30), 1)
    assert {one.fate for one in written} == {Fate.REPLACED}
    (name, asked), _ = client.asked
    assert name == "batch_execute_statement"
    first = asked["Statements"][0]
    assert len(first["Statement"]) < 8192
    assert first["Statement"].endswith(
        ' REMOVE "number_fault" REMOVE "merged_into" REMOVE "stated_key"'
        ' WHERE "pk"=? AND "version" < ? AND "kin" = ? AND "last_dose" >= ?'
    )
    assert first["Statement"].count("?") == len(first["Parameters"])
    assert first["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_a_statement_names_every_attribute_that_an_archive_can_have_r38() -> None:
    """What it does not set it removes, so that nothing of an older version is left."""
    from vaxcert.archives.store import MAY_LACK, to_item

    least = archive(id_no=None, phone=None, guardians=[])
    contradicting = archive(birth_date="2020-01-03")
    merged = archive(op="merge", into="A2")
    seen = [set(to_item(one)) for one in (archive(), least, contradicting, merged)]
    always = set.intersection(*seen) - set(MAY_LACK)
    assert set.union(*seen) == always | set(MAY_LACK)


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "TransactionConflict",
        "InternalServerError",
        "DuplicateItem",
        "ValidationError",
    ],
)
def test_a_statement_refused_for_anything_but_its_condition_is_written_alone(code: str) -> None:
    client = Script({"Responses": [{}, refused(code), {}]}, {})
    one, pauses = writer(client)
    assert [written.fate for written in one.write_all(many(3), 1)] == [Fate.REPLACED] * 3
    assert [name for name, _ in client.asked] == ["batch_execute_statement", "put_item"]
    assert client.asked[1][1]["Item"]["pk"] == {"S": archive_key("A1")}
    assert pauses == []


def test_a_row_whose_condition_does_not_hold_needs_no_second_look() -> None:
    from vaxcert.archives.store import to_item

    stands = to_item(archive(5)) | {"last_dose": {"S": "2026-01-05"}, "as_of": {"S": "2026-02-01"}}
    client = Script({"Responses": [{}, refused("ConditionalCheckFailed", Item=stands)]})
    fates = [written.fate for written in writer(client)[0].write_all(many(2), 1)]
    assert fates == [Fate.REPLACED, Fate.SKIPPED]


def test_no_archive_stands_twice_in_a_batch() -> None:
    client = Script({"Responses": [{}] * 2}, {}, {})
    one, other = many(2)
    writer(client)[0].write_all([one, other, one, one], 1)
    assert [name for name, _ in client.asked] == ["batch_execute_statement", "put_item", "put_item"]


def test_a_batch_waits_for_a_busy_table_as_a_whole() -> None:
    client = Script(error("ThrottlingException"), error("InternalServerError"), {"Responses": [{}] * 2})
    one, pauses = writer(client)
    assert [written.fate for written in one.write_all(many(2), 1)] == [Fate.REPLACED] * 2
    assert pauses == [0.05, 0.1]


def test_an_answer_that_says_nothing_of_a_row_ends_the_attempt() -> None:
    client = Script({"Responses": [{}]})
    with pytest.raises(ValueError, match="zip"):
        writer(client)[0].write_all(many(2), 1)


def test_new_archives_share_transactions_as_large_as_one_may_be() -> None:
    """Each has two links: the first handful is asked for, the next ones are expected to be new."""
    client = Script({"Responses": [refused("ConditionalCheckFailed")] * 25}, {}, *[{}] * 3)
    one, _ = writer(client)
    assert {written.fate for written in one.write_all(many(25), 1)} == {Fate.INSERTED}
    assert {written.fate for written in one.write_all(many(70), 1)} == {Fate.INSERTED}
    assert [name for name, _ in client.asked] == ["batch_execute_statement", *["transact_write_items"] * 4]
    assert [len(asked["TransactItems"]) for _, asked in client.asked[1:]] == [75, 99, 99, 12]


def test_archives_whose_links_change_share_a_transaction_with_those_that_are_new_r38_invariant_6() -> None:
    """What stands came with the refusal; a row that is older than it is in no transaction."""
    from vaxcert.archives.store import to_item

    older, newer = (
        [
            to_item(one) | {"last_dose": {"S": "2026-01-05"}}
            for one in many(3, version, guardians=[], recorded_at="2026-02-01T10:00:00+08:00")
        ]
        for version in (1, 9)
    )
    conditions = [
        refused("ConditionalCheckFailed", Item=older[0]),
        refused("ConditionalCheckFailed"),
        refused("ConditionalCheckFailed", Item=newer[2]),
    ]
    client = Script({"Responses": conditions}, {})
    written = writer(client)[0].write_all(many(3), 1)
    assert [one.fate for one in written] == [Fate.RELINKED, Fate.INSERTED, Fate.SKIPPED]
    assert [name for name, _ in client.asked] == ["batch_execute_statement", "transact_write_items"]
    puts = [op["Put"] for op in client.asked[1][1]["TransactItems"]]
    archives = [one for one in puts if one["TableName"] == "archives"]
    assert [one["ConditionExpression"] for one in archives] == [
        "#version = :stands",
        "attribute_not_exists(pk)",
    ]


def test_where_one_of_them_is_not_new_each_is_written_alone() -> None:
    failed = error(
        "TransactionCanceledException",
        CancellationReasons=[{"Code": "ConditionalCheckFailed"}, *[{"Code": "None"}] * 5],
    )
    client = Script({"Responses": [refused("ConditionalCheckFailed")] * 2}, failed, {}, {})
    fates = [written.fate for written in writer(client)[0].write_all(many(2), 1)]
    assert fates == [Fate.INSERTED] * 2
    assert [name for name, _ in client.asked][1:] == ["transact_write_items"] * 3


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


@pytest.mark.parametrize(
    ("weights", "size", "bundles"),
    [
        ([1, 2, 1, 4, 1, 1], 0, [[1, 2, 1], [1, 1]]),  # four at most, and one alone is no bundle
        ([1, 4], 0, []),
        ([1] * 8, 0, [[1] * 4] * 2),  # each has room for as many as the one before
        ([1, 1, 1], _BUNDLE_BYTES // 2, [[1, 1]]),
        ([1, 1, 1, 1], _BUNDLE_BYTES // 2, [[1, 1], [1, 1]]),
        ([1, 1, 1], _BUNDLE_BYTES // 2 + 1, []),
    ],
)
def test_rows_go_together_as_many_as_one_call_takes(
    weights: list[int], size: int, bundles: list[list[int]]
) -> None:
    made: Any = SimpleNamespace(item={"doses": {"B": bytes(size)}})
    found = _bundles([(made, weight) for weight in weights], 4, lambda weight: weight)
    assert [[weight for _, weight in bundle] for bundle in found] == bundles
