"""What a member id can ask of the payer, so that a test gets the answer it needs.

A member id that starts with a word below and a dash asks for that answer; whatever follows tells
members apart. Any other member id is adjudicated by the plan alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PROVIDER_REASONS = frozenset({"72", "CS", "J1", "50", "IR", "LE", "AP", "CT", "90"})
"""PLB03-1 that can be asked for; FB, WO and L6 follow from take-backs and late payment."""


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
    UNBALANCED_CHARGE = "UNBALANCED-CHARGE"
    TWICE = "TWICE"
    TRUNCATED = "TRUNCATED"
    DOWNCODE = "DOWNCODE"
    DENY_LINE = "DENY-LINE"
    REJECT_TA1 = "REJECT-TA1"
    ERRORS_TA1 = "ERRORS-TA1"
    ERRORS_999 = "ERRORS-999"
    PARTIAL_999 = "PARTIAL-999"
    PEND_277 = "PEND-277"
    LATE_REJECT_277 = "LATE-REJECT-277"
    NOT_FOUND_277 = "NOT-FOUND-277"
    SPLIT_277 = "SPLIT-277"
    NOT_OURS = "NOT-OURS"
    PREDETERMINE = "PREDETERMINE"
    CROSS_AWAY = "CROSS-AWAY"
    REVERSE_APART = "REVERSE-APART"
    CORRECT_FIRST = "CORRECT-FIRST"
    TWICE_ANEW = "TWICE-ANEW"
    DELAYED = "DELAYED"
    CLAIM_LEVEL = "CLAIM-LEVEL"
    BARE_LINES = "BARE-LINES"
    PLB = "PLB"


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
    Request.UNBALANCED_CHARGE: (
        "UNBALANCED-CHARGE-...",
        "its charge in the 835 is a cent more than its lines'",
    ),
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
    Request.DENY_LINE: (
        "DENY-LINE-<GROUP><CARC>-...",
        "the first line denied for that group and reason, the others paid, as DENY-LINE-PI16-1",
    ),
    Request.REJECT_TA1: (
        "REJECT-TA1-<NOTE>-...",
        "a TA1 refuses the interchange that holds it with that TA105, such as REJECT-TA1-006-1",
    ),
    Request.ERRORS_TA1: ("ERRORS-TA1-...", "a TA1 accepts the interchange with errors (TA104 E)"),
    Request.ERRORS_999: ("ERRORS-999-...", "the 999 accepts with errors (IK501 and AK901 E)"),
    Request.PARTIAL_999: (
        "PARTIAL-999-...",
        "the 999 accepts in part (AK901 P): our transaction set, and not one of somebody else's",
    ),
    Request.PEND_277: (
        "PEND-277-...",
        "three 277CAs an hour apart: forwarded (A0), received (A1), accepted (A2)",
    ),
    Request.LATE_REJECT_277: (
        "LATE-REJECT-277-...",
        "a 277CA says received (A1), the next one that it is rejected (A3)",
    ),
    Request.NOT_FOUND_277: (
        "NOT-FOUND-277-...",
        "a 277CA does not find the claim (A4), the next one accepts it",
    ),
    Request.SPLIT_277: ("SPLIT-277-...", "the 277CA accepts it as split (A5)"),
    Request.NOT_OURS: (
        "NOT-OURS-...",
        "not this payer's, passed on to another (CLP02 23, OA-109); nothing else follows",
    ),
    Request.PREDETERMINE: (
        "PREDETERMINE-...",
        "first a predetermination (CLP02 25, OA-101), then the decision",
    ),
    Request.CROSS_AWAY: (
        "CROSS-AWAY-...",
        "forwarded to a payer outside (CLP02 19, 20 or 21 by the rank of this one)",
    ),
    Request.REVERSE_APART: (
        "REVERSE-APART-...",
        "as REVERSE, with the correction in a later 835 than the reversal",
    ),
    Request.CORRECT_FIRST: (
        "CORRECT-FIRST-...",
        "as REVERSE, with the correction in an earlier 835 than the reversal",
    ),
    Request.TWICE_ANEW: (
        "TWICE-ANEW-...",
        "the payment comes once more in an interchange of another number",
    ),
    Request.DELAYED: ("DELAYED-...", "the 835 that holds it comes ten days after the payment"),
    Request.CLAIM_LEVEL: (
        "CLAIM-LEVEL-...",
        "adjusted at the claim, without service lines",
    ),
    Request.BARE_LINES: (
        "BARE-LINES-...",
        "lines come back without our line numbers and modifiers",
    ),
    Request.PLB: (
        "PLB-<CODE>-...",
        "the payment that holds it has that provider adjustment: 72, CS, J1, 50, IR, LE, AP, CT "
        "or 90; an advance (AP) is taken back by the next payment",
    ),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a member id asks for: group and reason of a denial, or category and status.

    The status of a refused interchange is its TA105, the reason of a PLB its PLB03-1.
    """

    request: Request | None = None
    group: str = ""
    reason: str = ""
    category: str = ""
    status: str = ""

    def asks(self, request: Request) -> bool:
        """Whether this is the answer asked for."""
        return self.request is request


_DENY = re.compile(r"DENY-(CO|PR|OA|PI)([0-9A-Z]{1,4})(?:-.*)?")
_DENY_LINE = re.compile(r"DENY-LINE-(CO|PR|OA|PI)([0-9A-Z]{1,4})(?:-.*)?")
_TA1 = re.compile(r"REJECT-TA1-([0-9]{3})(?:-.*)?")
_PLB = re.compile(r"PLB-([0-9A-Z]{2})(?:-.*)?")
_REJECT = re.compile(r"REJECT-277-(A[3678])([0-9]{1,3})?(?:-.*)?")
_STATUS_OF = {"A3": "21", "A6": "21", "A7": "21", "A8": "21"}
_WITH_PARTS = {"DENY", "DENY-LINE", "REJECT-TA1", "REJECT-277", "PLB"}
_WORDS = tuple(sorted((r for r in Request if r not in _WITH_PARTS), key=len))[::-1]


def scenario_of(member_id: str) -> Scenario:
    """What a member id asks for; an ordinary one asks for nothing."""
    text = member_id.upper()
    if match := _DENY.fullmatch(text):
        return Scenario(Request.DENY, group=match[1], reason=match[2])
    if match := _REJECT.fullmatch(text):
        return Scenario(
            Request.REJECT_277, category=match[1], status=match[2] or _STATUS_OF[match[1]]
        )
    if match := _DENY_LINE.fullmatch(text):
        return Scenario(Request.DENY_LINE, group=match[1], reason=match[2])
    if match := _TA1.fullmatch(text):
        return Scenario(Request.REJECT_TA1, status=match[1])
    if (match := _PLB.fullmatch(text)) and match[1] in PROVIDER_REASONS:
        return Scenario(Request.PLB, reason=match[1])
    for word in _WORDS:
        if text == word or text.startswith(f"{word}-"):
            return Scenario(word)
    return Scenario()
