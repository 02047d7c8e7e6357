"""One recording played with faults, and asked again by whoever asks it in production until it comes through."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, Final

from tests.fakes.people import FATHER_NO, GRANDMOTHER_NO, MOTHER_NO
from tests.faults.expressions import Item
from tests.faults.faults import Crash, Kind, Part
from tests.faults.memory import TABLES
from tests.faults.region import Faults, Photograph, Region
from tests.faults.story import Recording
from tests.races.invariants import Tables
from vaxcert.reports.cases import UnknownCase

TRIES: Final = 8
SECRETS: Final = (FATHER_NO, MOTHER_NO, GRANDMOTHER_NO, "周示例", "吴示范", "沈测试", "周小样", "13800000000")
"""What stands in no key, log line or event that is sent (invariant 7)."""
FINAL: Final = (UnknownCase,)
"""What an operator reads and gives the event no more."""
_ARCHIVES: Final = TABLES["ArchivesTable"]
type Due = Mapping[int, Kind | Part]


class NeverThrough(AssertionError):
    """It was asked again and again, and never came through."""


@dataclass(frozen=True)
class Outcome:
    """How it ended: the answer, what stands, how many executions it took and which calls they made."""

    answer: Any
    stands: Photograph
    executions: int
    made: tuple[str, ...]

    @property
    def told(self) -> Any:
        """What a client sees of the answer."""
        if isinstance(self.answer, dict) and "statusCode" in self.answer:
            return self.answer["statusCode"], self.answer["body"]
        return self.answer


def played(region: Region, recording: Recording, due: Due, first: int = 1) -> Outcome:
    """Play it with these faults until it comes through. The executions draw what those from `first` on draw.

    Invariants 1, 6 and 7 are looked at after each execution, whatever came of it.
    """
    region.restore(recording.before)
    region.faults = Faults(due=due)
    return asked_again(region, recording, first)


def asked_again(region: Region, recording: Recording, first: int) -> Outcome:
    """As `played`, with everything as it stands."""
    event = recording.event
    why: Any = None
    for execution in range(first, first + TRIES):
        region.draws.begin(execution)
        logged = io.StringIO()
        try:
            with redirect_stdout(logged):
                answer = region.invoke(recording.function, event)
        except (Crash, Exception) as error:  # noqa: BLE001 - whatever it is, it is asked again
            why = error
        else:
            event, why = _left(recording, event, answer)
            if why is None:
                _holds(region, recording, logged.getvalue())
                made = tuple(region.faults.made)
                return Outcome(answer, region.photograph(), execution - first + 1, made)
        _holds(region, recording, logged.getvalue())
        if isinstance(why, FINAL):
            return Outcome(
                type(why).__name__, region.photograph(), execution - first + 1, tuple(region.faults.made)
            )
    raise NeverThrough(recording.label, repr(why)[:300])


def _left(recording: Recording, event: Item, answer: Any) -> tuple[Item, Any]:
    """What has to be asked again, and why; None if nothing has."""
    if recording.answers_http:
        if answer["statusCode"] < 500:
            return event, None
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (503, "unavailable"), answer
        return event, answer
    failed = [one["itemIdentifier"] for one in answer.get("batchItemFailures", ())]
    if not failed:
        return event, None
    left = [one for one in event["Records"] if one["dynamodb"]["SequenceNumber"] >= min(failed)]
    return event | {"Records": left}, failed


def _holds(region: Region, recording: Recording, logged: str) -> None:
    Tables(region.dynamodb, TABLES).check_all()
    before, after = recording.before.tables[_ARCHIVES], region.dynamodb.tables[_ARCHIVES]
    went_back = [
        place for place in before if int(after[place]["version"]["N"]) < int(before[place]["version"]["N"])
    ]
    assert not went_back, "an archive never goes back (invariant 6)"
    keys = [place for items in region.dynamodb.tables.values() for place in items]
    shown = f"{logged} {keys} {[*region.s3.versions]} {region.events.entries}"
    found = [secret for secret in SECRETS if secret in shown]
    assert not found, "nothing personal in logs, keys and events (invariant 7)"
