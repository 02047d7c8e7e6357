"""A DynamoDB that stores nothing: it reads a request, answers as DynamoDB would, and keeps the connection. For `bench.nightly`.

    python -m bench.stubs.dynamodb --mode replace|relink|insert [--share 0.05]

prints its port. `replace`: every conditional put holds. `insert`: the put that wants an archive there does not, the next one does.
`relink`: an archive stands there one version before, with another guardian, so that kinship changes; of a `--share` of the archives only,
always the same ones, where that is given.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import zlib
from typing import Any

_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: STUB\r\nContent-Length: %d\r\n\r\n%s"
_REFUSED = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"


def _answer(status: bytes, body: bytes) -> bytes:
    return _HEAD % (status, len(body), body)


_DONE = _answer(b"200 OK", b"{}")


class Stub(asyncio.Protocol):
    """One connection."""

    def __init__(self, mode: str, share: float, requests: dict[str, int]) -> None:
        self._mode = mode
        self._share = share
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
            return _answer(b"200 OK", json.dumps({"Responses": {}, "UnprocessedKeys": {}}).encode())
        if name == "putitem" and self._mode != "replace" and b"kin = :kin" in body and self._other(body):
            refused: dict[str, Any] = {"__type": _REFUSED, "message": "The conditional request failed"}
            if self._mode == "relink":
                refused["Item"] = _before(json.loads(body)["Item"])
            return _answer(b"400 Bad Request", json.dumps(refused).encode())
        return _DONE

    def _other(self, body: bytes) -> bool:
        """Whether what stands there is other than a plain replacement wants."""
        if self._share >= 1:
            return True
        at = body.index(b'"pk": {"S": "') + 13
        return zlib.crc32(body[at : body.index(b'"', at)]) < self._share * (1 << 32)


def _before(item: dict[str, Any]) -> dict[str, Any]:
    guardians = json.loads(item["guardians"]["S"])
    changed = [[relation, "v1:" + "x" * 43, fault] for relation, _, fault in guardians[-1:]]
    return item | {
        "version": {"N": str(int(item["version"]["N"]) - 1)},
        "kin": {"S": "0" * 32},
        "guardians": {"S": json.dumps(guardians[:-1] + changed)},
        "as_of": {"S": "2020-01-01"},
    }


async def _serve(mode: str, share: float) -> None:
    requests: dict[str, int] = {}
    server = await asyncio.get_running_loop().create_server(
        lambda: Stub(mode, share, requests), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    print(json.dumps(requests), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=("replace", "relink", "insert"), default="replace")
    parser.add_argument("--share", type=float, default=1.0, help="of the archives that are not as wanted")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.mode, chosen.share))
