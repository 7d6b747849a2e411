"""Files that a payer got wrong are kept whole, with their reason, where an operator sees them.

They lie where the payer's real ones do, and are fetched over SFTP by the running gateway.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimStateChanged,
    ClaimSubmitted,
    RemittanceReceived,
)
from schemas.coding import DocumentationQueryOpened
from schemas.encounter import EncounterDocumented
from schemas.reference import CoverageRegistered, PatientRegistered
from tests.e2e.test_bad_records import raw
from tests.e2e.world import World
from tests.support import until

STRANGER = "E2ESTRANGERCLAIM0001"
REJECTED = ("999", "rejected")
R = TypeVar("R", PatientRegistered, CoverageRegistered)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The files that were put into the payer's folder, by name, and what lay on the topics then."""

    contents: Mapping[str, bytes]
    again: str
    answers_before: int


def another_payment(content: bytes) -> bytes:
    """A remittance like another one, of a dollar more and under its own trace number (TRN02)."""
    segments = content.split(b"~")
    for place, segment in enumerate(segments):
        parts = segment.strip().split(b"*")
        if parts[0] == b"BPR":
            dollars, _, cents = parts[2].partition(b".")
            parts[2] = b"%d" % (int(dollars) + 1) + (b"." + cents if cents else b"")
        elif parts[0] == b"TRN":
            parts[2] = b"E2E" + uuid4().hex[:12].upper().encode()
        else:
            continue
        segments[place] = b"*".join(parts)
    return b"~".join(segments)


def answer_about_a_stranger(content: bytes, claims: list[str]) -> bytes:
    """A 277CA like another one, about claims that nobody ever sent (TRN02 of loop 2200D)."""
    for number, claim in enumerate(claims):
        content = content.replace(claim.encode(), f"{STRANGER[:-1]}{number % 10}".encode())
    return content


async def received(world: World, kind: str) -> dict[str, Any]:
    """The newest file of a kind that was received and loaded."""
    rows = await world.rows(
        "payer_gateway",
        "select name, payer_id, content from inbound_file where kinds = $1 and state = 'loaded' "
        "order by received_at desc, name limit 1",
        kind,
    )
    return dict(rows[0])


async def state_of(world: World, name: str) -> str:
    rows = await world.rows("payer_gateway", "select state from inbound_file where name = $1", name)
    return rows[0]["state"] if rows else ""


async def answers(world: World) -> int:
    return await world.count(
        ClaimAcknowledged.TOPIC, ClaimAdjudicated.TOPIC, RemittanceReceived.TOPIC
    )


@pytest.fixture(scope="module")
async def delivered(world: World) -> Delivered:
    """Put all files into the payer's folder, and wait until the gateway has read the last."""
    payment, acknowledgement = await received(world, "835"), await received(world, "277CA")
    claims = await world.rows("payer_gateway", "select claim_id from claim")
    contents = {
        "e2e-again.835": payment["content"],
        "e2e-unbalanced.835": another_payment(payment["content"]),
        "e2e-truncated.835": payment["content"][: len(payment["content"]) * 2 // 3],
        "e2e-stranger.277": answer_about_a_stranger(
            acknowledgement["content"], [row["claim_id"] for row in claims]
        ),
    }
    before = await answers(world)
    again = await world.rows(
        "payer_gateway",
        "select deliveries from inbound_file where name = $1",
        payment["name"],
    )
    logins = world.stack.folder.path / "payer" / "logins" / "claimstream"
    for name, content in contents.items():
        payer = acknowledgement if name.endswith(".277") else payment
        put(logins / payer["payer_id"] / "out", name, content)

    async def all_read() -> bool:
        states = [await state_of(world, name) for name in list(contents)[1:]]
        (row,) = await world.rows(
            "payer_gateway",
            "select deliveries from inbound_file where name = $1",
            payment["name"],
        )
        arrived_again = row["deliveries"] > again[0]["deliveries"]
        return arrived_again and all(state not in ("", "received") for state in states)

    await until(all_read, what="every file being read")
    return Delivered(contents, payment["name"], before)


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file, then give it its name, as a server does that is careful."""
    partial = folder / f"{name}.part"
    partial.write_bytes(content)
    partial.rename(folder / name)


async def test_nothing_of_them_is_published(world: World, delivered: Delivered) -> None:
    await world.settled()
    assert await answers(world) == delivered.answers_before


async def test_a_file_that_came_again_is_stored_once(world: World, delivered: Delivered) -> None:
    content = delivered.contents["e2e-again.835"]
    rows = await world.rows(
        "payer_gateway", "select name, state from inbound_file where content = $1", content
    )
    assert [(row["name"], row["state"]) for row in rows] == [(delivered.again, "loaded")]


@pytest.mark.parametrize("name", ["e2e-unbalanced.835", "e2e-truncated.835", "e2e-stranger.277"])
async def test_the_others_are_kept_byte_for_byte(
    world: World, delivered: Delivered, name: str
) -> None:
    rows = await world.rows(
        "payer_gateway", "select content from inbound_file where name = $1", name
    )
    assert [row["content"] for row in rows] == [delivered.contents[name]]


async def test_an_operator_sees_them_with_their_reasons(world: World, delivered: Delivered) -> None:
    said = world.say("dead-letters", "list", "--service", "payer-gateway", "--json")
    assert said.code == 0
    kinds = {
        (line["kind"], line["reason"].partition(".")[0], line["status"])
        for line in said.lines()
        if "kind" in line
    }
    assert kinds >= {
        ("remittance", "remittance", "open"),
        ("file", "envelope", "open"),
        ("277CA", "gateway", "open"),
    }
    reasons = {line["reason"] for line in said.lines()}
    assert reasons >= {"remittance.transaction-balance", "gateway.claim-unknown"}


async def test_one_can_be_looked_at(world: World, delivered: Delivered) -> None:
    rows = await world.rows(
        "payer_gateway",
        "select q.item_id from quarantine q join inbound_file f on f.sha256 = q.file_sha256 "
        "where f.name = 'e2e-unbalanced.835'",
    )
    said = world.say("dead-letters", "show", str(rows[0]["item_id"]))
    assert said.code == 0
    assert "e2e-unbalanced.835" in said.out
    assert "remittance.transaction-balance" in said.out
    assert f"payer quarantine show {rows[0]['item_id']}" in said.out


async def test_they_break_no_promise(world: World, delivered: Delivered) -> None:
    assert (await world.proof()).findings == []


async def rejected_visit(world: World) -> str:
    """Let a patient visit whose member id asks the payer for a 999 that rejects; its key."""
    events = [fact.event for fact in (await world.history()).facts if fact.event is not None]
    documented = Counter(event.key for event in events if isinstance(event, EncounterDocumented))
    asked = {event.key for event in events if isinstance(event, DocumentationQueryOpened)}
    claim = min(
        (
            event
            for event in events
            if isinstance(event, ClaimSubmitted)
            and event.payer_level == 1
            and documented[event.key] == 1
            and event.key not in asked
        ),
        key=lambda claim: claim.key,
    )
    patient = await told_of(world, PatientRegistered, claim.practice_id, claim.patient_id)
    coverage = await told_of(world, CoverageRegistered, claim.practice_id, claim.patient_id)
    encounter = next(
        event
        for event in events
        if isinstance(event, EncounterDocumented) and event.key == claim.key
    )
    name = {"patient_id": "E2E-P999"}
    policies = tuple(
        policy.model_copy(update={"member_id": "REJECT-999-1", "coverage_id": f"E2E-{policy.rank}"})
        for policy in coverage.policies
    )
    visit = encounter.model_copy(update={**name, "encounter_id": "E2E-E999"})
    await world.publish(
        [
            raw(patient.model_copy(update={**name, "account_id": "E2E-P999"}), None),
            raw(coverage.model_copy(update={**name, "policies": policies}), None),
            raw(visit, None),
        ]
    )
    return visit.key


async def told_of(world: World, kind: type[R], practice_id: str, patient_id: str) -> R:
    """What a reference topic says of a patient."""
    return next(
        fact.event
        for fact in (await world.history(kind.TOPIC)).facts
        if isinstance(fact.event, kind)
        and (fact.event.practice_id, fact.event.patient_id) == (practice_id, patient_id)
    )


async def test_an_837_that_a_999_rejects_gives_its_claim_back_to_a_person(world: World) -> None:
    key = await rejected_visit(world)
    world.pace(2)

    async def held() -> bool:
        facts = (await world.history(ClaimAcknowledged.TOPIC, ClaimStateChanged.TOPIC)).facts
        mine = [fact.event for fact in facts if fact.event is not None and fact.event.key == key]
        rejected = any(
            isinstance(event, ClaimAcknowledged) and (event.stage, event.outcome) == REJECTED
            for event in mine
        )
        moved = [event.to_state for event in mine if isinstance(event, ClaimStateChanged)]
        return rejected and "held" in moved

    try:
        await until(held, what="the claim being held")
    finally:
        world.pace(0)
    assert (await world.settled()).findings == []
    said = world.say("billing", "holds", "list", "--practice", key.partition(":")[0])
    assert said.code == 0
    assert key.partition(":")[2] in said.out
