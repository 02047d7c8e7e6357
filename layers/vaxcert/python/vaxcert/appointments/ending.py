"""What becomes of an appointment whose certificate has ended (D5, D6): it is given up, and its seat is free again.

A certificate that was released, replaced or closed books nothing any more (`Bookings.book` holds only at the version that was
read), so whoever comes after its end and finds no open appointment is done for good. A suspended one keeps its appointment: the
suspension may be lifted before the day, and until then the scan refuses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from vaxcert.appointments.model import Appointment, Status
from vaxcert.idempotency.turn import until_done


class Standing(Protocol):
    """Port: a certificate's latest appointment, and giving it up."""

    def latest(self, certificate_id: str) -> Appointment | None:
        """The certificate's latest appointment, ended or not, strongly consistent."""
        ...

    def give_up(self, appointment: Appointment, now: datetime) -> bool:
        """It becomes cancelled and its seat free, together; False where it is not open as it was read any more."""
        ...


def given_up(standing: Standing, certificate_id: str, now: datetime) -> bool:
    """Give up what the ended certificate has booked for later; False where it has nothing open. Can be repeated.

    What has been kept or missed stays so. Raises `Unavailable` where others keep changing it.
    """

    def once() -> bool | None:
        appointment = standing.latest(certificate_id)
        if appointment is None or appointment.status is not Status.BOOKED or appointment.ends_at <= now:
            return False
        return standing.give_up(appointment, now) or None

    return until_done(once)
