"""`sam build`, skipped where nothing that goes into it has changed.

    python -m tools.build [--environment dev] [--architecture arm64|x86_64]          (make build, make deploy)

The local stack builds for this machine into a folder of its own; from the command line SAM's own folder is filled for AWS.
"""

import argparse
import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import compiled, web
from tools.paths import ROOT, TOOLS
from tools.problems import LocalProblem

LOCAL_BUILD = TOOLS / "build" / "artifacts"
# Everything that a deployed stack is made of.
SOURCES = ("template.yaml", "functions", "layers", "statemachines", "tools/compiled.py", "tools/recorded.py")
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_WHEELS = {"x86_64": "x86_64", "arm64": "aarch64"}


def host_architecture() -> str:
    """This machine's architecture, in Lambda's words."""
    return _MACHINES[platform.machine().lower()]


def build(folder: Path = LOCAL_BUILD, architecture: str | None = None) -> bool:
    """Build the template into a folder.

    :param architecture: of Lambda, in its words; None for functions that run on this very machine
    :returns: whether there was anything to do
    :raises LocalProblem: SAM is missing or refused
    """
    stamp = _stamp(folder)
    with _alone(LOCAL_BUILD):
        web.build()
    with _alone(folder):
        wanted = _fingerprint(architecture)
        standing = (folder / "template.yaml").exists() and stamp.exists()
        if standing and stamp.read_text(encoding="utf-8") == wanted:
            return False
        stamp.unlink(missing_ok=True)
        _sam_build(folder, architecture)
        _compile_functions(folder)
        stamp.write_text(wanted, encoding="utf-8")
    return True


def fingerprint(folder: Path = LOCAL_BUILD) -> str:
    """What names a build: the same sources for the same machine or architecture give the same."""
    return _stamp(folder).read_text(encoding="utf-8")


def _stamp(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.stamp"


def _sam_build(folder: Path, architecture: str | None) -> None:
    sam = TOOLS / "venvs" / "sam" / "bin" / "sam"
    if not sam.exists():
        raise LocalProblem(f"{sam} is missing. Run: tools/bootstrap.sh sam")
    command = [str(sam), "build", "--cached", "--parallel", "--build-dir", str(folder)]
    command += ["--cache-dir", str(folder.parent / "cache" / (architecture or "host"))]
    environment = {
        **os.environ,
        # The real Python 3.13 and uv first: a version manager's shims break the build.
        "PATH": os.pathsep.join([str(TOOLS / "bin"), os.environ.get("PATH", os.defpath)]),
        "PLATFORM": f"{_WHEELS[architecture]}-manylinux_2_34" if architecture else "host",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(TOOLS / "sam"),
        # Building asks AWS nothing, but SAM wants a region.
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "cn-north-1"),
    }
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalProblem(f"sam build failed:\n{done.stdout}{done.stderr}")


def _compile_functions(folder: Path) -> None:
    # Layers compile themselves; SAM's Python builder drops .pyc, so functions are compiled after it.
    # All of them have the same package, which SAM makes once.
    names = sorted({path.parent.parent.name for path in folder.glob("*/*/app.py")})
    compiled.write(*(folder / name for name in names))
    command = [str(TOOLS / "bin" / "python3.13"), "-m", "compileall", "-q"]
    command += ["--invalidation-mode", "unchecked-hash"]
    # Named relatively, so that a build names no folder of the machine that made it.
    subprocess.run([*command, *names], cwd=folder, check=True)


def _fingerprint(architecture: str | None) -> str:
    digest = hashlib.sha256((architecture or f"{sys.platform} {platform.machine()}").encode())
    for path in _source_files():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"\0{path.relative_to(ROOT)}\0{content}".encode())
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    for name in SOURCES:
        source = ROOT / name
        if source.is_file():
            yield source
        for path in sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield path


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One build into a folder at a time: `make test` may run beside `make run`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def configured_architecture(environment: str) -> str:
    """The architecture that samconfig.toml deploys an environment for.

    :raises LocalProblem: there is no such environment, or it does not say
    """
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    if environment not in config:
        raise LocalProblem(f"samconfig.toml has no environment {environment}")
    overrides = config[environment].get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    for name, _, value in (override.partition("=") for override in overrides):
        if name == "Architecture" and value in _WHEELS:
            return str(value)
    raise LocalProblem(f"samconfig.toml does not say which Architecture {environment} is deployed for")


def name_release(folder: Path) -> Path:
    """Write samconfig.toml anew beside the build, with the parameter `Release` in every environment.

    Its value is one of the build and of the settings: without it a change of a setting alone would publish nothing
    (docs/adr/0001-layers-and-aliases.md). On the command line --parameter-overrides would replace the settings.
    """
    config = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    release = hashlib.sha256((fingerprint(folder) + config).encode()).hexdigest()[:32]
    named = folder.parent / "samconfig.toml"
    opening = "parameter_overrides = [\n"
    named.write_text(config.replace(opening, f'{opening}  "Release={release}",\n'), encoding="utf-8")
    return named


def main() -> int:
    """Build for AWS, from the command line; always, since SAM's own folder may hold what somebody else built."""
    parser = argparse.ArgumentParser(prog="python -m tools.build", description="sam build for an environment")
    parser.add_argument(
        "--environment", default="dev", help="of samconfig.toml, which names its architecture"
    )
    parser.add_argument("--architecture", choices=sorted(_WHEELS), help="another architecture than that")
    arguments = parser.parse_args()
    folder = ROOT / ".aws-sam" / "build"
    try:
        architecture = arguments.architecture or configured_architecture(arguments.environment)
        _stamp(folder).unlink(missing_ok=True)
        build(folder, architecture)
        name_release(folder)
    except LocalProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"Built .aws-sam/build for {architecture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
