"""Who an eligibility or review inquiry (270, 271, 278) is about, and who asks and answers."""

from dataclasses import dataclass
from datetime import date

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.parties import Address, Name, Party, Reference
from services.payer_gateway.x12.segments import FreeSegment


@dataclass(frozen=True, slots=True)
class Trace:
    """TRN: kind 1 (this set's own) or 2 (given back), number, who gave it, and a part of it."""

    number: str
    originator: str = ""
    kind: str = "1"
    part: str = ""


@dataclass(frozen=True, slots=True)
class Participant:
    """A party with the provider information (PRV) as sent: who asks, or who a benefit names."""

    party: Party
    provider: FreeSegment = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A subscriber or a dependent (2000C/2100C, 2000D/2100D; 2010C, 2010D in a 278).

    ``insured`` is INS as sent (relationship in INS02), ``extra`` PRV, HI and MPI as sent.
    ``dates`` are DTP pairs: 291 plan, 307 eligibility, 346 and 347 plan begin and end, 356 and 357
    eligibility begin and end.
    """

    name: Name
    identifier: str = ""
    identifier_qualifier: str = ""
    traces: tuple[Trace, ...] = ()
    references: tuple[Reference, ...] = ()
    address: Address | None = None
    birth_date: date | None = None
    sex: str = ""
    insured: FreeSegment = ()
    dates: tuple[QualifiedDate, ...] = ()
    extra: tuple[FreeSegment, ...] = ()

    @property
    def relationship(self) -> str:
        """INS02: 18 self, 01 spouse, 19 child ...; empty where it is not sent."""
        code = self.insured[2] if len(self.insured) > 2 else ""
        return code if isinstance(code, str) else ""
