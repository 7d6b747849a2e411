"""Contact with a communicable disease and exposure to it, as Z20 (Official Guidelines I.C.21.c.1).

Suspected exposure counts as exposure: the title of the category says so.
"""

import re

EXPOSED = re.compile(
    r"\s*(?:(?:possible|known|recent|close|household|occupational|suspected|potential|sexual|"
    r"direct|prolonged|history of|h/o)\s+)*(?:(?:exposure|exposed)\s+to|contact\s+with)"
    r"(?:\s*(?:,|and)?\s*(?:\(?suspected\)?\s+)?\(?exposure\)?\s+to)?\s+"
    r"(?:(?:an?|the|someone|person|people|patient|individual|family member|coworker|child|son|"
    r"daughter|husband|wife|partner|active|known|confirmed|positive|case|cases|with|of|who has|"
    r"who had)\s+)*",
    re.IGNORECASE,
)
# What is told so is a reason for care (I.C.21.c.1, c.3, c.4): without a code a person looks.
_TOLD = re.compile(
    r"\s*(?:(?:possible|known|recent|close|occupational|suspected|personal|history of)\s+)*"
    r"(?:(?:exposure|exposed)\s+to|contact\s+with|carrier\s+of|family\s+(?:history|hx)\s+of)\b",
    re.IGNORECASE,
)
_CIRCUMSTANCE = re.compile(
    r"\s+(?:at|from|by|in|through|via|during|while|on|last|this|yesterday|today|\d+)\b.*$",
    re.IGNORECASE,
)
_VIRUSES = (
    "A80 A81 A82 A83 A84 A85 A86 A87 A88 A89 A9 B0 B1 B25 B26 B27 B30 B33 B34 J09 J10 J11 J12 "
    "J21 A08"
)
_BACTERIA = "A2 A3 A4 J02.0 J03.0 J13 J14 J15 A70 A71 A74 A75 A77 A79 L01 G00 B95 B96 A49"
_CODES: tuple[tuple[str, str], ...] = (
    *((each, "Z20.828") for each in _VIRUSES.split()),
    *((each, "Z20.818") for each in _BACTERIA.split()),
    *((f"A0{each}", "Z20.09") for each in "01234679"),
    *((f"A1{each}", "Z20.1") for each in "56789"),
    *((f"A5{each}", "Z20.2") for each in "0123456789"),
    *((f"A6{each}", "Z20.2") for each in "01234"),
    *((f"B{each}", "Z20.5") for each in ("15", "16", "17", "18", "19")),
    *((f"B8{each}", "Z20.7") for each in "3456789"),
    ("A04.0", "Z20.01"), ("A04.1", "Z20.01"), ("A04.2", "Z20.01"), ("A04.3", "Z20.01"),
    ("A04.4", "Z20.01"), ("A39", "Z20.811"), ("A22", "Z20.810"), ("A82", "Z20.3"),
    ("B06", "Z20.4"), ("B01", "Z20.820"), ("A92.5", "Z20.821"), ("U07.1", "Z20.822"),
    ("B20", "Z20.6"), ("Z21", "Z20.6"), ("B97.2", "Z20.822"),
)  # fmt: skip


def contagion_in(text: str) -> str:
    """What a text says the patient was exposed to, its circumstances left out; "" without one."""
    lead = EXPOSED.match(text)
    return "" if lead is None else _CIRCUMSTANCE.sub("", text[lead.end() :]).strip(" .,;:()")


def is_said_of_contact(text: str) -> bool:
    """Whether a text tells of contact, of a carrier or of a family history, and nothing before."""
    return _TOLD.match(text) is not None


def contact_code(disease: str) -> str:
    """Z20 for a disease by its code, by the longest beginning that fits; Z20.89 for another of
    chapter 1; "" for what is not passed on.
    """
    fits = [(len(prefix), code) for prefix, code in _CODES if disease.startswith(prefix)]
    if fits:
        return max(fits)[1]
    return "Z20.89" if disease[:1] in ("A", "B") else ""
