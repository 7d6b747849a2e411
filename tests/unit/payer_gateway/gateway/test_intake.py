"""A payment is loaded once, whatever else of its number a file brings."""

from dataclasses import replace
from uuid import UUID

import pytest

from schemas.claim import RemittanceReceived
from services.payer_gateway.domain.answer_file import read_answers
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.intake import Arrived, Intake, Known, decide_file
from services.payer_gateway.x12 import Adjustment, Remittance, write_835
from tests.support import NOON
from tests.unit.payer_gateway.x12.builders import envelope, paid_claim, remittance, service

KNOWN = Known(
    claims={"CLM1": [ClaimRecord("P1", "CLM1", "E1", "BLUERIVER", "filed")]},
    practices={"1234567893": ["P1"]},
    files={},
    loaded=frozenset(),
)


def payment() -> Remittance:
    adjustments = (Adjustment("CO", "45", 9_000), Adjustment("PR", "2", 1_000))
    claim = paid_claim("CLM1", "1", service(25_000, 15_000, *adjustments, number="1"))
    made = remittance(15_000, [claim])
    return replace(made, payee=replace(made.payee, identifier="1234567893"))


def decided(*payments: Remittance) -> Intake:
    content = write_835(envelope(), list(payments))
    arrived = Arrived("BLUERIVER", "a.835", "S" * 64, NOON, UUID(int=1))
    return decide_file(read_answers(content, "a.835"), KNOWN, arrived)


@pytest.mark.parametrize("is_first", [True, False])
def test_one_that_does_not_balance_keeps_out_none_of_its_number_that_does(is_first: bool) -> None:
    off = replace(payment(), claims=())
    intake = decided(*([off, payment()] if is_first else [payment(), off]))
    assert len(intake.loaded) == 1
    assert sum(isinstance(event, RemittanceReceived) for event in intake.events) == 1
    assert len(intake.items) + intake.repeated == 1


def test_one_that_comes_twice_is_loaded_once() -> None:
    intake = decided(payment(), payment())
    assert (len(intake.loaded), intake.repeated) == (1, 1)
