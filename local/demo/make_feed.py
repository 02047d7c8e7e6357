"""Makes a feed of any size: realistic ages and doses, a share of corrections, streamed, the same bytes for the same arguments.

    python -m local make-feed --key-file feed.jwk --out .local/feeds/2026-08-01 --day 2026-08-01 --sequence 4 \
        --previous <sha256 of the manifest before> --rows 300000 --register 15000000 --corrections 0.9 --kin 0.05

The register is imagined: archive number i is always the same family, so that a correction of it fits what an earlier feed told (ages are
counted from the feed's day; identity numbers begin to repeat, and persons to have two archives, at three million archives).
Of the rows, `--corrections` are of archives below `--register` (a share `--kin` of them with another guardian), the rest are new
ones from there on. The version is the sequence number. Memory does not grow with the rows. Then `make feed DIR=…`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from local import jws
from local.demo.clinics import CLINICS, NANTONG_ADULT, WUXI_ADULT, Clinic
from local.demo.numbers import with_check_digit
from local.demo.schedule import INFLUENZA, Given, programme
from local.feed.form import Sex
from local.feed.writer import MANIFEST, SIGNATURE

ROWS_PER_PART = 20_000
_CHILD_CLINICS = tuple(clinic for clinic in CLINICS if clinic.code[8] == "0")
_ADULT_SHARE = 0.2
_OLDEST_CHILD_DAYS = 17 * 365
_NUMBERS = 999 // 2
_STEP = 7_368_787  # a prime: corrections are spread over the whole register, and none is told of twice


@dataclass(frozen=True, slots=True)
class Order:
    """What feed to make. `doses`: exactly so many in each archive, or as many as its age brings."""

    day: date
    sequence: int
    rows: int
    register: int
    corrections: float
    kin: float
    seed: int = 0
    doses: int | None = None


def rows(order: Order) -> Iterator[bytes]:
    """The lines of the feed, one archive each."""
    dice = random.Random(f"{order.seed}/{order.sequence}")
    corrected = min(round(order.rows * order.corrections), order.register)
    for number in range(order.rows):
        if number < corrected:
            index = (number * _STEP + order.sequence) % order.register
            yield _line(order, index, other_guardian=dice.random() < order.kin)
        else:
            yield _line(order, order.register + number - corrected, other_guardian=False)


def _line(order: Order, index: int, *, other_guardian: bool) -> bytes:
    dice = random.Random(order.seed * 1_000_003 + index)
    adult = dice.random() < _ADULT_SHARE
    sex: Sex = "female" if index % 2 else "male"
    span = 60 * 365 if adult else _OLDEST_CHILD_DAYS
    youngest = 18 * 366 if adult else 1
    age = index * _STEP % span
    born = order.day - timedelta(days=youngest + age)
    clinics = (NANTONG_ADULT, WUXI_ADULT) if adult else _CHILD_CLINICS
    clinic = clinics[age % len(clinics)]
    person = {
        "id_type": "resident",
        "id_no": _number(clinic, born, sex, index // span),
        "name": f"例{chr(0x4E00 + index % 5000)}{chr(0x4E00 + index // 5000 % 5000)}",
        "sex": sex,
        "birth_date": born.isoformat(),
        "phone": f"142{index % 10**8:08d}",
    }
    head = {
        "archive_no": f"{clinic.code}{index:08d}",
        "version": order.sequence,
        "op": "upsert",
        "recorded_at": f"{order.day}T{dice.randint(8, 17):02d}:{dice.randint(0, 59):02d}:00+08:00",
        "system": "adult" if adult else "child",
        "status": "in_care" if dice.random() < 0.97 else "transferred_out",
        "clinic": clinic.row,
        "person": person,
        "guardians": [] if adult else _guardians(clinic, born, index, other=other_guardian),
    }
    doses = _doses(born, sex, order.day, clinic, adult, order.doses)
    return jws.compact_json(head)[:-1] + b',"doses":' + doses + b"}\n"


def _number(clinic: Clinic, born: date, sex: Sex, index: int) -> str:
    place = 1 + 2 * (index % _NUMBERS) + (sex == "female")
    return with_check_digit(f"{clinic.city}{born:%Y%m%d}{place:03d}")


def _guardians(clinic: Clinic, born: date, index: int, *, other: bool) -> list[dict[str, Any]]:
    family = index // 4  # two children of a mother and a father
    given = [
        ("mother", "female", 27 + family % 9),
        ("other_guardian", "male", 61 + family % 9) if other else ("father", "male", 29 + family % 9),
    ]
    return [
        {
            "relation": relation,
            "id_no": _number(clinic, date(born.year - age, 1 + family % 12, 1 + family % 28), sex, family),  # type: ignore[arg-type]
            "name": f"例{chr(0x4E00 + family % 5000)}",
            "phone": f"142{family % 10**8:08d}",
        }
        for relation, sex, age in given
    ]


@lru_cache(maxsize=20_000)
def _doses(born: date, sex: Sex, day: date, clinic: Clinic, adult: bool, exactly: int | None) -> bytes:  # noqa: FBT001
    """An archive's doses as JSON. Children of one birthday and clinic go there together: that keeps a million rows affordable."""
    dice = random.Random(f"{born}{clinic.code}")
    given = [] if adult else programme(born, sex, day, dice)
    flu = max(born + timedelta(days=18 * 365 if adult else 200), day - timedelta(days=2000))
    flu = flu if flu < day else born
    wanted = (dice.randint(1, 4) if adult else len(given)) if exactly is None else exactly
    while len(given) < wanted:
        on = flu + (day - flu) * (len(given) + 1) // (wanted + 1)
        given.append(Given(INFLUENZA, min(99, len(given) + 1), on, "left_arm"))
    rows = [
        {
            "dose_id": f"{number:04d}{one.on:%Y%m%d}",
            "vaccine_code": one.vaccine.code,
            "vaccine_name": one.vaccine.name,
            "dose_no": one.dose_no,
            "date": one.on.isoformat(),
            "batch": f"{one.on:%Y%m}{dice.randint(1, 99):02d}",
            "site": one.site,
            "clinic_code": clinic.code,
            "origin": "local",
        }
        for number, one in enumerate(given[:wanted])
    ]
    return jws.compact_json(rows)


def write(
    order: Order, out: Path, key: dict[str, str], previous: str | None, per_part: int = ROWS_PER_PART
) -> str:
    """Write the feed into `out`, the manifest last; answers its digest."""
    out.mkdir(parents=True, exist_ok=True)
    lines = rows(order)
    parts = []
    for index in range(1, max(1, -(-order.rows // per_part)) + 1):
        count = min(per_part, order.rows - (index - 1) * per_part)
        parts.append(_part(out / f"archives-{index:05d}.ndjson.gz", lines, count))
    manifest = jws.compact_json(
        {
            "feed_id": f"made-{order.day:%Y%m%d}-{order.sequence:06d}",
            "business_date": order.day.isoformat(),
            "sequence": order.sequence,
            "previous_manifest_sha256": previous,
            "parts": parts,
            "rows": order.rows,
        }
    )
    header = {"alg": "ES256"} | ({"kid": key["kid"]} if "kid" in key else {})
    (out / SIGNATURE).write_text(jws.sign_detached(header, manifest, key))
    (out / MANIFEST).write_bytes(manifest)
    return hashlib.sha256(manifest).hexdigest()


def _part(path: Path, lines: Iterator[bytes], count: int) -> dict[str, Any]:
    # mtime 0 and no file name: the same rows give the same bytes and so the same manifest
    with path.open("wb") as file, gzip.GzipFile("", "wb", 4, file, mtime=0) as zipped:
        for _ in range(count):
            zipped.write(next(lines))
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return {"key": path.name, "rows": count, "sha256": digest}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local make-feed", description=__doc__)
    parser.add_argument("--key-file", type=Path, required=True, help="the province's private JWK")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--day", type=date.fromisoformat, required=True)
    parser.add_argument("--sequence", type=int, required=True)
    parser.add_argument("--previous", help="the SHA-256 of the manifest before; none for the first")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--register", type=int, default=0, help="archives that earlier feeds told of")
    parser.add_argument("--corrections", type=float, default=0.0)
    parser.add_argument("--kin", type=float, default=0.05)
    parser.add_argument("--doses", type=int)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    order = Order(
        chosen.day,
        chosen.sequence,
        chosen.rows,
        chosen.register,
        chosen.corrections,
        chosen.kin,
        chosen.seed,
        chosen.doses,
    )
    digest = write(order, chosen.out, json.loads(chosen.key_file.read_text()), chosen.previous)
    print(f"{chosen.out}: {chosen.rows} rows, manifest {digest}")
    return 0
