"""Findings: what is wrong with a file, where, and what to do about it.

A codec that raises on the first fault makes one bad claim take its neighbours down. Everything
here answers with values and findings instead; the caller decides by severity and scope.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``error``: the scope named must not be posted or sent. ``warning``: worth a look."""

    ERROR = "error"
    WARNING = "warning"


class Scope(StrEnum):
    """How much of a file one finding takes out of use."""

    FILE = "file"
    INTERCHANGE = "interchange"
    GROUP = "group"
    TRANSACTION = "transaction"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault at one place.

    rule: stable id such as ``remittance.claim-balance``.
    snip_level: 1 syntax, 2 guide, 3 balancing, 4 situational, 5 external code sets, 6 line of
        service, 7 payer's own rules (WEDI SNIP types).
    path: loop path and segment id, such as ``2000A/2000B/2300/CLM``.
    segment: position of the segment in its transaction set, ST = 1; 0 where none applies.
    element: reference designator such as ``CLM05-3``; empty where the whole segment is meant.
    claim: CLM01 or CLP01 of the claim in question, empty outside claims.
    claim_index: 0-based place of the claim in its transaction set, as CLM01 may repeat.
    value: the offending value where it cannot be PHI, else empty.
    expected_cents, found_cents: the two sides of a balance that fails, in cents.
    """

    rule: str
    snip_level: int
    severity: Severity
    scope: Scope
    path: str
    segment: int
    element: str
    message: str
    claim: str = ""
    claim_index: int | None = None
    value: str = ""
    expected_cents: int | None = None
    found_cents: int | None = None

    @property
    def is_error(self) -> bool:
        """True where the scope named must not be used."""
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the standard or of a guide, with the place that states it."""

    id: str
    snip_level: int
    severity: Severity
    scope: Scope
    source: str

    def found(
        self,
        message: str,
        *,
        path: str = "",
        segment: int = 0,
        element: str = "",
        claim: str = "",
        claim_index: int | None = None,
        value: str = "",
        expected_cents: int | None = None,
        found_cents: int | None = None,
        scope: Scope | None = None,
    ) -> Finding:
        """This rule broken at one place; ``message`` says what to do and holds no PHI.

        ``scope`` is given where the place decides how much is taken out of use.
        """
        return Finding(
            rule=self.id,
            snip_level=self.snip_level,
            severity=self.severity,
            scope=scope or self.scope,
            path=path,
            segment=segment,
            element=element,
            message=message,
            claim=claim,
            claim_index=claim_index,
            value=value,
            expected_cents=expected_cents,
            found_cents=found_cents,
        )


def error(rule_id: str, snip_level: int, scope: Scope, source: str) -> Rule:
    """A rule whose breach takes ``scope`` out of use."""
    return Rule(rule_id, snip_level, Severity.ERROR, scope, source)


def warning(rule_id: str, snip_level: int, scope: Scope, source: str) -> Rule:
    """A rule whose breach is said but stops nothing."""
    return Rule(rule_id, snip_level, Severity.WARNING, scope, source)


def claims_in_error(findings: Iterable[Finding]) -> frozenset[int]:
    """The indexes of the claims that errors of scope ``claim`` take out of use."""
    return frozenset(
        f.claim_index
        for f in findings
        if f.is_error and f.scope is Scope.CLAIM and f.claim_index is not None
    )


def is_refused(findings: Iterable[Finding]) -> bool:
    """Whether an error takes out more than single claims: the transaction set or what holds it."""
    return any(f.is_error and f.scope is not Scope.CLAIM for f in findings)
