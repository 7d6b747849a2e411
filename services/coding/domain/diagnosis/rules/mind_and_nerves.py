"""Substance use, dementia, hemiplegia and pain (I.C.5, I.C.6)."""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_SUBSTANCES = ("F10", "F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19")
_RANK = {"9": 0, "1": 1, "2": 2}
_CAUSES_OF_DEMENTIA = ("G30", "G31", "G20", "G10", "A81", "B20", "G35", "A52.17", "E75")
_RIGHT_HANDED = re.compile(
    r"\bright[- ](?:hand(?:ed)?(?:[- ]dominant)?|dominant|side dominant)\b", re.IGNORECASE
)
_LEFT_HANDED = re.compile(
    r"\bleft[- ](?:hand(?:ed)?(?:[- ]dominant)?|dominant|side dominant)\b", re.IGNORECASE
)
_AMBIDEXTROUS = re.compile(r"\bambidextrous\b", re.IGNORECASE)
_DOMINANT_WORDS = frozenset(("handed", "dominant", "hand", "ambidextrous", "nondominant"))
_SEVERITY = re.compile(r"\b(mild|moderate|severe)\b(?! (?:depress|anxi))")
_USE_DISORDER = re.compile(r"\buse d(?:isorder|/?o)\b|\b[aocs]ud\b", re.IGNORECASE)
_DISTURBANCES = (
    (re.compile(r"(?<!without )\bagitat\w+"), "11"),
    (re.compile(r"\b(?<!without )behaviou?ral disturbance|\bwandering\b|\bcombative"), "18"),
    (re.compile(r"\bpsycho(?:sis|tic)\b|\bhallucinat\w+|\bdelusion\w*"), "2"),
    (re.compile(r"\bdepress\w+|\bmood disturbance"), "3"),
    (re.compile(r"\banxiety\b"), "4"),
)
# The ending: 1 right and dominant, 2 left and dominant, 3 right and not, 4 left and not.
_ONE_SIDED = (
    *("G81.0", "G81.1", "G81.9", "G83.1", "G83.2", "G83.3"),
    *(f"I69.{each}{kind}" for each in "01238" for kind in ("3", "4", "5")),
    "I69.93", "I69.94", "I69.95",
)  # fmt: skip
_PAIN_SITES = ("M25.5", "M54", "M79.6", "R07", "R10", "R51", "N94", "R52")


@rule("use-abuse-dependence", "I.C.5.b.2", *_SUBSTANCES)
def hierarchy(listing: Listing, _: Context, mark: str) -> Listing:
    """Of use, abuse and dependence of one substance only the gravest is coded."""
    for substance in _SUBSTANCES:
        found = listing.of(substance)
        if len(found) < 2:
            continue
        gravest = max(_RANK.get(each.code[4], 0) for each in found)
        gone = [each for each in found if _RANK.get(each.code[4], 0) < gravest]
        listing = listing.dropped("combined", mark, gone)
    return listing


@rule("use-without-disorder", "I.C.5.b.3", *(f"{each}.90" for each in _SUBSTANCES))
def use_alone(listing: Listing, _: Context, _mark: str) -> Listing:
    """Use of a substance is reported where the provider links it to a disorder or a condition of
    the patient: where it stands alone a coder looks whether it is.
    """
    for each in listing.of(*(f"{substance}.90" for substance in _SUBSTANCES)):
        if "EHR code valid on the date" not in each.rules:
            listing = listing.held(f"substance_use_unlinked:{each.code}")
    return listing


@rule("severity-of-use-disorder", "I.C.5.b.2", *(f"{each}.99" for each in _SUBSTANCES))
def severity(listing: Listing, context: Context, _mark: str) -> Listing:
    """A use disorder is abuse where it is mild and dependence where it is more: a person asks."""
    for each in listing.of(*(f"{substance}.99" for substance in _SUBSTANCES)):
        if _USE_DISORDER.search(context.said_of(each)):
            listing = listing.held(f"severity_of_use_needed:{each.code}")
    return listing


@rule("remission-or-current", "I.C.5.b.1", *(f"{each}.21" for each in _SUBSTANCES), "F17.2")
def remission(listing: Listing, _: Context, mark: str) -> Listing:
    """In remission and uncomplicated at once: remission is what the provider judged."""
    for each in listing.of("F"):
        if each.code.endswith(".21") and each.code[:3] in _SUBSTANCES:
            plain = listing.of(f"{each.code[:3]}.20")
            listing = listing.dropped("combined", mark, plain)
    return listing


@rule("former-smoker", "I.C.5.b", "F17", "Z72.0")
def tobacco(listing: Listing, _: Context, mark: str) -> Listing:
    """Dependence on nicotine goes before tobacco use, and before a history of it."""
    if listing.has("F17"):
        return listing.dropped("combined", mark, listing.of("Z72.0", "Z87.891"))
    return listing.dropped("combined", mark, listing.of("Z87.891"))


@rule("dementia-and-its-cause", "I.A.13", "F03")
def dementia(listing: Listing, context: Context, mark: str) -> Listing:
    """Dementia beside the disease that brings it on follows it as F02."""
    causes = listing.of(*_CAUSES_OF_DEMENTIA)
    one = listing.of("F03")[0]
    kind = one.code.partition(".")[2]
    code = f"F02.{'8' if kind.startswith('9') else kind[:1]}{kind[1:]}"
    if not causes or not context.exists(code):
        return listing
    listing = listing.recoded(one, code, mark, causes[:1])
    return listing.led_by(causes[0], (code,))


@rule("alzheimer-dementia", "I.A.13", "G30")
def alzheimer(listing: Listing, context: Context, mark: str) -> Listing:
    """The dementia of Alzheimer's disease is coded behind it."""
    if listing.has("F02", "F05", "F06.7"):
        return listing
    one = listing.of("G30")[0]
    return listing.added(_dementia_code(context.said_of(one).lower()), mark, one, 900)


def _dementia_code(said: str) -> str:
    """F02 by severity and disturbance (I.C.5.d): the most severe that is documented."""
    found = _SEVERITY.search(said)
    severity = "8" if found is None else {"mild": "A", "moderate": "B", "severe": "C"}[found[1]]
    ending = next((ending for pattern, ending in _DISTURBANCES if pattern.search(said)), "0")
    return f"F02.{severity}{ending}"


@rule("dominant-side", "I.C.6.a", *_ONE_SIDED)
def dominance(listing: Listing, context: Context, mark: str) -> Listing:
    """Without a word about it the right side is the dominant one, and the left is not."""
    for each in listing.of(*_ONE_SIDED):
        side = _affected(context.title(each.code))
        said = context.said_of(each).lower()
        if each.code[-1] not in "012349" or "EHR code valid on the date" in each.rules:
            continue
        if not side:
            side = _said_side(said)
        if not side or "dominant" in said:
            continue
        right_hand = bool(context.words & _DOMINANT_WORDS) and bool(context.affirmed(_RIGHT_HANDED))
        left_hand = bool(context.words & _DOMINANT_WORDS) and bool(context.affirmed(_LEFT_HANDED))
        both = bool(context.words & _DOMINANT_WORDS) and bool(context.affirmed(_AMBIDEXTROUS))
        dominant = both or (
            side == "right" if not (right_hand or left_hand) else (side == "left") == left_hand
        )
        wanted = {
            ("right", True): "1",
            ("left", True): "2",
            ("right", False): "3",
            ("left", False): "4",
        }[side, dominant]
        code = each.code[:-1] + wanted
        if code != each.code and context.exists(code):
            listing = listing.recoded(each, code, mark)
        elif code == each.code:
            listing = listing.noted(each, mark)
    return listing


def _affected(title: str) -> str:
    return "right" if "right" in title else "left" if "left" in title else ""


def _said_side(said: str) -> str:
    right, left = "right" in said, "left" in said
    return "right" if right and not left else "left" if left and not right else ""


@rule("hemiplegia-of-old-stroke", "I.C.9.d.1", "G81")
def after_stroke(listing: Listing, _: Context, mark: str) -> Listing:
    """Hemiplegia that a past stroke left is the stroke's sequela, not G81 as well."""
    if not listing.has("I69.05", "I69.15", "I69.25", "I69.35", "I69.85", "I69.95"):
        return listing
    return listing.dropped("combined", mark, listing.of("G81"))


_PAIN_CONTROL = re.compile(
    r"\bpain (?:management|control)\b|\bmanagement of (?:\w+ ){0,2}pain\b", re.IGNORECASE
)


@rule("pain-control", "I.C.6.b.1.a", "G89.0", "G89.1", "G89.2", "G89.4")
def pain_control(listing: Listing, context: Context, mark: str) -> Listing:
    """Where the visit is for the control of pain, G89 leads; else what causes it does."""
    one = listing.of("G89.0", "G89.1", "G89.2", "G89.4")[0]
    if context.affirmed(_PAIN_CONTROL):
        return listing.first(one).noted(one, mark)
    causes = [each for each in listing.diagnoses if each.code[0] in "SMGK" and each is not one]
    definitive = [each for each in causes if not each.code.startswith(("G89", *_PAIN_SITES))]
    return listing.led_by(definitive[0], ("G89",)) if definitive else listing


@rule("pain-syndrome-named", "I.C.6.b", "G89.4")
def syndrome(listing: Listing, _: Context, mark: str) -> Listing:
    """Chronic pain syndrome is more than chronic pain."""
    return listing.dropped("less_specific", mark, listing.of("G89.29"))


@rule("unspecified-pain", "I.C.6.b", "R52")
def unspecified_pain(listing: Listing, _: Context, mark: str) -> Listing:
    """Pain of a named site or kind replaces unspecified pain."""
    if not listing.has("G89", "M25.5", "M54", "M79.6", "R07", "R10", "R51"):
        return listing
    return listing.dropped("less_specific", mark, listing.of("R52"))


RULES: tuple[Rule, ...] = (
    hierarchy, use_alone, severity, remission, tobacco, dementia, alzheimer, dominance,
    after_stroke, pain_control, syndrome, unspecified_pain,
)  # fmt: skip
