"""Runs are laid out in a folder of their own, and take nobody else's."""

from pathlib import Path

import pytest

from claimstream.chaos.clearing import clear
from claimstream.stack.errors import StackError


@pytest.mark.parametrize("made", [True, False], ids=["empty", "not there"])
def test_an_empty_folder_is_taken_as_it_is(made: bool, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    if made:
        runs.mkdir()
    clear(runs)
    assert runs.is_dir()


def test_earlier_runs_in_it_are_removed(tmp_path: Path) -> None:
    clear(tmp_path / "runs")
    (tmp_path / "runs" / "faults").mkdir()
    clear(tmp_path / "runs")
    assert not (tmp_path / "runs" / "faults").exists()


def test_what_somebody_else_keeps_there_is_left_and_told(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("mine", encoding="utf-8")
    with pytest.raises(StackError, match="holds no such runs: give another folder"):
        clear(tmp_path)
    assert letter.read_text(encoding="utf-8") == "mine"


def test_a_file_is_no_folder_for_runs(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.touch()
    with pytest.raises(StackError, match=r"cannot be the folder of the runs \(Not a directory\)"):
        clear(letter)
    with pytest.raises(StackError, match="give another one"):
        clear(letter / "runs")
