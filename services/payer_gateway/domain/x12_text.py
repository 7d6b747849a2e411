"""Text as X12 takes it: the extended character set, no delimiters, no longer than the element."""

import re
import unicodedata
from functools import lru_cache

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9 !\"&'()+,\-./;?=%@\[\]_{}|<>#$]")
_PLAIN = re.compile(r"[A-Z0-9]+(?:[ \-.,'/&#][A-Z0-9]+)*")
_SPACES = re.compile(r" {2,}")
_SPELLED = str.maketrans(
    {"ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d"}
)


@lru_cache(maxsize=16384)
def x12_text(text: str, longest: int) -> str:
    """``text`` in upper case ASCII with accents taken off and other characters as spaces.

    ``longest`` is the element's maximum length.

    >>> x12_text("Muñoz~Søren*", 60)
    'MUNOZ SOREN'
    """
    if len(text) <= longest and _PLAIN.fullmatch(text):
        return text
    if text.isascii() and "  " not in text and not _NOT_ALLOWED.search(text):
        return text.strip().upper()[:longest].rstrip()
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _SPACES.sub(" ", _NOT_ALLOWED.sub(" ", plain)).strip().upper()
    return plain[:longest].rstrip()
