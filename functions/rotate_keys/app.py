"""The daily rotation of keys, and killing one. Started by EventBridge Scheduler, or by hand from the console.

Event        anything; `{"kill": "<kid>"}` kills a key first; `{"renew_data_key": true}` makes the next data key before its time. It
             may run at any time, any number of times.
Answer       `{"made": […], "retiring": […], "killed": null}`, by key id.
Errors       `UnknownKey` where there is no such key to kill; `KeysClosed` where a key does not open, or all data keys are gone, after
             everything else was done (docs/runbook/keys.md); anything else: retry.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.kms import root_key_of
from vaxcert.aws.runtime import log, metric, start
from vaxcert.aws.settings import Settings
from vaxcert.idempotency.model import KEPT
from vaxcert.keys.data_keys import Wear
from vaxcert.keys.keyset import root
from vaxcert.keys.model import OFFLINE_SERVES
from vaxcert.keys.register import key_register_of
from vaxcert.keys.rotate import Rotation

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


class KeysClosed(Exception):
    """Keys that do not open, by id: what they sealed cannot be read, or what they should sign is not signed (D23)."""


def create(rotation: Callable[[], Rotation], clock: Clock, stage: str = "local") -> Handler:
    """The handler over its collaborators."""

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        kill = event.get("kill")
        if kill is not None and not isinstance(kill, str):
            raise TypeError("kill takes the id of a key")
        now = clock()
        done = rotation().run(now, kill, renew_data_key=event.get("renew_data_key") is True)
        answer = {"made": list(done.made), "retiring": list(done.retiring), "killed": done.killed}
        log("rotate_keys", **answer, closed=list(done.closed))
        metric("rotate_keys", stage, {"keys_closed": len(done.closed)}, now.timestamp())
        if done.closed:
            raise KeysClosed(", ".join(done.closed))
        return answer

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    kms = client("kms")
    register = key_register_of(env, client("dynamodb"), kms)
    signer = root_key_of(env, kms)

    def rotation() -> Rotation:
        return Rotation(
            register,
            root(signer.public_der(), signer.sign),
            {
                # A scan is repeated for a day and handed in for two, and its code has to be known for as long.
                "code": timedelta(seconds=settings.code_ttl_seconds) + max(KEPT, OFFLINE_SERVES),
                "session": timedelta(seconds=settings.session_seconds),
                "device": timedelta(seconds=settings.device_token_seconds),
            },
            settings.code_ttl_seconds,
            Wear(timedelta(days=settings.data_key_days), settings.data_key_seals),
        )

    return create(rotation, system_clock, settings.service_stage)


handler = start(build)
