"""What MiniStack 1.5.33 works out anew with every request and need not: what a role's policies say, and what a pattern of an ARN means.

A function's request to AWS is judged as before, by the policies that stand at that moment. They are texts: the same text says the same.
"""

import re
from functools import lru_cache
from typing import Any


def apply() -> None:
    """Let policies and patterns be read once."""
    from ministack.core import iam_evaluator
    from ministack.services import apigateway_v1

    parse = iam_evaluator.parse_policy_document
    read_once = lru_cache(maxsize=1024)(parse)

    def parse_once(document: Any) -> Any:
        return read_once(document) if isinstance(document, str) else parse(document)

    iam_evaluator.parse_policy_document = parse_once
    apigateway_v1._arn_matches = arn_matches  # noqa: SLF001 - there is no public way


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN is one of those that a policy's pattern names by `*` and `?`."""
    return _meant(pattern).match(arn) is not None


@lru_cache(maxsize=4096)
def _meant(pattern: str) -> re.Pattern[str]:
    return re.compile("^" + re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") + "$")
