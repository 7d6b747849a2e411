"""Filling the wordings of the visit data: who the patient is in words, and which side."""

import random
import re
from collections.abc import Mapping

from schemas.values import Laterality, Sex

_SIDE = re.compile(r"(?:, )?\{side\} ?")
_SPACES = re.compile(r"  +")
OTHER_SIDE: Mapping[Laterality, Laterality] = {"left": "right", "right": "left"}


def age_in_words(months: int) -> str:
    """``9-month-old`` below two years, ``54-year-old`` from then on."""
    return f"{months}-month-old" if months < 24 else f"{months // 12}-year-old"


def person_in_words(months: int, sex: Sex) -> str:
    """What a clinician calls a patient of that age and sex."""
    if months < 12 * 18:
        return {"F": "girl", "M": "boy", "U": "child"}[sex]
    return {"F": "woman", "M": "man", "U": "patient"}[sex]


def placeholders(months: int, sex: Sex, rng: random.Random) -> dict[str, str]:
    """The values of every placeholder but the side."""
    pronoun = {"F": "she", "M": "he", "U": "they"}[sex]
    return {
        "age": age_in_words(months),
        "person": person_in_words(months, sex),
        "he": pronoun,
        "He": pronoun.capitalize(),
        "his": {"F": "her", "M": "his", "U": "their"}[sex],
        "days": str(rng.randrange(2, 9)),
        "bp": f"{rng.randrange(116, 152)}/{rng.randrange(68, 92)}",
        "temp": f"10{rng.randrange(0, 4)}.{rng.randrange(0, 10)}",
    }


def fill(template: str, values: Mapping[str, str], side: Laterality | None) -> str:
    """``template`` in words; without a side, the words about it are left out."""
    if side is None:
        text = _SIDE.sub(lambda found: ", " if found[0].startswith(", ") else "", template)
        text = re.sub(r", (?=ear|eye|shoulder|knee|axilla|$)", " of ", text)
        text = text.format_map(values)
    else:
        text = template.format_map({**values, "side": side})
    text = _SPACES.sub(" ", text).strip(" ,")
    return text[:1].upper() + text[1:]
