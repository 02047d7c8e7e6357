"""Many conditional writes in one call of DynamoDB, and many partitions read in one, by PartiQL.

A batch has up to 25 statements, each with a fate of its own. It is no transaction: what becomes of one statement says nothing of its neighbours, and an answer 200 says nothing of any of them. Each costs
the units of capacity of a single write; what a call costs its client is shared by 25.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from vaxcert.aws.dynamodb import Item, S, Unmet

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Statement = dict[str, Any]

MOST: Final = 25
"""Statements that one call takes."""
MOST_PARTITIONS: Final = 50
"""Partition keys that one SELECT may name; with none named it would read the whole table, which the rights of a function forbid."""


def replacement(
    table: str, item: Item, *, lacking: Iterable[str], where: str, values: Sequence[Item]
) -> Statement:
    """Replace the item that stands under the key of `item` where `where` holds for it; unlike a put it makes no item where none stands.

    PartiQL has no statement that writes an item whole: every attribute of `item` is set, and those of `lacking` are removed.
    `values` stand for the question marks of `where`. Where it does not hold, the item that stands comes with the refusal.
    """
    names = tuple(name for name in item if name != "pk")
    return {
        "Statement": _text(table, names, tuple(lacking), where),
        "Parameters": [*(item[name] for name in names), item["pk"], *values],
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


@cache
def _text(table: str, names: tuple[str, ...], lacking: tuple[str, ...], where: str) -> str:
    # Quoted throughout: many a name is a word of the language.
    sets = " ".join(f'SET "{name}"=?' for name in names)
    removes = "".join(f' REMOVE "{name}"' for name in lacking)
    return f'UPDATE "{table}" {sets}{removes} WHERE "pk"=? AND {where}'


def write_batch(client: DynamoDBClient, statements: Sequence[Statement]) -> list[Unmet | None]:
    """Carry out at most `MOST` statements, no item twice. For each, in order: None if it was done, else why it was not.

    A refusal's code is one of DynamoDB's BatchStatementError: `ConditionalCheckFailed`, `TransactionConflict`, `ThrottlingError`, …
    """
    asked: list[Any] = [*statements]
    answers = client.batch_execute_statement(Statements=asked)["Responses"]
    refusals = [answer.get("Error") for answer, _ in zip(answers, asked, strict=True)]
    return [None if error is None else Unmet(error.get("Code", ""), error.get("Item")) for error in refusals]


def select_prefixed(client: DynamoDBClient, table: str, pks: Sequence[str], prefix: str) -> Iterator[Item]:
    """The items of at most `MOST_PARTITIONS` partitions whose sort key begins with `prefix`, strongly consistent, page after page."""
    marks = ", ".join("?" * len(pks))
    asked: dict[str, Any] = {
        "Statement": f'SELECT * FROM "{table}" WHERE "pk" IN [{marks}] AND begins_with("sk", ?)',  # noqa: S608 - all values are parameters
        "Parameters": [S(value) for value in (*pks, prefix)],
        "ConsistentRead": True,
    }
    while True:
        page = client.execute_statement(**asked)
        yield from page["Items"]
        if "NextToken" not in page:
            return
        asked["NextToken"] = page["NextToken"]
