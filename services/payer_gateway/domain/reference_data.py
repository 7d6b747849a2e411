"""The gateway's own copies of who bills, who provides, who the patient is and how insured.

Only what an 837P needs; restricted, and never in a log, key or header.
"""

from dataclasses import dataclass
from datetime import date

from schemas.reference import (
    CoverageRegistered,
    PatientRegistered,
    PracticeRegistered,
    ProviderRegistered,
)
from schemas.values import Address as ContractAddress


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Street, city, state and postal code (5 or 9 digits)."""

    line1: str
    line2: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Practice:
    """Who bills (loop 2010AA)."""

    name: str
    npi: str
    tax_id: str
    taxonomy: str
    address: PostalAddress
    phone: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Who renders or refers (loops 2310)."""

    npi: str
    taxonomy: str
    family_name: str
    given_name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who the patient or policy holder is."""

    family_name: str
    given_name: str
    birth_date: date
    sex: str
    address: PostalAddress


@dataclass(frozen=True, slots=True)
class Policy:
    """One payer's coverage of a patient; ``subscriber`` is None where the patient holds it."""

    coverage_id: str
    payer_id: str
    payer_name: str
    programme: str
    rank: int
    member_id: str
    group_number: str
    relationship: str
    subscriber: Person | None
    effective_from: date
    effective_to: date | None

    def in_force(self, day: date) -> bool:
        """Whether the policy covers that day."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """A patient's policies in order."""

    policies: tuple[Policy, ...]

    def policy(self, coverage_id: str) -> Policy | None:
        """The policy of that id."""
        return next((p for p in self.policies if p.coverage_id == coverage_id), None)


def _address(address: ContractAddress) -> PostalAddress:
    return PostalAddress(
        address.line1, address.line2, address.city, address.state, address.postal_code
    )


def practice_of(event: PracticeRegistered) -> Practice:
    """What is kept of a practice."""
    return Practice(
        event.name,
        event.npi,
        event.tax_id,
        event.taxonomy,
        _address(event.address),
        event.phone,
    )


def provider_of(event: ProviderRegistered) -> Provider:
    """What is kept of a provider."""
    return Provider(event.npi, event.taxonomy, event.family_name, event.given_name)


def patient_of(event: PatientRegistered) -> Person:
    """What is kept of a patient."""
    return Person(
        event.family_name,
        event.given_name,
        event.birth_date,
        event.sex,
        _address(event.address),
    )


def coverage_of(event: CoverageRegistered) -> Coverage:
    """What is kept of a patient's coverage, first payer first."""
    return Coverage(
        tuple(
            Policy(
                policy.coverage_id,
                policy.payer_id,
                policy.payer_name,
                policy.programme,
                policy.rank,
                policy.member_id,
                policy.group_number,
                policy.relationship,
                None
                if policy.subscriber is None
                else Person(
                    policy.subscriber.family_name,
                    policy.subscriber.given_name,
                    policy.subscriber.birth_date,
                    policy.subscriber.sex,
                    _address(policy.subscriber.address),
                ),
                policy.effective_from,
                policy.effective_to,
            )
            for policy in sorted(event.policies, key=lambda p: p.rank)
        )
    )
