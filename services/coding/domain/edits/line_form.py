"""What makes a line reportable at all: a code in force, units, pointers; and no line twice.

837P loop 2400 SV1 and HI (at least one and at most four pointers, at most twelve diagnoses); 45 CFR
162.1002 (codes in force on the date); NCCI Policy Manual I.V and X.C (76, 77, 91).
"""

import re
from datetime import date

from services.coding.domain.code_sets import CodeSets
from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    EVALUATION,
    IMAGING,
    LABORATORY,
    SURGERY,
    family,
)
from services.coding.domain.edits.ended_visits import ENDED
from services.coding.domain.edits.fixes import Fix, drop, with_modifier
from services.coding.domain.edits.modifiers import DISTINCT, GLOBAL_SURGERY, sites
from services.coding.domain.edits.service_line import ServiceLine, same_provider
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.edits.verdicts import OWN

MOST_POINTERS = 4
MOST_DIAGNOSES = 12
MOST_MODIFIERS = 4
_SEGMENT = "837P 2400 SV107"
_VERSION = "005010X222A1"
_FORM = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}")
_TELLS_APART = frozenset((*DISTINCT, *GLOBAL_SURGERY, "76", "77", "91", "JW", "JZ", "27"))
# Two surgeons, a team, an assistant: one procedure by several.
_TOGETHER = frozenset(("62", "66", "80", "81", "82", "AS"))
# Dental codes (D) are their owner's and in no public file.
_LEVEL_TWO = frozenset("ABCEGHJKLMPQRSTUV")
_ITEMS = frozenset("AEJKLQ")


def check_pointers(claim: Claim) -> None:
    """Each line points to one to four of at most twelve diagnoses."""
    known = len(claim.diagnoses)
    if known > MOST_DIAGNOSES:
        claim.say(
            "too-many-diagnoses",
            "deny",
            (),
            "837P 2300 HI",
            _VERSION,
            f"{known} diagnoses where a claim takes {MOST_DIAGNOSES}",
            codes=claim.diagnoses[MOST_DIAGNOSES:],
        )
    for number, line in claim.numbered():
        points = line.points
        usable = tuple(dict.fromkeys(p for p in points if 0 < p <= min(known, MOST_DIAGNOSES)))
        looked_up = f"pointers {', '.join(map(str, points)) or 'none'} of {known} diagnoses"
        if not points:
            claim.say(
                "missing-pointer",
                "warn" if line.pointers is None else "deny",
                (number,),
                _SEGMENT,
                _VERSION,
                "the line says nothing of its diagnoses"
                if line.pointers is None
                else "the line points to no diagnosis",
                looked_up=looked_up,
                fixes=(Fix("pointers", number, numbers=(1,)),) if known == 1 else (),
            )
        elif len(usable) != len(points):
            claim.say(
                "pointer-unusable",
                "deny",
                (number,),
                _SEGMENT,
                _VERSION,
                "a pointer is repeated, or names a diagnosis that is not on the claim",
                looked_up=looked_up,
                fixes=(Fix("pointers", number, numbers=usable[:MOST_POINTERS]),),
            )
        elif len(usable) > MOST_POINTERS:
            claim.say(
                "too-many-pointers",
                "deny",
                (number,),
                _SEGMENT,
                _VERSION,
                f"{len(usable)} pointers where a line takes {MOST_POINTERS}",
                looked_up=looked_up,
                fixes=(Fix("pointers", number, numbers=usable[:MOST_POINTERS]),),
            )


def check_repeats(claim: Claim) -> None:
    """The same code of a day and provider on two lines, with nothing that tells them apart."""
    for number, line in claim.numbered():
        for at, before in claim.beside(line):
            if before.code == line.code and at < number and _alike(line, before):
                _repeat(claim, number, line, at)
                break
        else:
            _repeat_by_another(claim, number, line)


def _repeat_by_another(claim: Claim, number: int, line: ServiceLine) -> None:
    """A procedure or study that another practitioner reported that day carries 77."""
    if not family(line.code) & (SURGERY | IMAGING) or "77" in line.modifiers:
        return
    if not _TOGETHER.isdisjoint(line.modifiers):
        return
    for at, before in claim.all_lines():
        if (
            before.code == line.code
            and before.date == line.date
            and at < number
            and not same_provider(before.provider_id, line.provider_id)
            and _TOGETHER.isdisjoint(before.modifiers)
            and _alike(line, before)
        ):
            claim.say(
                "duplicate",
                "needs_modifier",
                [n for n in (at, number) if n],
                "MCPM 1 §120; NCCI Policy Manual I.V",
                "MCPM",
                "another practitioner reported the same service that day: 77 when it was done "
                "again for a reason of its own; else it is reported once",
                codes=(line.code,),
                modifiers=("77",),
                fixes=(with_modifier(number, "77"),) if "repeat" in line.documented else (),
            )
            return


def _alike(line: ServiceLine, before: ServiceLine) -> bool:
    if _TELLS_APART & {*line.modifiers, *before.modifiers}:
        return line.modifiers == before.modifiers and not {"76", "77", "91"} & set(line.modifiers)
    here, there = sites(line.modifiers), sites(before.modifiers)
    if here or there:
        return bool(here & there) or not (here and there)
    components = {"26", "TC"}
    return components & set(line.modifiers) == components & set(before.modifiers)


def _repeat(claim: Claim, number: int, line: ServiceLine, at: int) -> None:
    numbers = [n for n in (at, number) if n]
    bits = family(line.code)
    where = "" if at else " at another encounter of the day"
    if bits & EVALUATION:
        claim.say(
            "duplicate",
            "deny",
            numbers,
            "MCPM 12 §30.6.7, MCPM 1 §120",
            "MCPM",
            f"the same visit twice for one day and provider{where}",
            codes=(line.code,),
            fixes=(drop(number),),
        )
        return
    if line.code[0] in _ITEMS:
        first = claim.lines[at - 1].units if at else 0
        claim.say(
            "duplicate",
            "warn",
            numbers,
            "MCPM 1 §120, MCPM 17 §40",
            "MCPM",
            f"units of one drug or supply belong on one line{where}, unless their NDCs differ",
            codes=(line.code,),
            fixes=(Fix("units", at, number=first + line.units), drop(number)) if at else (),
        )
        return
    wanted = "91" if bits & LABORATORY else "76"
    repeated = "repeat" in line.documented
    claim.say(
        "duplicate",
        "needs_modifier",
        numbers,
        "NCCI Policy Manual X.C; MCPM 16 §100.5.1"
        if wanted == "91"
        else "MCPM 1 §120; NCCI Policy Manual I.V",
        "MCPM",
        f"the same service twice{where}: reported once, or with {wanted} when done again for a "
        "reason of its own (77: by another practitioner)",
        codes=(line.code,),
        modifiers=(wanted, "77") if wanted == "76" else (wanted,),
        fixes=(with_modifier(number, wanted),) if repeated else (drop(number),),
    )


def check_codes(claim: Claim, sets: CodeSets) -> None:
    """Codes that no code set knows, or that were not in force on the date."""
    unknown: dict[date, list[int]] = {}
    for number, line in claim.numbered():
        if line.units < 1:
            claim.say(
                "units",
                "deny",
                (number,),
                "837P 2400 SV104",
                _VERSION,
                "a line has at least one unit",
                looked_up=f"{line.code}: {line.units} units",
            )
        if len(line.modifiers) > MOST_MODIFIERS:
            claim.say(
                "too-many-modifiers",
                "deny",
                (number,),
                "837P 2400 SV101-3 to SV101-6",
                _VERSION,
                f"{len(line.modifiers)} modifiers where a line takes {MOST_MODIFIERS}",
                looked_up=f"{line.code}-{'-'.join(line.modifiers)}",
            )
        if not _FORM.fullmatch(line.code):
            claim.say(
                "unknown-code",
                "deny",
                (number,),
                "45 CFR 162.1002",
                "HIPAA",
                "not the form of a CPT(R) or HCPCS code",
                fixes=(drop(number),),
            )
        elif line.code[0] in _LEVEL_TWO:
            _level_two(claim, number, line, sets)
        elif line.code in ENDED and line.date > ENDED[line.code][0]:
            _ended(claim, number, line)
        elif not _listed(claim, line, sets):
            release = _complete_list(claim, line)
            if release:
                _not_listed(claim, number, line, release)
            else:
                unknown.setdefault(line.date, []).append(number)
    for day, numbers in unknown.items():
        codes = tuple(dict.fromkeys(claim.lines[n - 1].code for n in numbers))
        claim.say(
            "unknown-code",
            "no_data",
            numbers,
            "45 CFR 162.1002",
            "",
            f"not checked: no list at hand has {', '.join(codes)}",
            codes=codes,
            looked_up=f"{'+'.join(codes)} on {day}",
        )


def _listed(claim: Claim, line: ServiceLine, sets: CodeSets) -> bool:
    if sets.procedures.entry(line.code) is not None:
        return True
    if claim.tables.listed(line.code, line.date) is True:
        return True
    return isinstance(claim.fee(line.code, line.date), FeeIndicators)


def _complete_list(claim: Claim, line: ServiceLine) -> str:
    """The list of the day that would have the code: the operator's, else the fee schedule.

    The fee schedule leaves out proprietary laboratory codes and the like, which end in a letter.
    """
    if claim.tables.listed(line.code, line.date) is False:
        named = claim.tables.release("cpt", line.date)
        return named if isinstance(named, str) else ""
    named = claim.tables.release("pfs", line.date)
    return named if isinstance(named, str) and line.code.isdigit() else ""


def _not_listed(claim: Claim, number: int, line: ServiceLine, release: str) -> None:
    claim.say(
        "unknown-code",
        "deny",
        (number,),
        "45 CFR 162.1002(a)(5)",
        release,
        "not in the list of codes of the day",
        looked_up=f"{line.code} on {line.date}",
        fixes=(drop(number),),
    )


def _ended(claim: Claim, number: int, line: ServiceLine) -> None:
    last, instead = ENDED[line.code]
    claim.say(
        "inactive-code",
        "deny",
        (number,),
        "45 CFR 162.1002; NCCI Policy Manual XI.U",
        OWN,
        f"its last day was {last}" + (f"; {instead} took its place" if instead else ""),
        looked_up=f"{line.code} on {line.date}",
        fixes=(Fix("code", number, instead) if instead else drop(number),),
    )


def _level_two(claim: Claim, number: int, line: ServiceLine, sets: CodeSets) -> None:
    release, stands_in = sets.hcpcs.release, "hcpcs" in sets.stands_in
    item = sets.hcpcs.code(line.code)
    if item is None:
        if _listed(claim, line, sets):
            return
        claim.say(
            "unknown-code",
            "warn" if stands_in else "deny",
            (number,),
            "45 CFR 162.1002(c)(1)",
            release,
            f"not in the release that stands in for {line.date}"
            if stands_in
            else "not in HCPCS Level II",
            looked_up=f"{line.code} on {line.date}",
            fixes=() if stands_in else (drop(number),),
        )
    elif not item.valid_on(line.date):
        ended = bool(item.terminated) and item.terminated <= line.date.isoformat()
        claim.say(
            "inactive-code",
            "deny",
            (number,),
            "45 CFR 162.1002(c)(1)",
            release,
            f"its last day was {item.terminated}" if ended else f"in force from {item.added} only",
            looked_up=f"{line.code} on {line.date}",
            fixes=(drop(number),),
        )
