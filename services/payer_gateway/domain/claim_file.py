"""The file of a batch: one interchange, one group, one 837P transaction set."""

from collections.abc import Sequence
from datetime import datetime

from services.payer_gateway.domain.professional_claim import submitter_contact
from services.payer_gateway.domain.reference_data import Practice
from services.payer_gateway.domain.trading_partner import USUAL_DELIMITERS, TradingPartner
from services.payer_gateway.domain.x12_text import x12_text
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.envelope import TradingPartner as Party
from services.payer_gateway.x12.parties import Name
from services.payer_gateway.x12.professional_claim import BatchHeader, Submitter
from services.payer_gateway.x12.professional_claim_writer import ClaimText, write_claim_texts


def write_file(
    claims: Sequence[ClaimText],
    practice: Practice,
    partner: TradingPartner,
    number: int,
    created: datetime,
) -> bytes:
    """The interchange of a batch; ``number`` is ISA13 and GS06, and BHT03 that a 277CA returns.

    The claims were written with the delimiters that the envelope has by default. Where a partner
    wants others, a character that would be one of them becomes a space in what is said. Raises
    ``WriteError`` where a value of the header cannot be written.
    """
    sender = partner.sender_for(practice.npi)
    envelope = envelope_to(partner, sender, number, created)
    header = BatchHeader(
        batch_id=f"{number:09d}",
        created=envelope.created,
        created_at=envelope.created_at,
        submitter=Submitter(
            Name.organization(x12_text(practice.name, 60)),
            sender,
            (submitter_contact(practice),),
        ),
        receiver_name=x12_text(partner.receiver_name, 60),
        receiver_id=partner.receiver_id,
    )
    return as_wanted(write_claim_texts(envelope, header, claims), partner)


def envelope_to(partner: TradingPartner, sender: str, number: int, created: datetime) -> Envelope:
    """The envelope of any file to a partner; ``number`` is ISA13 and GS06."""
    return Envelope(
        sender=Party(partner.sender_qualifier, sender),
        receiver=Party(partner.receiver_qualifier, partner.receiver_id),
        control_number=number,
        group_control_number=number,
        created=created.date(),
        created_at=created.time().replace(second=0, microsecond=0),
        usage=partner.usage,
        acknowledgement_requested=partner.acknowledgement_requested,
    )


def as_wanted(content: bytes, partner: TradingPartner) -> bytes:
    """The file, written with the usual delimiters, under the partner's own and its line ends."""
    if partner.delimiters != USUAL_DELIMITERS:
        usual, wanted = USUAL_DELIMITERS.encode(), partner.delimiters.encode("latin-1")
        content = content.translate(bytes.maketrans(wanted + usual, b" " * len(wanted) + wanted))
    if partner.line_breaks:
        segment = partner.delimiters[-1:].encode("latin-1")
        content = content.replace(segment, segment + b"\n")
    return content
