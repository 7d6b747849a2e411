"""The payer beside a gateway in the same process: files go and come between two batches.

Making, sending, fetching and reading files is the gateway's and is counted; what the payer does is
not.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import asyncpg
import structlog

from services.chassis.background import Runtime
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.partners import load_partners
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.transport.connections import Transports
from simulators.payer.contract import parse_contract
from simulators.payer.process import CONNECTION_NAME, PayerOptions, PayerProcess
from tests.bench.bench_stack import prompt_contract
from tests.bench.stage_clock import StageClock
from tests.support import ManualClock

_LOGIN = "claimstream"
_WINDOW = timedelta(hours=2)
_LOOKS = 6
"""A file is fetched once two looks found it the same, and empty folders are looked at less."""


class Partner:
    """Sender and receiver of the gateway on a directory that a payer works in."""

    def __init__(
        self,
        folder: Path,
        pool: asyncpg.Pool,
        clock: ManualClock,
        partners: Mapping[str, TradingPartner] | None = None,
    ) -> None:
        self._clock = clock
        options = PayerOptions(folder, (_LOGIN,))
        self._payer = PayerProcess(options, parse_contract(prompt_contract()), clock)
        connections = folder / "connections.json"
        root = str(folder / "logins" / _LOGIN)
        connections.write_text(json.dumps({CONNECTION_NAME: {"directory": root}}), encoding="utf-8")
        if partners is None:
            partners = load_partners(GatewaySettings(connections_file=connections).partners_file)
        self._transports = Transports(connections)
        self._sender = Sender(partners, self._transports)
        self._receiver = Receiver(partners, self._transports, patience_seconds=None)
        log = structlog.wrap_logger(
            structlog.ReturnLogger(),
            wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        )
        self._runtime = Runtime("payer_gateway", pool, clock, asyncio.Event(), log, lambda: None)

    async def exchange(self, stages: StageClock) -> None:
        """Send the claims that wait, let the payer answer, and take its answers in."""
        self.close_files()
        with stages.running(), stages.stage("files out"):
            while await self.send():
                continue
        self.answer()
        with stages.running(), stages.stage("files in"):
            for _ in range(_LOOKS):
                await self.receive()

    def close_files(self) -> None:
        """Let claims wait for so long that they go out."""
        self._clock.advance(_WINDOW)

    async def send(self) -> int:
        """Make and send files; how many moved."""
        return await self._sender.step(self._runtime)

    def answer(self) -> None:
        """Let the payer answer whatever it has."""
        while self._payer.step():
            continue

    async def receive(self) -> int:
        """Look once for answers, and read those that two looks found the same; how many moved."""
        return await self._receiver.step(self._runtime)

    async def close(self) -> None:
        """Let go of the payer's books and the gateway's transports."""
        await self._transports.close()
        self._payer.books.close()
