"""A DynamoDB that stores nothing: it reads a request, answers as DynamoDB would, and keeps the connection. For `bench.nightly`.

    python -m bench.stubs.dynamodb [--relink 0.05] [--insert 0.03]

prints its port. Every conditional write holds, but for those shares of the archives, always the same ones: of `--relink` one stands there one
version before, with another guardian, so that kinship changes; of `--insert` none does. Every handle is there, unless every archive is new.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import zlib
from typing import Any

_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: STUB\r\nContent-Length: %d\r\n\r\n%s"
_REFUSED = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"


def _answer(status: bytes, body: bytes) -> bytes:
    return _HEAD % (status, len(body), body)


_SET = re.compile(r'SET "(\w+)"=')
_DONE = _answer(b"200 OK", b"{}")


class Stub(asyncio.Protocol):
    """One connection."""

    def __init__(self, relink: float, insert: float, requests: dict[str, int]) -> None:
        self._relink = relink
        self._missing = relink + insert
        self._requests = requests
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end].lower()
            at = head.find(b"content-length:") + 15
            size = int(head[at : head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else end])
            if len(self._held) < end + 4 + size:
                return
            body = self._held[end + 4 : end + 4 + size]
            self._held = self._held[end + 4 + size :]
            at = head.find(b"dynamodb_20120810.") + 18
            self._transport.write(self._reply(head[at : at + 10], body))

    def _reply(self, operation: bytes, body: bytes) -> bytes:
        name = operation.split(b"\r")[0].decode()
        self._requests[name] = self._requests.get(name, 0) + 1
        if name == "batchgetit":
            asked = json.loads(body)["RequestItems"].get("handles", {"Keys": ()})["Keys"]
            # Where nothing stands nobody has a handle either; otherwise everybody has.
            found = {"handles": [self._handle(key["pk"]["S"]) for key in asked] if self._missing < 1 else []}
            return _answer(b"200 OK", json.dumps({"Responses": found, "UnprocessedKeys": {}}).encode())
        if name in {"query", "executesta"}:
            return _answer(b"200 OK", b'{"Items": [], "Count": 0}')
        if name == "batchexecu":
            fates = [self._fate(_item_of(one)) for one in json.loads(body)["Statements"]]
            return _answer(b"200 OK", json.dumps({"Responses": fates}).encode())
        if (
            name == "putitem"
            and b"kin = :kin" in body
            and "Error" in (told := self._fate(json.loads(body)["Item"]))
        ):
            refused = {"__type": _REFUSED, "message": "The conditional request failed"}
            more = {"Item": told["Error"]["Item"]} if "Item" in told["Error"] else {}
            return _answer(b"400 Bad Request", json.dumps(refused | more).encode())
        return _DONE

    def _handle(self, key: str) -> dict[str, Any]:
        """What leads from a key to its handle."""
        return {"pk": {"S": key}, "handle": {"S": f"{key[0]}.{key[3:25]}"}}

    def _fate(self, item: dict[str, Any]) -> dict[str, Any]:
        """What becomes of a write that wants an older version there, of the same kin."""
        at = zlib.crc32(item["pk"]["S"].encode()) / (1 << 32)
        if at >= self._missing:
            return {"TableName": "archives"}
        refused: dict[str, Any] = {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
        }
        return {"Error": refused | ({"Item": _before(item)} if at < self._relink else {})}


def _item_of(given: dict[str, Any]) -> dict[str, Any]:
    names = [*_SET.findall(given["Statement"]), "pk"]
    return dict(zip(names, given["Parameters"], strict=False))


def _before(item: dict[str, Any]) -> dict[str, Any]:
    guardians = json.loads(item["guardians"]["S"])
    changed = [[relation, "v1:" + "x" * 43, fault] for relation, _, fault in guardians[-1:]]
    return item | {
        "version": {"N": str(int(item["version"]["N"]) - 1)},
        "kin": {"S": "0" * 32},
        "guardians": {"S": json.dumps(guardians[:-1] + changed)},
        "as_of": {"S": "2020-01-01"},
    }


async def _serve(relink: float, insert: float) -> None:
    requests: dict[str, int] = {}
    server = await asyncio.get_running_loop().create_server(
        lambda: Stub(relink, insert, requests), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    print(json.dumps(requests), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relink", type=float, default=0.0, help="share of archives whose kinship changes")
    parser.add_argument("--insert", type=float, default=0.0, help="share of archives that are new")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.relink, chosen.insert))
