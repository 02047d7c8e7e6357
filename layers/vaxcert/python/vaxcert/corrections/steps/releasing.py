"""`release_night`: an operator lets a held night go on (D14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vaxcert.corrections.run.model import AsOf, Run, RunState


class NotHeld(Exception):
    """No night of that manifest is held; the message says what is, for the operator."""


class HeldRuns(Protocol):
    """What is asked of the run record."""

    def as_of(self) -> AsOf | None:
        """The last feed applied."""
        ...

    def find(self, sequence: int) -> Run | None:
        """The record of a sequence number."""
        ...

    def unhold(self, sequence: int, manifest_sha256: str, officer: str, reason: str) -> bool:
        """Let a held feed be applied; False if no feed of this number and manifest is held."""
        ...


@dataclass(frozen=True, slots=True)
class Released:
    """The feed that the next run applies. `again`: it had been released, or accepted, before."""

    run: Run
    again: bool


class Releasing:
    """Releases the one feed that can be held: the one after the last applied."""

    def __init__(self, runs: HeldRuns) -> None:
        self._runs = runs

    def release(self, manifest_sha256: str, officer: str, reason: str) -> Released:
        """Let the held feed with this manifest be applied by the next run. Repeating it changes nothing.

        Raises NotHeld.
        """
        as_of = self._runs.as_of()
        run = self._runs.find(1 if as_of is None else as_of.sequence + 1)
        if run is not None and run.manifest_sha256 == manifest_sha256:
            if self._runs.unhold(run.sequence, manifest_sha256, officer, reason):
                return Released(run, again=False)
            now = self._runs.find(run.sequence)
            if now is not None and now.manifest_sha256 == manifest_sha256 and now.state in _GOES_ON:
                return Released(now, again=True)
            run = now
        raise NotHeld(_words(run, manifest_sha256, as_of))


_GOES_ON = frozenset({RunState.ACCEPTED, RunState.APPLIED})


def _words(run: Run | None, given: str, as_of: AsOf | None) -> str:
    if as_of is not None and as_of.manifest_sha256 == given:
        return f"that feed is applied already: records are as of {as_of.business_date}"
    if run is None or run.state is not RunState.HELD:
        state = "none has been opened" if run is None else f"feed {run.sequence} is {run.state}"
        return f"no night is held: {state}"
    return (
        f"no night of that manifest is held: feed {run.sequence} of {run.business_date} is, and its manifest_sha256 begins with "
        f"{run.manifest_sha256[:8]}. Look at that one, and copy the digest whole from the run's output"
    )
