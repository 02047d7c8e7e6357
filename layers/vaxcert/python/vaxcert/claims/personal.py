"""The masked name that a certificate keeps: what a former holder still reads of the person, as of the day the right was lost (D16)."""

from __future__ import annotations

from typing import Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.archives.personal import Closer, Opener, name_of
from vaxcert.claims.model import Certificate
from vaxcert.identity.model import mask_name

_TABLE: Final = "certificates"
_NAME: Final = "name"


class Sealing(Opener, Closer, Protocol):
    """Both halves of a sealer."""


def sealed_name(sealer: Sealing, certificate_id: str, chief: Archive) -> bytes:
    """The masked name of the person whom `chief` speaks for, sealed for one certificate."""
    masked = mask_name(name_of(sealer, chief))
    return sealer.seal(masked, table=_TABLE, key=certificate_id, attribute=_NAME)


def kept_name(opener: Opener, certificate: Certificate) -> str:
    """The masked name as of the last night on which the archive named the holder; empty where the certificate kept none."""
    if certificate.name is None:
        return ""
    return opener.open(certificate.name, table=_TABLE, key=certificate.certificate_id, attribute=_NAME)
