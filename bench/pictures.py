"""How well the picture of a code is read: zxing-cpp and zbar at 2.5 pixels a module, under blur, tilt, noise and all of them.

`python -m bench.pictures [codes]` compares what is shipped, version 7 at level M, with version 7 at level L and with the smallest that holds
a code, version 6 at level L (ADR 0004); that one drawn as large as the others, as a phone's screen would. Seeded: the same table each time.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from vaxcert.codes.model import Code
from vaxcert.codes.picture import QUIET, modules
from vaxcert.codes.token import write
from vaxcert.keys.es256 import SigningKey

MODULE: Final = 2.5
_FINE: Final = 10  # pixels a module that a picture is drawn at before it is made small
_SIZE_7: Final = 45 + 2 * QUIET


@dataclass(frozen=True)
class Harm:
    """What is done to a picture: blur in modules, a turn and a tilt in degrees, noise as a share of full scale, a lit screen's haze.

    `spot` is a lamp's reflection: a white disc as wide as that share of the side, away from the three corners.
    """

    name: str
    blur: float = 0.0
    turn: float = 0.0
    tilt: float = 0.0
    noise: float = 0.0
    spot: float = 0.0


HARMS: Final = (
    Harm("none"),
    *(Harm(f"blur {blur} module", blur=blur) for blur in (0.2, 0.3, 0.4, 0.5)),
    Harm("turned 12°", turn=12),
    *(Harm(f"tilted {tilt}°", tilt=tilt) for tilt in (20, 30, 40)),
    *(Harm(f"noise {share:.0%}", noise=share) for share in (0.05, 0.10, 0.15, 0.20)),
    *(Harm(f"a spot of {share:.0%}", spot=share) for share in (0.18, 0.22, 0.26, 0.30)),
    Harm("blur 0.2, tilt 15°, noise 5%", blur=0.2, turn=5, tilt=15, noise=0.05),
    Harm("blur 0.3, tilt 20°, noise 8%", blur=0.3, turn=5, tilt=20, noise=0.08),
)


def at_level_l(version: int) -> Callable[[str], Any]:
    """Another candidate."""

    def drawn(text: str) -> Any:
        return segno.make(
            text, version=version, error="L", mode="alphanumeric", boost_error=False, micro=False
        ).matrix

    return drawn


def photographed(rows: Any, harm: Harm, module: float, dice: random.Random) -> Image.Image:
    """The picture as a scanner's sensor has it: drawn large, harmed, then sampled at `module` pixels a module."""
    size = len(rows) + 2 * QUIET
    picture = Image.new("L", (size, size), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                picture.putpixel((x + QUIET, y + QUIET), 0)
    edge = size * _FINE
    picture = picture.resize((edge, edge), Image.Resampling.NEAREST)
    if harm.spot:
        middle, radius = edge * dice.uniform(0.5, 0.6), edge * harm.spot / 2
        place = (middle - radius, middle - radius, middle + radius, middle + radius)
        ImageDraw.Draw(picture).ellipse(place, fill=255)
    if harm.tilt:
        picture = _tilted(picture, harm.tilt)
    picture = picture.rotate(
        harm.turn + dice.uniform(-1, 1), Image.Resampling.BICUBIC, expand=True, fillcolor=255
    )
    if harm.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(harm.blur * _FINE))
    # The sensor's grid lies anywhere on the symbol.
    picture = ImageChops.offset(picture, dice.randrange(_FINE), dice.randrange(_FINE))
    scale = module / _FINE
    picture = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BOX
    )
    return _noisy(picture, harm.noise, dice)


def _tilted(picture: Image.Image, degrees: float) -> Image.Image:
    """Seen from the side: the far edge is shorter, and all of it is lower."""
    edge = picture.width
    lean = degrees / 90
    inset, low = edge * lean * 0.35, edge * (1 - lean * lean * 0.9)
    margin = QUIET * _FINE
    canvas = Image.new("L", (edge + 2 * margin, edge + 2 * margin), 255)
    target = [(inset, 0.0), (edge - inset, 0.0), (float(edge), low), (0.0, low)]
    source = [(0.0, 0.0), (float(edge), 0.0), (float(edge), float(edge)), (0.0, float(edge))]
    warped = picture.transform(
        (edge, edge),
        Image.Transform.PERSPECTIVE,
        _perspective(target, source),
        Image.Resampling.BICUBIC,
        fillcolor=255,
    )
    canvas.paste(warped, (margin, margin))
    return canvas


def _perspective(target: list[tuple[float, float]], source: list[tuple[float, float]]) -> list[float]:
    """The eight coefficients that take `target` to `source`: eight equations, by elimination."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(8):
            if row != column:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [row[8] / row[index] for index, row in enumerate(rows)]


def _noisy(picture: Image.Image, share: float, dice: random.Random) -> Image.Image:
    """Grey noise as a cheap sensor's, after a lit screen's weak contrast (black at 15 %, white at 90 %)."""
    picture = picture.point([round(38 + value * 0.75) for value in range(256)])
    if share:
        told = bytes(
            max(0, min(255, round(value + dice.gauss(0, share * 255)))) for value in picture.tobytes()
        )
        picture = Image.frombytes("L", picture.size, told)
    return picture


def by_zxing(picture: Image.Image) -> set[str]:
    """What zxing-cpp reads."""
    return {found.text for found in zxingcpp.read_barcodes(picture)}


def by_zbar(picture: Image.Image) -> set[str]:
    """What zbar reads."""
    from pyzbar.pyzbar import ZBarSymbol, decode

    return {found.data.decode() for found in decode(picture, symbols=[ZBarSymbol.QRCODE])}


READERS: Final[dict[str, Callable[[Image.Image], set[str]]]] = {"zxing": by_zxing, "zbar": by_zbar}


def texts(count: int) -> list[str]:
    """Codes as they are shown, of the usual length and of the longest."""
    key, at = (
        SigningKey("cgx10", ec.derive_private_key(4711, ec.SECP256R1())),
        datetime(2026, 7, 1, tzinfo=UTC),
    )
    return [
        write(
            Code(
                "c" + "acegikmo"[number % 8] * 13,
                number % 11,
                number * 7919,
                number.to_bytes(5),
                at,
                at + timedelta(minutes=1),
            ),
            key,
        )
        for number in range(count)
    ]


def rates(count: int) -> list[tuple[str, dict[str, int]]]:
    """For each harm, how many of `count` codes each reader read of each symbol."""
    found = []
    shapes: dict[str, tuple[Callable[[str], Any], float]] = {
        "7-M": (modules, MODULE),
        "7-L": (at_level_l(7), MODULE),
        "6-L": (at_level_l(6), MODULE * _SIZE_7 / (_SIZE_7 - 4)),
    }
    for harm in HARMS:
        dice, read = random.Random(harm.name), dict[str, int]()
        for text in texts(count):
            for shape, (drawn, module) in shapes.items():
                picture = photographed(drawn(text), harm, module, dice)
                for name, reader in READERS.items():
                    place = f"{name} {shape}"
                    read[place] = read.get(place, 0) + (text in reader(picture))
        found.append((harm.name, read))
    return found


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    table = rates(count)
    places = list(table[0][1])
    print(f"{count} codes each, {MODULE} pixels a module (6-L: drawn as large as the others); read by")
    print(f"{'':32}" + "".join(f"{place:>16}" for place in places))
    for name, read in table:
        print(f"{name:32}" + "".join(f"{read[place]:>16}" for place in places))
    print(f"{'in all':32}" + "".join(f"{sum(read[place] for _, read in table):>16}" for place in places))


if __name__ == "__main__":
    main()
