"""Pregnancy, childbirth, puerperium: chapter 15 first, trimester, weeks, outcome (I.C.15)."""

import re

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule
from services.coding.domain.diagnosis.specificity import base_of

# What complicates a pregnancy, and the subcategory of chapter 15 that says so; most are reported
# beside the code of the condition, some in its place.
_COMPLICATING: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("I10",), "O10.01", False),
    (("I11",), "O10.11", True),
    (("I12",), "O10.21", True),
    (("I13",), "O10.31", True),
    (("I15",), "O10.41", True),
    (("E10",), "O24.01", True),
    (("E11",), "O24.11", True),
    (("E08", "E09", "E13"), "O24.81", True),
    (("N10",), "O23.0", False),
    (("N30",), "O23.1", True),
    (("N39.0",), "O23.4", False),
    (("N76.0",), "O23.59", True),
    (("D50", "D51", "D52", "D53", "D55", "D56", "D57", "D58", "D59", "D64"), "O99.01", True),
    (("E66",), "O99.21", True),
    (("E00", "E01", "E02", "E03", "E04", "E05", "E06", "E07", "E55", "E78", "E28"), "O99.28", True),
    (("F10",), "O99.31", True),
    (("F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19"), "O99.32", True),
    (("F17",), "O99.33", True),
    (("F32", "F33", "F31", "F40", "F41", "F42", "F43", "F50", "F20", "F25"), "O99.34", True),
    (("G40", "G43", "G35", "G47", "G56"), "O99.35", True),
    (("I05", "I34", "I35", "I42", "I47", "I48", "I49", "I50"), "O99.41", True),
    (("J45", "J06", "J18", "J20", "J30", "J44", "J01", "J02"), "O99.51", True),
    (("K21", "K29", "K35", "K50", "K51", "K58", "K59", "K80"), "O99.61", True),
    (("L20", "L30", "L40", "L70"), "O99.71", True),
    (("B20", "Z21"), "O98.71", True),
    (("U07.1", "B34.9", "J10", "J11"), "O98.51", True),
    (("S", "T0", "T1", "T2", "T3"), "O9A.21", True),
)
_CONDITIONS = tuple(code for codes, _, _ in _COMPLICATING for code in codes)
_PREGNANT_WORDS = frozenset(("pregnant", "pregnancy", "gestation", "gestational", "iup", "ega"))
_PREGNANT = re.compile(
    r"\b(?:\d{1,2}\s*(?:weeks?|wks?)\s*(?:(?:and\s+)?\d\s*days?\s*)?\b(?:pregnant|gestation|ega)\b|"
    r"(?:currently|is|patient|while|now)\s+pregnant\b|pregnant (?:patient|woman|female|at)\b|"
    r"(?:intrauterine|iup|viable|current|established|early|known|twin)\s+pregnancy\b|"
    r"pregnancy (?:at|in|of)\b|\b(?:in|complicating|during (?:this|current|the)) pregnancy\b|"
    r"\bpregnancy,? \d{1,2}\b|pregnan(?:t|cy) \d{1,2}\s*(?:weeks?|wks?))",
    re.IGNORECASE,
)
_INCIDENTAL = re.compile(
    r"\bpregnan\w*\b[^.;]{0,30}\bincidental|\bincidental\w*\b[^.;]{0,30}pregnan", re.IGNORECASE
)
_WEEKS = re.compile(
    r"\b(?P<weeks>[1-9]|[1-4]\d)\s*w(?:ee)?k?s?\s*"
    r"(?:(?:and\s+|,\s*|\+\s*)?\d\s*d(?:ays?)?\s*)?"
    r"(?:\(?(?:pregnant|gestation(?:al age)?|of gestation|ega|ga|iup|intrauterine|pregnancy)"
    r"|(?=[,.;]|$))"
    r"|\b(?:gestation(?:al age)?|ega|ga|pregnan\w+|iup|at)\s*(?:is|of|at|:)?\s*"
    r"(?P<after>[1-4]?\d)\s*(?:w(?:ee)?k?s?\b|w\d|\s*\d/7|\+\d)",
    re.IGNORECASE,
)
_TRIMESTER = re.compile(
    r"\b(?P<which>first|second|third|1st|2nd|3rd|1|2|3)[- ]trimester\b", re.IGNORECASE
)
_TOLD_WEEKS = re.compile(
    r"\b(?P<weeks>\d{1,2})\s*(?:w|wks?|weeks?)(?:\s*\d\s*d?(?:ays?)?)?\b", re.IGNORECASE
)
_WHICH = {"f": 1, "s": 2, "t": 3, "1": 1, "2": 2, "3": 3}
_NAMES = {
    0: "unspecified trimester",
    1: "first trimester",
    2: "second trimester",
    3: "third trimester",
}
_NO_WEEKS = ("O00", "O01", "O02", "O03", "O04", "O07", "O08", "O85", "O86", "O90", "O91", "O92")
_CONTROLLED_BY = (
    (re.compile(r"\binsulin\b", re.IGNORECASE), "4"),
    (re.compile(r"\b(?:metformin|glyburide|oral)\b", re.IGNORECASE), "5"),
    (re.compile(r"\bdiet\b", re.IGNORECASE), "0"),
)
_DIET_CONTROLLED = re.compile(
    r"\bdiet[- ]controlled\b|\bcontrolled (?:with|by) diet\b|\bdiet control\b", re.IGNORECASE
)
_PREGNANCY = ("O", "Z3A", "Z34")
_ABORTIVE = ("O00", "O01", "O02", "O03", "O04", "O07", "O08")
_DELIVERY = (
    "O60.1",
    "O68",
    "O69",
    "O70",
    "O71",
    "O72",
    "O73",
    "O74",
    "O75",
    "O76",
    "O77",
    "O80",
    "O82",
)
_OUTCOMES = (
    (re.compile(r"\btwins?\b", re.IGNORECASE), "Z37.2"),
    (re.compile(r"\bstill(?:birth|born)\b|\bfetal demise\b", re.IGNORECASE), "Z37.1"),
    (
        re.compile(
            r"\b(?:single )?live ?-?(?:born|birth)\b|\bdelivered (?:a |an )?(?:healthy |viable |"
            r"live |single )*(?:male|female|baby|infant|boy|girl)\b|\bhealthy (?:baby|infant|"
            r"newborn|boy|girl)\b|\bliving infant\b",
            re.IGNORECASE,
        ),
        "Z37.0",
    ),
)


def trimester_of(weeks: int) -> int:
    """First: under 14 weeks; second: under 28; third from then on (chapter 15, at its head)."""
    return 1 if weeks < 14 else 2 if weeks < 28 else 3


def weeks_of(listing: Listing, context: Context) -> int:
    """Completed weeks of gestation, by Z3A or by the words; 0 when not documented."""
    for each in listing.of("Z3A"):
        ending = each.code[4:]
        if ending.isdigit() and 8 <= int(ending) <= 42:
            return int(ending)
    return _weeks_in_words(context)


def _weeks_in_words(context: Context) -> int:
    for text in context.statements(_WEEKS):
        for match in _WEEKS.finditer(text):
            weeks = int(match["weeks"] or match["after"] or 0)
            if context.asserted(text, match) in ("affirmed", "uncertain") and 1 <= weeks <= 44:
                return weeks
    return 0


def _trimester(listing: Listing, context: Context) -> int:
    weeks = weeks_of(listing, context)
    if weeks:
        return trimester_of(weeks)
    match = _TRIMESTER.search(context.affirmed(_TRIMESTER))
    if match is not None:
        return _WHICH[match["which"][0].lower()]
    titles = [context.title(each.code) for each in listing.of("O", "Z34")]
    return next((n for n in (1, 2, 3) for title in titles if title.endswith(_NAMES[n])), 0)


def _in_trimester(context: Context, above: str, trimester: int, seventh: str = "") -> str:
    """The child of ``above`` for the trimester, or for none, with its seventh character."""
    node = context.node(above)
    for wanted in dict.fromkeys((_NAMES[trimester], _NAMES[0])):
        for child in () if node is None else node.children:
            if context.title(child).endswith(wanted) and context.exists(child + seventh):
                return child + seventh
    return ""


def in_told_trimester(codes: DiagnosisCodes, code: str, text: str) -> str:
    """A code of an unspecified trimester in that which a phrase tells, by name or in weeks."""
    node = base_of(codes, code)
    if node is None or not node.title.endswith(_NAMES[0]):
        return code
    said = _TRIMESTER.search(text)
    weeks = _TOLD_WEEKS.search(text)
    if said is not None:
        which = _WHICH[said["which"][0].lower()]
    elif weeks is not None and 1 <= int(weeks["weeks"]) <= 44:
        which = trimester_of(int(weeks["weeks"]))
    else:
        return code
    above = codes.node(node.parent)
    for child in () if above is None else above.children:
        other = codes.node(child)
        if other is not None and other.title.endswith(_NAMES[which]):
            return f"{child}{code[len(node.code) :]}"
    return code


def _is_pregnant(listing: Listing, context: Context) -> bool:
    if context.patient.sex == "M" or _is_said_incidental(listing, context):
        return False
    if listing.has("Z33.1"):
        return 10 <= context.age <= 58
    if any(each.code.startswith(_PREGNANCY) for each in listing.diagnoses):
        return not listing.has("O85", "O86", "O90", "O91", "O92", "O80", "O82")
    if not 10 <= context.age <= 58:
        return False
    return bool(context.affirmed(_PREGNANT)) and not context.affirmed(_INCIDENTAL)


def _is_said_incidental(listing: Listing, context: Context) -> bool:
    """Whether the provider says so (I.C.15.a.1), by the code or in words; "pregnancy" does not."""
    stated = listing.of("Z33.1")
    given = any(rule.startswith("EHR code") for each in stated for rule in each.rules)
    return given or (bool(stated) and bool(context.affirmed(_INCIDENTAL)))


@rule(
    "complicates-pregnancy",
    "I.C.15.a.1",
    *_CONDITIONS,
    beside=("Z33.1", *_PREGNANCY),
    said=_PREGNANT_WORDS,
)
def complicating(listing: Listing, context: Context, mark: str) -> Listing:
    """A condition of a pregnant patient is one that complicates the pregnancy, unless the provider
    says that the pregnancy is incidental.
    """
    if not _is_pregnant(listing, context):
        return listing
    trimester = _trimester(listing, context)
    for codes, above, keeps in _COMPLICATING:
        found = listing.of(*codes)
        if not found or listing.has(above[:5] if above.startswith("O24") else above):
            continue
        code = _in_trimester(context, above, trimester)
        if not code:
            continue
        if keeps:
            listing = listing.added(code, mark, found[0])
            listing = listing.led_by(listing.of(code)[0], codes)
        else:
            listing = listing.recoded(found[0], code, mark)
    return listing


@rule("trimester", "I.C.15.a.3", "O")
def trimester(listing: Listing, context: Context, mark: str) -> Listing:
    """The trimester follows from the weeks that are documented."""
    open_ones = [each for each in listing.of("O") if context.title(each.code).endswith(_NAMES[0])]
    if not open_ones:
        return listing
    which = _trimester(listing, context)
    if not which:
        return listing
    for each in open_ones:
        node = context.node(each.code)
        if node is None:
            continue
        code = _in_trimester(context, node.parent, which, each.code[len(node.code) :])
        if code and code != each.code:
            listing = listing.recoded(each, code, mark)
    return listing


@rule("supervision", "I.C.15.b.1", "Z34")
def supervision(listing: Listing, context: Context, mark: str) -> Listing:
    """Supervision of a normal pregnancy never stands beside a code of chapter 15."""
    if listing.has("O"):
        return listing.dropped("combined", mark, listing.of("Z34"))
    which = _trimester(listing, context)
    for each in listing.of("Z34"):
        node = context.node(each.code)
        if which and node is not None and _NAMES[0] in context.title(each.code):
            code = _in_trimester(context, node.parent, which)
            if code:
                listing = listing.recoded(each, code, mark)
    return listing


@rule("pregnant-state", "I.C.15.a.1", "Z33.1")
def incidental(listing: Listing, _: Context, mark: str) -> Listing:
    """Z33.1 says that the pregnancy is incidental: it stands beside no code of chapter 15."""
    if not listing.has("O", "Z34"):
        return listing
    return listing.dropped("combined", mark, listing.of("Z33.1"))


@rule("weeks-of-gestation", "I.C.21.c.11", "O", "Z34")
def weeks(listing: Listing, context: Context, mark: str) -> Listing:
    """Weeks of gestation beside codes of pregnancy, where they are documented; never after an
    abortive outcome or in the puerperium.
    """
    if listing.has(*_ABORTIVE):
        return listing.dropped("not_with", mark, listing.of("Z3A"))
    told = listing.of("Z3A")
    if told:
        if len(told) > 1:
            listing = listing.dropped("less_specific", mark, listing.of("Z3A.00"))
        for each in listing.of("Z3A"):
            if each.code[4:].lstrip("0") == str(_weeks_in_words(context)):
                listing = listing.surer(each, TOLD, mark)
        return listing
    if all(each.code.startswith((*_NO_WEEKS, "Z")) for each in listing.of("O", "Z34")):
        return listing
    number = weeks_of(listing, context)
    if not number:
        return listing
    code = "Z3A.01" if number < 8 else "Z3A.49" if number > 42 else f"Z3A.{number:02d}"
    return listing.added(code, mark, listing.of("O", "Z34")[-1], TOLD)


@rule("normal-delivery", "I.C.15.n", "O80")
def normal(listing: Listing, _: Context, mark: str) -> Listing:
    """O80 only for a delivery without any complication of pregnancy or birth."""
    if not [each for each in listing.of("O") if each.code != "O80"]:
        return listing
    return listing.dropped("combined", mark, listing.of("O80"))


@rule("outcome-of-delivery", "I.C.15.b.5", *_DELIVERY)
def outcome(listing: Listing, context: Context, mark: str) -> Listing:
    """Every record of a delivery says what came of it; O80 goes with a single live birth only."""
    if listing.has("Z37") or listing.has("Z39"):
        return listing
    first = listing.of(*_DELIVERY)[0]
    for pattern, code in _OUTCOMES:
        if context.affirmed(pattern):
            return listing.added(code, mark, first, 900)
    if first.code == "O80":
        return listing.added("Z37.0", mark, first, 900)
    return listing.held("outcome_of_delivery_needed")


@rule("gestational-or-preexisting", "I.C.15.g", "O24.4", "O99.81")
def gestational(listing: Listing, _: Context, mark: str) -> Listing:
    """Gestational diabetes is neither pre-existing diabetes nor abnormal glucose as well."""
    if listing.has("O24.4"):
        return listing.dropped("combined", mark, listing.of("O99.81", "R73", "E11.9"))
    return listing


@rule("control-of-gestational-diabetes", "I.C.15.i", "O24.4")
def gestational_control(listing: Listing, context: Context, mark: str) -> Listing:
    """Insulin over tablets over diet; the code says it, so that Z79 does not."""
    gone: tuple[Diagnosis, ...] = listing.of("Z79.4", "Z79.84")
    for each in listing.of("O24.4"):
        said = context.said_of(each)
        ending = next((end for pattern, end in _CONTROLLED_BY if pattern.search(said)), "")
        if not ending and context.affirmed(_DIET_CONTROLLED):
            ending = "0"
        ending = "4" if listing.has("Z79.4") else "5" if listing.has("Z79.84") else ending
        code = each.code[:-1] + ending
        if ending and each.code.endswith("9") and context.exists(code):
            listing = listing.recoded(each, code, mark)
    return listing.dropped("combined", mark, gone)


@rule("chapter-15-first", "I.C.15.a.1", "O")
def chapter_first(listing: Listing, _: Context, mark: str) -> Listing:
    """Codes of chapter 15 come before those of other chapters."""
    one = listing.of("O")[0]
    return listing if listing.diagnoses[0] is one else listing.first(one).noted(one, mark)


@rule("high-risk-supervision", "I.C.15.b.2", "O09")
def high_risk(listing: Listing, _: Context, mark: str) -> Listing:
    """Supervision of a high-risk pregnancy leads at a prenatal visit."""
    one = listing.of("O09")[0]
    return listing if listing.diagnoses[0] is one else listing.first(one).noted(one, mark)


RULES: tuple[Rule, ...] = (
    complicating, trimester, gestational, gestational_control, normal, incidental, supervision,
    chapter_first, high_risk, outcome, weeks,
)  # fmt: skip
