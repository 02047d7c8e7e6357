"""A file opens safely in a spreadsheet (OWASP, CSV injection)."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.spreadsheet import as_csv, harmless

HEAD = ("case_number", "单位", "text")
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠|%]|[\t\r\n]")


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://x","y")',
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "＝1+1",
        "\u3000=1",
        "|cmd",
        "%0A",
        "\tx",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["320601010120200001", "051300000000", "007", "202012E12", " 007 "])
def test_a_number_that_a_spreadsheet_would_shorten_gets_one_too(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["", "批号错了", "a=b", "1-2", "'=1", "2026-07-01", "周**", "13900000001", "0", "1E"]
)
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


cells = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cn")) | st.sampled_from("=+-@\t\r\n,\"' ")
)


@given(st.lists(st.tuples(*[cells] * len(HEAD)), max_size=4))
def test_whatever_is_written_comes_back_in_its_cell_and_starts_no_formula(
    rows: list[tuple[str, ...]],
) -> None:
    head, *read = rows_of(as_csv(HEAD, rows))
    assert tuple(head) == HEAD
    assert len(read) == len(rows)
    for written, found in zip(rows, read, strict=True):
        for cell, shown in zip(written, found, strict=True):
            assert shown in {cell, "'" + cell}
            assert not FORMULA.match(shown)


def test_quotes_and_line_breaks_open_no_new_cell() -> None:
    evil = 'x","=1+1"\r\n=2+2,"y'
    (_, row) = rows_of(as_csv(HEAD, [(evil,) * len(HEAD)]))
    assert row == [evil] * len(HEAD)
