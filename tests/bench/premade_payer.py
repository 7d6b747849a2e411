"""A payer whose answers were made beforehand, by the simulated payer on the same claims.

    python -m tests.bench.premade_payer STATE_DIR ANSWERS

It serves the same folders over SFTP. An uploaded 837 is not read but for the claim numbers in it;
it is answered at once with a 999 that accepts it, and each premade file follows as soon as every
claim that it speaks of has been uploaded. A claim that was not made this time holds its file up for
no more than a few seconds.
"""

import asyncio
import re
import signal
import sqlite3
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic

import msgspec
import uvloop

from services.chassis.clock import clock_from_environment
from services.payer_gateway.x12.acknowledgement import (
    FunctionalAcknowledgement,
    TransactionAcknowledgement,
    write_999,
)
from services.payer_gateway.x12.envelope import Envelope, TradingPartner
from simulators.payer.contract import default_contract
from simulators.payer.process import PayerOptions, PayerProcess
from simulators.payer.server import UNFINISHED, Mailbox, deliver

_KINDS = ("277CA", "835")
_FIRST_NUMBER = 500_000_000
_PATIENCE_SECONDS = 2.0
_CLAIM_OF_837 = re.compile(rb"~\s*CLM\*([^*~]+)")
_CLAIM_OF_ANSWER = re.compile(rb"~\s*(?:CLP|TRN\*2)\*([^*~]+)")
_GROUP = re.compile(rb"~\s*GS\*[^~]*?\*([0-9]+)\*X\*([^~]+)~")
_TRANSACTION = re.compile(rb"~\s*ST\*837\*([^*~]+)\*([^~]+)~")

ClaimKey = tuple[str, str]
"""The submitter's interchange id and the claim number."""


@dataclass(frozen=True, slots=True)
class PremadeAnswer:
    """A file as the payer delivered it, and the claims that must have been uploaded before it."""

    payer_id: str
    name: str
    content: bytes
    claims: tuple[ClaimKey, ...]


def premade_answers(books: Path, claim_ids: Collection[str]) -> tuple[PremadeAnswer, ...]:
    """What the payer whose books these are answered about ``claim_ids``, in its order."""
    database = sqlite3.connect(f"file:{books}?mode=ro", uri=True)
    try:
        rows = database.execute("select payer_id, kind, name, content from answer order by id")
        return tuple(
            PremadeAnswer(payer_id, name, content, claims)
            for payer_id, kind, name, content in rows
            if kind in _KINDS and (claims := tuple(_answered(content, claim_ids)))
        )
    finally:
        database.close()


def _answered(content: bytes, claim_ids: Collection[str]) -> Iterator[ClaimKey]:
    receiver = content[54:69].decode("ascii", "replace").strip()
    for number in dict.fromkeys(_CLAIM_OF_ANSWER.findall(content)):
        if (text := number.decode("latin-1")) in claim_ids:
            yield receiver, text


def keep_answers(answers: Sequence[PremadeAnswer], file: Path) -> None:
    """Write them for the payer's process."""
    file.write_bytes(msgspec.msgpack.encode(answers))


def read_answers(file: Path) -> tuple[PremadeAnswer, ...]:
    """What ``keep_answers`` wrote."""
    return msgspec.msgpack.decode(file.read_bytes(), type=tuple[PremadeAnswer, ...])


class Releasing:
    """Which premade answers are due, by what was uploaded so far."""

    def __init__(self, answers: Sequence[PremadeAnswer]) -> None:
        self._answers = answers
        self._missing = [set(answer.claims) for answer in answers]
        self._waiting: dict[ClaimKey, list[int]] = {}
        self._begun: dict[int, float] = {}
        for number, answer in enumerate(answers):
            for claim in answer.claims:
                self._waiting.setdefault(claim, []).append(number)

    def uploaded(self, content: bytes, at: float) -> list[PremadeAnswer]:
        """The answers that wait for nothing but this 837, in the order in which they were made.

        ``at`` is a monotonic time in seconds.
        """
        sender = content[35:50].decode("ascii", "replace").strip()
        due: set[int] = set()
        for found in _CLAIM_OF_837.findall(content):
            claim = (sender, found.decode("latin-1"))
            for number in self._waiting.pop(claim, ()):
                self._missing[number].discard(claim)
                self._begun[number] = at
                if not self._missing[number]:
                    due.add(number)
        return self._release(due)

    def overdue(self, at: float) -> list[PremadeAnswer]:
        """Those of which most claims came and no more have come for a while."""
        return self._release(
            {
                number
                for number, since in self._begun.items()
                if at - since > _PATIENCE_SECONDS
                and len(self._missing[number]) * 4 <= len(self._answers[number].claims)
            }
        )

    def _release(self, due: set[int]) -> list[PremadeAnswer]:
        for number in due:
            self._begun.pop(number, None)
        return [self._answers[number] for number in sorted(due)]


def acceptance(content: bytes, number: int, at: datetime) -> bytes:
    """A 999 that accepts every transaction of an 837. Raises ``ValueError`` for other files."""
    group, transactions = _GROUP.search(content), _TRANSACTION.findall(content)
    if group is None or not transactions:
        raise ValueError("the upload is no 837")
    accepted = tuple(
        TransactionAcknowledgement("837", control.decode(), version.decode(), "A")
        for control, version in transactions
    )
    count = len(accepted)
    verdict = FunctionalAcknowledgement(
        "HC", group[1].decode(), group[2].decode(), "A", count, count, count, accepted
    )
    envelope = Envelope(
        sender=TradingPartner("ZZ", content[54:69].decode().strip()),
        receiver=TradingPartner("ZZ", content[35:50].decode().strip()),
        control_number=number,
        group_control_number=number,
        created=at.date(),
        created_at=at.time().replace(microsecond=0),
        usage="T",
    )
    return write_999(envelope, [verdict])


class PremadePayer(PayerProcess):
    """The payer's process with another way to answer."""

    def __init__(self, state: Path, answers: Sequence[PremadeAnswer]) -> None:
        super().__init__(PayerOptions(state), default_contract(), clock_from_environment())
        self._releasing = Releasing(answers)
        self._outgoing = {box.payer_id: box.outgoing for box in self.boxes}
        self._number = _FIRST_NUMBER

    def step(self) -> int:
        """Take every upload and leave what it makes due."""
        late = self._releasing.overdue(monotonic())
        self._leave(late)
        return len(late) + sum(self._answer(box) for box in self.boxes)

    def _leave(self, answers: Sequence[PremadeAnswer]) -> None:
        for answer in answers:
            deliver(self._outgoing[answer.payer_id], answer.name, answer.content)

    def _answer(self, box: Mailbox) -> int:
        taken = 0
        for path in sorted(box.incoming.iterdir()):
            if path.name.endswith(UNFINISHED) or not path.is_file():
                continue
            content = path.read_bytes()
            self._number += 1
            answer = acceptance(content, self._number, self.clock.now())
            deliver(box.outgoing, f"{self._number}.999", answer)
            self._leave(self._releasing.uploaded(content, monotonic()))
            path.unlink()
            taken += 1
        return taken


async def serve(state: Path, answers: Path) -> None:
    """Serve until told to stop."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await PremadePayer(state, read_answers(answers)).run(stopping)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1]), Path(sys.argv[2])))
