"""Chains the access log from its table's stream, so that a removal shows; and tells where a chain is broken (D11).

Event        a batch of the stream, filtered to new entries; or by an operator `{"certificate_id", "officer", "reason"}`, with
             `"repair": true` to chain first what never came to the chain.
Answer       batch: `{"batchItemFailures": […]}`. certificate: `{"links": n, "whole": true | false, "breaks": [{fault, position?, sequence?}]}`,
             with `repaired` if it was asked for.
Errors       of a batch, only what is left comes again; an entry is chained once. `InvalidEvent` tells which member is wrong, `NothingChained`
             where the id is read.
The log      holds the digests of the new heads: an anchor outside of the tables. Of an operator's event it counts, and names no
             certificate.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Accountable, accountable
from vaxcert.aws.runtime import log, start
from vaxcert.claims.ids import certificate_id
from vaxcert.trail.chain import NothingChained
from vaxcert.trail.chaining import AccessChain, chain_of

_SERVICE: Final = "chain_access_log"

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]


class Verify(Accountable):
    """Verify a certificate's chain, after it was mended where that is wanted."""

    certificate_id: Annotated[str, AfterValidator(certificate_id)]
    repair: bool = False


def create(chain: AccessChain, clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def verified(asked: Verify) -> tuple[Event, Event]:
        now = clock()
        repaired = {"repaired": chain.repair(asked.certificate_id, now)} if asked.repair else {}
        links, found = chain.verify(asked.certificate_id, now)
        if not links and not found:
            raise NothingChained
        answer = {"links": links, "whole": not found, "breaks": [one.told() for one in found], **repaired}
        return answer, {"links": links, "breaks": len(found), **repaired}

    verify = accountable(_SERVICE, Verify.model_validate, verified, clock)

    def handle(event: Event, context: Any) -> Event:
        return _chained(chain, event["Records"]) if "Records" in event else verify(event, context)

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    return create(chain_of(os.environ, client("dynamodb")), system_clock)


def _chained(chain: AccessChain, records: list[Event]) -> Event:
    heads: list[str] = []
    for record in records:
        change = record["dynamodb"]
        if record["eventName"] != "INSERT":
            continue
        try:
            head = chain.add(change["NewImage"])
        except Exception as error:  # noqa: BLE001 - a stream goes on where it failed, with the entries before it chained
            log(_SERVICE, chained=len(heads), heads=heads, failed=type(error).__name__)
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
        if head is not None:
            heads.append(head.digest)
    log(_SERVICE, chained=len(heads), heads=heads)
    return {"batchItemFailures": []}


handler = start(build)
