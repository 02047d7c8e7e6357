"""One child's rounds: everybody at once, again and again, and after each round the reckoning (invariants 1 and 4, R20, R27, D5, D7)."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.fakes.household import PURPOSES
from tests.fakes.people import an_archive, citizen, guardian, id_no, subject
from tests.races.desk import Desk
from tests.races.invariants import Tables
from tests.races.track import Deed, Result, Track
from vaxcert.archives.model import Archive
from vaxcert.identity.model import Citizen

RELATIONS = ("father", "mother", "other_guardian", "other_guardian")
DELEGATES = 16
_CLAIM = {"claimed", "already_claimed"}
_GRANT = {"authorized", "already_authorized", "grant_limit_reached"}

type Night = Callable[[Archive], Any]
type Results = Sequence[Result[Desk]]


class Family:
    """A child with four guardians and a circle of relatives who may be authorised. No two families share a person."""

    def __init__(self, number: int) -> None:
        self.number = number
        born = date(2017, 1, 1) + timedelta(days=number)
        grown = date(1960, 1, 1) + timedelta(days=number)
        self.numbers = [id_no(grown, 1 + each) for each in range(len(RELATIONS))]
        self.guardians = [subject(each) for each in self.numbers]
        self.relatives = [id_no(grown, 101 + each) for each in range(DELEGATES)]
        registered = map(guardian, self.numbers, RELATIONS)
        self.archive = an_archive(f"race-{number}", born=born, guardians=tuple(registered))

    @property
    def record_id(self) -> str:
        """The child's."""
        return self.archive.record_id

    def corrected(self, removed: str | None) -> Archive:
        """The next version of the archive: without one of the guardians, or with all of them again."""
        registered = map(guardian, self.numbers, RELATIONS)
        kept = tuple(each for each in registered if each.key != removed)
        self.archive = replace(self.archive, version=self.archive.version + 1, guardians=kept)
        return self.archive


class Rounds:
    """Races over one family and keeps the books. Whoever holds the certificate is known from the answers alone."""

    def __init__(self, track: Track[Desk], tables: Tables, family: Family, night: Night) -> None:
        self._track = track
        self._tables = tables
        self._family = family
        self._night = night
        self._keys = itertools.count(1)
        self._claimed: dict[str, str] = {}  # certificate → who claimed it
        self._granted: dict[str, set[str]] = defaultdict(set)  # certificate → every grant answered

    def all(self) -> None:
        """Every round, in an order in which each leaves the next something to race for."""
        self.claim()
        self.fill()
        self.revoke_and_grant_again()
        self.one_delegate()
        self.release_and_claim_again()
        self.correct_and_claim()
        for who in self._family.guardians[:3]:
            self.claim_while_removed(who)

    # ---- rounds

    def claim(self) -> None:
        """R20: every guardian twice, and one request of each twice; exactly one of them all claims."""
        deeds = [deed for who in self._family.guardians for deed in self._claims(who, 2, again=1)]
        results = self._race(deeds, claim=_CLAIM)
        assert len(_new(results, "claimed")) == 1
        assert self._live() is not None

    def fill(self) -> None:
        """R27: sixteen relatives want ten slots; some are asked for twice, some requests come twice."""
        certificate_id, holder = self._held()
        deeds = [deed for relative in self._family.relatives for deed in self._grants(relative)]
        deeds += [deed for relative in self._family.relatives[:4] for deed in self._grants(relative)]
        deeds += [
            deed for relative in self._family.relatives[-2:] for deed in self._grants(relative, again=1)
        ]
        results = self._race(deeds, authorize=_GRANT)
        assert len(_new(results, "authorized")) == len(self._tables.active_grants(certificate_id)) == 10
        assert holder == self._held()[1]

    def revoke_and_grant_again(self) -> None:
        """D7: five are revoked, each twice, while all sixteen are asked for again."""
        certificate_id, _ = self._held()
        before = self._tables.active_grants(certificate_id)
        ended = sorted(before.values())[:5]
        deeds = [deed for grant_id in ended for deed in self._revokes(certificate_id, grant_id, 2)]
        deeds += [deed for relative in self._family.relatives for deed in self._grants(relative)]
        results = self._race(deeds, authorize=_GRANT, revoke={"revoked"})
        made = _new(results, "authorized")
        after = set(self._tables.active_grants(certificate_id).values())
        assert after == (set(before.values()) | made) - set(ended)

    def one_delegate(self) -> None:
        """D7: one relative ten times over, while three others are revoked: rooms come free in no order, one grant comes of it."""
        certificate_id, _ = self._held()
        before = self._tables.active_grants(certificate_id)
        gone = sorted(before)[:4]
        relative = next(each for each in self._family.relatives if subject(each) == gone[0])
        self._race(self._revokes(certificate_id, before[gone[0]], 1), revoke={"revoked"})
        deeds = [deed for each in gone[1:] for deed in self._revokes(certificate_id, before[each], 1)]
        deeds += [deed for _ in range(10) for deed in self._grants(relative)]
        results = self._race(deeds, authorize={"authorized", "already_authorized"}, revoke={"revoked"})
        assert len(_new(results, "authorized")) == 1
        assert subject(relative) in self._tables.active_grants(certificate_id)

    def release_and_claim_again(self) -> None:
        """D5: the holder releases, twice at once, while everybody claims and grants are still being made."""
        certificate_id, holder = self._held()
        deeds = self._releases(certificate_id, 2)
        deeds += [deed for who in self._family.guardians for deed in self._claims(who, 2)]
        deeds += [deed for relative in self._family.relatives[:6] for deed in self._grants(relative)]
        results = self._race(deeds, claim=_CLAIM, release={"released"}, authorize={*_GRANT, "not_found"})
        assert len(_new(results, "claimed")) <= 1
        assert self._tables.certificate(certificate_id)["status"] == "released"
        assert self._seen(certificate_id) == 0, "a released certificate leaves its delegates nothing"
        if self._live() is None:
            self._race(self._claims(holder, 1), claim={"claimed"})

    def correct_and_claim(self) -> None:
        """D5, R10: a correction takes the holder off the archive, and puts them back, while everybody claims and the holder releases.

        Whoever holds the certificate afterwards is registered, or it is suspended.
        """
        certificate_id, holder = self._held()
        nights = [
            self._family.corrected(holder),
            self._family.corrected(None),
            self._family.corrected(holder),
        ]

        def three_nights(_desk: Desk) -> None:
            for archive in nights:
                self._night(archive)

        deeds = [Deed("night", "applied", three_nights)]
        deeds += [deed for who in self._family.guardians for deed in self._claims(who, 3)]
        deeds += self._releases(certificate_id, 1)
        self._race(
            deeds,
            night={"applied"},
            claim={*_CLAIM, "not_eligible", "not_found"},
            release={"released", "not_found"},
        )
        live = self._live()
        if live is not None:
            item = self._tables.certificate(live)
            assert (item["status"] == "active") == (item["holder"] != holder)
        self._night(self._family.corrected(None))
        live = self._live()
        assert live is None or self._tables.certificate(live)["status"] == "active"

    def claim_while_removed(self, who: str) -> None:
        """R10, D5: a guardian claims in the very night that takes them off the archive: refused, or suspended, and never active."""
        if self._live() is not None:
            self._race(self._releases(self._held()[0], 1), release={"released"})
        without = self._family.corrected(who)
        pause = self._track.chance(0.08)

        def comes_in_between(_desk: Desk) -> None:
            time.sleep(pause)
            self._night(without)

        deeds = [Deed("night", "applied", comes_in_between), *self._claims(who, 5)]
        self._race(deeds, night={"applied"}, claim={*_CLAIM, "not_eligible", "not_found"})
        live = self._live()
        assert live is None or self._tables.certificate(live)["status"] == "suspended"
        self._night(self._family.corrected(None))
        assert live is None or self._tables.certificate(live)["status"] == "active"

    # ---- deeds

    def _claims(self, who: str, times: int, *, again: int = 0) -> list[Deed[Desk]]:
        keys = [self._key() for _ in range(times)]

        def deed(key: str) -> Deed[Desk]:
            caller = self._caller(who)
            return Deed(
                "claim",
                "claimed",
                lambda desk: desk.claim_at_once(caller, self._family.record_id, key, PURPOSES),
                who,
                key,
            )

        return [deed(key) for key in keys + keys[:again]]

    def _releases(self, certificate_id: str, times: int) -> list[Deed[Desk]]:
        caller = self._caller(self._claimed[certificate_id])
        return [Deed("release", "released", lambda desk: desk.release(caller, certificate_id))] * times

    def _grants(self, relative: str, *, again: int = 0) -> list[Deed[Desk]]:
        certificate_id, holder = self._held()
        caller, key = self._caller(holder), self._key()
        one = Deed[Desk](
            "authorize",
            "authorized",
            lambda desk: desk.authorize(caller, certificate_id, relative, "某亲属", key),
            holder,
            key,
        )
        return [one] * (1 + again)

    def _revokes(self, certificate_id: str, grant_id: str, times: int) -> list[Deed[Desk]]:
        caller = self._caller(self._claimed[certificate_id])
        one = Deed[Desk]("revoke", "revoked", lambda desk: desk.revoke(caller, certificate_id, grant_id))
        return [one] * times

    def _caller(self, who: str) -> Citizen:
        """A session of their own for every deed."""
        return citizen(who, session=f"s-{self._family.number}-{next(self._keys)}")

    def _key(self) -> str:
        return f"key-{self._family.number:05d}-{next(self._keys):06d}"

    # ---- the books

    def _race(self, deeds: Sequence[Deed[Desk]], **allowed: set[str]) -> Results:
        before = self._live()
        results = self._track.race(deeds, allowed)
        for result in results:
            if result.code == "claimed":
                assert result.answer is not None
                assert self._claimed.setdefault(result.answer, result.deed.who) == result.deed.who
            elif result.code == "authorized":
                assert before is not None
                assert result.answer is not None
                self._granted[before].add(result.answer)
        _same_key_same_answer(results)
        self._reckon()
        return results

    def _reckon(self) -> None:
        """Nothing is lost and nothing is there twice: what the tables hold is what was answered."""
        self._tables.check_person(self._family.record_id, self._family.guardians, self._claimed)
        for certificate_id in self._claimed:
            self._tables.active_grants(certificate_id)
            assert set(self._tables.all_grants(certificate_id)) == self._granted[certificate_id]

    def _live(self) -> str | None:
        return self._tables.live_of(self._family.record_id)

    def _held(self) -> tuple[str, str]:
        live = self._live()
        assert live is not None
        return live, self._claimed[live]

    def _seen(self, certificate_id: str) -> int:
        """Of a certificate's delegates, how many still see it in their lists."""
        desk = self._track.anyone
        delegates = self._tables.active_grants(certificate_id)
        return sum(
            certificate_id in {one.certificate_id for one in desk.overview(citizen(each)).authorized}
            for each in delegates
        )


def _new(results: Results, code: str) -> set[str]:
    return {result.answer for result in results if result.code == code and result.answer is not None}


def _same_key_same_answer(results: Results) -> None:
    """Invariant 4: one request gets one answer however often it comes, and no two requests get the same one."""
    by_key: dict[tuple[str, str], set[tuple[str, str | None]]] = defaultdict(set)
    for result in results:
        if result.deed.key:
            by_key[result.deed.who, result.deed.key].add((result.code, result.answer))
    done = [next(iter(each)) for each in by_key.values() if _done(each)]
    assert len({answer for _, answer in done}) == len(done)


def _done(found: Iterable[tuple[str, str | None]]) -> bool:
    answers = set(found)
    if any(answer is not None for _, answer in answers):
        assert len(answers) == 1, f"one request, two answers: {sorted(code for code, _ in answers)}"
        return True
    return False
