"""A short fuzz of the code's decoder and of the authorizer with every run; `bench/fuzz.py` is the long, coverage-guided one.

Hypothesis mutates what it found interesting (`target`): how far into the reader an input came.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings, target
from hypothesis import strategies as st

from tests.counts import examples
from tests.hostile.targets import TARGETS, code_target, run_all, seeds, token_target

_DEPTH = {"malformed": 0.0, "unknown_key": 1.0, "bad_signature": 2.0, "refused": 0.0, "accepted": 3.0}
_DATA = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda way, edits: bytes([way]) + edits, st.integers(0, 3), st.binary(max_size=60)),
    st.sampled_from(seeds("codes") + seeds("tokens")),
)


@settings(max_examples=examples(2400))
@given(_DATA)
@example(b"\x01\x00\x02\x0f")
def test_no_bytes_make_the_decoder_stumble_or_accept_what_we_did_not_sign(data: bytes) -> None:
    target(_DEPTH[code_target(data)])


@settings(max_examples=examples(2400))
@given(_DATA)
def test_no_bytes_make_the_authorizer_stumble_or_let_in_whom_we_did_not_know(data: bytes) -> None:
    target(_DEPTH[token_target(data)])


@pytest.mark.parametrize("name", TARGETS)
def test_the_targets_do_reach_the_inside(name: str) -> None:
    """A fuzzer that never gets past the outer form proves nothing: from its seeds it is let in."""
    assert run_all(TARGETS[name], seeds(name))["accepted"] >= 2
