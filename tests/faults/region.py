"""All of AWS that the product asks, in memory, and every function as Lambda runs it: built by its own `build`, ended by a crash.

Whatever a function draws at random is drawn from `Draws`, by the number of the execution, so that an execution can be told from another
by what it wrote, and one that is played again writes the same bytes.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore.exceptions import ReadTimeoutError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from local import jws
from tests.fakes import platform
from tests.fakes.clock import FakeClock
from tests.fakes.devices import AUDIENCE
from tests.fakes.documents import FakeTypesetter
from tests.fakes.papers import CHECK_URL
from tests.fakes.people import BLINDER
from tests.fakes.reminders import FakeEvents
from tests.faults.expressions import Item
from tests.faults.faults import BATCH, READS, Client, Crash, Kind, Part, Plan
from tests.faults.memory import MemoryS3, MemorySecrets
from tests.faults.papers import ENV as PAPER_ENV
from tests.faults.papers import ROOT, PaperKms, PaperTables
from tests.unit.corrections.samples import PROVINCE, Context
from vaxcert.aws import clients
from vaxcert.corrections.run.progress import ProgressStore
from vaxcert.corrections.steps.forecast import ForecastStore
from vaxcert.identity import handle_store
from vaxcert.keys import register, sealing

FUNCTIONS: Final = tuple(
    sorted(path.parent.name for path in (Path(__file__).parents[2] / "functions").glob("*/app.py"))
)
ENV: Final = PAPER_ENV | {
    "FEED_BUCKET": "feeds",
    "TRAIL_BUCKET": "trail",
    "TRAIL_KEY_ID": "root",
    "ROOT_KEY_ID": "root",
    "PEPPER_SECRET_ARN": "pepper",
    "PLATFORM_CLIENT_SECRET_ARN": "platform",
    "PLATFORM_ISSUER": platform.ISSUER,
    "PLATFORM_AUDIENCE": platform.AUDIENCE,
    "PLATFORM_JWKS_URL": "https://platform.example.cn/jwks.json",
    "PLATFORM_TOKEN_URL": "https://platform.example.cn/token",
    "DEVICE_AUDIENCE": AUDIENCE,
    "FEED_PUBLIC_JWK": jws.compact_json(jws.public_half(PROVINCE)).decode(),
    "CHECK_URL": CHECK_URL,
    "MAX_LOST_CERTIFICATES": "0",
    "MAX_LOST_CERTIFICATES_PERCENT": "0",
}
IN_PART: Final = frozenset({BATCH, "put_events", "batch_get_item"})
"""What AWS may carry out in part."""


class Draws:
    """Random bytes that are those of an execution."""

    def __init__(self) -> None:
        self._execution, self._drawn = 0, 0

    def begin(self, execution: int) -> None:
        """From now on the draws of this execution."""
        self._execution, self._drawn = execution, 0

    def __call__(self, count: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_128(b"%d %d" % (self._execution, self._drawn)).digest(count)


class RegionTables(PaperTables):
    """Tables that answer every function, late reads too."""

    def __init__(self) -> None:
        super().__init__()
        self._eventual = True

    def scan(self, *, TableName: str, Limit: int = 100, **request: Any) -> Item:
        return super().scan(TableName=TableName, Limit=Limit, **request | {"ConsistentRead": True})

    def query(self, **request: Any) -> Item:
        return super().query(**request | {"ConsistentRead": True})


class RegionS3(MemoryS3):
    """Two versioned buckets; the trail's is asked by prefix."""

    def list_objects_v2(self, *, Bucket: str, Prefix: str = "", **asked: Any) -> Item:
        if Bucket == "feeds":
            return super().list_objects_v2(Bucket=Bucket, **asked)
        after = asked.get("StartAfter", "")
        keys = sorted(key for key in self.versions if key.startswith(Prefix) and key > after)
        if "Delimiter" in asked:
            folders = dict.fromkeys(f"{Prefix}{key.removeprefix(Prefix).split('/')[0]}/" for key in keys)
            return {"CommonPrefixes": [{"Prefix": one} for one in folders]}
        return {"Contents": [{"Key": key} for key in keys]}


class RegionKms(PaperKms):
    """Signs the same bytes with the same signature."""

    def sign(self, *, Message: bytes, **_: Any) -> Item:
        return {"Signature": ROOT.sign(Message, ec.ECDSA(Prehashed(hashes.SHA256())))}


class InPart(Client):
    """A client whose batches can be carried out in part, whichever call they are."""

    def _in_part(self, kind: Part, call: Callable[..., Any], request: Any) -> Any:
        if isinstance(request, list):
            return super()._in_part(kind, call, request)
        if "Entries" in request:
            return self._events(kind, call, request["Entries"])
        return self._items(kind, call, request["RequestItems"])

    def _events(self, kind: Part, call: Callable[..., Any], entries: list[Any]) -> Any:
        half = len(entries) // 2
        taken = call(Entries=entries[:half])["Entries"] if half else []
        self._lost(kind)
        return {
            "FailedEntryCount": 1,
            "Entries": taken + [{"ErrorCode": "Throttling"}] * (len(entries) - half),
        }

    def _items(self, kind: Part, call: Callable[..., Any], wanted: Mapping[str, Any]) -> Any:
        self._lost(kind)
        first, *others = wanted
        answer = call(RequestItems={first: wanted[first]})
        left = answer["UnprocessedKeys"] | {table: wanted[table] for table in others}
        return answer | {"UnprocessedKeys": left}

    def _lost(self, kind: Part) -> None:
        if kind is Part.CRASH:
            raise Crash
        if kind is Part.LOST:
            raise ReadTimeoutError(endpoint_url=self._service)


@dataclass
class Faults(Plan):
    """Counts and notes calls; `due` says by their number which of them fail, and how."""

    due: Mapping[int, Kind | Part] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    """Operations, in order."""

    def fault(self, operation: str, request: Any) -> Kind | Part | None:
        with self._lock:
            self.made.append(operation)
            found = self.due.get(len(self.made))
            if found is not None:
                self.injected[found] += 1
            return found


def ways(operation: str) -> tuple[Kind | Part, ...]:
    """How a call can fail. An answer that is lost and asked for again by botocore is of calls that may be made twice."""
    kinds = tuple(one for one in Kind if one is not Kind.LOST_ANSWER or operation != "put_events")
    return (*kinds, *Part) if operation in IN_PART else kinds


def writes(operation: str) -> bool:
    """Whether a call changes anything."""
    return operation not in READS and operation not in _ASKS


_ASKS: Final = frozenset(
    {
        "scan",
        "decrypt",
        "encrypt",
        "sign",
        "get_public_key",
        "get_secret_value",
        "generate_data_key_without_plaintext",
    }
)


@dataclass(frozen=True)
class Photograph:
    """What stood everywhere."""

    tables: Mapping[str, Mapping[tuple[str, str], Item]]
    objects: Mapping[str, tuple[bytes, ...]]
    sent: tuple[Item, ...]
    now: datetime


class Region:
    """The services, and the functions over them."""

    def __init__(self) -> None:
        self.dynamodb, self.s3, self.events = RegionTables(), RegionS3(), FakeEvents()
        self.clock = FakeClock(datetime(2026, 7, 1, 2, 0, tzinfo=UTC))
        self.faults = Faults()
        self.draws = Draws()
        self._warm: dict[str, Callable[..., Any]] = {}

    def photograph(self) -> Photograph:
        """Everything as it stands; items are never changed in place."""
        return Photograph(
            {name: dict(items) for name, items in self.dynamodb.tables.items()},
            {key: tuple(bodies) for key, bodies in self.s3.versions.items()},
            tuple(self.events.entries),
            self.clock.now,
        )

    def restore(self, to: Photograph) -> None:
        """As it stood then, and no process lives."""
        self.dynamodb.tables = {name: dict(items) for name, items in to.tables.items()}
        self.s3.versions = {key: list(bodies) for key, bodies in to.objects.items()}
        self.events.entries = [*to.sent]
        self.clock.now = to.now
        self._warm.clear()

    def invoke(self, function: str, event: Item) -> Any:
        """One invocation. A crash, or an error, ends the process, as a handler that raises may in Lambda."""
        try:
            if function not in self._warm:
                app = importlib.import_module(f"functions.{function}.app")
                self._warm[function] = app.build.__wrapped__()
            return self._warm[function](event, Context())
        except BaseException:
            self._warm.pop(function, None)
            raise

    def client(self, service: str, *_: object) -> Any:
        """What `vaxcert.aws.clients` makes."""
        inner: dict[str, object] = {
            "dynamodb": self.dynamodb,
            "s3": self.s3,
            "kms": RegionKms(),
            "events": self.events,
            "secretsmanager": MemorySecrets("a pepper that is long enough for tests"),
        }
        return InPart(inner[service], service, self.faults)

    @contextmanager
    def lived_in(self) -> Iterator[None]:
        """The product runs here meanwhile: clients, clock, draws and environment are the region's, and nobody waits."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in ENV.items():
                patch.setenv(name, value)
            patch.setattr(clients, "made", self.client)
            patch.setattr("os.urandom", self.draws)
            patch.setattr(sealing.Sealer.__init__, "__defaults__", (self.draws,))
            patch.setattr(handle_store, "drawn", BLINDER.draw)
            for store in (ProgressStore, ForecastStore):
                patch.setattr(store.__init__, "__defaults__", (self.clock,))
            patch.setattr(ec.ECDSA.__init__, "__defaults__", (True,))  # the same signature of the same
            patch.setattr(ThreadPoolExecutor, "submit", at_once)
            # Nobody is asked over TLS: the authorities of the machine need not be read at each start.
            patch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: None)
            # One pair for every key: which execution made it is told by its id.
            made = {"generate_private_key": lambda curve: ec.derive_private_key(11, curve)}
            patch.setattr(register, "ec", SimpleNamespace(**vars(ec) | made))
            for function in FUNCTIONS:
                app = importlib.import_module(f"functions.{function}.app")
                patch.setattr(app, "system_clock", self.clock, raising=False)
            issue, opening = (
                sys.modules[f"functions.{one}.app"] for one in ("issue_document", "open_session")
            )
            patch.setattr(issue, "typesetter", FakeTypesetter)
            patch.setattr(opening, "fetcher", lambda _url: lambda: platform.jwks(p1=platform.ec_key()))
            for function in _waiting():
                patch.setitem(function.__kwdefaults__, "sleep", lambda _seconds: None)
            yield


def at_once(_pool: ThreadPoolExecutor, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
    """Work of a pool done at once, so that calls are made in one order."""
    future: Future[Any] = Future()
    try:
        future.set_result(call(*given, **named))
    except BaseException as error:  # noqa: BLE001 - as a pool's thread does
        future.set_exception(error)
    return future


@functools.cache
def _waiting() -> tuple[Any, ...]:
    """Everything of the product that can be told how to wait."""
    found = []
    for name, module in list(sys.modules.items()):
        if name.startswith("vaxcert."):
            owners = [module, *(one for one in vars(module).values() if inspect.isclass(one))]
            found += [
                one
                for owner in owners
                for one in vars(owner).values()
                if inspect.isfunction(one) and "sleep" in (one.__kwdefaults__ or {})
            ]
    return tuple(dict.fromkeys(found))
