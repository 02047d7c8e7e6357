"""boto3's clients, one per service and process, for functions that must answer fast.

Parameters are not validated on each call: stores build them by hand and tests prove them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from boto3.session import Session
from botocore.config import Config
from botocore.handlers import add_retry_headers
from botocore.session import get_session

from vaxcert.aws.bodies import Answers, write_bodies

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient


_ATTEMPTS: Final = 3


@cache
def _session() -> Session:
    core = get_session()
    core.register_component("response_parser_factory", Answers())
    return Session(botocore_session=core)


@overload
def client(
    service: Literal["dynamodb"], *, connections: int = ..., read_timeout: float = ...
) -> DynamoDBClient: ...
@overload
def client(service: Literal["kms"], *, connections: int = ..., read_timeout: float = ...) -> KMSClient: ...
@overload
def client(service: Literal["s3"], *, connections: int = ..., read_timeout: float = ...) -> S3Client: ...
@overload
def client(
    service: Literal["secretsmanager"], *, connections: int = ..., read_timeout: float = ...
) -> SecretsManagerClient: ...
@overload
def client(
    service: Literal["events"], *, connections: int = ..., read_timeout: float = ..., attempts: int = ...
) -> Any: ...
def client(
    service: Any, *, connections: int = 10, read_timeout: float = 5.0, attempts: int = _ATTEMPTS
) -> Any:
    """A client of `service`, shared by the process.

    Three attempts in all (a committed write whose answer was lost may come again: every write here can be repeated) unless
    told otherwise, connecting within one second, reading within `read_timeout` seconds, at most `connections` kept alive.
    """
    return made(service, connections, read_timeout, attempts)


@cache
def made(service: str, connections: int, read_timeout: float, attempts: int) -> Any:
    """What `client` shares, made once."""
    config = Config(
        parameter_validation=False,
        # botocore would put its own together anew for every call, twice, which is a tenth of what a call costs.
        user_agent="vaxcert",
        tcp_keepalive=True,
        connect_timeout=1,
        read_timeout=read_timeout,
        max_pool_connections=connections,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    client = _session().client(service, config=config)
    # Two headers that tell AWS of our attempts. Nobody acts on them, and each is put together, signed and sent with every call.
    client.meta.events.unregister("request-created", add_retry_headers)
    if service == "dynamodb":
        write_bodies(client)
    return client
