"""The global surgical package: visits and procedures around an earlier or same-day procedure.

Minor (000, 010): the day, and ten days after for 010. Major (090): the day before, the day, and 90
days after. (NCCI Policy Manual I.D; Medicare Claims Processing Manual 12 sections 40.1 to 40.2)
"""

from datetime import timedelta

from services.coding.domain.edits.claim import SURGICAL, Claim
from services.coding.domain.edits.code_families import EVALUATION, family
from services.coding.domain.edits.fixes import Fix, drop, with_modifier, without_modifier
from services.coding.domain.edits.service_line import PastLine, ServiceLine, same_provider
from services.coding.domain.edits.verdicts import MANUAL

RULE = "global-period"
TABLE = "pfs"
_SOURCE = "NCCI Policy Manual I.D; MCPM 12 §40.1-40.2"
_DAYS = {"010": 10, "090": 90}
_LONGEST = max(_DAYS.values())
_MINOR = ("000", "010")
_MAJOR = "090"
_POSTOPERATIVE_VISIT = "99024"
_BY_RECORD = {"staged": "58", "return_to_operating_room": "78", "unrelated": "79"}


def check(claim: Claim) -> None:
    """Visits of the day of a procedure, and all lines in the days after one."""
    if not claim.context.history_known:
        _nothing_known(claim)
    for number, line in claim.numbered():
        visit = bool(family(line.code) & EVALUATION)
        if visit:
            _same_day(claim, number, line)
        elif claim.context.history:
            _visit_elsewhere(claim, number, line)
        for past in claim.context.history:
            if past.date != line.date and same_provider(past.provider_id, line.provider_id):
                _after(claim, number, line, past, visit=visit)


def _nothing_known(claim: Claim) -> None:
    """Whether an earlier procedure's period holds the day is not known: no data, never a pass."""
    held = [
        number
        for number, line in claim.numbered()
        if family(line.code) & EVALUATION or claim.package(line.code, line.date)[0] in SURGICAL
    ]
    if held:
        claim.say(
            RULE,
            "no_data",
            held,
            _SOURCE,
            "",
            "not checked: nothing is known of earlier procedures",
            looked_up="procedures of the last 90 days",
        )


def _same_day(claim: Claim, number: int, line: ServiceLine) -> None:
    """A visit beside a minor procedure needs 25, beside a major one (or the day before) 57."""
    tomorrow = line.date + timedelta(days=1)
    beside = [(n, o) for n, o in claim.beside(line) if not family(o.code) & EVALUATION]
    beside += [
        (n, o)
        for n, o in claim.numbered()
        if o.date == tomorrow
        and same_provider(o.provider_id, line.provider_id)
        and claim.package(o.code, o.date)[0] == _MAJOR
    ]
    if not beside:
        return
    known = "" not in {claim.release(TABLE, o.date) for _, o in beside}
    packages = [(n, o, claim.package(o.code, o.date)[0]) for n, o in beside]
    major = [(n, o) for n, o, days in packages if days == _MAJOR]
    minor = [(n, o) for n, o, days in packages if days in _MINOR]
    if major:
        _major(claim, number, line, major[0])
    elif minor:
        _minor(claim, number, line, minor)
    elif "57" in line.modifiers and known:
        claim.say(
            "modifier-57",
            "warn",
            (number,),
            _SOURCE,
            MANUAL,
            "57 stands on a visit that decides a procedure with 90 global days; none is reported",
            fixes=(without_modifier(number, "57"),),
        )


def _visit_elsewhere(claim: Claim, number: int, line: ServiceLine) -> None:
    """A procedure beside a visit that another encounter reported without saying why it is apart."""
    package = claim.package(line.code, line.date)[0]
    if package not in (*_MINOR, _MAJOR):
        return
    wanted = "57" if package == _MAJOR else "25"
    earliest = line.date - timedelta(days=1) if package == _MAJOR else line.date
    for past in claim.context.history:
        if (
            family(past.code) & EVALUATION
            and earliest <= past.date <= line.date
            and same_provider(past.provider_id, line.provider_id)
            and not {"24", wanted} & set(past.modifiers)
        ):
            claim.say(
                f"modifier-{wanted}",
                "needs_modifier",
                (number,),
                _SOURCE,
                _release(claim, line),
                f"{past.code} was reported at another encounter without {wanted}: it is part of "
                "the procedure unless the record shows otherwise; correct it there",
                codes=(past.code, line.code),
                looked_up=f"{line.code}: {package} global days, visit on {past.date}",
                modifiers=(wanted,),
            )
            return


def _major(
    claim: Claim, number: int, line: ServiceLine, procedure: tuple[int, ServiceLine]
) -> None:
    at, other = procedure
    opened = next((m for m in ("57", "24", "25") if m in line.modifiers), "")
    looked_up = f"{other.code}: 090 global days, visit on {line.date}"
    if opened in ("57", "24"):
        claim.say(
            RULE,
            "pass",
            (number,),
            _SOURCE,
            _release(claim, other),
            f"modifier {opened}, which the record has to support",
            codes=(line.code, other.code),
            looked_up=looked_up,
        )
        return
    fixes = [with_modifier(number, "57")]
    if opened:
        fixes.insert(0, without_modifier(number, "25"))
    claim.say(
        RULE,
        "needs_modifier",
        sorted(n for n in (number, at) if n),
        _SOURCE,
        _release(claim, other),
        "a visit on the day of a major procedure or the day before is part of it; one that decided "
        "it carries 57",
        codes=(line.code, other.code),
        looked_up=looked_up,
        modifiers=("57",),
        fixes=fixes,
    )


def _minor(
    claim: Claim, number: int, line: ServiceLine, minor: list[tuple[int, ServiceLine]]
) -> None:
    names = tuple(dict.fromkeys(other.code for _, other in minor))
    codes = (line.code, *names)
    looked_up = f"{', '.join(names)}: 000 or 010 global days, visit on {line.date}"
    release = _release(claim, minor[0][1])
    if "25" in line.modifiers or "24" in line.modifiers:
        claim.say(
            "modifier-25",
            "pass",
            (number,),
            _SOURCE,
            release,
            "modifier 25, which the record has to support",
            codes=codes,
            looked_up=looked_up,
        )
        return
    fixes = [with_modifier(number, "25")]
    message = (
        "the decision for a minor procedure is part of it, for new patients too: the visit is "
        "reported with 25 only when significant and separate; else it is not reported"
    )
    if "57" in line.modifiers:
        fixes.insert(0, without_modifier(number, "57"))
        message = "57 is for procedures with 90 global days; " + message
    claim.say(
        "modifier-25",
        "needs_modifier",
        sorted(n for n in (number, *(n for n, _ in minor)) if n),
        "NCCI Policy Manual I.D, I.E.b",
        release,
        message,
        codes=codes,
        looked_up=looked_up,
        modifiers=("25",),
        fixes=fixes,
    )


def _after(claim: Claim, number: int, line: ServiceLine, past: PastLine, *, visit: bool) -> None:
    """A line in the days after an earlier procedure of the same provider."""
    if "78" in past.modifiers or "56" in past.modifiers:
        return
    elapsed = (line.date - past.date).days
    if not -1 <= elapsed <= _LONGEST:
        return
    claim.release(TABLE, past.date)
    package = claim.package(past.code, past.date)[0]
    period = _DAYS.get(package, 0)
    if visit and elapsed == -1 and package == _MAJOR:
        _major(claim, number, line, (0, ServiceLine(past.code, past.date)))
        return
    if not 0 < elapsed <= period:
        return
    looked_up = f"{past.code} on {past.date}: {period} days, this is day {elapsed}"
    codes = (line.code, past.code)
    if visit:
        _visit_after(claim, number, line, past, looked_up)
        return
    if claim.package(line.code, line.date)[0] not in SURGICAL:
        return
    opened = next((m for m in ("58", "78", "79") if m in line.modifiers), "")
    if opened:
        claim.say(
            RULE,
            "pass",
            (number,),
            _SOURCE,
            _release_of(claim, past),
            f"modifier {opened}, which the record has to support",
            codes=codes,
            looked_up=looked_up,
        )
        return
    wanted = [_BY_RECORD[d] for d in line.documented if d in _BY_RECORD]
    if not wanted and _unrelated(_pointed(claim, line), past):
        wanted = ["79"]
    claim.say(
        RULE,
        "needs_modifier",
        (number,),
        _SOURCE,
        _release_of(claim, past),
        "in the global period of an earlier procedure: 58 staged or more extensive, 78 return to "
        "the operating room for a complication, 79 unrelated; else part of the earlier one",
        codes=codes,
        looked_up=looked_up,
        modifiers=("58", "78", "79"),
        fixes=[with_modifier(number, wanted[0])] if wanted else [drop(number)],
    )


def _visit_after(
    claim: Claim, number: int, line: ServiceLine, past: PastLine, looked_up: str
) -> None:
    mine = _pointed(claim, line)
    unrelated = "unrelated" in line.documented or _unrelated(mine, past)
    same = bool(mine) and bool(past.diagnoses) and not unrelated
    codes = (line.code, past.code)
    release = _release_of(claim, past)
    if "24" in line.modifiers:
        claim.say(
            RULE,
            "warn" if same else "pass",
            (number,),
            _SOURCE,
            release,
            "24 says unrelated, yet both are for the same condition"
            if same
            else "modifier 24, which the record has to support",
            codes=codes,
            looked_up=looked_up,
        )
        return
    if same:
        claim.say(
            RULE,
            "deny",
            (number,),
            _SOURCE,
            release,
            "a visit for the same condition in the global period is part of the procedure",
            codes=codes,
            looked_up=looked_up,
            fixes=(
                Fix("code", number, _POSTOPERATIVE_VISIT),
                *(without_modifier(number, modifier) for modifier in line.modifiers),
            ),
        )
        return
    claim.say(
        RULE,
        "needs_modifier",
        (number,),
        _SOURCE,
        release,
        "a visit in the global period is reported only when unrelated to the procedure, with 24",
        codes=codes,
        looked_up=looked_up,
        modifiers=("24",),
        fixes=(with_modifier(number, "24"),)
        if unrelated
        else (Fix("code", number, _POSTOPERATIVE_VISIT),),
    )


def _unrelated(mine: list[str], past: PastLine) -> bool:
    """Whether both say what for, and share no category of diagnosis."""
    theirs = {code.replace(".", "")[:3] for code in past.diagnoses}
    return bool(mine) and bool(theirs) and not theirs & {code[:3] for code in mine}


def _pointed(claim: Claim, line: ServiceLine) -> list[str]:
    """Codes without dots that the line points to; all, where it points to none."""
    known = claim.diagnoses
    pointed = [known[p - 1] for p in line.points if 0 < p <= len(known)] or list(known)
    return [code.replace(".", "") for code in pointed]


def _release(claim: Claim, line: ServiceLine) -> str:
    return f"{claim.package(line.code, line.date)[1]} ({MANUAL})"


def _release_of(claim: Claim, past: PastLine) -> str:
    return f"{claim.package(past.code, past.date)[1]} ({MANUAL})"
