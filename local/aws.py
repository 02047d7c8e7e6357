"""Clients of a running local stack, made from what `endpoints.json` says and nothing else."""

import os
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

# Reading what a service offers is most of the work of making a client; it is read once.
_LOADER = create_loader()


def client(endpoints: Mapping[str, Any], service: str) -> Any:
    """A client of the emulator as its root caller. No profile or account of the developer's can get in the way."""
    session = botocore.session.Session()
    session.register_component("data_loader", _LOADER)
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return session.create_client(
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
