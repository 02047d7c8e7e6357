"""Moves every handle to the key of the newest pepper, while the service runs on (D23, docs/runbook/keys.md): `python -m tools.reblind STACK`.

Nothing is asked of anybody and no number is needed: a key of the next version is made of the key before (`vaxcert.identity.blinding`).
Broken off anywhere, it is started again and goes on. It ends when a whole pass has met no key of a version before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from vaxcert.aws.clock import rfc3339, system_clock
from vaxcert.aws.secrets import SETTLED_AFTER, Known, Peppers
from vaxcert.identity.blinding import Cover
from vaxcert.identity.handle_store import Mover

WORKERS: Final = 8


class TooEarly(Exception):
    """Somebody may still know the secret as it was before; `at`: when nobody does."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        super().__init__(f"not before {rfc3339(at)}: until then somebody may not know the newest pepper")


@dataclass(frozen=True, slots=True)
class Reblinding:
    """A change of the pepper over one table."""

    client: Any
    table: str
    known: Known
    workers: int = WORKERS

    def passes(self, now: datetime) -> Iterator[int]:
        """Go through the table again and again; answers after each pass how many keys of an older version it met, at last 0.

        Raises TooEarly, `Doubled`, ValueError where there is one pepper only.
        """
        if len(self.known.peppers) == 1:
            raise ValueError("the secret has one line: there is nothing to move to")
        if not self.known.settled(now):
            raise TooEarly(self.known.since + SETTLED_AFTER)
        while met := sum(map(self._pass, range(2, len(self.known.peppers) + 1))):
            yield met
        yield 0

    def _pass(self, version: int) -> int:
        mover = Mover(self.client, self.table, Cover(self.known.peppers[version - 1], version))
        with ThreadPoolExecutor(self.workers, "reblind") as pool:
            return sum(pool.map(lambda part: mover.segment(part, self.workers), range(self.workers)))


def reblinding_of(stack: str) -> Reblinding:
    """The change of a deployed stack, with the credentials and region of the AWS command line."""
    from boto3.session import Session
    from botocore.config import Config

    session = Session()
    pages = session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    names = {
        one["LogicalResourceId"]: one.get("PhysicalResourceId", "")
        for page in pages
        for one in page["StackResourceSummaries"]
    }
    known = Peppers(session.client("secretsmanager"), names["Pepper"], system_clock).read()
    dynamodb = session.client("dynamodb", config=Config(max_pool_connections=WORKERS + 2))
    return Reblinding(dynamodb, names["HandlesTable"], known)


def main(words: list[str], of: Callable[[str], Reblinding] = reblinding_of) -> int:
    """Move a stack's handles and say after each pass how many keys it met."""
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        for met in of(words[0]).passes(system_clock()):
            print(f"keys of an older pepper met: {met}", flush=True)
    except (TooEarly, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
