"""What is done when a payer does not answer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.domain.question import Answer, Asked
from services.payer_gateway.domain.silence import (
    UNMAILED,
    Action,
    Kind,
    Look,
    SentFile,
    first_look,
    look,
)
from services.payer_gateway.partners import load_partners
from tests.support import NOON

PARTNER = load_partners(None)["BLUERIVER"]
FILE = SentFile("F1.837", "sent", NOON, 1, {"C1": "filed", "C2": "filed"})
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ASKS = replace(PARTNER, inquires=True)
TAKEN = SentFile("F1.837", "accepted", NOON, 1, {"C1": "filed"})


def asked(outcome: str = "", at: datetime = NOON + 3 * DAY, **changes: bool) -> SentFile:
    """The claim was asked about at that time, and answered the same day where an outcome is."""
    said = (Answer("T1", at + HOUR, outcome, "P1:20", {}),) if outcome else ()
    return replace(TAKEN, asked={"C1": Asked(at, changes.get("is_refused", False), said)})


def test_a_file_is_looked_at_when_its_acknowledgement_is_due() -> None:
    assert first_look(PARTNER, NOON) == NOON + 24 * HOUR
    found = look(PARTNER, FILE, NOON + 23 * HOUR)
    assert (found.silences, found.again_at) == ((), NOON + 24 * HOUR)


def test_a_file_that_nobody_acknowledges_is_sent_again_and_then_given_to_a_person() -> None:
    (once,) = look(PARTNER, FILE, NOON + 24 * HOUR).silences
    assert (once.kind, once.subject, once.action) == (
        *(Kind.ACKNOWLEDGEMENT, "F1.837"),
        Action.RESENT,
    )
    again = replace(FILE, uploads=2)
    assert look(PARTNER, again, NOON + 47 * HOUR).silences == ()
    (twice,) = look(PARTNER, again, NOON + 48 * HOUR).silences
    assert twice.action is Action.ALERTED


def test_an_answer_to_a_claim_shows_that_its_file_came() -> None:
    file = replace(FILE, claims={"C1": "received", "C2": "filed"})
    assert look(PARTNER, file, NOON + 2 * DAY).silences == ()


def test_each_claim_without_an_acknowledgement_is_named() -> None:
    file = replace(FILE, state="accepted", claims={"C1": "accepted", "C2": "filed"})
    (found,) = look(PARTNER, file, NOON + 3 * DAY).silences
    assert (found.kind, found.subject) == (Kind.CLAIM_ACKNOWLEDGEMENT, "C2")


def test_a_claim_that_is_not_paid_in_the_time_agreed_is_named() -> None:
    file = replace(FILE, state="accepted", claims={"C1": "accepted", "C2": "adjudicated"})
    assert look(PARTNER, file, NOON + 29 * DAY).silences == ()
    (found,) = look(PARTNER, file, NOON + 30 * DAY).silences
    assert (found.kind, found.subject) == (Kind.REMITTANCE, "C1")


@pytest.mark.parametrize("state", ["rejected", "accepted"])
def test_a_file_for_which_nothing_is_waited_is_not_looked_at_again(state: str) -> None:
    file = replace(FILE, state=state, claims={"C1": "adjudicated", "C2": "rejected"})
    assert look(PARTNER, file, NOON + 99 * DAY) == look(PARTNER, file, NOON)
    assert look(PARTNER, file, NOON).again_at is None


def test_a_partner_that_sends_no_acknowledgements_is_not_waited_for() -> None:
    partner = replace(
        PARTNER, acknowledgement_hours=0, claim_acknowledgement_days=0, remittance_days=0
    )
    assert look(partner, FILE, NOON + 99 * DAY).again_at is None


def test_an_overdue_claim_is_asked_about_once_before_a_person_is_told() -> None:
    assert look(ASKS, TAKEN, NOON + 2 * DAY).to_ask == frozenset()
    found = look(ASKS, TAKEN, NOON + 3 * DAY)
    assert (found.to_ask, found.silences[0].action) == (frozenset({"C1"}), Action.INQUIRED)
    waits = look(ASKS, asked(), NOON + 3 * DAY + 23 * HOUR)
    assert (waits.to_ask, waits.silences[0].action) == (frozenset(), Action.INQUIRED)
    told = look(ASKS, asked(), NOON + 4 * DAY)
    assert (told.to_ask, told.silences[0].action) == (frozenset(), Action.ALERTED)


def test_a_claim_that_cannot_be_asked_about_is_told_to_a_person() -> None:
    found = look(ASKS, TAKEN, NOON + 3 * DAY).unasked(frozenset({"C1"}), {"C1": "REF02 is long"})
    assert (found.to_ask, found.silences[0].action) == (frozenset(), Action.ALERTED)
    assert found.silences[0].reason == "what is known of it does not make a 276: REF02 is long"


@pytest.mark.parametrize("outcome", ["rejected", "not found", "wants information", "error"])
def test_bad_news_is_told_before_anything_is_overdue(outcome: str) -> None:
    (found,) = look(PARTNER, asked(outcome, NOON + DAY), NOON + 2 * DAY).silences
    assert found.action is Action.ALERTED
    assert look(PARTNER, asked("pending", NOON + DAY), NOON + 2 * DAY).silences == ()


def test_of_several_claims_of_a_description_the_one_not_decided_counts() -> None:
    answers = [Answer("T1", NOON, outcome, "", {}) for outcome in ("not found", "paid", "pending")]
    of_all = Asked(NOON, is_refused=False, answers=tuple(answers)).answer
    assert of_all == answers[2]
    late = Answer("T1", NOON + HOUR, "denied", "", {})
    assert Asked(NOON, is_refused=False, answers=(*answers, late)).answer == late


@given(
    st.sampled_from(["", "pending", "paid", "not found", "unknown"]),
    st.integers(0, 2_000),
    st.booleans(),
    st.booleans(),
)
def test_nothing_is_asked_twice_within_the_days_agreed(
    outcome: str, hours: int, inquires: bool, is_refused: bool
) -> None:
    partner = replace(PARTNER, inquires=inquires)
    found = look(partner, asked(outcome, is_refused=is_refused), NOON + 3 * DAY + hours * HOUR)
    assert found.to_ask <= {each.subject for each in found.silences}
    if hours < 7 * 24 or not inquires:
        assert found.to_ask == frozenset()


@given(
    st.sampled_from(["sent", "accepted", "rejected"]),
    st.dictionaries(
        st.sampled_from(["C1", "C2", "C3"]),
        st.sampled_from(["filed", "received", "accepted", "rejected", "adjudicated"]),
        min_size=1,
    ),
    st.integers(0, 2_000),
    st.integers(1, 4),
)
def test_whoever_looks_again_at_the_time_said_never_stands_still(
    state: str, claims: dict[str, str], hours: int, uploads: int
) -> None:
    file = SentFile("F1.837", state, NOON, uploads, claims)
    now = NOON + hours * HOUR
    found = look(PARTNER, file, now)
    assert found.again_at is None or found.again_at > now
    assert len({(each.kind, each.subject) for each in found.silences}) == len(found.silences)


FORMS = SentFile("F1.pdf", "outbox", NOON, 1, {"C1": "filed"}, is_paper=True)


def test_forms_are_told_to_a_person_once_nobody_mailed_them_in_time() -> None:
    assert look(PARTNER, FORMS, NOON + 23 * HOUR) == Look((), NOON + 24 * HOUR)
    for uploads in (1, 2, 3):
        found = look(PARTNER, replace(FORMS, uploads=uploads), NOON + 24 * HOUR)
        (silence,) = found.silences
        assert (silence.kind, silence.subject) == (Kind.ACKNOWLEDGEMENT, "F1.pdf")
        assert (silence.action, silence.reason) == (Action.ALERTED, UNMAILED)
        assert found.again_at == NOON + 48 * HOUR


def test_forms_that_nobody_need_speak_of_are_waited_for_no_more() -> None:
    assert look(replace(PARTNER, acknowledgement_hours=0), FORMS, NOON + 90 * DAY) == Look((), None)


@given(days=st.integers(0, 90), inquires=st.booleans())
def test_mailed_forms_wait_for_an_835_alone_and_no_payer_is_asked(
    days: int, inquires: bool
) -> None:
    mailed = replace(FORMS, state="sent")
    partner = replace(PARTNER, inquires=inquires)
    found = look(partner, mailed, NOON + days * DAY)
    assert found.to_ask == frozenset()
    assert {each.kind for each in found.silences} <= {Kind.REMITTANCE}
    assert bool(found.silences) is (days >= PARTNER.remittance_days)


@given(
    outcome=st.sampled_from(["", "pending", "received", "paid"]),
    days=st.integers(3, 400),
    is_refused=st.booleans(),
)
def test_a_claim_that_was_asked_about_this_very_minute_is_not_asked_about_again(
    outcome: str, days: int, is_refused: bool
) -> None:
    file = asked(outcome, is_refused=is_refused)
    fresh = replace(file, asked={"C1": replace(file.asked["C1"], is_fresh=True)})
    found = look(ASKS, fresh, NOON + days * DAY)
    assert found.to_ask == frozenset()
    if not outcome and not is_refused:
        assert {each.action for each in found.silences} == {Action.INQUIRED}
