"""What a member id can ask of the payer, so that a test gets the answer it needs.

A member id that starts with a word below and a dash asks for that answer; whatever follows tells
members apart. Any other member id is adjudicated by the plan alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Request(StrEnum):
    """The answers that can be asked for."""

    DENY = "DENY"
    REJECT_999 = "REJECT-999"
    REJECT_277 = "REJECT-277"
    FORWARD_277 = "FORWARD-277"
    STRANGER_277 = "STRANGER-277"
    STRANGER_835 = "STRANGER-835"
    SILENT = "SILENT"
    UNKNOWN = "UNKNOWN"
    NOTYET = "NOTYET"
    EXPIRED = "EXPIRED"
    REVERSE = "REVERSE"
    TAKEBACK = "TAKEBACK"
    CROSS = "CROSS"
    LATE = "LATE"
    UNBALANCED = "UNBALANCED"
    UNBALANCED_TOTAL = "UNBALANCED-TOTAL"
    TWICE = "TWICE"
    TRUNCATED = "TRUNCATED"
    DOWNCODE = "DOWNCODE"


DESCRIPTIONS: Mapping[Request, tuple[str, str]] = {
    Request.DENY: (
        "DENY-<GROUP><CARC>-...",
        "every line denied for that group and reason, such as DENY-CO197-1 or DENY-PR204-1",
    ),
    Request.REJECT_999: ("REJECT-999-...", "the 999 rejects the transaction set that holds it"),
    Request.REJECT_277: (
        "REJECT-277-<CATEGORY>[<STATUS>]-...",
        "the 277CA rejects the claim, such as REJECT-277-A3-1 or REJECT-277-A7164-1",
    ),
    Request.FORWARD_277: (
        "FORWARD-277-...",
        "a 277CA says first that the claim was forwarded (A0), a second one that it was accepted",
    ),
    Request.STRANGER_277: (
        "STRANGER-277-...",
        "the 277CA also answers a claim that nobody sent",
    ),
    Request.STRANGER_835: ("STRANGER-835-...", "the 835 also pays a claim that nobody sent"),
    Request.SILENT: ("SILENT-...", "accepted by the 999; neither 277CA nor 835 ever comes"),
    Request.UNKNOWN: ("UNKNOWN-...", "the member is not recognised: CLP02 4, CARC 31"),
    Request.NOTYET: ("NOTYET-...", "the service was before coverage began: CARC 26"),
    Request.EXPIRED: ("EXPIRED-...", "the service was after coverage ended: CARC 27"),
    Request.REVERSE: (
        "REVERSE-...",
        "paid; later, in one 835, reversed (CLP02 22) and paid again at the corrected amount",
    ),
    Request.TAKEBACK: ("TAKEBACK-...", "paid, later reversed, and denied instead (CARC 50)"),
    Request.CROSS: (
        "CROSS-...",
        "forwarded to the plan's supplement (CLP02 19), whose own 835 follows",
    ),
    Request.LATE: ("LATE-...", "paid late, with interest at provider level (PLB L6)"),
    Request.UNBALANCED: ("UNBALANCED-...", "its line in the 835 is a cent off"),
    Request.UNBALANCED_TOTAL: (
        "UNBALANCED-TOTAL-...",
        "the whole 835 that holds it is a cent off its claims",
    ),
    Request.TWICE: ("TWICE-...", "the 835 that holds it is delivered twice"),
    Request.TRUNCATED: (
        "TRUNCATED-...",
        "a truncated copy of the 835 that holds it comes first, the whole one follows",
    ),
    Request.DOWNCODE: (
        "DOWNCODE-...",
        "established office visits of level 4 and 5 are paid as level 3 (SVC06 says what was sent)",
    ),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a member id asks for: group and reason of a denial, or category and status."""

    request: Request | None = None
    group: str = ""
    reason: str = ""
    category: str = ""
    status: str = ""

    def asks(self, request: Request) -> bool:
        """Whether this is the answer asked for."""
        return self.request is request


_DENY = re.compile(r"DENY-(CO|PR|OA|PI)([0-9A-Z]{1,4})(?:-.*)?")
_REJECT = re.compile(r"REJECT-277-(A[3678])([0-9]{1,3})?(?:-.*)?")
_STATUS_OF = {"A3": "21", "A6": "21", "A7": "21", "A8": "21"}
_WORDS = tuple(sorted((r for r in Request if r not in {"DENY", "REJECT-277"}), key=len))[::-1]


def scenario_of(member_id: str) -> Scenario:
    """What a member id asks for; an ordinary one asks for nothing."""
    text = member_id.upper()
    if match := _DENY.fullmatch(text):
        return Scenario(Request.DENY, group=match[1], reason=match[2])
    if match := _REJECT.fullmatch(text):
        return Scenario(
            Request.REJECT_277, category=match[1], status=match[2] or _STATUS_OF[match[1]]
        )
    for word in _WORDS:
        if text == word or text.startswith(f"{word}-"):
            return Scenario(word)
    return Scenario()
