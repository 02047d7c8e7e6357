"""The story is told whole, told shortly the second time, and stops with the server's own words."""

import io
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import jws
from local.api_client import ApiProblem
from local.demo.feeds import Demo, today_in_shanghai
from local.feed.writer import FeedWriter
from local.platform.server import Site, server
from local.platform.signing import Platform
from local.story.end import curl_lines
from local.story.screen import Screen, pad, width_of
from local.story.stage import demo_of
from local.story.tell import main, tell
from tests.unit.local.fake_aws import FakeAws
from tests.unit.local.fake_service import FakeService, Refused, endpoints_of, serving

KEY = jws.generate_jwk()


@pytest.fixture(name="platform", scope="module")
def _platform() -> Iterator[str]:
    bound = server(Site.of(Platform(jws.generate_jwk(), "issuer", "vaxcert")), 0)
    thread = threading.Thread(target=bound.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{bound.server_port}"
    bound.shutdown()
    bound.server_close()
    thread.join()


@pytest.fixture(name="service")
def _service() -> FakeService:
    return FakeService(Demo(today_in_shanghai()))


@pytest.fixture(name="endpoints")
def _endpoints(service: FakeService, platform: str) -> Iterator[dict[str, Any]]:
    with serving(service) as api:
        yield endpoints_of(api, platform, KEY)


def told(service: FakeService, endpoints: dict[str, Any], folder: Path) -> str:
    stream = io.StringIO()
    tell(endpoints, folder, stream, service.cloud)
    return stream.getvalue()


def test_a_first_telling_walks_the_whole_way(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path
) -> None:
    text = told(service, endpoints, tmp_path)

    order = [
        "申领成功",
        "已授权",
        "▀",
        "取号：",
        "请到2号台",
        "登记结果",
        "请到5号台",
        "两种疫苗",
        "留观：",
        "更正之后",
        "curl",
    ]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert text.count("叫号屏 the board: A001 周** ") == text.count("家人手机") == 2
    assert text.index("标题already_used") < text.index("标题observation_not_over")
    marked = re.findall("▶.*麻腮风疫苗.*", text)
    assert len(marked) == 2
    assert "DEMO-000000-XX" in marked[0]
    assert "DEMO-000000-XX" not in marked[1]
    assert service.step == 4
    assert service.cloud.applied_sequence() == 3
    assert (tmp_path / "code.svg").exists()
    assert len(json.loads((tmp_path / "feeds" / "cast.json").read_text())) == len(service.demo.cases)


def test_every_scan_shows_a_code_of_its_own(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path
) -> None:
    """Invariant 2; the one code shown twice is the one that must be refused."""
    told(service, endpoints, tmp_path)
    assert service.calls.count("POST /v1/scans") == 6
    assert service.calls.count("POST /v1/certificates/c-1/codes") == 6  # one is only shown


def test_a_second_telling_does_nothing_again(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path
) -> None:
    told(service, endpoints, tmp_path)
    objects = dict(service.aws.objects)
    service.calls.clear()

    text = told(service, endpoints, tmp_path)

    assert "此前已申领" in text
    assert "此前已获授权" in text
    assert text.count("此前已应用") == 3
    assert service.aws.objects == objects
    assert "POST /v1/scans" not in service.calls
    assert "POST /v1/certificates" not in service.calls


def test_a_telling_that_broke_off_goes_on(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path
) -> None:
    service.fail["POST /v1/certificates/c-1/codes"] = Refused(503, "unavailable")
    with pytest.raises(ApiProblem, match=r"503 unavailable: 不行 细节"):
        told(service, endpoints, tmp_path)

    assert "更正之后的接种记录" in told(service, endpoints, tmp_path)


def test_a_verification_that_grew_stale_is_made_anew(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path
) -> None:
    service.fail["POST /v1/certificates"] = Refused(403, "verification_stale")
    assert "电子预防接种证申领成功" in told(service, endpoints, tmp_path)


def test_where_the_settings_leave_the_child_out_the_nights_run_all_the_same(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "lists", lambda _who, _is_father: ([], [], [], []))
    assert "后面的情节从略" in told(service, endpoints, tmp_path)
    assert service.cloud.applied_sequence() == 3


def test_the_command_ends_with_the_problem_and_a_status(
    endpoints: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--endpoints", str(tmp_path / "endpoints.json")]) == 1
    assert "make run" in capsys.readouterr().err


def test_the_demo_stays_that_of_its_first_day() -> None:
    aws, began = FakeAws(), Demo(today_in_shanghai().replace(day=1))
    assert demo_of(aws.cloud(), today_in_shanghai()) == Demo(today_in_shanghai())
    first = next(iter(began.feeds(FeedWriter(KEY))))
    aws.cloud().drop(first.business_date.isoformat(), first.files)
    assert demo_of(aws.cloud(), today_in_shanghai()) == began


@pytest.mark.parametrize(
    "manifest", [b"[]", b'{"business_date": "2026-01-01"}', b'{"business_date": "9999-12-31"}']
)
def test_where_other_feeds_came_first_the_story_says_so(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path, manifest: bytes
) -> None:
    service.aws.objects["2026-01-01/manifest.json"] = manifest
    text = told(service, endpoints, tmp_path)
    assert "跳过故事" in text
    assert "curl" in text
    assert list(service.aws.objects) == ["2026-01-01/manifest.json"]


def test_where_no_more_can_be_authorised_the_father_goes_himself(
    service: FakeService, endpoints: dict[str, Any], tmp_path: Path
) -> None:
    service.fail["POST /v1/certificates/c-1/grants"] = Refused(409, "grant_limit_reached")
    assert "更正之后的接种记录" in told(service, endpoints, tmp_path)
    assert service.step == 4


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="curl and bash are needed")
def test_the_printed_lines_work_as_they_stand(service: FakeService, endpoints: dict[str, Any]) -> None:
    father = service.demo.case("story_father").archive.person
    script = "\n".join(curl_lines(endpoints, father))

    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["claimable"][0]["name"] == "周小样"


def test_columns_stand_in_line_with_chinese_between() -> None:
    stream = io.StringIO()
    Screen(stream).table([("麻腮风疫苗", "x"), ("ab", "y")], marked=[1])
    first, second = stream.getvalue().splitlines()
    assert width_of(first[: first.index("x")]) == width_of(second[: second.index("y")])
    assert pad("码", 4) == "码  "
    assert "\x1b" not in stream.getvalue()
