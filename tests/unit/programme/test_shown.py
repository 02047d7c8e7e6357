"""Which doses are shown (R43–R45): the child and adult systems' alone, rabies by a setting."""

from __future__ import annotations

from datetime import date

import pytest

from tests.fakes.people import an_archive, dose
from vaxcert.archives.model import ArchiveStatus, System
from vaxcert.programme.shown import shown_doses

DAY = date(2021, 5, 6)


@pytest.mark.parametrize(
    ("system", "hidden", "shown"),
    [
        (System.CHILD, True, True),
        (System.ADULT, True, True),
        (System.OBSTETRICS, False, False),
        (System.RABIES, False, True),
    ],
)
def test_r43_r44_r45_a_system_is_shown_or_not(system: System, *, hidden: bool, shown: bool) -> None:
    """`hidden`: whether its doses are seen while the setting hides rabies; `shown`: while it shows them."""
    archive = an_archive(system=system, doses=(dose(DAY),))
    assert bool(shown_doses([archive], rabies=False)) is hidden
    assert bool(shown_doses([archive], rabies=True)) is shown


@pytest.mark.parametrize("status", [ArchiveStatus.VOID, ArchiveStatus.MERGED])
def test_a_void_or_merged_archive_shows_nothing(status: ArchiveStatus) -> None:
    assert shown_doses([an_archive(status=status, doses=(dose(DAY),))], rabies=True) == ()


def test_a_dose_told_by_two_archives_is_shown_once_and_the_newest_first() -> None:
    older, newer = dose(date(2020, 1, 1)), dose(DAY)
    child = an_archive(doses=(older, newer))
    adult = an_archive(system=System.ADULT, doses=(newer,))
    assert shown_doses([child, adult], rabies=False) == (newer, older)
