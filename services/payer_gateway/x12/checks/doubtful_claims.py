"""Reads of an 837 and of an 835 only the claims that something may be wrong with."""

from collections.abc import Callable, Collection, Iterator
from typing import Generic, NamedTuple, TypeVar

from services.payer_gateway.x12 import balance
from services.payer_gateway.x12.amounts import parse_cents
from services.payer_gateway.x12.checks import institutional_tally, professional_tally, rules
from services.payer_gateway.x12.checks.loop_frame import Frame
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.checks.walked_set import ProvenLoop
from services.payer_gateway.x12.claim_hierarchy_reader import ClaimFeed, ReadClaim
from services.payer_gateway.x12.claim_loop_reader import read_claim
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.institutional_claim import AnyClaim, InstitutionalClaim
from services.payer_gateway.x12.institutional_claim_reader import read_institutional_claim
from services.payer_gateway.x12.loop_feed import LoopFeed
from services.payer_gateway.x12.professional_claim import BatchHeader, Claim
from services.payer_gateway.x12.remittance_feed import RemittanceFeed
from services.payer_gateway.x12.remittance_reader import (
    TOO_MANY,
    remittance_of,
    too_many,
    wrong_set,
)
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

_Part = TypeVar("_Part")


class _Kind(NamedTuple, Generic[AnyClaim]):
    """How claims of one guide are read, and what one has in common with the same one again."""

    read: ReadClaim[AnyClaim]
    keys_of: Callable[[AnyClaim], tuple[object, object]]


_PROFESSIONAL: _Kind[Claim] = _Kind(read_claim, professional_tally.keys_of)
_INSTITUTIONAL: _Kind[InstitutionalClaim] = _Kind(
    read_institutional_claim, institutional_tally.keys_of
)


def doubtful_claims(structure: Structure) -> list[Claim]:
    """The claims of an 837P that are not proven, and those that may stand in it twice, in order."""
    return _doubtful(structure, _PROFESSIONAL)


def doubtful_stays(structure: Structure) -> list[InstitutionalClaim]:
    """The claims of an 837I that are not proven, and those that may stand in it twice, in order."""
    return _doubtful(structure, _INSTITUTIONAL)


def _doubtful(structure: Structure, kind: _Kind[AnyClaim]) -> list[AnyClaim]:
    if any(finding.rule == rules.HIERARCHY.id for finding in structure.findings):
        return list(_read(structure, (), kind))  # a patient may be below somebody proven
    seen: set[object] = set()
    twice: set[object] = set()
    for loop in structure.proven:
        for key in loop.keys:
            if key in seen:
                twice.add(key)
            seen.add(key)
    start = f"CLM{structure.transaction.delimiters.element}"
    claims: list[AnyClaim] = []
    if any(raw.startswith(start) for _, raw in structure.doubtful()):
        claims = list(_read(structure, structure.proven, kind))
        twice |= {key for claim in claims for key in kind.keys_of(claim)} & seen
    read = {loop.first for loop in _warned(structure)}
    if twice:
        read |= {loop.first for loop in structure.proven if not twice.isdisjoint(loop.keys)}
    if not read:
        return claims
    passed = [loop for loop in structure.proven if loop.first not in read]
    return list(_read(structure, passed, kind))


def _warned(structure: Structure) -> Iterator[ProvenLoop]:
    """The loops of which one tells what is to be said of the values above them, if no other does.

    What is said of a claim whose values cannot be trusted is not told.
    """
    told: set[Frame] = set()
    for loop in structure.proven:
        if loop.is_warned and loop.above not in told:
            yield loop
            if any(claim.index not in structure.unsound for claim in loop.claims):
                told.add(loop.above)


def doubtful_findings(structure: Structure) -> Iterator[Finding]:
    """What is wrong with the values of an 835, and what does not balance in it."""
    transaction = structure.transaction
    read = wrong_set(transaction.set_id, structure.guide.versions[-1])
    feed = RemittanceFeed(transaction.delimiters, read)
    remittance = remittance_of(feed, _parts(feed, structure, structure.proven))
    proven = [claim for loop in structure.proven for claim in loop.claims]
    read += too_many(len(remittance.claims) + len(proven))
    yield from (f for f in read if f.is_error or f.rule == TOO_MANY.id)
    for index, claim in enumerate(remittance.claims):
        yield from balance.check_claim(claim, index)
    yield from balance.check_payment(
        remittance,
        sum(claim.paid_cents for claim in remittance.claims)
        + sum(parse_cents(structure.elements(claim.first)[4]) for claim in proven),
        sum(adjustment.amount_cents for adjustment in remittance.provider_adjustments),
        is_complete=not remittance.unreadable and remittance.provider_adjustments_complete,
    )


def _read(
    structure: Structure, proven: Collection[ProvenLoop], kind: _Kind[AnyClaim]
) -> Iterator[AnyClaim]:
    """The claims of an 837, without those of some loops."""
    feed: ClaimFeed[AnyClaim] = ClaimFeed(structure.transaction.delimiters, [], kind.read)
    for part in _parts(feed, structure, proven):
        if not isinstance(part, BatchHeader | UnreadableClaim):
            yield part


def _parts(
    feed: LoopFeed[_Part], structure: Structure, proven: Collection[ProvenLoop]
) -> Iterator[_Part]:
    """What a feed makes of the set, but for the loops of some claims."""
    raws, mark = structure.transaction.raw, structure.transaction.delimiters.segment
    end = len(raws) - structure.is_complete
    first = 1
    for loop in proven:
        if not loop.claims:
            continue
        if first < loop.first - 1:
            yield from feed.feed(mark.join(raws[first : loop.first - 1]))
        yield from feed.skip(loop.last - loop.first + 1)
        first = loop.last
    if first < end:
        yield from feed.feed(mark.join(raws[first:end]))
    yield from feed.close()
