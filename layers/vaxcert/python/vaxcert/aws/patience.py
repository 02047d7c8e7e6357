"""Waiting while a table is throttled, for those whom nobody waits for: the night."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

from botocore.exceptions import ClientError

from vaxcert.errors import Unavailable

# A first load asks a new table for many times what it takes, for hours. With 8 attempts one row in sixty would be given up, and with it
# nearly every stretch of rows; with 40 none is (`python -m bench.nightly_costs` simulates it).
PATIENCE: Final = 40
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 5.0
_BUSY: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
    }
)


def patiently[T](
    call: Callable[[], T],
    *,
    sleep: Callable[[float], None] = time.sleep,
    rng: Callable[[], float] = random.random,
) -> T:
    """Call again with full jitter while the table is throttled: every thread that waits is one request less. Raises Unavailable."""
    why = Unavailable()
    for attempt in range(PATIENCE):
        if attempt:
            sleep(rng() * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)))
        try:
            return call()
        except Unavailable as busy:
            why = busy
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _BUSY:
                raise
    raise why
