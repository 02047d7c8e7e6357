"""The delegate's side of a grant (D7): what they may use, and what their visit tells about the name they were given.

Number and name must both match. The number is the key that finds the grant; the name is compared at each visit, and a
mismatch is written down, so that the claimant sees it and scans refuse the grant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from vaxcert.aws.clock import shanghai_date
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.grants.ports import LentGrants
from vaxcert.grants.store import grants_of
from vaxcert.identity.model import Citizen

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DelegateService:
    """Port `vaxcert.claims.ports.Delegations`, and the way in for records, codes and appointments."""

    def __init__(self, grants: LentGrants) -> None:
        self._grants = grants

    def visit(self, caller: Citizen, now: datetime) -> tuple[tuple[str, str], ...]:
        """Certificate ids with the caller's relation to the person, of the grants that hold today."""
        lent = (self._seen(grant, caller, now) for grant in self._grants.lent_to(caller.subject))
        return tuple((grant.certificate_id, grant.relation) for grant in lent if grant is not None)

    def holding(self, caller: Citizen, certificate_id: str, now: datetime) -> Grant | None:
        """The caller's grant of one certificate where it holds today. Whether the certificate stands is not asked here."""
        grant = self._grants.of_delegate(certificate_id, caller.subject)
        return None if grant is None else self._seen(grant, caller, now)

    def among(self, grants: Iterable[Grant], caller: Citizen, now: datetime) -> Grant | None:
        """As `holding`, among a certificate's grants that have been read already."""
        today = shanghai_date(now)
        own = (grant for grant in grants if grant.delegate == caller.subject and grant.occupies(today))
        found = next(own, None)
        return None if found is None else self._seen(found, caller, now)

    def _seen(self, grant: Grant, caller: Citizen, now: datetime) -> Grant | None:
        if not grant.occupies(shanghai_date(now)):
            return None
        found = grant.seen_as(caller.name_key)
        if found is not grant.status:
            # Lost to another visit or to a revocation: the next visit tells.
            self._grants.see(grant, found)
        return grant if found is GrantStatus.ACTIVE else None


def delegates_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> DelegateService:
    """Who acts for whom: GRANTS_TABLE."""
    return DelegateService(grants_of(env, dynamodb))
