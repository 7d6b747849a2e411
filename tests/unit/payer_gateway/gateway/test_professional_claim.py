"""What the 837P says of policies, earlier payers and drugs is what is known, and nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from schemas.claim import ClaimLine, ClaimSubmitted, PriorPayer, PriorPayerLine
from schemas.values import Adjustment
from services.payer_gateway.domain.professional_claim import (
    ClaimParties,
    build_claim,
    without_subscriber,
)
from services.payer_gateway.domain.readings import SubmittedClaim
from services.payer_gateway.domain.reference_data import (
    Coverage,
    Person,
    Policy,
    PostalAddress,
    Practice,
    Provider,
)
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.x12 import Claim, validate

ADDRESS = PostalAddress("1 Elm St", "", "Salem", "OR", "97301")
PATIENT = Person("Doe", "Jane", date(1980, 1, 1), "F", ADDRESS)
HOLDER = Person("Doe", "Sam", date(1950, 1, 1), "M", ADDRESS)


def profile(payer_id: str, x12_payer_id: str = "", **changes: Any) -> TradingPartner:
    return TradingPartner(
        payer_id=payer_id,
        name=payer_id,
        x12_payer_id=x12_payer_id or payer_id,
        receiver_id=payer_id,
        receiver_name=payer_id,
        connection="c",
        outbound_folder="in",
        inbound_folder="out",
        **changes,
    )


def policy(coverage_id: str, rank: int = 1, programme: str = "commercial") -> Policy:
    return Policy(
        coverage_id,
        f"PAYER-{coverage_id}",
        f"Payer {coverage_id}",
        programme,
        rank,
        f"M1{coverage_id}",
        "",
        "self",
        None,
        date(2020, 1, 1),
        None,
    )


def prior(coverage_id: str, level: int = 1, *, with_lines: bool = True) -> PriorPayer:
    adjustments = (
        Adjustment(group="CO", reason="45", amount_cents=3000),
        Adjustment(group="PR", reason="2", amount_cents=2000),
    )
    line = PriorPayerLine(line=1, paid_cents=5000, adjustments=adjustments)
    return PriorPayer(
        payer_id=f"PAYER-{coverage_id}",
        coverage_id=coverage_id,
        level=level,
        paid_cents=5000,
        adjudicated_on=date(2026, 4, 1),
        adjustments=() if with_lines else adjustments,
        lines=(line,) if with_lines else (),
    )


def submitted(coverage_id: str = "c1", level: int = 1, **changes: Any) -> ClaimSubmitted:
    values: dict[str, Any] = {
        "practice_id": "P1",
        "encounter_id": "E1",
        "claim_id": "CLM1",
        "payer_level": level,
        "version": 1,
        "payer_id": f"PAYER-{coverage_id}",
        "coverage_id": coverage_id,
        "patient_id": "PT1",
        "rendering_provider_id": "R1",
        "service_date": date(2026, 3, 2),
        "place_of_service": "11",
        "diagnoses": ("J20.9",),
        "lines": (
            ClaimLine(line=1, code="J1885", units=4, charge_cents=10000, diagnosis_pointers=(1,)),
        ),
        "total_charge_cents": 10000,
        "filing_deadline": date(2026, 9, 1),
        "submitted_at": datetime(2026, 3, 3, tzinfo=UTC),
    }
    return ClaimSubmitted.model_validate({**values, **changes})


def built(event: ClaimSubmitted, *policies: Policy, profiles: tuple[TradingPartner, ...]) -> Claim:
    """The claim, which is the same from what the gateway reads of the event."""
    coverage = Coverage(policies)
    billed = coverage.policy(event.coverage_id)
    assert billed is not None
    practice = Practice("Clinic", "1234567893", "123456789", "207Q00000X", ADDRESS, "5035551212")
    provider = Provider("1993999998", "207Q00000X", "Smith", "Al")
    parties = ClaimParties(practice, PATIENT, coverage, provider)
    by_id = {each.payer_id: each for each in profiles}
    partner = by_id[event.payer_id]
    claim = build_claim(event, billed, parties, partner, by_id)
    assert build_claim(SubmittedClaim.of(event), billed, parties, partner, by_id) == claim
    return claim


def sequences(claim: Claim) -> list[str]:
    return [claim.subscriber.payer_sequence, *(o.payer_sequence for o in claim.other_payers)]


def test_two_policies_of_one_rank_do_not_claim_the_same_place() -> None:
    claim = built(
        submitted(), policy("c1"), policy("c2", 2), policy("c3", 2), profiles=(profile("PAYER-c1"),)
    )
    assert sequences(claim) == ["P", "S", "T"]
    assert validate.check_claim(claim) == []


def test_a_secondary_policy_billed_first_leaves_its_place_to_the_next() -> None:
    ended = replace(policy("c1"), effective_to=date(2025, 12, 31))
    claim = built(
        submitted("c2"), ended, policy("c2", 2), policy("c3", 3), profiles=(profile("PAYER-c2"),)
    )
    assert sequences(claim) == ["P", "S"]
    assert [other.payer_id for other in claim.other_payers] == ["PAYER-c3"]


def test_policies_of_one_rank_billed_one_after_the_other_keep_their_levels() -> None:
    event = submitted("c2", 2, prior_payers=(prior("c1"),))
    claim = built(event, policy("c1"), policy("c2"), policy("c3"), profiles=(profile("PAYER-c2"),))
    assert sequences(claim) == ["S", "P", "T"]
    assert validate.check_claim(claim) == []


def test_another_payer_is_named_by_its_x12_id_in_2330b_and_in_each_line() -> None:
    event = submitted("c2", 2, prior_payers=(prior("c1"),))
    claim = built(
        event,
        policy("c1"),
        policy("c2", 2),
        policy("c3", 3),
        profiles=(profile("PAYER-c1", "60054"), profile("PAYER-c2", "87726")),
    )
    assert claim.payer.identifier == "87726"
    assert [other.payer_id for other in claim.other_payers] == ["60054", "PAYER-c3"]
    assert [done.payer_id for line in claim.lines for done in line.adjudications] == ["60054"]
    assert validate.check_claim(claim) == []


@pytest.mark.parametrize(
    ("with_lines", "of_claim", "of_lines"), [(True, None, [2000]), (False, 2000, [])]
)
def test_what_is_left_to_the_patient_is_said_where_the_payer_decided(
    with_lines: bool, of_claim: int | None, of_lines: list[int]
) -> None:
    event = submitted("c2", 2, prior_payers=(prior("c1", with_lines=with_lines),))
    claim = built(event, policy("c1"), policy("c2", 2), profiles=(profile("PAYER-c2"),))
    assert claim.other_payers[0].patient_liability_cents == of_claim
    done = [each for line in claim.lines for each in line.adjudications]
    assert [each.patient_liability_cents for each in done] == of_lines


@pytest.mark.parametrize(("named", "sent"), [("", "12"), ("13", "13")])
def test_why_medicare_is_not_primary_comes_from_its_profile(named: str, sent: str) -> None:
    event = submitted("c2", 2, prior_payers=(prior("c1"),))
    medicare = profile("PAYER-c2", insurance_type=named)
    claim = built(event, policy("c1"), policy("c2", 2, "medicare"), profiles=(medicare,))
    assert claim.subscriber.insurance_type == sent
    first = built(submitted("c2"), policy("c2", 2, "medicare"), profiles=(medicare,))
    assert first.subscriber.insurance_type == ""


def test_a_drug_is_sent_only_with_a_quantity_in_its_own_unit() -> None:
    injectable: dict[str, Any] = {
        "line": 1,
        "code": "J1885",
        "units": 4,
        "charge_cents": 10000,
        "diagnosis_pointers": (1,),
        "ndc": "00409379501",
    }
    payer = (profile("PAYER-c1"),)
    unknown = submitted(lines=(ClaimLine.model_validate(injectable),))
    assert built(unknown, policy("c1"), profiles=payer).lines[0].drug is None
    measured = {**injectable, "ndc_quantity": "2.5", "ndc_unit": "ML"}
    known = submitted(lines=(ClaimLine.model_validate(measured),))
    drug = built(known, policy("c1"), profiles=payer).lines[0].drug
    assert drug is not None
    assert (drug.ndc, drug.quantity, drug.unit) == ("00409379501", Decimal("2.5"), "ML")


def test_anesthesia_is_sent_by_its_minutes_and_all_else_by_units() -> None:
    def unit(code: str) -> str:
        line = {"line": 1, "code": code, "units": 95, "charge_cents": 1, "diagnosis_pointers": (1,)}
        claim = submitted(lines=(ClaimLine.model_validate(line),))
        return built(claim, policy("c1"), profiles=(profile("PAYER-c1"),)).lines[0].unit

    sent = {code: unit(code) for code in ("00840", "01999", "01953", "01996", "99213", "J1885")}
    assert [code for code, said in sent.items() if said == "MJ"] == ["00840", "01999"]
    assert set(sent.values()) == {"MJ", "UN"}


def test_a_dependents_policy_without_its_holder_is_named_whichever_payer_it_is() -> None:
    own, foreign = policy("c1"), replace(policy("c2", 2), relationship="child")
    ended = replace(foreign, coverage_id="c3", effective_to=date(2025, 1, 1))
    coverage = Coverage((own, foreign, ended))
    assert without_subscriber(submitted(), own, coverage) == (foreign,)
    second = submitted("c2", 2, prior_payers=(prior("c1"),))
    assert without_subscriber(second, foreign, coverage) == (foreign,)
    held = replace(foreign, subscriber=HOLDER)
    assert without_subscriber(second, held, Coverage((own, held))) == ()
