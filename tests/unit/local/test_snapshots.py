"""The emulator's state is one moment's: what was not written whole is no state (local.emulator.snapshots)."""

from __future__ import annotations

from pathlib import Path

from local.emulator.snapshots import finish


def _files(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.json"))}


def test_what_was_written_whole_is_put_in_place_to_the_end_and_what_was_not_is_dropped(
    tmp_path: Path,
) -> None:
    state, beside = tmp_path / "emulator", tmp_path / "emulator.next"
    for whole in (False, True):
        state.mkdir(exist_ok=True)
        beside.mkdir()
        for name in ("dynamodb", "kms"):
            (state / f"{name}.json").write_text("before", encoding="utf-8")
            (beside / f"{name}.json").write_text("after", encoding="utf-8")
        if whole:  # killed when the first of them was in place
            (beside / "whole").touch()
            (beside / "dynamodb.json").replace(state / "dynamodb.json")
        finish(state)
        assert set(_files(state).values()) == {"after" if whole else "before"}
        assert not beside.exists()
    finish(state)
    assert set(_files(state).values()) == {"after"}
