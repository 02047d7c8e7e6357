"""Looks every day whether the access log still holds what it held, tells where it does not, and anchors it anew (D11).

Event        anything; or from the console `{"accept": "<certificate_id>", "officer": "…", "reason": "…"}`, after somebody has looked into a
             certificate's breaks: they are kept with who and why in the anchors' bucket, and no longer told of.
Answer       `{"heads": n, "verified": n, "broken": n, "anchor_changed": false, "certificates": {"<certificate_id>": [{fault, position?,
             sequence?}]}}`, a hundred certificates at most; accepted: `{"accepted": [{fault, …}]}`.
Errors       `InvalidEvent` tells which member is wrong; `NothingBroken` tells where the id is read; anything else: retry.
The log      counts, and names no certificate.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Accountable, accountable
from vaxcert.aws.runtime import log, metric, start
from vaxcert.aws.settings import Settings
from vaxcert.claims.ids import certificate_id
from vaxcert.trail.audit import AuditService, audit_of

_SERVICE: Final = "audit_access_log"
_MOST_TOLD: Final = 100
_CONNECTIONS: Final = 16

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]


class Accept(Accountable):
    """Somebody has looked into a certificate's breaks."""

    accept: Annotated[str, AfterValidator(certificate_id)]


def create(service: AuditService, clock: Clock, stage: str) -> Handler:
    """The handler over its collaborators."""

    def accepted(asked: Accept) -> tuple[Event, Event]:
        breaks = service.accept(asked.accept, asked.officer, asked.reason, clock())
        return {"accepted": [one.told() for one in breaks]}, {"accepted": len(breaks)}

    accept = accountable(_SERVICE, Accept.model_validate, accepted, clock)

    def handle(event: Event, context: Any) -> Event:
        if "accept" in event:
            return accept(event, context)
        now = clock()
        found = service.run(now)
        counts = {"heads": found.heads, "verified": found.verified, "broken": len(found.broken)}
        log(_SERVICE, **counts, anchor_changed=found.anchor_changed)
        broken = len(found.broken) + found.anchor_changed
        metric(_SERVICE, stage, {"access_log_broken": broken}, now.timestamp())
        told = {
            name: [one.told() for one in where] for name, where in islice(found.broken.items(), _MOST_TOLD)
        }
        return {**counts, "anchor_changed": found.anchor_changed, "certificates": told}

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    dynamodb = client("dynamodb", connections=_CONNECTIONS)
    s3 = client("s3", connections=_CONNECTIONS)
    service = audit_of(os.environ, dynamodb, s3, client("kms"))
    return create(service, system_clock, Settings.from_env(os.environ).service_stage)


handler = start(build)
