"""Sound 835 and 837P files of any size, given piece by piece: nobody holds one.

A block of a thousand claims, no two of them alike, comes again and again under other numbers.
Fees are of a schedule, as those of a payer are; names, dates, codes and shares of the patient vary.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random

from services.payer_gateway.x12 import (
    Adjustment,
    Claim,
    Diagnosis,
    Name,
    Party,
    Procedure,
    QualifiedDate,
    RemittanceClaim,
    write_835,
    write_837p,
)
from services.payer_gateway.x12.amounts import format_cents
from tests.unit.payer_gateway.x12.builders import (
    DAY,
    NPI,
    claim,
    envelope,
    header,
    paid_claim,
    remittance,
    service,
)

BLOCK_CLAIMS = 1_000
_NUMBER = "AAAAAA"


def _draw() -> Random:
    return Random(20260201)


@cache
def _fees() -> list[tuple[str, int]]:
    draw = _draw()
    return [(f"{99000 + n}", draw.randrange(30, 900) * 100) for n in range(60)]


@cache
def remittance_claims() -> list[RemittanceClaim]:
    """The claims of a block of an 835; each balances."""
    draw = _draw()
    claims = []
    for number in range(BLOCK_CLAIMS):
        services = []
        for line in range(draw.choice((1, 2, 2, 3))):
            code, charge = draw.choice(_fees())
            allowed = charge * draw.choice((60, 70, 75)) // 100
            share = draw.choice((0, 2_000, allowed // 5))
            adjustments = [Adjustment("CO", "45", charge - allowed)]
            if share:
                adjustments.append(Adjustment("PR", draw.choice("123"), share))
            paid = service(charge, allowed - share, *adjustments, number=str(line + 1))
            services.append(
                replace(
                    paid,
                    procedure=Procedure(code, draw.choice(((), ("25",), ("59", "RT")))),
                    dates=(QualifiedDate("472", DAY + timedelta(draw.randrange(28))),),
                    amounts=(("B6", allowed),),
                )
            )
        patient = Party("QC", _person(draw), "MI", f"M{draw.randrange(10**8):08d}")
        provider = Party("82", Name.person("HILL", f"ANN{number % 7}"), "XX", NPI)
        claims.append(
            replace(
                paid_claim(f"{_NUMBER}{number:04d}", "1", *services),
                payer_claim_number=f"ICN{_NUMBER}{number:04d}",
                parties=(patient, provider),
            )
        )
    return claims


@cache
def professional_claims() -> list[Claim]:
    """The claims of a block of an 837P, each with a subscriber of its own."""
    draw = _draw()
    claims = []
    for number in range(BLOCK_CLAIMS):
        given = claim(f"{_NUMBER}{number:04d}")
        lines = []
        for line in range(draw.choice((1, 2, 2, 3))):
            code, charge = draw.choice(_fees())
            lines.append(
                replace(
                    given.lines[0],
                    control_number=str(line + 1),
                    procedure=Procedure(code, draw.choice(((), ("25",)))),
                    charge_cents=charge,
                    units=Decimal(draw.choice((1, 1, 2))),
                    pointers=draw.choice(((1,), (1, 2))),
                    service_from=DAY + timedelta(draw.randrange(28)),
                )
            )
        address = given.subscriber.address
        subscriber = replace(
            given.subscriber,
            name=_person(draw),
            member_id=f"M{_NUMBER}{number:04d}",
            birth_date=date(1930, 1, 1) + timedelta(draw.randrange(30_000)),
            sex=draw.choice("FM"),
            address=replace(address, line1=f"{draw.randrange(9999)} MAIN ST") if address else None,
        )
        claims.append(
            replace(
                given,
                subscriber=subscriber,
                lines=tuple(lines),
                total_charge_cents=sum(each.charge_cents for each in lines),
                diagnoses=(Diagnosis(f"E{draw.randrange(100, 999)}", "ABK"), Diagnosis("I10")),
            )
        )
    return claims


def _person(draw: Random) -> Name:
    return Name.person(f"DOE{draw.randrange(10**5)}", f"JANE{draw.randrange(100)}")


def large_835(size: int) -> Iterator[bytes]:
    """One 835 of about ``size`` bytes with one payment, which balances."""
    claims = remittance_claims()
    sample = write_835(envelope(), [remittance(sum(c.paid_cents for c in claims), claims)])
    head, block, tail = _cut(sample, b"CLP*", b"SE*")
    blocks = max(size // len(block), 1)
    paid = format_cents(blocks * sum(c.paid_cents for c in claims))
    before, _, after = head.partition(b"BPR*I*")
    yield before + b"BPR*I*" + paid.encode() + after[after.index(b"*") :]
    yield from _blocks(block, blocks)
    yield _counted(tail, head.count(b"~") - 2 + blocks * block.count(b"~") + 1)


def large_837p(size: int) -> Iterator[bytes]:
    """One 837P of about ``size`` bytes."""
    sample = write_837p(envelope(), header(), professional_claims())
    head, block, tail = _cut(sample, b"HL*2*", b"SE*")
    blocks = max(size // len(block), 1)
    yield head
    for number, piece in enumerate(_blocks(block, blocks)):
        first = number * BLOCK_CLAIMS + 2
        levels = piece.split(b"~HL*")
        renumbered = [
            b"%d%s" % (first + place, level[level.index(b"*1*22*") :])
            for place, level in enumerate([levels[0].removeprefix(b"HL*"), *levels[1:]])
        ]
        yield b"HL*" + b"~HL*".join(renumbered)
    yield _counted(tail, head.count(b"~") - 2 + blocks * block.count(b"~") + 1)


def _cut(sample: bytes, first: bytes, last: bytes) -> tuple[bytes, bytes, bytes]:
    start, end = sample.index(b"~" + first) + 1, sample.index(b"~" + last) + 1
    return sample[:start], sample[start:end], sample[end:]


def _blocks(block: bytes, count: int) -> Iterator[bytes]:
    return (block.replace(_NUMBER.encode(), b"%06d" % number) for number in range(count))


def _counted(tail: bytes, segments: int) -> bytes:
    _, _, rest = tail.removeprefix(b"SE*").partition(b"*")
    return b"SE*%d*%s" % (segments, rest)
