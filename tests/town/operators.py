"""What operators do: keys, peppers, devices, restores (D8, D23, invariants 3 and 5)."""

from __future__ import annotations

import copy
from typing import Any

from tests.town.facts import NEXT
from tests.town.register import day_after
from tests.town.streets import START, Streets


class Operators(Streets):
    """Operators."""

    def kill_key(self) -> None:
        """A key was lost: what it signed opens nothing from half a minute later on (invariant 3)."""
        one = self._certificate()
        code = self._shown(one.holder, one) if one and one.usable(self.today) else None
        purpose = self.dice.choice(("code", "code", "document"))
        kid = self.world.signing_key(purpose)
        self.world.rotate(kid)
        self.world.clock.advance(seconds=31)
        self.rules.killed.add(kid)
        self.note("kill", purpose)
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")
        for document_id in self._some(sorted(self.rules.papers), 6):
            self._checks(document_id)

    def pepper(self) -> None:
        """Another pepper, once or twice in a life (D23)."""
        if len(self.world.peppers) < 3 and self.dice.random() < 0.2 and self.today > day_after(START, 5):
            self.world.change_pepper()
            self.note("pepper", str(len(self.world.peppers)))

    def disable(self) -> None:
        """A ticket machine is taken out of use."""
        device = f"gate-{self.dice.choice(self.codes)}"
        self.world.disable(device)
        self.disabled.add(device)
        self.note("disable", device)

    def sweep(self) -> None:
        """TTL cleans at last (invariant 5)."""
        self.note("sweep", str(self.world.memory.sweep(int(self.world.clock().timestamp()))))

    def deploy(self) -> None:
        """New processes."""
        self.world.start()
        self.note("deploy", "")

    def _backup(self) -> tuple[Any, Any]:
        return self.world.backup(), copy.deepcopy((self.rules.certificates, self.rules.live_of))

    def _restore(self, saved: tuple[Any, Any]) -> None:
        """This morning's tables come back; what ended since stays ended, what was shown before is refused (docs/runbook/restore.md)."""
        exported, (certificates, live_of) = saved
        one = self._certificate()
        code = self._shown(one.holder, one) if one and one.usable(self.today) else None
        if code is not None:
            visit = self.rules.visits.get(code[0].certificate_id)
            clinic = visit.clinic if visit and visit.day == self.today else self.codes[0]
            self._scan(
                code,
                "desk",
                clinic,
                NEXT.get(visit.state, "ticket") if visit and visit.day == self.today else "ticket",
            )
        self.world.restore(exported)
        rules, now = self.rules, self.rules.certificates
        for certificate_id, kept in certificates.items():
            since = now[certificate_id]
            kept.standing, kept.taken_back = since.standing, since.taken_back
            for grant_id, grant in kept.grants.items():
                grant.over = since.grants[grant_id].over
        rules.certificates = certificates
        rules.live_of = {who: one for who, one in live_of.items() if certificates[one].live}
        rules.papers = {
            one: paper for one, paper in rules.papers.items() if paper.certificate_id in certificates
        }
        self.open_appointments = {
            one: at for one, at in self.open_appointments.items() if one in certificates
        }
        rules.refused_before = self.world.issued_from
        self.world.clock.advance(seconds=2)
        self.note("restore", str(len(certificates)))
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")
