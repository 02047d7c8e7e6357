"""AWS as a scan sees it, over TLS: DynamoDB, KMS and a secret in memory, with a clinic's device and a certificate for each scan.

    python -m bench.stubs.clinic FOLDER

writes `cert.pem`, `env.json` (what the functions and the rivals are configured with) and `port` into the folder and serves until
its standard input ends. `GET /next` makes a certificate with a code of its own and answers the events that scan it; `GET /calls`
answers what was called since it was asked last.
"""

from __future__ import annotations

import base64
import collections
import ipaddress
import json
import ssl
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Final

import jwt
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.fakes.devices import an_enrolment, token_of
from tests.fakes.events import event
from tests.fakes.people import an_archive, dose
from tests.fakes.signing import key_pair
from tests.fakes.waiting_room import WaitingRoom, another
from tests.faults.memory import TABLES, MemoryDynamoDB, MemoryKms, MemorySecrets
from tests.tables import template
from vaxcert.archives.store import to_item as archive_to_item
from vaxcert.aws.dynamodb import B, N, S, put, single, transact
from vaxcert.claims.items import CertificateOps
from vaxcert.codes.model import Code
from vaxcert.codes.token import write
from vaxcert.devices.store import to_item as device_to_item
from vaxcert.identity.tokens import mint_device
from vaxcert.keys.store import public_jwk

LIFE: Final = timedelta(hours=1)
"""How long codes live here: a process under valgrind needs longer than 60 seconds to start."""
_CODE_KEY, _DEVICE_KEY = "cgx10", "d1"
_VACCINES: Final = 22


class Town:
    """The tables, filled; and one more certificate for each scan."""

    def __init__(self) -> None:
        self.dynamodb = MemoryDynamoDB(page=100, eventual=True)
        self._client: Any = self.dynamodb
        doses = tuple(
            dose(date(2020, 6, 1) + timedelta(days=30 * n), dose_id=f"D{n:02d}") for n in range(_VACCINES)
        )
        self._child = an_archive(born=date(2020, 5, 1), doses=doses)
        room = WaitingRoom(self._child)
        self._certificate = room.home.certificates.stored[room.certificate_id]
        self._enrolment = an_enrolment("reg-1")
        self._numbers = count(1)
        self._fill()

    def _fill(self) -> None:
        single(self._client, put(TABLES["ArchivesTable"], archive_to_item(self._child)))
        single(self._client, put(TABLES["DevicesTable"], device_to_item(self._enrolment)))
        for purpose, kid in (("code", _CODE_KEY), ("device", _DEVICE_KEY), ("session", "s1")):
            jwk = public_jwk(key_pair(kid).private.public_key(), kid)
            item = {"public_jwk": S(json.dumps(jwk)), "wrapped": B(b"-")}
            self._key(purpose, kid, item)
        self._key("data", "testkey0", {"wrapped": B(b"testkey0" + bytes(range(32)))})

    def _key(self, purpose: str, kid: str, item: dict[str, Any]) -> None:
        whole = {"pk": S(purpose), "sk": S(kid), "not_before": N(1_700_000_000), **item}
        single(self._client, put(TABLES["KeysTable"], whole))

    def next(self) -> dict[str, Any]:
        """Events for one more certificate: `ours`, `rivals`, `authorizer`, and `junk` for both."""
        number, now = next(self._numbers), datetime.now(UTC).replace(microsecond=0)
        certificate = replace(another(self._certificate, number), record_id=f"r{number:026d}")
        transact(self._client, CertificateOps(TABLES["CertificatesTable"]).made(certificate, None))
        code = Code(certificate.certificate_id, 0, 0, number.to_bytes(5), now, now + LIFE)
        device = replace(token_of(self._enrolment, now), expires_at=now + LIFE)
        bearer = f"Bearer {mint_device(device, 'j', key_pair(_DEVICE_KEY), now)}"
        plain = {
            "sub": certificate.certificate_id,
            "jti": number.to_bytes(16).hex(),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
        }
        shown = jwt.encode(plain, key_pair(_CODE_KEY).private, "ES256", {"kid": _CODE_KEY})
        return {
            "ours": _scan(write(code, key_pair(_CODE_KEY)), number, bearer, now),
            "rivals": _scan(shown, number, bearer, now),
            "junk": _scan("6901234567892", number, bearer, now),
            "authorizer": _authorizing(bearer),
        }


def _scan(code: str, number: int, bearer: str, now: datetime) -> dict[str, Any]:
    made = event(
        "verify_scan", "scan_ticket", body={"code": code, "station": "ticket"}, key=f"bench-{number:08d}"
    )
    made["headers"]["Authorization"] = bearer
    made["multiValueHeaders"]["Authorization"] = [bearer]
    made["requestContext"]["authorizer"]["exp"] = str(int((now + LIFE).timestamp()))
    return made


def _authorizing(bearer: str) -> dict[str, Any]:
    made = event("authorize_request", "device")
    made["headers"]["Authorization"] = bearer
    made["multiValueHeaders"]["Authorization"] = [bearer]
    # Chalice takes authorizers of the kind that gets the token alone.
    return made | {"authorizationToken": bearer}


def environment() -> dict[str, dict[str, str]]:
    """The environment of each function as the template gives it: tables of the stub, defaults of parameters, "x" for the rest.

    Under "rivals" the tables that they use, and the public keys of tokens and codes.
    """
    whole = template()
    parameters = {name: str(one.get("Default", "x")) for name, one in whole["Parameters"].items()}

    def value(given: Any) -> str:
        ref = given.get("Ref") if isinstance(given, dict) else None
        if ref is None:
            return "x" if isinstance(given, dict) else str(given)
        return TABLES.get(ref) or parameters.get(ref, "x")

    shared = whole["Globals"]["Function"]["Environment"]["Variables"]
    found = {}
    for resource in whole["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            own = properties.get("Environment", {}).get("Variables", {})
            name = properties["Handler"].split(".")[0]
            found[name] = {key: value(given) for key, given in (shared | own).items()}
            found[name] |= {
                "AWS_LAMBDA_FUNCTION_NAME": name,
                "CODE_TTL_SECONDS": str(int(LIFE.total_seconds())),
            }
    # What is looked at when a function starts.
    found["open_session"] |= {
        "PLATFORM_JWKS_URL": "https://platform.example/jwks",
        "PLATFORM_TOKEN_URL": "https://platform.example/token",
    }
    province = key_pair("f1").private.public_key()
    found["open_feed"] |= {
        "FEED_PUBLIC_JWK": json.dumps(public_jwk(province, "f1")),
        "NEXT_FEED_PUBLIC_JWK": "",
    }
    found["rivals"] = {
        **{
            f"{name.upper()}_TABLE": TABLES[f"{name}Table"]
            for name in ("Certificates", "Devices", "Codes", "Visits")
        },
        "DEVICE_KEY": _pem(_DEVICE_KEY),
        "CODE_KEY": _pem(_CODE_KEY),
        "AWS_LAMBDA_FUNCTION_NAME": "rival",
        "POWERTOOLS_SERVICE_NAME": "rival",
        "POWERTOOLS_METRICS_NAMESPACE": "bench",
    }
    return found


def _pem(kid: str) -> str:
    return (
        key_pair(kid)
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _certificate(folder: Path) -> None:
    """A self-signed certificate for this machine: `cert.pem`, and its key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _unpacked(value: Any) -> Any:
    """The wire's base64 as bytes, where an attribute is binary."""
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get("B"), str):
            return {"B": base64.b64decode(value["B"])}
        return {name: _unpacked(inner) for name, inner in value.items()}
    return [_unpacked(inner) for inner in value] if isinstance(value, list) else value


def _packed(value: bytes | datetime) -> str | float:
    """Bytes and times as they travel: base64, seconds."""
    return value.timestamp() if isinstance(value, datetime) else base64.b64encode(value).decode()


class Service:
    """Answers requests by what they ask for."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._kms = MemoryKms()
        self._secrets = MemorySecrets("p" * 64)
        self._lock = threading.Lock()
        self._calls: collections.Counter[str] = collections.Counter()

    def told(self, path: str) -> Any:
        """What the bench itself asks for."""
        with self._lock:
            if path == "/next":
                return self._town.next()
            told, self._calls = dict(self._calls), collections.Counter()
            return told

    def reply(self, target: str, body: bytes) -> tuple[int, Any]:
        """Status and answer of a call to AWS."""
        service, operation = target.split(".", 1)
        asked = json.loads(body)
        with self._lock:
            self._calls[operation] += 1
        if service == "TrentService":
            blob = base64.b64decode(asked["CiphertextBlob"])
            return 200, self._kms.decrypt(**asked | {"CiphertextBlob": blob})
        if service == "secretsmanager":
            return 200, self._secrets.get_secret_value(SecretId=asked["SecretId"])
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]
        asked.pop("ClientRequestToken", None)
        try:
            return 200, getattr(self._town.dynamodb, name)(**_unpacked(asked))
        except ClientError as error:
            found = error.response
            more = {key: found[key] for key in ("CancellationReasons", "Item") if key in found}
            return 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{found['Error']['Code']}", **more}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self._send(200, service.told(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(*service.reply(self.headers["X-Amz-Target"], body))

        def _send(self, status: int, answer: Any) -> None:
            body = json.dumps(answer, default=_packed).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("x-amzn-RequestId", "STUB")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: Any) -> None: ...

    return Handler


def main(folder: Path) -> None:
    """Serve until standard input ends."""
    _certificate(folder)
    (folder / "env.json").write_text(json.dumps(environment()), "utf-8")
    server = _Server(("127.0.0.1", 0), _handler(Service(Town())))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    # The handshake belongs to the connection's own thread.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (folder / "port").write_text(str(server.server_address[1]), "ascii")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
