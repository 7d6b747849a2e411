"""A print room: the outbox of a payer that takes paper, and what is in it."""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from services.payer_gateway import verification
from services.payer_gateway.domain.partner_check import partner_problems
from services.payer_gateway.domain.reference_data import PostalAddress
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, line, references

MAIL = PostalAddress("PO BOX 981106", "", "El Paso", "TX", "79998")


@dataclass
class Outbox:
    """The folder of a print room."""

    folder: Path

    def files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}

    def empty(self) -> None:
        for file in self.folder.iterdir():
            file.unlink()

    def is_gone(self) -> None:
        self.folder.rename(self.folder.with_name("elsewhere"))

    def is_back(self) -> None:
        self.folder.with_name("elsewhere").rename(self.folder)

    def answered_by(self, content: bytes) -> None:
        (self.folder.parent / "answers" / "a.835").write_bytes(content)


def take_paper(gateway: Gateway, tmp_path: Path) -> Outbox:
    """BLUERIVER takes paper from now on; the folder that its forms are left in."""
    root = tmp_path / "print-room"
    (root / "outbox").mkdir(parents=True)
    (root / "answers").mkdir()
    connections = json.loads(gateway.wire.connections.read_text())
    connections["print-room"] = {"directory": str(root)}
    gateway.wire.connections.write_text(json.dumps(connections))
    partner = gateway.agree(
        "BLUERIVER",
        transport="paper",
        connection="print-room",
        outbound_folder="outbox",
        inbound_folder="answers",
        mailing_address=MAIL,
    )
    assert partner_problems(partner) == []
    return Outbox(root / "outbox")


async def laid_out(gateway: Gateway, *claim_ids: str, lines: int = 1) -> str:
    """Claims printed into the outbox; the name of their batch."""
    own = tuple(line(number) for number in range(1, lines + 1))
    claims = [claim(claim_id, lines=own) for claim_id in claim_ids or ("CLM1",)]
    await gateway.hear(*references(), *claims)
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    (row,) = await gateway.rows("select name from outbound_file where kind = 'paper'")
    return str(row["name"])


def cover_of(name: str) -> str:
    return f"{name.removesuffix('.pdf')}_cover.pdf"


def words_of(pdf: bytes) -> str:
    return " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


async def findings(gateway: Gateway) -> list[verification.TransmissionFinding]:
    async with gateway.pool.acquire() as connection:
        return await verification.transmission_findings(connection)
