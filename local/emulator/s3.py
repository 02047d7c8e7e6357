"""Two things that S3 does and MiniStack 1.5.33 does not: give a range of one version, and refuse what it cannot keep.

A feed's parts are streamed by ranges, so that a run reads the very version that it has checked. An object that found no room on the disk was
answered 200 and gone with the next restart: it is 500 here, and the client uploads it again.
"""

import threading
from collections.abc import Mapping
from typing import Any


def apply() -> None:
    """Let GetObject heed `Range` together with `versionId`, and let an upload fail that was not written."""
    from ministack.services import s3

    write, persist = s3._atomic_write, s3._persist_object  # noqa: SLF001 - there is no public way
    failed = threading.local()

    def noting_write(*args: Any, **kwargs: Any) -> None:
        try:
            write(*args, **kwargs)
        except OSError as error:
            failed.last = error
            raise

    def persist_or_fail(*args: Any, **kwargs: Any) -> None:
        failed.last = None
        persist(*args, **kwargs)  # logs what went wrong, and says nothing
        if failed.last is not None:
            raise failed.last

    s3._atomic_write, s3._persist_object = noting_write, persist_or_fail  # noqa: SLF001

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
