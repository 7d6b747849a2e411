"""A note's text made plain before it is read, each character in its place.

What programs leave in notes (fixed spaces, marks of direction, control characters, wide letters,
rules of tables) becomes what a person sees. What a template offers and nobody ticked is not said of
the patient: an empty box and the words that belong to it are blanked, as is what was struck out. No
character is added or taken away, so that offsets hold for the text as it was written.
"""

import re
import unicodedata
from functools import lru_cache

_ODD = re.compile(r"[^\t\n\r -~]")
_BOX = re.compile(
    r"(?P<empty>\[ {0,3}\]|\[_\]|\( {1,3}\)|\(_\)|[\u2610\u25a1\u25fb\u2b1c])|"
    r"\[ ?[xX*\u2713\u2714] ?\]|\( ?[xX\u2713\u2714] ?\)|[\u2611\u2612\u25a0\u25fc\u2b1b\u2705]"
)
_BOX_OPENINGS = ("[", "( ", "(_)", "(x)", "(X)", "(x ", "(X ")
_STRUCK = re.compile(r"~~[^~\n]{1,400}~~")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*")
_NEW_LINES = "\x0b\x0c\x85\u2028\u2029"
# A line that begins with a letter and is no label ("hypertension: yes").
_NEXT_LINE = re.compile(r"\n(?=[ \t]*(?P<first>[A-Za-z])(?![^\n:]{0,40}:))")
_ANSWERED = re.compile(r"[:=|-][ \t]*[A-Za-z]+[ \t\r]*\Z")
_LONGEST_WORD = 24
_UNFINISHED = frozenset(
    (
        "a", "an", "the", "of", "for", "with", "and", "or", "nor", "to", "from", "by", "in", "on",
        "at", "as", "has", "have", "had", "is", "was", "are", "acute", "chronic", "left", "right",
        "bilateral", "type", "stage", "severe", "mild", "moderate", "recurrent", "his", "her",
        "their", "than", "if", "but", "includes", "including", "due", "secondary",
    )
)  # fmt: skip
_JOINING = frozenset(("of", "for", "with", "without", "and", "or", "nor", "a", "an", "the"))
# Words that are answers too ("Diabetes: no"): behind a label they end a line.
_DENYING = frozenset(
    (
        "no", "not", "denies", "denied", "denying", "without", "never", "negative", "possible",
        "probable", "suspected", "likely", "unlikely", "mother", "father",
    )
)  # fmt: skip
_FEWEST_UNREADABLE = 4
_UNREADABLE_PERMILLE = 30
_LONGEST_LOOKED_AT = 20_000
_FEWEST_FOREIGN = 3
# Words that hold sentences together in languages that patients of American clinics speak; none that
# is an English word or an abbreviation too (OD, HA, DES).
_FOREIGN = frozenset(
    (
        "el", "la", "los", "las", "del", "para", "una", "con", "sin", "niega", "paciente", "dolor",
        "presenta", "desde", "hace", "tiene", "refiere", "und", "der", "die", "das", "kein",
        "keine", "nicht", "mit", "ist", "ein", "eine", "ohne", "seit", "wegen", "bei", "patientin",
        "les", "une", "avec", "sans", "depuis", "pas", "dans", "qui", "pour", "n\u00e3o", "com",
        "sem", "uma", "il", "lo", "gli", "della", "nel", "senza", "paziente", "nie", "bez", "jest",
    )
)  # fmt: skip
# One of these is enough: none of them is said in English, and some of them deny.
_SURELY_FOREIGN = frozenset(
    (
        "kein", "keine", "keinen", "nicht", "ohne", "patientin", "beurteilung", "niega", "paciente",
        "evaluaci\u00f3n", "diagn\u00f3stico", "n\u00e3o", "senza", "paziente",
    )
)  # fmt: skip
_ENGLISH = frozenset(
    (
        "the", "of", "and", "with", "for", "is", "was", "are", "to", "in", "on", "has", "had", "no",
        "denies", "patient", "without", "not", "or", "by", "at", "from", "his", "her", "this",
        "that", "history", "will", "she", "he", "left", "right", "continue", "follow", "up",
    )
)  # fmt: skip
_SURELY_ENGLISH = (" with ", " the ", " of ", " and ")


@lru_cache(maxsize=1_024)
def _plain(char: str) -> str:
    if char in _NEW_LINES:
        return "\n"
    if char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Zs"):
        return " "
    if "\uff01" <= char <= "\uff5e":
        return chr(ord(char) - 0xFEE0)
    return char


def _is_odd(text: str) -> bool:
    return not (text.isascii() and text.isprintable()) and _ODD.search(text) is not None


def plain(text: str) -> str:
    """The text as it is read: as long as it was, each word where it stood; no text is blank."""
    odd = _is_odd(text)
    if odd:
        if is_unreadable(text):
            return " " * len(text)
        text = _ODD.sub(lambda found: _plain(found.group()), text)
    if "~~" in text:
        text = _STRUCK.sub(lambda found: " " * len(found.group()), text)
    if "|" in text:
        text = "".join(map(_without_rules, text.splitlines(keepends=True)))
    if odd or "[" in text or ("(" in text and any(opening in text for opening in _BOX_OPENINGS)):
        text = "".join(map(_ticked_alone, text.splitlines(keepends=True)))
    return _unwrapped(text) if "\n" in text else text


def _unwrapped(text: str) -> str:
    """The text with each line break in the middle of a statement as a blank."""
    chars: list[str] = []
    end = -1
    for line in text.split("\n"):
        end += len(line) + 1
        word = line.rstrip().rpartition(" ")[2].lower()
        if (word in _UNFINISHED or word in _DENYING) and _goes_on(text, end, word):
            chars = chars or list(text)
            chars[end] = " "
            if end and chars[end - 1] == "\r":
                chars[end - 1] = " "
    return "".join(chars) if chars else text


def _goes_on(text: str, end: int, word: str) -> bool:
    """Whether a statement goes on in the next line: "no evidence of" and, below, "pneumonia"."""
    following = _NEXT_LINE.match(text, end)
    if following is None:
        return False
    if following["first"].isupper():
        return word in _JOINING
    return word in _UNFINISHED or _ANSWERED.search(text, max(end - _LONGEST_WORD, 0), end) is None


def _without_rules(line: str) -> str:
    """A row of a table ("| Gout | resolved |") as words parted by commas."""
    bare = line.rstrip("\r\n")
    if bare.count("|") < 2 or _ROW.fullmatch(bare) is None:
        return line
    first, last = bare.index("|"), bare.rindex("|")
    inner = bare[first + 1 : last].replace("|", ",")
    return f"{bare[:first]} {inner} {bare[last + 1 :]}{line[len(bare) :]}"


def _ticked_alone(line: str) -> str:
    """A line without its boxes, and without what stands at an empty one.

    A box belongs to the words behind it, but where the line ends with one and begins with none, to
    the words before it.
    """
    if line.isascii() and not any(opening in line for opening in _BOX_OPENINGS):
        return line
    boxes = list(_BOX.finditer(line))
    if not boxes:
        return line
    behind = not line[: boxes[0].start()].strip() or bool(line[boxes[-1].end() :].strip())
    chars = list(line)
    for number, box in enumerate(boxes):
        begin, end = box.span()
        if box["empty"] is not None:
            if behind:
                end = boxes[number + 1].start() if number + 1 < len(boxes) else len(line)
            else:
                begin = boxes[number - 1].end() if number else 0
        chars[begin:end] = [" " if char not in "\r\n" else char for char in chars[begin:end]]
    return "".join(chars)


def is_unreadable(text: str) -> bool:
    """Whether so much of the text is no text (of a picture, a program) that none of it counts."""
    looked_at = text[:_LONGEST_LOOKED_AT]
    if not _is_odd(looked_at):
        return False
    bad = sum(map(_is_no_text, _ODD.findall(looked_at)))
    enough = bad * 1_000 >= _UNREADABLE_PERMILLE * len(looked_at)
    return bad >= _FEWEST_UNREADABLE and enough


@lru_cache(maxsize=1_024)
def _is_no_text(char: str) -> bool:
    if char in _NEW_LINES:
        return False
    return char == "\ufffd" or unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs")


def is_foreign(text: str) -> bool:
    """Whether the text is in a language that the rules do not read."""
    for word in _SURELY_ENGLISH:
        if word in text:
            return False
    lower = text[:_LONGEST_LOOKED_AT].lower()
    words = set(lower.split())
    if words.isdisjoint(_FOREIGN) and not any(map(lower.__contains__, _SURELY_FOREIGN)):
        return False
    foreign = len(words & _FOREIGN)
    if not _SURELY_FOREIGN.isdisjoint({word.rstrip(":.,") for word in words}):
        foreign += _FEWEST_FOREIGN
    return foreign >= _FEWEST_FOREIGN and foreign > len(words & _ENGLISH)
