"""What is loaded when a module is imported by a process that has imported nothing else.

A start is half a second of work, and most of it the same for all that stand on the same module. So that module (its
stem) is imported once, and each of those goes on from there in a fork of its own. What it then has loaded is what it
loads alone: it imports the stem itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

STEMS: Final = ("vaxcert.http.api", "vaxcert.corrections.steps.frame", "vaxcert.aws.clients")
"""The heaviest first."""
# Garbage collection is put off for the start alone.
_FORKS: Final = """
import gc, os, sys
start, stem, *modules = sys.argv[1:]
exec(start)
if stem:
    __import__(stem)
for module in modules:
    if not (child := os.fork()):
        __import__(module)
        assert gc.isenabled()
        print(module, *sys.modules, flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(module)
"""


def stem_of(source: str) -> str:
    """The first of `STEMS` that a module imports at its top; "" if it imports none of them there."""
    return next(
        (one for one in STEMS if re.search(rf"^from {re.escape(one)} import ", source, re.MULTILINE)), ""
    )


def loaded(
    sources: Mapping[str, Path], environment: Mapping[str, str], start: str = ""
) -> dict[str, frozenset[str]]:
    """What each of these modules has loaded, by its name. `start` is what a process does before.

    :raises CalledProcessError: one of them cannot be imported
    """
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for module, path in sources.items():
        alike[stem_of(path.read_text("utf-8"))].append(module)
    told = [_told([start, stem, *modules], environment) for stem, modules in alike.items()]
    return {line.split()[0]: frozenset(line.split()[1:]) for lines in told for line in lines}


def _told(asked: Iterable[str], environment: Mapping[str, str]) -> list[str]:
    command = [sys.executable, "-c", _FORKS, *asked]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
