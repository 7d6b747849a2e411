"""What is done when a payer does not answer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.domain.silence import (
    Action,
    Kind,
    SentFile,
    first_look,
    look,
)
from services.payer_gateway.partners import load_partners
from tests.support import NOON

PARTNER = load_partners(None)["BLUERIVER"]
FILE = SentFile("F1.837", "sent", NOON, 1, {"C1": "filed", "C2": "filed"})
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
