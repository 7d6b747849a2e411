"""The present-on-admission indicator of an inpatient's diagnoses (Official Guidelines, Appendix I).

Y was present when the order for admission was given, N was not, W cannot be determined clinically,
U the documentation does not say; some codes are exempt, by CMS's list where one of the day is
loaded, else by the categories below. What is not documented and is no chronic disease gets no
indicator: a person settles it, nothing is guessed.
"""

import re
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context

YES, NO, CANNOT_TELL, EXEMPT = "Y", "N", "W", "exempt"
_INDICATORS = {"no": NO, "undetermined": CANNOT_TELL, "unknown": "U", "yes": YES}
# Appendix I, categories exempt from reporting: status, history, encounters, sequelae, causes.
_EXEMPT = (
    *("B90", "B91", "B92", "B94", "E64", "E68", "G09", "I25.2", "I69", "O09", "O66.5", "O80"),
    *("O94", "R29.7", "Z00", "Z01", "Z02", "Z03", "Z08", "Z09", "Z11"),
    *("Z12", "Z13", "Z14", "Z15", "Z17", "Z18", "Z19", "Z20", "Z21", "Z22", "Z23", "Z28"),
    *("Z30", "Z31", "Z34", "Z36", "Z37", "Z38", "Z39", "Z3A", "Z40", "Z41", "Z42", "Z43"),
    *("Z44", "Z45", "Z46", "Z47", "Z48", "Z49", "Z51", "Z52", "Z53", "Z66", "Z67", "Z68"),
    *("Z71", "Z72", "Z73", "Z74.01", "Z76", "Z77", "Z78", "Z79", "Z80", "Z81", "Z82", "Z83"),
    *("Z84", "Z85", "Z86", "Z87", "Z88", "Z89", "Z90", "Z91", "Z92", "Z93", "Z94", "Z95"),
    *("Z97", "Z98", "Z99", "V", "W03", "W09", "W14", "W15", "W17.0", "W21", "X52", "Y03", "Y07"),
    *("Y92", "Y93", "Y99"),
)
# Diseases that do not begin within a stay: present, even if diagnosed only after admission.
_CHRONIC = (
    *("B18", "B20", "C", "D57", "D86", "E03", "E05", "E08", "E10", "E11", "E13", "E66", "E78"),
    *("E84", "F01", "F02", "F03", "F17", "F20", "F31", "F32", "F33", "F84", "G20", "G30", "G35"),
    *("G40", "G80", "H40", "I10", "I11", "I12", "I13", "I25", "I42", "I48.1", "I48.2", "I70"),
    *("I73", "J41", "J42", "J43", "J44", "J45", "J84", "K21", "K50", "K51", "K70.3", "K74"),
    *("L40", "M05", "M06", "M10", "M15", "M16", "M17", "M32", "M45", "M81", "N18", "N40", "Q"),
)
_ON_ARRIVAL = re.compile(
    r"\b(?:present on (?:admission|arrival)|poa(?:[ :-]*(?:y|yes))?|on (?:admission|arrival)|"
    r"prior to (?:admission|arrival)|before admission|admitted (?:with|for)|presented with)\b"
    r"(?!\s*:?\s*n)",
    re.IGNORECASE,
)
_DURING = re.compile(
    r"\b(?:hospital[- ]acquired|not present on admission|poa[ :-]*(?:n|no)\b|during (?:the |this )?"
    r"(?:hospitali[sz]ation|admission|stay|hospital course)|developed (?:on )?hospital day|"
    r"post-?operative(?:ly)?|nosocomial|ventilator[- ]associated|hospital day (?:[2-9]|\d\d))\b",
    re.IGNORECASE,
)
_UNDETERMINED = re.compile(
    r"\b(?:unable to determine|cannot (?:be )?determine[d]?|clinically undetermined)\b[^.;]{0,40}"
    r"\b(?:admission|poa)\b",
    re.IGNORECASE,
)


IsListed = Callable[[str], bool | None]
"""Whether the list of the day has a code; None where no list is loaded."""


def with_indicators(
    diagnoses: Sequence[Diagnosis], context: Context, is_listed: IsListed
) -> Sequence[Diagnosis]:
    """The same with an indicator each, for an inpatient."""
    if not context.inpatient:
        return diagnoses
    return [
        replace(each, present_on_admission=indicator(each, context, is_listed))
        for each in diagnoses
    ]


def indicator(diagnosis: Diagnosis, context: Context, is_listed: IsListed) -> str:
    """Y, N, U, W, ``exempt``, or "" where it is not documented."""
    code = diagnosis.code
    listed = is_listed(code)
    if _is_known_exempt(code) if listed is None else listed:
        return EXEMPT
    told = {
        problem.present_on_admission
        for problem in context.encounter.problems
        if any(problem.item_id == each.item_id for each in diagnosis.evidence)
    } - {None}
    if told:
        # Of a combination code each part has to have been there (Appendix I).
        return next(_INDICATORS[each] for each in _INDICATORS if each in told)
    said = context.said_of(diagnosis)
    if _UNDETERMINED.search(said):
        return CANNOT_TELL
    if _DURING.search(said):
        return NO
    if code.startswith(_CHRONIC) or _ON_ARRIVAL.search(said):
        return YES
    return ""


def _is_known_exempt(code: str) -> bool:
    """By the categories of Appendix I: sequelae are exempt whatever their category."""
    return code.startswith(_EXEMPT) or (code.endswith("S") and len(code) == 8)
