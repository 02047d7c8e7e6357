"""Issuing documents on paper, listing them, and printing one again (D7, D16, D19, D20)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.archives.personal import Opener, id_no_of, name_of
from vaxcert.aws.clock import SHANGHAI, shanghai_date
from vaxcert.claims import model as claims
from vaxcert.claims.eligibility import ClaimRules, chief_of
from vaxcert.claims.model import Certificate, kind_on
from vaxcert.claims.paging import cursor_at, position_of
from vaxcert.documents.address import address_of
from vaxcert.documents.model import (
    ID_BYTES,
    Document,
    Held,
    Kind,
    PaperLanguage,
    Status,
    content_of,
    document_id_of,
    marks_of,
    printed,
    status_of,
)
from vaxcert.documents.ports import Documents, Signing, Size, Typesetter
from vaxcert.documents.sheet import Issuer, Subject, sheet, subject_of
from vaxcert.documents.statement import envelope, holds, payload, signed, statement_of
from vaxcert.errors import Conflict, FieldError, NotFound, Rejected, TooMany
from vaxcert.idempotency.model import Answer, Answers
from vaxcert.idempotency.turn import Asked, Deed, Repeatable
from vaxcert.identity.model import Citizen, mask_id_no
from vaxcert.programme.due import plan
from vaxcert.programme.schedule import EDITION
from vaxcert.programme.shown import shown_doses
from vaxcert.records.reading import Opened, Reader, entry_of
from vaxcert.trail.model import Access

_MOST: Final = 50


class DocumentSuperseded(Conflict):
    """The records have changed since it was issued: a new one has to be issued."""

    code = "document_superseded"


class DocumentWithdrawn(Conflict):
    """Nobody should rely on it any more, and it is not printed again."""

    code = "document_withdrawn"


class DocumentLimitReached(TooMany):
    """So many documents of this certificate were issued today (`DocumentsPerDay`)."""

    code = "document_limit_reached"


class FeedDates(Protocol):
    """Port: what the nightly sync has applied."""

    def as_of(self) -> date | None:
        """The business date of the last feed applied, None before the first."""
        ...


class Register(Protocol):
    """Port: archives."""

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """What is asked for."""

    kind: Kind
    language: PaperLanguage


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as the family sees it; `check_url` is what its code says, where it has just been issued."""

    document: Document
    status: Status
    check_url: str | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """What papers are made with: the page that checks them, who issues, how many a day, and the rules of the archive that speaks."""

    check_url: str
    issuer: Issuer
    per_day: int
    rules: ClaimRules


class DocumentService:
    """A family's documents. Nothing about a person is kept of one: what it says is read from the archives each time."""

    def __init__(
        self,
        *,
        reader: Reader,
        documents: Documents,
        feed: FeedDates,
        keys: Signing,
        answers: Answers,
        opener: Opener,
        typesetter: Callable[[], Typesetter],
        making: Making,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._reader = reader
        self._documents = documents
        self._feed = feed
        self._keys = keys
        self._repeatable = Repeatable(answers, own=DocumentLimitReached)
        self._opener = opener
        self._typesetter = typesetter
        self._making = making
        self._random_bytes = random_bytes

    def issue(
        self,
        caller: Citizen,
        certificate_id: str,
        form: DocumentForm,
        asked: Asked[DocumentView],
        now: datetime,
    ) -> Answer:
        """Issue a document for the holder or a delegate. The same request again gets the same answer (invariant 4).

        Raises `KeyReused`, `NotFound`, `CertificateSuspended`, `Rejected` for school entry of an adult, `DocumentLimitReached`,
        `Unauthorized`, `Unavailable`.
        """

        def prepare() -> Callable[[], Deed[DocumentView]]:
            opened = self._reader.open(caller, certificate_id, now)
            archives = self._printed(opened)
            chief = self._chief(archives)
            if form.kind is Kind.SCHOOL_ENTRY and self._adult(chief, now):
                raise Rejected(fields=(FieldError("/kind", "invalid"),), words="document_for_children")
            document = Document(
                document_id=document_id_of(self._random_bytes(ID_BYTES)),
                certificate_id=certificate_id,
                kind=form.kind,
                language=form.language,
                issued_at=now.replace(microsecond=0),
                as_of=self._feed.as_of() or max(archive.as_of for archive in archives),
                content=content_of(archives),
                speaks=chief.key,
                kid="",
                signature=b"",
            )
            body = self._payload(document, self._subject(document, archives))
            key = self._keys.signing("document")
            whole = replace(document, kid=key.kid, signature=signed(body, key))
            url = address_of(self._making.check_url, envelope(body, whole.kid, whole.signature))
            view = DocumentView(whole, Status.CURRENT, url)

            def decide() -> Deed[DocumentView]:
                place = self._place(certificate_id, now)
                write = partial(
                    self._documents.add,
                    whole,
                    place,
                    entry=entry_of(caller, opened.right, now, Access.DOCUMENT),
                    grant=opened.right.grant,
                    session=caller.session,
                )
                return Deed(view, write)

            return decide

        return self._repeatable.answer(asked, now, prepare)

    def documents(
        self, caller: Citizen, certificate_id: str, now: datetime, *, cursor: str | None, limit: int
    ) -> tuple[list[DocumentView], str | None]:
        """A certificate's documents, newest first, and the next cursor. Raises `NotFound`, `CertificateSuspended`, `UnknownCursor`."""
        opened = self._reader.open(caller, certificate_id, now)
        scope = f"documents|{certificate_id}"
        before = None if cursor is None else position_of(scope, cursor)
        found, more = self._documents.latest(certificate_id, before, min(limit, _MOST))
        views = [DocumentView(document, self._status(document, opened)) for _, document in found]
        return views, cursor_at(scope, found[-1][0]) if more and found else None

    def paper(
        self, caller: Citizen, certificate_id: str, document_id: str, size: Size, now: datetime
    ) -> bytes:
        """The PDF of a current document, the same bytes each time; fetching it leaves an entry in the access log (D11).

        Raises `NotFound`, `CertificateSuspended`, `DocumentSuperseded`, `DocumentWithdrawn`.
        """
        opened = self._reader.open(caller, certificate_id, now)
        document = self._documents.find(document_id)
        if document is None or document.certificate_id != certificate_id:
            raise NotFound
        status = self._status(document, opened)
        if status is Status.WITHDRAWN:
            raise DocumentWithdrawn
        archives = self._printed(opened)
        if status is Status.SUPERSEDED or document.speaks not in {archive.key for archive in archives}:
            raise DocumentSuperseded
        subject = self._subject(document, archives)
        body = self._payload(document, subject)
        if not holds(body, document, self._keys.public("document")[document.kid]):
            # A later release tells the same archives in other words: what was signed cannot be printed any more.
            raise DocumentSuperseded
        self._reader.note(caller, opened, now, Access.DOCUMENT)
        cose = envelope(body, document.kid, document.signature)
        typesetter = self._typesetter()
        page = sheet(document, subject, self._making.issuer, typesetter.printable)
        return typesetter.pdf(page, address_of(self._making.check_url, cose), size)

    def _place(self, certificate_id: str, now: datetime) -> int:
        today = shanghai_date(now)
        place = self._documents.of_day(certificate_id, today)
        if place >= self._making.per_day:
            tomorrow = datetime.combine(today + timedelta(days=1), time(), SHANGHAI)
            raise DocumentLimitReached(retry_after=int((tomorrow - now).total_seconds()) + 1)
        return place

    def _status(self, document: Document, opened: Opened) -> Status:
        certificate: Certificate = opened.right.certificate
        marks = marks_of(opened.archives, rabies=self._making.issuer.rabies_shown)
        counts = self._keys.counts("document", document.kid)
        return status_of(document, Held.by(certificate), marks, key_counts=counts)

    def _printed(self, opened: Opened) -> list[Archive]:
        rabies = self._making.issuer.rabies_shown
        return printed(opened.right.certificate, opened.archives, rabies=rabies)

    def _chief(self, archives: Sequence[Archive]) -> Archive:
        chief = chief_of(archives, self._making.rules)
        if chief is None:  # obstetrics' alone: nothing of it is shown yet (R41)
            raise NotFound
        return chief

    def _adult(self, chief: Archive, at: datetime) -> bool:
        adult_age = self._making.rules.adult_age
        return kind_on(chief.birth_date, shanghai_date(at), adult_age) is claims.Kind.ADULT

    def _subject(self, document: Document, archives: Sequence[Archive]) -> Subject:
        """As the archives say it, and what was missing on the day of issue: the same whenever it is asked, while they say the same."""
        chief = next(archive for archive in archives if archive.key == document.speaks)
        doses = shown_doses(archives, rabies=self._making.issuer.rabies_shown)
        day = shanghai_date(document.issued_at)
        missing = (
            None
            if self._adult(chief, document.issued_at)
            else plan(chief.birth_date, chief.sex, shown_doses(archives, rabies=False), day).missing
        )
        id_no = id_no_of(self._opener, chief)
        masked = None if id_no is None else mask_id_no(id_no)
        return subject_of(chief, name_of(self._opener, chief), masked, doses, missing)

    def _payload(self, document: Document, subject: Subject) -> bytes:
        return payload(
            statement_of(
                document,
                edition=EDITION,
                name=subject.name,
                birth_date=subject.birth_date,
                doses=subject.doses,
                missing=subject.missing or (),
            )
        )
