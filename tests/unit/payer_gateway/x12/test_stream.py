"""Files of any size: events as they come, one claim held at a time, verdicts before the claims."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Adjustment,
    Claim,
    Delimiters,
    Finding,
    Interchange,
    Remittance,
    RemittanceClaim,
    Transaction,
    UnreadableClaim,
    balance,
    loop_feed,
    read_277ca,
    read_837p,
    read_interchanges,
    read_ta1,
    remittance_reader,
    segments,
    write_277ca,
    write_835,
    write_837p,
    write_ta1,
)
from services.payer_gateway.x12.acknowledgement import InterchangeAcknowledgement
from services.payer_gateway.x12.claim_status import ClaimStatus
from services.payer_gateway.x12.control_numbers import ControlNumbers
from services.payer_gateway.x12.envelope_reader import (
    GroupEnd,
    InterchangeEnd,
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
)
from services.payer_gateway.x12.professional_claim import BatchHeader
from services.payer_gateway.x12.remittance import ProviderAdjustment
from services.payer_gateway.x12.stream import stream, stream_proven
from tests.unit.payer_gateway.x12.builders import (
    claim,
    claim_acknowledgement,
    claim_status,
    dependent_claim,
    envelope,
    header,
    medicare_claim,
    paid_claim,
    remittance,
    service,
)
from tests.unit.payer_gateway.x12.large_file import BLOCK_CLAIMS, large_835
from tests.unit.payer_gateway.x12.test_broken_files import FILES


def payment(cents: int = 8_000 + 10_976 + 5_000 - 1_200, trace: str = "TRACE1") -> Remittance:
    claims = [
        paid_claim("C1", "1", service(10_000, 8_000, Adjustment("CO", "45", 2_000))),
        medicare_claim(),
        paid_claim("C5", "1", service(5_000, 5_000)),
    ]
    return replace(remittance(cents, claims, [("WO", 1_200)]), trace_number=trace)


def file_of(*remittances: Remittance, delimiters: Delimiters | None = None) -> bytes:
    return write_835(envelope(delimiters), remittances)


def kinds(events: Iterable[object]) -> list[str]:
    return [type(event).__name__ for event in events]


def rules(events: Iterable[object]) -> list[str]:
    return [event.rule for event in events if isinstance(event, Finding)]


def claim_ids(events: Iterable[object]) -> list[str]:
    return [e.claim_id for e in events if isinstance(e, RemittanceClaim | Claim | ClaimStatus)]


def test_what_is_no_interchange_is_said_and_refused() -> None:
    events = list(stream(b"hello"))
    assert kinds(events) == ["InterchangeStart", "Finding", "InterchangeEnd"]
    start, finding, end = events
    assert isinstance(start, InterchangeStart)
    assert not start.readable
    assert isinstance(finding, Finding)
    assert finding.rule == "envelope.not-x12"
    assert isinstance(end, InterchangeEnd)
    assert end.is_refused


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (file_of(payment()).decode().encode("utf-16"), "UTF-16"),
        (file_of(payment()).decode().encode("utf-16-le"), "UTF-16"),
        (file_of(payment()).decode().encode("cp037"), "EBCDIC"),
    ],
)
def test_an_encoding_that_cannot_be_read_is_named(data: bytes, word: str) -> None:
    finding = next(event for event in stream(data) if isinstance(event, Finding))
    assert word in finding.message


def test_a_claim_that_does_not_balance_is_said_before_it_and_its_neighbours_stand() -> None:
    data = file_of(payment()).replace(b"SVC*HC:99213:25*250*78.4*", b"SVC*HC:99213:25*250*78.5*")
    events = list(stream(data))
    place = kinds(events).index("Finding")
    finding, spoiled = events[place : place + 2]
    assert isinstance(finding, Finding)
    assert isinstance(spoiled, RemittanceClaim)
    assert (finding.rule, finding.claim) == ("remittance.line-balance", spoiled.claim_id)
    assert claim_ids(events) == ["C1", "C3", "C5"]
    end = next(event for event in events if isinstance(event, TransactionEnd))
    assert not end.is_refused


def test_a_payment_that_does_not_balance_is_said_at_its_end_with_both_sums() -> None:
    events = list(stream(file_of(payment(1))))
    place = kinds(events).index("TransactionEnd")
    finding, end = events[place - 1 : place + 1]
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.found_cents) == ("remittance.transaction-balance", 1)
    assert isinstance(end, TransactionEnd)
    assert end.is_refused
    assert (end.claims, end.unreadable) == (3, 0)
    assert end.paid_cents - end.withheld_cents == finding.expected_cents


def test_money_that_cannot_be_read_is_never_balanced() -> None:
    data = file_of(payment()).replace(b"SVC*HC:99213:25*250", b"SVC*HC:99213:25*2x0", 1)
    events = list(stream(data))
    assert [e.claim_id for e in events if isinstance(e, UnreadableClaim)] == ["C3"]
    assert "remittance.incomplete" in rules(events)
    assert [e.is_refused for e in events if isinstance(e, TransactionEnd)] == [True]


def test_a_refused_set_group_or_interchange_refuses_no_other() -> None:
    sound, short = file_of(payment()), file_of(payment(), payment(1, "T2"), payment(trace="T3"))
    data = (
        short + sound.replace(b"GE*1*11", b"GE*2*11") + sound.replace(b"IEA*1*", b"IEA*2*") + sound
    )
    events = list(stream(data))

    def verdicts(kind: type[TransactionEnd | GroupEnd | InterchangeEnd]) -> list[bool]:
        return [event.is_refused for event in events if isinstance(event, kind)]

    assert verdicts(TransactionEnd) == [False, True, False, False, False, False]
    assert verdicts(GroupEnd) == [False, True, False, False]
    assert verdicts(InterchangeEnd) == [False, False, True, False]


@pytest.mark.parametrize("junk", [b"junk", b"X*1~Y*2~", b"ISAAC~", b"\xff\xfe\xfd", b"IEA*1*1~"])
def test_junk_between_interchanges_is_a_finding_and_costs_no_neighbour(junk: bytes) -> None:
    second = file_of(payment(trace="T2"), delimiters=Delimiters("|", "!", ">", "'"))
    events = list(stream(file_of(payment()) + junk + second))
    assert "envelope.stray-segment" in rules(events)
    assert claim_ids(events) == ["C1", "C3", "C5"] * 2
    starts = [e.delimiters.element for e in events if isinstance(e, InterchangeStart)]
    assert starts == ["*", "|"]
    assert [e.is_refused for e in events if isinstance(e, TransactionEnd)] == [False, False]


@pytest.mark.parametrize(
    "padding", [b"", b"\r\n", b"\n\n  ", b"\x1a", b"\x00" * 40, b"\n\xef\xbb\xbf"]
)
def test_padding_between_interchanges_is_no_junk(padding: bytes) -> None:
    second = file_of(payment(trace="T2"), delimiters=Delimiters("|", "!", ">", "\n"))
    events = list(stream(padding + file_of(payment()) + padding + second + padding))
    assert rules(events) == ["envelope.isa-repeated"]
    assert claim_ids(events) == ["C1", "C3", "C5"] * 2


def test_a_cut_file_gives_what_came_and_refuses_all_that_was_open() -> None:
    data = file_of(payment())
    events = list(stream(data[: data.index(b"CLP*C5") + 20]))
    assert claim_ids(events) == ["C1", "C3"]
    assert {"envelope.se-missing", "envelope.ge-missing", "envelope.iea-missing"} < set(
        rules(events)
    )
    ends = [e for e in events if isinstance(e, TransactionEnd | GroupEnd | InterchangeEnd)]
    assert [end.is_refused for end in ends] == [True, True, True]


def test_a_claim_beyond_all_measure_is_not_held_and_its_neighbours_are_read() -> None:
    line = b"REF*6R*" + b"9" * 90 + b"~"
    data = file_of(payment()).replace(
        b"CLP*C5", line * (loop_feed.LONGEST_LOOP // len(line) + 2) + b"CLP*C5"
    )
    events = list(stream(data[n : n + 50_000] for n in range(0, len(data), 50_000)))
    assert claim_ids(events) == ["C1", "C5"]
    (unreadable,) = [e for e in events if isinstance(e, UnreadableClaim)]
    assert unreadable.claim_id == "C3"
    assert "envelope.loop-too-long" in rules(events)
    assert [e.is_refused for e in events if isinstance(e, TransactionEnd)] == [True]
    last = next(e for e in events if isinstance(e, RemittanceClaim) and e.claim_id == "C5")
    assert last.position == unreadable.last_position + 1


def test_a_set_without_a_reader_of_claims_is_given_whole_unless_it_is_too_large() -> None:
    (given_whole,) = [e for e in stream(FILES["999"]) if isinstance(e, Transaction)]
    (interchange,) = read_interchanges(FILES["999"])
    assert given_whole == next(interchange.transactions)
    filler = (b"CTX*" + b"X" * 200 + b"~") * 22_000
    large = FILES["999"].replace(b"AK1*", filler + b"AK1*", 1)
    events = list(stream(large))
    assert "Transaction" not in kinds(events)
    assert "envelope.transaction-too-large" in rules(events)


def test_an_interchange_acknowledgement_is_an_event() -> None:
    ta1 = InterchangeAcknowledgement("000000007", None, None, "R", "022")
    data = write_ta1(envelope(), [ta1])
    assert [e for e in stream(data) if isinstance(e, InterchangeAcknowledgement)] == [ta1]
    assert rules(stream(data.replace(b"*R*", b"*Q*"))) == ["acknowledgement.ta1-code"]


def test_the_parts_of_each_set_come_in_their_order() -> None:
    assert kinds(stream(file_of(payment()))) == [
        "InterchangeStart", "GroupStart", "TransactionStart", "Remittance",
        *["RemittanceClaim"] * 3, "ProviderAdjustment",
        "TransactionEnd", "GroupEnd", "InterchangeEnd",
    ]  # fmt: skip
    claims = write_837p(envelope(), header(), [claim(), dependent_claim()])
    assert kinds(stream(claims))[3:-3] == ["BatchHeader", "Claim", "Claim"]
    two = [claim_status("C1", "A2", "WQ", 31_000), claim_status("C2", "A3", "U", 6_000)]
    answers = write_277ca(envelope(), [claim_acknowledgement(*two)])
    assert kinds(stream(answers))[3:-3] == [
        "ReceiverStatus", "ProviderStatus", "ClaimStatus", "ClaimStatus", "ClaimAcknowledgement",
    ]  # fmt: skip


def whole(interchange: Interchange) -> tuple[list[object], list[Finding]]:
    """Every claim, sum of money and finding of an interchange, by the readers that hold it."""
    values: list[object] = []
    findings = [*interchange.all_findings, *read_ta1(interchange)[1]]
    for transaction in interchange.transactions:
        if transaction.set_id == "835":
            read, found = remittance_reader.read(transaction)
            findings += found + balance.check(read)
            values += [*read.claims, *read.unreadable, *read.provider_adjustments]
        elif (transaction.set_id, transaction.version[:10]) == ("837", "005010X222"):
            batch, found = read_837p(transaction)
            findings += found
            values += [batch.header, *batch.claims, *batch.unreadable]
        elif (transaction.set_id, transaction.version[:10]) == ("277", "005010X214"):
            answers, found = read_277ca(transaction)
            findings += found
            values += answers.claims
        else:
            values.append(replace(transaction, findings=()))
    return values, findings


_VALUES = (
    RemittanceClaim | Claim | UnreadableClaim | ProviderAdjustment | ClaimStatus | Transaction
    | BatchHeader
)  # fmt: skip


def _sorted(values: Iterable[object]) -> list[str]:
    return sorted(map(repr, values))


def assert_streamed_as_read(data: bytes, size: int) -> None:
    pieces = [data[n : n + size] for n in range(0, len(data), size)]
    events = list(stream(pieces))
    values: list[object] = []
    findings: list[Finding] = []
    for interchange in read_interchanges(data):
        of_this, found = whole(interchange)
        values += of_this
        findings += found
    assert _sorted(e for e in events if isinstance(e, _VALUES)) == _sorted(values)
    assert _sorted(e for e in events if isinstance(e, Finding)) == _sorted(findings)


@given(st.sampled_from(sorted(FILES)), st.integers(1, 900))
def test_a_stream_in_any_pieces_gives_what_the_readers_of_whole_files_give(
    name: str, size: int
) -> None:
    assert_streamed_as_read(FILES[name] + b"\r\n" + FILES[name], size)


@given(st.lists(st.binary(max_size=9)))
def test_pieces_are_put_together_and_cut_to_bounded_size_without_loss(pieces: list[bytes]) -> None:
    large = [piece * 40_000 for piece in pieces]
    for least in (1, 1 << 15):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(segments, "LEAST_BYTES", least)
            for given_pieces in (pieces, large, [*pieces, *large, *pieces]):
                given_back = list(segments.chunks(given_pieces))
                assert b"".join(given_back) == b"".join(given_pieces)
                assert all(0 < len(piece) <= segments.CHUNK_BYTES for piece in given_back)


def test_small_pieces_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "LEAST_BYTES", 4)
    pieces = [b"a", b"b", b"", b"cd", b"efghi", b"j"]
    assert list(segments.chunks(pieces)) == [b"abcd", b"efghi", b"j"]


@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_stream_of_a_damaged_file_gives_what_the_readers_of_whole_files_give(
    name: str, draw: st.DataObject
) -> None:
    sound = FILES[name].split(b"~")
    place = draw.draw(st.integers(1, len(sound) - 1))
    damage = draw.draw(st.sampled_from([[], [sound[place]] * 2, [b"ZZ*1", sound[place]]]))
    assert_streamed_as_read(b"~".join([*sound[:place], *damage, *sound[place + 1 :]]), 40_000)
    assert_streamed_as_read(b"~".join([*sound[:place], *damage, *sound[place + 1 :]]), 333)


def test_a_proven_stream_says_at_each_start_what_is_refused() -> None:
    data = file_of(payment(), payment(1, "T2")) + file_of(payment()).replace(b"IEA*1*", b"IEA*2*")
    opened = 0

    def reopen() -> Iterator[bytes]:
        nonlocal opened
        opened += 1
        return iter([data])

    events = list(stream_proven(reopen))
    assert opened == 2
    sets = [e.is_refused for e in events if isinstance(e, TransactionStart)]
    assert sets == [False, True, False]
    assert [e.is_refused for e in events if isinstance(e, InterchangeStart)] == [False, True]
    plain = [e for e in stream(data) if not hasattr(e, "is_refused")]
    assert [e for e in events if not hasattr(e, "is_refused")] == plain


def test_a_file_that_grew_between_the_readings_is_refused_where_it_grew() -> None:
    pieces = iter([[file_of(payment())], [file_of(payment()), file_of(payment())]])
    events = list(stream_proven(lambda: next(pieces)))
    assert [e.is_refused for e in events if isinstance(e, TransactionStart)] == [False, True]


@given(st.lists(st.integers(0, 60).map(str) | st.sampled_from(["A", "B", "007", "7"])))
def test_a_control_number_is_repeated_where_it_came_before(numbers: list[str]) -> None:
    met = ControlNumbers()
    before: set[str] = set()
    for number in numbers:
        same = number.lstrip("0") or "0"
        assert met.is_repeated(number) is (same in before)
        before.add(same)


_MEASURED = """
import resource
from pathlib import Path
from tests.unit.payer_gateway.x12.large_file import {source}
from services.payer_gateway.x12.stream import stream
claims = refused = 0
for event in stream({source}({size})):
    claims += type(event).__name__ in {{"RemittanceClaim", "Claim"}}
    refused += getattr(event, "is_refused", None) is True
status = Path("/proc/self/status")
if status.exists():  # what a process was forked from counts in ru_maxrss
    words = status.read_text(encoding="ascii").split()
    peak = words[words.index("VmHWM:") + 1]
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(claims, refused, peak)
"""


@pytest.mark.parametrize(
    ("source", "size"), [("large_835", 100_000_000), ("large_837p", 40_000_000)]
)
def test_a_file_far_larger_than_memory_is_read_in_less_than_fifty_megabytes(
    source: str, size: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED.format(source=source, size=size)],
        cwd=Path(__file__).resolve().parents[4],
        capture_output=True,
        text=True,
        check=True,
    )
    claims, refused, kilobytes = map(int, done.stdout.split())
    assert claims > size // 700
    assert refused == 0
    assert kilobytes < 50_000


def test_the_large_file_is_what_it_says() -> None:
    events = list(stream(large_835(1)))
    assert len(claim_ids(events)) == BLOCK_CLAIMS
    assert not any(e.is_refused for e in events if isinstance(e, TransactionEnd))


def test_claims_below_a_receiver_without_a_provider_stay_with_the_provider_before() -> None:
    two = [claim_status("C1", "A2", "WQ", 31_000), claim_status("C2", "A3", "U", 6_000)]
    sound = write_277ca(envelope(), [claim_acknowledgement(*two)]).split(b"~")
    places = [n for n, segment in enumerate(sound) if segment.startswith(b"HL*")]
    receiver = sound[places[1] : places[2]]
    assert_streamed_as_read(b"~".join([*sound[: places[-1]], *receiver, *sound[places[-1] :]]), 100)
