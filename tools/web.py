"""The pages of `web/`, built into the layer that serves them; skipped where nothing that goes into them has changed.

python -m tools.web build|lint|test          (make build, make run, make lint, make test)
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.paths import ROOT, TOOLS
from tools.problems import LocalProblem

WEB = ROOT / "web"
BUILT = ROOT / "layers" / "pages" / "built"
_STAMP = TOOLS / "build" / "web.stamp"
_MADE = frozenset({"node_modules", "dist", "schema.d.ts"})


def build() -> bool:
    """Build the pages.

    :returns: whether there was anything to do
    :raises LocalProblem: the tools are missing, or the build refused
    """
    wanted = _fingerprint()
    if BUILT.is_dir() and _STAMP.exists() and _STAMP.read_text(encoding="utf-8") == wanted:
        return False
    _STAMP.unlink(missing_ok=True)
    run("build", quiet=True)
    shutil.rmtree(BUILT, ignore_errors=True)
    shutil.copytree(WEB / "dist", BUILT)
    _STAMP.parent.mkdir(parents=True, exist_ok=True)
    _STAMP.write_text(wanted, encoding="utf-8")
    return True


def run(script: str, *, quiet: bool = False) -> None:
    """Run a script of web/package.json.

    :raises LocalProblem: it failed; what it said is in the message if it was quiet
    """
    subprocess.run([str(ROOT / "tools" / "bootstrap.sh"), "web"], cwd=ROOT, check=True)
    # npm itself takes a second to start and is asked nothing: the scripts' tools stand in node_modules.
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(TOOLS / "bin"), os.environ.get("PATH", os.defpath)]),
    }
    done = subprocess.run(
        ["npm", "run", "--silent", script],
        cwd=WEB,
        env=environment,
        capture_output=quiet,
        text=True,
        check=False,
    )
    if done.returncode:
        told = f":\n{done.stdout}{done.stderr}" if quiet else ""
        raise LocalProblem(f"web: npm run {script} failed{told}")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted({*_sources(), ROOT / "docs" / "api" / "openapi.json"}):
        digest.update(f"\0{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for folder, folders, names in WEB.walk():
        folders[:] = [name for name in folders if name not in _MADE]
        yield from (folder / name for name in names if name not in _MADE)


def main() -> int:
    """Build, lint or test, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.web", description="the pages of web/")
    parser.add_argument("what", choices=["build", "lint", "test"])
    what = parser.parse_args().what
    try:
        if what == "build":
            print("Built the pages" if build() else "The pages are as they were built")
        else:
            run(what)
    except LocalProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
