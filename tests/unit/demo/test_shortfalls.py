"""A demonstration that fell short of what was asked says how, and does not end well."""

import stat
from pathlib import Path
from typing import cast

import pytest

from claimstream.demo.outcome import Outcome, _write, interesting
from claimstream.demo.run import Demo, DemoOptions
from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError
from claimstream.stack.state import StackAddresses, StateFolder
from deploy.embedded.child import Child
from schemas.encounter import EncounterDocumented
from tests.builders import make
from tests.unit.lineage.facts import told


def outcome(documented: int = 5, charged: int = 700, explained: int = 700) -> Outcome:
    return Outcome([("settled", documented)], {"owed": explained}, charged, [], [])


def test_a_run_with_all_of_its_encounters_and_cents_at_rest_fell_short_of_nothing() -> None:
    assert outcome().shortfalls(5, settled=True) == []


def test_a_run_in_which_nothing_was_documented_fell_short() -> None:
    (said,) = outcome(documented=0).shortfalls(5, settled=True)
    assert said.startswith("0 encounters")


def test_a_run_that_did_not_come_to_rest_fell_short() -> None:
    assert len(outcome().shortfalls(5, settled=False)) == 1


@pytest.mark.parametrize("explained", [699, 701])
def test_a_run_with_a_cent_too_few_or_too_many_fell_short(explained: int) -> None:
    (said,) = outcome(explained=explained).shortfalls(5, settled=True)
    assert "$7.00" in said


def test_three_encounters_are_shown_where_there_are_three_though_nothing_came_of_them() -> None:
    facts = told(
        make(EncounterDocumented, practice_id="P1", encounter_id=f"E{number}")
        for number in (1, 1, 2, 3, 4)
    )
    assert [key for _, key in interesting(facts)] == ["P1:E1", "P1:E2", "P1:E3"]
    assert [key for _, key in interesting(facts[:2])] == ["P1:E1"]


def a_demo(folder: Path) -> Demo:
    made = StateFolder(folder / "state")
    made.make()
    options = DemoOptions(encounters=1, seed=1, speed=1, fhir=(str(folder / "bundles"),))
    return Demo(Stack(made), options, lambda *_: None)


class Ended:
    """A child that ended with a code, or has not."""

    def __init__(self, code: int | None) -> None:
        self.code = code

    def exit_code(self) -> int | None:
        return self.code


def test_an_ehr_that_ended_fails_the_run_and_names_its_log(tmp_path: Path) -> None:
    demo = a_demo(tmp_path)
    demo._check_running(cast(Child, Ended(None)))
    with pytest.raises(StackError, match=r"ehr\.log"):
        demo._check_running(cast(Child, Ended(2)))


def test_bundles_that_could_not_be_published_fail_the_run_and_name_the_log(tmp_path: Path) -> None:
    demo = a_demo(tmp_path)
    (tmp_path / "bundles").mkdir()
    (tmp_path / "bundles" / "one.json").write_text("{", encoding="utf-8")
    with pytest.raises(StackError, match=r"fhir\.log"):
        demo._publish_bundles(StackAddresses("127.0.0.1:1"))


def test_samples_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    folder.mkdir(mode=0o755)
    sample = folder / "claims.837"
    sample.write_bytes(b"old")
    sample.chmod(0o644)
    _write(folder, {sample: b"ISA"})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(sample.stat().st_mode) == 0o600
    assert sample.read_bytes() == b"ISA"
