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

Read a file of any size event by event, one claim held at a time (``stream`` says which events)::

    from services.payer_gateway.x12.stream import stream, stream_proven

    for event in stream(pieces):                        # an iterable of bytes
        match event:
            case RemittanceClaim(): ...
            case Finding(): ...                         # comes before what it is about

Write by giving values and an ``Envelope``, whose control numbers are the caller's to keep::

    envelope = Envelope(
        sender=TradingPartner("ZZ", "CLINIC"), receiver=TradingPartner("ZZ", "PAYER"),
        control_number=1, group_control_number=1, created=day, created_at=moment,
    )
    if not any(finding.is_error for finding in validate.check_batch(claims)):
        data = professional_claim_writer.write_837p(envelope, header, claims)

========  =========================================  =========================================
set       read                                       write
========  =========================================  =========================================
270       eligibility_inquiry_reader.read_270        eligibility_inquiry_writer.write_270
271       eligibility_response_reader.read_271       eligibility_response_writer.write_271
276       status_inquiry_reader.read_276             status_inquiry_writer.write_276
277       status_response_reader.read_277            status_response_writer.write_277
277CA     claim_acknowledgement.read_277ca           claim_acknowledgement.write_277ca
278       service_review_reader.read_278             service_review_writer.write_278
835       remittance_reader.read                     remittance_writer.write_835
837I      institutional_claim_reader.read_837i       institutional_claim_writer.write_837i
837P      professional_claim_reader.read_837p        professional_claim_writer.write_837p
999       acknowledgement.read_999                   acknowledgement.write_999, acknowledge
TA1       acknowledgement.read_ta1                   acknowledgement.write_ta1
========  =========================================  =========================================

``read_transaction`` reads whichever of them a transaction set is, by ST01 and its guide
(``transaction_sets.TRANSACTION_SETS``); the addenda of a guide (A1, A2) make no difference::

    value, findings = read_transaction(transaction)

Before sending, ``validate`` checks 837P claims, ``institutional_validate`` 837I claims,
``status_validate``, ``eligibility_validate`` and ``review_validate`` the questions of 276, 270
and 278.

Ask whether a file keeps to its guides (``docs/x12-rules.md`` tells every rule); loaded apart, as it
brings the guides' tables with it::

    from services.payer_gateway.x12.checks.file_check import findings_of

    for placed in findings_of(data):        # each with its interchange, group and transaction set
        finding = placed.finding            # rule, level, severity, loop path, segment, element

Ask a payer about a claim, and find its answer::

    asked = StatusInquiry("ASK1", day, moment, (status_question(claim, "TRACE1", us),))
    data = write_276(envelope, [asked])
    answers, unasked = match_answers(asked, response)   # a StatusResponse that read_277 gave
    said = [status.outcome for report in answers[0].reports for status in report.statuses]

Ask whether a patient was covered on a day::

    asked = eligibility_question(claim, Trace("TRACE1", "9CLINIC001"), us_as_provider)
    data = write_270(envelope, [EligibilityInquiry("ASK1", day, moment, (asked,))])
    response, findings = read_271(transaction)
    member = response.answer_to("TRACE1")
    covered = member.coverage(day) is Coverage.ACTIVE   # Coverage.UNKNOWN where it does not say
    copays = member.benefits_of("B", "98", in_network="Y")

The other side answers with ``answer_status`` and ``answer_eligibility``, which keep the names,
traces and order of the question.
"""

from services.payer_gateway.x12 import (
    acknowledgement,
    balance,
    claim_acknowledgement,
    cob_balance,
    eligibility_validate,
    institutional_validate,
    professional_claim_reader,
    professional_claim_writer,
    remittance_reader,
    remittance_writer,
    review_validate,
    status_validate,
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
from services.payer_gateway.x12.claim_questions import eligibility_question, status_question
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
from services.payer_gateway.x12.eligibility_inquiry import (
    EligibilityInquiry,
    EligibilityRequest,
    Question,
)
from services.payer_gateway.x12.eligibility_inquiry_reader import read_270
from services.payer_gateway.x12.eligibility_inquiry_writer import write_270
from services.payer_gateway.x12.eligibility_response import (
    Benefit,
    Coverage,
    EligibilityResponse,
    MemberEligibility,
    ReceiverEligibility,
    SourceEligibility,
)
from services.payer_gateway.x12.eligibility_response_reader import read_271
from services.payer_gateway.x12.eligibility_response_writer import write_271
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
from services.payer_gateway.x12.inquiry_answers import Said, answer_eligibility, answer_status
from services.payer_gateway.x12.institutional_claim import (
    InpatientProcedure,
    InstitutionalBatch,
    InstitutionalClaim,
    InstitutionalDiagnosis,
    InstitutionalLine,
    Occurrence,
    OccurrenceSpan,
    ValueAmount,
)
from services.payer_gateway.x12.institutional_claim_reader import read_837i
from services.payer_gateway.x12.institutional_claim_writer import write_837i
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.member import Member, Participant, Trace
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
from services.payer_gateway.x12.rejection import Rejection
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
from services.payer_gateway.x12.service_review import (
    Decision,
    Requester,
    ReviewedPatient,
    ReviewedService,
    Reviewer,
    ReviewInformation,
    ReviewItem,
    ReviewProvider,
    ServiceReview,
)
from services.payer_gateway.x12.service_review_reader import read_278
from services.payer_gateway.x12.service_review_writer import write_278
from services.payer_gateway.x12.status_inquiry import (
    ClaimInquiry,
    Insured,
    LineInquiry,
    StatusInquiry,
)
from services.payer_gateway.x12.status_inquiry_reader import read_276
from services.payer_gateway.x12.status_inquiry_writer import write_276
from services.payer_gateway.x12.status_match import InquiryAnswer, match_answers
from services.payer_gateway.x12.status_response import (
    ClaimReport,
    LineReport,
    Outcome,
    PatientReport,
    ProviderReport,
    ReceiverReport,
    SourceReport,
    StatusReport,
    StatusResponse,
)
from services.payer_gateway.x12.status_response_reader import read_277
from services.payer_gateway.x12.status_response_writer import write_277
from services.payer_gateway.x12.transaction_sets import (
    TRANSACTION_SETS,
    TransactionSet,
    read_transaction,
    transaction_set_of,
)
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

__all__ = [
    "TRANSACTION_SETS",
    "Address",
    "Adjustment",
    "AmountError",
    "BankAccount",
    "BatchHeader",
    "Benefit",
    "BillingProvider",
    "Claim",
    "ClaimAcknowledgement",
    "ClaimBatch",
    "ClaimInquiry",
    "ClaimReport",
    "ClaimStatus",
    "Contact",
    "Coverage",
    "Decision",
    "Delimiters",
    "Diagnosis",
    "Drug",
    "EligibilityInquiry",
    "EligibilityRequest",
    "EligibilityResponse",
    "Envelope",
    "Finding",
    "FunctionalAcknowledgement",
    "FunctionalGroup",
    "InpatientProcedure",
    "InquiryAnswer",
    "InstitutionalBatch",
    "InstitutionalClaim",
    "InstitutionalDiagnosis",
    "InstitutionalLine",
    "Insured",
    "Interchange",
    "InterchangeAcknowledgement",
    "LineAdjudication",
    "LineInquiry",
    "LineReport",
    "LineStatus",
    "Member",
    "MemberEligibility",
    "Name",
    "Occurrence",
    "OccurrenceSpan",
    "OtherPayer",
    "Outcome",
    "Participant",
    "Party",
    "Patient",
    "PatientReport",
    "Payee",
    "Payer",
    "PayerName",
    "Procedure",
    "ProviderAdjustment",
    "ProviderReport",
    "ProviderStatus",
    "QualifiedDate",
    "Question",
    "ReceiverEligibility",
    "ReceiverReport",
    "ReceiverStatus",
    "Reference",
    "Rejection",
    "RelatedCauses",
    "Remittance",
    "RemittanceClaim",
    "Requester",
    "ReviewInformation",
    "ReviewItem",
    "ReviewProvider",
    "ReviewedPatient",
    "ReviewedService",
    "Reviewer",
    "Said",
    "Scope",
    "ServiceLine",
    "ServicePayment",
    "ServiceReview",
    "Severity",
    "SourceEligibility",
    "SourceReport",
    "Status",
    "StatusCode",
    "StatusInquiry",
    "StatusReport",
    "StatusResponse",
    "Submitter",
    "Subscriber",
    "Totals",
    "Trace",
    "TradingPartner",
    "Transaction",
    "TransactionAcknowledgement",
    "TransactionSet",
    "UnreadableClaim",
    "ValueAmount",
    "WriteError",
    "acknowledge",
    "acknowledgement",
    "answer_eligibility",
    "answer_status",
    "balance",
    "claim_acknowledgement",
    "claims_in_error",
    "cob_balance",
    "eligibility_question",
    "eligibility_validate",
    "format_cents",
    "institutional_validate",
    "is_npi",
    "is_refused",
    "match_answers",
    "parse_cents",
    "professional_claim_reader",
    "professional_claim_writer",
    "read_270",
    "read_271",
    "read_276",
    "read_277",
    "read_277ca",
    "read_278",
    "read_837i",
    "read_837p",
    "read_999",
    "read_interchanges",
    "read_ta1",
    "read_transaction",
    "remittance_reader",
    "remittance_writer",
    "review_validate",
    "status_question",
    "status_validate",
    "transaction_set_of",
    "validate",
    "write_270",
    "write_271",
    "write_276",
    "write_277",
    "write_277ca",
    "write_278",
    "write_835",
    "write_837i",
    "write_837p",
    "write_999",
    "write_ta1",
]
