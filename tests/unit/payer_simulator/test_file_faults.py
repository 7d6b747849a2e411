"""Each way in which the payer spoils a file is refused by the gateway for the reason it names."""

from uuid import UUID

import pytest

from services.payer_gateway.domain.answer_file import read_answers
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.intake import Arrived, Intake, Known, decide_file
from simulators.payer.file_fault import FAULTS
from tests.support import NOON
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

KINDS = ("835", "277CA", "999", "TA1", "277", "271")
SPOILED = [(name, kind) for name, fault in FAULTS.items() for kind in KINDS if fault.meets(kind)]
KNOWN = Known(
    claims={
        claim_id: [ClaimRecord("P1", claim_id, f"E{claim_id}", "BLUERIVER", "filed")]
        for claim_id in ("C1", "C2", "C8", "C9")
    },
    practices={"1234567893": ["P1"]},
    files={},
    loaded=frozenset(),
)


def sound(kind: str) -> bytes:
    return ("~".join(SAMPLES[kind].strip().split("\n")) + "~").encode()


def decided(content: bytes) -> Intake:
    arrived = Arrived("BLUERIVER", "answer", "S" * 64, NOON, UUID(int=1))
    return decide_file(read_answers(content, "answer"), KNOWN, arrived)


def rules(content: bytes) -> set[str]:
    return {finding.rule for item in decided(content).items for finding in item.findings}


@pytest.mark.parametrize(("name", "kind"), SPOILED, ids=[" ".join(each) for each in SPOILED])
def test_a_spoiled_file_is_refused_for_its_reason_or_read_all_the_same(
    name: str, kind: str
) -> None:
    fault, whole = FAULTS[name], sound(kind)
    spoiled = fault.spoil(whole)
    if fault.is_harmless or spoiled == whole:
        assert rules(spoiled) == rules(whole)
        return
    assert fault.refusal in rules(spoiled)
    asked_for = {"gateway.file-unknown"}  # no file was sent in this story
    assert fault.refusal in asked_for or fault.refusal not in rules(whole)


def test_each_fault_changes_some_file() -> None:
    untouched = {
        name
        for name in FAULTS
        if all(FAULTS[name].spoil(sound(kind)) == sound(kind) for kind in KINDS)
    }
    assert untouched == set()


@pytest.mark.parametrize("name", [name for name, kind in SPOILED if kind == "835"])
def test_nothing_of_a_spoiled_payment_is_published_so_that_the_right_one_is_no_duplicate(
    name: str,
) -> None:
    fault = FAULTS[name]
    intake = decided(fault.spoil(sound("835")))
    if fault.is_harmless or name == "set-twice":
        assert len(intake.loaded) == 1
        assert len(intake.events) == 4
    else:
        assert (intake.loaded, intake.events) == ([], [])
