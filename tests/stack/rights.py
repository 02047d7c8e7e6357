"""Who may what: one decision for every route of the API document (R20, R21, R24, D4, D5, D7, D16, D20, D21).

Written from the requirements and not taken from the code. What a row does not name is refused, and how depends on nothing but the
way in: a route for citizens answers a device as it answers nobody, and an id of somebody else's answers as one that does not exist.
"""

from __future__ import annotations

from typing import Final

HOLDER, DELEGATE = "holder", "delegate"
NO_RIGHT: Final = ("other_guardian", "former_delegate", "stranger", "held_apart")
"""Citizens who are signed in and have nothing to do with the certificate, or no longer."""
CITIZENS: Final = (HOLDER, DELEGATE, *NO_RIGHT)
DESK, DESK_ELSEWHERE, BOARD = "desk", "desk_elsewhere", "board"
"""Devices: of the clinic where the family waits, of another clinic, and its screen on the wall."""
DEVICES: Final = (DESK, DESK_ELSEWHERE, BOARD)
NOBODY: Final = ("nobody", "signed_out", "disabled", "forged")
"""No token (a school that holds a paper is one of them), one whose session is ended, a disabled device's, and a token of one's own making."""
EVERYBODY: Final = (*CITIZENS, *DEVICES, *NOBODY)

PUBLIC: Final = frozenset(
    {
        "getKeySet",
        "checkHealth",
        "makeChallenge",
        "openSession",
        "requestDeviceToken",
        "getDocumentKeys",
        "checkDocument",
        "listVaccines",
    }
)
"""Before a session, or for anybody: keys, the programme's vaccines, and a paper's status by its id (D20)."""

OWN: Final = frozenset(
    {
        "listFamilyAppointments",
        "listCertificates",
        "listClinics",
        "listSlots",
        "getMyData",
        "closeSession",
        "closeAllSessions",
    }
)
"""Every citizen, of themselves: nothing in the path says whose."""

OF_A_CERTIFICATE: Final[dict[str, tuple[str, ...]]] = {
    # D7: delegates see, show and book; they cannot authorise, revoke or release.
    "getCertificate": (HOLDER, DELEGATE),
    "listRecords": (HOLDER, DELEGATE),
    "showCode": (HOLDER, DELEGATE),
    "getPlan": (HOLDER, DELEGATE),
    "followVisit": (HOLDER, DELEGATE),
    "listAppointments": (HOLDER, DELEGATE),
    "bookAppointment": (HOLDER, DELEGATE),
    "getAppointment": (HOLDER, DELEGATE),
    "cancelAppointment": (HOLDER, DELEGATE),
    "listDocuments": (HOLDER, DELEGATE),
    "issueDocument": (HOLDER, DELEGATE),
    "getPaper": (HOLDER, DELEGATE),
    "getReminders": (HOLDER, DELEGATE),
    "switchOnReminders": (HOLDER, DELEGATE),
    "switchOffReminders": (HOLDER, DELEGATE),
    "listReports": (HOLDER, DELEGATE),
    "leaveDelegation": (DELEGATE,),
    "reportEntry": (HOLDER,),
    "listGrants": (HOLDER,),
    "authorizeDelegate": (HOLDER,),
    "changeDelegatePhone": (HOLDER,),
    "revokeGrant": (HOLDER,),
    "listAccessLog": (HOLDER,),
    "releaseCertificate": (HOLDER,),
}

OF_A_RECORD: Final[dict[str, dict[str, tuple[int, str]]]] = {
    # R20, R36: who is linked to the child hears that it is claimed; nobody else hears that there is a child.
    # D13: whose child bears the number under another name hears that the clinic has to look, and nothing of the first one.
    name: {
        HOLDER: (409, "already_claimed"),
        "other_guardian": (409, "already_claimed"),
        "held_apart": (422, "not_eligible"),
    }
    for name in ("getClaimable", "claimCertificate")
}

OF_A_CLINIC: Final[dict[str, tuple[str, ...]]] = {
    # D21: a board reads the queue and nothing else; a clinic's day is its own.
    # In this order each can be done: a ticket is called, passed over, and then scanned.
    "getQueue": (DESK, BOARD),
    "getClinicToday": (DESK,),
    "listClinicAppointments": (DESK,),
    "callTicket": (DESK,),
    "reportOutcome": (DESK,),
    # Any clinic may scan (R28).
    "scanCode": (DESK, DESK_ELSEWHERE),
    # Public keys and nothing else: while its token lives, a device that was disabled may have them too.
    "getOfflinePack": (DESK, DESK_ELSEWHERE, "disabled"),
}

NOT_LET_IN: Final = (401, "unauthorized")
"""How an answer refuses whom the gateway does not let in."""
REFUSALS: Final = {
    "citizen": (404, "not_found"),
    DESK_ELSEWHERE: (403, "clinic_not_allowed"),
    "disabled at a device's": (403, "device_disabled"),
    "disabled, of another clinic": (403, "clinic_not_allowed"),
}
"""And how it refuses others."""

SUSPENDED: Final = (409, "certificate_suspended")
LEFT_TO_A_FORMER_CLAIMANT: Final = frozenset(
    {
        "getCertificate",
        "followVisit",
        "listAppointments",
        "getAppointment",
        "cancelAppointment",
        "listReports",
        "listGrants",
        "revokeGrant",
        "listAccessLog",
        "releaseCertificate",
    }
)
"""Their own doings, and ending them; the certificate tells its reason (D16)."""
