"""Where a local stack keeps its things.

The default home is `.local` in the repository. Stack tests take a temporary one, so that they run beside `make run`.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.paths import TOOLS


@dataclass(frozen=True)
class Home:
    """The folders of one local stack."""

    folder: Path

    @property
    def state(self) -> Path:
        """What survives `make stop`: the emulator's state, the demo keys."""
        return self.folder / "state"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        """Records of the processes that run now."""
        return self.folder / "run"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the emulator and its functions; emptied at every stop."""
        return self.folder / "tmp"

    @property
    def keys(self) -> Path:
        """Private keys of the demonstration: platform, feed, devices."""
        return self.state / "keys"

    @property
    def people(self) -> Path:
        """Who can be chosen on the page of the identity platform's stand-in."""
        return self.state / "people.json"

    @property
    def endpoints(self) -> Path:
        """Where the running stack is to be found; there only while it runs."""
        return self.folder / "endpoints.json"

    def prepare(self) -> None:
        """Make every folder."""
        for folder in (self.state, self.logs, self.run, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)

    def forget_state(self) -> None:
        """Start empty: drop everything that survived earlier stops."""
        for folder in (self.state, self.folder / "feeds"):
            shutil.rmtree(folder, ignore_errors=True)

    def clean_temporary(self) -> None:
        """Drop unpacked functions and whatever else a process left."""
        shutil.rmtree(self.temporary, ignore_errors=True)


DEFAULT_HOME = Home(TOOLS)
