"""The rules a professional claim must keep before it is sent (SNIP levels 1 to 5)."""

from services.payer_gateway.x12.finding import Scope, error, warning

TEXT = error("claim.text", 1, Scope.CLAIM, "X12.6 3.3, delimiters and control characters in data")
REQUIRED = error("claim.required", 2, Scope.CLAIM, "837P 3.1, required elements")
LENGTH = error("claim.length", 2, Scope.CLAIM, "837P 3.1: N3, N4, NM1, REF, PER, CLM01 (38)")
CODE = error("claim.code", 2, Scope.CLAIM, "837P SBR01, SBR09, CLM06 to CLM09, PAT01, DMG03, SV103")
COUNT = error("claim.count", 2, Scope.CLAIM, "837P repetitions of HI, 2320, 2400, SV101, SV107")
NEGATIVE = error("claim.negative-amount", 2, Scope.CLAIM, "837P CLM02, SV102, SV104")
DUPLICATE_LINE = error(
    "claim.line-number-repeated", 2, Scope.CLAIM, "837P REF*6R, unique in a claim"
)
TOTAL = error("claim.total", 3, Scope.CLAIM, "837P CLM02 is the sum of SV102, 1.4.4")
POINTER = error("claim.pointer", 4, Scope.CLAIM, "837P SV107 points into HI of 2300")
PRINCIPAL = error("claim.principal-diagnosis", 4, Scope.CLAIM, "837P HI01 ABK (BK in ICD-9)")
NO_ORIGINAL = error(
    "claim.original-missing", 4, Scope.CLAIM, "837P CLM05-3 7, 8; REF*F8 (RFI 1538)"
)
NEEDLESS_ORIGINAL = warning("claim.original-needless", 4, Scope.CLAIM, "837P REF*F8 (RFI 2173)")
ACCIDENT = error("claim.accident", 4, Scope.CLAIM, "837P CLM11, DTP*439")
INSURANCE_TYPE = error("claim.insurance-type", 4, Scope.CLAIM, "837P 2000B and 2320 SBR05")
AMBULANCE = error("claim.ambulance", 4, Scope.CLAIM, "837P CR1 of 2300; 2310E, 2310F")
DECIDED_TWICE = warning("claim.cob-date-twice", 4, Scope.CLAIM, "837P DTP*573 of 2330B and 2430")
PERIOD = error("claim.service-period", 4, Scope.CLAIM, "837P DTP*472")
SEQUENCE = error("claim.payer-sequence", 4, Scope.CLAIM, "837P SBR01 of 2000B and 2320 differ")
PATIENT = error("claim.patient", 4, Scope.CLAIM, "837P 2000B SBR02, 2000C")
SUBSCRIBER = error("claim.subscriber-details", 4, Scope.CLAIM, "837 2010BA N3, N4, DMG; SBR02 18")
LINE_NUMBER = error("claim.line-number", 2, Scope.CLAIM, "837 LX01, from 1 in each claim")
MANY_CLAIMS = warning("claim.many-claims", 2, Scope.TRANSACTION, "837 1.3.2, 5000 a set")
DUPLICATE = error("claim.duplicate", 4, Scope.CLAIM, "837P CLM01, unique in a batch")
NPI = error("claim.npi", 5, Scope.CLAIM, "NPI check digit, 45 CFR 162.406")
PLACE = error("claim.place-of-service", 5, Scope.CLAIM, "code source 237, CLM05-1 and SV105")
STATE = error("claim.state", 5, Scope.CLAIM, "code source 22, N402")
POSTAL_CODE = error("claim.postal-code", 5, Scope.CLAIM, "code source 51, N403")
TAXONOMY = error("claim.taxonomy", 5, Scope.CLAIM, "code source 682, PRV03")
DIAGNOSIS = error("claim.diagnosis-code", 5, Scope.CLAIM, "code source 897, HI, valid on the date")
PROCEDURE = error("claim.procedure-code", 5, Scope.CLAIM, "code source 130, SV101-2")
REASON = error("claim.adjustment-reason", 5, Scope.CLAIM, "code source 139, CAS02")
SHORT_POSTAL_CODE = warning("claim.postal-code-short", 2, Scope.CLAIM, "837P 2010AA N403")
LIKELY_DUPLICATE = warning("claim.likely-duplicate", 4, Scope.CLAIM, "CARC 18 would follow")
