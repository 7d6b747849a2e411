"""What kind of problem a diagnosis is, for the problems column of medical decision making.

By category of ICD-10-CM and the words beside it: the definitions of minor, chronic, acute and
threatening problems (CPT E/M guidelines as CMS MLN006764 gives them).
"""

from functools import lru_cache

from schemas.encounter import ProblemKind
from services.coding.domain.procedures.management_words import SEVERE, SYSTEMIC, WORSE

_CHRONIC = (
    "A15", "B18", "B20", "C", "D45", "D46", "D47", "D50", "D51", "D53", "D55", "D56", "D57",
    "D58", "D61", "D63", "D64", "D68", "D69", "D70", "D80", "D83", "D86", "E0", "E10", "E11",
    "E13", "E20", "E21", "E22", "E23", "E24", "E26", "E27", "E28", "E29", "E34", "E53", "E55",
    "E61", "E66", "E72", "E75", "E76", "E78", "E79", "E83", "E84", "E85", "E88", "F", "G10",
    "G12", "G20", "G23", "G24", "G25", "G30", "G31", "G35", "G36", "G37", "G40", "G43", "G44",
    "G47", "G50", "G54", "G56", "G57", "G60", "G61", "G62", "G63", "G70", "G71", "G80", "G81",
    "G82", "G89.2", "G89.4", "G90", "H25", "H26", "H35", "H40", "H52", "H90", "H91", "I05", "I06",
    "I07", "I08", "I10", "I11", "I12", "I13", "I15", "I16.0", "I20.8", "I25", "I27", "I34", "I35",
    "I36", "I37", "I42", "I44", "I45", "I47", "I48", "I49", "I50", "I69", "I70", "I71", "I72",
    "I73", "I77", "I82.5", "I83", "I87", "I89", "J30", "J31", "J32", "J33", "J41", "J42", "J43",
    "J44", "J45", "J47", "J84", "J96.1", "K21", "K22", "K25", "K27", "K29.4", "K29.5", "K31",
    "K44", "K50", "K51", "K57", "K58", "K59.0", "K70", "K71", "K72.1", "K73", "K74", "K75", "K76",
    "K86", "K90", "L20", "L21", "L28", "L40", "L43", "L50.8", "L57", "L70", "L71", "L73.2", "L80",
    "L81", "L89", "L93", "L97", "M05", "M06", "M08", "M10", "M1A", "M15", "M16", "M17", "M18",
    "M19", "M20", "M24", "M32", "M33", "M34", "M35", "M40", "M41", "M43", "M45", "M46", "M47",
    "M48", "M50", "M51", "M54.1", "M54.3", "M54.4", "M72", "M75.1", "M79.7", "M80", "M81", "M85",
    "M89", "N02", "N03", "N04", "N18", "N19", "N20.0", "N25", "N28", "N31", "N32.8", "N39.3",
    "N39.4", "N40", "N41.1", "N52", "N60", "N80", "N81", "N87", "N91.1", "N95", "N97", "O24",
    "O10", "Q", "Z94", "Z95",
)  # fmt: skip
_THREATENING = (
    "A40", "A41", "E10.1", "E10.64", "E11.0", "E11.1", "E13.1", "G00", "G45", "G93.5", "I16.1",
    "I20.0", "I21", "I22", "I24", "I26", "I33", "I46", "I60", "I61", "I62", "I63", "I71.0",
    "I71.1", "I71.3", "J80", "J93.0", "J96.0", "J96.2", "K25.0", "K25.4", "K26.0", "K26.4", "K35",
    "K55.0", "K56", "K65", "K72.0", "K85", "K92.2", "N17", "O00", "O14.1", "O15", "R40.2",
    "R45.851", "R57", "R65", "S06.3", "S06.4", "S06.5", "S06.6", "S25", "S27", "S36", "T78.2",
    "T40", "T42", "T43", "T39.1",
)  # fmt: skip
_SYSTEMIC = (
    "A04.7", "A39", "A69.2", "B27", "J12", "J13", "J14", "J15", "J16", "J18", "K57.12", "K57.32",
    "K81.0", "K83.0", "N10", "N12", "N70.0", "N71.0", "N73.0", "R50.81", "M00", "M86.1", "L03.2",
    "G03",
)  # fmt: skip
_UNCERTAIN = (
    "D37", "D38", "D39", "D40", "D41", "D42", "D43", "D44", "D48", "D49", "N63", "R04.2", "R07",
    "R13", "R16", "R18", "R19.0", "R22", "R29.8", "R31", "R41", "R47", "R55", "R56", "R59", "R60",
    "R63.4", "R64", "R68.8", "R74", "R87", "R90", "R91", "R92", "R93", "R97", "K92.1", "K62.5",
    "R17", "R20", "R27",
)  # fmt: skip
_MINOR = (
    "B07", "B08", "B35", "B36", "H61.2", "J00", "K12.0", "L22", "L23", "L24", "L25", "L30", "L55",
    "L74", "L91.8", "R05.1", "R06.6", "R09.81", "W57",
)  # fmt: skip
_COMPLICATED = ("S02", "S06", "S12", "S22", "S32", "S36", "S52.3", "S72", "S82.2", "T07", "T20.3")
# Not problems themselves: status, screening, circumstances, what a visit was for.
_NO_PROBLEM = ("V", "W", "X", "Y", "Z", "U07.0", "R73.09")
_PROBLEMS_ALL_THE_SAME = ("Z20", "Z30", "Z32", "Z34", "Z63", "Z71.1", "Z72", "Z91.1")


@lru_cache(maxsize=4_096)
def _is_chronic(code: str) -> bool:
    return code.startswith(_CHRONIC)


def kind_of(code: str, text: str) -> ProblemKind | None:
    """The kind of problem by its code and what is written of it; None for what is none."""
    if code.startswith(_NO_PROBLEM) and not code.startswith(_PROBLEMS_ALL_THE_SAME):
        return None
    chronic = _is_chronic(code)
    if code.startswith(_THREATENING) and not chronic:
        return "threat_to_life_or_function"
    if chronic:
        if SEVERE.search(text):
            return "chronic_severe_exacerbation"
        worse = WORSE.search(text) is not None or code in ("J44.1", "J44.0") or code.endswith("65")
        return "chronic_exacerbation" if worse else "stable_chronic"
    if code.startswith(_UNCERTAIN):
        return "undiagnosed_uncertain_prognosis"
    if code.startswith(_COMPLICATED):
        return "acute_complicated_injury"
    if code.startswith(_SYSTEMIC):
        return "acute_systemic_symptoms"
    if code.startswith(_MINOR):
        return "minor"
    if SYSTEMIC.search(text) and code[:1] in "ABJKLN":
        return "acute_systemic_symptoms"
    return "acute_uncomplicated"
