"""Reasons for an encounter that are no illness: screening, aftercare, status, history (I.C.21)."""

import re

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_SCREENING = ("Z11", "Z12", "Z13")
_FOR_SCREENING = re.compile(r"\bscreen\w*\b", re.IGNORECASE)
# What a screening finds where it looks: the finding follows the screening (I.C.21.c.5).
_FINDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Z12.1", ("K63.5", "D12", "C18", "C19", "C20", "K57", "K64", "K62", "D37.4", "K55")),
    ("Z12.3", ("N60", "N63", "R92", "C50", "D05", "D24")),
    ("Z12.4", ("R87", "N87", "C53", "D06", "B97.7")),
    ("Z12.5", ("R97.2", "N40", "C61", "D07.5")),
    ("Z12.2", ("R91", "C34", "J98.4")),
    ("Z13.6", ("I", "R03")),
    ("Z13.220", ("E78",)),
    ("Z13.1", ("E11", "R73")),
    ("Z13.820", ("M81", "M85.8")),
)
_OBESE = (
    "E66",
    "E65",
    "E67",
    "R63.4",
    "R63.5",
    "R63.6",
    "R64",
    "E43",
    "E44",
    "E46",
    "F50",
    "O99.21",
)
_PARTNERS_OF_BMI = (*_OBESE, "E11", "E10", "I10", "Z71.3", "K76.0", "G47.33", "E88.81")
_BMI = re.compile(
    r"\b(?:bmi|body mass index)(?:\s*[:=-]|\s+(?:is|of)\b)?\s*(?P<bmi>\d{2}(?:\.\d{1,2})?)\b",
    re.IGNORECASE,
)
_STATUS_IMPLIED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Z94.1", ("T86.2",)),
    ("Z94.0", ("T86.1",)),
    ("Z94.4", ("T86.4",)),
    ("Z93.0", ("J95.0",)),
    ("Z93.2", ("K94.1",)),
    ("Z93.3", ("K94.0",)),
    ("Z95.1", ("I25.7",)),
    ("Z79.891", ("F11.2",)),
    ("Z21", ("B20",)),
    ("Z90.5", ("N99.0",)),
    ("Z86.711", ("I26",)),
    ("Z86.718", ("I82",)),
    ("Z87.440", ("N39.0",)),
    ("Z87.11", ("K25", "K26", "K27")),
    ("Z87.01", ("J12", "J13", "J14", "J15", "J18")),
    ("Z86.010", ("K63.5", "D12")),
    ("Z86.73", ("I63", "G45")),
    ("Z86.16", ("U07.1",)),
    ("Z87.442", ("N20",)),
)
_ROUTINE = ("Z00.0", "Z00.1")


@rule("screening-first", "I.C.21.c.5", *_SCREENING)
def screening(listing: Listing, context: Context, mark: str) -> Listing:
    """A visit for a screening lists it first, whatever it finds; at a visit for something else it
    follows.
    """
    one = listing.of(*_SCREENING)[0]
    finds = tuple(
        code for found, codes in _FINDINGS if one.code.startswith(found) for code in codes
    )
    others = [each for each in listing.diagnoses if not each.code.startswith((*_SCREENING, "Z8"))]
    only_findings = bool(finds) and all(each.code.startswith(finds) for each in others)
    if others and not only_findings and not _is_for_screening(context):
        for each in listing.of(*_SCREENING):
            listing = listing.last(each)
        return listing
    return listing.first(one).noted(one, mark)


def _is_for_screening(context: Context) -> bool:
    encounter = context.encounter
    return encounter.visit_kind in ("procedure", "laboratory") or bool(
        _FOR_SCREENING.search(encounter.chief_complaint)
    )


@rule("screening-is-routine", "I.C.21.c.5", *_ROUTINE)
def routine(listing: Listing, _: Context, mark: str) -> Listing:
    """A routine examination leads, and its screenings follow."""
    one = listing.of(*_ROUTINE)[0]
    return listing if listing.diagnoses[0] is one else listing.first(one).noted(one, mark)


@rule("preoperative", "IV.M", "Z01.81")
def preoperative(listing: Listing, _: Context, mark: str) -> Listing:
    """Before an operation: the examination, the reason for the operation, then what was found."""
    one = listing.of("Z01.81")[0]
    return listing.first(one).noted(one, mark)


@rule("body-mass", "I.B.14", "Z68")
def body_mass(listing: Listing, _: Context, mark: str) -> Listing:
    """A body mass index follows the provider's diagnosis of weight; alone it is not reported."""
    if len(listing.diagnoses) == 1 or listing.has(*_PARTNERS_OF_BMI):
        return listing
    return listing.dropped("not_with", mark, listing.of("Z68"))


@rule("body-mass-documented", "I.B.14", *_OBESE, said=("bmi", "mass"))
def body_mass_documented(listing: Listing, context: Context, mark: str) -> Listing:
    """With a diagnosis of weight the documented body mass index of an adult is reported."""
    if listing.has("Z68") or listing.has("O") or context.age < 20:
        return listing
    match = _BMI.search(context.affirmed(_BMI))
    if match is None:
        return listing
    whole = int(match["bmi"].partition(".")[0])
    code = body_mass_code(whole)
    return listing.added(code, mark, listing.of(*_OBESE)[0], TOLD) if code else listing


def body_mass_code(whole: int) -> str:
    """Z68 by the completed body mass index of an adult."""
    if not 10 <= whole <= 99:
        return ""
    if whole < 20:
        return "Z68.1"
    if whole < 40:
        return f"Z68.{whole}"
    steps = ((45, "Z68.41"), (50, "Z68.42"), (60, "Z68.43"), (70, "Z68.44"))
    return next((code for below, code in steps if whole < below), "Z68.45")


@rule(
    "status-or-illness",
    "I.C.21.c.3",
    *(status for status, _ in _STATUS_IMPLIED),
    beside=tuple(dict.fromkeys(code for _, illnesses in _STATUS_IMPLIED for code in illnesses)),
)
def implied(listing: Listing, _: Context, mark: str) -> Listing:
    """A status or a history that the code of the illness already says is not coded beside it."""
    for status, illnesses in _STATUS_IMPLIED:
        if listing.has(status) and listing.has(*illnesses):
            listing = listing.dropped("combined", mark, listing.of(status))
    return listing


@rule("aftercare-joint", "I.C.21.c.7", "Z47.1")
def joint(listing: Listing, _: Context, mark: str) -> Listing:
    """Aftercare of a joint replacement leads, and Z96.6 says which joint."""
    one = listing.of("Z47.1")[0]
    if not listing.has("Z96.6"):
        return listing.held("additional_code_needed:Z47.1")
    return listing if listing.diagnoses[0] is one else listing.first(one).noted(one, mark)


@rule("follow-up", "I.C.21.c.8", "Z09")
def follow_up(listing: Listing, _: Context, mark: str) -> Listing:
    """Follow-up is of what is over: what is still there is coded, and the history after Z09."""
    current: list[Diagnosis] = [each for each in listing.diagnoses if each.code[0] not in "ZVWXYR"]
    if current and not listing.has("Z86", "Z87"):
        return listing.dropped("combined", mark, listing.of("Z09"))
    return listing


@rule("observation", "I.C.21.c.6", "Z03", "Z04", "Z05")
def observation(listing: Listing, _: Context, mark: str) -> Listing:
    """Observation for what was ruled out stands with no sign or illness of it."""
    ill = [each for each in listing.diagnoses if each.code[0] not in "ZVWXY"]
    one = listing.of("Z03", "Z04", "Z05")[0]
    if ill and not one.code.startswith("Z04"):
        return listing.dropped("combined", mark, listing.of("Z03", "Z05"))
    return listing


@rule("counselling", "I.C.21.c.10", "Z71.3", "Z71.82", "Z71.41", "Z71.51", "Z71.6")
def counselling(listing: Listing, _: Context, _mark: str) -> Listing:
    """Counselling is integral to the visit and follows what it is about."""
    one = listing.of("Z71.3", "Z71.82", "Z71.41", "Z71.51", "Z71.6")[0]
    others = [each for each in listing.diagnoses if each.code[0] != "Z"]
    return listing.last(one) if others and listing.diagnoses[0] is one else listing


RULES: tuple[Rule, ...] = (
    implied, follow_up, observation, body_mass, body_mass_documented, counselling, joint,
    screening, preoperative, routine,
)  # fmt: skip
