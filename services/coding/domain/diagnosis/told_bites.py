"""Bites, with the part of the body and the animal: the wound first, its cause after it.

The alphabetic index has the bite of a part as an open wound ("Bite, by site"), that of an insect as
a superficial injury, and that of a venomous animal as its toxic effect; chapter 20 only tells the
animal and is never first (ICD-10-CM Official Guidelines I.C.20.a.1).
"""

import re

from msgspec import Struct

_ANIMALS: tuple[tuple[str, str], ...] = (
    (r"dog|puppy|pit ?bull|canine", "W54.0"),
    (r"cat|kitten|feline", "W55.01"),
    (r"mouse", "W53.01"),
    (r"rat", "W53.11"),
    (r"squirrel", "W53.21"),
    (r"rodent|hamster|gerbil", "W53.81"),
    (r"human|person|child|toddler", "W50.3"),
    (r"horse|pony", "W55.11"),
    (r"cow|bull", "W55.21"),
    (r"pig", "W55.41"),
    (r"raccoon", "W55.51"),
    (r"goat|sheep|deer", "W55.31"),
    (r"bat|monkey|rabbit|ferret|fox|coyote|skunk|mammal", "W55.81"),
    (r"parrot", "W61.01"),
    (r"lizard|iguana", "W59.01"),
    (r"non-?venomous snake", "W59.11"),
    (r"alligator", "W58.01"),
    (r"crocodile", "W58.11"),
    (r"shark", "W56.41"),
    (r"animal", "W64"),
)
_INSECTS = (
    r"(?:infected\s+)?(?:insect|tick|mosquito|flea|bug|bed ?bug|chigger|mite|gnat|horse ?fly|fly)"
)
_VENOMOUS: tuple[tuple[str, str], ...] = (
    (r"rattlesnake", "T63.011"),
    (r"coral snake", "T63.021"),
    (r"(?:venomous |copperhead |cottonmouth |pit viper )?snake|copperhead|cottonmouth", "T63.001"),
    (r"black widow(?: spider)?", "T63.311"),
    (r"brown recluse(?: spider)?", "T63.331"),
    (r"tarantula", "T63.321"),
    (r"spider", "T63.301"),
    (r"scorpion", "T63.2X1"),
    (r"(?:fire )?ants?", "T63.421"),
    (r"(?:honey ?|bumble ?)?bees?", "T63.441"),
    (r"hornets?", "T63.451"),
    (r"wasps?|yellow ?jackets?", "T63.461"),
    (r"caterpillars?", "T63.431"),
    (r"jelly ?fish", "T63.621"),
    (r"sting ?rays?", "T63.511"),
    (r"sea anemones?", "T63.631"),
)
_ARTICLE = r"(?:(?:an?|the|his|her|their|own|pet|stray|neighbor'?s|unknown|family|wild)\s+)*"
_SITE = r"(?P<site>[A-Za-z][\w /-]*?)"
_END = r"\s*(?:$|[.,;:(]|\b(?:with|without|w/|while|yesterday|today|last|this|\d|after|from)\b)"


def _forms(animal: str) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"\b(?P<animal>{animal})\s+bites?(?:\s+wounds?)?\s*,?\s*(?:(?:to|of|on|at|in|"
            rf"over)\s+)?"
            rf"{_ARTICLE}{_SITE}{_END}",
            rf"\b(?:bitten|bit)\s+(?:by|from)\s+{_ARTICLE}(?P<animal>{animal})\s*,?\s*"
            rf"(?:on|in|at|to)\s+{_ARTICLE}{_SITE}{_END}",
            rf"\b(?:bitten|bit)\s+(?:on|in|at|to)\s+{_ARTICLE}{_SITE}\s+by\s+{_ARTICLE}"
            rf"(?P<animal>{animal})\b",
            rf"\bbites?(?:\s+wounds?)?\s+(?:to|of|on)\s+{_ARTICLE}{_SITE}\s*,?\s*"
            rf"(?:by|from|due to|\()\s*{_ARTICLE}(?P<animal>{animal})\b",
            rf"^\s*{_SITE}\s+(?P<animal>{animal})\s+bites?\b",
        )
    )


_BY_ANIMAL = _forms("|".join(pattern for pattern, _ in _ANIMALS))
_BY_INSECT = _forms(_INSECTS)
_BY_VENOM = tuple(
    (re.compile(rf"\b(?:{animal})\s+(?:bites?|stings?|envenomation)\b|"
                rf"\b(?:bitten|bit|stung)\s+by\s+{_ARTICLE}(?:{animal})\b", re.IGNORECASE), code)
    for animal, code in _VENOMOUS
)  # fmt: skip
_NON_VENOMOUS = re.compile(r"non-?\s?(?:venom|poison)ous", re.IGNORECASE)
_CUE = re.compile(r"\bbit(?:es?|ten)?\b|\bstung\b|\bstings?\b|envenom", re.IGNORECASE)
# The codes of a lip or an eyelid do not tell the upper from the lower.
_LIP = re.compile(r"\b(?:upper|lower)\s+(?=lips?\b|eye ?lids?\b)", re.IGNORECASE)
_NO_SITE = re.compile(
    r"^(?:initial|subsequent|follow|unspecified|infected|prophylaxis|reaction|allergy|allergic|hx|"
    r"history|wound|injury|encounter|mark)|\b(?:of|by|from|due)\b",
    re.IGNORECASE,
)


# One of these stands in whatever the cue fits.
HINTS = ("bit", "stung", "sting", "envenom")


class ToldBite(Struct, frozen=True):
    """The wound, as a phrase for the index or the base of a code, and the base of its cause."""

    wound: str
    toxic: str
    cause: str


def read(text: str) -> ToldBite | None:
    """What a line tells of a bite, or None."""
    if _CUE.search(text) is None:
        return None
    if not _NON_VENOMOUS.search(text):
        for pattern, code in _BY_VENOM:
            if pattern.search(text):
                return ToldBite("", code, "")
    for pattern in _BY_INSECT:
        found = pattern.search(text)
        if found is not None and not _NO_SITE.search(found["site"]):
            return ToldBite(f"insect bite of {found['site']}", "", "W57")
    for pattern in _BY_ANIMAL:
        found = pattern.search(text)
        if found is not None and not _NO_SITE.search(found["site"]):
            site = _LIP.sub("", found["site"])
            return ToldBite(f"bite of {site}", "", _cause(found["animal"]))
    return None


def _cause(animal: str) -> str:
    return next(code for name, code in _ANIMALS if re.fullmatch(name, animal, re.IGNORECASE))
