"""Entity tags: an answer that the client has already is not sent again (RFC 9110 §8.8.3, §13.1.2).

The tags are weak: the gateway may compress what goes out, and what is the same to a reader is the same. Whatever stands in
`If-None-Match`, nothing is decided by it but whether the body goes out.
"""

from __future__ import annotations

import hashlib

_LONGEST = 1024


def etag_of(body: str, *variants: str) -> str:
    """The tag of an answer; `variants` are what else it depends on (media type, language)."""
    digest = hashlib.sha256("\0".join(("vaxcert/etag", *variants, body)).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` value names this tag (weak comparison), or is `*`. Anything malformed names nothing."""
    if if_none_match is None or len(if_none_match) > _LONGEST:
        return False
    if if_none_match.strip() == "*":
        return True
    opaque = etag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") == opaque for part in if_none_match.split(","))
