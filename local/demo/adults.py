"""Adults: the cut-off of R7, coming of age (D6), and rabies doses, which are in another system (R43–R45)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from local.demo.clinics import NANTONG_ADULT, NANTONG_RABIES, NANTONG_SECOND, SUZHOU_FIRST, WUXI_ADULT
from local.demo.numbers import WUXI
from local.demo.schedule import INFLUENZA, PPSV23, RABIES, add_months
from local.demo.town import Case, Guardian, State, Town

_CUT_OFF = date(2020, 12, 1)


def cases(town: Town) -> Iterator[Case]:
    yield from _cut_off(town)
    yield from _coming_of_age(town)
    yield from _rabies(town)
    yield from _others(town)


def _cut_off(town: Town) -> Iterator[Case]:
    for key, name, day, zh, en in (
        (
            "dose_2020_11_30",
            "许测试",
            _CUT_OFF - timedelta(days=1),
            "仅早一天接种，不可申领",
            "the only dose a day too early",
        ),
        ("dose_2020_12_01", "姜测试", _CUT_OFF, "起始日当天接种，可申领", "a dose on the first day"),
        (
            "dose_2020_12_02",
            "谢测试",
            _CUT_OFF + timedelta(days=1),
            "次日接种，可申领",
            "a dose on the day after",
        ),
    ):
        person = town.person(name, "male", date(1980, 1, 15))
        archive = town.adult(person, NANTONG_ADULT, (INFLUENZA, day))
        yield Case(key, "R7 D1", zh, en, (State(1, archive),))
    person = town.person("邹测试", "female", date(1979, 10, 1), WUXI)
    yield Case(
        "adult_without_dose",
        "R7",
        "成人无接种记录",
        "an adult without a dose",
        (State(1, town.adult(person, WUXI_ADULT)),),
    )


def _coming_of_age(town: Town) -> Iterator[Case]:
    eighteen = add_months(town.today, -18 * 12)
    for key, name, born, zh, en in (
        ("turns_18_today", "喻小样", eighteen, "今天满18周岁", "18 years old today"),
        (
            "turns_18_tomorrow",
            "柏小样",
            eighteen + timedelta(days=1),
            "明天满18周岁",
            "18 years old tomorrow",
        ),
    ):
        parents = town.parents(f"{name[0]}示例", f"{name[0]}示范", WUXI)
        archive = town.child(town.person(name, "male", born, WUXI), parents, NANTONG_SECOND)
        flu = town.adult(archive.person, NANTONG_SECOND, (INFLUENZA, date(2024, 10, 20)))
        # one archive, of the child system: kind follows age and not the system
        archive = replace(
            archive, doses=tuple(sorted(archive.doses + flu.doses, key=lambda dose: dose["date"]))
        )
        yield Case(key, "R7 D3 D6", zh, en, (State(1, archive),))

    person = town.person("水测试", "female", date(2007, 3, 3), WUXI)
    parents = town.parents("水示例", "水示范", WUXI)
    yield Case(
        "grown_child_archive",
        "R7 D6",
        "儿童档案与成人档案为同一人（儿童档案）",
        "one person, two archives: the child's",
        (State(1, town.child(person, parents, NANTONG_SECOND)),),
    )
    yield Case(
        "grown_adult_archive",
        "R7 D6",
        "儿童档案与成人档案为同一人（成人档案）",
        "one person, two archives: the adult's",
        (State(1, town.adult(person, WUXI_ADULT, (INFLUENZA, date(2025, 11, 2)))),),
    )


def _rabies(town: Town) -> Iterator[Case]:
    days = [date(2025, 7, 1) + timedelta(days=after) for after in (0, 3, 7, 14)]
    doses = [(RABIES, day) for day in days]

    person = town.person("窦测试", "male", date(1975, 5, 20))
    archive = town.adult(person, NANTONG_RABIES, *doses, system="rabies")
    yield Case(
        "rabies_only",
        "R43",
        "仅有狂犬疫苗记录，不可申领",
        "rabies doses only: not claimable",
        (State(1, archive),),
    )

    person = town.person("章测试", "female", date(1983, 8, 8))
    archive = town.adult(person, NANTONG_ADULT, (INFLUENZA, date(2024, 11, 5)), (PPSV23, date(2025, 3, 18)))
    yield Case(
        "rabies_and_adult",
        "R43 R45",
        "成人档案，另有狂犬档案",
        "an adult archive beside a rabies one",
        (State(1, archive),),
    )
    archive = town.adult(person, NANTONG_RABIES, *doses, system="rabies")
    yield Case(
        "rabies_of_adult",
        "R43 R45",
        "同一人的狂犬档案",
        "the same person's rabies archive",
        (State(1, archive),),
    )

    parents = town.parents("云示例", "云示范")
    child = town.person("云小样", "male", date(2018, 6, 6))
    yield Case(
        "rabies_and_child",
        "R43 R45",
        "儿童档案，另有狂犬档案",
        "a child's archive beside a rabies one",
        (State(1, town.child(child, parents, NANTONG_SECOND)),),
    )
    archive = replace(town.adult(child, NANTONG_RABIES, *doses, system="rabies"), guardians=parents)
    yield Case(
        "rabies_of_child",
        "R43 R45",
        "同一儿童的狂犬档案",
        "the same child's rabies archive",
        (State(1, archive),),
    )


def _others(town: Town) -> Iterator[Case]:
    flu = (INFLUENZA, date(2023, 10, 30))
    permit = town.person("苏测试", "male", date(1970, 4, 4), "810000", "residence_permit")
    yield Case("adult_residence_permit", "D10", "成人持居住证", "an adult with a residence permit",
               (State(1, town.adult(permit, WUXI_ADULT, flu)),))  # fmt: skip
    permanent = town.person("潘测试", "female", date(1972, 2, 27), "932999", "permanent_resident")
    yield Case("adult_permanent_resident", "D10", "成人持永久居留身份证", "an adult permanent resident",
               (State(1, town.adult(permanent, NANTONG_ADULT, flu)),))  # fmt: skip
    old = town.person("葛测试", "male", date(1938, 1, 1))
    yield Case(
        "deceased",
        "D4",
        "已故",
        "deceased",
        (State(1, replace(town.adult(old, NANTONG_ADULT, flu), status="deceased")),),
    )
    elsewhere = town.person("奚测试", "female", date(1995, 12, 24), WUXI)
    yield Case("adult_not_pilot", "R8 R39", "成人，在非试点城市建档", "an adult kept outside the pilot cities",
               (State(1, town.adult(elsewhere, SUZHOU_FIRST, flu)),))  # fmt: skip
    range_ = town.person("范测试", "male", date(1990, 9, 9))
    wrong = town.person(
        "范测试", "male", date(1990, 9, 8)
    )  # a digit of the birth date mistyped: valid, and nobody's
    archive = town.adult(range_, NANTONG_ADULT, flu)
    before = replace(archive, person=replace(range_, id_no=wrong.id_no))
    yield Case(
        "adult_number_corrected",
        "R9 R37 R38",
        "本人身份证号登记有误，第二次数据更正",
        "own number wrong, right with the second feed",
        (State(1, before), State(2, archive)),
    )


def of_parents(town: Town, guardian: Guardian) -> State:
    """An adult archive of a parent, so that 待申领 shows their own certificate beside the child's (R16)."""
    return State(1, town.adult(guardian.person, NANTONG_ADULT, (INFLUENZA, date(2025, 10, 25))))
