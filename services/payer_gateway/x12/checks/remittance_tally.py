"""What is known of one claim of an 835 while its segments pass by, but for its balance."""

from services.payer_gateway.x12.checks.claim_tally import LoopTally, dated_once, named
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.segments import Segment, at

_MOST_SERVICES = 999


class PaidClaimTally(LoopTally):
    """A claim of an 835 (2100)."""

    __slots__ = ("claim_id", "first", "services")

    def __init__(self) -> None:
        super().__init__()
        self.claim_id = ""
        self.first = 0
        self.services = 0

    def claim(self, claim_id: str) -> None:
        """CLP."""
        self.claim_id = claim_id
        self.first = self.position

    def service(self) -> None:
        """SVC."""
        self.services += 1

    def end(self) -> None:
        self.claims.append((self.claim_id, self.first, self.position - 1))
        if self.services > _MOST_SERVICES:
            self.is_sound = False


def _claim(clp: Segment, _: Delimiters) -> Fact[PaidClaimTally]:
    claim_id = at(clp, 1)
    return lambda tally: tally.claim(claim_id)


def _service(_: Segment, __: Delimiters) -> Fact[PaidClaimTally]:
    return PaidClaimTally.service


PAID_CLAIM_FACTS: dict[tuple[str, str], MakeFact[PaidClaimTally]] = {
    ("", "CLP"): _claim,
    ("", "SVC"): _service,
    ("", "DTM"): dated_once,
    ("", "NM1"): named,
}
"""What the segments of a claim of an 835 say, as ``LoopStates`` takes it."""
