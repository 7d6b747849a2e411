"""A fuse ends a process at its moment, once."""

import signal
from pathlib import Path

from claimstream.chaos.fuse import Fuse, Lit
from tests.unit.chaos.processes import ends_with

KILLED = -signal.SIGKILL


def passing(folder: Path, moment: str, times: int) -> int:
    """How a process ends that passes ``moment`` so often."""

    def act() -> None:
        fuse = Fuse(folder, "billing")
        for _ in range(times):
            fuse.pass_by(moment)

    return ends_with(act)


def test_a_process_that_passes_its_moment_is_killed(tmp_path: Path) -> None:
    fuse = Fuse(tmp_path, "billing")
    fuse.light(Lit("commit"))
    assert not fuse.has_burnt()
    assert passing(tmp_path, "commit", 1) == KILLED
    assert fuse.has_burnt()


def test_it_survives_as_many_passings_as_it_was_lit_for(tmp_path: Path) -> None:
    Fuse(tmp_path, "billing").light(Lit("commit", 3))
    assert passing(tmp_path, "commit", 3) == 0
    assert passing(tmp_path, "commit", 4) == KILLED


def test_a_fuse_burns_once(tmp_path: Path) -> None:
    Fuse(tmp_path, "billing").light(Lit("commit"))
    assert passing(tmp_path, "commit", 1) == KILLED
    assert passing(tmp_path, "commit", 100) == 0


def test_another_moment_another_process_and_no_fuse_end_nothing(tmp_path: Path) -> None:
    assert passing(tmp_path, "commit", 10) == 0
    Fuse(tmp_path, "coding").light(Lit("commit"))
    assert passing(tmp_path, "commit", 10) == 0
    Fuse(tmp_path, "billing").light(Lit("upload"))
    assert passing(tmp_path, "commit", 10) == 0


def test_a_fuse_that_was_put_out_ends_nothing(tmp_path: Path) -> None:
    fuse = Fuse(tmp_path, "billing")
    fuse.light(Lit("commit"))
    fuse.put_out()
    assert passing(tmp_path, "commit", 10) == 0
    assert not fuse.has_burnt()


def test_lit_again_it_counts_from_the_beginning_and_has_not_burnt(tmp_path: Path) -> None:
    fuse = Fuse(tmp_path, "billing")
    fuse.light(Lit("commit"))
    assert passing(tmp_path, "commit", 1) == KILLED
    fuse.light(Lit("commit", 1))
    assert not fuse.has_burnt()
    assert passing(tmp_path, "commit", 1) == 0
    assert passing(tmp_path, "commit", 2) == KILLED
