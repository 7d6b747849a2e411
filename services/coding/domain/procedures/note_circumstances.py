"""Circumstances of a visit that only its note tells: new or established, preventive, by voice,
asked for by another, which visit of a stay. What the EHR recorded stands before them.
"""

import re
from collections.abc import Sequence
from typing import Any

from schemas.encounter import EncounterDocumented
from services.coding.domain.reading.quick_look import may_say

_OPENING = 700
_BEGINNING = 2_500
_LONGEST = 20_000
_NEW = re.compile(
    r"\bnew patient\b|\bnew to (?:our|the|this|my) (?:practice|clinic|office)\b|"
    r"\bestablish(?:ing)? (?:primary )?care\b|\binitial (?:office )?(?:visit|consultation)\b|"
    r"\bfirst (?:office )?visit\b|\bnever (?:been )?seen (?:here|before)\b|"
    r"\b(?:not (?:been )?seen|no (?:(?:previous|prior|earlier) )?visits?)(?: \w+){0,3} "
    r"(?:with)?in (?:the (?:last|past) )?(?:3|three) years\b",
    re.IGNORECASE,
)
_NEW_HINTS = (
    "new patient", "new to ", "establish care", "establish primary", "establishing ",
    "initial visit", "initial office", "initial consult", "first visit", "first office",
    "never seen", "never been",
)  # fmt: skip
_NEW_WITHIN = ("3 years", "three years")
_ESTABLISHED = re.compile(
    r"\bestablished (?:patient|pt)\b|\bfollow[- ]?ups?\b(?! in\b| with\b|:)|"
    r"\breturn(?:s|ed|ing) (?:to (?:the )?(?:clinic|office)|today|for)\b|\brecheck\b|"
    r"\b(?:since|at) (?:his|her|their|the|our) last (?:visit|appointment)\b|"
    r"\blast (?:seen|visit|office visit)\b|\bknown to (?:me|our|this|the practice)\b|"
    r"\b(?:his|her|their) last annual\b",
    re.IGNORECASE,
)
_ESTABLISHED_HINTS = (
    "established p", "follow up", "follow-up", "followup", "return", "recheck", "last visit",
    "last seen", "last office", "known to ",
)  # fmt: skip
_ESTABLISHED_WITHIN = ("last appointment", "last annual")
_PREVENTIVE = re.compile(
    r"\b(?:annual|yearly|routine|complete|adult|school|sports) (?:physical(?! (?:abuse|therapy|"
    r"activity|medicine))|preventive|wellness|check-?up|health (?:exam|check)|(?:gyn\w* )?exam)|"
    r"\bwell[- ](?:child|baby|woman|adolescent|infant|adult)\b|"
    r"\bpreventive (?:visit|exam|health|medicine|care visit)|"
    r"\bhealth maintenance (?:visit|exam)|"
    r"\bwellness (?:visit|exam)|\bwelcome to medicare\b|\bcheck-?up visit\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:last|previous|since|due for|needs|schedule\w*|missed|part of|prior|found (?:at|on)|"
    r"during|recent|after)\b",
    re.IGNORECASE,
)
_WELCOME = re.compile(r"\bwelcome to medicare\b|\binitial preventive physical exam", re.IGNORECASE)
_VOICE = re.compile(
    r"\baudio[- ]only\b|\b(?:tele)?phone (?:visit|encounter|appointment|call)\b|"
    r"\b(?:by|via|over the) (?:tele)?phone\b",
    re.IGNORECASE,
)
_VIDEO = re.compile(
    r"\bvideo (?:visit|encounter|appointment)\b|\b(?:tele(?:health|medicine)) (?:visit|encounter|"
    r"appointment)\b|\b(?:by|via) (?:video|tele(?:health|medicine))\b|\baudio[- ](?:and[- ])?video",
    re.IGNORECASE,
)
_SAME_DAY = re.compile(
    r"\badmi\w+ and dischar\w+ (?:on )?(?:the )?same (?:day|date)\b", re.IGNORECASE
)
_DISCHARGE = re.compile(
    r"\bdischarge (?:summary|day|management|note)\b|\bdischarged? (?:home|to (?:home|snf|rehab\w*|"
    r"a skilled)) today\b",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\bhospital day\b|\bhd ?#?\d|\bprogress note\b|\bsubsequent\b|\bovernight events?\b|"
    r"\bpod ?#?\d|\bno acute events\b",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\badmission (?:h&p|history|note)\b|\bhistory and physical\b|\bh&p\b|\badmit(?:ted)? (?:to|"
    r"for|from)\b|\binitial (?:hospital|inpatient|nursing)\b",
    re.IGNORECASE,
)
_LONGITUDINAL = re.compile(
    r"\blongitudinal (?:care|relationship)\b|\bongoing (?:primary care|longitudinal)\b|"
    r"\bcontinuing focal point\b|\bfocal point (?:for|of)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\bconsult(?:ation)? (?:was |is )?(?:requested|asked for) by\b|"
    r"\b(?:seen|evaluated) (?:in|for) consultation (?:at the request of|for dr)\b|"
    r"\bat the request of dr\b|\breason for consult(?:ation)?\b",
    re.IGNORECASE,
)
_PREVENTIVE_HINTS = (
    "annual ", "yearly ", "routine ", "complete ", "adult ", "school ", "sports ", "well-", "well ",
    "preventive ", "health maintenance", "wellness ", "welcome to medicare", "checkup", "check-up",
)  # fmt: skip
_VOICE_HINTS, _VIDEO_HINTS = ("audio", "phone"), ("video", "tele")
_ASKED_HINTS = ("consult", "request of")
_RELATION_HINTS = ("longitudinal", "focal point", "ongoing primary")


_LATER_IN_A_HOME = re.compile(
    r"\b(?:nursing (?:facility|home)|snf|facility) (?:follow[- ]?up|routine|monthly|regulatory)\b|"
    r"\b(?:follow[- ]?up|routine|monthly|regulatory|recertification|60[- ]day|30[- ]day) "
    r"(?:nursing (?:facility|home) )?visit\b",
    re.IGNORECASE,
)
_LATER_WELLNESS = re.compile(
    r"\bsubsequent\b.{0,40}\b(?:wellness|awv)\b|\b(?:wellness|awv)\b.{0,40}\bsubsequent\b",
    re.IGNORECASE,
)


def tells_later_wellness(encounter: EncounterDocumented) -> bool:
    """Whether the opening of the note calls the wellness visit a subsequent one."""
    opening = "\n".join(f"{each.heading}\n{each.text}" for each in encounter.note[:2])[:_OPENING]
    return _LATER_WELLNESS.search(f"{encounter.chief_complaint}\n{opening}") is not None


def tells_new_patient(text: str) -> bool | None:
    """Whether the text says that the patient is new to the practice, or known to it; else None."""
    if _is_said(_NEW, text, _NEW_HINTS, _NEW_WITHIN):
        return True
    known = _is_said(_ESTABLISHED, text, _ESTABLISHED_HINTS, _ESTABLISHED_WITHIN)
    return False if known else None


def _is_said(
    pattern: re.Pattern[str], text: str, opening: Sequence[str], within: Sequence[str]
) -> bool:
    """Whether ``pattern`` finds anything: what it finds begins with one of the letters in
    ``opening``, or has some of those in ``within``. It is tried where they stand.
    """
    if may_say(text, within):
        return pattern.search(text) is not None
    lower = text.lower()
    for hint in opening:
        at = lower.find(hint)
        while at >= 0:
            if pattern.match(text, at) is not None:
                return True
            at = lower.find(hint, at + 1)
    return False


def as_told(encounter: EncounterDocumented) -> EncounterDocumented:
    """The encounter with what its note alone tells of the circumstances."""
    text = "\n".join(f"{each.heading}\n{each.text}" for each in encounter.note)[:_LONGEST]
    opening = text[:_OPENING]
    told: dict[str, Any] = {}
    if encounter.new_patient is None:
        is_new = tells_new_patient(text[:_BEGINNING])
        if is_new is not None:
            told["new_patient"] = is_new
    if encounter.setting in ("office", "telehealth") and encounter.visit_kind == "problem":
        match = _PREVENTIVE.search(opening) if may_say(opening, _PREVENTIVE_HINTS) else None
        if match is not None and not _BEFORE.search(opening[: match.start()][-40:]):
            told["visit_kind"] = "preventive"
            if _WELCOME.search(opening):
                told["welcome_to_medicare"] = True
    if encounter.telehealth is None and encounter.setting in ("office", "telehealth", "home"):
        if may_say(opening, _VOICE_HINTS) and _VOICE.search(opening):
            told["telehealth"] = "audio"
        elif may_say(opening, _VIDEO_HINTS) and _VIDEO.search(opening):
            told["telehealth"] = "video"
    relation = not encounter.longitudinal_care and may_say(text, _RELATION_HINTS)
    if relation and _LONGITUDINAL.search(text):
        told["longitudinal_care"] = True
    asked = encounter.circumstances is None and may_say(opening, _ASKED_HINTS)
    if asked and _ASKED.search(opening):
        told["circumstances"] = ("consultation",)
    if encounter.facility_visit is None and encounter.setting in ("inpatient", "nursing_facility"):
        visit = _visit_of_stay(opening, text)
        if encounter.setting == "nursing_facility" and _LATER_IN_A_HOME.search(opening):
            visit = visit if visit == "discharge" else "subsequent"
        if visit:
            told["facility_visit"] = visit
    return encounter.model_copy(update=told) if told else encounter


def _visit_of_stay(opening: str, text: str) -> str:
    if _SAME_DAY.search(text):
        return "same_day_admission_and_discharge"
    if _DISCHARGE.search(opening):
        return "discharge"
    if _LATER.search(opening):
        return "subsequent"
    return "initial" if _FIRST.search(opening) else ""
