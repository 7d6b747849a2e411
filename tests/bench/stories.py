"""Batches of one topic, as many events as asked for, each about another encounter.

Every event of a batch is of the same shape, so that a batch of 10 and one of 200 write to the same
tables and differ in size alone.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count

from schemas.claim import (
    AdjudicatedLine,
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimSubmitted,
    ClaimTransmitted,
    RemittanceReceived,
)
from schemas.coding import (
    CodedDiagnosis,
    CodedLine,
    DocumentationQueryOpened,
    EncounterCoded,
    EncounterStateChanged,
)
from schemas.encounter import (
    DecisionMaking,
    DocumentationQueryAnswered,
    EncounterDocumented,
    Problem,
    ProblemAddressed,
    Signature,
)
from schemas.patient_account import PatientBalanceDue, PatientPaymentReceived, PaymentAllocation
from schemas.reference import (
    CoverageRegistered,
    PatientRegistered,
    Policy,
    PracticeRegistered,
    ProviderRegistered,
)
from schemas.values import Address, Adjustment
from simulators.ehr.npi import derived_npi
from tests.builders import make

PRACTICE = "P1"
DAY = date(2026, 2, 24)
AT = datetime(2026, 2, 24, 18, tzinfo=UTC)
COPAY_CENTS = 2_000
_ADDRESS = Address(line1="12 Elm St", city="Columbus", state="OH", postal_code="43004")
_SIGNATURE = Signature(provider_id="DR1", signed_at=AT)


def practice() -> PracticeRegistered:
    """The practice of every story."""
    return PracticeRegistered(
        practice_id=PRACTICE,
        name="Elm Family Medicine",
        npi="1234567893",
        tax_id="123456789",
        taxonomy="207Q00000X",
        address=_ADDRESS,
        phone="6145550100",
    )


def practices(names: Iterable[str]) -> list[PracticeRegistered]:
    """A practice each, which bills under an NPI of its own."""
    return [
        practice().model_copy(update={"practice_id": f"P{name}", "npi": derived_npi(name)})
        for name in names
    ]


def providers(names: Iterable[str]) -> list[ProviderRegistered]:
    """A provider each."""
    return [
        ProviderRegistered(
            practice_id=PRACTICE,
            provider_id=f"DR{name}",
            npi="1245319599",
            taxonomy="207Q00000X",
            family_name="Reyes",
            given_name="Ana",
        )
        for name in names
    ]


def patients(names: Iterable[str]) -> list[PatientRegistered]:
    """A patient each, with an account of their own."""
    return [
        PatientRegistered(
            practice_id=PRACTICE,
            patient_id=f"PT{name}",
            account_id=f"A{name}",
            family_name="Quillfeather",
            given_name="Noor",
            birth_date=date(1980, 5, 17),
            sex="F",
            address=_ADDRESS,
        )
        for name in names
    ]


def coverages(names: Iterable[str]) -> list[CoverageRegistered]:
    """One commercial policy each."""
    return [
        CoverageRegistered(
            practice_id=PRACTICE,
            patient_id=f"PT{name}",
            policies=(
                Policy(
                    coverage_id=f"C{name}",
                    payer_id="BLUERIVER",
                    payer_name="BlueRiver Health Plan",
                    programme="commercial",
                    rank=1,
                    member_id=f"M{name}",
                    effective_from=date(2020, 1, 1),
                ),
            ),
        )
        for name in names
    ]


def documented(names: Iterable[str], *, signed: bool) -> list[EncounterDocumented]:
    """An office visit each; one that is not signed leads to a query."""
    return [
        EncounterDocumented(
            practice_id=PRACTICE,
            encounter_id=f"E{name}",
            revision=1,
            patient_id=f"PT{name}",
            rendering_provider_id="DR1",
            setting="office",
            place_of_service="11",
            service_date=DAY,
            new_patient=False,
            signature=_SIGNATURE if signed else None,
            decision_making=DecisionMaking(
                problems=(ProblemAddressed(kind="acute_uncomplicated"),),
                risk=("over_the_counter_drug",),
            ),
            problems=(Problem(item_id="p1", description="Acute bronchitis"),),
        )
        for name in names
    ]


def answered(queries: Iterable[DocumentationQueryOpened]) -> list[DocumentationQueryAnswered]:
    """The missing signature of each."""
    return [
        DocumentationQueryAnswered(
            practice_id=PRACTICE,
            encounter_id=query.encounter_id,
            query_id=query.query_id,
            answered_by="DR1",
            answered_at=AT,
            addendum="",
            signature=_SIGNATURE,
        )
        for query in queries
    ]


def coded(names: Iterable[str]) -> list[EncounterCoded]:
    """One coded visit each."""
    return [
        EncounterCoded(
            practice_id=PRACTICE,
            encounter_id=f"E{name}",
            version=1,
            revision=1,
            patient_id=f"PT{name}",
            rendering_provider_id="DR1",
            service_date=DAY,
            place_of_service="11",
            diagnoses=(CodedDiagnosis(code="J20.9"),),
            lines=(CodedLine(line=1, code="99213", diagnosis_pointers=(1,)),),
            rules_version="1",
            decided_by="engine",
            coded_at=AT,
        )
        for name in names
    ]


def not_billable(names: Iterable[str]) -> list[EncounterStateChanged]:
    """Coding's word that nothing of the encounter is to be billed."""
    return [
        EncounterStateChanged(
            practice_id=PRACTICE,
            encounter_id=f"E{name}",
            from_state="documented",
            to_state="not_billable",
            reason="cancelled",
            changed_at=AT,
        )
        for name in names
    ]


def transmitted(claims: Iterable[ClaimSubmitted]) -> list[ClaimTransmitted]:
    """Each claim's departure."""
    return [
        ClaimTransmitted(
            practice_id=PRACTICE,
            encounter_id=claim.encounter_id,
            claim_id=claim.claim_id,
            payer_id=claim.payer_id,
            file_name="1234567893_BLUERIVER_000000001.837",
            interchange_control_number="000000001",
            transmitted_at=AT,
        )
        for claim in claims
    ]


def acknowledged(claims: Iterable[ClaimSubmitted]) -> list[ClaimAcknowledged]:
    """Each claim's acceptance by the payer."""
    return [
        ClaimAcknowledged(
            practice_id=PRACTICE,
            encounter_id=claim.encounter_id,
            claim_id=claim.claim_id,
            payer_id=claim.payer_id,
            stage="277CA",
            outcome="accepted",
            payer_control_number=f"ICN{claim.claim_id}",
            received_at=AT,
        )
        for claim in claims
    ]


def adjudicated(claims: Iterable[ClaimSubmitted]) -> list[ClaimAdjudicated]:
    """Each claim paid but for a copay, in a remittance of its own."""
    made = []
    for number, claim in zip(count(1), claims, strict=False):
        copay = Adjustment(group="PR", reason="3", amount_cents=COPAY_CENTS)
        paid_cents = claim.total_charge_cents - COPAY_CENTS
        made.append(
            ClaimAdjudicated(
                practice_id=PRACTICE,
                encounter_id=claim.encounter_id,
                claim_id=claim.claim_id,
                payer_id=claim.payer_id,
                remittance_id=f"R{claim.claim_id}",
                trace_number=f"T{number}",
                sequence=1,
                paid_on=DAY,
                claim_status_code="1",
                payer_control_number=f"ICN{claim.claim_id}",
                charge_cents=claim.total_charge_cents,
                paid_cents=paid_cents,
                patient_responsibility_cents=COPAY_CENTS,
                lines=(
                    AdjudicatedLine(
                        line=1,
                        code=claim.lines[0].code,
                        charge_cents=claim.total_charge_cents,
                        paid_cents=paid_cents,
                        adjustments=(copay,),
                    ),
                ),
                received_at=AT,
            )
        )
    return made


def deposits(adjudications: Iterable[ClaimAdjudicated]) -> list[RemittanceReceived]:
    """The deposit of each adjudication."""
    return [
        RemittanceReceived(
            practice_id=PRACTICE,
            remittance_id=each.remittance_id,
            payer_id=each.payer_id,
            trace_number=each.trace_number,
            paid_on=each.paid_on,
            payment_cents=each.paid_cents,
            claims_paid_cents=each.paid_cents,
            claim_count=1,
            received_at=AT,
        )
        for each in adjudications
    ]


def payments(balances: Iterable[PatientBalanceDue]) -> list[PatientPaymentReceived]:
    """Each patient pays what is due."""
    return [
        PatientPaymentReceived(
            practice_id=PRACTICE,
            account_id=each.account_id,
            payment_id=f"PAY{each.encounter_id}",
            amount_cents=each.balance_cents,
            method="card",
            allocations=(
                PaymentAllocation(encounter_id=each.encounter_id, amount_cents=each.balance_cents),
            ),
            received_at=AT,
        )
        for each in balances
    ]


def submitted(names: Iterable[str]) -> list[ClaimSubmitted]:
    """A claim each."""
    return [
        make(
            ClaimSubmitted,
            practice_id=PRACTICE,
            encounter_id=f"E{name}",
            claim_id=f"CLM{name}",
            payer_id="BLUERIVER",
            coverage_id=f"C{name}",
            patient_id=f"PT{name}",
            rendering_provider_id="DR1",
            referring_provider_id=None,
        )
        for name in names
    ]


def balances(names: Iterable[str]) -> list[PatientBalanceDue]:
    """A balance each, on an account of its own."""
    return [
        make(
            PatientBalanceDue,
            practice_id=PRACTICE,
            account_id=f"A{name}",
            patient_id=f"PT{name}",
            encounter_id=f"E{name}",
        )
        for name in names
    ]
