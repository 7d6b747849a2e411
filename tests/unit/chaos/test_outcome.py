"""What is different after a run with faults is found and named."""

from datetime import UTC, datetime, timedelta
from itertools import count

from claimstream.chaos.input import check_books, check_calm, check_compared, check_input
from claimstream.chaos.outcome import (
    Outcome,
    Stages,
    coded_on_another_history,
    differences,
    first_difference,
    subjects_compared,
    withdrawn_at_another_time,
)
from claimstream.chaos.written_schedule import Expected
from claimstream.verify.finding import Report
from claimstream.verify.payer_books import Believed, BelievedPayment, Posted, check_payer_books

E1, E2, A1 = "encounter P1:E1", "encounter P1:E2", "account P1:A1"


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def said(*stages: list[str]) -> Stages:
    """Events a minute apart."""
    minutes = count()
    return [[(each, NOON + timedelta(minutes=next(minutes))) for each in stage] for stage in stages]


def outcome(**changed: int) -> Outcome:
    states: dict[str, dict[str, str | int]] = {
        E1: {"coding": "coded", "charge_cents": 12_000, "insurance_paid_cents": 9_000},
        A1: {"due_cents": 3_000},
    }
    states[E1].update(changed)
    return Outcome(states, {E1: said(["documented"], ["coded"], ["paid 9000"])})


def test_two_runs_that_came_to_the_same_differ_in_nothing() -> None:
    assert differences(outcome(), outcome()) == []


def test_a_cent_that_differs_is_found_with_its_encounter() -> None:
    (found,) = differences(outcome(), outcome(insurance_paid_cents=8_999))
    assert (found.subject, found.what) == (E1, "insurance_paid_cents")
    assert (found.expected, found.found) == ("9000", "8999")


def test_an_encounter_that_only_one_run_knows_differs() -> None:
    more = outcome()
    more.states[E2] = {"coding": "coded"}
    (lost,) = differences(more, outcome())
    (doubled,) = differences(outcome(), more)
    assert (lost.subject, lost.expected, lost.found) == (E2, "coded", "nothing")
    assert (doubled.subject, doubled.expected, doubled.found) == (E2, "nothing", "coded")


def test_the_first_event_that_differs_is_named() -> None:
    other = outcome(insurance_paid_cents=18_000)
    other.told = {E1: said(["documented"], ["coded"], ["paid 9000", "paid 9000"])}
    (found,) = differences(outcome(), other)
    assert found.event == "nothing / paid 9000"
    assert found.at == NOON + timedelta(minutes=3)


def test_an_earlier_stage_comes_before_a_later_one() -> None:
    before = said(["a"], ["b"])
    assert first_difference(before, said(["x"], ["y"])) == ("a / x", NOON)
    assert first_difference(before, said(["a"], ["y"])) == ("b / y", NOON + timedelta(minutes=1))
    assert first_difference(before, said(["a"], ["b"])) == ("", None)


def test_of_an_event_that_is_gone_the_last_one_before_it_says_when() -> None:
    assert first_difference(said(["a"], ["b"]), said(["a"], [])) == ("b / nothing", NOON)
    assert first_difference(said(["a"]), ()) == ("a / nothing", None)


def test_the_input_alone_says_which_encounters_there_must_be() -> None:
    expected = Expected(frozenset({"P1:E3", "P1:E4"}), frozenset({"P1:E5"}), frozenset())
    whole = Outcome({f"encounter {key}": {"coding": "coded"} for key in ("P1:E3", "P1:E4")})
    assert check_input(expected, whole) == []
    whole.states["encounter P1:E5"] = {"coding": "coded"}
    assert check_input(expected, whole) == []
    del whole.states["encounter P1:E3"]
    whole.states[E1] = {"coding": "coded"}
    assert {(each.subject, each.message) for each in check_input(expected, whole)} == {
        ("encounter P1:E3", "was documented and is gone"),
        (E1, "was never documented"),
    }


def test_an_encounter_whose_reference_never_comes_must_be_set_aside_in_the_end() -> None:
    expected = Expected(frozenset({"P1:E3"}), frozenset(), frozenset({"P1:E3"}))
    (found,) = check_input(expected, Outcome())
    assert found.message == "waits for coverage and was never set aside"
    aside = Outcome({"lane coding encounter|P1:E3": {"reference_missing": 1}})
    assert check_input(expected, aside) == []


def test_a_run_without_faults_that_refuses_anything_is_no_reference() -> None:
    calm = outcome()
    calm.states["lane coding encounter|P1:E1"] = {"reference_missing": 1, "parked": 2}
    assert check_calm(calm) == []
    calm.states["lane billing encounter|P1:E1"] = {"rule_failed": 1}
    calm.states["quarantine ONE 835"] = {"unbalanced": 1}
    assert [each.subject for each in check_calm(calm)] == [
        "lane billing encounter|P1:E1",
        "quarantine ONE 835",
    ]


def test_what_a_run_was_stopped_before_is_not_compared_nor_its_account_nor_its_lane() -> None:
    whole, cut = outcome(), Outcome()
    whole.states["lane coding encounter|P1:E1"] = {"reference_missing": 1}
    whole.account_of[E1] = A1
    assert {each.subject for each in differences(whole, cut)} == set(whole.states)
    assert differences(whole, cut, {E1}) == []


def test_the_payers_books_and_the_ledger_agree_to_the_cent() -> None:
    ledger = {("P1", "C1"): 9_000, ("P1", "C2"): 0}
    assert check_books({"C1": 9_000}, ledger) == []
    for books in ({"C1": 8_999}, {"C1": 9_000, "C3": 1}, {}):
        (found,) = check_books(books, ledger)
        assert found.subject == ("claim C3" if "C3" in books else "claim C1")


def test_a_proof_that_left_the_payers_books_out_is_none() -> None:
    report = Report()
    assert len(check_compared(report)) == 3
    paid = BelievedPayment("T1", 9_000, (("C1", 9_000),))
    check_payer_books(report, Believed((paid,)), Posted({"T1": 9_000}, {"C1": 9_000}, 9_000))
    assert check_compared(report) == []


def coded(code: str, *, others: bool) -> Outcome:
    """An encounter with its code and what was charged for it, and its patient's account."""
    made = Outcome({E1: {"charge_cents": len(code) * 1000}, A1: {"due_cents": len(code) * 10}})
    made.told = {E1: said(["documented"], [], [], [code])}
    made.account_of[E1] = A1
    if others:
        made.with_others.add(E1)
    return made


def test_a_visit_coded_on_another_history_of_its_patient_is_left_out_with_its_account() -> None:
    initial, later = coded("initial", others=True), coded("subsequent", others=True)
    assert coded_on_another_history(initial, later) == {E1}
    assert differences(initial, later, {E1}) == []


def in_the_queue(*codes: str) -> Outcome:
    """An encounter that waits for a coder, and may have been coded before."""
    made = coded("", others=True)
    made.states[E1]["coding"] = "coder_queue"
    made.told = {E1: said(["documented"], [], [], list(codes))}
    return made


def test_one_that_was_coded_before_it_came_to_wait_for_a_coder_is_left_out() -> None:
    assert coded_on_another_history(in_the_queue(), in_the_queue("initial")) == {E1}


def test_one_that_is_coded_in_one_run_alone_is_a_difference() -> None:
    assert coded_on_another_history(in_the_queue(), coded("initial", others=True)) == set()


def test_other_codes_of_a_patient_with_one_encounter_are_a_difference() -> None:
    initial, later = coded("initial", others=False), coded("subsequent", others=False)
    assert coded_on_another_history(initial, later) == set()
    assert {each.subject for each in differences(initial, later)} == {E1, A1}


def test_the_same_codes_and_another_charge_are_a_difference_whatever_the_patient_had() -> None:
    one, other = coded("initial", others=True), coded("initial", others=True)
    other.states[E1]["charge_cents"] = 1
    assert [each.subject for each in differences(one, other)] == [E1]


def withdrawn(*submitted: str, paid_cents: int, cancelled: bool = True) -> Outcome:
    """An encounter, cancelled or not, with what its payers were told and what they paid."""
    made = Outcome({E1: {"not_billable": str(cancelled).lower(), "paid_cents": paid_cents}})
    made.states[A1] = {"credit_cents": paid_cents}
    made.told = {E1: said(["documented"], [], [], ["coded"], list(submitted))}
    made.account_of[E1] = A1
    return made


def test_an_encounter_cancelled_before_its_claim_went_or_after_is_left_out_with_its_account() -> (
    None
):
    overtaken, too_late = withdrawn(paid_cents=0), withdrawn("submitted", paid_cents=2_112)
    assert withdrawn_at_another_time(too_late, overtaken) == {E1}
    assert differences(too_late, overtaken, {E1}) == []


def test_whether_a_statement_told_of_what_was_once_a_small_balance_follows_from_its_day() -> None:
    told, untold = Outcome({E1: {"statement": "sent", "charge_cents": 5}}), Outcome({E1: {}})
    assert {each.what for each in differences(told, untold)} == {"statement", "charge_cents"}
    for each in (told, untold):
        each.once_small = {E1}
        assert {each.what for each in differences(told, untold)} == {"charge_cents"}
        each.once_small = set()


def test_what_is_left_out_is_not_counted_as_compared() -> None:
    one, other = withdrawn(paid_cents=0), withdrawn(paid_cents=0)
    for each in (one, other):
        each.states |= {E2: {}, "lane coding P1|P1:E1": {}}
    assert subjects_compared(one, other) == sorted(one.states)
    assert subjects_compared(one, other, {E1}) == [E2]


def test_a_cancelled_encounter_that_differs_though_its_payers_were_told_the_same_is_found() -> None:
    one, other = withdrawn("submitted", paid_cents=0), withdrawn("submitted", paid_cents=2_112)
    assert withdrawn_at_another_time(one, other) == set()
    assert {each.subject for each in differences(one, other)} == {E1, A1}


def test_a_claim_that_only_one_run_sent_is_a_difference_where_nothing_was_cancelled() -> None:
    sent = withdrawn("submitted", paid_cents=2_112, cancelled=False)
    assert withdrawn_at_another_time(sent, withdrawn(paid_cents=0, cancelled=False)) == set()
    assert withdrawn_at_another_time(sent, withdrawn(paid_cents=0)) == set()
