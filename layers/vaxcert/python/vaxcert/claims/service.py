"""Use cases of a claimant: the personal information to check, claiming, releasing (R17–R20, D4–D6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.consent import Consent, Offer, agreed, offer_for
from vaxcert.claims.eligibility import ClaimRules, Eligible, Refusal, eligibility_of, naming
from vaxcert.claims.ids import ID_BYTES, certificate_id_of
from vaxcert.claims.model import ACTIVE, CAME_OF_AGE, RELEASED, REPLACED, Agreement, Certificate
from vaxcert.claims.notices import NoticeBoard
from vaxcert.claims.people import Families
from vaxcert.claims.personal import Sealing, sealed_name
from vaxcert.claims.ports import Certificates, Freshness, Register
from vaxcert.claims.views import CertificateView, PersonView, Views
from vaxcert.errors import Conflict, JsonValue, NotFound, Rejected
from vaxcert.idempotency.model import Answer, Answers
from vaxcert.idempotency.turn import Asked, Commit, Deed, Repeatable, until_written
from vaxcert.identity.model import Citizen, is_record_id, record_id_of


class AlreadyClaimed(Conflict):
    """Somebody claimed it: `extra` tells the relation of another claimant, or the caller's own certificate id (R20)."""

    code = "already_claimed"


class NotEligible(Rejected):
    """The rules do not allow it; `extra` tells the reason and what to do next (R36)."""

    code = "not_eligible"


@dataclass(frozen=True, slots=True)
class ClaimForm:
    """What a claimant asks for: whose certificate, and what they agreed to in which language."""

    record_id: str
    consent_version: str | None
    purposes: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class _Right:
    """The caller's right to claim, the archives that it stands on, and the live certificate that a claim would end."""

    eligible: Eligible
    archives: tuple[Archive, ...]
    live: Certificate | None


class ClaimService:
    """What a claimant changes. Time, randomness and stores are passed in."""

    def __init__(
        self,
        *,
        register: Register,
        certificates: Certificates,
        answers: Answers,
        views: Views,
        sealer: Sealing,
        notices: NoticeBoard,
        consent: Consent,
        rules: ClaimRules,
        fresh: Freshness,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._families = Families(register, certificates)
        self._certificates = certificates
        self._repeatable = Repeatable(answers, own=AlreadyClaimed)
        self._views = views
        self._sealer = sealer
        self._notices = notices
        self._consent = consent
        self._rules = rules
        self._fresh = fresh
        self._random_bytes = random_bytes

    def detail(
        self, caller: Citizen, record_id: str, now: datetime, language: str
    ) -> tuple[PersonView, Offer]:
        """What to check and to agree to before claiming (R17, R18).

        Raises `NotFound` for a person not linked to the caller, `AlreadyClaimed`, `NotEligible`.
        """
        today = shanghai_date(now)
        eligible = self._right(caller, record_id, today, language).eligible
        return self._views.person(eligible), offer_for(
            self._consent, eligible.kind, eligible.chief.birth_date, today
        )

    def claim(self, caller: Citizen, form: ClaimForm, asked: Asked[CertificateView], now: datetime) -> Answer:
        """Claim a certificate (R18–R20). The same request again gets the same answer, also after a lost one (invariant 4).

        Raises `KeyReused`, a stale verification, what `detail` raises, `ConsentRequired`, `ConsentOutdated`, `Unauthorized` for
        a session signed out meanwhile, `Unavailable` where the archive keeps changing.
        """
        today = shanghai_date(now)

        def decide() -> Deed[CertificateView]:
            right = self._right(caller, form.record_id, today, form.language)
            offer = offer_for(self._consent, right.eligible.kind, right.eligible.chief.birth_date, today)
            purposes = agreed(form.consent_version, form.purposes, offer, form.language)
            agreement = Agreement(
                offer.consent.version, purposes, now.replace(microsecond=0), caller.channel, caller.method
            )
            certificate = self._new(caller, right, agreement)
            write = partial(
                self._certificates.claim,
                certificate,
                instead_of=None if right.live is None else (right.live, self._ended(right.live, today, now)),
                decided_by=right.archives,
                session=caller.session,
            )
            return Deed(self._views.certificate(certificate, right.archives, today), write)

        def prepare() -> Callable[[], Deed[CertificateView]]:
            self._fresh(caller, now)
            return decide

        return self._repeatable.answer(asked, now, prepare)

    def release(self, caller: Citizen, certificate_id: str, now: datetime) -> None:
        """Release a certificate (注销, D5): it, its grants and its codes end with this one write. Can be repeated.

        Raises `NotFound` for any that the caller does not hold or that is closed, also by age alone (D6), a stale verification,
        `Unauthorized`, `Unavailable`.
        """

        def once() -> Commit:
            certificate = self._certificates.get(certificate_id)
            if certificate is None or certificate.holder != caller.subject:
                raise NotFound
            if certificate.standing == RELEASED:
                return Commit.DONE
            if certificate.standing_on(shanghai_date(now), self._rules.adult_age).final:
                raise NotFound
            self._fresh(caller, now)
            after = certificate.moved_to(RELEASED, now)
            return self._certificates.release(certificate, after, caller.session)

        until_written(once)

    def _right(self, caller: Citizen, record_id: str, today: date, language: str) -> _Right:
        # What has not the form of a record id is nobody's: no store is asked.
        kin = self._families.person(caller, record_id) if is_record_id(record_id) else None
        if kin is None:
            raise NotFound
        age, live = self._rules.adult_age, kin.live
        apart = [archive for archive in kin.apart if record_id_of(archive.key) == record_id]
        if apart or not kin.archives:
            raise self._unclear(apart or kin.apart, kin.unbelieved, caller, language)
        if live is not None and live.held_by(caller.subject, today, age):
            raise AlreadyClaimed(
                extra={"certificate_id": live.certificate_id}, words="already_claimed_by_you"
            )
        answer = eligibility_of(kin.archives, caller.subject, today, self._rules)
        if not answer:
            raise NotEligible(extra=self._told(answer.reason, kin.archives, caller, language))
        if live is not None and live.usable_on(today, age):
            raise AlreadyClaimed(extra={"relation": live.relation})
        return _Right(answer, kin.archives, live)

    def _unclear(
        self, apart: Sequence[Archive], unbelieved: Sequence[Archive], caller: Citizen, language: str
    ) -> NotEligible:
        """Nobody can say whose number it is (D13): the clinic of the caller's own archive has to look, and nothing is told of the other."""
        if apart:
            return NotEligible(extra=self._told(Refusal.IDENTITY_CONFLICT, apart, caller, language))
        reason = Refusal.NUMBER_CONTRADICTS_BIRTH
        return NotEligible(extra=self._told(reason, unbelieved, caller, language))

    def _ended(self, live: Certificate, today: date, now: datetime) -> Certificate:
        """The live certificate that makes way: closed by age (D6), or suspended and replaced (D5)."""
        of_age = live.standing_on(today, self._rules.adult_age) == CAME_OF_AGE
        return live.moved_to(CAME_OF_AGE if of_age else REPLACED, now)

    def _told(
        self, reason: Refusal, archives: Sequence[Archive], caller: Citizen, language: str
    ) -> dict[str, JsonValue]:
        own = naming(archives, caller.subject, self._rules)
        notice = self._notices.refusal(reason, language, clinic=own.clinic.name if own else None)
        return {"reason": notice.code, "notice": notice.words()}

    def _new(self, caller: Citizen, right: _Right, agreement: Agreement) -> Certificate:
        chief = right.eligible.chief
        certificate_id = certificate_id_of(self._random_bytes(ID_BYTES))
        return Certificate(
            certificate_id=certificate_id,
            record_id=chief.record_id,
            person_key=chief.person_key,
            holder=caller.subject,
            relation=right.eligible.relation,
            kind=right.eligible.kind,
            standing=ACTIVE,
            version=1,
            birth_date=chief.birth_date,
            archive_keys=tuple(archive.key for archive in right.archives),
            claimed_at=agreement.agreed_at,
            changed_at=agreement.agreed_at,
            agreement=agreement,
            name_key=chief.name_key,
            name=sealed_name(self._sealer, certificate_id, chief),
        )
