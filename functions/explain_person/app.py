"""Why somebody cannot claim (R36), for an operator whom they call; by hand from the console's test button.

Event        `{"id_no", "name", "officer", "reason", "language"?: "zh" | "en"}`: the person as on the card; or `{"case_number", …}`: the
             person whose certificate a report is about.
Answer       what the person reads on entering: `claimable`, `claimed`, `authorized`, `notices` with words and next step; names masked.
             It is personal data: it stands in the console's answer and in no log. Certificates shown have it in their access log (D11).
Errors       `InvalidEvent` tells which member is wrong, `id_no` too if its check digit or date is; `UnknownCase`.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache

from vaxcert.archives.store import register_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, accountable
from vaxcert.aws.runtime import start
from vaxcert.aws.secrets import peppers_of
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.notices import notices_of
from vaxcert.claims.store import certificates_of
from vaxcert.grants.store import grants_of
from vaxcert.identity.handle_store import known_handles_of
from vaxcert.keys.sealing import sealer_of
from vaxcert.operators.explaining import Explained, Explaining, listing_of
from vaxcert.operators.slips import id_no_read
from vaxcert.reports.store import open_reports_of
from vaxcert.trail.store import access_log_of

from .answers import WANTED, ByCase, ByNumber, shown


def create(service: Explaining, clock: Clock) -> Handler:
    """The handler over its use cases."""

    def act(asked: ByNumber | ByCase) -> tuple[Event, Event]:
        explained = _explained(service, asked, clock)
        found = explained.overview
        told = {
            "by": "number" if explained.by_name else "case",
            "claimable": len(found.claimable),
            "claimed": len(found.claimed),
            "authorized": len(found.authorized),
            "notices": sorted(notice.code for notice in found.notices),
        }
        return shown(explained), told

    return accountable("explain_person", WANTED.validate_python, act, clock)


def _explained(service: Explaining, asked: ByNumber | ByCase, clock: Clock) -> Explained:
    if isinstance(asked, ByCase):
        return service.case(asked.case_number, asked.officer, asked.language, clock())
    with id_no_read():
        return service.person(asked.id_no, asked.name, asked.officer, asked.language, clock())


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb, kms = client("dynamodb"), client("kms")
    certificates = certificates_of(env, dynamodb)
    listing = listing_of(
        register_of(env, dynamodb),
        certificates,
        grants_of(env, dynamodb),
        sealer_of(env, dynamodb, kms, system_clock),
        notices_of(settings),
        ClaimRules.of(settings),
    )
    service = Explaining(
        listing=listing,
        certificates=certificates.get,
        cases=open_reports_of(env, dynamodb),
        trail=access_log_of(env, dynamodb, os.urandom, timedelta(days=settings.access_log_days)),
        people=known_handles_of(env, dynamodb, peppers_of(env, client("secretsmanager"), system_clock)),
    )
    return create(service, system_clock)


handler = start(build)
