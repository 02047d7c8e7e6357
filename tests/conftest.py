"""What every kind of test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from local.emulator.server import Emulator, free_port
from local.homes import Home

# Functions log as in production; metrics and traces have nowhere to go in a test.
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
# No test may find a developer's own AWS account.
os.environ.update(
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true"
)

# No deadline: a busy machine is no fault of the code. HYPOTHESIS_PROFILE=long looks harder than every run can.
settings.register_profile("house", deadline=None, print_blob=True)
settings.register_profile("long", parent=settings.get_profile("house"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A bare emulator on a free port, with state of its own, ended with the session."""
    running = Emulator(Home(tmp_path_factory.mktemp("emulator")), free_port())
    running.start()
    yield running
    running.stop()
