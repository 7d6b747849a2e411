"""What is read, written and read again is the same, for files of every loop of their guides."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    ClaimBatch,
    Delimiters,
    Envelope,
    Finding,
    InterchangeAcknowledgement,
    Transaction,
    read_277ca,
    read_837p,
    read_999,
    read_interchanges,
    read_ta1,
    remittance_reader,
    write_277ca,
    write_835,
    write_837p,
    write_999,
    write_ta1,
)
from tests.unit.payer_gateway.x12.builders import envelope
from tests.unit.payer_gateway.x12.guide_files import GUIDES, drawn_file

DAY_2000, DAY_2099 = date(2000, 1, 1), date(2099, 12, 31)
DELIMITERS = (
    Delimiters(),
    Delimiters("|", "!", ">", "\n"),
    Delimiters("\x1d", "^", "\x1f", "\x1c"),
)


def _write_837p(into: Envelope, batch: ClaimBatch) -> bytes:
    return write_837p(into, batch.header, batch.claims)


CODECS: dict[str, tuple[Callable[[Transaction], tuple[Any, list[Finding]]], Callable[..., bytes]]]
CODECS = {
    "837P": (read_837p, _write_837p),
    "835": (remittance_reader.read, lambda into, read: write_835(into, [read])),
    "277CA": (read_277ca, lambda into, read: write_277ca(into, [read])),
    "999": (read_999, lambda into, read: write_999(into, [read])),
}


def _transaction(data: bytes) -> Transaction:
    (interchange,) = read_interchanges(data)
    assert interchange.all_findings == []
    (transaction,) = interchange.transactions
    return transaction


def _in_order(read: Any) -> Any:
    """A batch's claims by number: the writer puts those of a provider and patient together."""
    if not isinstance(read, ClaimBatch):
        return read
    return replace(read, claims=tuple(sorted(read.claims, key=lambda claim: claim.claim_id)))


def assert_identity(kind: str, seed: int, delimiters: Delimiters) -> None:
    reader, writer = CODECS[kind]
    data = drawn_file(kind, seed, delimiters).replace(b"STAR", "ÉTOILE".encode())
    read, findings = reader(_transaction(data))
    assert not any(finding.is_error for finding in findings), findings
    if kind == "837P" and not read.claims:
        return
    written = writer(envelope(delimiters), read)
    again, findings = reader(_transaction(written))
    assert not any(finding.is_error for finding in findings), findings
    assert _in_order(again) == _in_order(read)
    assert writer(envelope(delimiters), again) == written
    for other in DELIMITERS:
        elsewhere, _ = reader(_transaction(writer(envelope(other), read)))
        assert _in_order(elsewhere) == _in_order(read)


@pytest.mark.parametrize("kind", sorted(GUIDES))
@settings(max_examples=60)
@given(seed=st.integers(0, 10**9 - 1), delimiters=st.sampled_from(DELIMITERS))
@example(seed=7, delimiters=Delimiters())
def test_a_file_read_and_written_is_read_as_before(
    kind: str, seed: int, delimiters: Delimiters
) -> None:
    assert_identity(kind, seed, delimiters)


@given(
    st.lists(
        st.builds(
            InterchangeAcknowledgement,
            st.integers(0, 10**9 - 1).map(lambda number: f"{number:09d}"),
            st.none() | st.dates(min_value=DAY_2000, max_value=DAY_2099),
            st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
            st.sampled_from("AER"),
            st.sampled_from(["000", "001", "025"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_interchange_acknowledgements_are_read_as_written(
    given_acknowledgements: list[InterchangeAcknowledgement],
) -> None:
    (interchange,) = read_interchanges(write_ta1(envelope(), given_acknowledgements))
    assert read_ta1(interchange) == (given_acknowledgements, [])
