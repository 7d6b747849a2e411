"""Code lists of eligibility inquiries and answers (270, 271), with short wording of our own."""

BENEFIT_INFORMATION: dict[str, str] = {
    "1": "active coverage",
    "2": "active, full risk capitated",
    "3": "active, services capitated",
    "4": "active, services capitated to the primary care provider",
    "5": "active, under investigation",
    "6": "inactive",
    "7": "inactive, eligibility being updated",
    "8": "inactive, under investigation",
    "A": "coinsurance",
    "B": "copayment",
    "C": "deductible",
    "CB": "coverage basis",
    "D": "benefit description",
    "E": "exclusions",
    "F": "limitations",
    "G": "out-of-pocket maximum",
    "H": "unlimited",
    "I": "not covered",
    "J": "cost containment",
    "K": "reserve",
    "L": "primary care provider",
    "M": "condition existing before the coverage",
    "MC": "managed care coordinator",
    "N": "services restricted to a provider",
    "O": "not deemed a medical necessity",
    "P": "benefit disclaimer",
    "Q": "second surgical opinion required",
    "R": "other or additional payer",
    "S": "former coverage",
    "T": "card reported lost or stolen",
    "U": "ask another entity",
    "V": "cannot process",
    "W": "another source of data",
    "X": "health care facility",
    "Y": "spend down",
}
"""EB01 (data element 1390)."""

ACTIVE = frozenset({"1", "2", "3", "4", "5"})
"""EB01 that says coverage is in force."""

INACTIVE = frozenset({"6", "7", "8"})
"""EB01 that says coverage is not in force."""

COVERAGE_LEVELS = frozenset({"CHD", "DEP", "ECH", "EMP", "ESP", "FAM", "IND", "SPC", "SPO"})
"""EB02 (data element 1207)."""

PLAN_BEGIN = frozenset({"193", "346", "348", "356"})
PLAN_END = frozenset({"194", "347", "349", "357"})
PLAN_PERIOD = frozenset({"291", "292", "307"})
"""DTP01 that says from when, until when and during what time a coverage or benefit holds."""

WHOLE_PLAN = "30"
"""EB03 and EQ01: coverage by the plan as such."""
