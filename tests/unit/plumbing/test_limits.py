"""Every number that the product counts or measures by is as large as it was promised to be; spans of time are in `test_spans.py`.

Tests elsewhere try a limit by the product's own name for it and hold whatever it says. A number that is new fails until it stands here.
What only tunes (how much is done at once, how often it is tried) may be anything. The sources are read, and nothing is loaded.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tools.mutants.changes import TUNED

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "layers/vaxcert/python/vaxcert", ROOT / "functions")

PROMISED: Final = {
    "appointments.glance.CHEAP": 20,
    "appointments.glance._MOST": 100,
    "appointments.ics._LINE": 75,
    "appointments.model.ID_BYTES": 12,
    "appointments.service._DRAW_BYTES": 4,
    "appointments.slots.MOST_DAYS": 31,
    "appointments.slots._USUAL_DAYS": 7,
    "aws.dynamodb.MOST_OPS": 100,
    "aws.partiql.MOST": 25,
    "aws.partiql.MOST_PARTITIONS": 50,
    "aws.patience.PATIENCE": 40,
    "aws.patience.FIRST_PAUSE": 0.05,
    "aws.patience.LONGEST_PAUSE": 5.0,
    "aws.runtime._FRAMES": 4,
    "aws.secrets._SHORTEST": 32,
    "claims.consent.MINOR_AGE": 14,
    "claims.consent._DIGEST": 8,
    "claims.ids.ID_BYTES": 8,
    "claims.paging._MARK": 12,
    "clinics.batches.MOST_BATCHES": 200,
    "clinics.week.MOST_SEATS": 200,
    "clinics.week.FURTHEST_DAYS": 90,
    "clinics.week.SHORTEST_MINUTES": 5,
    "clinics.week.LONGEST_MINUTES": 240,
    "codes.model.HOLDER_SLOT": 0,
    "codes.model.CTI_BYTES": 16,
    "codes.model.NONCE_BYTES": 5,
    "codes.model._HOLDER_BYTES": 3,
    "codes.model._SLOTS": 16,
    "codes.picture.VERSION": 7,
    "codes.picture.QUIET": 4,
    "codes.picture._MASK": 2,
    "codes.picture._SCALE": 8,
    "codes.service._NO_GRANT": 0,
    "codes.token.LONGEST": 178,
    "codes.token._EXP": 4,
    "codes.token._IAT": 6,
    "codes.token._CTI": 7,
    "codes.token._IN_FRONT": 4,
    "codes.token._LOOKED_AT": 32,
    "corrections.feed.form.LARGEST_MANIFEST": 1 << 20,
    "corrections.feed.form.LONGEST_LINE": 1 << 18,
    "corrections.feed.form.LONGEST_NUMBER": 64,
    "corrections.feed.form.LONGEST_PHONE": 32,
    "corrections.feed.form.MOST_PARTS": 1000,
    "corrections.feed.form.MOST_ROWS": 2000000,
    "corrections.feed.part._MOST_BLANK": 100,
    "corrections.feed.signature.LONGEST_SIGNATURE": 2048,
    "corrections.feed.signature._COORDINATE": 32,
    "corrections.steps.checking.MOST_REPORTED": 10000,
    "corrections.steps.checking.MOST_REASONS": 50,
    "corrections.steps.model.LONGEST_MERGE_CHAIN": 32,
    "corrections.steps.rejudging.SEGMENTS": 16,
    "corrections.steps.rejudging.RULE": 13,
    "corrections.steps.store._BUNDLE_BYTES": 1 << 20,
    "devices.service._TOKEN_ID": 16,
    "documents.fonts._SUBTABLE_OF_ALL": 12,
    "documents.model.ID_BYTES": 16,
    "documents.service._MOST": 50,
    "documents.statement.FORM": 1,
    "documents.statement.SMALL": 340,
    "documents.statement.LARGEST": 2200,
    "documents.statement.OTHER_PROVINCE": 1,
    "documents.statement.LOCAL": 0,
    "documents.symbol._MASK": 2,
    "grants.model.SLOTS": 10,
    "grants.model.MOST_VERSIONS": 1 << 20,
    "grants.model.ID_BYTES": 12,
    "http.api.LARGEST_BODY": 8 * 1024,
    "http.conditional._LONGEST": 1024,
    "http.seen._BROKEN": 500,
    "http.validation._MOST": 20,
    "identity.blinding._SHORTEST_PEPPER": 32,
    "identity.challenges._ID": 16,
    "identity.exchange.RETRY_AFTER": 5,
    "identity.fetch.LARGEST": 64 * 1024,
    "identity.handles._BYTES": 16,
    "identity.jwks._MOST_KEYS": 64,
    "identity.model._OLDEST_YEARS": 150,
    "identity.phones._HIDDEN": 4,
    "identity.phones._SHORTEST": 8,
    "identity.service._TOKEN_ID": 16,
    "identity.store.SIGNED_IN_CHECKS": 2,
    "keys.cose.SIGN1": 18,
    "keys.cose._ALG": 1,
    "keys.cose._KID": 4,
    "keys.data_keys._PLACES": 7,
    "keys.es256._COORDINATE": 32,
    "keys.es256._ORDER": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "keys.jwk._RSA_EXPONENT": 65537,
    "keys.jws.LARGEST": 4096,
    "keys.jws._LARGEST_HEADER": 512,
    "keys.keyset._MOST_KILLED": 64,
    "keys.sealing._KID": 8,
    "keys.sealing._NONCE": 12,
    "keys.sealing.DATA_KEY_BYTES": 32,
    "keys.store._SIZE": 32,
    "my_data.service.MOST": 100,
    "programme.courses._ENOUGH_WITH_DT": 3,
    "records.reading._CLAIMANT_SLOT": 0,
    "reminders.bus.MOST": 10,
    "reminders.bus._OURS": 500,
    "reminders.looking._MOST_REPORTS": 100,
    "reminders.model.SHARES": 16,
    "reminders.model.ID_BYTES": 16,
    "reminders.sending._TOKEN_BYTES": 8,
    "reports.model.LONGEST_TEXT": 1000,
    "reports.model.LONGEST_REPLY": 500,
    "reports.model.MOST_OPEN": 20,
    "reports.model._NUMBER_LENGTH": 6,
    "reports.service._ID_BYTES": 12,
    "reports.service._NUMBER_BYTES": 4,
    "strict_json.DEEPEST": 32,
    "trail.audit._AT_A_TIME": 16,
    "trail.chaining.SHARDS": 16,
    "trail.items.RANDOM_BYTES": 4,
    "visits.board._REMEMBERED": 2000,
    "visits.doses.MOST_DOSES": 5,
    "visits.handed_in._OK": 200,
    "visits.line.BEHIND": 3,
    "visits.line._TICKETS": 1 << 17,
    "visits.line._GAP": 1 << 40,
    "visits.line._UNAPPOINTED": 24 * 60,
    "visits.month._CLINICS": 500,
    "visits.service._OK": 200,
    "functions.announce_reports.app._MOST": 10,
    "functions.apply_corrections.app._YOUNG": 50000,
    "functions.audit_access_log.app._MOST_TOLD": 100,
    "functions.audit_access_log.app._CONNECTIONS": 16,
    "functions.authorize_guardian.app._CREATED": 201,
    "functions.authorize_guardian.app._NO_CONTENT": 204,
    "functions.book_appointment.app._CREATED": 201,
    "functions.book_appointment.app._NO_CONTENT": 204,
    "functions.claim_certificate.app._CREATED": 201,
    "functions.claim_certificate.app._NO_CONTENT": 204,
    "functions.issue_document.app._CREATED": 201,
    "functions.open_session.app._CREATED": 201,
    "functions.open_session.app._NO_CONTENT": 204,
    "functions.report_entry.app._CREATED": 201,
    "functions.serve_pages.app._SERVED": 200,
    "functions.view_records.app._MOST": 50,
}


_NUMBER = re.compile(
    r"^(?P<name>_?[A-Z][A-Z0-9_]*)(?:: Final(?:\[\w+\])?)? = (?:\(\n +)?"
    r"(?P<value>[0-9][0-9A-Fx_.]*)(?: (?P<sign>\*\*?|<<) (?P<other>[0-9_]+))?"
    r"(?: +#.*)?$",
    re.MULTILINE,
)
_SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "*": operator.mul,
    "**": operator.pow,
    "<<": operator.lshift,
}


def _numbers() -> Iterator[tuple[str, float]]:
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            module = ".".join(path.relative_to(folder).with_suffix("").parts)
            for found in _NUMBER.finditer(path.read_text("utf-8")):
                name = found["name"]
                if "SECONDS" in name or name == "_SETTLING" or TUNED.fullmatch(name):
                    continue
                number: float = ast.literal_eval(found["value"])
                if found["sign"]:
                    number = _SIGNS[found["sign"]](number, ast.literal_eval(found["other"]))
                yield (f"functions.{module}" if folder.name == "functions" else module) + f".{name}", number


def test_every_number_is_as_large_as_promised() -> None:
    """R27, D7, D8, D21, invariant 1 and the contract's sizes among them."""
    assert dict(_numbers()) == PROMISED
