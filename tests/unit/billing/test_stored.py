"""What a row keeps is read back as it was, also where an earlier version wrote it by name."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.claim import ProviderAdjustment, RemittanceReceived
from services.billing import stored
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger import Posting, PostingOrigin
from tests.unit.billing.desk import NOON, Desk, decided, line, negated, policy

ROWS: dict[str, Any] = json.loads(Path(__file__).with_name("rows_by_name.json").read_text())


def paid_and_taken_back() -> Desk:
    desk = Desk()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99214"))
    first = desk.adjudicate(decided(1, 40000, 24000, ("CO", "45", 10000), ("PR", "2", 6000)))
    desk.pay(6000)
    desk.take(negated(first, remittance_id="R2", trace_number="T2"))
    desk.adjudicate(
        decided(1, 40000, 22500, ("CO", "45", 15000), ("PR", "3", 2500)),
        remittance_id="R2",
        trace_number="T2",
        sequence=2,
        paid_on=date(2026, 4, 9),
    )
    return desk


def held() -> Desk:
    desk = Desk()
    desk.register(policy("MEDICARE_B"), policy("BLUERIVER", 2))
    desk.code(line(1, "99213"), line(2, "99999"))
    return desk


def waiting_for_the_second_payer() -> Desk:
    desk = Desk()
    desk.register(policy("BLUERIVER"), policy("SUMMIT", 2))
    desk.code(line(1, "99213"))
    desk.adjudicate(decided(1, 25000, 18000, ("CO", "45", 5000), ("PR", "2", 2000)))
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "50", 25000)),
        remittance_id="R9",
        trace_number="T9",
        payer_id="SUMMIT",
    )
    return desk


STORIES = (paid_and_taken_back, held, waiting_for_the_second_payer)


@pytest.mark.parametrize("number", range(len(STORIES)))
def test_an_account_kept_by_name_is_the_account_that_the_same_story_makes_now(number: int) -> None:
    raw = json.dumps(ROWS["encounter_accounts"][number]).encode()
    assert stored.ENCOUNTER_ACCOUNT.decode(raw) == STORIES[number]().account()


@pytest.mark.parametrize("number", range(len(STORIES)))
def test_an_account_is_read_back_as_it_was_kept(number: int) -> None:
    account = STORIES[number]().account()
    raw = stored.encode(account)
    assert stored.ENCOUNTER_ACCOUNT.decode(raw) == account
    assert stored.encode(stored.ENCOUNTER_ACCOUNT.decode(raw)) == raw


def test_when_a_claim_left_is_still_read_where_billing_once_kept_it() -> None:
    account = paid_and_taken_back().account()
    (claim,) = account.claims
    kept = replace(account, claims=(replace(claim, transmitted_at=NOON),))
    by_name = json.loads(json.dumps(ROWS["encounter_accounts"][0]))
    by_name["claims"][0]["transmitted_at"] = NOON.isoformat()
    assert stored.ENCOUNTER_ACCOUNT.decode(stored.encode(kept)) == kept
    assert stored.ENCOUNTER_ACCOUNT.decode(json.dumps(by_name).encode()) == kept


def test_references_and_remittances_kept_by_name_are_still_read() -> None:
    desk = paid_and_taken_back()
    desk.take(
        RemittanceReceived(
            practice_id="P1",
            remittance_id="R1",
            payer_id="BLUERIVER",
            trace_number="T1",
            paid_on=date(2026, 3, 20),
            payment_cents=1000,
            claims_paid_cents=1500,
            claim_count=1,
            provider_adjustments=(
                ProviderAdjustment(reason="WO", reference="X", amount_cents=500),
            ),
            received_at=NOON,
        )
    )
    desk.pay(500, "PAY9", {})
    for reader, name, now in (
        (stored.COVERAGE, "coverage", desk.rows.coverages.get(("P1", "PT1"))),
        (stored.PATIENT_ACCOUNT, "patient_account", desk.rows.patient_accounts.get(("P1", "A1"))),
        (stored.REMITTANCE, "remittance", desk.rows.remittances.get(("P1", "R1"))),
    ):
        assert now is not None
        assert reader.decode(json.dumps(ROWS[name]).encode()) == now
        assert reader.decode(stored.encode(now)) == now


def test_a_field_that_a_row_does_not_have_yet_gets_its_default() -> None:
    account = held().account()
    by_name = json.loads(json.dumps(ROWS["encounter_accounts"][1]))
    del by_name["refund_approvers"], by_name["claims"][0]["touched_by_hand"]
    assert stored.ENCOUNTER_ACCOUNT.decode(json.dumps(by_name).encode()) == account
    shorter = msgspec.msgpack.encode(msgspec.msgpack.decode(stored.encode(account))[:-1])
    assert stored.ENCOUNTER_ACCOUNT.decode(shorter) == account


@pytest.mark.parametrize("raw", [b"", b"{", b'{"practice_id": 5}', b"\x91", b"[]", b"\x91\x01"])
def test_bytes_that_nobody_here_wrote_are_no_account(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        stored.ENCOUNTER_ACCOUNT.decode(raw)


def test_a_value_once_kept_cannot_be_changed() -> None:
    account = EncounterAccount("P1", "E1")
    with pytest.raises(AttributeError):
        account.patient_id = "PT9"  # type: ignore[misc]


_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
_NUMBER = st.integers(0, 2**31 - 1)


@given(_TEXT, st.integers(1, 10**6), st.data())
def test_what_a_cause_posted_is_read_back_as_it_was_kept(
    source: str, first: int, data: st.DataObject
) -> None:
    origin = st.builds(PostingOrigin, _TEXT, _TEXT, _TEXT)
    postings = [
        Posting(
            first + place,
            *data.draw(st.tuples(_NUMBER, _TEXT, _TEXT, _TEXT, st.integers(1, 2**63 - 1))),
            source,
            1 + place,
            *data.draw(st.tuples(_TEXT, origin, _NUMBER)),
        )
        for place in range(data.draw(st.integers(1, 4)))
    ]
    kept = stored.entries_of(postings)
    assert stored.postings_of(kept, source=source, number=first, ordinal=1) == postings
