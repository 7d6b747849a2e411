"""Which drugs are given by the codes for chemotherapy and other highly complex drugs.

Antineoplastic drugs, also where they are given for another disease, hormonal ones, and monoclonal
antibodies and biologic response modifiers, of which Medicare names infliximab, rituximab,
alemtuzumab, gemtuzumab and trastuzumab; of the others each contractor and payer decides (Medicare
Claims Processing Manual 12 section 30.5.D; NCCI Policy Manual XI.B.1).
"""

import re
from typing import Literal

HORMONES = frozenset(
    ("J1950", "J1951", "J1952", "J1954", "J3315", "J3316", "J9155", "J9202", "J9217", "J9218",
     "J9219", "J9225", "J9226", "J9393", "J9394", "J9395")
)  # fmt: skip
_ANTINEOPLASTIC = "J9"
# Protects the bladder from others, and fights no neoplasm itself.
_PROTECTIVE = frozenset(("J9209",))
_NAMED = re.compile(
    r"\b(?:\w+-)?(?:infliximab|rituximab|alemtuzumab|gemtuzumab|trastuzumab|bevacizumab)\b",
    re.IGNORECASE,
)
_OTHER_BIOLOGIC = re.compile(r"\b\w{4,}(?:mab|cept)\b", re.IGNORECASE)

Complexity = Literal["plain", "complex", "by_payer"]


def is_antineoplastic(code: str) -> bool:
    """Whether a HCPCS code is of an antineoplastic or hormonal antineoplastic drug."""
    return code in HORMONES or (code.startswith(_ANTINEOPLASTIC) and code not in _PROTECTIVE)


def complexity(code: str, title: str) -> Complexity:
    """How a drug counts when it is pushed or infused; ``title`` is the description of its code."""
    if is_antineoplastic(code) or _NAMED.search(title) is not None:
        return "complex"
    return "by_payer" if _OTHER_BIOLOGIC.search(title) is not None else "plain"
