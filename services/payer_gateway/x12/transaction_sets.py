"""Which reader reads which transaction set: one table, by ST01 and the guide of ST03 or GS08."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.payer_gateway.x12 import remittance_reader
from services.payer_gateway.x12.acknowledgement import read_999
from services.payer_gateway.x12.claim_acknowledgement import read_277ca
from services.payer_gateway.x12.eligibility_inquiry_reader import read_270
from services.payer_gateway.x12.eligibility_response_reader import read_271
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.institutional_claim_reader import read_837i
from services.payer_gateway.x12.professional_claim_reader import read_837p
from services.payer_gateway.x12.service_review_reader import read_278
from services.payer_gateway.x12.status_inquiry_reader import read_276
from services.payer_gateway.x12.status_response_reader import read_277

UNKNOWN_SET = error("envelope.unknown-set", 1, Scope.TRANSACTION, "ST01, ST03, GS08; IK502 1")

Reader = Callable[[Transaction], tuple[Any, list[Finding]]]
"""Gives the values of a transaction set and what is wrong with it; never raises."""


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """A set that is read here. ``edition`` is the guide without its addenda, ``guide`` with."""

    name: str
    set_id: str
    edition: str
    guide: str
    read: Reader


TRANSACTION_SETS = (
    TransactionSet("270", "270", "005010X279", "005010X279A1", read_270),
    TransactionSet("271", "271", "005010X279", "005010X279A1", read_271),
    TransactionSet("276", "276", "005010X212", "005010X212", read_276),
    TransactionSet("277", "277", "005010X212", "005010X212", read_277),
    TransactionSet("277CA", "277", "005010X214", "005010X214", read_277ca),
    TransactionSet("278", "278", "005010X217", "005010X217", read_278),
    TransactionSet("835", "835", "005010X221", "005010X221A1", remittance_reader.read),
    TransactionSet("837I", "837", "005010X223", "005010X223A2", read_837i),
    TransactionSet("837P", "837", "005010X222", "005010X222A1", read_837p),
    TransactionSet("999", "999", "005010X231", "005010X231A1", read_999),
)

_EDITION_LENGTH = 10
_BY_EDITION = {(known.set_id, known.edition): known for known in TRANSACTION_SETS}


def transaction_set_of(transaction: Transaction) -> TransactionSet | None:
    """The set this is, by its id and guide, whatever the addenda; None where it is not known."""
    return _BY_EDITION.get((transaction.set_id, transaction.version[:_EDITION_LENGTH]))


def read_transaction(transaction: Transaction) -> tuple[Any, list[Finding]]:
    """The values of a transaction set of any kind known here, and what is wrong with it.

    None and one finding for a set or guide that is not known. Never raises.
    """
    known = transaction_set_of(transaction)
    if known is None:
        message = "this set and guide are not known here: keep the file and ask the sender"
        return None, [UNKNOWN_SET.found(message, path="ST", segment=1, element="ST03")]
    return known.read(transaction)
