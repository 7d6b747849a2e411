"""Psychotherapy by its time, with or without a visit; crisis, family and group.

CPT: 90832 from 16 minutes, 90834 from 38, 90837 from 53; beside a visit 90833, 90836, 90838, and
the visit's level comes from decision making alone: no time counts twice. 90839 from 30 minutes
of crisis, 90840 for each further 30 begun past 74. Family 90846 and 90847 from 26 minutes; a group
is one unit (NCCI Policy Manual XI.C, XI.V.5). 90785 stands on individual and group therapy.
Diagnostic evaluations (90791, 90792) hold therapy and visits of the day. Psychologists, social
workers and counsellors report no visits (42 CFR 410.71, 410.73, 410.53, 410.54). What the EHR
recorded stands before what the note states.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, field

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import EvidenceAt, Line, Rejected
from services.coding.domain.reading.quick_look import may_say

BY_TIME = frozenset(
    ("90832", "90833", "90834", "90836", "90837", "90838", "90839", "90840", "90846", "90847")
)
DIAGNOSTIC = frozenset(("90791", "90792"))
_STEPS = ((53, "90837", "90838"), (38, "90834", "90836"), (16, "90832", "90833"))
_LEAST, _LEAST_CRISIS, _LEAST_FAMILY = 16, 30, 26
_CRISIS, _MORE_CRISIS, _FIRST_FURTHER, _STEP = "90839", "90840", 75, 30
_GROUP, _COMPLEX = "90853", "90785"
_FAMILY = {"family_with_patient": "90847", "family_without_patient": "90846"}
_KIND_OF = {
    "90839": "crisis",
    "90840": "crisis",
    "90846": "family_without_patient",
    "90847": "family_with_patient",
}
_WITHOUT_VISITS = ("101Y", "103", "1041", "106H")
_RECORDED, _IN_NOTE = 960, 880
_EVIDENCE = (EvidenceAt("structured", "psychotherapy"),)
_HINTS = ("psychotherapy",)
_LONGEST_TEXT = 200_000
_CLOCK = r"(?P<h{0}>[01]?\d|2[0-3]):(?P<m{0}>[0-5]\d)(?:\s*(?P<p{0}>[ap])\.?m\b\.?)?"
_STATED = re.compile(
    r"\bpsychotherapy\b(?P<between>[^.;\n]{0,80}?)(?:\b(?P<after>\d{1,3})\s*-?min(?:ute)?s?\b|"
    rf"\b{_CLOCK.format(1)}\s*(?:-|–|to|until)\s*{_CLOCK.format(2)})|"
    r"\b(?P<before>\d{1,3})\s*-?min(?:ute)?s? (?:(?:was|were) )?(?:spent )?"
    r"(?:of|in|on|for|providing) (?:\w+ ){0,2}psychotherapy\b",
    re.IGNORECASE,
)
_NOT_GIVEN = re.compile(r"\b(?:no|not|without|declin\w*|refer\w*|plan\w*|recommend\w*|if)\b", re.I)
_KINDS = (
    ("crisis", re.compile(r"\bcrisis\b", re.I)),
    ("group", re.compile(r"\bgroup\b", re.I)),
    ("family_without_patient", re.compile(r"\bfamily\b.*\bwithout (?:the )?patient\b", re.I)),
    ("family_with_patient", re.compile(r"\b(?:family|conjoint|couples?)\b", re.I)),
)
_HALF_A_DAY = 720


class Stated(NamedTuple):
    """A session: minutes (None: not said; 0: said differently), kind, where, how sure."""

    minutes: int | None
    kind: str
    evidence: tuple[EvidenceAt, ...]
    confidence: int
    interactive: bool = False


class Sessions(Struct):
    """Lines, what a coder has to look at, what is not reported, what is asked for."""

    lines: list[Line] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    undocumented: bool = False


def stated_session(encounter: EncounterDocumented, *, told: bool = True) -> Stated | None:
    """The session as recorded, else as the note states it; None without any.

    Of which kind it was is also said by the EHR's code of it. ``told``: whether the note may speak
    of one at all.
    """
    if encounter.psychotherapy is None and not told:
        return None
    ordered = next(
        (
            _KIND_OF[item.code.code]
            for item in encounter.procedures
            if item.code is not None and item.code.code in _KIND_OF
        ),
        "",
    )
    recorded = encounter.psychotherapy
    if recorded is not None:
        kind = ordered if ordered and recorded.kind == "individual" else recorded.kind
        interactive = recorded.interactive_complexity
        return Stated(recorded.minutes, kind, _EVIDENCE, _RECORDED, interactive)
    found: dict[int, EvidenceAt] = {}
    kind = ordered
    for index, section in enumerate(encounter.note):
        text = section.text[:_LONGEST_TEXT]
        if not may_say(text, _HINTS):
            continue
        for match in _STATED.finditer(text):
            begin = max(text.rfind(end, 0, match.start()) for end in ".;\n") + 1
            around = f"{text[begin : match.start()]} {match['between'] or ''}"
            minutes = _minutes(match)
            if minutes and not _NOT_GIVEN.search(around):
                found.setdefault(
                    minutes, EvidenceAt("note", None, index, match.start(), match.end())
                )
                said = f"{text[begin : match.start()]}{match.group()}"
                kind = kind or next((name for name, told in _KINDS if told.search(said)), "")
    if not found:
        return None
    minutes = next(iter(found)) if len(found) == 1 else 0
    return Stated(minutes, kind or "individual", tuple(found.values()), _IN_NOTE)


def _minutes(match: re.Match[str]) -> int:
    if match["h1"] is None:
        return int(match["after"] or match["before"])
    begun, ended = (_clock(match, number) for number in ("1", "2"))
    if ended <= begun and not (match["p1"] and match["p2"]):
        ended += _HALF_A_DAY
    return max(ended - begun, 0) if ended - begun < _HALF_A_DAY else 0


def _clock(match: re.Match[str], number: str) -> int:
    hour, half = int(match[f"h{number}"]), (match[f"p{number}"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + int(match[f"m{number}"])


def is_of_session(code: str, stated: Stated) -> bool:
    """Whether a code that the EHR gave is of the session's kind."""
    return _KIND_OF.get(code, "individual") == stated.kind


def may_report_visits(taxonomy: str) -> bool:
    """Whether a practitioner of this specialty reports evaluation and management services."""
    return not taxonomy.startswith(_WITHOUT_VISITS)


def sessions(stated: Stated, *, beside_visit: bool) -> Sessions:
    """The lines of a session; ``beside_visit``: a visit of the same provider is reported."""
    found = Sessions()
    minutes, kind = stated.minutes, stated.kind
    if kind == "group":
        found.lines.append(_line(_GROUP, stated, "CPT group psychotherapy, one unit a session"))
        found.lines.extend(interactive_complexity(stated))
        return found
    if minutes is None:
        found.undocumented = True
    elif minutes == 0:
        found.reasons.append("psychotherapy_time_contradictory")
    elif kind in _FAMILY:
        if minutes < _LEAST_FAMILY:
            found.rejected.append(Rejected(_FAMILY[kind], "psychotherapy_below_26_minutes"))
        else:
            rule = "NCCI XI.V.5 family psychotherapy from 26 minutes"
            found.lines.append(_line(_FAMILY[kind], stated, rule))
    elif kind == "crisis" and minutes >= _LEAST_CRISIS:
        found.lines.append(_line(_CRISIS, stated, "CPT crisis from 30 minutes"))
        if minutes >= _FIRST_FURTHER:
            more = (minutes - _FIRST_FURTHER) // _STEP + 1
            found.lines.append(_line(_MORE_CRISIS, stated, "CPT crisis past 74 minutes", more))
        if stated.interactive:
            found.rejected.append(Rejected(_COMPLEX, "within_crisis"))
    elif minutes < _LEAST:
        found.rejected.append(Rejected("90832", "psychotherapy_below_16_minutes"))
    else:
        least, alone, added = next(each for each in _STEPS if minutes >= each[0])
        rule = f"CPT psychotherapy from {least} minutes"
        found.lines.append(_line(added if beside_visit else alone, stated, rule))
        found.lines.extend(interactive_complexity(stated))
    return found


def interactive_complexity(stated: Stated) -> list[Line]:
    """The addition for complicated communication, where the session had it."""
    if not stated.interactive:
        return []
    return [_line(_COMPLEX, stated, "CPT interactive complexity")]


def _line(code: str, stated: Stated, rule: str, units: int = 1) -> Line:
    return Line(
        code, units=units, evidence=stated.evidence, rules=(rule,), confidence=stated.confidence
    )


def holds_visits(codes: Sequence[str]) -> str:
    """The diagnostic evaluation among these codes, which holds visits and therapy; else ""."""
    return next((code for code in codes if code in DIAGNOSTIC), "")
