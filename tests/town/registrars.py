"""What clinics write into the register: births, moves, typos and what puts them right (R37–R42, D5, D13)."""

from __future__ import annotations

from typing import Any, Final

from tests.town.register import Person, Row, city_of, day_after
from tests.town.streets import Family, Streets

_OUTSIDE: Final = "3205000001"


class Registrars(Streets):
    """Clinics, as they write. One thing at a time for a family: what was mistyped is put right before the next."""

    def _pick(self, *, known: bool = True) -> tuple[Family, Person, Row] | None:
        for _ in range(4):
            home = self.dice.choice(self.homes)
            child, no = self.dice.choice(home.children)
            row = self.province.archives[no]
            if not home.busy and row.stands and row.status != "deceased" and row.system == "child":
                return home, child, row
        return None

    def _mends(self, home: Family, no: str, days: int | None = None, **changes: Any) -> None:
        """A clinic puts it right, some days later (R37)."""
        home.busy = True
        on = day_after(self.today, days or self.dice.randint(1, 5))

        def mend() -> None:
            home.busy = False
            self._write(self.province.archives[no], "mend", **changes)

        self.later.setdefault(on, []).append(mend)

    def _write(self, row: Row, why: str, **changes: Any) -> Row:
        self.note(f"register {why}", row.no)
        return self.province.change(row, recorded_on=self.today, **changes)

    def born(self) -> None:
        """A child is born, with obstetrics at first; twins at times, and the clinic types the one's number for the other's (R41, D13)."""
        home = self.dice.choice(self.homes)
        if home.busy or len(home.children) > 5:
            return
        children = [self.province.person(self.today) for _ in range(1 + (self.dice.random() < 0.5))]
        rows = [self._joins(home, one, number=None, system="obstetrics") for one in children]
        self.note("register born", " ".join(one.no for one in rows))
        home.busy = True
        at = day_after(self.today, self.dice.randint(1, 3))
        first = children[0].number

        def to_the_clinic() -> None:
            for child, row in zip(children, rows, strict=True):
                number = first if len(children) > 1 and self.seed % 3 != 1 else child.number
                stands = self.province.archives[row.no]
                self._write(stands, "transferred", number=number, system="child")
            home.busy = False
            for child, row in zip(children, rows, strict=True):
                if len(children) > 1:
                    self._mends(home, row.no, number=child.number)

        self.later.setdefault(at, []).append(to_the_clinic)

    def mistyped(self) -> None:
        """A number that is nobody's, none, or one of another birth date; put right some days later (R9, D13)."""
        if found := self._pick():
            home, child, row = found
            wrong = self.dice.choice(("nobody", "none", "other", "birth", "sibling"))
            changes: dict[str, Any] = {"number": None}
            if wrong == "nobody":
                changes = {"number": self.province.person(child.born).number}
            elif wrong == "other":
                changes = {"number": home.parents[1].number}
            elif wrong == "birth":
                changes = {"born": day_after(child.born, 1)}
            elif wrong == "sibling":
                changes = {"number": self.dice.choice(home.children)[0].number}
            self._mends(home, row.no, number=child.number, born=child.born)
            self._write(row, f"mistyped_{wrong}", **changes)

    def guardians(self) -> None:
        """A guardian is taken out, and put in again later (R10, D5)."""
        if found := self._pick():
            home, _, row = found
            left = self.dice.choice((home.parents[:1], home.parents[1:], ()))
            self._mends(home, row.no, guardians=home.parents)
            self._write(row, "guardians", guardians=left)

    def moves(self) -> None:
        """To another clinic, out of care, or out of the pilot cities; some come back (R8, R39)."""
        if found := self._pick():
            home, _, row = found
            where = self.dice.choice(("near", "near", "out", "far"))
            clinic = self.dice.choice(self.codes)
            if where != "near":
                self._mends(home, row.no, clinic=row.clinic, city=row.city, status="in_care")
            if where == "near":
                self._write(row, "moves", clinic=clinic, city=city_of(clinic))
            elif where == "out":
                self._write(row, "moves_out", status="transferred_out")
            else:
                self._write(row, "moves_far", clinic=_OUTSIDE, city=city_of(_OUTSIDE))

    def renamed(self) -> None:
        """Another name, which is a correction (D13)."""
        if found := self._pick():
            home, child, row = found
            named = Person(child.number, self.province.person(child.born).name, child.born)
            home.children = [(named, no) if no == row.no else (one, no) for one, no in home.children]
            self._write(row, "renamed", name=named.name)

    def dies(self) -> None:
        """Quietly (D16)."""
        if self.dice.random() < 0.35 and (found := self._pick()):
            self._write(found[2], "dies", status="deceased")

    def doubled(self) -> None:
        """A second archive of one child (重卡), later merged into the first or voided (D5)."""
        if found := self._pick():
            home, child, row = found
            if row.who != child.number:
                return
            clinic, unnumbered = self.dice.choice(self.codes), self.dice.random() < 0.5
            number = None if unnumbered else child.number
            twice = self.province.establish(
                child, home.parents, clinic, number=number, recorded_on=self.today
            )
            self.note("register doubled", twice.no)
            into_first = {"op": "merge", "into": row.no}
            into_second = {"op": "merge", "into": twice.no}
            first = unnumbered or self.dice.random() < 0.3
            no, end = (
                (row.no, into_second) if first else (twice.no, self.dice.choice((into_first, {"op": "void"})))
            )
            if first:
                home.children = [(one, twice.no if each == row.no else each) for one, each in home.children]
            self._mends(home, no, 3, **end)
            if unnumbered:  # the one that stays gets its number another day
                self._mends(home, twice.no, self.dice.choice((3, 5)), number=child.number)

    def dose(self) -> None:
        """A dose is recorded, or one given elsewhere is filled in (R33)."""
        if found := self._pick():
            home, _, row = found
            self.note("register dose", row.no)
            on = day_after(self.today, -self.dice.choice((0, 0, 1, 40)))
            self.province.dose(row, max(on, row.born), home.clinic, len(row.doses))
