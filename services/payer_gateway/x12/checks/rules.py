"""The rules of syntax and of the guides that a segment and its place must keep.

The codes in the sources are those a 999 answers with: IK304 of a segment, IK403 of an element.
"""

from services.payer_gateway.x12.finding import Rule, Scope, error, warning

_SET = Scope.TRANSACTION

UNKNOWN = error("structure.unknown-segment", 1, _SET, "X12.6 3.7, IK304 1")
UNEXPECTED = error("structure.unexpected-segment", 1, _SET, "guide section 2, IK304 2")
MISSING = error("structure.missing-segment", 2, _SET, "guide section 2, IK304 3")
WANTED = warning("structure.segment-wanted", 2, _SET, "guide section 2, IK304 I6")
MISSING_LOOP = error("structure.missing-loop", 2, _SET, "guide section 2, IK304 I7")
EMPTY = error("structure.empty-loop", 2, _SET, "guide section 2, IK304 3")
ORDER = error("structure.segment-order", 1, _SET, "guide section 2, IK304 7")
REPEATED = error("structure.segment-repeated", 1, _SET, "guide section 2, IK304 5")
LOOP_REPEATED = error("structure.loop-repeated", 1, _SET, "guide section 2, IK304 4")
HIERARCHY = error("structure.hierarchy", 2, _SET, "guide section 2, HL01, HL02")
CHILDREN = warning("structure.hierarchy-child", 2, _SET, "guide section 2, HL04")
LOWER_CASE = error("structure.lower-case", 1, _SET, "X12.6 3.7, IK304 1")
VERSION = error("structure.version", 1, _SET, "ST03 and GS08 (1705, 480); IK502 I6")
MORE = warning("structure.more-faults", 2, _SET, "our limit of findings")
NO_GUIDE = warning("structure.no-guide", 2, _SET, "ST03, GS08")

REQUIRED = error("element.required", 2, _SET, "guide section 2, IK403 1")
NOT_USED = error("element.not-used", 2, _SET, "guide section 2, IK403 I10")
TOO_MANY = error("element.too-many", 1, _SET, "X12.3 segment directory, IK403 3")
TOO_MANY_PARTS = error("element.too-many-components", 1, _SET, "X12.3, IK403 12")
TOO_MANY_TIMES = error("element.repeated", 1, _SET, "X12.6 3.5.3, IK403 11")
SHORT = error("element.too-short", 1, _SET, "X12.3 element dictionary, IK403 4")
LONG = error("element.too-long", 1, _SET, "X12.3 element dictionary, IK403 5")
CHARACTER = error("element.character", 1, _SET, "X12.6 3.3, IK403 6")
NOT_ASCII = warning("element.character-set", 1, _SET, "X12.6 3.3.2, IK403 6")
SPACES = error("element.spaces", 1, _SET, "X12.6 3.5.1.5, IK403 6")
LEADING_SPACES = warning("element.leading-spaces", 1, _SET, "X12.6 3.5.1.5")
NUMBER = error("element.number", 1, _SET, "X12.6 3.5.1.1 and 3.5.1.2, IK403 6")
DATE = error("element.date", 1, _SET, "X12.6 3.5.1.6, IK403 8")
TIME = error("element.time", 1, _SET, "X12.6 3.5.1.7, IK403 9")
CODE = error("element.code", 2, _SET, "guide section 2, IK403 7 and I6")
CONDITION = error("element.condition", 1, _SET, "X12.6 3.8 syntax notes, IK403 2 and 10")
TRAILING = warning("element.trailing-separators", 1, _SET, "X12.6 3.7")

_CODE_SOURCES = {
    "adjustment-reason": "code source 139",
    "country": "code source 5",
    "currency": "code source 5",
    "facility": "code source 236",
    "frequency": "code source 235",
    "bill-frequency": "code source 235",
    "hcpcs": "code source 130",
    "hipps": "code source 716",
    "icd-10-cm": "code source 897",
    "icd-10-pcs": "code source 896",
    "icd-9-cm": "code source 131",
    "icd-9-procedure": "code source 131",
    "ndc": "code source 240",
    "npi": "code source 537, 45 CFR 162.406",
    "paid-facility": "code sources 236 and 237, CLP08",
    "place": "code source 237",
    "postal-code": "code source 51",
    "remark": "code source 411",
    "revenue": "code source 132",
    "state": "code source 22",
    "status": "code source 508",
    "status-category": "code source 507",
    "taxonomy": "code source 682",
}

EXTERNAL: dict[str, Rule] = {
    name: error(f"code.{name}", 5, _SET, source) for name, source in _CODE_SOURCES.items()
}
EXTERNAL["tax-id"] = warning(
    "code.tax-id", 5, _SET, "837 2010AA, 2010BA REF*EI and SY, nine digits"
)
"""The rule of each code set outside X12, by its name in ``external_codes``."""
