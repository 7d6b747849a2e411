"""``claimstream dead-letters`` for a record that several services set aside, under one id."""

import asyncio
import re
from dataclasses import replace
from importlib import import_module

import asyncpg
import pytest

from schemas.reference import PatientRegistered
from services.chassis.processor import Processor
from services.chassis.record import Record
from tests.delivery.test_dead_letter_commands import (
    Office,
    office,
    patient_again,
    spoilt_patient,
    taken_in,
    the_patient,
)
from tests.delivery.test_redrive_by_the_service import refuses
from tests.support import ManualClock

__all__ = ["office"]

FIX = ("--set", 'sex="F"', "--reason", "as on the card")


@pytest.fixture
def shared(office: Office) -> str:
    """The id under which billing and coding both have the patient that cannot be read."""
    asyncio.run(taken_in(office, spoilt_patient(), service="coding"))
    return the_patient(office, "billing")


def open_in(office: Office) -> list[str]:
    lines = office.lines("list", "--reason", "contract_broken")
    return [str(line["service"]) for line in lines]


def test_it_is_shown_of_each_and_says_how_to_name_one(office: Office, shared: str) -> None:
    said = re.sub(r" +", " ", office.say("show", shared).stdout)
    assert said.count(f"id {shared}") == 2
    assert f"redrive {shared} --service coding" in said
    assert f"redrive {shared} --service billing" in said
    only = re.sub(r" +", " ", office.say("show", shared, "--service", "coding").stdout)
    assert only.count(f"id {shared}") == 1


@pytest.mark.parametrize("words", [("repair", *FIX), ("dismiss", "--reason", "void")])
def test_which_one_is_meant_must_be_said_where_something_would_be_changed(
    office: Office, shared: str, words: tuple[str, ...]
) -> None:
    done = office.say(words[0], shared, *words[1:])
    assert done.exit_code in {1, 2}
    assert f"{shared} is an open dead letter of coding, billing: say --service." in done.stderr
    assert open_in(office) == ["coding", "billing"]


def test_it_is_repaired_and_redriven_in_each(office: Office, shared: str) -> None:
    for service in ("coding", "billing"):
        done = office.say("repair", shared, "--service", service, *FIX)
        assert done.exit_code == 0, done.output
    assert office.say("diff", shared).stdout.count("as on the card") == 2
    done = office.say("redrive", shared)
    assert (done.exit_code, "2 of 2 dead letters: 2 accepted" in done.stdout) == (0, True)
    assert open_in(office) == []
    assert "already" in office.say("redrive", shared).stdout


def test_one_that_another_service_is_through_with_is_still_reached_by_its_id(
    office: Office, shared: str
) -> None:
    void = ("--reason", "not coded here")
    assert office.say("dismiss", shared, "--service", "coding", *void).exit_code == 0
    assert open_in(office) == ["billing"]
    assert office.say("repair", shared, *FIX).exit_code == 0
    done = office.say("redrive", shared)
    assert (done.exit_code, "Accepted" in done.stdout) == (0, True), done.output
    assert open_in(office) == []


async def refused_by_coding(office: Office, record: Record) -> None:
    own = import_module("services.coding.app").service()
    refusing = replace(own, handlers={**own.handlers, PatientRegistered: refuses})
    async with asyncpg.create_pool(office.urls["coding"], min_size=1, max_size=2) as pool:
        await Processor(refusing, pool, ManualClock()).process([record])


def test_one_that_waits_in_another_service_is_shown_there_too(office: Office) -> None:
    asyncio.run(refused_by_coding(office, patient_again("X1")))
    (parked,) = office.lines("parked", "--service", "billing")
    said = office.say("show", parked["event_id"]).stdout
    assert re.search(r"^service +coding$", said, re.MULTILINE)
    assert "Parked in billing since" in said
    assert "Parked" not in office.say("show", parked["event_id"], "--service", "coding").stdout
