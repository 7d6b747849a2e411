"""The rules that an institutional claim must keep beyond those of any claim (SNIP 2 to 5).

A rule of the National Uniform Billing Committee or of a payer's manual, that the guide itself does
not state, is a warning.
"""

from services.payer_gateway.x12.finding import Scope, error, warning

_CLAIM = Scope.CLAIM

STATEMENT = error("claim.statement-period", 2, _CLAIM, "837I DTP*434 RD8")
PRESENCE = error("claim.present-on-admission", 2, _CLAIM, "837I HI0x-9, code list and kinds")
NOT_USED = warning("claim.element-not-used", 2, _CLAIM, "837I CLM06")
NON_COVERED = error("claim.non-covered", 3, _CLAIM, "837I SV207 is a part of SV203")
ADMISSION = error("claim.admission", 4, _CLAIM, "837I DTP*435, CL101, CL102, HI*ABJ on a stay")
ADMISSION_DAY = error("claim.admission-date", 4, _CLAIM, "837I DTP*435, DTP*434")
DISCHARGE = error("claim.discharge-hour", 4, _CLAIM, "837I DTP*096 on a final bill of a stay")
ATTENDING = error("claim.attending-provider", 4, _CLAIM, "837I 2310A")
CODE_VERSIONS = error("claim.code-versions", 4, _CLAIM, "837I HI, ICD-9 beside ICD-10")
PRINCIPAL_PROCEDURE = error("claim.principal-procedure", 4, _CLAIM, "837I HI*BBR before HI*BBQ")
TOTAL_LINE = error("claim.total-line", 4, _CLAIM, "837I SV201 is never 0001")
ADMITTED = warning("claim.admission-wanted", 4, _CLAIM, "DTP*435; CMS manual ch. 25, FL 12")
PRESENCE_WANTED = warning("claim.presence-wanted", 4, _CLAIM, "HI0x-9; CMS manual ch. 25, FL 67")
VISIT_REASON = warning("claim.visit-reason", 4, _CLAIM, "HI*APR; CMS manual ch. 25, FL 70")
OUTSIDE = warning("claim.outside-statement", 4, _CLAIM, "DTP*472, HI*BBR in DTP*434; FL 6, FL 45")
LINE_DATE = warning("claim.line-date-wanted", 4, _CLAIM, "DTP*472 of an outpatient service; FL 45")
SPAN = error("claim.occurrence-span", 4, _CLAIM, "837I HI*BI, first day first")
LEAVING = warning("claim.patient-status-frequency", 4, _CLAIM, "CL103 and CLM05-3; FL 4, FL 17")
PROCEDURE_SETTING = warning("claim.procedure-setting", 4, _CLAIM, "HI*BBR, HI*BBQ of a stay; FL 74")
OPERATING = warning("claim.operating-provider", 4, _CLAIM, "837I 2310B beside HI*BBR; FL 77")
BILL_TYPE = error("claim.bill-type", 5, _CLAIM, "code source 236, CLM05-1")
FREQUENCY = error("claim.bill-frequency", 5, _CLAIM, "code source 235, CLM05-3")
ADMISSION_CODE = error("claim.admission-code", 5, _CLAIM, "code sources 231 and 230, CL101, CL102")
STATUS = error("claim.patient-status", 5, _CLAIM, "code source 239, CL103")
REVENUE = error("claim.revenue-code", 5, _CLAIM, "code source 132, SV201")
BILLING_CODE = error("claim.billing-code", 5, _CLAIM, "code source 132, HI*BI, BH, BE, BG")
INPATIENT_PROCEDURE = error("claim.inpatient-procedure", 5, _CLAIM, "code source 896, HI*BBR, BBQ")
