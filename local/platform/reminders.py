"""The platform's page for reminders: who agrees there is sent messages under an id that names nobody (docs/reminders.md)."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from local.platform.entry import origin_of
from local.platform.signing import InvalidRequest

REMINDER_ID: Final = re.compile(r"m[0-9a-f]{32}")

type Told = Literal["subscribed", "unsubscribed", "declined"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asks for: the id, whether messages are to be sent, and the address to return to."""

    reminder_id: str
    subscribe: bool
    back: str

    def returning(self, told: Told) -> str:
        """The address to return to, saying what became of it."""
        parts = urlsplit(self.back)
        query = "&".join(filter(None, (parts.query, urlencode({"reminder": told}))))
        return urlunsplit(parts._replace(query=query))


class Subscriptions:
    """The ids that messages are sent for, in memory."""

    def __init__(self, origins: frozenset[str]) -> None:
        """`origins`: where people may be sent back to."""
        self._origins = origins
        self._lock = threading.Lock()
        self._ids: set[str] = set()

    def asked(self, fields: Mapping[str, str]) -> Asked:
        """What the fields of an address or a form ask for. Raises InvalidRequest."""
        faults = {}
        if not REMINDER_ID.fullmatch(fields.get("reminder_id", "")):
            faults["reminder_id"] = "is the id of PUT /v1/certificates/{certificate_id}/reminders"
        if fields.get("action") not in {"subscribe", "unsubscribe"}:
            faults["action"] = "is subscribe or unsubscribe"
        if origin_of(fields.get("return", "")) not in self._origins:
            faults["return"] = f"is an address of {', '.join(sorted(self._origins))}"
        if faults:
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "this cannot be subscribed", faults)
        return Asked(fields["reminder_id"], fields["action"] == "subscribe", fields["return"])

    def settle(self, asked: Asked, *, agreed: bool = True) -> str:
        """Messages are sent from now on, or no more: the address to return to. Who does not agree changes nothing."""
        if not agreed:
            return asked.returning("declined")
        with self._lock:
            (self._ids.add if asked.subscribe else self._ids.discard)(asked.reminder_id)
        return asked.returning("subscribed" if asked.subscribe else "unsubscribed")

    def __contains__(self, reminder_id: str) -> bool:
        with self._lock:
            return reminder_id in self._ids
