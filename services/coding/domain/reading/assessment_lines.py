"""The lines of an assessment, each with its part in it: a problem, its details, a plan, prose.

Providers write problems in numbered lists, behind bullets or number signs, or on bare lines with
bullets of details below; which of these an assessment uses is read from all its lines together.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from services.coding.domain.reading import wording
from services.coding.domain.reading.course_words import SITES
from services.coding.domain.reading.note_text import Sentence

Part = Literal["problem", "detail", "plan", "label", "prose", "site"]
_Mark = Literal["number", "hash", "letter", "bullet", ""]

_MARK = re.compile(
    r"\s*(?:(?P<number>(?:(?:problem|diagnosis|dx|issue)\s*)?(?:\#\s*)?\(?\d{1,2}\s*[.):](?!\d)\)?)"
    r"|(?P<hash>\#{1,4})|(?P<letter>\(?[a-zA-Z][.)](?=\s))"
    r"|(?P<bullet>[-+>\u2022\u25aa\u25e6\u2023\u2013\u2014\u00b7\uf0b7]|\*(?!\*)|o(?=\s+[A-Z])))\s*",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"[*_]{1,3}\s*")
_BEHIND = r"(?=\s*(?:[:.]|$|[-\u2013]\s))"
_LABEL = re.compile(
    r"(?:medical reasoning|medical treatment|additional testing|specialist referrals?|"
    r"patient education(?: and counsell?ing)?|patient agreements?|plan|assessment|status|"
    r"procedures?|instructions?|medications?|meds|labs?|imaging|orders?|counsell?ing|goals?|"
    r"follow[- ]?up|disposition|dispo|code status|diet|activity|time|total time|time spent|"
    r"(?:health ?care|health|preventive|preventative|routine)(?: health)? ?(?:maintenance|care)|"
    r"preventive health|preventative health|hcm|prevention|fen(?:/gi)?|ppx|prophylaxis|"
    r"return precautions|full code|signed|electronically signed by.*|attestation|education|"
    r"referrals?|monitoring|prognosis|none|n/a|other|misc(?:ellaneous)?|see above|as above|"
    r"no (?:acute )?(?:issues|concerns|problems|complaints)(?: today)?|doing well|"
    r"billing|cpt|icd(?:-?10)?(?:-cm)?(?: codes?)?)" + _BEHIND,
    re.IGNORECASE,
)
_SPEECH = re.compile(
    r"(?:mr|mrs|ms|miss|dr|the patient|patient|pt|this (?:patient|is)|he|she|they|we|i|his|her|"
    r"it|overall|today|in summary|summary|there|findings|symptoms|exam|given)(?![-/\w])|"
    r"(?:[\w.'\u2019-]+ ){0,5}(?:is|was) an? |(?:[\w.'\u2019-]+ ){0,5}\d{1,3}[- ]?"
    r"(?:y\.?/?o\b|(?:year|yr|month|week|day)s?[- ]?old\b)|\d{1,3}\s?(?:yo|y/o|yr)?\s?[MF]\b",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"(?:(?:will|continue[sd]?|cont(?:'?d)?|start(?:ed|ing)?|initiated?|begin|increase|decrease|"
    r"reduce|raise|stop(?:ped)?|discontinued?|d/c|dc|hold|resume|add|switch(?:ed)?|titrate|taper|"
    r"wean|refill(?:ed|s)?|renew(?:ed)?|prescrib\w+|rx|give|given|administer(?:ed)?|"
    r"order(?:ed|s)?|check|recheck|repeat|obtain|send|sent|draw|get|scheduled?|"
    r"refer(?:red|ral)?|consult(?:ed)?|fu|rtc|rto|return(?:s|ed)?|call|discuss(?:ed)?|"
    r"advised?|counsell?(?:ed|ing)?|encouraged?|educat\w+|recommend\w*|consider|"
    r"monitor(?:ing)?|watch|apply|ice|elevate|trial|review(?:ed)?|finish|take|goal|target|labs|"
    r"cbc|bmp|cmp|tsh|lipid panel|a1c|hba1c|hgba1c|ekg|ecg|mri|ct|x-?rays?|cxr|ultrasound|echo|"
    r"physical therapy|supportive|reassur\w+|work on|work[- ]?up|low[- ](?:salt|sodium|fat|fiber)|"
    r"avoid|push|drink|eat|wear|keep|ok to|okay to|may|can|should|please|pending|await|awaiting|"
    r"if|unless|otherwise|stay|limit|proceed|perform(?:ed)?|treat(?:ed)? with|daily|iv|im|po|otc|"
    r"immunizations?|vaccines?|vaccinations?|"
    r"prn|offered|declined|declines|deferred|emergency|outpatient|lifestyle|plan (?:to|for))"
    r"(?![-\w])|increased?\s+(?=\w+\s+(?:to|from|dose)\b)|change(?:d|s)?\b(?!\s+(?:in|of)\b)|"
    r"(?:f/u|follow(?:ing)?[- ]?up)\s+(?=(?:in|with|as|at|after|prn|when|if|appointment|scheduled|"
    r"visit)\b|\d)|follow with\b|use\s+(?!disorder)|rest(?=[,.;]|\s*$)|"
    r"complete\s+(?=(?:the|course|antibiotic|a)\b)|diet\b(?![- ]?controlled)|"
    r"exercise\b(?![- ](?:induced|intolerance))|symptomatic (?=care|treatment|management|relief)|"
    r"(?:patient|pt) (?=(?:to|will|advised|educated|counsel\w+|instruct\w+|ed)\b)|"
    r"no (?=(?:changes?|need|further|red|indication|refills?|medication)\b)|smoking cessation\b)",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"(?:bp|hr|rr|temp(?:erature)?|spo2|o2(?: sat\w*)?|wt|weight|ht|height|bmi|hb?a1c|a1c|hgba1c|"
    r"ldl|hdl|tsh|e?gfr|cr|creatinine|hgb|hemoglobin|wbc|plt|glucose|pulse|blood pressure|"
    r"heart rate|ef|lvef|inr|psa|vitamin d level|cholesterol|triglycerides|potassium|sodium|gcs|"
    r"glasgow coma (?:scale|score))(?![-\w])[^A-Za-z]{0,6}(?:(?:is|was|of|at|today|now|level|"
    r"normal|goal|stable|last|in|this|down|up|to)\b[^A-Za-z]{0,6}){0,4}(?:\d|normal|wnl|$)",
    re.IGNORECASE,
)
_DOSE = re.compile(
    r"\b\d+(?:[.,]\d+)?\s*(?:mg|mcg|ug|g|ml|units?|iu|tabs?|tablets?|puffs?|meq|caps?(?:ules)?)\b|"
    r"\b(?:bid|tid|qid|qd|qhs|q\d+h|twice (?:a )?(?:day|daily)|once (?:a )?daily|nightly)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|presents?|presented|reports?|states|denies|continues?|"
    r"appears|looks|feels|remains|discussed|should|would|she|he|they|we|revealed|reveals|showed|"
    r"shows|demonstrat\w+|indicat\w+|underwent|recommend\w*|received|requires|needs|healed|updated|"
    r"completed|completes|completing|agrees|understands|tolerat\w+)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[A-Za-z]{2}")
_LONGEST_NAME = 14
_LONGEST_SITE = 40


class Line(NamedTuple):
    """A line of an assessment: ``begin`` is where its words begin behind the mark."""

    sentences: Sequence[Sentence]
    begin: int
    part: Part
    marked: bool


def lines_of(sentences: Sequence[Sentence]) -> list[Line]:
    """The lines of an assessment with their parts."""
    grouped = _grouped(sentences)
    marks = [_marked(each[0].text) for each in grouped]
    leading = _leading(grouped, marks)
    lines: list[Line] = []
    for number, (each, (mark, begin)) in enumerate(zip(grouped, marks, strict=True)):
        text = each[0].text[begin:]
        part = _own_part(text)
        if not mark and leading[number] and any(is_a_name(other.text) for other in each[1:]):
            part = "problem"
        elif part == "problem" and not leading[number]:
            part = "detail"
        elif part == "problem" and mark == "" and _is_prose(text):
            part = "prose"
        lines.append(Line(each, begin, part, mark != ""))
    return lines


def starts_a_plan(text: str) -> bool:
    """Whether a sentence begins as what is to be done, not as what is the matter."""
    return _PLAN.match(text) is not None


def is_a_name(text: str) -> bool:
    """Whether a sentence is nothing but the name of a problem: short, no verb, no plan."""
    short = len(text.split()) <= _LONGEST_NAME
    return short and _own_part(text) == "problem" and not (_is_prose(text) or _VERB.search(text))


def names_a_dose(text: str) -> bool:
    """Whether a text gives how much of a drug to take."""
    return _DOSE.search(text) is not None


def _grouped(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    grouped: list[list[Sentence]] = []
    for sentence in sentences:
        if sentence.line_start or not grouped:
            grouped.append([sentence])
        else:
            grouped[-1].append(sentence)
    return grouped


@lru_cache(maxsize=4_096)
def _marked(text: str) -> tuple[_Mark, int]:
    """The mark of a list item, and where its words begin."""
    found = _MARK.match(text)
    mark: _Mark = ""
    begin = 0
    if found is not None:
        mark = next(k for k in ("number", "hash", "letter", "bullet") if found[k] is not None)
        begin = found.end()
        again = _MARK.match(text, begin) if mark in ("hash", "bullet") else None
        if again is not None and (again["number"] or again["hash"] or again["bullet"]):
            begin = again.end()
            mark = "number" if again["number"] else mark
    emphasis = _EMPHASIS.match(text, begin)
    return mark, emphasis.end() if emphasis else begin


@lru_cache(maxsize=4_096)
def _own_part(text: str) -> Part:
    """What a line is by its own words."""
    if not _LETTERS.search(text) or _LABEL.match(text) or _MEASURE.match(text):
        return "label"
    if _PLAN.match(text) and not text.startswith(("ADD ", "ADD,", "ADD.", "Add'l")):
        return "plan"
    return "site" if _is_a_site(text) else "problem"


def _is_a_site(text: str) -> bool:
    """Whether a line only says where what is listed below it is ("Right shoulder:")."""
    if len(text) > _LONGEST_SITE:
        return False
    read = wording.read(text)
    return bool(read.tokens) and SITES.issuperset(read.tokens)


@lru_cache(maxsize=4_096)
def _is_prose(text: str) -> bool:
    if _SPEECH.match(text):
        return True
    verb = _VERB.search(text)
    name = len(text[: verb.start()].split()) if verb else len(text.split())
    return name > _LONGEST_NAME


def _leading(
    grouped: Sequence[Sequence[Sentence]], marks: Sequence[tuple[_Mark, int]]
) -> list[bool]:
    """Which lines may name problems; the others are details of the problem above them."""
    numbered = [n for n, (mark, _) in enumerate(marks) if mark in ("number", "hash")]
    restarts = sum(
        grouped[n][0].text.lstrip(" (#").startswith(("1.", "1)", "1:", "1 ")) for n in numbered
    )
    bare = [n for n, (mark, begin) in enumerate(marks) if mark == ""]
    heads = [n for n in bare if _heads_a_list(grouped, marks, n)]
    if numbered and not (restarts > 1 and heads):
        margin = min(grouped[n][0].indent for n in numbered)
        first = numbered[0]
        return [
            (n in numbered and grouped[n][0].indent <= margin + 1)
            or (n < first and not marks[n][0])
            for n in range(len(marks))
        ]
    if heads:
        return [mark == "" for mark, _ in marks]
    marked = [n for n, (mark, _) in enumerate(marks) if mark]
    margin = min((grouped[n][0].indent for n in marked), default=0)
    return [mark == "" or grouped[n][0].indent <= margin + 1 for n, (mark, _) in enumerate(marks)]


def _heads_a_list(
    grouped: Sequence[Sequence[Sentence]], marks: Sequence[tuple[_Mark, int]], at: int
) -> bool:
    """Whether a bare line names what the marked lines right below it are about."""
    if at + 1 >= len(marks) or marks[at + 1][0] == "":
        return False
    text = grouped[at][0].text
    return (
        len(grouped[at]) == 1
        and not _is_prose(text)
        and _own_part(text) == "problem"
        and not _LISTS.search(text)
    )


_LISTS = re.compile(
    r"\b(?:following|problems?|diagnos[ei]s|conditions?|issues|assessment|includ\w+|addressed)\b"
    r"[^:]{0,40}:?$",
    re.IGNORECASE,
)
