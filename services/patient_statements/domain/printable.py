"""Text as people wrote it, made safe to store and to print."""

import unicodedata
from functools import lru_cache

_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


@lru_cache(maxsize=4096)
def printable(text: str) -> str:
    """``text`` on one line, without control characters, noncharacters or direction overrides.

    A direction override could make an amount beside a name read backwards; a null character cannot
    be stored in PostgreSQL text. Letters of every script stay as they are.
    """
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace()
        or (
            unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"}
            and character not in _BIDI_CONTROLS
        )
    )
    return " ".join(kept.split())
