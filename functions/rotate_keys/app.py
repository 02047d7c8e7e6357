"""The daily rotation of keys, and killing one. Started by EventBridge Scheduler, or by hand from the console.

Event        anything. By an operator, each with `"officer"` and `"reason"`: `{"kill": "<kid>"}` kills a key first, `{"renew": "data_key"}`
             makes the next data key before its time, `{"show": "keys"}` only tells which keys there are. It may run at any time, any
             number of times.
Answer       `{"made": […], "retiring": […], "killed": null, "closed": []}`, by key id; `{"keys": […]}`.
Metric       `signing_key_age_hours`: of codes, sessions and device tokens, the key that has signed longest (they change every day).
             `keys_closed`: how many keys do not open (D23).
Errors       `KeysClosed` where a key does not open, or all data keys are gone, after everything else was done (docs/runbook/keys.md); `InvalidEvent` tells which member is wrong; `UnknownKey` tells the keys that stand; anything else: retry.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, Final

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import accountable
from vaxcert.aws.kms import root_key_of
from vaxcert.aws.runtime import counted, start
from vaxcert.aws.settings import Settings
from vaxcert.idempotency.model import KEPT
from vaxcert.keys.keyset import root
from vaxcert.keys.model import OFFLINE_SERVES
from vaxcert.keys.register import key_register_of
from vaxcert.keys.rotate import Rotated, Rotation
from vaxcert.keys.rotation import signing_age

from .answers import Kill, Renew, Show, told

_SERVICE: Final = "rotate_keys"

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


class KeysClosed(Exception):
    """Keys that do not open, by id: what they sealed cannot be read, or what they should sign is not signed (D23)."""


def create(rotation: Callable[[], Rotation], clock: Clock, stage: str = "local") -> Handler:
    """The handler over its collaborators."""

    def run(kill: str | None = None, *, renew: bool = False) -> Event:
        return _answer(rotation().run(clock(), kill, renew_data_key=renew))

    def killed(asked: Kill) -> tuple[Event, Event]:
        answer = run(asked.kill)
        return answer, answer

    def renewed(_asked: Renew) -> tuple[Event, Event]:
        answer = run(renew=True)
        return answer, answer

    def shown(_asked: Show) -> tuple[Event, Event]:
        keys = told(rotation().standing(), clock())
        return {"keys": keys}, {"keys": len(keys)}

    kill = accountable(_SERVICE, Kill.model_validate, killed, clock)
    renew = accountable(_SERVICE, Renew.model_validate, renewed, clock)
    show = accountable(_SERVICE, Show.model_validate, shown, clock)

    def handle(event: Event, context: Any) -> Event:
        if "kill" in event:
            return kill(event, context)
        if "renew" in event:
            return renew(event, context)
        if "show" in event:
            return show(event, context)
        answer = run()
        age = signing_age(rotation().standing(), clock())
        hours = int(age.total_seconds() // 3600)
        figures = {"signing_key_age_hours": hours, "keys_closed": len(answer["closed"])}
        counted(_SERVICE, stage, figures, clock().timestamp(), **answer)
        if answer["closed"]:
            raise KeysClosed(", ".join(answer["closed"]))
        return answer

    return handle


def _answer(done: Rotated) -> Event:
    return {
        "made": list(done.made),
        "retiring": list(done.retiring),
        "killed": done.killed,
        "closed": list(done.closed),
    }


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
            timedelta(days=settings.data_key_days),
        )

    return create(rotation, system_clock, settings.service_stage)


handler = start(build)
