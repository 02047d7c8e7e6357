"""Several AWS calls at once, so that what does not depend on each other costs one round trip (invariant 3)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

_THREADS = 4


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")


def together[A, B](first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Both answers. The first runs here; where it raises, the other is still waited for, and its error is lost to it."""
    other = _pool().submit(second)
    try:
        answer = first()
    finally:
        other.exception()
    return answer, other.result()
