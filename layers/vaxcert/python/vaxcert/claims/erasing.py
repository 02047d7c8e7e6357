"""What becomes of a certificate that is over (D22): a released one keeps nothing sealed, and each goes after its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from vaxcert.aws.clock import epoch, shanghai_date
from vaxcert.aws.dynamodb import Cancelled, Item, N, Op, S, delete, get, scan_all, text, transact, update
from vaxcert.aws.sweeping import swept
from vaxcert.claims.items import (
    CertificateOps,
    certificate_key,
    from_item,
    line_keys,
    list_key,
    released_key,
)
from vaxcert.claims.model import CAME_OF_AGE, RELEASED, Actor, Certificate, Status
from vaxcert.idempotency.turn import until_done

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PAGE: Final = 1000


class HolderEraser:
    """Ends and empties what one person claimed, before its time (D22).

    A released certificate stands on no list, so that the table is gone through: a person's erasure is rare.
    """

    def __init__(self, client: DynamoDBClient, table: str, *, adult_age: int) -> None:
        self._client = client
        self._table = table
        self._adult_age = adult_age
        self._ops = CertificateOps(table)

    def claimed_by(self, subject: str) -> Iterator[Certificate]:
        """Whatever the subject ever claimed and is still kept, released and closed ones too."""
        found = scan_all(
            self._client,
            TableName=self._table,
            Segment=0,
            TotalSegments=1,
            Limit=_PAGE,
            ConsistentRead=True,
            FilterExpression="holder = :subject AND sk = :whole",
            ExpressionAttributeValues={":subject": S(subject), ":whole": S("C")},
        )
        return map(from_item, found)

    def released(self, certificate: Certificate, now: datetime) -> Certificate:
        """The certificate once it is over: released if it was not, closed if age alone has ended it (D6). Raises `Unavailable` where
        others keep changing it."""

        def once() -> Certificate | None:
            item = get(self._client, self._table, certificate_key(certificate.certificate_id))
            standing = certificate if item is None else from_item(item)
            if standing.standing.final:
                return standing
            of_age = standing.standing_on(shanghai_date(now), self._adult_age) == CAME_OF_AGE
            after = standing.moved_to(CAME_OF_AGE if of_age else RELEASED, now)
            try:
                transact(self._client, self._ops.changed(standing, after, Actor.OPERATOR))
            except Cancelled:
                return None
            return after

        return until_done(once)

    def emptied(self, certificate: Certificate) -> bool:
        """Take the sealed name out of one that is over, and it off its holder's lists; False where that was done before.

        What is left is dates, relation, consent and blinded keys, for its access log belongs to it; when it goes is said by the daily
        erasing, as for every other.
        """
        ended = update(
            self._table,
            certificate_key(certificate.certificate_id),
            "SET #status = :status REMOVE #name",
            "#status = :status",
            {"#status": "status", "#name": "name"},
            {":status": S(certificate.standing.status)},
        )
        lists = [delete(self._table, key) for key in (list_key(certificate), released_key(certificate))]
        try:
            transact(self._client, [ended, *lists])
        except Cancelled:
            return False  # it is gone
        return certificate.name is not None


class CertificateEraser:
    """Goes through all certificates, and closes those that age alone has ended (D6): no feed need tell of their archives again.

    `kept`: how long one is kept after its end, for its access log belongs to it (D11).

    `then` is what hangs on one that is over, its grants and documents: each is given the certificate's id and end. Nobody else writes it
    there, for they end with it by themselves.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        kept: timedelta,
        then: Iterable[Callable[[str, datetime], int]] = (),
        *,
        adult_age: int,
    ) -> None:
        self._client = client
        self._table = table
        self._kept = kept
        self._then = tuple(then)
        self._adult_age = adult_age
        self._changes = CertificateOps(table)

    def sweep(self, now: datetime) -> int:
        """Close what came of age, take the sealed name out of released certificates, and say when released and closed ones go, and with
        them what happened to them; how many items were changed.

        A closed one stays on its holder's list as long as it is there, for the list tells the reason.
        """
        return swept(self._client, self._table, lambda item: self._ops(item, now))

    def _ops(self, item: Item, now: datetime) -> list[Op]:
        if text(item, "sk") != "C":
            return []
        certificate = self._aged(from_item(item), now)
        released = certificate.standing.status is Status.RELEASED
        if not certificate.standing.final or "ttl" in item:
            return []
        # The mark is last, so that a run that is broken off comes back to it.
        for hangs_on_it in self._then:
            hangs_on_it(certificate.certificate_id, certificate.changed_at)
        ttl = {":ttl": N(epoch(certificate.changed_at + self._kept))}
        lines = (
            update(self._table, key, "SET #ttl = :ttl", "attribute_exists(pk)", {"#ttl": "ttl"}, ttl)
            for key in line_keys(certificate)
        )
        over = update(
            self._table,
            {"pk": item["pk"], "sk": item["sk"]},
            "SET #ttl = :ttl REMOVE #name" if released else "SET #ttl = :ttl",
            "#version = :version",
            {"#ttl": "ttl", "#version": "version"} | ({"#name": "name"} if released else {}),
            {**ttl, ":version": N(certificate.version)},
        )
        listed = update(
            self._table,
            released_key(certificate) if released else list_key(certificate),
            "SET #ttl = :ttl",
            "certificate_id = :own",
            {"#ttl": "ttl"},
            {**ttl, ":own": S(certificate.certificate_id)},
        )
        return [*lines, listed, over]

    def _aged(self, certificate: Certificate, now: datetime) -> Certificate:
        """The certificate, closed if age alone has ended it; as it was read where it has changed since: the next run sees it."""
        today = shanghai_date(now)
        if certificate.standing.final or certificate.standing_on(today, self._adult_age) != CAME_OF_AGE:
            return certificate
        closed = certificate.moved_to(CAME_OF_AGE, now)
        try:
            transact(self._client, self._changes.changed(certificate, closed, Actor.NIGHT))
        except Cancelled:
            return certificate
        return closed


def certificate_eraser_of(
    env: Mapping[str, str],
    dynamodb: DynamoDBClient,
    kept: timedelta,
    then: Iterable[Callable[[str, datetime], int]],
    adult_age: int,
) -> CertificateEraser:
    """The eraser of a deployment: CERTIFICATES_TABLE."""
    return CertificateEraser(dynamodb, env["CERTIFICATES_TABLE"], kept, then, adult_age=adult_age)


def holder_eraser_of(env: Mapping[str, str], dynamodb: DynamoDBClient, adult_age: int) -> HolderEraser:
    """The eraser of what one person claimed: CERTIFICATES_TABLE."""
    return HolderEraser(dynamodb, env["CERTIFICATES_TABLE"], adult_age=adult_age)
