"""Setting the demonstration clinics' weeks through the function that sets real ones."""

from typing import Any

from local.demo.clinics import (
    NANTONG_ADULT,
    NANTONG_FIRST,
    NANTONG_SECOND,
    WUXI_ADULT,
    WUXI_FIRST,
    WUXI_SECOND,
    Clinic,
)
from local.functions import BY, invoke

# Those that give vaccinations by appointment; a maternity ward and a rabies clinic do not.
BOOKABLE = (NANTONG_FIRST, NANTONG_SECOND, NANTONG_ADULT, WUXI_FIRST, WUXI_SECOND, WUXI_ADULT)
_WORKDAYS = [1, 2, 3, 4, 5, 6]


def week_of(clinic: Clinic) -> dict[str, Any]:
    """The event that sets a clinic's week: mornings and afternoons from Monday to Saturday."""
    return BY | {
        "action": "set",
        "clinic_code": clinic.code,
        "name": clinic.name,
        "city": clinic.city,
        "address": f"示例路{int(clinic.code[-2:])}号",
        "ahead_days": 14,
        "same_day": True,
        "sessions": [
            {"weekdays": _WORKDAYS, "starts": "08:00", "ends": "11:00", "slot_minutes": 30, "capacity": 6},
            {"weekdays": _WORKDAYS, "starts": "13:30", "ends": "16:00", "slot_minutes": 30, "capacity": 6},
        ],
        # A stack that kept its state may have appointments of an older demo week.
        "close_booked": True,
    }


def set_weeks(lambda_client: Any, function: str) -> None:
    """Set every week; setting the same one again changes nothing.

    :raises LocalProblem: the function refused
    """
    for clinic in BOOKABLE:
        invoke(lambda_client, function, week_of(clinic))
