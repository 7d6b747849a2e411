"""What is wrong with the options is told before a run begins, not when it is over."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimstream.cli import build


@pytest.mark.parametrize("option", ["--json", "--reference"])
def test_a_file_that_cannot_be_written_is_told_before_the_run(option: str, tmp_path: Path) -> None:
    for given in (tmp_path / "nowhere" / "file", tmp_path):
        told = CliRunner().invoke(
            build("chaos"), ["chaos", option, str(given), "--state-dir", str(tmp_path / "runs")]
        )
        assert told.exit_code == 2
        assert f"{option}: {given} cannot be used" in told.output
    assert not (tmp_path / "runs").exists()


def test_a_fault_that_there_is_not_is_told_before_the_run(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        build("chaos"), ["chaos", "--faults-only", "flood", "--state-dir", str(tmp_path / "runs")]
    )
    assert (told.exit_code, told.output) == (2, "There is no fault flood: see --list-faults.\n")
    assert not (tmp_path / "runs").exists()
