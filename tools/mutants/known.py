"""Faults that once lived, planted by hand: each is noticed by the test that was written for it.

`python -m tools.mutants --known` plants them. `tests/unit/tools/test_mutants.py` looks that each still has its place
and its test.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from tools import paths
from tools.mutants.changes import PRODUCT
from tools.mutants.loading import at_load, compiled
from tools.mutants.trying import Trial


@dataclass(frozen=True)
class Planted:
    """`old` stands in the module exactly once and becomes `new`; `test` (without its case) has to fail."""

    what: str
    module: str
    old: str
    new: str
    test: str

    def trial(self) -> Trial:
        """As it is tried. Raises ValueError if `old` does not stand there exactly once."""
        path = paths.ROOT / (self.module if self.module.startswith("functions/") else PRODUCT / self.module)
        text = path.read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.module}: {self.old!r} stands there {text.count(self.old)} times")
        tree = ast.parse(text.replace(self.old, self.new))
        before, after = (compiled(one, str(path)) for one in (ast.parse(text), tree))
        return Trial(str(path), tree, {self.test: 10}, at_load(before, after))


PLANTED: Final = (
    Planted(
        "an RS256 signature that fails is taken for good under an RSA key",
        "keys/jws.py",
        "payload: bytes = _JWS.decode(token.text, key, algorithms=[algorithm])",
        "payload: bytes = token.payload if algorithm == _RS256 else _JWS.decode(token.text, key, algorithms=[algorithm])",
        "tests/unit/keys/test_jws.py::test_r3_an_rs256_signature_is_the_keys_or_refused",
    ),
    Planted(
        "the mark of a burned challenge ends in the past",
        "identity/service.py",
        "challenge.expires_at + _MARGIN",
        "challenge.expires_at - 2 * _MARGIN",
        "tests/unit/identity/test_service.py::test_invariant_5_a_mark_outlasts_what_it_stops",
    ),
    Planted(
        "the mark of a session that was ended ends in the past",
        "identity/service.py",
        "citizen.expires_at + _MARGIN",
        "citizen.expires_at - 2 * _MARGIN",
        "tests/unit/identity/test_service.py::test_invariant_5_a_mark_outlasts_what_it_stops",
    ),
    Planted(
        "the mark of a challenge goes at once by its time to live",
        "identity/store.py",
        '"owner": S(owner), "ttl": N(epoch(until))',
        '"owner": S(owner), "ttl": N(0)',
        "tests/contract/test_sessions_store.py::TestDynamoDB::test_invariant_5_marks_carry_the_end_that_ttl_reads",
    ),
    Planted(
        "the mark of a device's assertion ends before it",
        "devices/service.py",
        "ends + _BURNED",
        "ends - _BURNED",
        "tests/unit/devices/test_token_exchange.py::test_invariant_5_a_mark_outlasts_the_assertion_that_it_stops",
    ),
    Planted(
        "the mark of a burned code ends before the code",
        "visits/store.py",
        "seen.code.expires_at + _BURNED",
        "seen.code.expires_at - _BURNED",
        "tests/contract/test_visits_store.py::TestStores::test_d8_a_burned_code_stays_so_for_longer_than_it_may_be_handed_in",
    ),
    Planted(
        "a slot that was granted anew between look and write",
        "grants/items.py",
        '"grant_id = :grant AND #status = :active"',
        '"(grant_id = :grant OR attribute_exists(pk)) AND #status = :active"',
        "tests/contract/test_visits_store.py::TestStores::test_d7_a_slot_granted_anew_since_the_look_stops_it",
    ),
    Planted(
        "a seat is freed that has become another's",
        "appointments/seat_store.py",
        '"attribute_not_exists(pk) OR appointment_id = :own"',
        '"attribute_not_exists(pk) OR appointment_id = :own OR attribute_exists(pk)"',
        "tests/contract/test_appointments_store.py::TestDynamoAppointments::test_invariant_1_a_seat_that_has_become_anothers_is_not_freed",
    ),
    Planted(
        "an answer whose day is over blocks the next one",
        "idempotency/store.py",
        '"attribute_not_exists(pk) OR #ttl <= :now"',
        '"attribute_not_exists(pk) OR (#ttl <= :now AND attribute_not_exists(pk))"',
        "tests/contract/test_answers_store.py::test_invariant_5_an_answer_holds_for_a_day_and_then_blocks_nothing",
    ),
    Planted(
        "an answer whose day is over is given",
        "idempotency/model.py",
        "if kept.expires_at <= now:",
        "if kept.expires_at < now:",
        "tests/contract/test_answers_store.py::test_invariant_5_an_answer_holds_for_a_day_and_then_blocks_nothing",
    ),
    Planted(
        "a night closes without its lease",
        "corrections/steps/closing.py",
        "        self._runs.renew(owner)\n        run = self._run(sequence, manifest_sha256)\n        if run.state not in",
        "        run = self._run(sequence, manifest_sha256)\n        if run.state not in",
        "tests/unit/corrections/test_closing.py::test_invariant_6_who_has_lost_the_lease_closes_nothing",
    ),
    Planted(
        "a night closes without having been accepted",
        "corrections/steps/closing.py",
        "        if run.state not in {RunState.ACCEPTED, RunState.APPLIED}:\n            raise NotAccepted\n",
        "",
        "tests/unit/corrections/test_closing.py::test_d14_of_a_feed_that_is_not_accepted_no_certificate_follows",
    ),
    Planted(
        "the record of a night closes without having been accepted",
        "corrections/run/runs.py",
        '"#state = :accepted AND manifest_sha256 = :sha"',
        '"(#state = :accepted OR attribute_exists(pk)) AND manifest_sha256 = :sha"',
        "tests/contract/test_corrections_store.py::TestDynamoDB::test_a_feed_goes_from_open_to_accepted_to_applied",
    ),
    Planted(
        "a twin that lost its turn gets no answer",
        "idempotency/turn.py",
        "            if (answer := self._found(asked.request, now, admit)) is not None:\n                return answer\n            if written",
        "            if written",
        "tests/unit/plumbing/test_turn.py::test_invariant_4_the_own_write_whose_answer_was_lost_is_the_answer",
    ),
    Planted(
        "a twin that was refused because of the other gets no answer",
        "idempotency/turn.py",
        "                if (answer := self._answers.find(asked.request, now)) is not None:\n                    return answer\n                raise",
        "                raise",
        "tests/unit/plumbing/test_turn.py::test_invariant_4_a_refusal_that_the_twin_caused_is_the_twins_answer",
    ),
    Planted(
        "a double of an offline scan is not logged",
        "visits/handed_in.py",
        "        self._scans.note(Sighting(code, scanner, station, looked.grant, refusal.reason, now), request)\n",
        "",
        "tests/unit/visits/test_handed_in.py::test_invariant_2_a_double_is_reported_whichever_came_first",
    ),
    Planted(
        "a double of an offline scan alarms nobody",
        "visits/handed_in.py",
        "            self._alert(now)",
        "            pass",
        "tests/unit/visits/test_handed_in.py::test_invariant_2_a_double_is_reported_whichever_came_first",
    ),
    Planted(
        "a move is judged by the week of the clinic that it goes to",
        "appointments/service.py",
        "        clinic = asked if asked.clinic_code == its_own else self._clinics.find(its_own)\n",
        "        clinic = asked\n",
        "tests/unit/appointments/test_booking.py::test_r2_what_stands_is_judged_by_its_own_clinics_week",
    ),
    Planted(
        "an appointment that replaced the one that was seen is marked as kept",
        "appointments/arrival.py",
        '"appointment_id = :awaited AND #status = :booked"',
        '"(appointment_id = :awaited OR attribute_exists(pk)) AND #status = :booked"',
        "tests/contract/test_ticket_appointments.py::test_r2_an_appointment_that_replaced_it_meanwhile_is_not_marked_as_kept",
    ),
    Planted(
        "one item is read as it stood",
        "aws/dynamodb.py",
        "client: DynamoDBClient, table: str, key: Item, *, consistent: bool = True,",
        "client: DynamoDBClient, table: str, key: Item, *, consistent: bool = False,",
        "tests/unit/plumbing/test_dynamodb.py::test_one_item_is_read_as_it_stands_now_unless_told_otherwise",
    ),
    Planted(
        "many items are read as they stood",
        "aws/dynamodb.py",
        "    keys: Sequence[tuple[str, Item]],\n    *,\n    consistent: bool = True,",
        "    keys: Sequence[tuple[str, Item]],\n    *,\n    consistent: bool = False,",
        "tests/unit/plumbing/test_dynamodb.py::test_what_a_batch_leaves_unprocessed_is_asked_for_again",
    ),
    Planted(
        "a certificate's grants are read as they stood",
        "grants/store.py",
        '            ConsistentRead=True,\n            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",\n            ExpressionAttributeValues={":pk": S(f"C#{certificate_id}"), ":low": S(low)',
        '            ConsistentRead=False,\n            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",\n            ExpressionAttributeValues={":pk": S(f"C#{certificate_id}"), ":low": S(low)',
        "tests/contract/test_grants_store.py::TestDynamoGrants::test_a_grant_comes_back_whole_from_both_sides",
    ),
    Planted(
        "seats are read as they stood",
        "appointments/seat_store.py",
        '            ConsistentRead=True,\n            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high"',
        '            ConsistentRead=False,\n            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high"',
        "tests/contract/test_appointments_store.py::TestDynamoAppointments::test_invariant_1_a_seat_is_taken_once",
    ),
    Planted(
        "a body that the gateway has packed is read",
        "http/api.py",
        ' or event.get("isBase64Encoded")',
        "",
        "tests/unit/plumbing/test_api.py::test_a_body_that_the_gateway_packed_is_refused_whatever_is_in_it",
    ),
    Planted(
        "an idle night says nothing",
        "functions/open_feed/app.py",
        "                tell(held=found.reason is Idle.HELD)",
        "                pass",
        "tests/unit/corrections/test_opening.py::test_a_night_with_nothing_to_do_says_that_nothing_is_missing_d2",
    ),
    Planted(
        "no pause before a batch is read again",
        "aws/dynamodb.py",
        "        for _ in _attempts(rng, sleep):\n            answer = client.batch_get_item",
        "        for _ in range(_ATTEMPTS):\n            answer = client.batch_get_item",
        "tests/unit/plumbing/test_dynamodb.py::test_what_a_batch_leaves_unprocessed_is_asked_for_again",
    ),
    Planted(
        "no pause before a transaction is tried again",
        "aws/dynamodb.py",
        "    for _ in _attempts(rng, sleep):\n        try:\n            client.transact",
        "    for _ in range(_ATTEMPTS):\n        try:\n            client.transact",
        "tests/unit/plumbing/test_dynamodb.py::test_a_conflict_with_another_transaction_is_tried_again_with_growing_pauses",
    ),
    Planted(
        "no pause before a write is tried again",
        "aws/dynamodb.py",
        "    for _ in _attempts(rng, sleep):\n        try:\n            answer: Item",
        "    for _ in range(_ATTEMPTS):\n        try:\n            answer: Item",
        "tests/unit/plumbing/test_dynamodb.py::test_a_single_write_that_meets_a_transaction_is_tried_again",
    ),
    Planted(
        "no pause at a busy table",
        "aws/patience.py",
        "        sleep(rng() * min",
        "        (rng() * min",
        "tests/unit/corrections/test_store.py::test_a_busy_table_is_waited_for",
    ),
)
