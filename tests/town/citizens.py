"""What families do on a day: enter, claim, authorise, look up, book, print, release (R15–R27, D5–D7, D20)."""

from __future__ import annotations

from datetime import date

from tests.town.facts import Certificate, Grant, Paper
from tests.town.register import Person, day_after
from tests.town.streets import Streets
from tests.town.world import record_of


class Citizens(Streets):
    """Families."""

    def look(self) -> None:
        """Somebody enters, now and then under another name."""
        home = self.dice.choice(self.homes)
        who = self.dice.choice([*home.adults, self._child(home)])
        self._looks(who, "旁人" if self.dice.random() < 0.1 else None)
        self.note(f"look {who.name}", "seen")

    def claim(self) -> None:
        """Whatever is offered to somebody of a family, or what is not."""
        home, dice = self.dice.choice(self.homes), self.dice
        asker = dice.choice([*home.parents, self._child(home), home.relatives[0]])
        claimable, _ = self.rules.offers(asker, self.today)
        child = self.province.archives[dice.choice(home.children)[1]]
        who = dice.choice(sorted(claimable)) if claimable and dice.random() < 0.9 else child.who
        expected = self.rules.claim(asker, who, self.today)
        key, citizen = self.world.key(), self.world.citizen(asker)
        told = self.world.claim(citizen, record_of(who), key)
        self.note(f"claim {asker.name} {who}", f"{told.code} {told.answer or ''}")
        self.expect("R20, R36", f"{asker.name} claims {who}", told.code, expected)
        if told.code == "done":
            self.expect("D5", "another certificate id", told.answer in self.rules.certificates, False)
            self.rules.claimed(told.answer, asker, who, self.today)
            if dice.random() < 0.4:
                purposes = tuple(self.world.certificate(told.answer).agreement.purposes)  # type: ignore[union-attr]
                desk = self.world.desk
                again = self.world.ask(lambda: desk.claim_at_once(citizen, record_of(who), key, purposes))
                self.expect("invariant 4", "the same request", again, told)

    def release(self) -> None:
        """The claimant, or somebody else tries to."""
        if (one := self._certificate()) is None or self.dice.random() < 0.5:
            return
        asker = one.holder if self.dice.random() < 0.8 else self._caller(one)
        expected = self.rules.release(asker, one, self.today)
        citizen = self.world.citizen(asker)
        told = self.world.ask(lambda: self.world.desk.release(citizen, one.certificate_id))
        self.note(f"release {one.certificate_id}", told.code)
        self.expect("D5", f"{asker.name} releases {one.certificate_id}", told.code, expected)

    def authorize(self) -> None:
        """One relative or, now and then, one after another: the tenth is the last."""
        if (one := self._certificate()) is None:
            return
        dice = self.dice
        home = self._home_of(one)
        for relative in dice.sample(home.relatives, 12 if dice.random() < 0.25 else 1):
            delegate = dice.choice([*home.parents, self._child(home)]) if dice.random() < 0.08 else relative
            self._authorize(
                one, delegate, dice.choice((None, None, None, self.today, day_after(self.today, 2)))
            )

    def _authorize(self, one: Certificate, delegate: Person, until: date | None) -> None:
        asker = one.holder if self.dice.random() < 0.95 else self._caller(one)
        expected = self.rules.authorize(asker, one, delegate, self.today)
        key, citizen = self.world.key(), self.world.citizen(asker)
        told = self.world.authorize(citizen, one.certificate_id, delegate, until, key)
        self.note(
            f"authorize {one.certificate_id} {delegate.name} {until}", f"{told.code} {told.answer or ''}"
        )
        self.expect("R24-R27, D7", f"{delegate.name} for {one.certificate_id}", told.code, expected)
        if told.code == "done":
            self.rules.granted(one, Grant(told.answer, delegate, until))

    def revoke(self) -> None:
        """A grant ends: its claimant revokes it, or its delegate leaves; a code that was shown before ends with it."""
        one = self._certificate()
        lent = [] if one is None else one.lent(self.today)
        if one is None or not lent:
            return
        grant = self.dice.choice(lent)
        code = self._shown(grant.delegate, one)
        if self.dice.random() < 0.7:
            expected = "done" if not one.standing.startswith("released") else "not_found"
            citizen = self.world.citizen(one.holder)
            told = self.world.ask(lambda: self.world.desk.revoke(citizen, one.certificate_id, grant.grant_id))
        else:
            citizen = self.world.citizen(grant.delegate)
            expected = "done"
            told = self.world.ask(
                lambda: self.world.desk.granting.leave(citizen, one.certificate_id, self.world.clock())
            )
        self.note(f"revoke {grant.grant_id}", told.code)
        self.expect("D7", f"{grant.grant_id} ends", told.code, expected)
        if told.code == "done":
            grant.over = "revoked"
            if self.dice.random() < 0.6:
                self._authorize(one, self.dice.choice(self._home_of(one).relatives), None)
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")
            self.kept.append(code)

    def read(self) -> None:
        """Records."""
        if one := self._certificate():
            who = self._caller(one)
            self._page(who, one)
            self.note(f"read {one.certificate_id} {who.name}", "seen")

    def issue(self) -> None:
        """A paper."""
        if (one := self._certificate()) is None:
            return
        who = self._caller(one)
        right = self.rules.right(who, one, self.today)
        told = self.world.issue(self.world.citizen(who), one.certificate_id, self.world.key())
        allowed = right == "holder" or right in one.grants
        self.note(f"issue {one.certificate_id}", told.code)
        if told.code == "document_limit_reached":
            return
        self.expect(
            "D7, D20", f"{who.name} issues of {one.certificate_id}", told.code, "done" if allowed else right
        )
        if told.code == "done":
            document_id, key, text = told.answer
            paper = self.world.read_paper(text)
            name, born, doses = self.rules.says(one)
            told_on_paper = paper.name, paper.birth_date, paper.count
            self.expect("D20", f"what {document_id} says", told_on_paper, (name, born, len(doses)))
            said = self.rules.prints(one)
            self.rules.papers[document_id] = Paper(document_id, one.certificate_id, key, said)
            self._checks(document_id)

    def book(self) -> None:
        """A seat at a clinic, of which there are two; or what was booked is cancelled."""
        if (one := self._certificate()) is None:
            return
        who, world = self._caller(one), self.world
        right = self.rules.right(who, one, self.today)
        allowed = right == "holder" or right in one.grants
        standing = self._appointment(one)
        if standing and self.dice.random() < 0.5:
            if not allowed:
                return
            told = world.cancel(world.citizen(who), one.certificate_id, standing[0])
            self.note(f"cancel {one.certificate_id}", told.code)
            self.expect("R2", "an appointment is cancelled", told.code, "done")
            self.seats[standing[1]].discard(self.appointed.pop(standing[0]))
            del self.open_appointments[one.certificate_id]
            return
        self._book(one, who, self.dice.choice(self.codes), day_after(self.today, self.dice.randint(1, 2)))

    def rush(self) -> None:
        """Several want the same seats."""
        clinic, day = self.dice.choice(self.codes), day_after(self.today, 1)
        for _ in range(6):
            if one := self._certificate():
                self._book(one, one.holder, clinic, day)

    def _book(self, one: Certificate, who: Person, clinic: str, day: date) -> None:
        world, slot = self.world, f"{clinic}-{day:%Y%m%d}-0800"
        right = self.rules.right(who, one, self.today)
        allowed = right == "holder" or right in one.grants
        standing = self._appointment(one)
        taken = self.seats.setdefault(slot, set())
        if not allowed:
            expected = right
        elif not one.usable(day):
            expected = "slot_closed"
        elif standing:
            expected = "already_booked"
        else:
            expected = "slot_full" if len(taken) >= 2 else "done"
        told = world.book(world.citizen(who), one.certificate_id, clinic, slot, world.key())
        self.note(f"book {one.certificate_id} {slot}", f"{told.code} {told.answer or ''}")
        self.expect("R2", f"{slot} for {one.certificate_id}", told.code, expected)
        if told.code == "done":
            appointment_id, seat = told.answer.split()
            self.expect("R2", f"a seat of {slot} once", int(seat) in taken, False)
            taken.add(int(seat))
            self.open_appointments[one.certificate_id] = (appointment_id, slot)
            self.appointed[appointment_id] = int(seat)

    def _appointment(self, one: Certificate) -> tuple[str, str] | None:
        """The one that is still to come."""
        standing = self.open_appointments.get(one.certificate_id)
        if standing and standing[1][11:19] <= f"{self.today:%Y%m%d}":
            del self.open_appointments[one.certificate_id]
            return None
        return standing

    def present(self) -> None:
        """A code of before comes again."""
        if self.kept:
            code = self.kept.pop(self.dice.randrange(len(self.kept)))
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")

    def replaced(self) -> None:
        """A code is shown, and its certificate released before it is scanned (invariant 3)."""
        one = self._certificate()
        if one is None or not one.usable(self.today) or self.dice.random() < 0.6:
            return
        code = self._shown(one.holder, one)
        expected = self.rules.release(one.holder, one, self.today)
        citizen = self.world.citizen(one.holder)
        told = self.world.ask(lambda: self.world.desk.release(citizen, one.certificate_id))
        self.note(f"release {one.certificate_id} shown", told.code)
        self.expect("D5", "released while shown", told.code, expected)
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")
