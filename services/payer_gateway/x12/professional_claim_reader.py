"""Reads an 837P transaction set (005010X222A1) into claims."""

from services.payer_gateway.x12.claim_hierarchy_reader import read_claims, read_header
from services.payer_gateway.x12.claim_loop_reader import read_claim
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.professional_claim import ClaimBatch

WRONG_SET = error("claim.not-837p", 1, Scope.TRANSACTION, "ST01, ST03 005010X222A1")


def read_837p(transaction: Transaction) -> tuple[ClaimBatch, list[Finding]]:
    """The claims of an 837P transaction set, and what is wrong with its syntax and structure.

    Never raises. A claim whose money cannot be read is in ``unreadable`` with the positions of
    its segments. Values are ``validate``'s to judge; envelope findings stay on the transaction.
    """
    findings: list[Finding] = []
    if transaction.set_id != "837" or not transaction.version.startswith("005010X222"):
        findings.append(
            WRONG_SET.found(
                "this is not an 837 professional claim of 005010X222A1", segment=1, element="ST03"
            )
        )
        return ClaimBatch(read_header([], "", findings), ()), findings
    return ClaimBatch(*read_claims(transaction, read_claim, findings)), findings
