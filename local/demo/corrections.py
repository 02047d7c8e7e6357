"""What the later feeds change: corrections, backfills, duplicates (R33, R37, R38, R40), and the story."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from local.demo import adults
from local.demo.children import once
from local.demo.clinics import (
    NANTONG_FIRST,
    NANTONG_MATERNITY,
    NANTONG_SECOND,
    OUT_OF_PROVINCE,
    WUXI_FIRST,
    WUXI_SECOND,
)
from local.demo.numbers import WUXI
from local.demo.schedule import MMR, VARICELLA, Given, add_months, programme
from local.demo.town import Case, State, Town, dose_row
from local.feed.form import DoseRow


def cases(town: Town) -> Iterator[Case]:
    yield from story(town)
    yield from _numbers(town)
    yield from _other_province(town)
    yield from _duplicates(town)
    yield from _guardian_removed(town)


def story(town: Town) -> Iterator[Case]:
    """The family of `local.story.tell`: a child of 18 months today, whose first MMR dose was mistyped."""
    born = add_months(town.today, -18) - timedelta(days=3)
    parents = town.parents("周示例", "吴示范")
    archive = town.child(
        town.person("周小样", "female", born), parents, NANTONG_FIRST, born_at=NANTONG_MATERNITY
    )
    mistyped = tuple(_mistyped(dose) if _is_first_mmr(dose) else dose for dose in archive.doses)
    yield Case(
        "story_child",
        "R37 R38",
        "故事中的孩子：麻腮风第一剂登记有误，第二次数据更正",
        "the story's child: a dose the second feed corrects",
        (State(1, replace(archive, doses=mistyped)), State(2, archive)),
    )
    for key, guardian in zip(("story_father", "story_mother"), parents, strict=True):
        yield Case(
            key,
            "R16",
            "故事中的家长，本人也可申领",
            "a parent of the story, claimable too",
            (adults.of_parents(town, guardian),),
        )
    grandmother = town.person("沈测试", "female", date(1962, 9, 12))
    state = State(1, town.adult(grandmother, NANTONG_SECOND))
    yield Case(
        "story_grandmother",
        "R21 R25",
        "故事中的外祖母，被授权人",
        "the story's grandmother, the delegate",
        (state,),
    )


def _is_first_mmr(dose: DoseRow) -> bool:
    return dose["vaccine_name"] == MMR.name and dose["dose_no"] == 1


def _mistyped(dose: DoseRow) -> DoseRow:
    late = date.fromisoformat(dose["date"]) + timedelta(days=10)
    return dose | {"date": late.isoformat(), "batch": "DEMO-000000-XX"}


def _numbers(town: Town) -> Iterator[Case]:
    archive = once(
        town,
        "",
        "",
        "",
        "",
        clinic=NANTONG_FIRST,
        names="鲁小样 鲁示例 鲁示范",
        sex="male",
        born=date(2020, 5, 5),
    ).archive
    strangers = [
        town.person(guardian.person.name, guardian.person.sex, guardian.person.birth_date + timedelta(days=1))
        for guardian in archive.guardians
    ]
    wrong = tuple(
        replace(guardian, id_no=stranger.id_no)
        for guardian, stranger in zip(archive.guardians, strangers, strict=True)
    )
    yield Case(
        "guardian_number_corrected",
        "R10 R37 R38",
        "监护人身份证号登记有误，第二次数据更正",
        "guardians' numbers wrong, right with the second feed",
        (State(1, replace(archive, guardians=wrong)), State(2, archive)),
    )

    archive = once(
        town,
        "",
        "",
        "",
        "",
        clinic=WUXI_FIRST,
        names="马小样 马示例 马示范",
        sex="female",
        born=date(2019, 12, 3),
    ).archive
    stranger = town.person("马小样", "female", date(2019, 12, 30), WUXI)
    before = replace(archive, person=replace(archive.person, id_no=stranger.id_no))
    yield Case(
        "child_number_corrected",
        "R9 R37 R38",
        "儿童身份证号登记有误，第二次数据更正",
        "the child's own number wrong, right with the second feed",
        (State(1, before), State(2, archive)),
    )


def _other_province(town: Town) -> Iterator[Case]:
    archive = once(
        town,
        "",
        "",
        "",
        "",
        clinic=NANTONG_SECOND,
        names="苗小样 苗示例 苗示范",
        sex="male",
        born=date(2022, 1, 20),
    ).archive
    # away between 12 and 30 months old: those doses are on paper only until the clinic backfills them (R33)
    away = (add_months(archive.person.birth_date, 12), add_months(archive.person.birth_date, 30))
    home = tuple(dose for dose in archive.doses if not away[0] <= date.fromisoformat(dose["date"]) <= away[1])
    backfilled = [dose | _elsewhere() for dose in archive.doses if dose not in home] + [
        dose_row(archive.archive_no, Given(VARICELLA, 1, away[0], "left_arm"), OUT_OF_PROVINCE)
    ]
    after = tuple(sorted((*home, *backfilled), key=lambda dose: dose["date"]))
    yield Case(
        "backfill",
        "R30 R33",
        "外省接种记录由第二次数据补录",
        "doses of another province, backfilled by the second feed",
        (State(1, replace(archive, doses=home)), State(2, replace(archive, doses=after))),
    )

    parents = town.parents("凤示例", "花示范", WUXI)
    person = town.person("凤小样", "female", date(2021, 7, 15), WUXI)
    newcomer = town.child(person, parents, WUXI_SECOND)
    dice = random.Random(f"{town.seed}/{newcomer.archive_no}")
    doses = tuple(
        dose_row(newcomer.archive_no, given, OUT_OF_PROVINCE)
        for given in programme(person.birth_date, person.sex, town.days[1], dice)
    )
    yield Case(
        "newcomer",
        "R40",
        "外地来锡儿童，第二次数据建档",
        "a newcomer child, registered by the second feed",
        (State(2, replace(newcomer, doses=doses)),),
    )


def _elsewhere() -> DoseRow:
    fields: DoseRow = {
        "origin": "other_province",
        "clinic_code": OUT_OF_PROVINCE.code,
        "clinic_name": OUT_OF_PROVINCE.name,
    }  # type: ignore[typeddict-item]
    return fields


def _duplicates(town: Town) -> Iterator[Case]:
    kept = once(
        town,
        "",
        "",
        "",
        "",
        clinic=WUXI_FIRST,
        names="方小样 方示例 方示范",
        sex="male",
        born=date(2021, 3, 1),
    ).archive
    # the duplicate's clinic did not see the first card, and went on from the third year
    split = add_months(kept.person.birth_date, 24).isoformat()
    double = replace(
        town.child(kept.person, kept.guardians, WUXI_SECOND),
        doses=tuple(dose for dose in kept.doses if dose["date"] >= split),
    )
    first = replace(kept, doses=tuple(dose for dose in kept.doses if dose["date"] < split))
    yield Case(
        "merge_survivor", "D5", "重卡合并后保留的档案", "the archive that stays when a duplicate is merged",
        (State(1, first), State(2, kept)),
    )  # fmt: skip
    yield Case(
        "merge_duplicate", "D5", "重卡，第二次数据合并", "a duplicate, merged by the second feed",
        (State(1, double), State(2, double, "merge", kept.archive_no)),
    )  # fmt: skip
    void = once(
        town,
        "",
        "",
        "",
        "",
        clinic=NANTONG_SECOND,
        names="俞小样 俞示例 俞示范",
        sex="female",
        born=date(2023, 2, 2),
    ).archive
    yield Case(
        "void", "D5", "误建档案，第三次数据作废", "made by mistake, void with the third feed",
        (State(1, void), State(3, void, "void")),
    )  # fmt: skip


def _guardian_removed(town: Town) -> Iterator[Case]:
    archive = once(
        town,
        "",
        "",
        "",
        "",
        clinic=NANTONG_SECOND,
        names="任小样 任示例 任示范",
        sex="female",
        born=date(2020, 8, 1),
    ).archive
    mother_only = replace(archive, guardians=archive.guardians[1:])
    yield Case(
        "guardian_removed",
        "D5",
        "第三次数据移除父亲的监护登记",
        "the third feed removes the father from the guardians",
        (State(1, archive), State(3, mother_only)),
    )
