"""The run record: which feed is open, judged or applied, the "as of" day, and the lease of the one run that works on it.

Items of the runs table: (`FEED`, `S#<sequence>`) one feed's record, (`FEED`, `AS_OF`) the last one applied, (`FEED`, `LOCK`) the
lease. Every transition is conditional on the state before it, so that a repeated step finds it done and a stale one fails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from vaxcert.aws.clock import Clock, epoch, rfc3339
from vaxcert.aws.dynamodb import (
    Cancelled,
    Item,
    N,
    S,
    delete,
    get,
    maybe_text,
    number,
    put,
    single,
    text,
    transact,
    update,
)
from vaxcert.corrections.feed.model import Manifest
from vaxcert.corrections.run.as_of import FEED, as_of_key
from vaxcert.corrections.run.model import AsOf, LeaseLost, NotAccepted, PinnedPart, Run, RunState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEASE_SECONDS = 20 * 60
"""Longer than one Lambda invocation may last: every step renews it when it begins."""


_UNJUDGED = (
    "attribute_not_exists(pk) OR NOT #state IN (:accepted, :applied)",
    {"#state": "state"},
    {":accepted": S(RunState.ACCEPTED), ":applied": S(RunState.APPLIED)},
)

_UNDECIDED = frozenset({RunState.OPEN, RunState.REFUSED})


def sequence_key(sequence: int) -> str:
    """The sort key of a sequence number; nine digits, so that text order is number order."""
    return f"S#{sequence:09d}"


class RunStore:
    """Port of the steps to the run record."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def acquire(self, owner: str) -> bool:
        """Take the lease, or keep it; False while another run holds it."""
        now = epoch(self._clock())
        op = put(
            self._table,
            _key("LOCK") | {"owner": S(owner), "until": N(now + LEASE_SECONDS)},
            "attribute_not_exists(pk) OR #owner = :owner OR #until < :now",
            {"#owner": "owner", "#until": "until"},
            {":owner": S(owner), ":now": N(now)},
        )
        return self._holds(op)

    def renew(self, owner: str) -> None:
        """Keep the lease for another `LEASE_SECONDS`. Raises LeaseLost where it is not the owner's any more."""
        op = update(
            self._table,
            _key("LOCK"),
            "SET #until = :until",
            "#owner = :owner",
            {"#owner": "owner", "#until": "until"},
            {":owner": S(owner), ":until": N(epoch(self._clock()) + LEASE_SECONDS)},
        )
        if not self._holds(op):
            raise LeaseLost

    def release(self, owner: str) -> None:
        """Give the lease up; nothing happens where it is not the owner's."""
        self._holds(
            delete(self._table, _key("LOCK"), "#owner = :owner", {"#owner": "owner"}, {":owner": S(owner)})
        )

    def as_of(self) -> AsOf | None:
        """The last feed applied, or None before the first."""
        item = get(self._client, self._table, as_of_key())
        if item is None:
            return None
        return AsOf(
            date.fromisoformat(text(item, "business_date")),
            number(item, "sequence"),
            text(item, "manifest_sha256"),
        )

    def find(self, sequence: int) -> Run | None:
        """The record of a sequence number, where a feed of that number was opened."""
        item = get(self._client, self._table, _key(sequence_key(sequence)))
        if item is None or "manifest_sha256" not in item:
            return None
        return Run(
            sequence=sequence,
            business_date=date.fromisoformat(text(item, "business_date")),
            feed_id=text(item, "feed_id"),
            manifest_sha256=text(item, "manifest_sha256"),
            rows=number(item, "rows"),
            parts=tuple(PinnedPart(*part) for part in json.loads(text(item, "parts"))),
            state=RunState(text(item, "state")),
            checked=json.loads(maybe_text(item, "checked") or "{}"),
            figures=json.loads(maybe_text(item, "figures") or "{}"),
            reason=maybe_text(item, "reason"),
        )

    def open(self, manifest: Manifest, parts: tuple[PinnedPart, ...]) -> Run:
        """Write down a feed to be checked. Raises NotAccepted where that number has been judged good in the meantime."""
        run = Run(
            manifest.sequence,
            manifest.business_date,
            manifest.feed_id,
            manifest.sha256,
            manifest.rows,
            parts,
            RunState.OPEN,
            {},
        )
        item: Item = _key(sequence_key(run.sequence)) | {
            "state": S(run.state),
            "business_date": S(run.business_date.isoformat()),
            "feed_id": S(run.feed_id),
            "manifest_sha256": S(run.manifest_sha256),
            "rows": N(run.rows),
            "parts": S(_parts_text(parts)),
            "pins": S(_pins(parts)),
            "opened_at": S(rfc3339(self._clock())),
        }
        if not self._holds(put(self._table, item, *_UNJUDGED)):
            raise NotAccepted("feed_judged_already")
        return run

    def refuse(self, sequence: int, reason: str) -> None:
        """Write down why the feed of this number is not taken; a feed that was judged good stays so."""
        condition, names, values = _UNJUDGED
        self._holds(
            update(
                self._table,
                _key(sequence_key(sequence)),
                "SET #state = :refused, reason = :reason, refused_at = :now",
                condition,
                names,
                {
                    **values,
                    ":refused": S(RunState.REFUSED),
                    ":reason": S(reason),
                    ":now": S(rfc3339(self._clock())),
                },
            )
        )

    def accept(self, run: Run, figures: Mapping[str, int], reasons: Mapping[str, int]) -> None:
        """The whole feed has been checked and may be applied (invariant 6). Repeating it changes nothing.

        `reasons`: its bad rows by reason, for whoever reads the record in the console.
        """
        if not self._judged(run, RunState.ACCEPTED, figures, reasons):
            now = self.find(run.sequence)
            if (
                now is None
                or now.manifest_sha256 != run.manifest_sha256
                or now.state is not RunState.ACCEPTED
            ):
                raise NotAccepted

    def hold(self, run: Run, figures: Mapping[str, int], reasons: Mapping[str, int]) -> None:
        """The feed waits for an operator (D14). Repeating it changes nothing, and what was accepted or released stays so."""
        if not self._judged(run, RunState.HELD, figures, reasons):
            now = self.find(run.sequence)
            if now is None or now.manifest_sha256 != run.manifest_sha256 or now.state in _UNDECIDED:
                raise NotAccepted

    def unhold(self, sequence: int, manifest_sha256: str, officer: str, reason: str) -> bool:
        """An operator lets a held feed be applied. False if no feed of this number and manifest is held."""
        return self._holds(
            update(
                self._table,
                _key(sequence_key(sequence)),
                "SET #state = :accepted, released_at = :now, released_by = :officer, released_because = :reason",
                "#state = :held AND manifest_sha256 = :sha",
                {"#state": "state"},
                {
                    ":accepted": S(RunState.ACCEPTED),
                    ":held": S(RunState.HELD),
                    ":sha": S(manifest_sha256),
                    ":officer": S(officer),
                    ":reason": S(reason),
                    ":now": S(rfc3339(self._clock())),
                },
            )
        )

    def _judged(
        self, run: Run, state: RunState, figures: Mapping[str, int], reasons: Mapping[str, int]
    ) -> bool:
        return self._holds(
            update(
                self._table,
                _key(sequence_key(run.sequence)),
                f"SET #state = :after, checked = :figures, bad_rows = :reasons, {state.value}_at = :now REMOVE reason, refused_at",
                "#state = :open AND manifest_sha256 = :sha AND pins = :pins",
                {"#state": "state"},
                {
                    ":after": S(state),
                    ":open": S(RunState.OPEN),
                    ":sha": S(run.manifest_sha256),
                    ":pins": S(_pins(run.parts)),
                    ":figures": S(json.dumps(dict(figures))),
                    ":reasons": S(json.dumps(dict(reasons))),
                    ":now": S(rfc3339(self._clock())),
                },
            )
        )

    def close(self, run: Run, before: AsOf | None, figures: Mapping[str, int]) -> None:
        """The feed is applied and records are as of its day: both or neither, forward only (D2)."""
        state = update(
            self._table,
            _key(sequence_key(run.sequence)),
            "SET #state = :applied, figures = :figures, applied_at = :now",
            "#state = :accepted AND manifest_sha256 = :sha",
            {"#state": "state"},
            {
                ":applied": S(RunState.APPLIED),
                ":accepted": S(RunState.ACCEPTED),
                ":sha": S(run.manifest_sha256),
                ":figures": S(json.dumps(dict(figures))),
                ":now": S(rfc3339(self._clock())),
            },
        )
        as_of: Item = as_of_key() | {
            "business_date": S(run.business_date.isoformat()),
            "sequence": N(run.sequence),
            "manifest_sha256": S(run.manifest_sha256),
            "applied_at": S(rfc3339(self._clock())),
        }
        if before is None:
            forward = put(self._table, as_of, "attribute_not_exists(pk)")
        else:
            forward = put(
                self._table,
                as_of,
                "#sequence = :before AND manifest_sha256 = :sha AND business_date < :day",
                {"#sequence": "sequence"},
                {
                    ":before": N(before.sequence),
                    ":sha": S(before.manifest_sha256),
                    ":day": S(run.business_date.isoformat()),
                },
            )
        try:
            transact(self._client, [state, forward])
        except Cancelled:
            now = self.as_of()
            if now is None or (now.sequence, now.manifest_sha256) != (run.sequence, run.manifest_sha256):
                raise NotAccepted from None

    def _holds(self, op: dict[str, dict[str, Any]]) -> bool:
        try:
            single(self._client, op)
        except Cancelled:
            return False
        return True


def _key(sort_key: str) -> Item:
    return {"pk": S(FEED), "sk": S(sort_key)}


def _parts_text(parts: tuple[PinnedPart, ...]) -> str:
    return json.dumps([[part.index, part.key, part.version_id, part.rows, part.sha256] for part in parts])


def _pins(parts: tuple[PinnedPart, ...]) -> str:
    return hashlib.sha256(_parts_text(parts).encode()).hexdigest()


def runs_of(env: Mapping[str, str], dynamodb: DynamoDBClient, clock: Clock) -> RunStore:
    """A step knows its run by RUNS_TABLE."""
    return RunStore(dynamodb, env["RUNS_TABLE"], clock)
