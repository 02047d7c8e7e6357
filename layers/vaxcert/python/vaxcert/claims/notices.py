"""What people are told about a certificate that they cannot claim or use: what, why, and what to do next (R36, D3, D5, D12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vaxcert.archives.relations import relation_word
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules, Refusal
from vaxcert.claims.model import StatusReason
from vaxcert.claims.notice_words import NOBODY_LINKED, REFUSED, SUSPENDED, Words
from vaxcert.errors import JsonValue
from vaxcert.wording import Wording

DECEASED_CODE: Final = "archive_status_changed"
"""What the notice is called where the archive says that the person has died: families never read the word itself (D16)."""

# What the clinic that keeps the archive can mend. Elsewhere another clinic is the one to go to, or nobody's.
_AT_ITS_CLINIC: Final = frozenset(
    {
        Refusal.DECEASED,
        Refusal.ARCHIVE_VOID,
        Refusal.BETWEEN_GROUPS,
        Refusal.OUT_OF_CARE,
        Refusal.NUMBER_MISSING,
        Refusal.NUMBER_MALFORMED,
        Refusal.NUMBER_CONTRADICTS_BIRTH,
        Refusal.IDENTITY_CONFLICT,
        Refusal.NO_RECENT_DOSE,
        Refusal.GUARDIAN_NUMBER_MISSING,
        Refusal.GUARDIAN_NUMBER_MALFORMED,
        Refusal.GUARDIAN_NOT_REGISTERED,
    }
)


NOTICES: Final = (
    *(DECEASED_CODE if code == Refusal.DECEASED else code for code in REFUSED),
    *(f"suspended_{reason}" for reason in SUSPENDED),
)
"""The code of every notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice in one language; `record_id` and `name` where it is about one person."""

    code: str
    title: str
    detail: str
    next_step: str
    record_id: str | None = None
    name: str | None = None

    def words(self) -> dict[str, JsonValue]:
        """As a problem carries it: code and words, without the person."""
        return {
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "next_step": self.next_step,
        }


class NoticeBoard:
    """Makes notices with the settings' dates, cities and hotline in them (D1)."""

    def __init__(self, rules: ClaimRules, hotline: str) -> None:
        self._hotline = hotline
        self._wording = Wording(
            Settings(
                pilot_cities=rules.pilot_cities,
                child_born_from=rules.child_born_from,
                adult_dose_from=rules.adult_dose_from,
                adult_age=rules.adult_age,
                hotline=hotline,
            )
        )

    def nobody_linked(self, language: str) -> Notice:
        """The general one: nothing in the register names the asker."""
        return self._notice(NOBODY_LINKED, REFUSED[NOBODY_LINKED], language)

    def refusal(
        self,
        reason: Refusal,
        language: str,
        *,
        claimant: str = "",
        clinic: str | None = None,
        record_id: str | None = None,
        name: str | None = None,
    ) -> Notice:
        """Why a certificate cannot be claimed. `claimant` is the relation of another who did, `clinic` the one that keeps the archive."""
        return self._notice(
            DECEASED_CODE if reason is Refusal.DECEASED else reason,
            REFUSED[reason],
            language,
            claimant=claimant,
            clinic=clinic if reason in _AT_ITS_CLINIC else None,
            record_id=record_id,
            name=name,
        )

    def suspension(
        self,
        reason: StatusReason,
        language: str,
        *,
        record_id: str | None = None,
        name: str | None = None,
        clinic: str | None = None,
    ) -> Notice:
        """Why a certificate that the asker holds is suspended."""
        return self._notice(
            f"suspended_{reason}", SUSPENDED[reason], language, clinic=clinic, record_id=record_id, name=name
        )

    def _notice(
        self,
        code: str,
        words: tuple[Words, Words],
        language: str,
        *,
        claimant: str = "",
        clinic: str | None = None,
        record_id: str | None = None,
        name: str | None = None,
    ) -> Notice:
        english = language == "en"
        relation = relation_word(claimant, english=english)
        title, detail, next_step = (
            self._wording.fill(each, language, relation=relation) for each in words[english]
        )
        return Notice(
            code, title, detail, next_step + self._contacts(clinic, english=english), record_id, name
        )

    def _contacts(self, clinic: str | None, *, english: bool) -> str:
        """R35: the clinic where it is known, and the hotline. Not by `format`: a clinic's name is the feed's text."""
        if english:
            return (f" Clinic of the archive: {clinic}." if clinic else "") + f" Hotline {self._hotline}."
        return (f"建档接种单位：{clinic}。" if clinic else "") + f"客服电话：{self._hotline}。"


def notices_of(settings: Settings) -> NoticeBoard:
    """The notices of a deployment."""
    return NoticeBoard(ClaimRules.of(settings), settings.hotline)
