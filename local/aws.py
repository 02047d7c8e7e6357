"""Clients of a running local stack, made from what `endpoints.json` says and nothing else."""

import os
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

# A session makes one client at a time.
_making = threading.Lock()


def client(endpoints: Mapping[str, Any], service: str) -> Any:
    """A client of the emulator as its root caller. No profile or account of the developer's can get in the way."""
    with _making:
        return _session().create_client(
            service,
            region_name=endpoints["region"],
            endpoint_url=endpoints["aws_endpoint_url"],
            aws_access_key_id=endpoints["aws_access_key_id"],
            aws_secret_access_key=endpoints["aws_secret_access_key"],
            config=Config(
                read_timeout=300,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                inject_host_prefix=False,
                proxies={},
            ),
        )


@cache
def _session() -> botocore.session.Session:
    """Reading what a service offers, and how botocore is set up, is most of the work of making a client; it is done once."""
    session = botocore.session.Session()
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return session
