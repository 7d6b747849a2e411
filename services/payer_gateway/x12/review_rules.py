"""The rules of a services review request and response (278, 005010X217).

The guide itself was not at hand: structure and codes are those of public companion guides and
samples and of the 004010X094A1 maps. What rests on that alone is a warning.
"""

from services.payer_gateway.x12.finding import Scope, error, warning
from services.payer_gateway.x12.set_reader import SetRules

WRONG_SET = error("review.not-x217", 1, Scope.TRANSACTION, "ST01, ST03 005010X217")
HEADER = error("review.header", 2, Scope.TRANSACTION, "278 BHT")
REQUIRED = error("review.required", 2, Scope.CLAIM, "278 required elements")
UNEXPECTED = warning("review.unexpected-segment", 2, Scope.TRANSACTION, "278 3.1")
AMOUNT = error("review.amount", 1, Scope.CLAIM, "278 SV102, SV104, SV203, SV205")
DATE = error("review.date", 1, Scope.CLAIM, "278 DTP02, DTP03, DMG02")
CODE = warning("review.code", 2, Scope.CLAIM, "278 UM01, UM02, HCR01, AAA01, AAA03, AAA04")
DECISION = warning("review.decision", 4, Scope.CLAIM, "278 HCR01 A1, A2, A6 carry HCR02")
NPI = error("review.npi", 5, Scope.CLAIM, "NPI check digit, 45 CFR 162.406")
NOTHING_ASKED = error("review.nothing-asked", 4, Scope.TRANSACTION, "278 loop 2000E, UM")
IDENTITY = error("review.patient", 4, Scope.CLAIM, "278 2010C, 2010D: id, name, birth date")
PREVIOUS = warning("review.previous", 4, Scope.CLAIM, "278 UM02 of an earlier review, REF*BB")
PERIOD = error("review.period", 4, Scope.CLAIM, "278 DTP, ends before it begins")
FORM = error("review.form", 1, Scope.TRANSACTION, "X12.6 3.5, composites; NM1 P0809")

RULES = SetRules(WRONG_SET, HEADER, REQUIRED, UNEXPECTED, AMOUNT, DATE, CODE, FORM)
"""Rules of any place of the set."""
