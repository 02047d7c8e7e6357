"""What every chapter of the story stands on: the running stack, the cast, and the page to write on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from local import jws
from local.api_client import Api, ApiProblem, enter
from local.demo.feeds import Demo
from local.demo.town import DAYS_BEFORE_TODAY, FEEDS, Case, Person
from local.feed.cloud import Cloud
from local.feed.writer import Feed, FeedWriter, digest_of
from local.story.screen import Screen


@dataclass(slots=True)
class Stage:
    """One telling. Pictures and feeds are saved in `folder`; `tokens` are of the people who entered."""

    endpoints: Mapping[str, Any]
    folder: Path
    screen: Screen
    cloud: Cloud
    demo: Demo
    tokens: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)

    @property
    def api(self) -> Api:
        return Api(self.endpoints["api"])

    def person(self, key: str) -> Person:
        """Somebody of the cast: whose case it is, or a parent of the newborn."""
        if key == "newborn_mother":
            return self.demo.case("newborn").archive.guardians[1].person
        return self.demo.case(key).archive.person

    @property
    def child(self) -> Case:
        return self.demo.case("story_child")

    def feed(self, sequence: int) -> Feed:
        writer = FeedWriter(self.endpoints["feed_signing_key"])
        return next(feed for feed in self.demo.feeds(writer) if feed.sequence == sequence)

    def enter(self, key: str, channel: str) -> dict[str, Any]:
        """Lets somebody of the cast in; face verification each time (R15)."""
        platform, person = self.endpoints["identity_platform"], self.person(key)
        try:
            session = enter(self.api, platform, person, channel=channel)
        except ApiProblem as problem:
            if problem.code != "assertion_invalid":
                raise
            # a setting may allow the platform's other method only (D9)
            session = enter(self.api, platform, person, channel=channel, method="strong")
        self.tokens[key], self.channels[key] = session["token"], channel
        return session

    def get(self, key: str, path: str) -> Any:
        """What the API answers somebody of the cast."""
        return self._as(key, lambda token: self.api.get(path, token))

    def post(self, key: str, path: str, body: object, *, once: bool = False) -> Any:
        """What the API answers somebody who writes; `once` with an Idempotency-Key."""
        return self._as(key, lambda token: self.api.post(path, body, token, once=once))

    def fetch(self, key: str, path: str, media_type: str) -> bytes:
        """What the API answers somebody of the cast in another form than JSON."""
        headers = {"Accept": media_type}
        found: bytes = self._as(
            key, lambda token: self.api.call("GET", path, token=token, headers=headers).data
        )
        return found

    def _as(self, key: str, call: Callable[[str], Any]) -> Any:
        try:
            return call(self.tokens[key])
        except ApiProblem as problem:
            if problem.code != "verification_stale" and problem.status != HTTPStatus.UNAUTHORIZED:
                raise
        # sessions may be set very short: then one enters again, as the app would ask
        self.screen.say(
            "会话或人脸验证已过期，重新验证", "the session or its verification is over: once more"
        )
        self.enter(key, self.channels[key])
        return call(self.tokens[key])


def demo_of(cloud: Cloud, today: date) -> Demo | None:
    """The demo as it was on the day of its first feed, so that a kept state and the story stay of one piece.

    None where the bucket begins with another feed than the demo's.
    """
    first = next(cloud.manifests(), None)
    if first is None:
        return Demo(today)
    try:
        began = date.fromisoformat(json.loads(first)["business_date"])
        demo = Demo(began + timedelta(days=DAYS_BEFORE_TODAY + FEEDS - 1))
        # the digest does not depend on the key: signatures stand beside the manifest
        return demo if demo_digest(demo) == digest_of(first) else None
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def demo_digest(demo: Demo) -> str:
    """The digest of the demo's first manifest."""
    return next(iter(demo.feeds(FeedWriter(jws.generate_jwk())))).manifest_sha256
