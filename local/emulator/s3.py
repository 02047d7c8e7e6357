"""A range of one version of an object: S3 gives it, MiniStack 1.5.33 gives the whole version instead.

A feed's parts are streamed this way, so that a run reads the very version that it has checked.
"""

from collections.abc import Mapping
from typing import Any


def apply() -> None:
    """Let GetObject heed `Range` together with `versionId`."""
    from ministack.services import s3

    get_object = s3._get_object  # noqa: SLF001 - there is no public way

    def ranged_get_object(
        bucket: str, key: str, headers: Mapping[str, Any], query_params: Mapping[str, Any] | None = None
    ) -> Any:
        status, answer, body = get_object(bucket, key, headers, query_params)
        wanted = headers.get("range")
        if status != 200 or not wanted or "versionId" not in (query_params or {}):
            return status, answer, body
        # The unversioned path has already cut its own; this one answered 200 with everything.
        found = s3._parse_range(wanted, len(body))  # noqa: SLF001
        if found is None:
            problem = s3._xml_body(s3._range_error_xml(bucket, key))  # noqa: SLF001
            return 416, {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}, problem
        start, end = found
        piece = body[start : end + 1]
        partial = {
            name: value for name, value in answer.items() if not name.lower().startswith("x-amz-checksum")
        }
        partial["Content-Length"] = str(len(piece))
        partial["Content-Range"] = f"bytes {start}-{end}/{len(body)}"
        return 206, partial, piece

    s3._get_object = ranged_get_object  # noqa: SLF001
