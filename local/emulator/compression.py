"""Compressed answers: API Gateway sends them to those who accept gzip (MinimumCompressionSize), MiniStack 1.5.33 keeps the setting only.

What pages weigh on a slow phone is measured here too.
"""

import gzip
from collections.abc import Mapping
from typing import Any


def apply() -> None:
    """Let the answers of functions behind a REST API be compressed as its setting says."""
    from ministack.services import apigateway_v1

    invoke = apigateway_v1._invoke_lambda_proxy_v1  # noqa: SLF001 - there is no public way

    async def compressing_invoke(integration: Any, api_id: str, *args: Any, **kwargs: Any) -> Any:
        status, answer, body = await invoke(integration, api_id, *args, **kwargs)
        api = apigateway_v1._rest_apis.get(api_id) or {}  # noqa: SLF001
        # stage name, stage, resource, path, method, headers
        return status, *compressed(answer, body, args[5], api.get("minimumCompressionSize"))

    apigateway_v1._invoke_lambda_proxy_v1 = compressing_invoke  # noqa: SLF001


def compressed(
    answer: Mapping[str, Any], body: bytes, asked: Mapping[str, Any], minimum: int | str | None
) -> tuple[dict[str, Any], bytes]:
    """Headers and body as API Gateway sends them.

    :param asked: the request's headers, lower-case
    :param minimum: bytes from which on it compresses; None for never
    """
    accepted = {
        part.split(";")[0].strip().lower() for part in str(asked.get("accept-encoding", "")).split(",")
    }
    named = {name.lower() for name in answer}
    if minimum is None or len(body) < int(minimum) or "gzip" not in accepted or "content-encoding" in named:
        return dict(answer), body
    left = {name: value for name, value in answer.items() if name.lower() != "content-length"}
    return {**left, "Content-Encoding": "gzip"}, gzip.compress(body, mtime=0)
