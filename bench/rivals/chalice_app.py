"""The job on Chalice, and its authorizer."""

from __future__ import annotations

from typing import Any

from chalice import AuthResponse, Chalice, UnauthorizedError

from bench.rivals import job

app = Chalice(app_name="rival")


@app.authorizer()
def authorize(request: Any) -> AuthResponse:
    """Who bears the token: PyJWT, and one call."""
    try:
        device = job.device_of(request.token)
    except job.NotAllowed:
        return AuthResponse(routes=[], principal_id="nobody")
    routes = ["/v1/scans"] if job.enrolled(device["sub"]) else []
    return AuthResponse(routes=routes, principal_id=device["sub"], context={"clinic": device["clinic_code"]})


@app.route("/v1/scans", methods=["POST"])
def scan() -> dict[str, Any]:
    """The verdict."""
    request = app.current_request
    try:
        device = job.device_of(request.headers["authorization"])
        return job.scan(device, request.json_body["code"], request.json_body["station"])
    except job.NotAllowed:
        raise UnauthorizedError("device") from None


handler = app
