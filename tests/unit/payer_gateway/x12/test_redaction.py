"""A file shown to others has nobody in it, and is otherwise the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12.checks.file_check import findings_of
from services.payer_gateway.x12.redaction import Redaction, redacted
from tests.shared_data import SHARED, needs_shared_data
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

_PEOPLE = re.compile(
    r"Quimby|Zelda|Vandelay|Arthur|Kim\b|Peterman|Jacob|Elm Street|Oak Street|M000[0-9]|1EG4TE5MK73"
    r"|19800517|20150309|19501122"
)


def _redacted(data: bytes, key: bytes = b"key") -> str:
    return "".join(redacted(data, key))


def _found(data: bytes) -> list[tuple[str, int]]:
    return [(each.finding.rule, each.finding.segment) for each in findings_of(data)]


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_nobody_of_the_file_is_in_what_is_shown(kind: str) -> None:
    assert not _PEOPLE.findall(_redacted(SAMPLES[kind].encode()))


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_what_is_shown_is_as_sound_as_the_file(kind: str) -> None:
    data = SAMPLES[kind].encode()
    assert _found(_redacted(data).encode()) == _found(data)


@pytest.mark.parametrize(
    ("kind", "start", "told"),
    [
        ("277CA", "STC*A7", "STC*A7:562:85*20260201*U*100********Quimby called"),
        ("277CA", "REF*1K", "REF*FJ*Quimby1"),
        ("837I", "HI*ABF", "HI*BH:A1:D8:19800517"),
        ("837P", "NM1*82", "NM1*PW*2~N3*5 Elm Street~N4*Springfield*IL*62701"),
        ("837P", "NM1*IL", "nm1*IL*1*Quimby*Zelda****MI*M0001"),
        ("837P", "NM1*IL", "NMI*IL*1*Quimby*Zelda****MI*M0001"),
        ("837P", "NM1*IL", "NM1*IL*1*O*Hara*Jo*Quimby***MI*M0001"),
        ("837P", "NM1*QC", "NM1*qc*1*Vandelay*Kim"),
        ("837P", "NM1*QC", "NM1**1*Vandelay*Kim"),
        ("837P", "NM1*QC", "NM1*LR*1*Vandelay*Kim"),
    ],
)
def test_people_are_taken_out_wherever_they_stand(kind: str, start: str, told: str) -> None:
    lines = SAMPLES[kind].split("\n")
    place = next(n for n, line in enumerate(lines) if line.startswith(start))
    lines[place : place + 1] = told.split("~")
    assert not _PEOPLE.findall(_redacted("\n".join(lines).encode()))


def test_money_codes_and_days_of_service_stay() -> None:
    shown = _redacted(SAMPLES["837P"].encode())
    for kept in ("SV1*HC:99213*250*UN*1", "HI*ABK:E119*ABF:I10", "DTP*472*D8*20260105", "*CI"):
        assert kept in shown


def test_a_claim_keeps_one_number_through_claim_and_payment_under_one_key() -> None:
    claim = Redaction(b"one").number("C1001")
    assert claim == Redaction(b"one").number("C1001") != Redaction(b"two").number("C1001")
    assert re.fullmatch(r"[A-Z][0-9]{4}", claim)


def test_a_birth_keeps_its_year_unless_it_tells_of_an_age_above_89() -> None:
    redaction = Redaction(b"key")
    assert redaction.day_of_birth("19800517", 2026) == "19800101"
    assert redaction.day_of_birth("19150517", 2026) == "19360101"
    assert redaction.day_of_birth("unknown", 2026) == ""


def test_a_password_in_the_envelope_is_blanked_at_its_length() -> None:
    data = SAMPLES["837P"].replace("*00*          *ZZ", "*01*SECRET    *ZZ", 1)
    shown = _redacted(data.encode())
    assert "SECRET" not in shown
    assert "*01*          *ZZ" in shown


@given(st.binary(max_size=400))
def test_no_bytes_stop_it(data: bytes) -> None:
    _redacted(b"ISA*" + data)


@needs_shared_data
def test_every_public_sample_is_as_sound_as_before() -> None:
    assert SHARED is not None
    for file in sorted((SHARED / "data" / "x12").rglob("*.*")):
        if file.suffix != ".md":
            data = file.read_bytes()
            assert _found(_redacted(data).encode()) == _found(data), file.name
