"""X12 5010 for the claim life cycle: a pure codec that can be used alone.

It reads bytes into plain frozen values and writes values into bytes. It does no I/O, knows no
clock and never raises on what a file contains: whatever is wrong is a ``Finding`` with its rule,
SNIP level, place and what to do. Money is integer cents.

Read a file of any kind, then give each transaction set to its reader::

    from services.payer_gateway.x12 import balance, read_interchanges, remittance_reader

    for interchange in read_interchanges(data):         # bytes, or an iterable of bytes
        if not interchange.readable:
            ...                                         # keep the file whole
        for transaction in interchange.transactions:
            if transaction.set_id == "835":
                remittance, findings = remittance_reader.read(transaction)
                findings += balance.check(remittance)
                spoiled = claims_in_error(findings)     # indexes of claims not to post
                refused = is_refused([*interchange.all_findings, *findings])

Write by giving values and an ``Envelope``, whose control numbers are the caller's to keep::

    envelope = Envelope(
        sender=TradingPartner("ZZ", "CLINIC"), receiver=TradingPartner("ZZ", "PAYER"),
        control_number=1, group_control_number=1, created=day, created_at=moment,
    )
    if not any(finding.is_error for finding in validate.check_batch(claims)):
        data = professional_claim_writer.write_837p(envelope, header, claims)

========  ====================================  ==========================================
set       read                                  write
========  ====================================  ==========================================
837P      professional_claim_reader.read_837p   professional_claim_writer.write_837p
999       acknowledgement.read_999              acknowledgement.write_999, acknowledge
TA1       acknowledgement.read_ta1              acknowledgement.write_ta1
277CA     claim_acknowledgement.read_277ca      claim_acknowledgement.write_277ca
835       remittance_reader.read                remittance_writer.write_835
========  ====================================  ==========================================

Every other set (837I, 270/271, 276/277, 278) is read to the level of segments.
"""

from services.payer_gateway.x12 import (
    acknowledgement,
    balance,
    claim_acknowledgement,
    cob_balance,
    professional_claim_reader,
    professional_claim_writer,
    remittance_reader,
    remittance_writer,
    validate,
)
from services.payer_gateway.x12.acknowledgement import (
    FunctionalAcknowledgement,
    InterchangeAcknowledgement,
    TransactionAcknowledgement,
    acknowledge,
    read_999,
    read_ta1,
    write_999,
    write_ta1,
)
from services.payer_gateway.x12.adjustment import Adjustment
from services.payer_gateway.x12.amounts import AmountError, format_cents, parse_cents
from services.payer_gateway.x12.claim_acknowledgement import read_277ca, write_277ca
from services.payer_gateway.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    StatusCode,
    Totals,
)
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import (
    Envelope,
    FunctionalGroup,
    Interchange,
    TradingPartner,
    Transaction,
)
from services.payer_gateway.x12.finding import (
    Finding,
    Scope,
    Severity,
    claims_in_error,
    is_refused,
)
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.npi import is_npi
from services.payer_gateway.x12.parties import Address, Contact, Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.professional_claim import (
    BatchHeader,
    BillingProvider,
    Claim,
    ClaimBatch,
    Diagnosis,
    Drug,
    LineAdjudication,
    OtherPayer,
    Patient,
    PayerName,
    RelatedCauses,
    ServiceLine,
    Submitter,
    Subscriber,
)
from services.payer_gateway.x12.professional_claim_reader import read_837p
from services.payer_gateway.x12.professional_claim_writer import write_837p
from services.payer_gateway.x12.remittance import (
    BankAccount,
    Payee,
    Payer,
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
    ServicePayment,
)
from services.payer_gateway.x12.remittance_writer import write_835
from services.payer_gateway.x12.segments import WriteError
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

__all__ = [
    "Address",
    "Adjustment",
    "AmountError",
    "BankAccount",
    "BatchHeader",
    "BillingProvider",
    "Claim",
    "ClaimAcknowledgement",
    "ClaimBatch",
    "ClaimStatus",
    "Contact",
    "Delimiters",
    "Diagnosis",
    "Drug",
    "Envelope",
    "Finding",
    "FunctionalAcknowledgement",
    "FunctionalGroup",
    "Interchange",
    "InterchangeAcknowledgement",
    "LineAdjudication",
    "LineStatus",
    "Name",
    "OtherPayer",
    "Party",
    "Patient",
    "Payee",
    "Payer",
    "PayerName",
    "Procedure",
    "ProviderAdjustment",
    "ProviderStatus",
    "QualifiedDate",
    "ReceiverStatus",
    "Reference",
    "RelatedCauses",
    "Remittance",
    "RemittanceClaim",
    "Scope",
    "ServiceLine",
    "ServicePayment",
    "Severity",
    "Status",
    "StatusCode",
    "Submitter",
    "Subscriber",
    "Totals",
    "TradingPartner",
    "Transaction",
    "TransactionAcknowledgement",
    "UnreadableClaim",
    "WriteError",
    "acknowledge",
    "acknowledgement",
    "balance",
    "claim_acknowledgement",
    "claims_in_error",
    "cob_balance",
    "format_cents",
    "is_npi",
    "is_refused",
    "parse_cents",
    "professional_claim_reader",
    "professional_claim_writer",
    "read_277ca",
    "read_837p",
    "read_999",
    "read_interchanges",
    "read_ta1",
    "remittance_reader",
    "remittance_writer",
    "validate",
    "write_277ca",
    "write_835",
    "write_837p",
    "write_999",
    "write_ta1",
]
