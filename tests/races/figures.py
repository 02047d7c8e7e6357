"""What races are counted in: operations, seconds, and outcomes by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Counts as they happened; printed once at the end (pytest -s, or -rP)."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    rounds: int = 0
    most_at_once: int = 0
    notes: dict[str, object] = field(default_factory=dict)

    @property
    def operations(self) -> int:
        return sum(self.outcomes.values())

    def count(self, *kinds: str) -> int:
        """Operations of some kinds."""
        return sum(count for (kind, _), count in self.outcomes.items() if kind in kinds)

    def lines(self, title: str) -> str:
        """The whole as a few lines of text."""
        rate = self.operations / self.seconds if self.seconds else 0.0
        speed = f"{self.seconds:.1f} s racing ({rate:.0f}/s), {self.most_at_once} at once"
        found = [f"{title}: {self.operations} operations in {self.rounds} rounds, {speed}"]
        found += [f"  {kind:10} {code:24} {count:6}" for (kind, code), count in sorted(self.outcomes.items())]
        found += [f"  {name}: {value}" for name, value in self.notes.items()]
        return "\n".join(found)
