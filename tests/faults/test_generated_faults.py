"""Every AWS call that a function makes fails in every way, and who asks again finds what one execution would have left (invariants 1 to 7).

Nothing is listed here but what may differ, and why. The calls are those that the recordings (`story.py`) make when they are played: a call that
is new is tried the day it is written, and a function without a recording fails. `make test` tries each kind of call of each recording in one
way or in three; `make prove` every call in every way, and pairs of writes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from random import Random
from typing import Any, Final

import pytest

from tests.counts import PROVE, tell
from tests.fakes.events import EVENTS
from tests.faults import repeating, story
from tests.faults.faults import Kind, Part
from tests.faults.memory import TABLES
from tests.faults.region import FUNCTIONS, Photograph, Region, ways, writes
from tests.faults.repeating import Due, Outcome
from tests.faults.story import Recording
from tests.hostile.inputs import operations
from vaxcert.idempotency.model import KEPT

pytestmark = pytest.mark.timeout(7200 if PROVE else 300)

ASKS_NOTHING: Final = {"serve_pages": "its pages are files of its own layer"}
"""Functions without a recording, and why."""

ALIKE: Final[Mapping[str, str]] = {
    "refused before anything is asked": """
        authorize_request/basic_credentials authorize_request/no_token authorize_request/two_tokens
        book_appointment/book_without_key claim_certificate/claim_without_consent claim_certificate/claim_without_key
        follow_certificate/switch_on_without_consent open_session/make_challenge_unknown_purpose
        open_session/open_session_in_english open_session/open_session_unknown_field verify_scan/scan_without_key""",
    "refused as the same by another stranger": """
        authorize_guardian/authorize_by_mother book_appointment/book_by_mother guide_visit/queue_of_another_clinic
        issue_document/paper_by_stranger""",
    "the same in another language, form or picture": """
        book_appointment/list_in_english claim_certificate/claim_in_english guide_visit/offline_pack_unchanged
        issue_qr/show_code_png issue_qr/show_code_svg issue_qr/show_code_webp report_entry/report_missing_dose
        verify_scan/scan_in_english view_records/plan_in_english view_records/records_by_vaccine_in_english
        view_records/records_if_none_match""",
    "a step that goes on as `part` does": "apply_corrections/more",
    "asks the platform, and then as `open_session` does": "open_session/open_session_by_code",
    "asks AWS for nothing": "send_reminders/end",
}
"""Committed events without a recording, by why."""

VERDICTS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "open_session/open_session": (
        frozenset({"assertion_replayed"}),
        "a session is made anew: the page takes another challenge",
    ),
    "guide_visit/device_token": (
        frozenset({"device_assertion_invalid"}),
        "a token is made anew: the device signs another assertion",
    ),
    "release_night/release": (frozenset({"released_before"}), "it was, and the night goes on"),
    "erase_person/erase_by_case": (frozenset({"UnknownCase"}), "the case goes last of all: nothing is left"),
}
"""Where freshness, or what is gone, demands another body: what it says instead of the first answer."""

OWN_WORK: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "rotate_keys": (frozenset({"made", "retiring"}), "the keys that this execution made and bounded"),
    "count_visits": (frozenset({"counted"}), "the days that this execution counted"),
    "erase_ended": (frozenset({"certificates", "grants", "reports"}), "how many this execution emptied"),
    "export_reports": (frozenset({"forwarded"}), "how many this execution forwarded"),
    "erase_person": (frozenset({"erased"}), "how many this execution erased"),
    "set_clinic_week": (frozenset({"told"}), "how many appointments this execution closed"),
    "find_report": (frozenset({"closed_now"}), "whether this execution closed the case"),
    "close_feed": (
        frozenset({"figures", "summary"}),
        "what the executions that were heard did, and what they read",
    ),
}
"""Members of an answer that tell what one execution did, which another that finds it done does not claim."""

COUNTED: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "apply_corrections": (
        frozenset({"counts"}),
        "a row that was written and not heard of is counted as `earlier`",
    ),
    "close_feed": (frozenset({"figures", "checked", "deeds"}), "as its answer"),
}
"""Attributes of the runs' table that count what one execution did."""

ONCE_MORE: Final[Mapping[str, str]] = {
    "view_records": "each reading is told to the family (D11)",
    "explain_person": "each look of an operator is told to the family (D11)",
    "issue_document": "each fetching of a paper is told to the family (D11)",
}
"""Whose entries in the access log stand once for each execution that wrote one."""

SENT: Final[Mapping[str, tuple[range, str]]] = {
    "announce_reports": (range(1, 8), "at least once: the case number tells a second one"),
    "send_reminders": (range(-1, 1), "at most once a day, and what got lost comes the next day"),
}
"""How many events more or fewer than of one execution may have gone out."""


@dataclass
class Trials:
    """The recordings, played with faults in one region, and what came of it."""

    region: Region = field(default_factory=Region)
    used: set[str] = field(default_factory=set)

    @cached_property
    def recordings(self) -> dict[str, Recording]:
        """By label."""
        return story.played(self.region)

    def of(self, function: str) -> list[Recording]:
        """The recordings of a function."""
        return [one for one in self.recordings.values() if one.function == function]


class Trial:
    """One recording, and what its executions leave without a fault."""

    def __init__(self, trials: Trials, recording: Recording) -> None:
        self._trials, self.recording = trials, recording
        self._whole: dict[int, Outcome] = {}
        self.calls = self.whole(1).made

    def whole(self, execution: int) -> Outcome:
        """What the execution of this number leaves where it is the only one and nothing fails."""
        if execution not in self._whole:
            self._whole[execution] = repeating.played(self._trials.region, self.recording, {}, execution)
            assert self._whole[execution].executions == 1, self.recording.label
        return self._whole[execution]

    def fails(self, due: Due) -> tuple[Outcome, str]:
        """Play it with these faults; the outcome, and what is wrong with it, "" if nothing is."""
        region = self._trials.region
        outcome = repeating.played(region, self.recording, due)
        wrong = self._wrong(outcome)
        if not wrong and "Idempotency-Key" in self.recording.event.get("headers", ()):
            again = repeating.asked_again(region, self.recording, outcome.executions + 1)
            if again.told != outcome.told or _differs(outcome.stands, again.stands):
                wrong = "asked once more, it answers or leaves something else"
        return outcome, wrong

    def _wrong(self, outcome: Outcome) -> str:
        found = []
        for execution in range(1, outcome.executions + 1):
            whole = self.whole(execution)
            wrong = (
                ""
                if self._answers(outcome, whole)
                else f"answer {outcome.told!r:.200} for {whole.told!r:.200}"
            )
            wrong = wrong or self._leaves(outcome, whole)
            if not wrong:
                return ""
            found.append(wrong)
        return "; ".join(found)

    def _answers(self, outcome: Outcome, whole: Outcome) -> bool:
        told, expected = outcome.told, whole.told
        if told == expected:
            return True
        label, function = self.recording.label, self.recording.function
        if label in VERDICTS and _verdict(told) in VERDICTS[label][0]:
            self._trials.used.add(f"VERDICTS {label}")
            return True
        if function in OWN_WORK and isinstance(told, dict):
            self._trials.used.add(f"OWN_WORK {function}")
            own = OWN_WORK[function][0]
            return {k: v for k, v in told.items() if k not in own} == {
                k: v for k, v in expected.items() if k not in own
            }
        return False

    def _leaves(self, outcome: Outcome, whole: Outcome) -> str:
        for table, place in _differs(outcome.stands, whole.stands):
            if not self._may_differ(table, place, outcome, whole):
                return f"{table} {place}"
        return ""

    def _may_differ(self, table: str, place: Any, outcome: Outcome, whole: Outcome) -> bool:
        function = self.recording.function
        if table == "sent" and function in SENT:
            self._trials.used.add(f"SENT {function}")
            return len(outcome.stands.sent) - len(whole.stands.sent) in SENT[function][0]
        item, expected = (one.stands.tables.get(table, {}).get(place) for one in (outcome, whole))
        others = (self.whole(one).stands for one in range(1, outcome.executions + 1))
        of_another = any(item is not None and one.tables.get(table, {}).get(place) == item for one in others)
        if expected is not None and of_another and not self.recording.answers_http:
            return True  # a job's items are each whole, and each of one of its executions
        if table == TABLES["AccessLogTable"] and function in ONCE_MORE and expected is None:
            self._trials.used.add(f"ONCE_MORE {function}")
            return of_another
        if table == TABLES["FeedRunsTable"] and function in COUNTED and item and expected:
            self._trials.used.add(f"COUNTED {function}")
            return {name for name in item if item[name] != expected.get(name)} <= COUNTED[function][0]
        return False

    def singles(self) -> Iterator[Due]:
        """Each call in every way; by default the first two of their kind in one way, and a write in three."""
        alike: Counter[str] = Counter()
        for at, operation in enumerate(self.calls, 1):
            every = ways(operation)
            alike[operation] += 1
            if not PROVE:
                if alike[operation] > 2:
                    continue
                turned = every[(at + len(self.recording.label)) % len(every)]
                after = {Kind.TIMEOUT_AFTER, Kind.CRASH_AFTER} if writes(operation) else set[Kind]()
                every = tuple({turned: None} | dict.fromkeys(after))
            yield from ({at: way} for way in every)

    def pairs(self, dice: Random) -> Iterator[Due]:
        """A write, and either of the two writes that come after it, each in every way; by default some.

        Of writes that are alike, the first three begin a pair.
        """
        alike: Counter[str] = Counter()
        for at, operation in enumerate(self.calls, 1):
            alike[operation] += 1
            if not writes(operation) or alike[operation] > _BEGIN:
                continue
            for way in ways(operation):
                if not PROVE and dice.random() > _PAIRS:
                    continue
                made = repeating.played(self._trials.region, self.recording, {at: way}).made
                later = [place for place in range(at + 1, len(made) + 1) if writes(made[place - 1])][:2]
                for place in later:
                    others = ways(made[place - 1])
                    for other in others if PROVE else [dice.choice(others)]:
                        yield {at: way, place: other}


_PAIRS: Final = 0.02
_BEGIN: Final = 3


def _verdict(told: Any) -> str:
    if isinstance(told, tuple):
        return str(json.loads(told[1]).get("code"))
    return str(told.get("status")) if isinstance(told, dict) else str(told)


def _differs(one: Photograph, other: Photograph) -> list[tuple[str, Any]]:
    """Where they differ: table and key. Of an object only the newest version counts: each putting makes one."""
    found: list[tuple[str, Any]] = [
        (table, place)
        for table, items in one.tables.items()
        if items != other.tables[table]
        for place in items.keys() | other.tables[table].keys()
        if items.get(place) != other.tables[table].get(place)
    ]
    newest = [{key: bodies[-1] for key, bodies in each.objects.items()} for each in (one, other)]
    found += [
        ("objects", key)
        for key in newest[0].keys() | newest[1].keys()
        if newest[0].get(key) != newest[1].get(key)
    ]
    return found + ([("sent", None)] if one.sent != other.sent else [])


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    """One region for all of them."""
    made = Trials()
    with made.region.lived_in():
        yield made


def test_every_function_route_and_event_is_recorded(trials: Trials) -> None:
    recordings = trials.recordings.values()
    assert {one.function for one in recordings} == {*FUNCTIONS} - {*ASKS_NOTHING}
    routes = {one.route for one in recordings if one.answers_http}
    assert routes == {*operations()}
    committed = {f"{path.parent.name}/{path.stem}" for path in EVENTS.glob("*/*.json")}
    alike = " ".join(ALIKE.values()).split()
    recorded = {f"{one.function}/{one.source}" for one in recordings}
    assert sorted(recorded) == sorted(
        one for one in committed - {*alike} if one.split("/")[0] not in ASKS_NOTHING
    )


@pytest.mark.parametrize("function", [one for one in FUNCTIONS if one not in ASKS_NOTHING])
def test_whatever_fails_the_answer_and_what_stands_are_those_of_one_execution_invariant_4(
    trials: Trials, function: str
) -> None:
    """Beside it: one live certificate, ten grants (invariant 1), no archive goes back (6), nobody is named where nobody may be (7)."""
    wrong: dict[str, str] = {}
    calls, tried, dice = 0, Counter[str](), Random(function)
    for recording in trials.of(function):
        trial = Trial(trials, recording)
        calls += len(trial.calls)
        for name, faults in (("single", trial.singles()), ("in pairs", trial.pairs(dice))):
            for due in faults:
                tried[name] += 1
                _, found = trial.fails(due)
                if found:
                    failing = ", ".join(f"{at} {_operation(trial, at)} {way}" for at, way in due.items())
                    wrong[f"{recording.label}: {failing}"] = found
    tell(
        f"{function}: {len(trials.of(function))} recordings, {calls} calls, {dict(tried)} faults, {len(wrong)} differences"
    )
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)[:6000]
    assert tried["single"] or not calls


def _operation(trial: Trial, at: int) -> str:
    return trial.calls[at - 1] if at <= len(trial.calls) else "of a later execution"


def test_asked_again_just_within_a_day_the_answer_is_the_same_invariant_4(trials: Trials) -> None:
    """What a key's answer is made of may not move with the clock: until the last minute of 24 hours it tells the same bytes."""
    region, differ, asked = trials.region, list[str](), 0
    for recording in trials.recordings.values():
        if "Idempotency-Key" not in recording.event.get("headers", ()):
            continue
        first = repeating.played(region, recording, {})
        if first.told[0] >= 400:
            continue
        region.clock.now += KEPT - timedelta(minutes=1)
        again = repeating.asked_again(region, recording, first.executions + 1)
        asked += 1
        if again.told != first.told or _differs(first.stands, again.stands):
            differ.append(f"{recording.label}: {again.told!r:.200} for {first.told!r:.200}")
    assert differ == []
    assert asked > 20


@pytest.mark.skipif(not PROVE, reason="by default not every fault is tried")
def test_nothing_may_differ_that_does_not(trials: Trials) -> None:
    tables = {
        "VERDICTS": VERDICTS,
        "OWN_WORK": OWN_WORK,
        "COUNTED": COUNTED,
        "ONCE_MORE": ONCE_MORE,
        "SENT": SENT,
    }
    assert trials.used == {f"{name} {key}" for name, table in tables.items() for key in table}


def test_a_fault_that_the_product_had_would_be_seen(trials: Trials, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write without its memory of having answered: asked again after a lost answer, it does it again or refuses."""
    from vaxcert.idempotency.store import AnswerStore

    for method in ("find", "answer_in"):
        monkeypatch.setattr(AnswerStore, method, lambda *_: None)
    seen = set()
    for label in ("report_entry/report", "claim_certificate/claim", "authorize_guardian/authorize"):
        trial = Trial(trials, trials.recordings[label])
        for at, operation in enumerate(trial.calls, 1):
            if writes(operation):
                try:
                    seen |= {label} if trial.fails({at: Kind.TIMEOUT_AFTER})[1] else set()
                except AssertionError:
                    seen.add(label)
    assert len(seen) == 3
    assert {*Part} <= {*ways("batch_execute_statement")}
