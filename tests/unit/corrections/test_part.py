"""A part as a stream of lines: right at every cut, bounded whatever it unzips to."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import examples
from vaxcert.corrections.feed import part as module
from vaxcert.corrections.feed.part import BrokenPart, PartLines


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


blanks = st.sampled_from([b"", b"\r", b" ", b"\t\r"])


@given(
    lines=st.lists(blanks | st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=30),
    tail=st.integers(0, 3) | st.integers(95, 105),
    marked=st.booleans(),
    padding=st.integers(0, 300),
    size=st.integers(1, 200),
    members=st.integers(1, 3),
)
@settings(max_examples=examples(150))
def test_lines_and_hash_do_not_depend_on_the_cuts_d15(
    lines: list[bytes], tail: int, marked: bool, padding: int, size: int, members: int
) -> None:
    text = codecs.BOM_UTF8 * marked + b"".join(line + b"\n" for line in [*lines, *[b" \r"] * tail])
    step = max(1, -(-len(text) // members))
    content = bytes(padding).join(gzip.compress(piece) for piece in cut(text, step) or [b""])
    content += bytes(padding)
    part = PartLines(cut(content, size), 100)
    assert [line.strip() for line in part] == [line.strip() for line in rows_of(text)]
    assert part.sha256 == hashlib.sha256(content).hexdigest()


def rows_of(text: bytes) -> list[bytes]:
    """The rows by the rule's own words: no mark before the first, up to a hundred blank lines after the last."""
    lines = text.removeprefix(codecs.BOM_UTF8).split(b"\n")[:-1]
    last = max((number for number, line in enumerate(lines, start=1) if line.strip()), default=0)
    return lines[:last] if len(lines) - last <= 100 else lines


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (b"a\r\nb\r\n", [b"a\r", b"b\r"]),
        (b"a\nb\n\n", [b"a", b"b"]),
        (b"a\r\nb\r\n\r\n", [b"a\r", b"b\r"]),
        (b"a\n\nb\n", [b"a", b"", b"b"]),
        (b"a\nb\n  ", [b"a", b"b"]),
        (codecs.BOM_UTF8 + b"a\n", [b"a"]),
        (codecs.BOM_UTF8, []),
        (b"a\n" + codecs.BOM_UTF8 + b"b\n", [b"a", codecs.BOM_UTF8 + b"b"]),
        (b"\n", []),
        (b"a" + b"\n" * 300, [b"a", *[b""] * 299]),
        (b"a" + b"\n" * 900 + b"b\n", [b"a", *[b""] * 899, b"b"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_d15_a_mark_crlf_and_blank_last_lines_are_taken(text: bytes, rows: list[bytes], size: int) -> None:
    assert list(PartLines(cut(gzip.compress(text), size), 100)) == rows


@pytest.mark.parametrize("junk", [b"\0\0x", b"\0" * 600 + b"\x1f\x8bjunk"])
def test_d15_zeros_after_a_member_are_padding_and_junk_after_them_is_not(junk: bytes) -> None:
    member = gzip.compress(b"a\n")
    for size in (1, 5, 10_000):
        assert list(PartLines(cut(member + bytes(1000) + member + bytes(5), size), 10)) == [b"a", b"a"]
        with pytest.raises(BrokenPart, match="gzip"):
            list(PartLines(cut(member + junk, size), 10))
    with pytest.raises(BrokenPart, match="gzip"):
        list(PartLines([bytes(5) + member], 10))


def test_lines_are_given_while_the_rest_is_still_to_come() -> None:
    """What reads a part holds a piece of it, not the whole."""
    members = [gzip.compress(line) for line in (b"first\n", b"second\n", b"third\n")]
    pieces = iter(members)
    lines = iter(PartLines(pieces, 100))
    assert next(lines) == b"first"
    assert next(pieces) == members[1]
    assert list(lines) == [b"third"]


def test_the_last_line_may_lack_its_end() -> None:
    assert list(PartLines([gzip.compress(b"a\nb")], 10)) == [b"a", b"b"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}\n",
        zlib.compress(b"a\n"),
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


@pytest.mark.parametrize("text", [b"a\n" + b"x" * 101, b"x" * 101 + b"\na\n", b"x" * 101])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_line_may_be_so_long_and_no_longer_whether_it_ends_or_not(text: bytes, size: int) -> None:
    content = gzip.compress(text)
    pieces = cut(content, size)
    assert b"x" * 101 in list(PartLines(pieces, 101))
    part = PartLines(pieces, 100)
    with pytest.raises(BrokenPart, match="line_too_long"):
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


@pytest.mark.parametrize("size", [3, 5, 7])
def test_invariant_6_a_part_that_is_damaged_anywhere_is_broken_and_ends_with_no_other_error(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the damage shows only after the piece that it lies in was taken: a feed is refused then, and no night fails."""
    monkeypatch.setattr(module, "_STEP", 1)
    whole = gzip.compress(b"aab\naabb\nab\n" * 5, mtime=0)
    broken = 0
    for place in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        part = PartLines(cut(bytes(damaged), size), 1000)
        try:
            list(part)
        except BrokenPart:
            broken += 1
        assert part.sha256 == hashlib.sha256(damaged).hexdigest()
    assert broken > 4 * len(whole)
