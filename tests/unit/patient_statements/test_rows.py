"""Aggregates in their rows: what was written is read, packed or plain, and nothing else is."""

import zlib
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.patient_statements.domain.account import Account
from services.patient_statements.domain.encounter_balance import EncounterBalance
from services.patient_statements.rows import from_document, to_document


def _account(encounters: int) -> Account:
    return Account(
        "P1",
        "A1",
        encounters=tuple(
            EncounterBalance(
                encounter_id=f"E{number}",
                patient_id="PT1",
                version=1,
                service_date=date(2026, 2, 24),
                insurance_final=True,
                charge_cents=number,
                insurance_paid_cents=0,
                adjusted_cents=0,
                patient_paid_cents=0,
                reported_cents=number,
            )
            for number in range(encounters)
        ),
    )


@given(st.integers(0, 12))
def test_an_account_is_read_as_it_was_written_however_long_it_is(encounters: int) -> None:
    account = _account(encounters)
    assert from_document(to_document(account), Account) == account


def test_only_a_long_document_is_packed_and_is_then_much_shorter() -> None:
    short, long = _account(1), _account(12)
    assert to_document(short) == msgspec.json.encode(short)
    assert len(to_document(long)) * 4 < len(msgspec.json.encode(long))


@pytest.mark.parametrize("kept", [b"", b"{}", b'{"practice_id": "P1"}', b"\x78", b"\x78\x01\x00"])
def test_a_damaged_document_is_noticed(kept: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, zlib.error)):
        from_document(kept, Account)
