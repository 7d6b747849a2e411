"""What is checked of every question to a payer (270, 276, 278) before it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.payer_gateway.x12.finding import Finding, Rule
from services.payer_gateway.x12.npi import is_npi
from services.payer_gateway.x12.parties import Party
from services.payer_gateway.x12.set_reader import SetRules


@dataclass(frozen=True, slots=True)
class QuestionRules:
    """The rules of one family of questions that hold at any place of them."""

    of_set: SetRules
    npi: Rule
    period: Rule


class InquiryCheck:
    """One set under examination; ``subject`` and ``index`` name the question in it."""

    def __init__(self, rules: QuestionRules) -> None:
        self.rules = rules
        self.findings: list[Finding] = []
        self.subject = ""
        self.index: int | None = None
        self.position = 0

    def note(self, rule: Rule, message: str, path: str, element: str = "") -> None:
        """A fault at a path."""
        self.findings.append(
            rule.found(
                message,
                path=path,
                segment=self.position,
                element=element,
                claim=self.subject,
                claim_index=self.index,
            )
        )

    def required(self, path: str, **elements: object) -> None:
        """Each element by its designator: empty ones are noted."""
        for element, value in elements.items():
            if not value:
                self.note(self.rules.of_set.required, f"{element} is required", path, element)

    def code(self, value: str, known: Iterable[str], path: str, element: str) -> None:
        """A code that the guide lists."""
        if value not in known:
            message = f"{element} is no code of the guide" if value else f"{element} is required"
            self.note(self.rules.of_set.code, message, path, element)

    def party(
        self, party: Party, loop: str, roles: Iterable[str], qualifiers: Iterable[str]
    ) -> None:
        """Role, name, identifier and its qualifier of who asks or answers."""
        path = f"{loop}/NM1"
        self.code(party.role, roles, path, "NM101")
        self.required(path, NM102=party.name.entity, NM109=party.identifier)
        self.code(party.identifier_qualifier, qualifiers, path, "NM108")
        self.npi(party, path)

    def npi(self, party: Party, path: str) -> None:
        """A provider identifier with its check digit."""
        if party.npi and not is_npi(party.npi):
            message = "the NPI's check digit is wrong: correct it"
            self.note(self.rules.npi, message, path, "NM109")

    def period(self, first: date | None, last: date | None, path: str) -> None:
        """A period that ends after it begins."""
        if first and last and last < first:
            message = "the period ends before it begins: exchange the days"
            self.note(self.rules.period, message, path, "DTP03")

    def amount(self, cents: int | None, path: str, element: str) -> None:
        """An amount that is not below nothing."""
        if cents is not None and cents < 0:
            message = "an amount asked about is never negative"
            self.note(self.rules.of_set.amount, message, path, element)
