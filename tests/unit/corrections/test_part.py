"""A part as a stream of lines: right at every cut, bounded whatever it unzips to."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaxcert.corrections.part import BrokenPart, PartLines


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@given(
    lines=st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=30),
    size=st.integers(1, 200),
    members=st.integers(1, 3),
)
@settings(max_examples=150, deadline=None)
def test_lines_and_hash_do_not_depend_on_the_cuts(lines: list[bytes], size: int, members: int) -> None:
    text = b"".join(line + b"\n" for line in lines)
    step = max(1, -(-len(text) // members))
    content = b"".join(gzip.compress(piece) for piece in cut(text, step) or [b""])
    part = PartLines(cut(content, size), 100)
    assert list(part) == lines
    assert part.sha256 == hashlib.sha256(content).hexdigest()


def test_the_last_line_may_lack_its_end() -> None:
    assert list(PartLines([gzip.compress(b"a\nb")], 10)) == [b"a", b"b"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}\n",
        gzip.compress(b"a\n" * 1000, mtime=0)[:-3],
        gzip.compress(b"a\n", mtime=0) + b"junk",
        gzip.compress(b"a\n", mtime=0)[:5],
    ],
)
def test_what_is_no_whole_gzip_file_is_broken_and_its_hash_still_true(content: bytes) -> None:
    part = PartLines(cut(content, 3), 100)
    with pytest.raises(BrokenPart, match="gzip"):
        list(part)
    assert part.sha256 == hashlib.sha256(content).hexdigest()


def test_a_line_without_end_is_given_up_in_bounded_memory() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    part = PartLines(cut(bomb, 65536), 1 << 18)
    tracemalloc.start()
    try:
        with pytest.raises(BrokenPart, match="line_too_long"):
            list(part)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert part.sha256 == hashlib.sha256(bomb).hexdigest()


def test_a_bomb_of_short_lines_is_read_in_bounded_memory() -> None:
    bomb = gzip.compress(b"a\n" * 5_000_000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in PartLines([bomb], 1000)) == 5_000_000
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


def test_who_has_read_enough_leaves_the_rest_packed_and_still_learns_its_hash() -> None:
    bomb = gzip.compress(b"a\n" * 5_000_000)
    part = PartLines(cut(bomb, 1024), 1000)
    assert next(iter(part)) == b"a"
    part.drain()
    assert part.sha256 == hashlib.sha256(bomb).hexdigest()
