"""Checking a document on paper (D20): where it stands, and the keys to verify it with. For anyone, and about nobody."""

from __future__ import annotations

import os
from functools import cache
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from vaxcert.aws.clients import client
from vaxcert.aws.clock import system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.documents.checking import CheckService
from vaxcert.documents.model import is_document_id
from vaxcert.documents.store import register_of, standings_of
from vaxcert.errors import Unavailable
from vaxcert.http.api import Handler, create_api, respond, serve
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.tagged import respond_tagged
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.model import DOCUMENT_KEYS, Publications
from vaxcert.keys.published import published_of
from vaxcert.keys.store import public_keys_of

from .answers import CheckAnswer, DocumentKeys

_KEYS_ROUTE: Final = "/v1/document-keys"
# A page keeps them to check offline; of a key that was killed since it learns online, by the document's status.
_KEYS_KEPT: Final = "public, max-age=86400"

DocumentId = Annotated[str, path_id(is_document_id)]


def create(service: CheckService, published: Publications) -> Handler:
    """The handler over its collaborators."""
    api = create_api("check_document")

    @api.get(
        "/v1/documents/<document_id>",
        operation_id="checkDocument",
        openapi_extensions=declared(CallerClass.ANYONE),
        summary="Where a document stands",
        description="`current`, `superseded` (the records have changed since), `withdrawn` or `unknown`. The id has 128 random bits; nothing "
        "that is answered is about a person (D20).",
        tags=["documents"],
        responses=shown_as("Where it stands", CheckAnswer),
    )
    def check(document_id: DocumentId) -> Response[str]:
        return respond(CheckAnswer.of(service.check(document_id)))

    @api.get(
        _KEYS_ROUTE,
        operation_id="getDocumentKeys",
        openapi_extensions=declared(CallerClass.ANYONE),
        summary="The keys that documents are signed by",
        description="All of them: a key signs for 90 days and verifies for good. A killed one is not among them, but named. Cacheable for a day.",
        tags=["documents"],
        responses=shown_as("The keys of documents", DocumentKeys)
        | {304: {"description": "It is as `If-None-Match` says"}},
    )
    def keys() -> Response[str]:
        found = published.find(DOCUMENT_KEYS)
        if found is None:
            raise Unavailable("keys_missing")
        return respond_tagged(api.current_event.raw_event, found.body, found.etag, _KEYS_KEPT)

    return serve(api, service="check_document", public_routes=frozenset({_KEYS_ROUTE}))


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    nothing = cast("Any", None)
    return create(nothing, nothing).api


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    service = CheckService(
        register_of(env, dynamodb),
        standings_of(env, dynamodb, rabies=settings.rabies_records),
        public_keys_of(env, dynamodb, system_clock),
    )
    return create(service, published_of(env, dynamodb))


handler = start(build)
