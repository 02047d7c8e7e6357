"""Showing the code (亮码接种, R2, D8), the published code keys, and a sign of life."""

from __future__ import annotations

import os
from base64 import b64encode
from functools import cache
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.ids import is_certificate_id
from vaxcert.codes.picture import modules, png, svg
from vaxcert.codes.service import IssueService
from vaxcert.codes.store import holdings_of
from vaxcert.errors import NotAcceptable, Unavailable
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.http.accept import preferred
from vaxcert.http.api import JSON, Handler, create_api, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.documents import declared
from vaxcert.http.fields import path_id
from vaxcert.http.language import header
from vaxcert.http.tagged import respond_tagged
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.keyset import JWKS
from vaxcert.keys.model import Publications
from vaxcert.keys.published import published_of
from vaxcert.keys.store import signing_keys_of

from .answers import CodeAnswer, Health, JwkSet

_SVG: Final = "image/svg+xml"
_PNG: Final = "image/png"
_OFFERED: Final = (JSON, _SVG, _PNG)
_JWKS_ROUTE: Final = "/.well-known/jwks.json"
_HEALTH_ROUTE: Final = "/healthz"
# Keys are published 72 hours ahead; a killed one is to be forgotten within a minute, here and in caches on the way.
_KEYS_KEPT: Final = "public, max-age=30"

CertificateId = Annotated[str, path_id(is_certificate_id)]


def create(service: IssueService, published: Publications, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    api = create_api("issue_qr")

    @api.post(
        "/v1/certificates/<certificate_id>/codes",
        operation_id="showCode",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(406, 409)),
        summary="亮码 Show a code",
        description=(
            "For the holder or a delegate. `Accept` picks JSON with the picture in it, or the picture alone: `image/svg+xml`, or "
            "`image/png`, which has to be named first (API Gateway hands out binary bodies for that name only). A code counts once and for "
            "60 seconds (`CodeTtlSeconds`); ask for the next one after `refresh_after` seconds. Nothing is written of a code."
        ),
        tags=["codes"],
        responses={
            200: {
                "description": "A code, as JSON or as a picture by `Accept`. With a picture the times come as headers",
                "headers": {
                    "Expires-At": {
                        "description": "With a picture: until when the code counts (RFC 3339)",
                        "schema": {"type": "string", "format": "date-time"},
                    },
                    "Refresh-After": {
                        "description": "With a picture: in how many seconds to ask for the next",
                        "schema": {"type": "integer"},
                    },
                },
                "content": {
                    JSON: {"model": CodeAnswer},
                    _SVG: {"schema": {"type": "string", "description": "A drawing without scripts or links"}},
                    _PNG: {
                        "schema": {"type": "string", "format": "binary", "description": "424 × 424 pixels"}
                    },
                },
            },
        },
    )
    def show(certificate_id: CertificateId) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller = citizen(event, now)
        media_type = preferred(header(event, "accept"), _OFFERED)
        if media_type is None:
            raise NotAcceptable
        shown = service.issue(caller, certificate_id, now)
        rows = modules(shown.text)
        if media_type == JSON:
            answer = CodeAnswer(
                code=shown.text,
                expires_at=rfc3339(shown.expires_at),
                refresh_after=shown.refresh_after,
                svg=svg(rows),
            )
            return respond(answer)
        picture = Response(
            status_code=200,
            content_type=media_type,
            body=b64encode(png(rows)).decode() if media_type == _PNG else svg(rows),
            headers={"Expires-At": rfc3339(shown.expires_at), "Refresh-After": str(shown.refresh_after)},
        )
        picture.base64_encoded = media_type == _PNG  # API Gateway takes binary bodies in this form only
        return picture

    @api.get(
        _JWKS_ROUTE,
        operation_id="getKeySet",
        openapi_extensions=declared(CallerClass.ANYONE),
        summary="The keys that codes are signed by",
        description="A JWK set (RFC 7517), and the same set signed by the root key. Keys appear 72 hours before they sign; a killed one is gone.",
        tags=["codes"],
        responses={
            200: {"description": "The code keys", "content": {JSON: {"model": JwkSet}}},
            304: {"description": "It is as `If-None-Match` says"},
        },
    )
    def key_set() -> Response[str]:
        found = published.find(JWKS)
        if found is None:
            raise Unavailable("keys_missing")
        return respond_tagged(api.current_event.raw_event, found.body, found.etag, _KEYS_KEPT)

    @api.get(
        _HEALTH_ROUTE,
        operation_id="checkHealth",
        openapi_extensions=declared(CallerClass.ANYONE),
        summary="A sign of life",
        description="Asks nothing of any table.",
        tags=["operations"],
        responses={200: {"description": "It answers", "content": {JSON: {"model": Health}}}},
    )
    def health() -> Response[str]:
        return respond(Health(status="ok"), headers={"Cache-Control": "no-store"})

    return serve(api, service="issue_qr", public_routes=frozenset({_JWKS_ROUTE, _HEALTH_ROUTE}))


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document."""
    nothing = cast("Any", None)
    return create(nothing, nothing, system_clock).api


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    service = IssueService(
        holdings=holdings_of(env, dynamodb),
        keys=signing_keys_of(env, dynamodb, client("kms"), system_clock),
        ttl_seconds=settings.code_ttl_seconds,
        refresh_seconds=settings.code_refresh_seconds,
        rights=rights_of(settings, delegates_of(env, dynamodb)),
        random_bytes=os.urandom,
    )
    return create(service, published_of(env, dynamodb), system_clock)


handler = start(build)
