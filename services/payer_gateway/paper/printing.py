"""A batch of claims on forms: the pages that are mailed, and the list that goes on top."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from services.payer_gateway.domain.claim_file import write_file
from services.payer_gateway.domain.reference_data import Practice
from services.payer_gateway.domain.trading_partner import USUAL_DELIMITERS, TradingPartner
from services.payer_gateway.paper import pdf
from services.payer_gateway.paper.claim_form import claim_pages
from services.payer_gateway.paper.form import Page
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.parties import Address
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_reader import read_837p
from services.payer_gateway.x12.professional_claim_writer import ClaimText

REMITTANCE = "other payer's remittance"
"""What a payer wants to see beside a form that says that another one decided first."""


@dataclass(frozen=True, slots=True)
class CutItem:
    """What of a claim did not fit on its form, and what to do; it names nobody."""

    claim_id: str
    form: int
    item: str
    message: str


@dataclass(frozen=True, slots=True)
class PrintedBatch:
    """A batch as it is printed: two PDFs. ``forms`` is for pre-printed forms, ``cover`` is not.

    ``attached``: claims that another payer decided first; its remittance goes with their forms.
    """

    forms: bytes
    cover: bytes
    cover_name: str
    form_count: int
    cuts: tuple[CutItem, ...]
    attached: tuple[str, ...] = ()

    @property
    def cover_sha256(self) -> str:
        """The hash of the cover list."""
        return sha256(self.cover).hexdigest()


def cover_name(name: str) -> str:
    """The name of the cover list of a batch."""
    return f"{name.removesuffix('.pdf')}_cover.pdf"


def print_batch(
    claims: Sequence[ClaimText],
    practice: Practice,
    partner: TradingPartner,
    *,
    name: str,
    number: int,
    made_at: datetime,
) -> PrintedBatch:
    """The claims of a batch on CMS-1500 forms, in their order, and their cover list.

    They are read from the 837P that they would make: what a form shows is what a file would say.
    """
    plain = replace(partner, delimiters=USUAL_DELIMITERS, line_breaks=False)
    pages: list[Page] = []
    listed: list[pdf.Listed] = []
    cuts: list[CutItem] = []
    attached: list[str] = []
    for claim in _claims(write_file(claims, practice, plain, number, made_at)):
        forms = claim_pages(replace(claim, payer=replace(claim.payer, address=_address(partner))))
        found = [cut for page in forms for cut in page.cuts]
        cuts += [CutItem(claim.claim_id, cut.page, cut.item, cut.message) for cut in found]
        pages += forms
        charge = claim.total_charge_cents
        is_decided = any(other.paid_cents is not None for other in claim.other_payers)
        if is_decided:
            attached.append(claim.claim_id)
        attach = REMITTANCE if is_decided else ""
        listed.append(
            pdf.Listed(claim.claim_id, partner.name, len(forms), charge, len(found), attach)
        )
    return PrintedBatch(
        forms=pdf.printed(pages, pdf.Margins(partner.left_mils, partner.top_mils)),
        cover=pdf.cover(listed, f"{made_at:%Y-%m-%d}, {name}"),
        cover_name=cover_name(name),
        form_count=len(pages),
        cuts=tuple(cuts),
        attached=tuple(attached),
    )


def _claims(content: bytes) -> list[Claim]:
    return [
        claim
        for interchange in read_interchanges(content)
        for transaction in interchange.transactions
        for claim in read_837p(transaction)[0].claims
    ]


def _address(partner: TradingPartner) -> Address | None:
    mail = partner.mailing_address
    if mail is None:
        return None
    return Address(mail.line1, mail.city, mail.state, mail.postal_code, line2=mail.line2)
