"""An 835 becomes events only as far as it balances; the rest is set aside, and no cent is lost."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.claim import ClaimAdjudicated, RemittanceReceived
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.quarantine import released_event
from services.payer_gateway.domain.remittance_events import (
    RemittanceContext,
    RemittanceOutcome,
    decide_remittance,
    remittance_id,
    remittance_key,
)
from services.payer_gateway.x12 import balance
from services.payer_gateway.x12.adjustment import Adjustment
from services.payer_gateway.x12.parties import Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.remittance import (
    Payee,
    Payer,
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
    ServicePayment,
)

NPI = "1234567893"
RECEIVED = datetime(2026, 3, 20, 8, tzinfo=UTC)


def service(charge: int, *adjustments: Adjustment, line: str = "1") -> ServicePayment:
    return ServicePayment(
        procedure=Procedure("99213", ("25",)),
        charge_cents=charge,
        paid_cents=charge - sum(a.amount_cents for a in adjustments),
        units=Decimal(1),
        adjustments=adjustments,
        references=(Reference("6R", line),),
        remark_codes=(("HE", "N130"),),
    )


def clp(claim_id: str = "CLM1", *services: ServicePayment, status: str = "1") -> RemittanceClaim:
    lines = services or (
        service(25000, Adjustment("CO", "45", 10000), Adjustment("PR", "1", 5000)),
    )
    return RemittanceClaim(
        claim_id=claim_id,
        status=status,
        charge_cents=sum(each.charge_cents for each in lines),
        paid_cents=sum(each.paid_cents for each in lines),
        patient_responsibility_cents=sum(
            a.amount_cents for each in lines for a in each.adjustments if a.group == "PR"
        ),
        payer_claim_number="ICN1",
        services=lines,
    )


def advice(*claims: RemittanceClaim, plb: tuple[int, ...] = (), off_by: int = 0) -> Remittance:
    payment = sum(each.paid_cents for each in claims) - sum(plb) + off_by
    return Remittance(
        handling="I",
        payment_cents=payment,
        credit_debit="C",
        method="ACH",
        payment_date=date(2026, 3, 19),
        trace_number="T1",
        payer_id="1510000017",
        payer=Payer("BLUERIVER"),
        payee=Payee("ELM", "XX", NPI),
        claims=claims,
        provider_adjustments=tuple(
            ProviderAdjustment(NPI, date(2026, 12, 31), "WO", f"R{n}", cents)
            for n, cents in enumerate(plb)
        ),
    )


def context(*known: str, practices: tuple[str, ...] = ("P1",)) -> RemittanceContext:
    return RemittanceContext(
        payer_id="BLUERIVER",
        claims={
            each: (ClaimRecord("P1", each, f"E-{each}", "BLUERIVER", "accepted"),) for each in known
        },
        practices=practices,
        received_at=RECEIVED,
        file_sha256="0" * 64,
        cause=UUID(int=7),
    )


def decide(remittance: Remittance, *known: str) -> RemittanceOutcome:
    return decide_remittance(remittance, balance.check(remittance), context(*known))


def adjudicated(outcome: RemittanceOutcome) -> list[ClaimAdjudicated]:
    return [e for e in outcome.events if isinstance(e, ClaimAdjudicated)]


def test_a_total_that_is_a_cent_off_publishes_nothing_and_keeps_everything() -> None:
    outcome = decide(advice(clp(), off_by=1), "CLM1")
    assert (outcome.events, outcome.claims, outcome.loaded) == ([], [], None)
    (item,) = outcome.items
    assert (item.kind, item.reason) == ("remittance", "remittance.transaction-balance")
    held = [released_event(*each) for each in item.held.events]
    assert [type(each) for each in held] == [ClaimAdjudicated, RemittanceReceived]
    assert item.findings[0].expected_cents != item.findings[0].found_cents


def test_money_that_the_payer_takes_instead_of_gives_is_set_aside() -> None:
    outcome = decide(replace(advice(clp()), credit_debit="D"), "CLM1")
    assert "remittance.debit" in {f.rule for item in outcome.items for f in item.findings}
    assert outcome.events == []


def test_a_payment_without_a_date_is_set_aside() -> None:
    outcome = decide(replace(advice(clp()), payment_date=None), "CLM1")
    assert "remittance.no-date" in {f.rule for item in outcome.items for f in item.findings}
    assert outcome.events == []


def test_a_line_that_does_not_balance_takes_its_claim_out_and_no_other() -> None:
    wrong = replace(service(1000, Adjustment("CO", "45", 10)), paid_cents=991)
    outcome = decide(advice(clp("CLM1", wrong), clp("CLM2")), "CLM1", "CLM2")
    assert [each.claim_id for each in adjudicated(outcome)] == ["CLM2"]
    assert [item.subject for item in outcome.items] == ["CLM1"]
    assert outcome.loaded is not None
    assert outcome.loaded.quarantined_claims == 1


def test_a_claim_of_another_practice_than_the_one_paid_is_set_aside() -> None:
    remittance = advice(clp("CLM1"), clp("CLM2"))
    known = context("CLM1")
    other = ClaimRecord("P2", "CLM2", "E2", "BLUERIVER", "accepted")
    outcome = decide_remittance(
        remittance, [], replace(known, claims={**known.claims, "CLM2": (other,)})
    )
    assert [item.reason for item in outcome.items] == ["remittance.practice-mismatch"]
    assert {event.practice_id for event in outcome.events} == {"P1"}


def test_a_payee_that_is_nobody_here_is_set_aside() -> None:
    outcome = decide_remittance(advice(clp()), [], context(practices=()))
    assert "remittance.payee-unknown" in {f.rule for i in outcome.items for f in i.findings}
    assert outcome.events == []


def test_a_group_code_that_the_contract_does_not_know_is_set_aside_without_its_value() -> None:
    odd = clp("CLM1", service(1000, Adjustment("ZZ", "45", 10)))
    outcome = decide_remittance(advice(odd, clp("CLM2")), [], context("CLM1", "CLM2"))
    assert [each.claim_id for each in adjudicated(outcome)] == ["CLM2"]
    (item,) = outcome.items
    assert item.reason == "remittance.not-usable"
    assert "ZZ" not in item.findings[0].message


def test_a_crossover_names_the_payer_it_went_to() -> None:
    forwarded = replace(
        clp(status="19"),
        parties=(Party("TT", Name.organization("MEDIGAP"), "PI", "MEDIGAP_PLUS"),),
    )
    (event,) = adjudicated(decide(advice(forwarded), "CLM1"))
    assert (event.claim_status_code, event.crossover_payer_id) == ("19", "MEDIGAP_PLUS")


def test_a_crossover_payer_is_named_by_our_id_where_a_partner_has_that_id() -> None:
    forwarded = replace(
        clp(status="19"), parties=(Party("TT", Name.organization("GAP"), "PI", "87726"),)
    )
    known = replace(context("CLM1"), payers={"87726": "MEDIGAP_PLUS"})
    remittance = advice(forwarded)
    outcome = decide_remittance(remittance, balance.check(remittance), known)
    assert [each.crossover_payer_id for each in adjudicated(outcome)] == ["MEDIGAP_PLUS"]
    (unknown,) = adjudicated(decide(remittance, "CLM1"))
    assert unknown.crossover_payer_id == "87726"


def test_a_line_number_that_is_not_ours_is_left_out_and_the_line_is_kept() -> None:
    (event,) = adjudicated(decide(advice(clp("CLM1", service(10, line="7X"))), "CLM1"))
    assert (event.lines[0].line, event.lines[0].code) == (None, "99213")
    assert event.lines[0].remark_codes == ("N130",)


def test_without_clp05_the_patients_share_is_the_sum_of_pr() -> None:
    (event,) = adjudicated(
        decide(advice(replace(clp(), patient_responsibility_cents=None)), "CLM1")
    )
    assert event.patient_responsibility_cents == 5000


def test_a_payment_is_known_again_by_payer_trace_date_and_amount_and_by_nothing_else() -> None:
    first, other = advice(clp()), advice(clp("CLM2"))
    assert remittance_id(remittance_key(first)) == remittance_id(remittance_key(other))
    for change in (
        replace(first, trace_number="T2"),
        replace(first, payer_id="1"),
        replace(first, payment_cents=1),
        replace(first, payment_date=date(2026, 3, 18)),
    ):
        assert remittance_id(remittance_key(change)) != remittance_id(remittance_key(first))


amounts = st.integers(-50_000, 100_000)


@st.composite
def remittances(draw: st.DrawFn) -> Remittance:
    claims = []
    for number in range(draw(st.integers(1, 6))):
        lines = []
        for at in range(draw(st.integers(1, 3))):
            adjustments = tuple(
                Adjustment(draw(st.sampled_from(["CO", "PR", "OA"])), "45", draw(amounts))
                for _ in range(draw(st.integers(0, 3)))
            )
            made = service(draw(amounts), *adjustments, line=str(at + 1))
            if draw(st.integers(0, 5)) == 0:
                made = replace(made, paid_cents=made.paid_cents + draw(st.integers(-2, 2)))
            lines.append(made)
        claims.append(clp(f"CLM{number}", *lines))
    plb = tuple(draw(st.lists(amounts, max_size=2)))
    return advice(*claims, plb=plb, off_by=draw(st.sampled_from([0, 0, 0, 1])))


@given(remittances(), st.sets(st.integers(0, 5)))
def test_every_claim_of_a_remittance_is_published_or_set_aside_to_the_cent(
    remittance: Remittance, unknown: set[int]
) -> None:
    known = [c.claim_id for n, c in enumerate(remittance.claims) if n not in unknown]
    outcome = decide(remittance, *known)
    if any(item.held.read_again for item in outcome.items):
        assert (outcome.events, len(outcome.items)) == ([], 1)
        return
    held = [
        event
        for item in outcome.items
        for event in (released_event(*each) for each in item.held.events)
    ]
    every = adjudicated(outcome) + [e for e in held if isinstance(e, ClaimAdjudicated)]
    assert sorted(e.sequence for e in every) == list(range(1, len(remittance.claims) + 1))
    assert sum(e.paid_cents for e in every) == sum(c.paid_cents for c in remittance.claims)
    received = [e for e in outcome.events if isinstance(e, RemittanceReceived)]
    for event in received:
        plb = sum(a.amount_cents for a in event.provider_adjustments)
        assert event.payment_cents == event.claims_paid_cents - plb
    if not received:
        assert outcome.events == []


@given(remittances())
def test_what_is_published_of_a_claim_balances(remittance: Remittance) -> None:
    outcome = decide(remittance, *(c.claim_id for c in remittance.claims))
    for event in adjudicated(outcome):
        adjusted = sum(a.amount_cents for each in event.lines for a in each.adjustments)
        assert event.charge_cents - adjusted == event.paid_cents
