"""Checks of single values of a claim, whichever claim they stand in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12.codes import PLACES_OF_SERVICE, STATES
from services.payer_gateway.x12.finding import Rule
from services.payer_gateway.x12.npi import is_npi
from services.payer_gateway.x12.parties import Address, Contact, Name, Party, Reference
from services.payer_gateway.x12.professional_claim import BillingProvider

_LENGTHS = {
    "NM103": (1, 60),
    "NM104": (1, 35),
    "NM109": (2, 80),
    "N301": (1, 55),
    "N302": (1, 55),
    "N401": (2, 30),
    "REF02": (1, 50),
    "PER02": (1, 60),
    "PER04": (1, 256),
    "SBR03": (1, 50),
}
"""Least and most characters of an element that is there (837P 3.1; N403 has a rule of its own)."""


@dataclass(frozen=True, slots=True)
class CodeSets:
    """External code sets to check against; None where none is at hand, which checks nothing.

    ``is_diagnosis`` and ``is_procedure`` get a code and the date of service and say whether it is
    valid and billable on that day.
    """

    is_diagnosis: Callable[[str, date], bool] | None = None
    is_procedure: Callable[[str, date], bool] | None = None
    adjustment_reasons: frozenset[str] | None = None
    taxonomies: frozenset[str] | None = None
    places_of_service: frozenset[str] | None = PLACES_OF_SERVICE
    states: frozenset[str] | None = STATES


PUBLIC_CODES = CodeSets()
"""What is known without any licensed list."""


class Fault(NamedTuple):
    """A fault of a value: broken rule, message, path, element, value."""

    broken: Rule
    message: str
    path: str
    element: str
    value: str


class Values:
    """Checks of single values; each fault is noted with its path."""

    def __init__(self, codes: CodeSets) -> None:
        self.codes = codes
        self.faults: list[Fault] = []

    def note(self, broken: Rule, message: str, path: str, element: str, value: str = "") -> None:
        """Notes a fault at a path."""
        self.faults.append(Fault(broken, message, path, element, value))

    def required(self, path: str, **elements: object) -> None:
        """Each element by its designator: empty ones are noted."""
        for element, value in elements.items():
            if not value and (value is None or value in ("", ())):
                self.note(rule.REQUIRED, f"{element} is required", path, element)

    def lengths(self, path: str, **elements: str) -> None:
        """Each element by its designator: those too short or too long are noted, empty ones not."""
        for element, value in elements.items():
            least, most = _LENGTHS[element]
            if value and not least <= len(value) <= most:
                self.note(rule.LENGTH, f"{least} to {most} characters", path, element)

    def references(self, references: Iterable[Reference], path: str) -> None:
        """The ids of a loop."""
        for reference in references:
            self.required(f"{path}/REF", REF02=reference.value)
            self.lengths(f"{path}/REF", REF02=reference.value)

    def contacts(self, contacts: Iterable[Contact], path: str) -> None:
        """The contacts of a loop."""
        for contact in contacts:
            self.lengths(f"{path}/PER", PER02=contact.name)
            for _, number in contact.numbers:
                self.required(f"{path}/PER", PER04=number)
                self.lengths(f"{path}/PER", PER04=number)

    def name(self, name: Name, identifier: str, path: str) -> None:
        """A name and its id."""
        self.lengths(f"{path}/NM1", NM103=name.last, NM104=name.first, NM109=identifier)

    def one_of(self, value: str, allowed: Iterable[str], path: str, element: str) -> None:
        """A code that the guide lists."""
        if value not in allowed:
            message = (
                f"{element} is required" if not value else f"{element} is no code of the guide"
            )
            self.note(rule.CODE, message, path, element, value[:3])

    def npi(self, text: str, path: str) -> None:
        """A provider identifier with its check digit."""
        if text and not is_npi(text):
            self.note(rule.NPI, "the NPI's check digit is wrong: correct it", path, "NM109")

    def address(self, address: Address | None, path: str, *, full_zip: bool = False) -> None:
        """An address; ``full_zip`` wants nine digits."""
        if address is None:
            self.note(rule.REQUIRED, "an address is required", f"{path}/N3", "N301")
            return
        self.required(f"{path}/N3", N301=address.line1)
        self.required(f"{path}/N4", N401=address.city)
        self.lengths(f"{path}/N3", N301=address.line1, N302=address.line2)
        self.lengths(f"{path}/N4", N401=address.city)
        if address.country not in {"", "US"}:
            return
        states = self.codes.states
        if states is not None and address.state not in states:
            message = "the state is no postal abbreviation"
            self.note(rule.STATE, message, f"{path}/N4", "N402")
        digits = address.postal_code
        if not (digits.isascii() and digits.isdigit() and len(digits) in {5, 9}):
            message = "write the ZIP code as five or nine digits"
            self.note(rule.POSTAL_CODE, message, f"{path}/N4", "N403")
        elif full_zip and len(digits) == 5:
            message = "the guide wants nine digits for a billing provider"
            self.note(rule.SHORT_POSTAL_CODE, message, f"{path}/N4", "N403")

    def taxonomy(self, code: str, path: str) -> None:
        """A provider taxonomy code."""
        taxonomies = self.codes.taxonomies
        shaped = len(code) == 10 and code.isascii() and code.isalnum()
        if code and (not shaped or (taxonomies is not None and code not in taxonomies)):
            message = "the taxonomy code is not one of ten letters and digits, or not known"
            self.note(rule.TAXONOMY, message, path, "PRV03", code[:10])


@lru_cache(maxsize=1024)
def billing_provider_faults(provider: BillingProvider, codes: CodeSets) -> Sequence[Fault]:
    """What is wrong with a billing provider, who stands in many claims."""
    values = Values(codes)
    path = "2000A/2010AA"
    values.required(
        f"{path}/NM1", NM102=provider.name.entity, NM103=provider.name.last, NM109=provider.npi
    )
    values.npi(provider.npi, f"{path}/NM1")
    values.address(provider.address, path, full_zip=True)
    values.required(f"{path}/REF", REF02=provider.tax_id)
    values.one_of(provider.tax_id_qualifier, ("EI", "SY"), f"{path}/REF", "REF01")
    values.taxonomy(provider.taxonomy, "2000A/PRV")
    values.name(provider.name, provider.npi, path)
    values.lengths(f"{path}/REF", REF02=provider.tax_id)
    values.references(provider.references, path)
    values.contacts(provider.contacts, path)
    return values.faults


@lru_cache(maxsize=4096)
def party_faults(party: Party, loop: str, codes: CodeSets) -> Sequence[Fault]:
    """What is wrong with a party of a claim or line; ``loop`` is the path of its loop."""
    values = Values(codes)
    values.name(party.name, party.identifier, loop)
    values.references(party.references, loop)
    values.contacts(party.contacts, loop)
    values.npi(party.npi, f"{loop}/NM1")
    values.taxonomy(party.taxonomy, f"{loop}/PRV")
    return values.faults
