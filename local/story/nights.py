"""The story's nights: a feed is dropped, the real state machine runs, yesterday becomes visible (R38, D2)."""

import time
from collections.abc import Callable

from local.feed.drop import report
from local.feed.writer import MANIFEST
from local.story.stage import Stage
from tools.problems import LocalProblem

# the steps worth a line; the state machine has more
_STEPS = {
    "OpenFeed": "打开：验签名、验链、验日期",
    "CheckParts": "逐片校验：哈希、行数、格式，坏行隔离",
    "JudgeFeed": "整批判定：坏行比例",
    "WeighParts": "预演：证件号是否丢失，多少证件会受影响",
    "ApplyParts": "逐份档案写入",
    "CloseFeed": "收尾：合并重卡，“数据截至”日期前移",
}


def night(stage: Stage, sequence: int) -> bool:
    """Feed number `sequence` dropped and applied. False where it stands already: nothing is done twice."""
    screen = stage.screen
    feed = stage.feed(sequence)
    rows = len(stage.demo.rows(sequence))
    if stage.cloud.applied_sequence() >= sequence:
        screen.good(f"{feed.business_date} 的数据此前已应用", f"feed {sequence} stands already")
        return False
    feed.save(stage.folder / "feeds" / feed.business_date.isoformat())
    stage.cloud.drop(feed.business_date.isoformat(), feed.files)
    parts = len(feed.files) - 2
    screen.say(
        f"省平台投递 {feed.business_date} 的数据：{rows} 份档案，{parts} 个分片，清单已签名",
        f"the province drops feed {sequence}: {rows} rows, signed {MANIFEST}",
    )
    screen.say("启动夜间状态机（平时 00:30 自动运行）", "the nightly state machine, otherwise at 00:30")
    began = time.monotonic()
    ended = stage.cloud.run_night(_each_step_once(stage), lambda line: screen.item(f"  {line}"))
    if not ended.succeeded or stage.cloud.applied_sequence() < sequence:
        raise LocalProblem(report(ended))
    for line in report(ended).splitlines():
        screen.good(line)
    screen.say(f"用时 {time.monotonic() - began:.1f} 秒", "seconds")
    return True


def _each_step_once(stage: Stage) -> Callable[[str], None]:
    untold = dict(_STEPS)

    def tell(step: str) -> None:
        if step in untold:  # the machine comes back to its beginning to look for the next feed
            stage.screen.item(f"{untold.pop(step)}  {step}")

    return tell
