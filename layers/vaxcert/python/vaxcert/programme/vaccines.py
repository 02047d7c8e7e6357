"""The vaccines of the childhood programme and their names: national code(s), Chinese, English, CVX (D12).

It is the one list of vaccine codes: what is due, the doses shown and what a station reports all use `LISTED`, and
`GET /v1/vaccines` gives it out.

| source | |
|---|---|
| `PROGRAMME` | 国家免疫规划疫苗儿童免疫程序及说明（2026年版）; CVX as the reference beside it names them |
| `CLINICS` | codes seen in clinic software, for vaccines outside the programme: others, combined ones and those of earlier editions |

A gap in a column means that no public source was found: it stays empty rather than being invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROGRAMME: Final = "programme_2026"
CLINICS: Final = "clinic_software"


@dataclass(frozen=True, slots=True)
class Vaccine:
    """One vaccine; `key` is its usual abbreviation, `codes` are all national codes known for it (by maker and substrate), `cvx` the CDC's code."""

    key: str
    codes: tuple[str, ...]
    chinese: str
    english: str
    cvx: str | None
    source: str

    @property
    def listed_codes(self) -> tuple[str, ...]:
        """The codes that the list has for it: its national ones, or its abbreviation where none is known."""
        return self.codes or (self.key,)

    @property
    def code(self) -> str:
        """The code to show where a dose names the vaccine and none of its codes: the first of them."""
        return self.listed_codes[0]


_RABIES: Final = ("2801", "2802", "2803", "2804", "2805", "4301", "4401", "4402")
_INFLUENZA: Final = ("2101", "2102", "2103", "2104", "2105", "2106")

# fmt: off
VACCINES: Final = (
    Vaccine("HepB", ("0201", "0202", "0203"), "乙肝疫苗", "Hepatitis B vaccine", "08", PROGRAMME),
    Vaccine("BCG", (), "卡介苗", "BCG vaccine", "19", PROGRAMME),
    Vaccine("IPV", ("0303",), "脊灰灭活疫苗", "Inactivated poliovirus vaccine (IPV)", "10", PROGRAMME),
    Vaccine("bOPV", (), "脊灰减毒活疫苗", "Bivalent oral poliovirus vaccine (bOPV)", "178", PROGRAMME),
    Vaccine("DTaP", ("0401",), "百白破疫苗", "Diphtheria, tetanus and acellular pertussis vaccine (DTaP)", "20", PROGRAMME),
    Vaccine("DT", ("0601",), "白破疫苗", "Diphtheria and tetanus vaccine (DT)", "28", PROGRAMME),
    Vaccine("MMR", ("1201",), "麻腮风疫苗", "Measles, mumps and rubella vaccine (MMR)", "03", PROGRAMME),
    Vaccine("JE-L", ("1801",), "乙脑减毒活疫苗", "Japanese encephalitis vaccine, live (JE-L)", None, PROGRAMME),
    Vaccine("JE-I", ("1802", "1803"), "乙脑灭活疫苗", "Japanese encephalitis vaccine, inactivated (JE-I)", None, PROGRAMME),
    Vaccine("MPSV-A", (), "A群流脑多糖疫苗", "Meningococcal polysaccharide vaccine, group A (MPSV-A)", "191", PROGRAMME),
    Vaccine("MPSV-AC", ("1701",), "A群C群流脑多糖疫苗", "Meningococcal polysaccharide vaccine, groups A and C (MPSV-AC)", "192", PROGRAMME),
    Vaccine("HepA-L", ("1901", "1902"), "甲肝减毒活疫苗", "Hepatitis A vaccine, live (HepA-L)", None, PROGRAMME),
    Vaccine("HepA-I", ("1903",), "甲肝灭活疫苗", "Hepatitis A vaccine, inactivated (HepA-I)", None, PROGRAMME),
    Vaccine("2vHPV", (), "双价人乳头瘤病毒疫苗", "Human papillomavirus vaccine, bivalent (2vHPV)", None, PROGRAMME),
    Vaccine("Rabies", _RABIES, "人用狂犬病疫苗", "Rabies vaccine", "18", PROGRAMME),
    Vaccine("Influenza", _INFLUENZA, "流感疫苗", "Influenza vaccine", None, CLINICS),
    Vaccine("Varicella", ("2201",), "水痘疫苗", "Varicella vaccine", None, CLINICS),
    Vaccine("Hib", ("2301",), "Hib疫苗", "Haemophilus influenzae type b vaccine (Hib)", None, CLINICS),
    Vaccine("Rotavirus", ("2401",), "轮状病毒疫苗", "Rotavirus vaccine", None, CLINICS),
    Vaccine("PPSV23", ("2501",), "23价肺炎多糖疫苗", "Pneumococcal polysaccharide vaccine, 23-valent (PPSV23)", None, CLINICS),
    Vaccine("EV71", ("5401", "5402"), "EV71疫苗", "Enterovirus 71 vaccine (EV71)", None, CLINICS),
    Vaccine("DTaP-IPV/Hib", ("5001",), "百白破IPV和Hib五联疫苗", "DTaP, IPV and Hib combined vaccine (DTaP-IPV/Hib)", None, CLINICS),
    Vaccine("DTaP-Hib", ("4901",), "百白破Hib四联疫苗", "DTaP and Hib combined vaccine (DTaP-Hib)", None, CLINICS),
    Vaccine("MR", ("1401",), "麻风疫苗", "Measles and rubella vaccine (MR)", None, CLINICS),
    Vaccine("MM", ("1301",), "麻腮疫苗", "Measles and mumps vaccine (MM)", None, CLINICS),
    Vaccine("Mumps", ("1001",), "腮腺炎疫苗", "Mumps vaccine", None, CLINICS),
    Vaccine("Rubella", ("1101", "1102"), "风疹疫苗", "Rubella vaccine", None, CLINICS),
    Vaccine("HepA-HepB", ("2001",), "甲乙肝疫苗", "Hepatitis A and B combined vaccine", None, CLINICS),
    Vaccine("MCV-AC", ("1702",), "A群C群流脑结合疫苗", "Meningococcal conjugate vaccine, groups A and C (MCV-AC)", None, CLINICS),
    Vaccine("MPSV-ACYW", ("1703",), "ACYW135群流脑多糖疫苗", "Meningococcal polysaccharide vaccine, groups A, C, Y and W135 (MPSV-ACYW135)", None, CLINICS),
    Vaccine("MCV-AC/Hib", ("5301",), "A群C群流脑Hib联合疫苗", "Meningococcal A and C conjugate and Hib combined vaccine", None, CLINICS),
)
# fmt: on
"""Programme first, in its own order; then what records often hold besides."""

LISTED: Final = {code: vaccine for vaccine in VACCINES for code in vaccine.listed_codes}
"""Every code with its vaccine, in the order of `VACCINES`."""

_BY_CODE: Final = {vaccine.key: vaccine for vaccine in VACCINES} | LISTED
_BY_NAME: Final = {vaccine.chinese: vaccine for vaccine in VACCINES}
_BY_KEY: Final = {vaccine.key: vaccine for vaccine in VACCINES}
_PLACE: Final = {vaccine: place for place, vaccine in enumerate(VACCINES)}


def vaccine_of(code: str, chinese: str) -> Vaccine | None:
    """The vaccine of a dose; None for one that is not listed.

    By its code, padded or not, or its abbreviation in the code's place; else by its whole Chinese name (BCG has no code here).
    """
    return _BY_CODE.get(code.strip()) or _BY_NAME.get("".join(chinese.split()))


def code_of(code: str, chinese: str) -> str:
    """The code that a dose is shown with: its own if the list has it, else that of its vaccine.

    A vaccine that is not listed keeps what the feed says, without padding: nothing is invented, and it may be empty.
    """
    bare = code.strip()
    if bare in LISTED:
        return bare
    known = vaccine_of(bare, chinese)
    return bare if known is None else known.code


def against_rabies(code: str, chinese: str) -> bool:
    """Whether a dose is one against rabies (R43), however the feed names its vaccine."""
    return vaccine_of(code, chinese) is _BY_KEY["Rabies"]


def place_among(code: str, chinese: str) -> tuple[int, str, str]:
    """What sorts vaccines: those listed in the programme's order, then all others by code and name."""
    known = vaccine_of(code, chinese)
    return (len(_PLACE), code, chinese) if known is None else (_PLACE[known], "", "")


def vaccine_named(key: str) -> Vaccine:
    """The vaccine with this abbreviation. Raises KeyError for one that is not listed."""
    return _BY_KEY[key]
