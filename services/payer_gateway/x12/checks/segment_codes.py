"""Codes of sets outside X12 in one segment, SNIP level 5."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from services.payer_gateway.x12 import external_codes
from services.payer_gateway.x12.checks import rules
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Rule
from services.payer_gateway.x12.guides.notation import ElementUse, SegmentUse
from services.payer_gateway.x12.segments import Segment, at

_TAX_IDS = frozenset({"EI", "SY"})
_EXCEPTION = "4N"
_EXCEPTIONS = frozenset("1234567")
"""REF02 of a service authorization exception (837 2300 REF*4N)."""
_TOLD_BY_REF01 = _TAX_IDS | {_EXCEPTION}
_LOOKS_LIKE_NPI = re.compile(r"[0-9]{10}").fullmatch
_is_modifier = re.compile(r"[0-9A-Z]{2}").fullmatch
_MOST_SHOWN = {
    **dict.fromkeys(("npi", "postal-code", "state", "tax-id"), 0),
    **dict.fromkeys(("icd-10-cm", "icd-10-pcs", "icd-9-cm"), 8),
    "taxonomy": 10,
    "ndc": 13,
}
"""Characters of a code that is none, up to which it is shown."""
_QUALIFIED = frozenset({"HI", "SV1", "SV2", "SVC", "SVD"})
_BY_ITS_QUALIFIER = frozenset({"REF", "PLB", "LQ"})
_NPI_AT = {"NM1": 9, "N1": 4}
_HOME = frozenset({"", "US"})
_MOST_VALUES = 4096
_EXTERNAL_CAUSE = "ABN"
_OF_DISEASES = frozenset("ABCDEFGHIJKLMNOPQRSTUZ")
"""First letters of ICD-10-CM outside chapter 20, external causes (V00 to Y99)."""


class Fault(NamedTuple):
    """A rule that an element breaks; ``value`` is shown only where it cannot be PHI."""

    rule: Rule
    element: str
    message: str
    value: str = ""


class CodePlan(NamedTuple):
    """Where in a segment codes of sets outside X12 stand: elements, and parts of composites.

    ``qualified`` are composites whose first part names the set of the second.
    """

    use: SegmentUse
    elements: tuple[ElementUse, ...]
    parts: tuple[tuple[int, ElementUse], ...]
    qualified: tuple[ElementUse, ...]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to look at."""
        is_identified = self.use.id in {"NM1", "N1", "LQ", "PLB"} or bool(
            self.use.key & _TOLD_BY_REF01
        )
        return is_identified or any((self.elements, self.parts, self.qualified))


@lru_cache(maxsize=2048)
def code_plan(use: SegmentUse) -> CodePlan:
    """Where a use of a segment holds such codes."""
    used = [each for each in use.elements if each.usage != "-"]
    is_qualified = use.id in _QUALIFIED
    return CodePlan(
        use,
        tuple(each for each in used if each.external and not each.components),
        tuple((each.place, c) for each in used for c in each.components if c.external),
        tuple(each for each in used if each.components and is_qualified),
    )


def code_faults(plan: CodePlan, elements: Segment, marks: Delimiters) -> Iterator[Fault]:
    """Codes of sets outside X12, SNIP level 5."""
    use, given = plan.use, len(elements)
    for each in plan.elements:
        if each.place < given and (value := elements[each.place]):
            yield from _external(use, each, value, elements, ())
    for place, component in plan.parts:
        if place < given and elements[place]:
            parts = elements[place].split(marks.component)
            if code := part(parts, component.place):
                yield from _external(use, component, code, elements, parts)
    for each in plan.qualified:
        if each.place < given and elements[each.place]:
            yield from _qualified(use, each, elements[each.place].split(marks.component))
    if use.id in _NPI_AT:
        place = _NPI_AT[use.id]
        if place < given and elements[place - 1] == "XX" and elements[place]:
            yield from _problem("npi", f"{use.id}{place:02d}", elements[place])
    elif use.id == "REF" and at(elements, 1) in _TAX_IDS and at(elements, 2):
        yield from _problem("tax-id", "REF02", elements[2])
    elif use.id == "REF" and at(elements, 1) == _EXCEPTION and at(elements, 2) not in _EXCEPTIONS:
        message = "why a service went ahead without authorization is said by 1 to 7"
        yield Fault(rules.CODE, "REF02", message)
    elif use.id == "PLB" and _LOOKS_LIKE_NPI(at(elements, 1)):
        yield from _problem("npi", "PLB01", elements[1])
    elif use.id == "LQ" and at(elements, 1) == "HE" and at(elements, 2):
        yield from _problem("remark", "LQ02", at(elements, 2))


def code_watch(plan: CodePlan, marks: Delimiters) -> Callable[[Segment], bool]:
    """Whether ``code_faults`` finds nothing in a segment; values met before are not asked again."""
    use = plan.use
    if use.id in _BY_ITS_QUALIFIER:
        return lambda elements: not any(code_faults(plan, elements, marks))
    places = {each.place for each in (*plan.elements, *plan.qualified)}
    places |= {place for place, _ in plan.parts}
    known: list[tuple[int, set[str]]] = [(place, set()) for place in sorted(places)]
    npi_at = _NPI_AT.get(use.id, 0)
    npis: set[str] = set()

    def is_sound(elements: Segment) -> bool:
        given = len(elements)
        npi = elements[npi_at] if 0 < npi_at < given and elements[npi_at - 1] == "XX" else ""
        if not npi or npi in npis:
            for place, values in known:
                if place < given and elements[place] not in values and elements[place]:
                    break
            else:
                return True
        if any(code_faults(plan, elements, marks)):
            return False
        if use.id == "N4" and at(elements, 4) not in _HOME:
            return True
        for place, values in known:
            if place < given and len(values) < _MOST_VALUES:
                values.add(elements[place])
        if len(npis) < _MOST_VALUES:
            npis.add(npi)
        return True

    return is_sound


def _external(
    use: SegmentUse,
    element: ElementUse,
    value: str,
    elements: Segment,
    parts: Sequence[str],
) -> Iterator[Fault]:
    name = element.external
    if name in {"state", "postal-code"} and use.id == "N4" and at(elements, 4) not in _HOME:
        return
    if name == "facility":
        name = _facility_set(use, parts)
    elif name == "frequency" and part(parts, 2) == "A":
        name = "bill-frequency"
    yield from _problem(name, element.designator, value)


def _facility_set(use: SegmentUse, parts: Sequence[str]) -> str:
    """The code set of a facility: a place of service, a type of bill, or in an 835 either."""
    if use.id == "CLP":
        return "paid-facility"
    return "place" if use.id == "SV1" or part(parts, 2) == "B" else "facility"


def part(parts: Sequence[str], number: int) -> str:
    """The component of that number (1-based), empty where there are fewer."""
    return parts[number - 1] if number <= len(parts) else ""


def _qualified(use: SegmentUse, element: ElementUse, parts: Sequence[str]) -> Iterator[Fault]:
    """A code whose set its qualifier names: a diagnosis in HI, a procedure in a C003."""
    qualifier, code = part(parts, 1), part(parts, 2)
    if use.id == "HI":
        name = external_codes.DIAGNOSIS_SETS.get(qualifier, "")
    elif use.id in {"SV1", "SV2", "SVC", "SVD"}:
        name = external_codes.PROCEDURE_SETS.get(qualifier, "")
    else:
        name = ""
    if name and code:
        yield from _problem(name, f"{element.designator}-2", code)
    if qualifier == _EXTERNAL_CAUSE and code[:1] in _OF_DISEASES:
        message = "an external cause begins with V, W, X or Y"
        yield Fault(rules.EXTERNAL[name], f"{element.designator}-2", message, _shown(name, code))
    if name == "hcpcs":
        for number, modifier in enumerate(parts[2:6], 3):
            if modifier and not _is_modifier(modifier):
                message = "a modifier has two digits or capital letters"
                yield Fault(rules.EXTERNAL[name], f"{element.designator}-{number}", message)


def _problem(name: str, designator: str, value: str) -> Iterator[Fault]:
    said = external_codes.problem(name, value)
    if said:
        yield Fault(rules.EXTERNAL[name], designator, said, _shown(name, value))


def _shown(name: str, value: str) -> str:
    """The value where it may be said: a code mistyped, and nobody's name, number or birth date."""
    is_like_a_code = len(value) <= _MOST_SHOWN.get(name, 6) and (
        len(value) <= 3 or any(c.isdigit() for c in value)
    )
    is_a_day = len(value) == 8 and value.isdigit()
    return value if is_like_a_code and not is_a_day else ""
