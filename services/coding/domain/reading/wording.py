"""Clinical wording as comparable tokens: folding, synonyms, abbreviations.

Used alike for the index (when it is compiled) and for what a provider wrote, so that both meet.
``VERSION`` is recorded in the compiled artefact; an artefact of another version is refused.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from services.coding.domain.reading.abbreviations import ABBREVIATIONS
from services.coding.domain.reading.everyday_names import in_full as long_of
from services.coding.domain.reading.everyday_names import renamed
from services.coding.domain.reading.quick_look import may_say
from services.coding.domain.reading.shorthand import written_out
from services.coding.domain.reading.status_names import as_status
from services.coding.domain.reading.told_kinds import told_kind
from services.coding.domain.reading.word_forms import FORMS, base_form
from services.coding.domain.reading.word_lists import (
    PHRASE_REWRITES,
    SIDE_WORDS,
    STOP_WORDS,
    SYNONYMS,
)

VERSION = 9

_WORD = re.compile(r"[a-z0-9]+")
_WORDS = re.compile(r"[A-Za-z0-9]{2,}")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
# The letter that names a type ("Influenza A", "hepatitis a") is not the article.
_LETTER_A = re.compile(
    r"^A$|(?<=[a-z0-9,] )A\b(?!\s[a-z]{2,}\s[a-z])|(?i:(?<=influenza )a\b|(?<=hepatitis )a\b|"
    r"(?<=vitamin )a\b|(?<=hemophilia )a\b|(?<=group )a\b|(?<=type )a\b)"
)
_SEMANTIC_TAG = re.compile(
    r"\s*\((?:disorder|finding|situation|procedure|event|observable entity|context-dependent "
    r"category|morphologic abnormality|regime/therapy|person|substance)\)\s*$"
)
# "tracheo-esophageal" and "tracheoesophageal" are one word, "post-traumatic" and "posttraumatic".
_PREFIXED = re.compile(
    r"\b((?!two-|zero-)(?:pre|post|non|anti|semi|sub|intra|inter|extra|peri|para|multi|[a-z]{2,}o))"
    r"-(?=[a-z]{3})"
)
_UNCLASSIFIED = re.compile(
    r"\b(?:not elsewhere classified|not otherwise specified|nec|nos|unspecified type|unspecified)\b"
)
# Looked for first, because most texts have none of what the expressions above would change.
_LONE_A = re.compile(r"[Aa]\b(?<!\w.)")
_REWRITTEN = frozenset(pattern.partition(" ")[0] for pattern, _ in PHRASE_REWRITES)


# Words of which a reader of texts makes more, or less, than one word.
_READ_AS_TEXT = frozenset(("a", "nec", "nos", "unspecified"))
_MARKED = re.compile(r"\bn(?:ec|os)\b|elsewhere")
_OTHER = re.compile(r"\bother\b(?! than\b)|\bnec\b|\belsewhere\b|(?<!otherwise )\bspecified\b")
_UNSPECIFIED = re.compile(r"\bunspecified\b|\bnos\b|\bnot otherwise specified\b")
_NO_MARKS: frozenset[str] = frozenset()
_DENYING = frozenset(("without", "not"))
# "With or without obstruction" denies nothing.
_EITHER_WAY = frozenset(("with", "or", "and"))


FOLDED = frozenset(word for word in (*SYNONYMS, *FORMS) if len(word) > 3)
"""Words that ``fold`` turns into others, as they are written."""


class Wording(NamedTuple):
    """A phrase as tokens (folded, in order, without repeats) and the sides it names.

    ``marks``: ``other`` for what is classified nowhere else, ``unspecified``; no words of a name.
    ``denied``: tokens right behind "without" or "not".
    """

    tokens: tuple[str, ...]
    sides: frozenset[str]
    marks: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()


def plain(text: str) -> str:
    """Lower-case ASCII of ``text``; characters are folded, never moved between words."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()


@lru_cache(maxsize=32_768)
def fold(word: str) -> str:
    """One token in canonical form: American spelling, singular, synonym resolved."""
    if word in SYNONYMS:
        return SYNONYMS[word]
    word = base_form(word)
    return SYNONYMS.get(word, word)


def _words(text: str) -> list[str]:
    if _LONE_A.search(text):
        text = _LETTER_A.sub("lettera", text)
    text = plain(text).strip()
    if ")" in text:
        text = _SEMANTIC_TAG.sub("", text)
    if "-" in text:
        text = _PREFIXED.sub(r"\1", text)
    if "'" in text:
        text = _POSSESSIVE.sub("", text)
    if "specified" in text or "classified" in text or "nec" in text or "nos" in text:
        text = _UNCLASSIFIED.sub(" ", text)
    words: list[str] = []
    for word in _WORD.findall(text):
        words.extend(ABBREVIATIONS.get(word, (word,)))
    joined = " ".join(words)
    words = joined.split()
    if _REWRITTEN.isdisjoint(words):
        return words
    for pattern, replacement in PHRASE_REWRITES:
        if pattern in joined:
            joined = re.sub(rf"\b{pattern}\b", replacement, joined)
    return joined.split()


_STATUS = re.compile(
    r"\b(?:not (?:at goal|well[- ]controlled|controlled)|well[- ]controlled|poorly controlled|"
    r"uncontrolled|controlled|at goal|chronic stable|stable(?! proliferative| burst)|"
    r"improving|improved|worsening|unchanged|"
    r"asymptomatic|(?<!postpartum )follow[- ]?up(?: (?:of|for|visit))?|recheck|"
    r"(?:initial|subsequent) (?:encounter|visit)|community[- ]acquired|today|ongoing|new onset|"
    r"resolved)\b",
    re.IGNORECASE,
)
_UNCONTROLLED = re.compile(r"\b(?:uncontrolled|poorly controlled)\b", re.IGNORECASE)


def in_full(text: str) -> str:
    """``text`` with its abbreviations in full."""
    return _WORDS.sub(_long, text)


def _long(found: re.Match[str]) -> str:
    long = long_of(found.group())
    return found.group() if long is None else " ".join(long)


@lru_cache(maxsize=16_384)
def read_problem(text: str) -> Wording:
    """As ``read``, without words about course, control and encounter, for which the index has no
    path; how diabetes is controlled is kept, since for that it has one.
    """
    text = renamed(told_kind(in_full(as_status(written_out(text.replace("(s)", ""))))))
    if "diabet" in text.lower() and _UNCONTROLLED.search(text):
        return read(text)
    return read(renamed(_STATUS.sub(" ", text)))


_SPOKEN = tuple(
    (re.compile(pattern, re.IGNORECASE), written)
    for pattern, written in (
        (r"\bf(?:am(?:ily)?)?\.?\s*(?:hx|hist|h/o)\b(?:\s+of\b)?", "family history of"),
        (r"\b(?:h/o|hx of)(?!\w)", "history of"),
        (r"\bs/p(?!\w)", "status post"),
        (r"\b(?:(?:high|increased)\s+)?(?:at\s+)?(?:high\s+|increased\s+)?risk\s+(?:for|of)\s+"
         r"(?:falls?|falling)\b|\bfalls?\s+risk\b", "at risk for falling"),
    )
)  # fmt: skip
_SPOKEN_HINTS = ("hx", "hist", "h/o", "s/p", "risk")


@lru_cache(maxsize=16_384)
def spoken(text: str) -> str:
    """Ways of writing that the index has only in full ("FHx", "at risk for falls")."""
    if not may_say(text, _SPOKEN_HINTS):
        return text
    for pattern, written in _SPOKEN:
        text = pattern.sub(written, text)
    return text


@lru_cache(maxsize=16_384)
def read(text: str) -> Wording:
    """The tokens of ``text`` that carry meaning, and the sides (left, right, bilateral) in it."""
    tokens: dict[str, None] = {}
    sides: set[str] = set()
    denied: set[str] = set()
    denying = False
    before = last = ""
    for word in _words(text):
        before, last = last, word
        side = SIDE_WORDS.get(word)
        if side is not None:
            sides.add(side)
            continue
        if word in STOP_WORDS:
            continue
        parts = fold(word).split()
        if denying and parts:
            denied.add(parts[0])
        denying = not _DENYING.isdisjoint(parts) and before not in _EITHER_WAY
        for part in parts:
            tokens[part] = None
    if not denied:
        return Wording(tuple(tokens), frozenset(sides), _marks(text))
    return Wording(tuple(tokens), frozenset(sides), _marks(text), frozenset(denied - _DENYING))


def tokens_of_word(word: str) -> tuple[str, ...]:
    """The tokens that ``read`` gives for one word of ASCII letters and digits."""
    small = word.lower()
    if small in _READ_AS_TEXT or small in ABBREVIATIONS or small in _REWRITTEN:
        return read(word).tokens
    if small in SIDE_WORDS or small in STOP_WORDS:
        return ()
    return tuple(dict.fromkeys(fold(small).split()))


def _marks(text: str) -> frozenset[str]:
    lowered = text.lower()
    if "other" not in lowered and "specif" not in lowered and not _MARKED.search(lowered):
        return _NO_MARKS
    found = {"unspecified"} if _UNSPECIFIED.search(lowered) else set()
    if _OTHER.search(lowered):
        found.add("other")
    return frozenset(found)


def key(tokens: tuple[str, ...] | list[str] | set[str]) -> str:
    """The order-free identity of a set of tokens."""
    return " ".join(sorted(set(tokens)))
