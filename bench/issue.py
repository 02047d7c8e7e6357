"""Showing a code: its text and picture beside a token of PyJWT drawn by segno.

    python -m bench.issue [--runs 25]

Ours is `vaxcert.codes.token.write` and `vaxcert.codes.picture`; the rival is `jwt.encode` of the same claims with ES256 and
`segno.make(token).svg_inline()`. Both by turns in one process, forty codes a turn.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

import jwt
import segno

from bench import report
from bench.report import Bar, Cell, Result, Table, Target
from tests.fakes.signing import key_pair
from vaxcert.claims.ids import certificate_id_of
from vaxcert.codes.model import Code
from vaxcert.codes.picture import modules, svg
from vaxcert.codes.token import write

_TURN: Final = 40
_KEY: Final = key_pair("cgx10")
_CERTIFICATE: Final = certificate_id_of((7).to_bytes(8))
_NOW: Final = datetime(2026, 7, 1, 2, tzinfo=UTC)
_NUMBERS: Final = count(1)


def _ours() -> str:
    """A code of ours and its picture."""
    code = Code(_CERTIFICATE, 0, 0, next(_NUMBERS).to_bytes(5), _NOW, _NOW + timedelta(seconds=60))
    return svg(modules(write(code, _KEY)))


def _token() -> str:
    """The same claims as a JWT."""
    claims = {
        "sub": _CERTIFICATE,
        "slot": 0,
        "gver": 0,
        "jti": next(_NUMBERS).to_bytes(16).hex(),
        "iat": int(_NOW.timestamp()),
        "exp": int(_NOW.timestamp()) + 60,
    }
    return jwt.encode(claims, _KEY.private, "ES256", {"kid": _KEY.kid})


def _rival() -> str:
    """A JWT and segno's picture of it."""
    return str(segno.make(_token()).svg_inline())


def _rival_m() -> str:
    """The same at the level that ours has; segno chooses L where it is not told."""
    return str(segno.make(_token(), error="m", micro=False).svg_inline())


def _us(made: Callable[[], str]) -> float:
    began = time.process_time()
    for _ in range(_TURN):
        made()
    return 1e6 * (time.process_time() - began) / _TURN


def main() -> None:
    """Measure, and write the result."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=25)
    runs = asked.parse_args().runs
    what = {
        "ours": _ours,
        "PyJWT + segno": _rival,
        "PyJWT + segno at level M": _rival_m,
    }
    rounds = [{name: _us(made) for name, made in what.items()} for _ in range(runs + 1)][1:]
    rows: list[list[Cell]] = []
    bars, middles = [], {}
    for name in what:
        low, middle, high = statistics.quantiles([each[name] for each in rounds], n=4)
        middles[name] = middle
        rows.append(
            [
                name,
                round(middle),
                f"{low:.0f}–{high:.0f}",
                middle / statistics.median(e["PyJWT + segno"] for e in rounds),
            ]
        )
        bars.append(Bar(name, round(middle), round(low), round(high), name == "ours"))
    rows[0].append(
        f"{len(modules(write(Code(_CERTIFICATE, 0, 0, bytes(5), _NOW, _NOW + timedelta(seconds=60)), _KEY)))}"
    )
    rows[1].append(f"{len(list(segno.make(_token()).matrix))}")
    rows[2].append(f"{len(list(segno.make(_token(), error='m', micro=False).matrix))}")
    result = Result(
        "issue",
        50,
        "issue",
        "A code signed and drawn as SVG: ours with its fixed mask and its own path, beside a token of PyJWT with the same claims "
        "drawn by segno as its documentation has it.",
        [Table("", ["", "CPU µs", "quartiles", "× PyJWT + segno", "modules a side"], rows)],
        [
            Target(
                "CPU × PyJWT + segno.make(…).svg_inline()",
                0.25,
                middles["ours"] / middles["PyJWT + segno"],
                why="`segno.make` itself, which lays out 45 × 45 modules in Python, is nearly all of it; the mask is chosen already",
            )
        ],
        bars,
        "CPU µs",
        report.versions("segno", "pyjwt", "cryptography"),
    )
    report.show(result)
    report.write(result)


if __name__ == "__main__":
    main()
