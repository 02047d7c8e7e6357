"""The pages that play 苏服办: search, choose who you are, be verified. Plain HTML, no script; they say that they are a stand-in."""

from collections.abc import Iterable, Mapping
from html import escape

from local.platform.entry import CHANNELS, METHODS, Journey
from local.platform.people import Somebody

SERVICE = "电子预防接种证"
STYLE = """
:root { color-scheme: light; font: 16px/1.6 "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
body { margin: 0 auto; max-width: 30rem; padding: 0 1rem 2rem; color: #1d2733; background: #f3f6fa; }
header { margin: 0 -1rem 1rem; padding: .75rem 1rem; color: #fff; background: #0b5cad; }
header p { margin: 0; font-size: .875rem; }
h1 { margin: 0; font-size: 1.25rem; }
h2 { margin: 1rem 0 .5rem; font-size: 1.125rem; }
form { margin: 0 0 .75rem; }
fieldset { margin: 0 0 1rem; border: 1px solid #b9c6d6; border-radius: .5rem; background: #fff; }
label { display: block; min-height: 2.75rem; padding: .5rem 0; box-sizing: border-box; }
label small { display: block; color: #4a5a6c; }
input[type=search] { display: block; width: 100%; min-height: 2.75rem; box-sizing: border-box; font: inherit; padding: 0 .75rem;
  border: 1px solid #5b6b7d; border-radius: .5rem; }
input[type=radio], input[type=checkbox] { width: 1.25rem; height: 1.25rem; vertical-align: -.2rem; margin: 0 .5rem 0 0; }
button { display: block; width: 100%; min-height: 2.75rem; margin: .75rem 0 0; font: inherit; color: #fff; background: #0b5cad;
  border: 2px solid #0b5cad; border-radius: .5rem; }
button.other { color: #0b5cad; background: #fff; }
:focus-visible { outline: 3px solid #ffb000; outline-offset: 2px; }
.people { max-height: 60vh; overflow-y: auto; }
.note { padding: .75rem; border-left: 4px solid #b25e00; background: #fff6e5; }
"""


def home(key: str, journey: Journey, looked_for: str | None = None) -> str:
    """The platform's home page: channel, and the search that the service is found by (R11, R12, R14)."""
    channels = "".join(
        f'<label><input type="radio" name="channel" value="{value}"{" checked" * (value == journey.channel)}>{words}</label>'
        for value, words in CHANNELS.items()
    )
    typed = escape(looked_for or "", quote=True)
    search = f"""
<form method="post" action="/entry/search">{_hidden(key)}
<fieldset><legend>从哪里进入</legend>{channels}</fieldset>
<label for="q">搜索服务</label>
<input id="q" name="q" type="search" value="{typed}" placeholder="{SERVICE}" maxlength="40" required autocomplete="off">
<button>搜索</button></form>"""
    return _page("首页", search + _found(key, looked_for) + _cancel(key))


def people(key: str, everybody: Iterable[Somebody], *, unticked: bool = False) -> str:
    """Who are you (R13): the stand-in's log-in is a choice among the demo's people."""
    listed = "".join(
        f'<label><input type="radio" name="person" value="{escape(one.key, quote=True)}" required>{escape(one.name)}'
        f"<small>{escape(one.part)}</small></label>"
        for one in everybody
    )
    nobody = '<p class="note">演示数据尚未生成，请稍候刷新。</p>' if not listed else ""
    told = '<p class="note" role="alert">请选择登录人，并勾选同意选项。</p>' if unticked else ""
    return _page(
        "登录",
        f"""{told}{nobody}<form method="post" action="/entry/person">{_hidden(key)}
<fieldset class="people"><legend>您是谁（演示人物，均为虚构）</legend>{listed}</fieldset>
<label><input type="checkbox" name="agreed" value="yes" required>我已阅读并同意《用户服务协议》和《隐私政策》（演示）</label>
<button>登录</button></form>{_cancel(key)}""",
    )


def verification(key: str, journey: Journey, failed: str | None = None) -> str:
    """Face verification, or the other permitted means (R15, D9), and the ways in which it ends."""
    name = escape(journey.person.name if journey.person else "")
    told = ""
    if failed is not None:
        told = f'<p class="note" role="alert">{METHODS[failed]}未通过。请重试，或改用其他验证方式。</p>'
    return _page(
        "身份验证",
        f"""{told}<p>{name}，进入“{SERVICE}”前，请完成身份验证。</p>
<h2>人脸验证</h2><p>本页面是演示替身，不打开摄像头，也不采集人脸信息。</p>
{_result(key, "face", "pass", "人脸验证通过")}{_result(key, "face", "fail", "模拟人脸验证未通过", other=True)}
<h2>其他验证方式</h2><p>不便使用人脸验证的，可以使用短信验证码和登录密码。</p>
{_result(key, "strong", "pass", "短信验证码和登录密码验证通过")}{_result(key, "strong", "fail", "模拟短信验证码错误", other=True)}
{_cancel(key, failed=failed is not None)}""",
    )


def reminders(fields: Mapping[str, str]) -> str:
    """May messages be sent (a consent of the platform's own)? Unsubscribing asks nothing."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name, quote=True)}" value="{escape(value, quote=True)}">'
        for name, value in fields.items()
    )
    return _page(
        "消息提醒",
        f"""<p>“{SERVICE}”申请向您发送接种提醒，每天最多一条，消息里没有个人信息。</p>
<form method="post" action="/reminders">{hidden}<input type="hidden" name="agreed" value="yes"><button>同意接收</button></form>
<form method="post" action="/reminders">{hidden}<button class="other">暂不接收</button></form>""",
    )


def refused(words: str) -> str:
    """What went wrong, and what to do."""
    return _page("无法继续", f'<p class="note" role="alert">{escape(words)}</p>')


def _found(key: str, looked_for: str | None) -> str:
    if looked_for is None:
        return ""
    words = "".join(looked_for.split())
    if not words or words not in SERVICE:
        return f'<p class="note" role="status">没有找到相关服务。请搜索“{SERVICE}”。</p>'
    return f"""<h2>搜索结果</h2><form method="post" action="/entry/service">{_hidden(key)}<button>{SERVICE}</button></form>"""


def _result(key: str, method: str, result: str, words: str, *, other: bool = False) -> str:
    kind = ' class="other"' if other else ""
    return f"""<form method="post" action="/entry/result">{_hidden(key)}<input type="hidden" name="method" value="{method}">
<input type="hidden" name="result" value="{result}"><button{kind}>{words}</button></form>"""


def _cancel(key: str, *, failed: bool = False) -> str:
    why = "failed" if failed else "cancelled"
    return f"""<form method="post" action="/entry/cancel">{_hidden(key)}<input type="hidden" name="why" value="{why}">
<button class="other">取消并返回</button></form>"""


def _hidden(key: str) -> str:
    return f'<input type="hidden" name="journey" value="{escape(key, quote=True)}">'


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - 苏服办（演示替身）</title><link rel="stylesheet" href="/entry.css"></head>
<body><header><h1>苏服办</h1><p>本机演示替身，并非真实的苏服办</p></header><main><h2>{title}</h2>{body}</main></body></html>"""
