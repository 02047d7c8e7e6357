"""One local stack: emulator, identity platform and the real template deployed, as `make run` and the stack tests use it.

with temporary_stack({"ObservationSeconds": "2"}) as stack:
    stack.endpoints["api"]
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local import clinic_weeks, devices, jws, keys, services
from local.demo.feeds import Demo, today_in_shanghai
from local.emulator import deploy, fixups
from local.emulator.server import Emulator, free_port
from local.feed.cloud import Cloud
from local.functions import invoke
from local.homes import Home
from local.platform import people
from local.story.stage import demo_of
from tools.build import LOCAL_BUILD, build, fingerprint, host_architecture

# Long enough to be refused once for leaving too early, short enough to be waited for.
_OBSERVATION_SECONDS = "3"
DEVICE_AUDIENCE = "https://vaxcert.local/v1/devices/token"


@dataclass
class LocalStack:
    """Starts and ends the processes of one home, and tells where they are."""

    home: Home
    port: int
    platform_port: int
    snapshots: bool = False
    """See `Emulator.snapshots`: for a stack that somebody works with, or that is killed."""
    ahead: int = 0
    """See `Emulator.ahead`."""
    keeps: bool = True
    """See `Emulator.keeps`."""
    unpacked: Path | None = None
    """See `Emulator.unpacked`."""
    endpoints: dict[str, Any] = field(default_factory=dict)

    @property
    def emulator(self) -> Emulator:
        """The AWS of this stack."""
        return Emulator(self.home, self.port, self.snapshots, self.ahead, self.keeps, self.unpacked)

    @property
    def platform(self) -> services.Service:
        """The identity platform's stand-in of this stack."""
        return services.identity_platform(self.home, self.platform_port)

    def start(self) -> None:
        """Start both processes.

        :raises LocalProblem: a port is taken, or a process did not come up
        """
        self.home.prepare()
        self.emulator.start()
        services.start_identity_platform(self.platform, self.emulator.url)

    def deploy(self, parameters: Mapping[str, str], built: Path = LOCAL_BUILD) -> None:
        """Deploy the built template, mend it, make the first keys, set the clinics' weeks and enrol the devices; then `endpoints` is filled.

        :raises LocalProblem: an unknown parameter, or a resource or function that failed
        """
        feed_key = keys.load_or_make(self.home.keys / "feed.jwk")
        values = {**self._own_values(built, feed_key), **parameters}
        if "Release" in values:
            # Settings count too: a new one alone would leave the aliases on versions that have the old one.
            values["Release"] = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        deployed = deploy.deploy(self.emulator, built, values)
        fixups.apply(self.emulator, deployed)
        # As an operator does it with what the platform has issued.
        self.emulator.client("secretsmanager").put_secret_value(
            SecretId=deployed.resource("PlatformClientSecret"), SecretString=services.client_secret(self.home)
        )
        functions = self.emulator.client("lambda")
        # On AWS the schedule does this every day; nothing can be signed before the first time.
        invoke(functions, deployed.resource("RotateKeys"), {})
        clinic_weeks.set_weeks(functions, deployed.resource("SetClinicWeek"))
        self.endpoints = {
            "api": f"{self.emulator.url}/restapis/{deployed.resource('Api')}/live/_user_request_",
            "identity_platform": self.platform.url,
            **self.emulator.access,
            "feed_bucket": deployed.resource("FeedBucket"),
            "nightly_state_machine_arn": deployed.resource("NightlySync"),
            "reminders_state_machine_arn": deployed.resource("Reminders"),
            "feed_signing_key": feed_key,
            "device_audience": values.get("DeviceAudience", DEVICE_AUDIENCE),
            "devices": devices.enrol(functions, deployed.resource("EnrollDevice"), self.home),
        }
        people.save(people.cast_of(self._demo()), self.home.people)

    def _demo(self) -> Demo:
        """The demo as the feeds of this state tell it, or as they will."""
        today = today_in_shanghai()
        return demo_of(Cloud(self.endpoints), today) or Demo(today)

    def stop(self) -> None:
        """End both processes, state saved. Harmless where nothing runs."""
        self.home.endpoints.unlink(missing_ok=True)
        self.platform.stop()
        self.emulator.stop()

    def _own_values(self, built: Path, feed_key: jws.Jwk) -> dict[str, str]:
        """What a local stack sets, of the parameters that the template has."""
        declared = (
            deploy.read_yaml((built / "template.yaml").read_text(encoding="utf-8")).get("Parameters") or {}
        )
        values = {
            "Architecture": host_architecture(),
            "ServiceStage": "local",
            # A new build publishes new versions of the functions, also where only a layer has changed.
            "Release": fingerprint(built),
            # The emulator takes schedules for UTC, and a night by itself would cross the story's and the tests' own.
            "Schedules": "DISABLED",
            "FeedPublicJwk": json.dumps(jws.public_half(feed_key), separators=(",", ":")),
            "PlatformIssuer": services.ISSUER,
            "PlatformAudience": services.AUDIENCE,
            "PlatformJwksUrl": f"{self.platform.url}/.well-known/jwks.json",
            "PlatformEntryUrl": f"{self.platform.url}/entry",
            "PlatformReminderUrl": f"{self.platform.url}/reminders",
            "PlatformTokenUrl": f"{self.platform.url}/token",
            "DeviceAudience": DEVICE_AUDIENCE,
            # Leads to this stack's own page (local.emulator.domain).
            "CheckUrl": f"{self.emulator.url}/check/",
            "ObservationSeconds": _OBSERVATION_SECONDS,
        }
        return {name: value for name, value in values.items() if name in declared}


@contextmanager
def temporary_stack(
    parameters: Mapping[str, str] | None = None, folder: Path | None = None, *, snapshots: bool = False
) -> Iterator[LocalStack]:
    """A stack of its own on free ports, gone afterwards, which runs beside `make run`.

    :param folder: an empty folder for its state and logs; a temporary one where none is given
    :raises LocalProblem: it did not come up
    """
    build()
    with tempfile.TemporaryDirectory(prefix="vaxcert-stack-", ignore_cleanup_errors=True) as temporary:
        home, keeps = Home(folder or Path(temporary)), snapshots or folder is not None
        stack = LocalStack(home, free_port(), free_port(), snapshots, keeps=keeps)
        try:
            stack.start()
            stack.deploy(parameters or {})
            yield stack
        finally:
            stack.stop()
