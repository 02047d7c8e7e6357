"""DynamoDB, S3, KMS and Secrets Manager in memory, behind the very calls that botocore's clients offer.

Faithful where the nightly sync could notice: conditions and ALL_OLD, atomic transactions that refuse two operations on one item,
short pages, strongly consistent reads, versions and ranges. `test_memory.py` holds it against the emulator. What it does not know raises.
"""

from __future__ import annotations

import hashlib
import io
import threading
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from tests.faults.expressions import Item, holds, updated
from tests.partiql import carried_out, selected
from tests.tables import table_definitions
from vaxcert.aws.clock import EVER

_PAGE = 3
_DELETED = b"\0deleted"
_DEFINITIONS = table_definitions()
TABLES = {name: f"m-{name}" for name in _DEFINITIONS}


def client_error(operation: str, code: str, status: int = 400, **more: Any) -> ClientError:
    """What botocore raises for an error answer."""
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, operation)


class MemoryDynamoDB:
    """The low-level client of a few tables. Several threads may use it.

    Only where it is `eventual` it takes reads that may be late; it answers them as it answers the others.
    """

    def __init__(self, page: int = _PAGE, *, eventual: bool = False) -> None:
        self._page = page
        self._eventual = eventual
        self._lock = threading.RLock()
        self._sorted = {TABLES[name]: len(one["KeySchema"]) > 1 for name, one in _DEFINITIONS.items()}
        self.tables: dict[str, dict[tuple[str, str], Item]] = {name: {} for name in TABLES.values()}

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> Item:
        assert ConsistentRead or self._eventual, "the night reads what it wrote"
        with self._lock:
            item = self.tables[TableName].get(self._key(TableName, Key))
            return {} if item is None else {"Item": dict(item)}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Item:
        found: dict[str, list[Item]] = {}
        left: dict[str, Any] = {}
        with self._lock:
            for table, wanted in RequestItems.items():
                places = [self._key(table, key) for key in wanted["Keys"]]
                if len(set(places)) != len(places) or len(places) > 100:
                    raise client_error("BatchGetItem", "ValidationException")
                # Handles are asked for with every row: whoever had to ask again would spend the test on pauses.
                most = len(places) if table == TABLES["HandlesTable"] else self._page
                taken, rest = wanted["Keys"][:most], wanted["Keys"][most:]
                items = [self.tables[table].get(self._key(table, key)) for key in taken]
                found[table] = [dict(item) for item in items if item is not None]
                if rest:
                    left[table] = {**wanted, "Keys": rest}
        return {"Responses": found, "UnprocessedKeys": left}

    def scan(self, *, TableName: str, Segment: int, TotalSegments: int, Limit: int, **request: Any) -> Item:
        assert request.get("ConsistentRead"), "the night reads what it wrote"
        start = request.get("ExclusiveStartKey")
        with self._lock:
            rows = sorted(
                (place, item)
                for place, item in self.tables[TableName].items()
                if zlib.crc32(place[0].encode()) % TotalSegments == Segment
                and (start is None or place > self._key(TableName, start))
            )
        page = rows[: min(Limit, self._page)]
        wanted = request.get("FilterExpression")
        answer: Item = {
            "Items": [dict(item) for _, item in page if wanted is None or holds(wanted, item, request)]
        }
        if len(rows) > len(page):
            names = ("pk", "sk") if self._sorted[TableName] else ("pk",)
            answer["LastEvaluatedKey"] = {name: page[-1][1][name] for name in names}
        return answer

    def query(self, *, TableName: str, KeyConditionExpression: str, **request: Any) -> Item:
        late = self._eventual or TableName == TABLES["KeysTable"]
        assert request.get("ConsistentRead") or late, "the night reads what it wrote"
        with self._lock:
            rows = sorted(
                (place, item)
                for place, item in self.partition(TableName, KeyConditionExpression, request)
                if holds(KeyConditionExpression, item, request)
            )
        start = request.get("ExclusiveStartKey")
        if start is not None:
            rows = [row for row in rows if row[0] > self._key(TableName, start)]
        wanted = request.get("FilterExpression")
        found = [dict(item) for _, item in rows[: self._page] if holds(wanted, item, request)]
        page: Item = {"Count": len(found)} if request.get("Select") == "COUNT" else {"Items": found}
        if len(rows) >= self._page:
            last = rows[self._page - 1][0]
            page["LastEvaluatedKey"] = {"pk": {"S": last[0]}, "sk": {"S": last[1]}}
        return page

    def partition(
        self, table: str, condition: str, request: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[str, str], Item]]:
        """The items among which a key condition looks: all that it asks of one partition begins with its name."""
        assert condition.startswith("pk = :pk")
        wanted = request["ExpressionAttributeValues"][":pk"]["S"]
        return ((place, item) for place, item in self.tables[table].items() if place[0] == wanted)

    def put_item(self, **request: Any) -> Item:
        return self._single("PutItem", "Put", request)

    def update_item(self, **request: Any) -> Item:
        return self._single("UpdateItem", "Update", request)

    def delete_item(self, **request: Any) -> Item:
        return self._single("DeleteItem", "Delete", request)

    def batch_execute_statement(self, *, Statements: list[Item]) -> Item:
        """Not atomic: others may write between two of its statements."""
        return {"Responses": carried_out(Statements, lambda request: self.update_item(**request))}

    def execute_statement(self, **request: Any) -> Item:
        return selected(request, lambda asked: self.query(**asked), self._page)

    def transact_write_items(self, *, TransactItems: list[Any]) -> Item:
        ops = [(kind, request) for op in TransactItems for kind, request in op.items()]
        places = [(request["TableName"], self._place(kind, request)) for kind, request in ops]
        if len(set(places)) != len(places) or not 0 < len(places) <= 100:
            raise client_error("TransactWriteItems", "ValidationException")
        with self._lock:
            reasons = [self._reason(kind, request) for kind, request in ops]
            if any(reason["Code"] != "None" for reason in reasons):
                raise client_error(
                    "TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons
                )
            for kind, request in ops:
                self._carry_out(kind, request)
        return {}

    def _single(self, operation: str, kind: str, request: Item) -> Item:
        with self._lock:
            reason = self._reason(kind, request)
            if reason["Code"] != "None":
                item = {"Item": reason["Item"]} if "Item" in reason else {}
                raise client_error(operation, "ConditionalCheckFailedException", **item)
            self._carry_out(kind, request)
            if request.get("ReturnValues") == "UPDATED_NEW":
                return {"Attributes": dict(self.tables[request["TableName"]][self._place(kind, request)])}
        return {}

    def _reason(self, kind: str, request: Item) -> Item:
        stands = self.tables[request["TableName"]].get(self._place(kind, request))
        if holds(request.get("ConditionExpression"), stands, request):
            return {"Code": "None"}
        shown = stands is not None and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Code": "ConditionalCheckFailed"} | ({"Item": dict(stands)} if shown and stands else {})

    def _carry_out(self, kind: str, request: Item) -> None:
        table, place = self.tables[request["TableName"]], self._place(kind, request)
        if kind == "Put":
            table[place] = dict(request["Item"])
        elif kind == "Update":
            table[place] = updated(
                request["UpdateExpression"], table.get(place) or dict(request["Key"]), request
            )
        elif kind == "Delete":
            table.pop(place, None)

    def _place(self, kind: str, request: Item) -> tuple[str, str]:
        return self._key(
            request["TableName"], request["Item" if kind == "Put" else "Key"], whole=kind == "Put"
        )

    def _key(self, table: str, key: Item, *, whole: bool = False) -> tuple[str, str]:
        names = {"pk", "sk"} if self._sorted[table] else {"pk"}
        if (names - key.keys()) or (not whole and key.keys() - names):
            raise client_error("Key", "ValidationException")
        place = key["pk"]["S"], key["sk"]["S"] if "sk" in names else ""
        if not all(key[name]["S"] for name in names):
            raise client_error("Key", "ValidationException")
        return place


class MemoryS3:
    """One versioned bucket."""

    def __init__(self) -> None:
        self.versions: dict[str, list[bytes]] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: Any) -> Item:
        assert Bucket
        self.versions.setdefault(Key, []).append(Body)
        return {"VersionId": self._id(Key, len(self.versions[Key]))}

    def delete_object(self, *, Bucket: str, Key: str) -> Item:
        return self.put_object(Bucket=Bucket, Key=Key, Body=_DELETED)

    def head_object(self, *, Bucket: str, Key: str) -> Item:
        assert Bucket
        if self._latest(Key) is None:
            raise client_error("HeadObject", "404", 404)
        return {"VersionId": self._id(Key, len(self.versions[Key]))}

    def get_object(
        self,
        *,
        Bucket: str,
        Key: str,
        VersionId: str | None = None,
        Range: str | None = None,
    ) -> Item:
        assert Bucket
        if VersionId is None:
            found = self._latest(Key)
            if found is None:
                raise client_error("GetObject", "NoSuchKey", 404)
            VersionId = self._id(Key, len(self.versions[Key]))  # noqa: N806
        else:
            found = self.versions[Key][int(VersionId.partition("-")[0]) - 1]
        if Range is None:
            return {"Body": io.BytesIO(found), "VersionId": VersionId}
        first, last = (int(end) for end in Range.removeprefix("bytes=").split("-"))
        if first >= len(found):
            raise client_error("GetObject", "InvalidRange", 416)
        piece = found[first : last + 1]
        said = f"bytes {first}-{first + len(piece) - 1}/{len(found)}"
        return {"Body": io.BytesIO(piece), "VersionId": VersionId, "ContentRange": said}

    def list_objects_v2(
        self,
        *,
        Bucket: str,
        Delimiter: str,
        StartAfter: str = "",
        ContinuationToken: str | None = None,
    ) -> Item:
        assert Bucket
        assert Delimiter == "/"
        keys = sorted(key for key in self.versions if self._latest(key) is not None and key > StartAfter)
        prefixes = list(dict.fromkeys(key.split("/", 1)[0] + "/" for key in keys if "/" in key))
        at = int(ContinuationToken or 0)
        page: Item = {"CommonPrefixes": [{"Prefix": one} for one in prefixes[at : at + _PAGE]]}
        if at + _PAGE < len(prefixes):
            page |= {"IsTruncated": True, "NextContinuationToken": str(at + _PAGE)}
        return page

    def _latest(self, key: str) -> bytes | None:
        kept = self.versions.get(key)
        return None if not kept or kept[-1] is _DELETED else kept[-1]

    def _id(self, key: str, number: int) -> str:
        return f"{number}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


class MemoryKms:
    """Unwraps what it wrapped: the wrapped key is the key, its context beside it."""

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: Mapping[str, str]) -> Item:
        assert KeyId
        kid = EncryptionContext["kid"].encode()
        assert CiphertextBlob.startswith(kid)
        return {"Plaintext": CiphertextBlob[len(kid) :]}


class MemorySecrets:
    """One secret, and when it was put."""

    def __init__(self, text: str, since: datetime = EVER) -> None:
        self._told: Item = {"SecretString": text, "CreatedDate": since}

    def put(self, text: str, since: datetime) -> None:
        """Another version of it."""
        self._told = {"SecretString": text, "CreatedDate": since}

    def get_secret_value(self, *, SecretId: str) -> Item:
        assert SecretId
        return dict(self._told)
