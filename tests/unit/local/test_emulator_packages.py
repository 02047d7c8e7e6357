"""Packages are unpacked once and kept beside the state: what a worker or a restart finds is what was deployed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.emulator.layers import bring_back, set_aside
from local.emulator.workers import UNPACKED, SharedUnpacking, stub_of


def package(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return made.getvalue()


def unpacked(archive: bytes, folder: Path) -> Path:
    """As MiniStack unpacks for a worker."""
    folder.mkdir()
    with SharedUnpacking(io.BytesIO(archive)) as stub:
        stub.extractall(folder)
    return folder


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(UNPACKED, str(tmp_path / "shared"))
    stub_of.cache_clear()
    return tmp_path / "shared"


def test_two_workers_see_one_copy_of_a_package_and_another_package_is_another(
    shared: Path, tmp_path: Path
) -> None:
    app, other = package(app="1", more="2"), package(app="3")
    first, second, third = (
        unpacked(stub_of(each), tmp_path / str(number)) for number, each in enumerate((app, app, other))
    )
    assert {path.name: path.read_text() for path in first.iterdir()} == {"app.py": "1", "more.py": "2"}
    assert first.resolve() == second.resolve()
    assert (third / "app.py").read_text() == "3"
    assert len(list(shared.iterdir())) == 2


def test_what_another_stack_has_unpacked_is_taken_as_it_stands(shared: Path, tmp_path: Path) -> None:
    app = package(app="1")
    theirs = unpacked(stub_of(app), tmp_path / "theirs").resolve() / "app.py"
    theirs.write_text("unpacked by another")
    stub_of.cache_clear()
    assert (unpacked(stub_of(app), tmp_path / "ours") / "app.py").read_text() == "unpacked by another"
    assert len(list(shared.iterdir())) == 1


def test_a_package_is_unpacked_as_ever_where_it_is_no_stub(tmp_path: Path) -> None:
    folder = unpacked(package(app="1"), tmp_path / "worker")
    assert not folder.is_symlink()
    assert (folder / "app.py").read_text() == "1"


def layers(*packages: bytes) -> dict[str, Any]:
    return {
        "ours": {"versions": [{"Version": 1 + at, "_zip_data": each} for at, each in enumerate(packages)]}
    }


def test_a_layer_comes_back_from_a_state_that_only_names_it(tmp_path: Path) -> None:
    kept = layers(b"first", b"second", b"first")
    set_aside(kept, tmp_path)
    told = json.dumps(kept)
    assert "first" not in told
    assert len(list(tmp_path.iterdir())) == 2
    read = json.loads(told)
    bring_back(read, tmp_path)
    assert read == layers(b"first", b"second", b"first")


def test_a_state_of_before_is_read_too_and_what_nothing_names_is_dropped(tmp_path: Path) -> None:
    set_aside(layers(b"of a deployment before"), tmp_path)
    read = layers(b"within the state")
    bring_back(read, tmp_path)
    assert read == layers(b"within the state")
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    named = layers(b"lost")
    set_aside(named, tmp_path)
    next(tmp_path.iterdir()).unlink()
    with pytest.raises(FileNotFoundError):
        bring_back(named, tmp_path)
