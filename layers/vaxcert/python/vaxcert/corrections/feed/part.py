"""One part of a feed as a stream of lines: unzipped as it comes, in memory that the part's size does not change."""

from __future__ import annotations

import hashlib
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from itertools import islice, repeat

from vaxcert.errors import VaxcertError

_GZIP = 16 + zlib.MAX_WBITS
_STEP = 1 << 18
_MOST_BLANK = 100


class BrokenPart(VaxcertError):
    """The part cannot be read to its end: `gzip`, or `line_too_long`."""

    code = "gzip"


class PartLines:
    """The lines of a gzipped object given in pieces; `sha256` is of the object's own bytes, once all lines were taken.

    A byte order mark at the start, blank lines at the end (100 at most) and zeros after a gzip member are let pass (D15); a blank
    line before another is a line as any other. At most one piece, its next 256 KB unzipped and one line are held, whatever a hostile stream unzips to. Who has read enough
    takes no more lines and calls `drain`.
    """

    def __init__(self, pieces: Iterable[bytes], longest_line: int) -> None:
        self._source = iter(pieces)
        self._longest = longest_line
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Hex digest of the pieces taken so far."""
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        # Blank lines at the end of what was read so far: rows, and bad ones, only if another line follows or they are too many.
        blank = given = 0
        for lines in self._lines():
            end = len(lines)
            while end and (not lines[end - 1] or lines[end - 1].isspace()):
                end -= 1
            if end:
                yield from repeat(b"", blank - given)
                yield from islice(lines, end)
                blank = given = 0
            blank += len(lines) - end
            if blank > _MOST_BLANK:
                yield from repeat(b"", blank - given)
                given = blank

    def _lines(self) -> Iterator[list[bytes]]:
        rest = b""
        for block in self._unmarked(self._unzipped()):
            *lines, rest = (rest + block).split(b"\n")
            if len(rest) > self._longest or any(len(line) > self._longest for line in lines):
                self.drain()
                raise BrokenPart("line_too_long")
            yield lines
        if rest:
            yield [rest]

    @staticmethod
    def _unmarked(blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Without a byte order mark at the start."""
        begin = b""
        for block in blocks:
            begin += block
            if len(begin) >= len(BOM_UTF8):
                break
        yield begin.removeprefix(BOM_UTF8)
        yield from blocks

    def _unzipped(self) -> Iterator[bytes]:
        unzip = zlib.decompressobj(_GZIP)
        try:
            for piece in self._taken():
                data = piece
                while data:
                    if unzip.eof:
                        # Zeros are padding to a block's size, as tapes and some copiers leave it.
                        data = data.lstrip(b"\0")
                        if not data:
                            break
                        # A gzip file may have several members (RFC 1952 §2.2).
                        unzip = zlib.decompressobj(_GZIP)
                    block = unzip.decompress(data, _STEP)
                    data = unzip.unconsumed_tail or unzip.unused_data
                    if block:
                        yield block
                while block := unzip.decompress(b"", _STEP):
                    yield block
        except zlib.error:
            self.drain()
        if not unzip.eof:  # what failed is not at its end either
            raise BrokenPart("gzip")

    def _taken(self) -> Iterator[bytes]:
        for piece in self._source:
            self._hash.update(piece)
            yield piece

    def drain(self) -> None:
        """Take the rest unread, so that `sha256` is of the whole object: a wrong hash is the truer reason."""
        for piece in self._source:
            self._hash.update(piece)
