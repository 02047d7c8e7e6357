"""Children who can be claimed, who cannot be yet, and who never can: the cases of R6–R10, R39–R42 and D3."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from local.demo.clinics import (
    NANTONG_FIRST,
    NANTONG_MATERNITY,
    NANTONG_SECOND,
    SUZHOU_FIRST,
    WUXI_FIRST,
    WUXI_MATERNITY,
    WUXI_SECOND,
    Clinic,
)
from local.demo.numbers import WUXI
from local.demo.schedule import JE_L, add_months
from local.demo.town import Case, Guardian, State, Town, prefix_of
from local.feed.form import Sex


def once(
    town: Town, key: str, cites: str, zh: str, en: str, *, clinic: Clinic, names: str, sex: Sex, born: date
) -> Case:
    """A child told of once, with both parents' numbers. `names`: child, father, mother."""
    child, father, mother = names.split()
    prefix = prefix_of(clinic)
    parents = town.parents(father, mother, prefix)
    archive = town.child(town.person(child, sex, born, prefix), parents, clinic)
    return Case(key, cites, zh, en, (State(1, archive),))


def cases(town: Town) -> Iterator[Case]:
    yield from _of_age(town)
    yield from _numbers(town)
    yield from _families(town)
    yield from _care(town)
    yield from _documents(town)


def _of_age(town: Town) -> Iterator[Case]:
    yield once(
        town, "born_2016_12_31", "R6 D1", "早一天出生，不在范围", "born a day too early",
        clinic=NANTONG_SECOND, names="钱小样 钱示例 钱示范", sex="male", born=date(2016, 12, 31),
    )  # fmt: skip
    yield once(
        town, "born_2017_01_01", "R6 D1", "起始日当天出生，可申领", "born on the first day",
        clinic=WUXI_FIRST, names="孙小样 孙示例 孙示范", sex="female", born=date(2017, 1, 1),
    )  # fmt: skip
    yield once(
        town, "born_2017_01_02", "R6 D1", "次日出生，可申领", "born on the day after",
        clinic=NANTONG_FIRST, names="李小样 李示例 李示范", sex="male", born=date(2017, 1, 2),
    )  # fmt: skip
    yield once(
        town,
        "neither_child_nor_adult",
        "D3",
        "2017年前出生且未满18周岁",
        "born before 2017 and not yet 18",
        clinic=NANTONG_FIRST,
        names="郑小样 郑示例 郑示范",
        sex="female",
        born=add_months(town.today, -14 * 12),
    )


def _numbers(town: Town) -> Iterator[Case]:
    born = add_months(town.days[0], -30)

    def family(names: str, clinic: Clinic) -> Case:
        return once(town, "", "", "", "", clinic=clinic, names=names, sex="male", born=born)

    archive = family("王小样 王示例 王示范", NANTONG_FIRST).archive
    archive = replace(archive, person=replace(archive.person, id_no=None))
    yield Case(
        "child_without_number", "R9", "儿童未登记身份证号", "the child has no number", (State(1, archive),)
    )

    archive = family("冯小样 冯示例 冯示范", WUXI_FIRST).archive
    archive = replace(archive, person=replace(archive.person, id_no=mistyped(archive.person.id_no)))
    yield Case(
        "child_number_malformed",
        "R9",
        "儿童身份证号校验位有误",
        "the child's check digit is wrong",
        (State(1, archive),),
    )

    archive = family("陈小样 陈示例 陈示范", NANTONG_SECOND).archive
    guardians = tuple(replace(guardian, id_no=None) for guardian in archive.guardians)
    yield Case(
        "guardians_without_number", "R10", "监护人未登记身份证号", "no guardian has a number",
        (State(1, replace(archive, guardians=guardians)),),
    )  # fmt: skip

    archive = family("褚小样 褚示例 褚示范", WUXI_SECOND).archive
    guardians = tuple(replace(guardian, id_no=mistyped(guardian.id_no)) for guardian in archive.guardians)
    yield Case(
        "guardians_number_malformed", "R10", "监护人身份证号有误", "the guardians' check digits are wrong",
        (State(1, replace(archive, guardians=guardians)),),
    )  # fmt: skip


def mistyped(id_no: str | None) -> str:
    """Its last character one further: the commonest slip, and never again a valid number."""
    if id_no is None:
        raise ValueError("there is no number to mistype")
    return id_no[:17] + "0123456789X0"["0123456789X".index(id_no[17]) + 1]


def _families(town: Town) -> Iterator[Case]:
    born = add_months(town.days[0], -26)
    parents = town.parents("卫示例", "蒋示范", WUXI)
    for key, name in (("twin_elder", "卫小样甲"), ("twin_younger", "卫小样乙")):
        archive = town.child(
            town.person(name, "female", born, WUXI), parents, WUXI_FIRST, born_at=WUXI_MATERNITY
        )
        yield Case(key, "R16", "双胞胎，同一天出生", "twins, born on one day", (State(1, archive),))

    yield once(
        town,
        "two_guardians",
        "R20 R21",
        "父母均已登记，仅一人可申领",
        "both parents registered: one of them claims",
        clinic=WUXI_SECOND,
        names="沈小样 沈示例 沈示范",
        sex="male",
        born=add_months(town.days[0], -50),
    )

    aunt = town.person("韩测试", "female", date(1985, 6, 1))
    archive = town.child(
        town.person("韩小样", "male", date(2019, 9, 9)),
        (Guardian("other_guardian", aunt, aunt.id_no),),
        NANTONG_SECOND,
    )
    yield Case(
        "other_guardian", "D4", "由其他监护人登记", "registered by another guardian", (State(1, archive),)
    )

    # the same dot is typed in several ways: names are compared after normalising (D7)
    mother = town.person("阿依·示例", "female", date(1991, 7, 7))
    archive = town.child(
        town.person("古丽•小样", "female", date(2020, 2, 29)),
        (Guardian("mother", mother, mother.id_no),),
        NANTONG_FIRST,
    )
    yield Case(
        "name_with_dot",
        "D7",
        "姓名含间隔点，闰日出生",
        "names with a middle dot; a leap day",
        (State(1, archive),),
    )


def _care(town: Town) -> Iterator[Case]:
    parents = town.parents("杨示例", "杨示范")
    born = town.days[0] - timedelta(days=6)
    newborn = town.child(
        town.person("杨小样", "female", born), parents, NANTONG_MATERNITY, system="obstetrics"
    )
    moved = replace(newborn, system="child", clinic=NANTONG_FIRST)
    yield Case(
        "newborn",
        "R41 R42",
        "新生儿，档案先在产科，第三次数据转入儿童门诊",
        "a newborn with obstetrics, moved by the third feed",
        (State(1, newborn), State(3, moved)),
    )
    archive = once(
        town,
        "",
        "",
        "",
        "",
        clinic=NANTONG_FIRST,
        names="朱小样 朱示例 朱示范",
        sex="male",
        born=date(2021, 4, 12),
    ).archive
    yield Case(
        "transferred_out", "R8", "已迁出，不在册管理", "transferred out of care",
        (State(1, replace(archive, status="transferred_out")),),
    )  # fmt: skip
    yield once(
        town, "city_not_pilot", "R8 R39", "在非试点城市建档", "kept by a clinic outside the pilot cities",
        clinic=SUZHOU_FIRST, names="秦小样 秦示例 秦示范", sex="female", born=date(2022, 8, 20),
    )  # fmt: skip


def _documents(town: Town) -> Iterator[Case]:
    father = town.person("何示例", "male", date(1988, 2, 2), "810000", "residence_permit")
    mother = town.person("吕示范", "female", date(1989, 9, 3), "820000", "residence_permit")
    child = town.person("何小样", "male", date(2020, 10, 10), "830000", "residence_permit")
    guardians = (Guardian("father", father, father.id_no), Guardian("mother", mother, mother.id_no))
    archive = town.child(child, guardians, WUXI_FIRST)
    yield Case(
        "residence_permits",
        "D10",
        "持港澳台居民居住证",
        "residence permits 81, 82 and 83",
        (State(1, archive),),
    )

    father = town.person("施示例", "male", date(1986, 12, 12), "932999", "permanent_resident")
    child = town.person("施小样", "female", date(2021, 11, 11), "932999", "permanent_resident")
    archive = town.child(child, (Guardian("father", father, father.id_no),), NANTONG_SECOND)
    yield Case(
        "permanent_residents",
        "D10",
        "持外国人永久居留身份证",
        "permanent residents, first digit 9",
        (State(1, archive),),
    )


def three(town: Town) -> Iterator[Case]:
    """A parent of three (R16): the eldest may have the dose of four years, one of the twins waits, the other had a dose less (D19)."""
    parents = town.parents("陶示例", "陶示范")
    eldest = town.person("陶小样", "female", add_months(town.today, -50))
    yield Case(
        "three_eldest",
        "R16 D19",
        "三个孩子中的老大，可接种4岁剂次",
        "the eldest of three, of age for a dose",
        (State(1, town.child(eldest, parents, NANTONG_FIRST)),),
    )
    born = add_months(town.today, -32)
    for key, name, zh, en in (
        ("three_twin_elder", "陶小样甲", "三个孩子中的双胞胎之一，暂无到期接种", "one of twins, nothing due"),
        (
            "three_twin_younger",
            "陶小样乙",
            "三个孩子中的双胞胎之二，少接种1剂",
            "the other of twins, a dose less",
        ),
    ):
        archive = town.child(
            town.person(name, "male", born), parents, NANTONG_FIRST, born_at=NANTONG_MATERNITY
        )
        if key == "three_twin_younger":
            kept = (
                dose for dose in archive.doses if (dose["vaccine_name"], dose["dose_no"]) != (JE_L.name, 2)
            )
            archive = replace(archive, doses=tuple(kept))
        yield Case(key, "R16 D19", zh, en, (State(1, archive),))
