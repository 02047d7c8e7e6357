"""Each fault that is put into the product on purpose is noticed by the town."""

from __future__ import annotations

from typing import Final

import pytest

from tests.counts import tell
from tests.town.bugs import BUGS
from tests.town.life import START, Broken
from tests.town.test_town import begun

FAMILIES: Final = 10


@pytest.mark.parametrize("name", BUGS)
def test_a_seeded_bug_is_noticed(name: str) -> None:
    bug = BUGS[name]
    with pytest.MonkeyPatch.context() as patch:
        bug.plant(patch)
        with begun(bug.seed, FAMILIES) as town, pytest.raises(Broken) as noticed:
            town.live(bug.days)
    tell(
        f"{name}: noticed on day {(town.today - START).days + 1} of {bug.days}, {town.checks} checks; {str(noticed.value)[:110]}"
    )
