"""Reads a 277CA as its text comes, and holds no more of it than one patient's claims."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from services.payer_gateway.x12.claim_acknowledgement import AcknowledgementReader
from services.payer_gateway.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatus,
    ProviderStatus,
    ReceiverStatus,
)
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.loop_feed import LoopFeed
from services.payer_gateway.x12.segments import Segment

AcknowledgementPart: TypeAlias = (
    ClaimAcknowledgement | ReceiverStatus | ProviderStatus | ClaimStatus
)
"""What comes of a 277CA."""


class AcknowledgementFeed(LoopFeed[AcknowledgementPart]):
    """One 277CA while it is read: receivers, providers and claims, each without those below it.

    Last of all comes the acknowledgement without its receivers.
    """

    HEADS = "HL"

    def __init__(self, delimiters: Delimiters, findings: list[Finding]) -> None:
        super().__init__(delimiters, findings)
        self._reader = AcknowledgementReader(delimiters, findings)
        self._bht: Segment = []

    def header(self, raw: list[str]) -> Iterable[AcknowledgementPart]:
        """BHT, which is given at the end."""
        segments = (text.split(self.mark) for text in raw)
        self._bht = next((segment for segment in segments if segment[0] == "BHT"), [])
        return ()

    def loop(self, raw: list[str], position: int) -> Iterable[AcknowledgementPart]:
        """What one level says."""
        return self._reader.take([text.split(self.mark) for text in raw], position)

    def too_long(self, raw: list[str], position: int, last: int) -> Iterable[AcknowledgementPart]:
        """What the beginning of a level says."""
        del last
        return self.loop(raw, position)

    def close(self) -> Iterator[AcknowledgementPart]:
        """What is whole now that no more comes, and the acknowledgement itself."""
        yield from super().close()
        yield replace(self._reader.result(self._bht), receivers=())
