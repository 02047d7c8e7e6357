"""What an auditor finds fails until somebody argues for it, and an argument that nothing needs fails too."""

from __future__ import annotations

from typing import Any

from tools.audit import ARGUED, unargued


def _told(*found: tuple[str, str]) -> list[dict[str, Any]]:
    failed = [{"check_id": check, "resource": resource} for check, resource in found]
    return [{"results": {"failed_checks": failed}}, {"results": {}}]


def test_what_nobody_argued_for_is_named_with_its_resource() -> None:
    everything = [(check, "AWS::S3::Bucket.One") for check in ARGUED]
    assert unargued(_told(*everything)) == ([], set())
    assert unargued(_told(*everything, ("CKV_AWS_999", "AWS::S3::Bucket.Two"))) == (
        ["CKV_AWS_999 AWS::S3::Bucket.Two"],
        set(),
    )


def test_an_argument_that_nothing_needs_is_named() -> None:
    first, *others = ARGUED
    assert unargued(_told(*((check, "x") for check in others))) == ([], {first})


def test_every_argument_says_why() -> None:
    assert all(len(why) > 40 for why in ARGUED.values())
