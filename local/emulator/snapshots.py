"""State that survives a hard kill: MiniStack writes it on the way out only, and `kill -9` gives it no way out.

Every half minute or so a copy of the process (fork) writes what stands at that moment beside the state, and then puts it in its place:
nobody waits for it, and a kill amid the writing leaves the state before. How long it took decides how soon the next one comes, so that it
takes a fifth of one processor at most.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
import time
import warnings
from pathlib import Path
from typing import Final

VARIABLE: Final = "VAXCERT_SNAPSHOTS"
SOONEST, LATEST = 15.0, 45.0
"""Seconds between two snapshots."""
_LONGEST: Final = 60
"""Seconds that one may take; it is given up then, and the next one tried."""


def apply() -> None:
    """Begin, where `VAXCERT_SNAPSHOTS` says so."""
    if os.environ.get(VARIABLE) == "1":
        threading.Thread(target=_forever, name="snapshots", daemon=True).start()


def pause_after(took: float) -> float:
    """How long to wait after a snapshot that took so long."""
    return min(LATEST, max(SOONEST, 5 * took))


def _forever() -> None:
    took = 0.0
    while True:
        time.sleep(pause_after(took))
        began = time.monotonic()
        if not take():
            logging.getLogger("snapshots").warning(
                "A snapshot of the state was not written; the next one is tried."
            )
        took = time.monotonic() - began


def take() -> bool:
    """Write the state as it stands now; whether it is in its place."""
    with warnings.catch_warnings():
        # Other threads may hold locks: the copy writes files and nothing else, and is ended if it waits for one.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _write_and_end()
    _, status = os.waitpid(child, 0)
    return status == 0


def _write_and_end() -> None:
    """In the copy: write, put in place, be gone without the parent's farewells."""
    code = 1
    try:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(each, signal.SIG_DFL)
        signal.alarm(_LONGEST)
        from ministack import app
        from ministack.core import persistence

        state = Path(persistence.STATE_DIR)
        beside = state.with_name(f"{state.name}.next")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        persistence.STATE_DIR = str(beside)
        persistence.save_all(app._build_persistence_save_dict())  # noqa: SLF001 - it has no public name
        state.mkdir(parents=True, exist_ok=True)
        for written in sorted(beside.iterdir()):
            written.replace(state / written.name)
        code = 0
    finally:
        os._exit(code)
