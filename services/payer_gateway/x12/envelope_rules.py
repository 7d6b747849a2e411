"""What may be wrong with the envelopes of a file (SNIP level 1)."""

from services.payer_gateway.x12.finding import Scope, error, warning

NOT_X12 = error("envelope.not-x12", 1, Scope.FILE, "X12.5 3.2, ISA")
LEADING_DATA = error("envelope.leading-data", 1, Scope.INTERCHANGE, "X12.5 3.2")
ISA_WIDTH = warning("envelope.isa-width", 1, Scope.INTERCHANGE, "X12.5, ISA fixed length")
ENCODING = warning("envelope.encoding", 1, Scope.INTERCHANGE, "X12.6 3.3 character sets")
BYTE_ORDER_MARK = warning("envelope.byte-order-mark", 1, Scope.INTERCHANGE, "X12.5 3.2, ISA first")
CONTROL_CHARACTER = error("envelope.control-character", 1, Scope.TRANSACTION, "X12.6 3.3")
ELEMENT_TOO_LONG = error(
    "envelope.element-too-long", 1, Scope.TRANSACTION, "X12.3, maximum lengths; IK403 5"
)
CONTROL_IN_ENVELOPE = error(
    "envelope.control-in-envelope", 1, Scope.INTERCHANGE, "X12.6 3.3, ISA, GS, TA1"
)
UNTERMINATED = error("envelope.unterminated-segment", 1, Scope.INTERCHANGE, "X12.6 3.5.2")
UNENDED = warning("envelope.terminator-missing", 1, Scope.INTERCHANGE, "X12.6 3.5.2, after IEA")
SEGMENT_TOO_LONG = error("envelope.segment-too-long", 1, Scope.INTERCHANGE, "X12.6 3.5.2")
NO_IEA = error("envelope.iea-missing", 1, Scope.INTERCHANGE, "X12.5, IEA")
IEA_COUNT = error("envelope.iea-count", 1, Scope.INTERCHANGE, "IEA01, TA105 021")
IEA_CONTROL = error("envelope.iea-control", 1, Scope.INTERCHANGE, "IEA02 = ISA13, TA105 001")
ISA_REPEATED = warning("envelope.isa-repeated", 1, Scope.INTERCHANGE, "ISA13, TA105 025")
NO_GE = error("envelope.ge-missing", 1, Scope.GROUP, "X12.6, GE; AK905 3")
GE_COUNT = error("envelope.ge-count", 1, Scope.GROUP, "GE01; AK905 5")
GE_CONTROL = error("envelope.ge-control", 1, Scope.GROUP, "GE02 = GS06; AK905 4")
GS_REPEATED = warning("envelope.gs-repeated", 1, Scope.GROUP, "GS06; AK905 19")
FUNCTIONAL_ID = error("envelope.functional-id", 1, Scope.TRANSACTION, "GS01 (479); IK502 6")
VERSION = error("envelope.version", 1, Scope.TRANSACTION, "ST03 = GS08 (1705, 480); IK502 I6")
NO_SE = error("envelope.se-missing", 1, Scope.TRANSACTION, "X12.6, SE; IK502 2")
SE_COUNT = error("envelope.se-count", 1, Scope.TRANSACTION, "SE01; IK502 4")
SE_CONTROL = error("envelope.se-control", 1, Scope.TRANSACTION, "SE02 = ST02; IK502 3")
ST_REPEATED = error("envelope.st-repeated", 1, Scope.TRANSACTION, "ST02; IK502 23")
TOO_LARGE = error("envelope.transaction-too-large", 1, Scope.TRANSACTION, "our limit of memory")
STRAY_SEGMENT = error("envelope.stray-segment", 1, Scope.INTERCHANGE, "X12.6 3.9 envelopes")
