"""Invariant 1, read from the raw items and not by the code under test: people, certificates, grants, and what points at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

type Item = dict[str, Any]

LIVE = frozenset({"active", "suspended"})
OCCUPYING = frozenset({"active", "name_mismatch"})


class Tables:
    """Raw reading of the certificates and grants of one set of tables."""

    def __init__(self, client: Any, tables: dict[str, str]) -> None:
        self._client = client
        self._tables = tables

    def certificate(self, certificate_id: str) -> Item:
        """A certificate's item, plain."""
        (found,) = [
            item for item in self._partition("CertificatesTable", f"C#{certificate_id}") if item["sk"] == "C"
        ]
        return found

    def live_of(self, record_id: str) -> str | None:
        """What the person's live pointer says."""
        found = self._partition("CertificatesTable", f"P#{record_id}")
        assert len(found) <= 1
        return found[0]["certificate_id"] if found else None

    def listed(self, holder: str) -> list[str]:
        """The holder's list."""
        return [item["certificate_id"] for item in self._partition("CertificatesTable", f"H#{holder}")]

    def active_grants(self, certificate_id: str) -> dict[str, str]:
        """Delegate → grant, of the grants that occupy a slot; asserts everything that must hold for them.

        At most ten, one per delegate, each pointed at from both sides and nothing else pointed at (R27, D7).
        """
        items = self._partition("GrantsTable", f"C#{certificate_id}")
        slots = [item for item in items if item["sk"].startswith("S#")]
        active = [item for item in slots if item["status"] in OCCUPYING]
        pointers = {item["sk"][2:]: item["grant_id"] for item in items if item["sk"].startswith("D#")}
        found = {item["delegate"]: item["grant_id"] for item in active}
        assert len(active) <= 10, "never eleven active grants"
        assert len(found) == len(active), "never two grants of one delegate"
        assert pointers == found, "every active grant is its delegate's one"
        for delegate, grant_id in found.items():
            lists = [
                item["grant_id"]
                for item in self._partition("GrantsTable", f"D#{delegate}")
                if item["sk"] == f"C#{certificate_id}"
            ]
            assert lists == [grant_id], "a delegate finds it in their list"
        assert {item["sk"] for item in slots} <= {f"S#{slot:02d}" for slot in range(1, 11)}
        return found

    def all_grants(self, certificate_id: str) -> list[str]:
        """Every grant there ever was, in slots and ended; each once."""
        items = self._partition("GrantsTable", f"C#{certificate_id}")
        found = [item["grant_id"] for item in items if item["sk"][:2] in {"S#", "X#"}]
        assert len(found) == len(set(found))
        return found

    def check_person(
        self, record_id: str, holders: Iterable[str], certificate_ids: Iterable[str]
    ) -> str | None:
        """At most one live certificate and one claimant (R20), which everything agrees on; answers its id."""
        found = [self.certificate(one) for one in set(certificate_ids)]
        assert all(item["record_id"] == record_id for item in found)
        live = [item for item in found if item["status"] in LIVE]
        assert len(live) <= 1, "never two claimants"
        pointer = self.live_of(record_id)
        assert pointer == (live[0]["certificate_id"] if live else None)
        for holder in holders:
            own = {
                item["certificate_id"]
                for item in found
                if item["holder"] == holder and item["status"] != "released"
            }
            assert set(self.listed(holder)) == own, "a holder's list is what they hold"
        return pointer

    def check_all(self) -> Counter[str]:
        """The same over both whole tables, whoever made what; answers how much there is of it."""
        items = list(self._scan("CertificatesTable"))
        certificates = {item["certificate_id"]: item for item in items if item["sk"] == "C"}
        live = Counter(item["record_id"] for item in certificates.values() if item["status"] in LIVE)
        assert not live or max(live.values()) == 1, "never two live certificates of one person"
        pointers = {item["pk"][2:]: item["certificate_id"] for item in items if item["sk"] == "LIVE"}
        assert pointers == {
            item["record_id"]: one for one, item in certificates.items() if item["status"] in LIVE
        }
        lines = Counter(item["pk"][2:] for item in items if item["sk"].startswith("T#"))
        assert lines == {one: int(item["version"]) for one, item in certificates.items()}, (
            "one line per version"
        )
        grants = list(self._scan("GrantsTable"))
        with_grants = {item["pk"][2:] for item in grants if item["pk"].startswith("C#")}
        assert with_grants <= certificates.keys()
        active = sum(len(self.active_grants(one)) for one in with_grants)
        assert active == sum(item["pk"].startswith("D#") for item in grants), "no list holds what is ended"
        kinds = Counter({"certificates": len(certificates), "live": len(pointers), "active_grants": active})
        kinds["grants"] = sum(item["sk"][:2] in {"S#", "X#"} for item in grants)
        return kinds

    def _partition(self, table: str, pk: str) -> list[Item]:
        return self._pages("query", table, pk)

    def _scan(self, table: str) -> list[Item]:
        return self._pages("scan", table)

    def _pages(self, call: str, table: str, pk: str | None = None) -> list[Item]:
        asked: dict[str, Any] = {"TableName": self._tables[table], "ConsistentRead": True}
        if pk is not None:
            asked |= {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}}}
        found: list[Item] = []
        while True:
            page = getattr(self._client, call)(**asked)
            found += [_plain(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _plain(item: Item) -> Item:
    return {name: next(iter(value.values())) for name, value in item.items()}
