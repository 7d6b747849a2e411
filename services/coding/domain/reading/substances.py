"""Whether words name a drug or substance alone, or that it did harm (I.C.19.e)."""

import re

_OF_SUBSTANCES = ("T36", "T37", "T38", "T39", "T4", "T5", "T60", "T61", "T62", "T63", "T64", "T65")
_HARMED = re.compile(
    r"poison|overdos|toxic|adverse|side effect|underdos|ingest|venom|bit(?:e|ten)|sting|stung|"
    r"exposure|intoxicat|reaction|noncomplian|fumes|inhal|anaphyla|allerg",
    re.IGNORECASE,
)


def is_only_a_substance(code: str, text: str) -> bool:
    """Whether ``code`` is of a poisoning and ``text`` tells of none."""
    return code.startswith(_OF_SUBSTANCES) and _HARMED.search(text) is None
