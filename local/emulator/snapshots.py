"""State that survives a hard kill and a full disk: MiniStack writes it on the way out only, file by file, and `kill -9` gives it no way out.

Every half minute or so a copy of the process (fork) writes what stands at that moment beside the state, and then puts it in its place:
nobody waits for it. The copy is made between two requests, never amid a transaction. What was not written whole, for want of room or
because of a kill, is left aside, and the state before stays; what was, and not put in place to the end, is put there at the next start. How
long it took decides how soon the next one comes, so that it takes a fifth of one processor at most.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import signal
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "VAXCERT_SNAPSHOTS"
KEEPS: Final = "VAXCERT_KEEPS"
SOONEST, LATEST = 15.0, 45.0
"""Seconds between two snapshots."""
_WHOLE: Final = "whole"
"""The file that says that everything is there."""
_LONGEST: Final = 60
"""Seconds that one may take; it is given up then, and the next one tried."""


def apply() -> None:
    """Finish what was begun; write whole on the way out where `VAXCERT_KEEPS` says so, and snapshots where `VAXCERT_SNAPSHOTS` does."""
    from ministack import app
    from ministack.core import persistence

    finish(Path(persistence.STATE_DIR))
    app.save_all = _leave if os.environ.get(KEEPS) == "1" else _leave_as_it_is
    if os.environ.get(VARIABLE) == "1":
        threading.Thread(target=_forever, name="snapshots", daemon=True).start()


def finish(state: Path) -> None:
    """Put in place what was written whole beside `state`; drop what was not."""
    beside = _beside(state)
    if (beside / _WHOLE).exists():
        for written in sorted(beside.glob("*.json")):
            written.replace(state / written.name)
    shutil.rmtree(beside, ignore_errors=True)


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
    from ministack import app

    # In the loop that answers requests: between two of them nothing is half done.
    loop = app._MAIN_LOOP  # noqa: SLF001 - it has no public name
    if loop is None:
        return False
    child = asyncio.run_coroutine_threadsafe(_copied(), loop).result()
    _, status = os.waitpid(child, 0)
    return status == 0


async def _copied() -> int:
    with warnings.catch_warnings():
        # Other threads may hold locks: the copy writes files and nothing else, and is ended if it waits for one.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _write_and_end()
    return child


def _write_and_end() -> None:
    """In the copy: write, put in place, be gone without the parent's farewells."""
    code = 1
    try:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(each, signal.SIG_DFL)
        signal.alarm(_LONGEST)
        from ministack import app

        write(app._build_persistence_save_dict())  # noqa: SLF001 - it has no public name
        code = 0
    finally:
        os._exit(code)


def write(services: Mapping[str, Callable[[], Any]]) -> None:
    """Write the state of all services beside the one that stands, and put it in its place: all of it, or nothing.

    :raises OSError: it could not be written whole
    """
    from ministack.core import persistence

    state, save_state = Path(persistence.STATE_DIR), persistence.save_state
    beside, failed = _beside(state), []

    def or_fail(get_state: Callable[[], Any]) -> Callable[[], Any]:
        def get() -> Any:
            try:
                return get_state()
            except OSError as error:  # what it keeps in files of its own: code, layers
                failed.append(error)
                raise

        return get

    def save_or_fail(service: str, data: Any) -> None:
        # MiniStack logs what went wrong, and goes on to the next.
        save_state(service, data)
        if not (beside / f"{service}.json").exists():
            raise OSError(errno.ENOSPC, f"The state of {service} was not written.")

    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    persistence.STATE_DIR, persistence.save_state = str(beside), save_or_fail
    try:
        persistence.save_all({name: or_fail(get_state) for name, get_state in services.items()})
        if failed:
            raise failed[0]
        (beside / _WHOLE).touch()
        state.mkdir(parents=True, exist_ok=True)
        finish(state)
    finally:
        persistence.STATE_DIR, persistence.save_state = str(state), save_state
        shutil.rmtree(beside, ignore_errors=True)


def _leave(services: Mapping[str, Callable[[], Any]]) -> None:
    """On the way out: the state as it stands, or the one of the last snapshot."""
    try:
        write(services)
    except OSError:
        logging.getLogger("snapshots").exception("The state was not written; the one before stays.")


def _leave_as_it_is(_services: Mapping[str, Callable[[], Any]]) -> None:
    """On the way out where nobody comes back: nothing is written."""


def _beside(state: Path) -> Path:
    return state.with_name(f"{state.name}.next")
