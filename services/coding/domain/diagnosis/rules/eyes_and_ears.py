"""Eyes and ears: stages of glaucoma, blindness, hearing loss of both ears (I.C.7, I.B.13)."""

import re

from services.coding.domain.diagnosis import told_seventh
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

STAGED = ("H40.1", "H40.2", "H40.3", "H40.4", "H40.5", "H40.6")
_STAGE = r"(?P<{}>mild|early|moderate|severe|advanced|end[- ]stage|indeterminate)(?:[- ]stage)?"
_EYE = r"(?P<{}>right|left|both|bilateral\w*|od|os|ou)\b(?:\s+eyes?\b)?"
_OF_AN_EYE = re.compile(
    rf"\b{_EYE.format('eye')}[\s,:(-]*\b{_STAGE.format('stage')}\b|"
    rf"\b{_STAGE.format('stage2')}\b[\s,]*(?:(?:in|of)\s+)?(?:the\s+)?\b{_EYE.format('eye2')}",
    re.IGNORECASE,
)
_ANY_STAGE = re.compile(rf"\b{_STAGE.format('stage')}\b", re.IGNORECASE)
_CHARACTERS = {
    "mild": "1", "early": "1", "moderate": "2", "severe": "3", "advanced": "3", "end": "3",
    "indeterminate": "4",
}  # fmt: skip
_EYES = {
    "r": ("right",), "od": ("right",), "l": ("left",), "os": ("left",), "b": ("right", "left"),
    "ou": ("right", "left"),
}  # fmt: skip
_CATEGORIES = ("H54.0", "H54.1", "H54.2", "H54.4", "H54.5")
_MEASURED = re.compile(r"\bcategory\b|\b20/\d{2,4}\b|\blight perception\b|\bcf\b", re.IGNORECASE)
_HEARING = (("H90.11", "H90.12", "H90.0"), ("H90.41", "H90.42", "H90.3"),
            ("H90.71", "H90.72", "H90.6"))  # fmt: skip


def _character(stage: str) -> str:
    return _CHARACTERS[stage.lower().replace("-", " ").split()[0]]


def stages_in(said: str) -> dict[str, str]:
    """Seventh characters by eye ("right", "left"), "" for a stage that names no eye."""
    found: dict[str, str] = {}
    for match in _OF_AN_EYE.finditer(said):
        eye = (match["eye"] or match["eye2"]).lower()
        character = _character(match["stage"] or match["stage2"])
        for each in _EYES.get(eye) or _EYES[eye[0]]:
            found.setdefault(each, character)
    if not found:
        plain = {_character(match["stage"]) for match in _ANY_STAGE.finditer(said)}
        if len(plain) == 1:
            found[""] = plain.pop()
    return found


@rule("stage-of-glaucoma", "I.C.7.a", *STAGED)
def glaucoma(listing: Listing, context: Context, mark: str) -> Listing:
    """The stage that is documented; one code for both eyes where type and stage are the same, one
    for each eye where the stages differ.
    """
    for each in listing.of(*STAGED):
        node = context.node(each.code)
        if node is None or len(each.code) != 8 or each.code[-1] != "0":
            continue
        stages = stages_in(context.said_of(each))
        if not stages:
            continue
        both = [stages.get(eye, "") for eye in ("right", "left")]
        if node.side == "bilateral" and all(both) and both[0] != both[1]:
            listing = listing.recoded(each, f"{each.code[:6]}1{both[0]}", mark)
            right = listing.of(f"{each.code[:6]}1{both[0]}")[0]
            listing = listing.added(f"{each.code[:6]}2{both[1]}", mark, right)
            continue
        stage = stages.get("") or stages.get(node.side) or next(iter(stages.values()))
        code = each.code[:-1] + stage
        if context.exists(code):
            listing = listing.recoded(each, code, mark)
    return listing


@rule("state-of-retina", "I.A.5", *told_seventh.EYES)
def retina(listing: Listing, context: Context, mark: str) -> Listing:
    """Stage of macular degeneration, and what a closed vein of the retina has caused."""
    for each in listing.of(*told_seventh.EYES):
        ending = told_seventh.of_the_eye(each.code, context.said_of(each))
        code = each.code[:-1] + ending
        if (
            len(each.code) == 8
            and ending
            and code != each.code
            and "EHR code valid on the date" not in each.rules
            and context.exists(code)
        ):
            listing = listing.recoded(each, code, mark)
    return listing


@rule("blindness-without-category", "I.C.7.b", *_CATEGORIES)
def blindness(listing: Listing, context: Context, mark: str) -> Listing:
    """Blindness or low vision whose category is not documented: H54.3 for both eyes, H54.6 for
    one, H54.7 where nothing is said of the eyes.
    """
    for each in listing.of(*_CATEGORIES):
        said = context.said_of(each).lower()
        if not said or _MEASURED.search(said) or "EHR code valid on the date" in each.rules:
            continue
        right, left = "right" in said, "left" in said
        both = (right and left) or "both" in said or "bilateral" in said
        code = "H54.3" if both else "H54.61" if right else "H54.62" if left else "H54.7"
        listing = listing.recoded(each, code, mark)
        listing = listing.surer(listing.of(code)[0], 900, mark)
    return listing


@rule("hearing-of-both-ears", "I.B.13", *(right for right, _, _ in _HEARING))
def hearing(listing: Listing, _: Context, mark: str) -> Listing:
    """The same loss of hearing of either ear is one code for both."""
    for right, left, both in _HEARING:
        one, other = listing.of(right), listing.of(left)
        if one and other:
            listing = listing.dropped("combined", mark, other).recoded(one[0], both, mark, other)
    return listing


RULES: tuple[Rule, ...] = (glaucoma, retina, blindness, hearing)
