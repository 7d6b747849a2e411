"""Whatever bytes come, reading ends with values and findings, never with an exception."""

import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    acknowledge,
    balance,
    is_refused,
    read_277ca,
    read_837p,
    read_999,
    read_interchanges,
    read_ta1,
    remittance_reader,
    validate,
    write_277ca,
    write_835,
    write_837p,
    write_999,
)
from tests.unit.payer_gateway.x12.builders import (
    claim,
    claim_acknowledgement,
    claim_status,
    dependent_claim,
    envelope,
    header,
    medicare_claim,
    only_interchange,
    remittance,
    secondary_claim,
)
from tests.unit.payer_gateway.x12.test_professional_claim import everything


def read_everything(data: bytes) -> bool:
    """Reads the file by every reader there is; whether any of them refuses anything."""
    refused = False
    for interchange in read_interchanges(data):
        findings = list(interchange.all_findings)
        findings += read_ta1(interchange)[1]
        for group in interchange.groups:
            acknowledge(group, {})
        for transaction in interchange.transactions:
            read, found = remittance_reader.read(transaction)
            of_835 = [*found, *balance.check(read)]
            batch, of_837 = read_837p(transaction)
            of_837 += validate.check_batch(batch.claims)
            by_set = {
                "835": of_835,
                "837": of_837,
                "999": read_999(transaction)[1],
                "277": read_277ca(transaction)[1],
            }
            findings += by_set.get(transaction.set_id, [])
        refused |= any(finding.is_error for finding in findings)
    return refused


FILES = {
    "837P": write_837p(
        envelope(), header(), [claim(), dependent_claim(), secondary_claim(), everything()]
    ),
    "835": write_835(envelope(), [remittance(10_976 - 1_200, [medicare_claim()], [("WO", 1_200)])]),
    "999": write_999(
        envelope(),
        [acknowledge(only_interchange(write_837p(envelope(), header(), [claim()])).groups[0], {})],
    ),
    "277CA": write_277ca(
        envelope(), [claim_acknowledgement(claim_status("C1", "A2", "WQ", 31_000))]
    ),
}


@pytest.fixture(params=sorted(FILES))
def sound(request: pytest.FixtureRequest) -> bytes:
    return FILES[request.param]


def test_a_sound_file_is_not_refused(sound: bytes) -> None:
    assert not read_everything(sound)


def test_a_file_cut_anywhere_is_read_and_said_to_be_cut(sound: bytes) -> None:
    for end in range(0, len(sound) - 1, 7):
        assert read_everything(sound[:end]), end


def swap(data: bytes, rng: random.Random) -> bytes:
    segments = data.split(b"~")
    first, second = sorted(rng.sample(range(1, len(segments) - 1), 2))
    segments[first], segments[second] = segments[second], segments[first]
    return b"~".join(segments)


def drop_segment(data: bytes, rng: random.Random) -> bytes:
    segments = data.split(b"~")
    del segments[rng.randrange(len(segments) - 1)]
    return b"~".join(segments)


def repeat_segment(data: bytes, rng: random.Random) -> bytes:
    segments = data.split(b"~")
    place = rng.randrange(1, len(segments) - 1)
    return b"~".join([*segments[:place], segments[place], *segments[place:]])


def drop_element(data: bytes, rng: random.Random) -> bytes:
    segments = data.split(b"~")
    place = rng.randrange(1, len(segments) - 1)
    elements = segments[place].split(b"*")
    del elements[rng.randrange(len(elements))]
    segments[place] = b"*".join(elements)
    return b"~".join(segments)


def flip_byte(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]


def insert_noise(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    noise = rng.choice([b"~", b"*", b":", b"ISA*", b"~ISA*", b"\n", b"\x00", b"ST*835*9~", b"~~~"])
    return data[:place] + noise * rng.randint(1, 3) + data[place:]


def drop_bytes(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + data[place + rng.randint(1, 60) :]


MUTATIONS = [
    swap,
    drop_segment,
    repeat_segment,
    drop_element,
    flip_byte,
    insert_noise,
    drop_bytes,
]


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_damaged_file_never_raises(
    sound: bytes, mutate: Callable[[bytes, random.Random], bytes]
) -> None:
    rng = random.Random(mutate.__name__)
    for _ in range(60):
        damaged = mutate(sound, rng)
        for _ in range(rng.randrange(3)):
            damaged = rng.choice(MUTATIONS)(damaged, rng) if damaged.count(b"~") > 4 else damaged
        read_everything(damaged)


def test_a_segment_lost_or_doubled_is_always_noticed(sound: bytes) -> None:
    segments = sound.split(b"~")
    for place in range(len(segments) - 1):
        assert read_everything(b"~".join([*segments[:place], *segments[place + 1 :]])), place
        if place:
            doubled = [*segments[:place], segments[place], *segments[place:]]
            assert read_everything(b"~".join(doubled)), segments[place][:20]


def test_any_change_of_one_digit_of_money_is_noticed() -> None:
    data = FILES["835"]
    noticed = 0
    for marker in (b"CLP*C3*19*310*109.76", b"BPR*I*97.76", b"SVC*HC:99213:25*250*78.4"):
        start = data.index(marker)
        for place in range(start + marker.rindex(b"*") + 1, start + len(marker)):
            if data[place : place + 1].isdigit():
                other = bytes([data[place] - 1 if data[place] > ord("0") else ord("5")])
                damaged = data[:place] + other + data[place + 1 :]
                (transaction,) = only_interchange(damaged).transactions
                read, _ = remittance_reader.read(transaction)
                assert any(f.is_error for f in balance.check(read)), damaged[start : start + 30]
                noticed += 1
    assert noticed > 8


@settings(max_examples=300)
@given(st.binary(max_size=400))
@example(b"ISA")
def test_noise_never_raises(data: bytes) -> None:
    read_everything(data)


_HEAD = FILES["835"][: FILES["835"].index(b"ST*")]
_TOKENS = (
    "ST*835*0001", "ST*837*0001*005010X222A1", "ST*999*1", "ST*277*1*005010X214", "SE*1*0001",
    "GS*HC", "GE*1*11", "IEA*1*000000007", "BPR*I*1", "TRN*1*A*B", "CLP*A*1*1*1", "SVC*HC:1*1*1",
    "CAS*CO*45*1", "PLB*1*2*WO:1*1", "LX*1", "HL*1**20*1", "HL*2*1*22*1", "HL*3*2*23*0",
    "HL*4*3*PT", "NM1*85*2", "NM1*QC", "NM1*IL*1", "NM1*PR*2", "SBR*P*18", "PAT",
    "CLM*A*1***11:B:1", "HI*ABK:A", "SV1*HC:1*1*UN*1***1", "DTP*472*D8*20260101",
    "SVD*P*1*HC:1**1", "LIN", "CTP", "OI", "AMT*D*1", "REF*F8*1", "AK1", "AK2*837*1", "IK3*NM1*1",
    "IK4*1:2", "CTX", "IK5*A", "AK9*A*1*1*1", "STC*A1:20", "TA1", "QTY", "DTM*472", "MOA",
    "LQ*HE", "PER", "N1*PR", "N3", "N4", "N1", ":", "*", "ISA*",
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.sampled_from(_TOKENS), max_size=40))
def test_segments_in_any_order_never_raise(tokens: list[str]) -> None:
    read_everything(_HEAD + "".join(f"{token}~" for token in tokens).encode())


def test_a_claim_that_is_refused_does_not_refuse_the_file() -> None:
    data = FILES["835"].replace(b"*78.4*", b"*78.5*", 1)
    (transaction,) = only_interchange(data).transactions
    read, findings = remittance_reader.read(transaction)
    assert not is_refused([*findings, *balance.check(read)])
