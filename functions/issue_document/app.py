"""Documents on paper (接种记录, 入学查验): issuing, listing, printing again (R30-R32, D7, D16, D19, D20)."""

from __future__ import annotations

import os
from base64 import b64encode
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, Final, Literal, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.store import certificates_of
from vaxcert.corrections.run.as_of import feed_dates_of
from vaxcert.documents.model import Kind, is_document_id
from vaxcert.documents.ports import Typesetter
from vaxcert.documents.service import DocumentForm, DocumentService, DocumentView, Making
from vaxcert.documents.sheet import Issuer
from vaxcert.documents.store import documents_of
from vaxcert.errors import NotAcceptable
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.http.accept import preferred
from vaxcert.http.api import Handler, create_api, render, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import header
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer
from vaxcert.idempotency.store import answers_of
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.sealing import sealer_of
from vaxcert.keys.store import signing_keys_of
from vaxcert.records.reading import Reader
from vaxcert.trail.store import access_log_of

from .answers import DocumentAnswer, DocumentRequest, DocumentsAnswer

_CREATED: Final = 201
_PDF: Final = "application/pdf"
_ROUTE: Final = "/v1/certificates/<certificate_id>/documents"

CertificateId = Annotated[str, path_id(is_certificate_id)]
DocumentId = Annotated[str, path_id(is_document_id)]


def routes(service: DocumentService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("issue_document")

    @api.post(
        _ROUTE,
        operation_id="issueDocument",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409, 429), repeatable=True),
        summary="Issue a document on paper",
        description="接种记录 for other provinces (R30-R32) or 入托、入学查验 (D19), for the holder and delegates; a day has so many of a "
        "certificate (`DocumentsPerDay`), then 429. Can be repeated under its Idempotency-Key; it is recorded in the access log (D11).",
        tags=["documents"],
        responses=shown_as("Issued; the same request again gets the same bytes", DocumentAnswer, _CREATED),
    )
    def issue(certificate_id: CertificateId, body: DocumentRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller = citizen(event, now)
        asked = Asked[DocumentView](
            repeatable_request(api, caller.subject, f"POST /v1/certificates/{certificate_id}/documents"),
            lambda view: Answer(_CREATED, render(DocumentAnswer.of(view))),
        )
        answer = service.issue(
            caller, certificate_id, DocumentForm(Kind(body.kind), body.language), asked, now
        )
        return respond(answer.body, answer.status)

    @api.get(
        _ROUTE,
        operation_id="listDocuments",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,)),
        summary="A certificate's documents",
        description="Newest first, each with where it stands; for the holder and delegates.",
        tags=["documents"],
        responses=shown_as("The certificate's documents", DocumentsAnswer),
    )
    def documents(
        certificate_id: CertificateId,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        found, following = service.documents(
            citizen(event, now), certificate_id, now, cursor=cursor, limit=limit
        )
        shown = [DocumentAnswer.of(view) for view in found]
        return respond(DocumentsAnswer(documents=shown, next_cursor=following))

    @api.get(
        f"{_ROUTE}/<document_id>",
        operation_id="getPaper",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(406, 409)),
        summary="The paper of a document",
        description="The PDF to print, on A5 or A4: archival (PDF/A-2a), tagged, and the same bytes for as long as the document is current. "
        "`application/pdf` has to be named first in `Accept` (API Gateway hands out binary bodies for that name only). Fetching it is "
        "recorded in the access log (D11); a superseded document answers 409, and a new one has to be issued.",
        tags=["documents"],
        responses={
            200: {
                "description": "The paper",
                "content": {_PDF: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    def paper(
        certificate_id: CertificateId,
        document_id: DocumentId,
        size: Annotated[Literal["a5", "a4"], Query(description="The size of the paper")] = "a5",
    ) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller = citizen(event, now)
        if preferred(header(event, "accept"), (_PDF,)) is None:
            raise NotAcceptable
        pdf = service.paper(caller, certificate_id, document_id, size, now)
        answer = Response(
            status_code=200,
            content_type=_PDF,
            body=b64encode(pdf).decode(),
            headers={"Content-Disposition": f'inline; filename="{document_id}.pdf"'},
        )
        answer.base64_encoded = True  # API Gateway takes binary bodies in this form only
        return answer

    return api


def create(service: DocumentService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="issue_document")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


@cache
def typesetter() -> Typesetter:
    """What sets the paper; loaded where a paper is asked for, since issuing and listing need none of it."""
    from vaxcert.documents.typesetting import Typesetter as Typst  # noqa: PLC0415 - 80 MB that only one route needs

    return Typst()


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb, kms = client("dynamodb"), client("kms")
    sealer = sealer_of(env, dynamodb, kms, system_clock)
    rules = ClaimRules.of(settings)
    log_kept = timedelta(days=settings.access_log_days)
    answers = answers_of(env, dynamodb, sealer)
    reader = Reader(
        certificates=certificates_of(env, dynamodb),
        register=archives_of(env, dynamodb),
        rights=rights_of(settings, delegates_of(env, dynamodb)),
        log=access_log_of(env, dynamodb, os.urandom, log_kept),
    )
    service = DocumentService(
        reader=reader,
        documents=documents_of(env, dynamodb, answers.op, random_bytes=os.urandom, log_kept=log_kept),
        feed=feed_dates_of(env, dynamodb),
        keys=signing_keys_of(env, dynamodb, kms, system_clock),
        answers=answers,
        opener=sealer,
        typesetter=typesetter,
        making=Making(
            check_url=settings.check_url,
            issuer=Issuer(settings.document_issuer, settings.hotline, settings.rabies_records),
            per_day=settings.documents_per_day,
            rules=rules,
        ),
        random_bytes=os.urandom,
    )
    return create(service, system_clock)


handler = start(build)
