"""Reads of an 837 only the claims that something may be wrong with."""

from collections.abc import Collection, Iterator

from services.payer_gateway.x12.checks import rules
from services.payer_gateway.x12.checks.loop_frame import Frame
from services.payer_gateway.x12.checks.professional_tally import keys_of
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.checks.walked_set import ProvenLoop
from services.payer_gateway.x12.claim_hierarchy_reader import ClaimFeed
from services.payer_gateway.x12.claim_loop_reader import read_claim
from services.payer_gateway.x12.professional_claim import Claim


def doubtful_claims(structure: Structure) -> list[Claim]:
    """The claims of an 837P that are not proven, and those that may stand in it twice, in order."""
    if any(finding.rule == rules.HIERARCHY.id for finding in structure.findings):
        return list(_read(structure, ()))  # a patient may be below somebody proven
    seen: set[object] = set()
    twice: set[object] = set()
    for loop in structure.proven:
        for key in loop.keys:
            if key in seen:
                twice.add(key)
            seen.add(key)
    start = f"CLM{structure.transaction.delimiters.element}"
    claims: list[Claim] = []
    if any(raw.startswith(start) for _, raw in structure.doubtful()):
        claims = list(_read(structure, structure.proven))
        twice |= {key for claim in claims for key in keys_of(claim)} & seen
    read = {loop.first for loop in _warned(structure)}
    if twice:
        read |= {loop.first for loop in structure.proven if not twice.isdisjoint(loop.keys)}
    if not read:
        return claims
    return list(_read(structure, [loop for loop in structure.proven if loop.first not in read]))


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


def _read(structure: Structure, proven: Collection[ProvenLoop]) -> Iterator[Claim]:
    """The claims of the set, without those of some loops."""
    transaction = structure.transaction
    raws, mark = transaction.raw, transaction.delimiters.segment
    feed: ClaimFeed[Claim] = ClaimFeed(transaction.delimiters, [], read_claim)
    end = len(raws) - structure.is_complete
    first = 1
    for loop in proven:
        if not loop.claims:
            continue
        if first < loop.first - 1:
            yield from _claims(feed.feed(mark.join(raws[first : loop.first - 1])))
        yield from _claims(feed.skip(loop.last - loop.first + 1))
        first = loop.last
    if first < end:
        yield from _claims(feed.feed(mark.join(raws[first:end])))
    yield from _claims(feed.close())


def _claims(parts: Iterator[object]) -> Iterator[Claim]:
    return (part for part in parts if isinstance(part, Claim))
