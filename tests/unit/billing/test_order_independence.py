"""Any order of arrival, any redelivery: the same balances, and every invariant (I1 to I16)."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.claim import AdjudicatedLine, ClaimAdjudicated
from schemas.coding import CodedLine
from schemas.patient_account import PatientBalanceDue
from services.billing.domain import ledger_account as accounts
from services.billing.domain.ledger_proof import check_account, prove_lines
from services.billing.domain.patient_responsibility import share_by_kind
from services.billing.domain.payer_decision import posting_key
from tests.unit.billing.desk import AR_PATIENT, PRICES, Desk, decided, line, negated, policy


@st.composite
def primary_lines(draw: st.DrawFn, charges: Sequence[int]) -> tuple[AdjudicatedLine, ...]:
    """A primary payer's decision on each line, in balance."""
    found = []
    for number, charge in enumerate(charges, start=1):
        kind = draw(st.sampled_from(["paid", "paid", "denied", "unknown"]))
        if kind == "denied":
            reason = draw(
                st.sampled_from([("CO", "50"), ("CO", "197"), ("PR", "204"), ("OA", "18")])
            )
            found.append(decided(number, charge, 0, (*reason, charge)))
            continue
        if kind == "unknown":
            part = draw(st.integers(1, charge))
            found.append(decided(number, charge, charge - part, ("CO", "B99", part)))
            continue
        cut = draw(st.integers(0, charge))
        share = draw(st.integers(0, charge - cut))
        sequestered = draw(st.integers(0, charge - cut - share))
        reasons = [
            ("CO", "45", cut),
            ("PR", draw(st.sampled_from(["1", "2", "3"])), share),
            ("CO", "253", sequestered),
        ]
        found.append(
            decided(
                number,
                charge,
                charge - cut - share - sequestered,
                *[each for each in reasons if each[2]],
            )
        )
    return tuple(found)


@st.composite
def secondary_lines(draw: st.DrawFn, charges: Sequence[int]) -> tuple[AdjudicatedLine, ...]:
    """A secondary's decision: whatever it says, in balance, even where it misjudges the first."""
    found = []
    for number, charge in enumerate(charges, start=1):
        before = draw(st.integers(0, charge))
        paid = draw(st.integers(0, charge - before))
        share = draw(st.integers(0, charge - before - paid))
        rest = charge - before - paid - share
        reasons = [("OA", "23", before), ("PR", "1", share), ("CO", "45", rest)]
        found.append(decided(number, charge, paid, *[each for each in reasons if each[2]]))
    return tuple(found)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[str], list[BaseModel]]:
    """A coverage, and what comes after the claim: decisions, take-backs, corrections, payments."""
    payers = draw(
        st.sampled_from(
            [
                ["BLUERIVER"],
                ["MEDICARE_B", "MEDIGAP_PLUS"],
                ["BLUERIVER", "STATE_MEDICAID"],
                ["SUMMIT", "BLUERIVER"],
            ]
        )
    )
    desk = start(payers)
    charges = (25000, 6000)
    events: list[BaseModel] = []
    first = desk.adjudication(
        *draw(primary_lines(charges)),
        claim_status_code="19" if len(payers) > 1 else "1",
        crossover_payer_id=payers[1] if len(payers) > 1 else "",
    )
    events.append(first)
    if draw(st.booleans()):
        events.append(negated(first))
        if draw(st.booleans()):
            events.append(later(desk, first, draw(primary_lines(charges))))
    if len(payers) > 1 and draw(st.booleans()):
        second = first.model_copy(
            update={
                "payer_id": payers[1],
                "remittance_id": "R5",
                "trace_number": "T5",
                "claim_status_code": "2",
                "crossover_payer_id": "",
                **amounts(draw(secondary_lines(charges))),
            }
        )
        events.append(second)
        if draw(st.booleans()):
            events.append(negated(second, remittance_id="R6", trace_number="T6"))
    for number in range(draw(st.integers(0, 3))):
        events.append(desk.payment(draw(st.integers(1, 40000)), f"PAY{number}"))  # noqa: PERF401
    return payers, events


def amounts(lines: tuple[AdjudicatedLine, ...]) -> dict[str, object]:
    return {
        "lines": lines,
        "charge_cents": sum(each.charge_cents for each in lines),
        "paid_cents": sum(each.paid_cents for each in lines),
    }


def later(
    desk: Desk, first: ClaimAdjudicated, lines: tuple[AdjudicatedLine, ...]
) -> ClaimAdjudicated:
    return first.model_copy(
        update={
            "remittance_id": "R3",
            "trace_number": "T3",
            "payer_control_number": "ICN2",
            "paid_on": date(2026, 3, 20) + timedelta(days=25),
            **amounts(lines),
        }
    )


def ends(desk: Desk) -> dict[str, int]:
    """Receivables and write-offs by line; patient cash by account, since money has no line."""
    money = {accounts.CASH_PATIENT, accounts.UNAPPLIED}
    found = {
        name: cents for name, cents in desk.totals().items() if name.split(":")[0] not in money
    }
    return found | {name: desk.total(name) for name in money}


def final(desk: Desk) -> tuple[object, ...] | None:
    """What was told last, if it is final; on the way there, the order may tell more or less."""
    balances = desk.of(PatientBalanceDue)
    if not balances or not balances[-1].insurance_final:
        return None
    last = balances[-1]
    return (last.balance_cents, last.credit_cents, last.adjusted_cents, last.share, last.lines)


def start(payers: Sequence[str]) -> Desk:
    desk = Desk()
    desk.register(*(policy(payer, rank) for rank, payer in enumerate(payers, start=1)))
    desk.code(line(1, "99213"), line(2, "36415"))
    return desk


def told(payers: Sequence[str], events: Sequence[BaseModel]) -> Desk:
    desk = start(payers)
    for event in events:
        desk.take(event)
    return desk


@settings(max_examples=60, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_any_order_ends_in_the_same_balances(
    story: tuple[list[str], list[BaseModel]], random: object
) -> None:
    payers, events = story
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    straight, other = told(payers, events), told(payers, shuffled)
    assert ends(other) == ends(straight)
    assert [claim.state for claim in other.account().claims] == [
        claim.state for claim in straight.account().claims
    ]
    assert final(other) == final(straight)


RECODED = (
    (line(1, "99214"), line(2, "36415")),
    (line(1, "99213"),),
    (line(1, "99213"), line(2, "36415"), line(3, "93000")),
)


@settings(max_examples=40, deadline=None)
@given(stories(), st.sampled_from(RECODED), st.integers(0, 8))
def test_a_recoded_encounter_may_come_at_any_time(
    story: tuple[list[str], list[BaseModel]], lines: tuple[CodedLine, ...], place: int
) -> None:
    payers, events = story
    recoded = start(payers).coding(*lines, version=2)
    last = told(payers, [*events, recoded])
    earlier = told(payers, [*events[:place], recoded, *events[place:]])
    assert ends(earlier) == ends(last)
    for desk in (earlier, last):
        assert list(check_account(desk.account(), desk.postings())) == []
        assert desk.total(accounts.REVENUE) == -sum(PRICES[each.code] for each in lines)


@settings(max_examples=40, deadline=None)
@given(stories(), st.integers(0, 8))
def test_a_withdrawn_encounter_owes_nothing_once_all_is_taken_back(
    story: tuple[list[str], list[BaseModel]], place: int
) -> None:
    payers, events = story
    desk = start(payers)
    for event in events[:place]:
        desk.take(event)
    desk.withdraw()
    for event in events[place:]:
        desk.take(event)
    for each in desk.account().adjudications:
        if each.moves_money and not each.is_reversal and not each.reversed_by:
            original = next(
                event
                for event in events
                if isinstance(event, ClaimAdjudicated) and posting_key(event) == each.key
            )
            desk.take(negated(original, remittance_id="R99", trace_number=f"T-{each.trace_number}"))
    assert list(check_account(desk.account(), desk.postings())) == []
    assert desk.total(AR_PATIENT) == 0
    assert all(desk.total(name) == 0 for name in accounts.AR_INSURANCE | accounts.WRITE_OFFS)
    assert desk.total(accounts.CASH_PATIENT) == -desk.total(accounts.UNAPPLIED)


@settings(max_examples=40, deadline=None)
@given(stories(), st.integers(0, 8))
def test_replaying_any_prefix_leaves_the_same_ledger(
    story: tuple[list[str], list[BaseModel]], cut: int
) -> None:
    payers, events = story
    once = told(payers, events)
    twice = told(payers, [*events[:cut], *events])
    assert twice.account().ledger.chain == told(payers, events).account().ledger.chain
    assert once.postings() == twice.postings()


@settings(max_examples=60, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_every_invariant_holds_after_every_event(
    story: tuple[list[str], list[BaseModel]], random: object
) -> None:
    payers, events = story
    random.shuffle(events)  # type: ignore[attr-defined]
    desk = start(payers)
    for event in events:
        desk.take(event)
        account = desk.account()
        assert list(check_account(account, desk.postings())) == []
        proofs = prove_lines(account.ledger.balances, account)
        assert sum(proof.charge_cents for proof in proofs) == 31000
        for proof in proofs:
            assert proof.write_off_cents <= proof.charge_cents
            assert 0 <= proof.open_patient_cents <= proof.charge_cents
        owed = sum(proof.open_patient_cents + proof.patient_paid_cents for proof in proofs)
        shares = share_by_kind(
            posted for each in account.adjudications if each.standing for posted in each.disposition
        )
        assert owed == sum(shares.values())
        assert desk.total(accounts.UNAPPLIED) <= 0
        if desk.total(accounts.AR_PATIENT) > 0:
            assert desk.total(accounts.UNAPPLIED) == 0, "money lies idle while the patient owes"
