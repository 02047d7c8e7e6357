"""How the story ends: where everything is, and lines to paste that do the same by hand."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from local.demo.town import Person
from local.homes import DEFAULT_HOME
from local.story.family import saved
from local.story.stage import Stage


def curl_lines(endpoints: Mapping[str, Any], person: Person) -> list[str]:
    """Shell lines that let `person` in and list their certificates. They need bash, curl and python3."""
    api, platform = endpoints["api"].rstrip("/"), endpoints["identity_platform"].rstrip("/")
    asked = {
        "id_type": person.id_type,
        "id_no": person.id_no,
        "name": person.name,
        "phone": person.phone,
        "channel": "app",
        "method": "face",
    }
    typed = shlex.quote(json.dumps(asked, ensure_ascii=False)[:-1] + ', "nonce": "')
    post = "curl -sS -X POST -H 'Content-Type: application/json'"
    return [
        "field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' \"$1\"; }",
        f"API={api}",
        f"""NONCE=$({post} -d '{{"purpose": "enter"}}' "$API/v1/challenges" | field nonce)""",
        f"""ASSERTION=$({post} -d {typed}"$NONCE"'"}}' {platform}/assertions | field assertion)""",
        f"""TOKEN=$({post} -d '{{"assertion": "'"$ASSERTION"'"}}' "$API/v1/sessions" | field token)""",
        'curl -sS -H "Authorization: Bearer $TOKEN" "$API/v1/certificates"',
    ]


def end(stage: Stage) -> None:
    screen, endpoints = stage.screen, stage.endpoints
    screen.chapter("接下来可以自己试", "now try it yourself")
    screen.item(f"API              {endpoints['api']}/v1/…")
    screen.item(f"实人认证替身 platform  {endpoints['identity_platform']}")
    screen.item(f"AWS 模拟器 emulator   {endpoints['aws_endpoint_url']}")
    screen.item(f"所有端点 endpoints     {saved(stage.folder / 'endpoints.json')}")
    screen.item(
        f"演示人物 who is who    {saved(stage.folder / 'feeds' / 'cast.json')}（均为虚构 all fictional）"
    )
    screen.item(f"日志 logs             {saved(DEFAULT_HOME.logs)}/")
    screen.say("以双胞胎的母亲进入服务（可直接粘贴）：", "enter as the twins' mother; paste as it stands")
    screen.line()
    mother = stage.demo.case("twin_elder").archive.guardians[1].person
    for line in curl_lines(endpoints, mother):
        screen.line(line)
    screen.line()
    screen.say(
        "再投一份数据：make feed DIR=<目录>；停止：make stop；重来一遍：make run",
        "another feed; stop; once more",
    )
