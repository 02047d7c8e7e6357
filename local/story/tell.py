"""The story that `make run` tells: one family, from the nightly feed to a corrected record, over plain HTTP.

    python -m local story [--endpoints .local/endpoints.json]

Every step is a real call to the running stack. What a kept state already holds is told and not done again, so a
second telling is short.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from local.demo.feeds import Demo, today_in_shanghai
from local.feed.cloud import Cloud
from local.feed.drop import read_endpoints
from local.homes import DEFAULT_HOME
from local.story import family
from local.story.clinic import Clinic
from local.story.end import end
from local.story.nights import night
from local.story.screen import Screen
from local.story.stage import Stage, demo_of
from tools.problems import LocalProblem

_CORRECTION, _NEWBORN_MOVES = 2, 3  # the feeds' sequence numbers


def tell(
    endpoints: Mapping[str, Any],
    folder: Path = DEFAULT_HOME.folder,
    stream: TextIO | None = None,
    cloud: Cloud | None = None,
) -> None:
    """Tells the whole story. Raises LocalProblem with the server's own words where a step fails."""
    cloud = cloud or Cloud(endpoints)
    demo = demo_of(cloud, today_in_shanghai())
    stage = Stage(endpoints, folder, Screen(stream), cloud, demo or Demo(today_in_shanghai()))
    _write_cast(stage)
    screen = stage.screen
    screen.line(
        "电子预防接种证：一家人的故事  one family's story（人物与证件号均为虚构 everybody is fictional）"
    )

    if demo is None:
        screen.refused("数据桶里的第一份数据不是演示数据，跳过故事", "other feeds came first: no story")
        end(stage)
        return
    screen.chapter("前一天的数据，夜间生效", "yesterday's feed, applied by night (R38)")
    night(stage, 1)
    _newborn_with_obstetrics(stage)
    certificate_id = _claim(stage)
    if certificate_id is not None:
        holder = _share(stage, certificate_id)
        _visit(stage, holder, certificate_id)
        screen.chapter("出省之前：打印接种记录", "the record on paper, before the correction (R30–R32)")
        family.paper(stage, certificate_id)
    _correct(stage, certificate_id)
    _newborn_moves(stage)
    end(stage)


def _newborn_with_obstetrics(stage: Stage) -> None:
    if stage.cloud.applied_sequence() >= _NEWBORN_MOVES:
        return
    stage.screen.chapter("新生儿的母亲进入服务：为什么没有待申领？", "why a list is empty (R36, R41)")
    family.enter(stage, "newborn_mother", "母亲")
    family.lists(stage, "newborn_mother")


def _claim(stage: Stage) -> str | None:
    """The certificate's id, or None where the settings leave the child out."""
    screen = stage.screen
    screen.chapter("周家的父亲进入服务", "the father of the story enters (R11–R16)")
    family.enter(stage, "story_father", "父亲")
    found = family.lists(stage, "story_father")
    screen.chapter("申领孩子的电子预防接种证", "claiming the child's certificate (R17–R20)")
    if standing := family.certificate_of(stage, found, "claimed"):
        screen.good(f"此前已申领：{standing['name']}", f"claimed already: {standing['claimed_at']}")
        if standing["status"] == "active":
            return str(standing["certificate_id"])
    if claimable := family.certificate_of(stage, found, "claimable"):
        return family.claim(stage, "story_father", claimable["record_id"])
    screen.refused(
        "故事里的孩子目前不能申领，或电子预防接种证未生效，后面的情节从略",
        "not to be had: the story is cut short",
    )
    return None


def _share(stage: Stage, certificate_id: str) -> str:
    """Who brings the child: the grandmother, or the father where she cannot be authorised."""
    screen = stage.screen
    screen.chapter("证照授权：外祖母也能带孩子去接种", "authorising the grandmother (R22–R27)")
    grandmother = stage.person("story_grandmother")
    authorised = family.authorise(stage, certificate_id, grandmother, "maternal_grandmother", "外祖母")
    holder = "story_grandmother" if authorised else "story_father"
    screen.chapter("亮码", "showing the code (R28)")
    if authorised:
        family.enter(stage, holder, "外祖母", "alipay")
        family.lists(stage, holder)
    family.show_code(stage, holder, certificate_id)
    return holder


def _visit(stage: Stage, holder: str, certificate_id: str) -> None:
    if stage.cloud.applied_sequence() >= _CORRECTION:
        return
    screen = stage.screen
    screen.chapter("门诊四个环节：取号、登记、接种、留观", "the four stations (R28)")
    Clinic(stage, holder, certificate_id).visit()
    screen.chapter("更正之前的接种记录", "the records before the correction (R37)")
    family.records(stage, certificate_id, _corrected_dose(stage))
    screen.say(
        "门诊发现麻腮风疫苗第1剂的日期和批号登记有误，当天更正，次日生效", "the clinic corrects a dose"
    )


def _correct(stage: Stage, certificate_id: str | None) -> None:
    screen = stage.screen
    screen.chapter("更正当晚", "the night after the correction (R38)")
    night(stage, _CORRECTION)
    if certificate_id is None:
        return
    screen.chapter("更正之后的接种记录", "the records after it")
    family.records(stage, certificate_id, _corrected_dose(stage))
    screen.chapter("此前打印的接种记录不再是最新", "the paper of before is superseded (D20)")
    family.paper(stage, certificate_id)
    screen.chapter("谁看过、谁扫过", "the access log (D11)")
    family.access_log(stage, certificate_id)


def _newborn_moves(stage: Stage) -> None:
    stage.screen.chapter("第三天的数据：新生儿转入儿童门诊，次日可申领", "the newborn moves (R41, R42)")
    if night(stage, _NEWBORN_MOVES):
        family.enter(stage, "newborn_mother", "母亲")
        family.lists(stage, "newborn_mother")


def _corrected_dose(stage: Stage) -> str:
    before, after = (state.archive.doses for state in stage.child.states)
    return next(new["dose_id"] for old, new in zip(before, after, strict=True) if old != new)


def _write_cast(stage: Stage) -> None:
    path = stage.folder / "feeds" / "cast.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(stage.demo.cast(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local story", description=__doc__)
    parser.add_argument("--endpoints", type=Path, default=DEFAULT_HOME.endpoints)
    chosen = parser.parse_args(arguments)
    try:
        tell(read_endpoints(chosen.endpoints), chosen.endpoints.parent)
    except LocalProblem as problem:
        print(f"\n故事中断 the story stops: {problem}", file=sys.stderr)
        return 1
    return 0
