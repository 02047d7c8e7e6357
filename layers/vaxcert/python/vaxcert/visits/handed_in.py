"""Scans made offline, handed in later (`POST /v1/scans` with `scanned_at`; ADR 0008).

A device whose line was down has told a genuine code from junk by the offline pack, and the clinic went on with the paper certificate.
Handing the scan in takes no visit a step on, for nothing was confirmed when it happened: it burns the code, so that it can be used
no more, puts the scan into the claimant's access log (D11), and tells of a double: a code that was used elsewhere as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from vaxcert.aws.clock import EVER, shanghai_date
from vaxcert.codes.model import Code, Fault
from vaxcert.codes.token import read
from vaxcert.devices.model import Station
from vaxcert.devices.trust import must_serve, trusted
from vaxcert.errors import JsonValue
from vaxcert.idempotency.model import Answer, Remembered, RepeatableRequest, remember
from vaxcert.idempotency.turn import until_done
from vaxcert.identity.model import Device
from vaxcert.keys.model import OFFLINE_SERVES
from vaxcert.visits.alerts import Alert
from vaxcert.visits.model import Reason, Refused
from vaxcert.visits.service import CodeKeys, Looked, Scans, Sighting
from vaxcert.visits.standing import standing_behind
from vaxcert.visits.verdicts import RECORDED_RESULT, Body, recorded, refused, unread
from vaxcert.wording import Language, Wording

SKEW: Final = timedelta(seconds=30)
"""A clinic's clock may be off by so much; nothing is opened by it."""
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class HandIn:
    """What is to be written of an offline scan: the sighting, and the answer to remember."""

    sighting: Sighting
    remembered: Remembered


class OfflineScans(Scans, Protocol):
    """Port: what handing in reads and writes."""

    def hand_in(self, scan: HandIn) -> bool:
        """Burn the code, append to the log, keep the answer, where the device stands: all or nothing."""
        ...


class HandInService:
    """Use case of `POST /v1/scans` with `scanned_at`."""

    def __init__(
        self,
        *,
        scans: OfflineScans,
        keys: CodeKeys,
        ttl_seconds: int,
        adult_age: int,
        wording: Wording,
        alert: Alert = lambda _now: None,
        issued_from: datetime = EVER,
    ) -> None:
        self._scans = scans
        self._keys = keys
        self._longest = timedelta(seconds=ttl_seconds)
        self._adult_age = adult_age
        self._wording = wording
        self._alert = alert
        self._issued_from = issued_from

    def hand_in(
        self,
        scanner: Device,
        text: str,
        station: Station,
        scanned_at: datetime,
        request: RepeatableRequest,
        now: datetime,
        language: Language,
    ) -> Body:
        """`recorded`, or refused: for what the code is, for its time (`expired`), or as a double (`already_used`).

        The same request again gets the same answer (invariant 4). Raises as `ScanService.scan`.
        """
        must_serve(scanner, station)
        code = read(text, lambda: self._keys.public("code"), self._longest)
        if isinstance(code, Fault):
            return unread(code, text, station, language, now, self._wording)
        if not _plausible(code, scanned_at, now) or code.issued_at < self._issued_from:
            return refused(Refused(Reason.EXPIRED), station, language, now, self._wording)

        def once() -> Body | None:
            looked = self._scans.look(code, scanner.device_id, request, now)
            trusted(scanner, looked.device)
            if looked.answer is not None:
                found: dict[str, JsonValue] = json.loads(looked.answer.body)
                return found
            if looked.burned is not None:
                return self._double(code, scanner, station, looked, request, now, language)
            stands = standing_behind(
                code, looked.certificate, looked.grant, shanghai_date(now), self._adult_age
            )
            reason = stands if isinstance(stands, Reason) else None
            body = recorded(reason, language, self._wording)
            answer = Answer(_OK, json.dumps(body, ensure_ascii=False, separators=(",", ":")))
            sighting = Sighting(code, scanner, station, looked.grant, RECORDED_RESULT, scanned_at)
            if self._scans.hand_in(HandIn(sighting, remember(request, answer, now))):
                return body
            return None

        return until_done(once)

    def _double(
        self,
        code: Code,
        scanner: Device,
        station: Station,
        looked: Looked,
        request: RepeatableRequest,
        now: datetime,
        language: Language,
    ) -> Body:
        if looked.burned is not None and looked.burned.device_id != scanner.device_id:
            self._alert(now)  # its own: the line broke while the answer was on its way
        refusal = Refused(Reason.ALREADY_USED, used=looked.burned)
        self._scans.note(Sighting(code, scanner, station, looked.grant, refusal.reason, now), request)
        return refused(refusal, station, language, now, self._wording)


def _plausible(code: Code, scanned_at: datetime, now: datetime) -> bool:
    """Whether the code held when it was scanned, and that was neither long ago nor is still to come."""
    held = code.issued_at - SKEW <= scanned_at < code.expires_at + SKEW
    return held and now - OFFLINE_SERVES <= scanned_at <= now + SKEW
