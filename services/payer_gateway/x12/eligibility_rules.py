"""The rules of an eligibility inquiry (270) and its answer (271, 005010X279A1)."""

from services.payer_gateway.x12.finding import Scope, error, warning
from services.payer_gateway.x12.set_reader import SetRules

WRONG_SET = error("eligibility.not-x279", 1, Scope.TRANSACTION, "ST01, ST03 005010X279A1")
HEADER = error("eligibility.header", 2, Scope.TRANSACTION, "270, 271 BHT")
REQUIRED = error("eligibility.required", 2, Scope.CLAIM, "270, 271 required elements")
UNEXPECTED = warning("eligibility.unexpected-segment", 2, Scope.TRANSACTION, "270, 271 3.1")
AMOUNT = error("eligibility.amount", 1, Scope.CLAIM, "EB07, EB10, EB14, EQ05, AMT02")
PERCENT = warning("eligibility.percent", 1, Scope.CLAIM, "EB08, a share of one")
DATE = error("eligibility.date", 1, Scope.CLAIM, "DTP02, DTP03, DMG02")
CODE = warning("eligibility.code", 2, Scope.CLAIM, "EB01, AAA01, AAA03, AAA04, EQ01")
NPI = error("eligibility.npi", 5, Scope.CLAIM, "NPI check digit, 45 CFR 162.406")
QUESTION = error("eligibility.question", 2, Scope.CLAIM, "270 loop 2110, EQ01 or EQ02")
IDENTITY = error("eligibility.patient", 4, Scope.CLAIM, "270 2100C, 2100D: id, name, birth date")
PERIOD = error("eligibility.period", 4, Scope.CLAIM, "270 DTP*291, ends before it begins")
FORM = error("eligibility.form", 1, Scope.TRANSACTION, "X12.6 3.5, composites; NM1 P0809")

RULES = SetRules(WRONG_SET, HEADER, REQUIRED, UNEXPECTED, AMOUNT, DATE, CODE, FORM)
