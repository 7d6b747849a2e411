"""The gateway's unit of work: rows that a batch of events or a command reads and changes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct

from services.chassis.workspace import Appended, Rows, Workspace
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.file_at_partner import FileAtPartner
from services.payer_gateway.domain.paper_batch import PaperBatch
from services.payer_gateway.domain.quarantine import (
    LoadedRemittance,
    QuarantineItem,
    RemittanceKey,
)
from services.payer_gateway.domain.reference_data import Coverage, Person, Practice, Provider
from services.payer_gateway.domain.silence import KeptSilence, SilenceKey
from services.payer_gateway.x12.professional_claim_writer import ClaimText

OwnId: TypeAlias = tuple[str, str]
"""Practice id and the id within it."""


class NewClaim(Struct, frozen=True):
    """A claim that was submitted. Where ``text`` is given it waits since then for its file.

    ``checked`` is the patient whose coverage is asked about first, and the day.
    """

    record: ClaimRecord
    sender_id: str = ""
    waiting_since: datetime | None = None
    text: ClaimText | None = None
    checked: tuple[str, date] | None = None


class FiledFile(Struct, frozen=True):
    """A file that carried an earlier version of a claim to the same payer."""

    file_name: str
    sha256: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """A received file that is to be read once more."""

    sha256: str


@dataclass(frozen=True, slots=True)
class EnteredRemittance:
    """A payment that a person entered: the form as it was entered, and what came of it.

    ``items``: claims of it that are set aside.
    """

    sha256: str
    name: str
    content: bytes
    loaded: LoadedRemittance
    items: tuple[QuarantineItem, ...]
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A file that is to be sent once more."""

    file_id: UUID
    at: datetime


class GatewayWorkspace(Workspace):
    """Rows by (practice id, own id), quarantine by item, forms by file, and what is only added.

    ``filed``, by practice, encounter and payer, is there for claims that come near a filing limit.
    """

    def __init__(self) -> None:
        self.practices: Rows[OwnId, Practice] = Rows()
        self.providers: Rows[OwnId, Provider] = Rows()
        self.patients: Rows[OwnId, Person] = Rows()
        self.coverages: Rows[OwnId, Coverage] = Rows()
        self.claims: Rows[OwnId, ClaimRecord] = Rows()
        self.new_claims: Appended[NewClaim] = Appended()
        self.filed: dict[tuple[str, str, str], list[FiledFile]] = {}
        self.items: Rows[UUID, QuarantineItem] = Rows()
        self.remittances: Rows[RemittanceKey, LoadedRemittance] = Rows()
        self.batches: Rows[UUID, PaperBatch] = Rows()
        self.silences: Rows[SilenceKey, KeptSilence] = Rows()
        self.files: Rows[UUID, FileAtPartner] = Rows()
        self.resent: Appended[AskedAgain] = Appended()
        self.entered: Appended[EnteredRemittance] = Appended()
        self.read_again: Appended[ReadAgain] = Appended()
