"""Who may call which route: method, path, class of caller. Generated from the routes by `make docs`."""

from __future__ import annotations

from typing import Final

TABLE: Final = (
    ("POST", "/v1/challenges", "anyone"),
    ("POST", "/v1/sessions", "anyone"),
    ("DELETE", "/v1/sessions/current", "citizen"),
    ("GET", "/v1/certificates/claimable/{record_id}", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}", "citizen"),
    ("DELETE", "/v1/certificates/{certificate_id}", "citizen"),
    ("GET", "/v1/certificates", "citizen"),
    ("POST", "/v1/certificates", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/grants", "citizen"),
    ("POST", "/v1/certificates/{certificate_id}/grants", "citizen"),
    ("DELETE", "/v1/certificates/{certificate_id}/grants/{grant_id}", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/records", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/plan", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/access-log", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/reports", "citizen"),
    ("POST", "/v1/certificates/{certificate_id}/reports", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/documents", "citizen"),
    ("POST", "/v1/certificates/{certificate_id}/documents", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/documents/{document_id}", "citizen"),
    ("GET", "/v1/documents/{document_id}", "anyone"),
    ("GET", "/v1/document-keys", "anyone"),
    ("GET", "/v1/clinics/{clinic_code}/slots", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/appointments", "citizen"),
    ("POST", "/v1/certificates/{certificate_id}/appointments", "citizen"),
    ("GET", "/v1/certificates/{certificate_id}/appointments/{appointment_id}", "citizen"),
    ("DELETE", "/v1/certificates/{certificate_id}/appointments/{appointment_id}", "citizen"),
    ("GET", "/v1/clinics", "citizen"),
    ("POST", "/v1/certificates/{certificate_id}/codes", "citizen"),
    ("GET", "/.well-known/jwks.json", "anyone"),
    ("GET", "/healthz", "anyone"),
    ("POST", "/v1/scans", "device"),
    ("POST", "/v1/visits/{visit_id}/outcomes", "device"),
    ("GET", "/v1/clinics/{clinic_code}/queue", "device"),
    ("GET", "/v1/offline-pack", "device"),
    ("GET", "/v1/vaccines", "anyone"),
    ("POST", "/v1/devices/token", "anyone"),
)
