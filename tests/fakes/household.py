"""Everything that a family can do, over fakes: the services of claims, grants and records put together."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta
from functools import partial

from tests.fakes.access_log import FakeAccessLog, FakeFeedDates
from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.clock import FakeClock
from tests.fakes.grants import FakeGrants
from tests.fakes.people import BLINDER, FATHER, GRANDMOTHER_NO, SEALER, citizen
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.archives.model import Archive
from vaxcert.archives.relations import Relation
from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import consent_of
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.listing import ListingService
from vaxcert.claims.notices import NoticeBoard
from vaxcert.claims.service import ClaimForm, ClaimService
from vaxcert.claims.views import Views
from vaxcert.grants.access import Rights
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.form import Form
from vaxcert.grants.personal import DelegateData
from vaxcert.grants.service import GrantRules, GrantService
from vaxcert.http.caller import require_fresh
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import Citizen
from vaxcert.records.plan import PlanService
from vaxcert.records.service import RecordsService

RULES = ClaimRules.of(Settings())
CONSENT = consent_of(Settings())
HOTLINE = "400-101-6588"
BOARD = NoticeBoard(RULES, HOTLINE)
LOG_KEPT = timedelta(days=1095)
PURPOSES = tuple(str(purpose) for purpose in CONSENT.purposes)


class Household:
    """A register with some archives, and the services over it. Time stands still until the clock is moved."""

    def __init__(
        self, *archives: Archive, rabies_shown: bool = False, limit: int = 10, reads: int = 120
    ) -> None:
        self.clock = FakeClock()
        self.register = FakeRegister(*archives)
        self.sessions = FakeSessions()
        self.answers = FakeAnswers()
        self.certificates = FakeCertificates(self.register, self.sessions, self.answers)
        self.grants = FakeGrants(self.certificates, self.sessions, self.answers)
        self.log = FakeAccessLog(self.grants)
        self.feed = FakeFeedDates()
        self._drawn = itertools.count(1)
        views, notices = Views(SEALER, RULES), BOARD
        self.delegates = DelegateService(self.grants)
        self.rights = Rights(delegates=self.delegates, adult_age=18, notices=notices)
        fresh = partial(require_fresh, seconds=900)
        self.listing = ListingService(
            register=self.register,
            certificates=self.certificates,
            delegations=self.delegates,
            views=views,
            notices=notices,
            rules=RULES,
        )
        self.claims = ClaimService(
            register=self.register,
            certificates=self.certificates,
            answers=self.answers,
            views=views,
            sealer=SEALER,
            notices=notices,
            consent=CONSENT,
            rules=RULES,
            fresh=fresh,
            random_bytes=self._draw,
        )
        self.granting = GrantService(
            certificates=self.certificates,
            grants=self.grants,
            answers=self.answers,
            people=BLINDER,
            personal=DelegateData(SEALER),
            rules=GrantRules(limit, 18),
            rights=self.rights,
            fresh=fresh,
            random_bytes=self._draw,
        )
        self.records = RecordsService(
            certificates=self.certificates,
            register=self.register,
            rights=self.rights,
            grants=self.grants,
            feed=self.feed,
            log=self.log,
            views=views,
            delegate_data=DelegateData(SEALER),
            rabies_shown=rabies_shown,
            hotline=HOTLINE,
            log_kept=LOG_KEPT,
            reads_per_hour=reads,
        )
        self.plans = PlanService(reader=self.records.reader, feed=self.feed, views=views, adult_age=18)

    def citizen(self, who: str = FATHER, *, session: str = "s-1", name: str | None = None) -> Citizen:
        """Somebody who verified just now."""
        return citizen(who, self.clock(), session=session, name=name)

    def claim(
        self,
        record_id: str,
        caller: Citizen | None = None,
        *,
        key: str | None = None,
        version: str | None = CONSENT.version,
        purposes: tuple[str, ...] = PURPOSES,
    ) -> str:
        """Claim, and answer the certificate's id."""
        caller = caller or self.citizen()
        body = json.dumps([record_id, version, purposes])
        request = repeatable(caller.subject, "POST /v1/certificates", key or self.key(), body)
        now = self.clock()
        answer = self.claims.claim(
            caller,
            ClaimForm(record_id, version, purposes, "zh"),
            Asked(request, lambda view: Answer(201, view.certificate_id)),
            now,
        )
        return answer.body

    def authorize(
        self,
        certificate_id: str,
        number: str = GRANDMOTHER_NO,
        caller: Citizen | None = None,
        *,
        name: str = "沈测试",
        expires_on: date | None = None,
        key: str | None = None,
    ) -> str:
        """Authorise, and answer the grant's id."""
        caller = caller or self.citizen()
        body = json.dumps([number, name, str(expires_on)])
        route = f"POST /v1/certificates/{certificate_id}/grants"
        request = repeatable(caller.subject, route, key or self.key(), body)
        now = self.clock()
        answer = self.granting.authorize(
            caller,
            certificate_id,
            Form(
                number,
                name,
                Relation.MATERNAL_GRANDMOTHER,
                "13800000000",
                str(expires_on) if expires_on else None,
            ),
            Asked(request, lambda view: Answer(201, view.grant_id)),
            now,
        )
        return answer.body

    def key(self) -> str:
        """A new Idempotency-Key."""
        return f"key-{next(self._drawn):08d}"

    def _draw(self, count: int) -> bytes:
        return next(self._drawn).to_bytes(count)
