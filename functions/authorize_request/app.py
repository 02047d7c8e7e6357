"""API Gateway's REQUEST authorizer: who bears the token, and which routes are theirs.

Imports neither Powertools nor pydantic (300 ms of a cold start): every request waits for this function first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import log, start
from vaxcert.aws.settings import Settings
from vaxcert.errors import Unauthorized, VaxcertError
from vaxcert.identity.authorization import Authorizer, policy
from vaxcert.identity.store import sessions_of
from vaxcert.keys.store import public_keys_of

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


def create(authorizer: Authorizer, clock: Clock) -> Handler:
    """The handler over its collaborators.

    API Gateway turns an exception with exactly the text "Unauthorized" into 401; any other ends as its own 500.
    Neither has a cause attached, for a traceback ends in the log and may quote what came in.
    """

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        try:
            caller = authorizer.caller(_bearer(event), clock())
        except Unauthorized:
            _log("refused", started, event)
            raise Exception("Unauthorized") from None  # noqa: TRY002 - the text that API Gateway looks for
        except (VaxcertError, ClientError, BotoCoreError) as error:
            _log(type(error).__name__, started, event)
            raise RuntimeError("the caller could not be looked up") from None
        _log("known", started, event)
        return policy(caller, event["methodArn"])

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, dynamodb = os.environ, client("dynamodb")
    keys = public_keys_of(env, dynamodb, system_clock)  # it verifies and unwraps nothing
    settings = Settings.from_env(env)
    authorizer = Authorizer(keys, sessions_of(env, dynamodb), settings.refuse_issued_before)
    return create(authorizer, system_clock)


def _bearer(event: Mapping[str, Any]) -> str:
    """The token of the one Authorization header (RFC 6750 §2.1); two of them are nobody's."""
    given = [
        value
        for name, values in (event.get("multiValueHeaders") or {}).items()
        if name.lower() == "authorization"
        for value in values
    ]
    if len(given) != 1:
        raise Unauthorized
    scheme, _, token = given[0].partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized
    return str(token)


def _log(result: str, started: float, event: Mapping[str, Any]) -> None:
    """One line, and nothing in it of the token or of who bears it (invariant 7)."""
    spent = round((time.perf_counter() - started) * 1000, 1)
    context = event.get("requestContext") or {}
    log("authorize_request", result=result, ms=spent, correlation_id=context.get("requestId"))


handler = start(build)
