"""Where an encounter stands is the last thing that was said of it, and why."""

from datetime import timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstream.lineage.history import Fact
from claimstream.lineage.standing import counted, standing_of, standings
from schemas.claim import (
    AcknowledgementReason,
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimStateChanged,
    ClaimSubmitted,
)
from schemas.coding import DocumentationQueryOpened, EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.patient_account import (
    PatientBalanceDue,
    PatientPaymentReceived,
    PaymentAllocation,
    StatementIssued,
    StatementItem,
)
from schemas.reference import PatientRegistered
from tests.builders import any_event, make
from tests.support import NOON
from tests.unit.lineage.facts import fact, told

HERE = {"practice_id": "P1", "encounter_id": "E1"}
PLACE = ("P1", "E1")


def standing(*events: Event) -> str | None:
    return standings(told([make(EncounterDocumented, **HERE), *events])).get(PLACE)


def test_an_encounter_that_was_never_documented_stands_nowhere() -> None:
    assert standings(told([make(EncounterCoded, **HERE)])) == {}


def test_a_record_that_breaks_its_contract_moves_nothing() -> None:
    good = fact(make(EncounterDocumented, **HERE))
    coded = fact(make(EncounterCoded, **HERE))
    broken = Fact(msgspec.structs.replace(coded.delivery, incoming=None))
    assert standings([good, broken]) == {PLACE: "documented (initial)"}


def test_documentation_that_repeats_itself_moves_nothing() -> None:
    documented = make(EncounterDocumented, **HERE)
    facts = told([documented, make(EncounterCoded, **HERE), documented])
    assert standings(facts) == standings(reversed(facts)) == {PLACE: "coded by engine"}


def test_the_same_id_of_another_practice_is_another_encounter() -> None:
    here = make(EncounterDocumented, **HERE)
    there = make(EncounterDocumented, practice_id="P2", encounter_id="E1")
    coded = make(EncounterCoded, practice_id="P2", encounter_id="E1")
    assert standings(told([here, there, coded])) == {
        PLACE: "documented (initial)",
        ("P2", "E1"): "coded by engine",
    }


def test_a_dead_letter_that_is_open_comes_before_what_was_said_last() -> None:
    facts = told([make(EncounterDocumented, **HERE), make(EncounterCoded, **HERE)])
    assert standings(facts, {"P1:E1": "key_mismatch"}) == {PLACE: "set aside (key_mismatch)"}
    assert standings(facts, {"P2:E1": "key_mismatch"}) == {PLACE: "coded by engine"}


def test_each_step_is_said_in_its_own_words() -> None:
    assert standing(make(DocumentationQueryOpened, **HERE, kind="missing_laterality")) == (
        "query open (missing_laterality)"
    )
    assert standing(make(ClaimSubmitted, **HERE, payer_level=2)) == "submitted to payer 2"
    assert standing(make(ClaimStateChanged, **HERE, to_state="paid_in_full", reason="x")) == (
        "paid in full (x)"
    )


def test_a_rejection_says_by_whom_and_with_which_codes() -> None:
    reasons = (AcknowledgementReason(code="A7:164:IL"), AcknowledgementReason(code="A3"))
    rejected = make(ClaimAcknowledged, **HERE, stage="277CA", outcome="rejected", reasons=reasons)
    assert standing(rejected) == "rejected by 277CA A7:164:IL A3"
    bare = make(ClaimAcknowledged, **HERE, stage="999", outcome="rejected", reasons=())
    assert standing(bare) == "rejected by 999"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1", "processed as primary"),
        ("4", "patient not recognised"),
        ("19", "processed, forwarded to the next payer"),
        ("22", "reversed"),
        ("25", "claim status 25"),
    ],
)
def test_what_a_payer_said_is_put_in_words(code: str, words: str) -> None:
    assert standing(make(ClaimAdjudicated, **HERE, claim_status_code=code)) == words


@pytest.mark.parametrize(
    ("balance", "words"),
    [
        ({"balance_cents": 0, "credit_cents": 500}, "patient has a credit"),
        (
            {"balance_cents": 0, "credit_cents": 0, "protection": "qmb"},
            "settled, patient protected (qmb)",
        ),
        ({"balance_cents": 1, "credit_cents": 0}, "patient owes"),
        ({"balance_cents": 0, "credit_cents": 0, "protection": "none"}, "settled"),
    ],
)
def test_a_balance_says_who_owes_whom(balance: dict[str, object], words: str) -> None:
    assert standing(make(PatientBalanceDue, **HERE, **balance)) == words


def test_a_statement_and_a_payment_move_every_encounter_they_name() -> None:
    documented = [
        make(EncounterDocumented, practice_id="P1", encounter_id=name) for name in ("E1", "E2")
    ]
    items = tuple(StatementItem(encounter_id=name, balance_cents=500) for name in ("E1", "E2"))
    issued = make(StatementIssued, practice_id="P1", items=items, number=2, total_cents=1000)
    paid = make(
        PatientPaymentReceived,
        practice_id="P1",
        allocations=(PaymentAllocation(encounter_id="E2", amount_cents=500),),
    )
    assert standings(told([*documented, issued, paid])) == {
        ("P1", "E1"): "statement 2 sent",
        ("P1", "E2"): "patient paid",
    }


def test_within_one_instant_what_follows_from_the_other_counts() -> None:
    facts = [
        fact(make(ClaimStateChanged, **HERE, to_state="paid", reason="claim_status_1")),
        fact(make(ClaimAdjudicated, **HERE, claim_status_code="1")),
        fact(make(EncounterDocumented, **HERE)),
    ]
    assert standings(facts) == {PLACE: "paid (claim_status_1)"}
    assert standings(reversed(facts)) == standings(facts)


def test_a_reference_is_registered() -> None:
    assert standing_of(fact(make(PatientRegistered))) == (0, "registered")


def test_encounters_are_counted_by_state_without_details_the_most_first() -> None:
    names = ("E1", "E2", "E3")
    facts = told(
        [make(EncounterDocumented, practice_id="P1", encounter_id=name) for name in names]
        + [
            make(
                ClaimStateChanged,
                practice_id="P1",
                encounter_id=name,
                to_state="held",
                reason=f"rejected_ch:A7:{name}",
            )
            for name in names[:2]
        ]
    )
    assert counted(facts) == [("held (rejected_ch)", 2), ("documented (initial)", 1)]


@given(st.lists(any_event(), max_size=6), st.randoms())
def test_any_events_in_any_order_of_reading_leave_the_same_standing(
    events: list[Event], shuffle: Random
) -> None:
    facts = [
        fact(each, at=NOON + timedelta(minutes=number), offset=number)
        for number, each in enumerate([make(EncounterDocumented, **HERE), *events])
    ]
    mixed = list(facts)
    shuffle.shuffle(mixed)
    assert standings(mixed) == standings(facts)
    assert sum(count for _, count in counted(facts)) == len(standings(facts))
