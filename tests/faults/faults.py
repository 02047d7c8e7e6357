"""What can go wrong with an AWS call, and clients that let it go wrong where a plan says so.

Faults are injected above botocore's own retries, so what the product sees is a call that has failed for good; the one kind
that botocore's retries make worse, an answer that is lost and asked for again, is a kind of its own.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from tests.faults.memory import client_error


class Crash(BaseException):
    """The process is gone: out of memory, timed out by Lambda, or its host with it."""


class Kind(StrEnum):
    """How a call fails."""

    THROTTLE = "throttle"
    SERVER_ERROR = "server_error"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"  # committed, and nobody was told
    LOST_ANSWER = "lost_answer"  # committed, botocore asks again and hands on the second answer
    CRASH_BEFORE = "crash_before"
    CRASH_AFTER = "crash_after"


class Part(StrEnum):
    """How a batch fails: some of its statements are carried out."""

    REFUSED = "part_refused"  # and the others are not, each for a reason of its own
    LOST = "part_lost"  # and nobody was told of it
    CRASH = "part_crash"


BATCH = "batch_execute_statement"
_REFUSALS = (
    "ThrottlingError",
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "InternalServerError",
    "RequestLimitExceeded",
    "DuplicateItem",
    "ValidationError",
)
READS = frozenset(
    {
        "get_item",
        "batch_get_item",
        "query",
        "execute_statement",
        "get_object",
        "head_object",
        "list_objects_v2",
    }
)
_THROTTLED = {"s3": "SlowDown", "dynamodb": "ProvisionedThroughputExceededException"}


@dataclass
class Plan:
    """Counts calls and says which of them fail, and how. The plan of no faults counts only.

    `at`: the one call, by number, that fails as `kind`. `every`: each distinct call fails once, the first time that it is made;
    without a `kind`, as a digest of the call says. A `Part` is the fault of batches alone; `batches` are their numbers among the calls.
    """

    kind: Kind | Part | None = None
    at: int | None = None
    every: bool = False
    calls: int = 0
    batches: list[int] = field(default_factory=list)
    injected: Counter[Kind | Part] = field(default_factory=Counter)
    before: Callable[[], None] | None = None
    _seen: set[bytes] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, operation: str, request: Any) -> Kind | Part | None:
        """The fault of this call."""
        if self.before is not None:
            self.before()
        with self._lock:
            self.calls += 1
            if operation == BATCH:
                self.batches.append(self.calls)
            elif isinstance(self.kind, Part):
                return None
            found = self._due(operation, request)
            if found is not None:
                self.injected[found] += 1
            return found

    def _due(self, operation: str, request: Any) -> Kind | Part | None:
        if self.at is not None:
            return self.kind if self.calls == self.at else None
        if not self.every:
            return None
        digest = hashlib.blake2b(f"{operation} {request!r}".encode(), digest_size=8).digest()
        if digest in self._seen:
            return None
        self._seen.add(digest)
        kinds = [*Kind, *Part] if operation == BATCH else [*Kind]
        return self.kind or kinds[digest[0] % len(kinds)]


class Client:
    """A client whose calls fail as planned."""

    def __init__(self, inner: Any, service: str, plan: Plan) -> None:
        self._inner = inner
        self._service = service
        self._plan = plan

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._inner, operation)
        return lambda **request: self._make(operation, call, request)

    def _make(self, operation: str, call: Callable[..., Any], request: dict[str, Any]) -> Any:
        kind = self._plan.fault(operation, request)
        match kind:
            case None:
                return call(**request)
            case Kind.THROTTLE:
                raise self._throttled(operation, request)
            case Kind.SERVER_ERROR:
                code = "InternalServerError" if self._service == "dynamodb" else "InternalError"
                raise client_error(operation, code, 500)
            case Kind.TIMEOUT_BEFORE:
                raise ConnectTimeoutError(endpoint_url=self._service)
            case Kind.CRASH_BEFORE:
                raise Crash
            case Kind.LOST_ANSWER:
                return self._again(operation, call, request)
            case Part():
                return self._in_part(kind, call, request.get("Statements", request))
        answer = self._outcome(call, request)
        if kind is Kind.CRASH_AFTER:
            raise Crash
        if operation == "get_object" and isinstance(answer, dict):
            return {**answer, "Body": _CutBody()}
        raise ReadTimeoutError(endpoint_url=self._service)

    def _in_part(self, kind: Part, call: Callable[..., Any], statements: list[Any]) -> Any:
        digests = [hashlib.blake2b(repr(one).encode(), digest_size=2).digest() for one in statements]
        taken = [one for one, digest in zip(statements, digests, strict=True) if digest[0] % 2]
        answers = iter(call(Statements=taken)["Responses"] if taken else ())
        if kind is Part.CRASH:
            raise Crash
        if kind is Part.LOST:
            raise ReadTimeoutError(endpoint_url=self._service)
        return {
            "Responses": [
                next(answers) if digest[0] % 2 else {"Error": {"Code": _REFUSALS[digest[1] % len(_REFUSALS)]}}
                for digest in digests
            ]
        }

    def _again(self, operation: str, call: Callable[..., Any], request: dict[str, Any]) -> Any:
        first = self._outcome(call, request)
        if operation in READS or isinstance(first, ClientError):
            return call(**request)
        if (
            operation == "transact_write_items"
        ):  # botocore sends the same ClientRequestToken: DynamoDB knows it again
            return first
        return call(**request)

    def _throttled(self, operation: str, request: dict[str, Any]) -> ClientError:
        if operation == "transact_write_items":
            reasons = [{"Code": "None"} for _ in request["TransactItems"]]
            reasons[-1] = {"Code": "ThrottlingError"}
            return client_error(operation, "TransactionCanceledException", CancellationReasons=reasons)
        return client_error(operation, _THROTTLED.get(self._service, "ThrottlingException"))

    @staticmethod
    def _outcome(call: Callable[..., Any], request: dict[str, Any]) -> Any:
        try:
            return call(**request)
        except ClientError as refused:
            return refused


class _CutBody:
    """An object whose bytes stop coming."""

    def read(self, amount: int | None = None) -> bytes:
        raise ReadTimeoutError(endpoint_url=f"s3 ({amount})")
