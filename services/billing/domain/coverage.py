"""Who pays, in which order, on a date of service; kept with the claim as a snapshot."""

from datetime import date

from msgspec.structs import replace

from services.billing.domain.kept import Kept

MEDICARE = "medicare"
MEDICAID = "medicaid"
MOST_PAYERS = 3


class PolicyCopy(Kept, frozen=True):
    """What billing keeps of a policy: no member id, no name (45 CFR 164.502(b))."""

    coverage_id: str
    payer_id: str
    payer_name: str
    programme: str
    rank: int
    effective_from: date
    effective_to: date | None = None

    def in_force(self, on: date) -> bool:
        """Whether the policy covers services of that day; both ends are included."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


class PatientCoverage(Kept, frozen=True):
    """Every policy of a patient, as last registered."""

    policies: tuple[PolicyCopy, ...] = ()
    qualified_medicare_beneficiary: bool = False


class Payer(Kept, frozen=True):
    """One payer of a claim, in its place."""

    payer_id: str
    coverage_id: str
    name: str
    programme: str


class CoverageSnapshot(Kept, frozen=True):
    """The payers of one date of service in order: ``payers[0]`` is primary. At most three.

    self_pay: the patient has no policy at all, or a person decided so. lapsed: there are policies,
    and none was in force.
    """

    payers: tuple[Payer, ...] = ()
    qualified_medicare_beneficiary: bool = False
    self_pay: bool = False
    lapsed: bool = False

    def payer(self, level: int) -> Payer | None:
        """The payer of a level, from 1."""
        return self.payers[level - 1] if 1 <= level <= len(self.payers) else None

    def level_of(self, payer_id: str, *, from_level: int = 1) -> int | None:
        """The first level from ``from_level`` that this payer has."""
        for level in range(from_level, len(self.payers) + 1):
            if self.payers[level - 1].payer_id == payer_id:
                return level
        return None

    def has(self, programme: str) -> bool:
        """Whether a payer of that programme is among them."""
        return any(payer.programme == programme for payer in self.payers)

    def revised(self, latest: "CoverageSnapshot", used: int) -> "CoverageSnapshot":
        """This snapshot with what was registered since, while ``used`` levels are in use.

        Levels with a claim or a decision keep their payers. Those behind them become what is
        registered now, provided that the ones in use still are; who would come before a payer in
        use is for a person. Whom the law protects is what is registered now.
        """
        if not latest.payers:
            return self
        order = [payer.payer_id for payer in latest.payers]
        kept = self.payers[:used]
        payers = self.payers
        if all(payer.payer_id in order for payer in kept):
            after = max((order.index(payer.payer_id) for payer in kept), default=-1)
            payers = (*kept, *latest.payers[after + 1 :])[:MOST_PAYERS]
        return replace(
            self,
            payers=payers,
            qualified_medicare_beneficiary=latest.qualified_medicare_beneficiary,
        )

    @property
    def protection(self) -> str:
        """``qmb``, ``medicaid`` or ``none``: the law that keeps cost sharing from the patient.

        SSA 1902(n)(3)(B) for a qualified Medicare beneficiary; 42 CFR 447.15 where Medicaid pays.
        """
        if self.qualified_medicare_beneficiary and self.has(MEDICARE):
            return "qmb"
        return "medicaid" if self.has(MEDICAID) else "none"


def snapshot(coverage: PatientCoverage, service_date: date) -> CoverageSnapshot:
    """The payers in force on the date of service, by rank; Medicaid always last.

    Medicaid is the payer of last resort (42 CFR 433.139).
    """
    if not coverage.policies:
        return CoverageSnapshot(self_pay=True)
    in_force = [policy for policy in coverage.policies if policy.in_force(service_date)]
    if not in_force:
        return CoverageSnapshot(lapsed=True)
    in_force.sort(key=lambda policy: (policy.programme == MEDICAID, policy.rank))
    return CoverageSnapshot(
        tuple(
            Payer(policy.payer_id, policy.coverage_id, policy.payer_name, policy.programme)
            for policy in in_force[:MOST_PAYERS]
        ),
        coverage.qualified_medicare_beneficiary,
    )
