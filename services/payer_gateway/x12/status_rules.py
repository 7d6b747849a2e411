"""The rules of a claim status inquiry (276) and its answer (277, 005010X212)."""

from services.payer_gateway.x12.finding import Scope, error, warning
from services.payer_gateway.x12.set_reader import SetRules

WRONG_SET = error("claim-status.not-x212", 1, Scope.TRANSACTION, "ST01, ST03 005010X212")
HEADER = error("claim-status.header", 2, Scope.TRANSACTION, "276, 277 BHT")
REQUIRED = error("claim-status.required", 2, Scope.CLAIM, "276, 277 required elements")
UNEXPECTED = warning("claim-status.unexpected-segment", 2, Scope.TRANSACTION, "276, 277 3.1")
AMOUNT = error("claim-status.amount", 1, Scope.CLAIM, "AMT02, STC04, STC05, SVC02, SVC03")
DATE = error("claim-status.date", 1, Scope.CLAIM, "DTP03, STC02, STC06, STC08, DMG02")
CATEGORY = warning("claim-status.category", 5, Scope.CLAIM, "STC01-1, code source 507")
NPI = error("claim-status.npi", 5, Scope.CLAIM, "NPI check digit, 45 CFR 162.406")
PERIOD = error("claim-status.service-period", 4, Scope.CLAIM, "276 DTP*472")
IDENTITY = error("claim-status.patient", 4, Scope.CLAIM, "276 2000D DMG, 2000E DMG and NM1")
TRACE_REPEATED = error("claim-status.trace-repeated", 4, Scope.CLAIM, "276 TRN02, unique in a set")
CODE = error("claim-status.code", 2, Scope.CLAIM, "276 NM108, DMG03, SVC01-1")
FORM = error("claim-status.form", 1, Scope.TRANSACTION, "X12.6 3.5, composites; NM1 P0809")

RULES = SetRules(WRONG_SET, HEADER, REQUIRED, UNEXPECTED, AMOUNT, DATE, CODE, FORM)
