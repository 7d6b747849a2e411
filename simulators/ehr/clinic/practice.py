"""The simulated practices and their clinicians, as data and as reference events."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from schemas.reference import PracticeRegistered, ProviderRegistered
from schemas.values import Address, CodeSystem
from simulators.ehr.clinic.visit_kind import Specialty
from simulators.ehr.npi import derived_npi, derived_tax_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """An address as the data files give it."""

    line1: str
    city: str
    state: str
    postal_code: str
    line2: str = ""

    def contract(self) -> Address:
        """The address as the contract carries it."""
        return Address(
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            state=self.state,
            postal_code=self.postal_code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinician:
    """Somebody who renders, or refers."""

    provider_id: str
    given_name: str
    family_name: str
    credential: str
    taxonomy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A practice: its specialty, its share of the visits, and the habits of its EHR.

    ``coded_percent`` of its problems carry a code in ``code_system``; ``headings`` name the note
    sections in the order chief complaint, history, family history, review of systems, examination,
    results, procedure, assessment, addendum.
    """

    practice_id: str
    specialty: Specialty
    name: str
    taxonomy: str
    weight: int
    place_of_service: str
    phone: str
    coded_percent: int
    code_system: CodeSystem
    headings: tuple[str, ...]
    address: PostalAddress
    providers: tuple[Clinician, ...]
    referring: Clinician | None = None

    def registered(self) -> PracticeRegistered:
        """The practice as a reference event, with derived NPI and tax id."""
        return PracticeRegistered(
            practice_id=self.practice_id,
            name=self.name,
            npi=derived_npi("practice", self.practice_id),
            tax_id=derived_tax_id(self.practice_id),
            taxonomy=self.taxonomy,
            address=self.address.contract(),
            phone=self.phone,
        )

    def providers_registered(self) -> tuple[ProviderRegistered, ...]:
        """Every clinician of the practice as a reference event."""
        everybody = (*self.providers, *([self.referring] if self.referring else []))
        return tuple(
            ProviderRegistered(
                practice_id=self.practice_id,
                provider_id=clinician.provider_id,
                npi=derived_npi("provider", self.practice_id, clinician.provider_id),
                taxonomy=clinician.taxonomy,
                family_name=clinician.family_name,
                given_name=clinician.given_name,
                credential=clinician.credential,
            )
            for clinician in everybody
        )


@cache
def practices() -> tuple[Practice, ...]:
    """The practices of the data file."""
    text = files("simulators.ehr.clinic").joinpath("practices.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["practices"], type=tuple[Practice, ...])
