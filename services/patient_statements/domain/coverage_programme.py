"""What a patient's coverage means for statements: Medicaid and QMB, and when they were in force."""

from dataclasses import dataclass
from datetime import date

from schemas.reference import CoverageRegistered
from services.patient_statements.domain.encounter_balance import Protection


@dataclass(frozen=True, slots=True)
class Period:
    """From a first to a last day, both included; no last day means still in force."""

    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies in the period."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class CoverageProgramme:
    """The programme flags of one patient; payers' names and member ids are not kept."""

    practice_id: str
    patient_id: str
    qualified_medicare_beneficiary: bool = False
    medicare: tuple[Period, ...] = ()
    medicaid: tuple[Period, ...] = ()

    def protection(self, service_date: date) -> Protection:
        """Which programme forbids billing the patient for a service of that day.

        QMB: SSA 1902(n)(3)(B), no Medicare cost sharing to the patient. Medicaid: 42 CFR 447.15,
        payment in full. Both hold although billing may not have heard of the coverage yet.
        """
        if self.qualified_medicare_beneficiary and any(
            period.covers(service_date) for period in self.medicare
        ):
            return "qmb"
        if any(period.covers(service_date) for period in self.medicaid):
            return "medicaid"
        return "none"


def programme_of(coverage: CoverageRegistered) -> CoverageProgramme:
    """What this service keeps of a registered coverage."""
    periods = {
        programme: tuple(
            Period(policy.effective_from, policy.effective_to)
            for policy in coverage.policies
            if policy.programme == programme
        )
        for programme in ("medicare", "medicaid")
    }
    return CoverageProgramme(
        practice_id=coverage.practice_id,
        patient_id=coverage.patient_id,
        qualified_medicare_beneficiary=coverage.qualified_medicare_beneficiary,
        medicare=periods["medicare"],
        medicaid=periods["medicaid"],
    )
