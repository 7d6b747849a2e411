"""The edits that a claim must pass before it is sent, each with its reason.

An edit holds the claim or only warns. A person may override some of them under a role; what the
claim cannot be sent without can only be fixed.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from services.billing.domain.claim import BilledLine, ClaimContent
from services.billing.domain.coverage import CoverageSnapshot
from services.billing.domain.encounter_account import ServiceLine
from services.billing.domain.filing_limit import DAY_BEGINS, DAY_ENDS
from services.billing.domain.kept import Kept
from services.billing.domain.rules import CodeLists

REPEAT_MODIFIERS = frozenset(
    {"76", "77", "91", "59", "XE", "XP", "XS", "XU", "JW", "JZ", "RT", "LT", "50"}
)
"""A line like another of the claim is no duplicate with one of these (CPT appendix A, HCPCS)."""

OVERRIDABLE = frozenset(
    {"filing_limit_passed", "duplicate_claim", "duplicate_line", "prior_payer_not_registered"}
)
"""Edits that a person may know better than; without the rest the claim cannot be sent."""

PROVIDERS_LIABILITY = frozenset({"filing_limit_passed", "duplicate_claim", "duplicate_line"})
"""What an insured patient is never billed for instead of the payer (regulations R4 to R6)."""


class Edit(Kept, frozen=True):
    """One finding of the scrubber.

    code: stable, snake case.
    """

    code: str
    line: int = 0
    severity: Literal["hold", "warn"] = "hold"

    @property
    def may_be_overridden(self) -> bool:
        """Whether a person may send the claim in spite of it."""
        return self.code in OVERRIDABLE

    @property
    def name(self) -> str:
        """The code, with the line where it concerns one: ``pointer_out_of_range:2``."""
        return f"{self.code}:{self.line}" if self.line else self.code


class ScrubContext(Kept, frozen=True):
    """What the edits need besides the claim itself."""

    now: datetime
    coverage: CoverageSnapshot
    filing_deadline: date
    codes: CodeLists
    unpriced_lines: tuple[int, ...] = ()
    duplicate_of: str = ""
    warn_days: int = 30


def scrub(content: ClaimContent, context: ScrubContext) -> tuple[Edit, ...]:
    """Every edit that the claim fails, in the order of the claim."""
    return (*_of_claim(content, context), *_of_lines(content, context))


def _of_claim(content: ClaimContent, context: ScrubContext) -> Iterator[Edit]:
    if context.coverage.lapsed:
        yield Edit("coverage_not_in_force")
    if not content.coverage_id or not content.payer_id:
        yield Edit("payer_missing")
    if content.prior_payers and any(not prior.coverage_id for prior in content.prior_payers):
        yield Edit("prior_payer_not_registered")
    if not content.rendering_provider_id:
        yield Edit("rendering_provider_missing")
    if not content.lines:
        yield Edit("no_service_lines")
    if not content.diagnoses:
        yield Edit("diagnosis_missing")
    if len(set(content.diagnoses)) != len(content.diagnoses):
        yield Edit("diagnosis_repeated")
    if content.diagnoses and content.diagnoses[0][0] in "VWXY":
        # ICD-10-CM guideline I.C.20.a.6: an external cause is never the first-listed diagnosis.
        yield Edit("external_cause_listed_first")
    if content.place_of_service not in context.codes.places_of_service:
        yield Edit("place_of_service_invalid")
    if content.service_date > (context.now + DAY_BEGINS).date():
        yield Edit("service_date_in_future")
    today = (context.now - DAY_ENDS).date()
    if today > context.filing_deadline:
        yield Edit("filing_limit_passed")
    elif today > context.filing_deadline - timedelta(days=context.warn_days):
        yield Edit("filing_limit_near", severity="warn")
    if context.duplicate_of:
        yield Edit("duplicate_claim")


def _of_lines(content: ClaimContent, context: ScrubContext) -> Iterator[Edit]:
    seen: set[tuple[str, tuple[str, ...]]] = set()
    last = len(content.diagnoses)
    for line in content.lines:
        if line.line in context.unpriced_lines:
            yield Edit("no_charge", line.line)
        pointers = line.diagnosis_pointers
        if not pointers:
            yield Edit("pointer_missing", line.line)
        elif min(pointers) < 1 or max(pointers) > last:
            yield Edit("pointer_out_of_range", line.line)
        if len(pointers) > 1 and len(set(pointers)) != len(pointers):
            yield Edit("pointer_repeated", line.line)
        if line.modifiers:
            yield from _of_modifiers(line, context)
        service = (line.code, tuple(sorted(line.modifiers)) if line.modifiers else ())
        if service in seen and not REPEAT_MODIFIERS.intersection(line.modifiers):
            yield Edit("duplicate_line", line.line)
        seen.add(service)


def _of_modifiers(line: BilledLine, context: ScrubContext) -> Iterator[Edit]:
    modifiers = set(line.modifiers)
    if not modifiers <= context.codes.modifiers:
        yield Edit("modifier_invalid", line.line)
    if len(modifiers) != len(line.modifiers):
        yield Edit("modifier_repeated", line.line)
    if {"RT", "LT"} <= modifiers or ({"50"} < modifiers & {"50", "RT", "LT"}):
        yield Edit("laterality_contradicts", line.line)


def holds(edits: Sequence[Edit], overrides: Sequence[str]) -> tuple[Edit, ...]:
    """The edits that still hold the claim after what a person has overridden."""
    if not edits:
        return ()
    return tuple(
        edit
        for edit in edits
        if edit.severity == "hold" and not (edit.may_be_overridden and edit.code in overrides)
    )


def service_fingerprint(
    provider_id: str, lines: Sequence[BilledLine] | Sequence[ServiceLine]
) -> str:
    """Equal for encounters that would be billed as the same services by the same provider."""
    services = sorted(
        [
            f"{line.code}{''.join(sorted(line.modifiers)) if line.modifiers else ''}x{line.units}"
            for line in lines
        ]
    )
    return "|".join((provider_id, *services))
