"""Codes that are for patients of an age or a sex only, as numbers with their limits.

Procedures: the ages and organs that the codes themselves name. Diagnoses: the Medicare Code
Editor's age and sex conflicts and the ICD-10-CM tabular list's notes (chapters 14 to 16, Z00, Z38,
Z68).
"""

from functools import lru_cache
from typing import Literal

from msgspec import Struct

_YEAR = 365
_NO_LIMIT = 200
_NEWBORN_DAYS = 28


class Limit(Struct, frozen=True, gc=False):
    """Ages in completed years and in days, ends included; ``sex`` empty for both.

    ``instead``: the code for the other ages, where there is just one. ``strict``: outside the
    limit the code is wrong; else it is unusual.
    """

    youngest: int = 0
    oldest: int = _NO_LIMIT
    sex: Literal["F", "M", ""] = ""
    youngest_day: int = 0
    oldest_day: int = _NO_LIMIT * _YEAR
    instead: str = ""
    strict: bool = True

    @property
    def by_age(self) -> bool:
        """Whether the limit is one of age."""
        return bool(self.youngest or self.youngest_day) or self.oldest != _NO_LIMIT


_PREVENTIVE = ((0, 0), (1, 4), (5, 11), (12, 17), (18, 39), (40, 64), (65, _NO_LIMIT))
_UNDER_AND_OVER = (
    # code up to the age, code above it, oldest age of the first
    ("42820", "42821", 11),
    ("42825", "42826", 11),
    ("42830", "42831", 11),
    ("42835", "42836", 11),
    ("99151", "99152", 4),
    ("99155", "99156", 4),
    ("36555", "36556", 4),
    ("36557", "36558", 4),
    ("36560", "36561", 4),
    ("36568", "36569", 4),
    ("36570", "36571", 4),
    ("90633", "90632", 18),
    ("90744", "90746", 19),
    ("90700", "90715", 6),
    ("90702", "90714", 6),
)
_AGES: dict[str, Limit] = {
    **{
        f"993{group}{number}": Limit(youngest, oldest)
        for group in (8, 9)
        for number, (youngest, oldest) in enumerate(_PREVENTIVE, start=1)
    },
    **{low: Limit(0, oldest, instead=high) for low, high, oldest in _UNDER_AND_OVER},
    **{high: Limit(oldest + 1, instead=low) for low, high, oldest in _UNDER_AND_OVER},
    "90746": Limit(20, instead="90744"),
    "90680": Limit(0, 0, strict=False),
    "90681": Limit(0, 0, strict=False),
    "90662": Limit(65, strict=False),
    "90694": Limit(65, strict=False),
    "90653": Limit(65, strict=False),
    "90750": Limit(18, strict=False),
    "54150": Limit(sex="M"),
    "54160": Limit(0, 0, "M", oldest_day=_NEWBORN_DAYS, instead="54161"),
    "54161": Limit(sex="M", youngest_day=_NEWBORN_DAYS + 1, instead="54160"),
    **dict.fromkeys(
        ("99460", "99461", "99462", "99463", "99464", "99465", "99468", "99469", "99477"),
        Limit(0, 0, oldest_day=_NEWBORN_DAYS),
    ),
    **dict.fromkeys(("99471", "99472"), Limit(0, 1, youngest_day=_NEWBORN_DAYS + 1)),
    **dict.fromkeys(("99475", "99476"), Limit(2, 5)),
    **dict.fromkeys(("99466", "99467", "99485", "99486"), Limit(0, 1)),
    **dict.fromkeys(("49495", "49496", "49491", "49492"), Limit(0, 0)),
    **dict.fromkeys(("49500", "49501"), Limit(0, 4)),
    **dict.fromkeys(("49505", "49507"), Limit(5)),
    **dict.fromkeys(("36400", "36405", "36406"), Limit(0, 2, instead="36410")),
    "36410": Limit(3),
    "36510": Limit(0, 0, oldest_day=_NEWBORN_DAYS),
    "36450": Limit(0, 0, oldest_day=_NEWBORN_DAYS),
    "36455": Limit(youngest_day=_NEWBORN_DAYS + 1),
    "36420": Limit(0, 0, instead="36425"),
    "36425": Limit(1, instead="36420"),
    "31520": Limit(0, 0, oldest_day=_NEWBORN_DAYS),
    "76885": Limit(0, 1),
    "76886": Limit(0, 1),
    "94780": Limit(0, 1),
    "94781": Limit(0, 1),
}
_SEXES: tuple[tuple[int, int, Literal["F", "M"]], ...] = (
    (54000, 55899, "M"),
    (52601, 52649, "M"),
    (53850, 53855, "M"),
    (56405, 58999, "F"),
    (59000, 59899, "F"),
    (76801, 76831, "F"),
    (76870, 76870, "M"),
    (84152, 84154, "M"),
    (88141, 88155, "F"),
    (88164, 88167, "F"),
    (88174, 88175, "F"),
    (81025, 81025, "F"),
    (99500, 99501, "F"),
)
_SEX_OF_LEVEL_TWO: dict[str, Literal["F", "M"]] = {
    **dict.fromkeys(("G0102", "G0103"), "M"),
    **dict.fromkeys(("G0101", "Q0091", "G0123", "G0124", "G0141", "G0143", "G0144"), "F"),
    **dict.fromkeys(("G0145", "G0147", "G0148", "P3000", "P3001", "S0610", "S0612"), "F"),
    **dict.fromkeys(("J7296", "J7297", "J7298", "J7300", "J7301", "A4261", "S4989"), "F"),
}
_EITHER_SEX = frozenset(("55920", "76820", "76821"))

_MATERNITY = Limit(9, 64, "F")
_NEWBORN = Limit(0, 0)
_DIAGNOSES: tuple[tuple[str, Limit], ...] = (
    ("O", _MATERNITY),
    ("Z3A", _MATERNITY),
    ("Z33", _MATERNITY),
    ("Z34", _MATERNITY),
    ("Z36", _MATERNITY),
    ("Z37", _MATERNITY),
    ("Z39", _MATERNITY),
    ("Z32", Limit(sex="F")),
    ("P", Limit(0, 0, strict=False)),
    ("Z38", _NEWBORN),
    ("Z05", _NEWBORN),
    ("Z00.110", Limit(0, 0, oldest_day=7, instead="Z00.111")),
    ("Z00.111", Limit(0, 0, youngest_day=8, oldest_day=_NEWBORN_DAYS)),
    ("Z00.12", Limit(0, 17, youngest_day=_NEWBORN_DAYS + 1)),
    ("Z00.0", Limit(15)),
    ("Z68.5", Limit(2, 20)),
    ("Z68.1", Limit(20)),
    ("Z68.2", Limit(20)),
    ("Z68.3", Limit(20)),
    ("Z68.4", Limit(20)),
    ("R95", _NEWBORN),
    ("R10.83", Limit(0, 17, strict=False)),
    ("F64.2", Limit(0, 17)),
    ("R54", Limit(15)),
    ("M81.0", Limit(15)),
    ("H25", Limit(15)),
    ("N40", Limit(15, sex="M")),
    *(
        (prefix, Limit(sex="F"))
        for prefix in (
            *("A34", "B37.3", "C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58", "D06"),
            *("D07.0", "D07.1", "D07.2", "D07.3", "D25", "D26", "D27", "D28", "D39", "E28"),
            *("F53", "N70", "N71", "N72", "N73", "N74", "N75", "N76", "N77", "N80", "N81"),
            *("N82", "N83", "N84", "N85", "N86", "N87", "N88", "N89", "N90", "N91", "N92"),
            *("N93", "N94", "N95", "N96", "N97", "N98", "Q50", "Q51", "Q52", "R87", "S37.4"),
            *("S37.5", "S37.6", "T83.3", "Z01.41", "Z12.4", "Z12.72", "Z12.73", "Z30.01"),
            *("Z30.41", "Z30.43", "Z79.890", "Z85.40", "Z85.41", "Z85.42", "Z85.43", "Z85.44"),
            *("Z87.41", "Z87.42", "Z87.51", "Z87.59", "Z90.71", "Z90.72", "Z97.5"),
        )
    ),
    *(
        (prefix, Limit(sex="M"))
        for prefix in (
            *("B26.0", "C60", "C61", "C62", "C63", "D07.4", "D07.5", "D07.6", "D29", "D40"),
            *("E29", "N41", "N42", "N43", "N44", "N45", "N46", "N47", "N48", "N49", "N50"),
            *("N51", "N52", "N53", "Q53", "Q54", "Q55", "R86", "R97.2", "S31.2", "S31.3"),
            *("Z12.5", "Z12.71", "Z85.45", "Z85.46", "Z85.47", "Z85.48", "Z85.49", "Z87.43"),
            *("Z90.79", "Z98.52"),
        )
    ),
)
_BY_LENGTH = tuple(sorted(_DIAGNOSES, key=lambda each: -len(each[0])))


def preventive_code(code: str, age: int) -> str:
    """The preventive visit of the same kind for an age; empty for another code."""
    if code[:4] not in ("9938", "9939") or procedure_limit(code) is None:
        return ""
    return next(
        f"{code[:4]}{number}"
        for number, (youngest, oldest) in enumerate(_PREVENTIVE, start=1)
        if youngest <= age <= oldest
    )


@lru_cache(maxsize=20_000)
def procedure_limit(code: str) -> Limit | None:
    """The limit of a procedure code, if it has one."""
    limit = _AGES.get(code)
    if limit is not None:
        return limit
    if code in _EITHER_SEX:
        return None
    if code in _SEX_OF_LEVEL_TWO:
        return Limit(sex=_SEX_OF_LEVEL_TWO[code])
    if code.isdigit():
        number = int(code)
        for low, high, sex in _SEXES:
            if low <= number <= high:
                return Limit(sex=sex)
    return None


@lru_cache(maxsize=40_000)
def diagnosis_limit(code: str) -> Limit | None:
    """The limit of a diagnosis code with its dot, if it has one; the longest prefix counts."""
    return next((limit for prefix, limit in _BY_LENGTH if code.startswith(prefix)), None)
