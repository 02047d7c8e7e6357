"""`make feed DIR=…`: drops a feed into the bucket, runs the night and tells how it ended.

    python -m local feed DIR [--endpoints .local/endpoints.json]

DIR holds manifest.json, manifest.json.jws and the parts, or a folder for each of several such feeds. Whether a
feed is a good one is the night's to judge, so one that must be refused can be dropped too; only what is no feed at
all is turned away here.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from local.feed.cloud import Cloud, Night
from local.feed.writer import MANIFEST, SIGNATURE
from local.homes import DEFAULT_HOME
from tools.problems import LocalProblem


def read_feed(directory: Path) -> tuple[str, dict[str, bytes]]:
    """The business date and the files of a feed. Raises LocalProblem when the directory does not hold one."""
    if not directory.is_dir():
        raise LocalProblem(f"{directory} is not a directory")
    manifest = _read(directory, MANIFEST)
    business_date, keys = _named_in(manifest, directory / MANIFEST)
    files = {key: _read(directory, key) for key in keys}
    return business_date, {**files, SIGNATURE: _read(directory, SIGNATURE), MANIFEST: manifest}


def feeds_in(directory: Path) -> list[Path]:
    """The directory, or those of its folders that hold a manifest where it holds none itself."""
    found = sorted(path.parent for path in directory.glob(f"*/{MANIFEST}"))
    return found if found and not (directory / MANIFEST).exists() else [directory]


def _named_in(manifest: bytes, path: Path) -> tuple[str, list[str]]:
    try:
        said = json.loads(manifest)
        business_date = date.fromisoformat(said["business_date"]).isoformat()
        keys = [str(part["key"]) for part in said["parts"]]
    except (ValueError, TypeError, KeyError) as error:
        raise LocalProblem(
            f"{path} is not a feed's manifest: it needs business_date (YYYY-MM-DD) and parts with a key each "
            f"({type(error).__name__}: {error})"
        ) from None
    for key in keys:
        if PurePosixPath(key).name != key:
            raise LocalProblem(f"{path} names a part that does not lie beside it: {key}")
    return business_date, keys


def _read(directory: Path, name: str) -> bytes:
    try:
        return (directory / name).read_bytes()
    except OSError as error:
        raise LocalProblem(f"{directory} is not a whole feed: {name}: {error.strerror}") from None


def read_endpoints(path: Path) -> dict[str, Any]:
    """What `make run` wrote. Raises LocalProblem while the stack does not run."""
    try:
        endpoints: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LocalProblem(
            f"{path} is not there: the local stack does not run. Start it with: make run"
        ) from None
    except ValueError as error:
        raise LocalProblem(f"{path} cannot be read: {error}") from None
    return endpoints


_REST = {
    "up_to_date": "数据均已应用 every feed in the bucket is applied already",
    "not_yet": "日期为今天或以后的数据留待次日 a feed dated today or later waits for its day",
    "busy": "另一次夜间任务正在进行 another run is at work",
    "held": "有一批数据将使过多证件失效，已暂停，等待人工放行 a feed that would end too many certificates waits for an operator:"
    " docs/runbook/nightly-sync.md",
}
_FIGURES = {
    "rows": "档案",
    "bad": "隔离",
    "inserted": "新增",
    "replaced": "更新",
    "relinked": "更新并重建亲属关系",
    "skipped": "版本不高于现有",
    "earlier": "此前已写入",
    "number_missing": "缺证件号",
    "number_malformed": "证件号有误",
    "number_contradicts_birth": "证件号与出生日期不符",
    "guardian_number_missing": "监护人缺证件号",
    "guardian_number_malformed": "监护人证件号有误",
    "bad_numbers": "证件号有误或丢失的档案",
    "numbers_lost": "证件号丢失",
    "numbers_turned_bad": "证件号变为有误",
    "certificates_touched": "涉及的证件",
    "certificates_at_stake": "预计暂停或关闭的证件",
    "dry_run_reads": "预演读取",
    "number_contradicts_sex": "证件号与性别不符",
    "phone_left_out": "手机号未保存",
    "relation_unknown": "监护人关系不明",
    "merges_followed": "重卡合并",
}


def report(night: Night) -> str:
    """How the night ended, with each feed's figures."""
    if not night.succeeded:
        return f"夜间任务失败 night {night.status}: {night.error} {night.cause}".rstrip()
    if not night.applied:
        return f"夜间任务完成，没有应用新数据 nothing was applied: {_REST.get(night.rest, night.rest)}"
    return "\n".join(
        f"夜间任务完成，第 {said['sequence']} 批数据已应用 feed {said['sequence']} applied: {_figures(said['figures'])}"
        for said in night.applied
    )


def _figures(figures: Mapping[str, int]) -> str:
    return "，".join(
        f"{_FIGURES.get(name, '')} {name} {count}".strip() for name, count in figures.items() if count
    )


def drop(directory: Path, cloud: Cloud) -> Night:
    """Uploads the directory's feeds, all or none, and runs the night once. Raises LocalProblem."""
    for business_date, files in [read_feed(feed) for feed in feeds_in(directory)]:
        cloud.drop(business_date, files)
        print(f"已投递 dropped s3://{cloud.bucket}/{business_date}/ ({len(files)} files)", flush=True)
    return cloud.run_night(
        lambda step: print(f"  · {step}", flush=True), lambda line: print(f"    {line}", flush=True)
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local feed", description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--endpoints", type=Path, default=DEFAULT_HOME.endpoints)
    chosen = parser.parse_args(arguments)
    try:
        night = drop(chosen.directory, Cloud(read_endpoints(chosen.endpoints)))
    except LocalProblem as problem:
        print(f"make feed: {problem}", file=sys.stderr)
        return 1
    print(report(night), file=sys.stdout if night.succeeded else sys.stderr)
    return 0 if night.succeeded else 1
