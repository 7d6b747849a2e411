"""Which prover a set has: of the subscribers of an 837, of the claims of an 835."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

from services.payer_gateway.x12 import institutional_validate, validate
from services.payer_gateway.x12.checks.claim_tally import (
    LEVEL_FACTS,
    LoopTally,
)
from services.payer_gateway.x12.checks.claim_values import PUBLIC_CODES, billing_provider_faults
from services.payer_gateway.x12.checks.institutional_tally import (
    INSTITUTIONAL_FACTS,
    InstitutionalTally,
)
from services.payer_gateway.x12.checks.loop_frame import Frame, Slot, WalkLoop, walk_guide
from services.payer_gateway.x12.checks.loop_prover import LoopKnowledge, LoopProver, ReadLoop
from services.payer_gateway.x12.checks.professional_tally import (
    PROFESSIONAL_FACTS,
    ProfessionalTally,
)
from services.payer_gateway.x12.checks.proof import Prover
from services.payer_gateway.x12.checks.proven_claims import ProvenClaims
from services.payer_gateway.x12.checks.remittance_tally import PAID_CLAIM_FACTS, PaidClaimTally
from services.payer_gateway.x12.claim_hierarchy_reader import read_billing_provider
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Severity
from services.payer_gateway.x12.guides.institutional_claim import INSTITUTIONAL_CLAIM
from services.payer_gateway.x12.guides.notation import Guide
from services.payer_gateway.x12.guides.professional_claim import PROFESSIONAL_CLAIM
from services.payer_gateway.x12.guides.remittance import REMITTANCE
from services.payer_gateway.x12.professional_claim_writer import ClaimText

_AFTER_SUBSCRIBER: frozenset[str | tuple[str, str]] = frozenset({"SE", ("HL", "20"), ("HL", "22")})
_BEFORE_SUBSCRIBER: frozenset[str | tuple[str, str]] = frozenset({("HL", "22")})
_AFTER_PAID_CLAIM: frozenset[str | tuple[str, str]] = frozenset({"CLP", "LX", "PLB", "SE"})
_USUAL = Delimiters()
_BEYOND_GUIDE = validate.BEYOND_GUIDE | institutional_validate.BEYOND_GUIDE

_Tally = TypeVar("_Tally", bound=LoopTally)


def prover_of(guide: Guide, marks: Delimiters, created: date | None) -> Prover | None:
    """The prover of a set of that guide, where there is one; ``created`` is GS04.

    What it proves is right where no code sets but the public ones and no rules of a payer are
    asked.
    """
    limit = created + timedelta(days=1) if created else None
    if guide is PROFESSIONAL_CLAIM:
        head = _head(guide, marks)
        return _ProfessionalProver(_of_professional(marks), limit, head, _proven_claims(marks))
    if guide is INSTITUTIONAL_CLAIM:
        return _InstitutionalProver(_of_institutional(marks), limit, _head(guide, marks))
    if guide is REMITTANCE:
        return _RemittanceProver(_of_remittance(marks), limit)
    return None


def is_proven(claim: ClaimText, marks: Delimiters = _USUAL) -> bool:
    """Whether nothing is wrong with a professional claim, its billing provider left out.

    Files that hold it are checked the quicker for a while. False says that something may be wrong.
    """
    return _proven_claims(marks).prove(claim.subscriber, claim.patient, claim.claim)


@lru_cache(maxsize=32)
def _head(guide: Guide, marks: Delimiters) -> LoopKnowledge[LoopTally]:
    slot = _slot(walk_guide(guide), "2000A")
    return LoopKnowledge(slot, marks, LEVEL_FACTS, _BEFORE_SUBSCRIBER, is_head=True)


@lru_cache(maxsize=16)
def _of_professional(marks: Delimiters) -> LoopKnowledge[ProfessionalTally]:
    slot = _slot(walk_guide(PROFESSIONAL_CLAIM), "2000A", "2000B")
    return LoopKnowledge(slot, marks, PROFESSIONAL_FACTS, _AFTER_SUBSCRIBER)


@lru_cache(maxsize=16)
def _proven_claims(marks: Delimiters) -> ProvenClaims:
    return ProvenClaims(_of_professional(marks))


@lru_cache(maxsize=16)
def _of_institutional(marks: Delimiters) -> LoopKnowledge[InstitutionalTally]:
    slot = _slot(walk_guide(INSTITUTIONAL_CLAIM), "2000A", "2000B")
    return LoopKnowledge(slot, marks, INSTITUTIONAL_FACTS, _AFTER_SUBSCRIBER)


@lru_cache(maxsize=16)
def _of_remittance(marks: Delimiters) -> LoopKnowledge[PaidClaimTally]:
    slot = _slot(walk_guide(REMITTANCE), "2000", "2100")
    return LoopKnowledge(slot, marks, PAID_CLAIM_FACTS, _AFTER_PAID_CLAIM)


def _slot(loop: WalkLoop, *names: str) -> Slot:
    """The slot of a loop by the names of those above it."""
    (slot,) = (each for each in loop.slots if each.loop and each.loop.id == names[0])
    return _slot(slot.loop, *names[1:]) if slot.loop and names[1:] else slot


class _SubscriberProver(LoopProver[_Tally]):
    """Proves the subscribers of an 837."""

    def __init__(
        self,
        knowledge: LoopKnowledge[_Tally],
        limit: date | None,
        head: LoopKnowledge[LoopTally],
    ) -> None:
        super().__init__(knowledge, limit, head)
        self._above: Frame | None = None
        self._severity: Severity | None = None

    def above(self, raws: Sequence[str], above: Frame) -> Severity | None:
        if above is not self._above:
            self._above = above
            mark = self.knowledge.marks.element
            first = last = above.position
            while not raws[last].startswith((f"HL{mark}", f"CLM{mark}")):
                last += 1
            self._severity = _billing_severity(tuple(raws[first:last]), self.knowledge.marks)
        return self._severity


class _InstitutionalProver(_SubscriberProver[InstitutionalTally]):
    """Proves the subscribers of an 837I."""

    def tally(self, levels: int, above: Frame) -> InstitutionalTally | None:
        if above.level is None:
            return None
        return InstitutionalTally(levels, above.level[0])


class _RemittanceProver(LoopProver[PaidClaimTally]):
    """Proves the claims of an 835."""

    def tally(self, _levels: int, _above: Frame) -> PaidClaimTally | None:
        return PaidClaimTally()

    def above(self, _raws: Sequence[str], _above: Frame) -> Severity | None:
        return None


class _ProfessionalProver(_SubscriberProver[ProfessionalTally]):
    """Proves the subscribers of an 837P."""

    def __init__(
        self,
        knowledge: LoopKnowledge[ProfessionalTally],
        limit: date | None,
        head: LoopKnowledge[LoopTally],
        proven: ProvenClaims,
    ) -> None:
        super().__init__(knowledge, limit, head)
        self._proven = proven

    def tally(self, levels: int, above: Frame) -> ProfessionalTally | None:
        if above.level is None:
            return None
        return ProfessionalTally(levels, above.level[0])

    def read(
        self, raws: Sequence[str], position: int, above: Frame, levels: int
    ) -> ReadLoop | None:
        known = None
        if above.level is not None:
            known = self._proven.find(raws, position, levels, above.level[0])
        return known or super().read(raws, position, above, levels)


@lru_cache(maxsize=1024)
def _billing_severity(raws: tuple[str, ...], marks: Delimiters) -> Severity | None:
    """The gravest fault of a billing provider's values, None where there is none.

    ``raws`` are the segments of loop 2000A after its HL.
    """
    provider = read_billing_provider(raws, marks)
    faults = billing_provider_faults(provider, PUBLIC_CODES)
    found = {f.broken.severity for f in faults if f.broken.id in _BEYOND_GUIDE}
    return Severity.ERROR if Severity.ERROR in found else next(iter(found), None)
