"""A desk of the service: the real use cases of claiming and authorising over any stores, fake or DynamoDB's."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Protocol

from tests.fakes.household import CONSENT
from vaxcert.archives.relations import Relation
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import Clock
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.listing import ListingService, Overview
from vaxcert.claims.notices import NoticeBoard
from vaxcert.claims.ports import Certificates, Register
from vaxcert.claims.service import ClaimForm, ClaimService
from vaxcert.claims.store import CertificateStore
from vaxcert.claims.views import CertificateView, Views
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.form import Form
from vaxcert.grants.personal import DelegateData, GrantView
from vaxcert.grants.ports import Grants, LentGrants, People
from vaxcert.grants.service import GrantRules, GrantService
from vaxcert.grants.store import GrantStore
from vaxcert.http.caller import require_fresh
from vaxcert.idempotency.model import Answer, Answers, repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import Citizen
from vaxcert.keys.sealing import Sealer

LIMIT, ADULT_AGE, HOTLINE = 10, 18, "400-101-6588"


class AllGrants(Grants, LentGrants, Protocol):
    """Both sides of the grants."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What a desk stands on."""

    register: Register
    certificates: Certificates
    grants: AllGrants
    answers: Answers


def dynamo_stores(client: Any, tables: Mapping[str, str], clock: Clock, sealer: Sealer) -> Stores:
    """The stores of production."""
    answers = AnswerStore(client, tables["IdempotencyTable"], sealer)

    return Stores(
        ArchiveReader(client, tables["ArchivesTable"], tables["KinshipTable"]),
        CertificateStore(
            client,
            certificates_table=tables["CertificatesTable"],
            archives_table=tables["ArchivesTable"],
            sessions_table=tables["SessionsTable"],
            remembering=answers.op,
        ),
        GrantStore(
            client,
            grants_table=tables["GrantsTable"],
            certificates_table=tables["CertificatesTable"],
            sessions_table=tables["SessionsTable"],
            remembering=answers.op,
        ),
        answers,
    )


class Desk:
    """What a citizen can do. Answers are certificate and grant ids; refusals are the product's own errors."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        rules: ClaimRules,
        people: People,
        sealer: Sealer,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.stores = stores
        self._clock = clock
        views, notices = Views(sealer, rules), NoticeBoard(rules, HOTLINE)
        fresh = partial(require_fresh, seconds=900)
        self.delegates = DelegateService(stores.grants)
        self.rights = Rights(delegates=self.delegates, adult_age=ADULT_AGE, notices=notices)
        self.listing = ListingService(
            register=stores.register,
            certificates=stores.certificates,
            delegations=self.delegates,
            views=views,
            notices=notices,
            rules=rules,
        )
        self.claims = ClaimService(
            register=stores.register,
            certificates=stores.certificates,
            answers=stores.answers,
            views=views,
            sealer=sealer,
            notices=notices,
            consent=CONSENT,
            rules=rules,
            fresh=fresh,
            random_bytes=random_bytes,
        )
        self.granting = GrantService(
            certificates=stores.certificates,
            grants=stores.grants,
            answers=stores.answers,
            people=people,
            personal=DelegateData(sealer),
            rules=GrantRules(LIMIT, ADULT_AGE),
            rights=self.rights,
            fresh=fresh,
            random_bytes=random_bytes,
        )

    def claim(self, caller: Citizen, record_id: str, key: str) -> str:
        """Look at the person and the consent, agree to all of it, claim; the certificate's id."""
        _, offer = self.claims.detail(caller, record_id, self._clock(), "zh")
        return self.claim_at_once(caller, record_id, key, tuple(str(purpose) for purpose in offer.purposes))

    def claim_at_once(self, caller: Citizen, record_id: str, key: str, purposes: tuple[str, ...]) -> str:
        """Claim with the consent read before; the certificate's id."""
        now = self._clock()
        form = ClaimForm(record_id, CONSENT.version, purposes, "zh")
        body = json.dumps([record_id, form.consent_version, purposes])
        request = repeatable(caller.subject, "POST /v1/certificates", key, body)

        asked = Asked[CertificateView](request, lambda view: Answer(201, view.certificate_id))
        return self.claims.claim(caller, form, asked, now).body

    def release(self, caller: Citizen, certificate_id: str) -> None:
        """注销."""
        self.claims.release(caller, certificate_id, self._clock())

    def authorize(
        self,
        caller: Citizen,
        certificate_id: str,
        id_no: str,
        name: str,
        key: str,
        expires_on: date | None = None,
    ) -> str:
        """确认授权; the grant's id."""
        end = None if expires_on is None else expires_on.isoformat()
        form = Form(id_no, name, Relation.OTHER_RELATIVE, "14200000000", end)
        route = f"POST /v1/certificates/{certificate_id}/grants"
        request = repeatable(caller.subject, route, key, json.dumps([id_no, name, str(expires_on)]))

        asked = Asked[GrantView](request, lambda view: Answer(201, view.grant_id))
        return self.granting.authorize(caller, certificate_id, form, asked, self._clock()).body

    def revoke(self, caller: Citizen, certificate_id: str, grant_id: str) -> None:
        """End a grant."""
        self.granting.revoke(caller, certificate_id, grant_id, self._clock())

    def overview(self, caller: Citizen) -> Overview:
        """待申领, 已申领 and what others authorised."""
        return self.listing.overview(caller, self._clock(), "zh")
