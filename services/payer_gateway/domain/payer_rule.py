"""A payer's own rules about claims, as data in its profile (WEDI SNIP types 6 and 7).

What a guide leaves to the payer stands in its companion guide: references that it wants, lines that
it takes at most, places, providers and modifiers of certain services. A rule of level 6 is about a
kind of service, one of level 7 about the payer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

from services.payer_gateway.x12.finding import Finding, Rule, Scope, error
from services.payer_gateway.x12.professional_claim import Claim, ServiceLine

LINE_OF_SERVICE, PAYERS_OWN = 6, 7

PROVIDERS = {
    "billing": ("2010AA/NM1", ""),
    "rendering": ("2310B/NM1", "82"),
    "referring": ("2310A/NM1", "DN"),
    "facility": ("2310C/NM1", "77"),
}
"""Providers that a rule may name: their loop in an 837P and NM101."""

_IN_WORDS = {
    LINE_OF_SERVICE: "level 6, rule for this service",
    PAYERS_OWN: "level 7, rule of this payer",
}
_RANGE = re.compile(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5})?")
_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_PLACE = re.compile(r"[0-9]{2}")
_QUALIFIER = re.compile(r"[0-9A-Z]{2,3}")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerRule:
    """One rule: for which claims it is, what it asks of them, and in ``message`` what to do.

    For which claims: procedures (codes, or ranges such as ``70336-78816``), places (of service),
    frequencies (CLM05-3); empty means any. Asked of the claim: at most most_lines, most_diagnoses
    and most_charge_cents; references (REF01 in loop 2300) that it must have, or must not
    (no_references); providers that it must name, and taxonomies, the providers that must have one;
    member_id, a pattern that the whole member id matches; a group_number. Asked of each line that
    the rule is for: one of places_taken, one of modifiers, at most most_units, the drug (NDC).
    is_refused: such services or claims are not taken at all.
    """

    id: str
    message: str
    level: int = PAYERS_OWN
    procedures: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    frequencies: tuple[str, ...] = ()
    most_lines: int = 0
    most_diagnoses: int = 0
    most_charge_cents: int = 0
    references: tuple[str, ...] = ()
    no_references: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    taxonomies: tuple[str, ...] = ()
    member_id: str = ""
    group_number: bool = False
    places_taken: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    most_units: int = 0
    drug: bool = False
    is_refused: bool = False


_ABOUT = frozenset({"id", "message", "level", "procedures", "places", "frequencies"})
_ASKS = tuple(field.name for field in fields(PayerRule) if field.name not in _ABOUT)
_SHAPES = {
    "procedures": (_RANGE, "codes of five characters, or ranges such as 70336-78816"),
    "places": (_PLACE, "places of service of two digits"),
    "places_taken": (_PLACE, "places of service of two digits"),
    "frequencies": (re.compile(r"[178]"), "1, 7 and 8 (CLM05-3)"),
    "references": (_QUALIFIER, "qualifiers of REF01, two or three characters"),
    "no_references": (_QUALIFIER, "qualifiers of REF01, two or three characters"),
    "modifiers": (_MODIFIER, "modifiers of two characters"),
    "providers": (re.compile("|".join(PROVIDERS)), f"any of {', '.join(PROVIDERS)}"),
    "taxonomies": (re.compile("|".join(PROVIDERS)), f"any of {', '.join(PROVIDERS)}"),
}


def rule_problems(rules: Sequence[PayerRule]) -> Iterator[str]:
    """What makes rules unusable, each as a sentence that names the rule."""
    seen: set[str] = set()
    for rule in rules:
        label = f"rule {rule.id or '(without id)'}"
        if not _ID.fullmatch(rule.id):
            yield f"{label}: id must be small letters, digits and hyphens"
        if rule.id in seen:
            yield f"{label}: stands twice"
        seen.add(rule.id)
        if not rule.message.strip():
            yield f"{label}: message must say what to do"
        if rule.level not in _IN_WORDS:
            yield f"{label}: level must be 6 (line of service) or 7 (the payer's own)"
        if not any(getattr(rule, name) for name in _ASKS):
            yield f"{label}: it asks for nothing; give one of {', '.join(_ASKS)}"
        for name, (shape, words) in _SHAPES.items():
            if not all(shape.fullmatch(each) for each in getattr(rule, name)):
                yield f"{label}: {name} must be {words}"
        for each in rule.procedures:
            first, _, last = each.partition("-")
            if last and first > last:
                yield f"{label}: procedures: {each} ends before it begins"
        for name in ("most_lines", "most_diagnoses", "most_charge_cents", "most_units"):
            if getattr(rule, name) < 0:
                yield f"{label}: {name} must not be negative"
        if not _is_pattern(rule.member_id):
            yield f"{label}: member_id is no regular expression"


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def check(claim: Claim, rules: Sequence[PayerRule]) -> list[Finding]:
    """The findings of a payer's own rules, of level 6 and 7, in the order of the rules."""
    found: list[Finding] = []
    for rule in rules:
        lines = list(_lines_for(claim, rule))
        if not lines or (rule.frequencies and claim.frequency not in rule.frequencies):
            continue
        whole = [(*place, claim.position) for place in _claim_breaches(claim, rule)]
        places = [*whole, *_line_breaches(claim, rule, lines)]
        found += [
            _rule(rule).found(
                f"{_IN_WORDS[rule.level]}: {rule.message}",
                path=path,
                segment=segment,
                element=element,
                claim=claim.claim_id,
                claim_index=claim.index,
            )
            for path, element, segment in dict.fromkeys(places)
        ]
    return found


@lru_cache(maxsize=1024)
def _rule(rule: PayerRule) -> Rule:
    return error(f"partner.{rule.id}", rule.level, Scope.CLAIM, "the partner's profile")


def _lines_for(claim: Claim, rule: PayerRule) -> Iterator[tuple[int, ServiceLine]]:
    """The lines that the rule is for, each with its number."""
    for number, line in enumerate(claim.lines, 1):
        place = line.place_of_service or claim.place_of_service
        if rule.places and place not in rule.places:
            continue
        if not rule.procedures or _is_among(line.procedure.code, rule.procedures):
            yield number, line


def _is_among(code: str, procedures: Sequence[str]) -> bool:
    for each in procedures:
        first, _, last = each.partition("-")
        if first <= code <= (last or first):
            return True
    return False


def _claim_breaches(claim: Claim, rule: PayerRule) -> Iterator[tuple[str, str]]:
    """Loop path and element of what the claim as a whole lacks or has too much of."""
    if rule.is_refused and not rule.procedures:
        yield "2300/CLM", "CLM05"
    if 0 < rule.most_lines < len(claim.lines):
        yield "2300/2400/LX", "LX01"
    if 0 < rule.most_diagnoses < len(claim.diagnoses):
        yield "2300/HI", ""
    if 0 < rule.most_charge_cents < claim.total_charge_cents:
        yield "2300/CLM", "CLM02"
    given = {reference.qualifier for reference in claim.references}
    if not given.issuperset(rule.references) or not given.isdisjoint(rule.no_references):
        yield "2300/REF", "REF01"
    for name in rule.providers:
        if _taxonomy_of(claim, name) is None:
            yield PROVIDERS[name][0], "NM101"
    for name in rule.taxonomies:
        if not _taxonomy_of(claim, name):
            yield PROVIDERS[name][0].replace("NM1", "PRV"), "PRV03"
    if rule.member_id and not re.fullmatch(rule.member_id, claim.subscriber.member_id):
        yield "2010BA/NM1", "NM109"
    if rule.group_number and not claim.subscriber.group_number:
        yield "2000B/SBR", "SBR03"


def _taxonomy_of(claim: Claim, provider: str) -> str | None:
    """The taxonomy of a provider, None where the claim does not name them.

    The billing provider renders where no other one is named (837P 2310B).
    """
    role = PROVIDERS[provider][1]
    found = next((party.taxonomy for party in claim.parties if party.role == role), None)
    if found is None and provider in {"billing", "rendering"}:
        return claim.billing_provider.taxonomy
    return found


def _line_breaches(
    claim: Claim, rule: PayerRule, lines: Sequence[tuple[int, ServiceLine]]
) -> Iterator[tuple[str, str, int]]:
    """Loop path, element and segment of what the lines that the rule is for lack."""
    for number, line in lines:
        path = f"2300/2400[{number}]/SV1"
        if rule.is_refused and rule.procedures:
            yield path, "SV101-2", line.position
        place = line.place_of_service or claim.place_of_service
        if rule.places_taken and place not in rule.places_taken:
            yield path, "SV105", line.position
        if rule.modifiers and not set(rule.modifiers) & set(line.procedure.modifiers):
            yield path, "SV101-3", line.position
        if 0 < rule.most_units < line.units:
            yield path, "SV104", line.position
        if rule.drug and line.drug is None:
            yield f"2300/2400[{number}]/2410/LIN", "LIN03", line.position
