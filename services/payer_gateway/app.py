"""Composition root of the payer gateway: partners, transports, handlers and background tasks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic

from schemas.catalogue import subscriptions
from schemas.claim import ClaimSubmitted
from schemas.reference import (
    CoverageRegistered,
    PatientRegistered,
    PracticeRegistered,
    ProviderRegistered,
)
from services.chassis.background import Runtime
from services.chassis.service import Service
from services.payer_gateway import handlers, store
from services.payer_gateway.decisions import paper, quarantine, remittance, silence
from services.payer_gateway.domain.readings import SubmittedClaim
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.files.examiner import Examiner
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.files.watch import Watch
from services.payer_gateway.partners import load_partners
from services.payer_gateway.questions.coverage_checks import CoverageChecks
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.state import GatewayWorkspace
from services.payer_gateway.transport.connections import Transports

NAME = "payer_gateway"
VIEWS = {SubmittedClaim.CONTRACT.TOPIC: SubmittedClaim}
_SECONDS_BETWEEN_LOOKS = 5
_SECONDS_BETWEEN_CHECKS = 1
_QUIET_SECONDS = 30
_LOOKS_IN_VAIN = 3
_LONGEST_READING_SECONDS = 3_600


def service(settings: GatewaySettings | None = None) -> Service[GatewayWorkspace]:
    """The payer gateway. Raises ``PartnersError`` or ``SettingsError`` where it cannot start."""
    settings = settings or GatewaySettings.read()
    return service_for(load_partners(settings.partners_file), settings)


def service_for(
    partners: Mapping[str, TradingPartner], settings: GatewaySettings
) -> Service[GatewayWorkspace]:
    """The payer gateway with these partners."""
    traffic, claims = Traffic(), handlers.ClaimDesk(partners)
    return Service(
        name=NAME,
        subscriptions=subscriptions(NAME),
        handlers={
            PracticeRegistered: handlers.on_practice,
            ProviderRegistered: handlers.on_provider,
            PatientRegistered: handlers.on_patient,
            CoverageRegistered: handlers.on_coverage,
            ClaimSubmitted: claims.on_claim_submitted,
            SubmittedClaim: claims.on_claim_submitted,
            quarantine.ReleaseQuarantined: quarantine.release,
            quarantine.RejectQuarantined: quarantine.reject,
            paper.MarkPrinted: paper.on_printed,
            paper.MarkMailed: paper.on_mailed,
            paper.GiveBack: paper.on_given_back,
            remittance.EnterRemittance: remittance.RemittanceDesk(partners).on_entered,
            silence.SettleSilence: silence.settle,
            silence.ResendFile: silence.on_resend,
        },
        migrations=store.MIGRATIONS,
        load=partial(store.load, partners=partners),
        save=store.save,
        background=(
            partial(send_files, partners=partners, settings=settings, traffic=traffic),
            partial(receive_files, partners=partners, settings=settings, traffic=traffic),
            partial(
                once_answers_are_read,
                traffic=traffic,
                task=partial(watch_files, partners=partners, settings=settings),
            ),
            partial(check_coverage, partners=partners, traffic=traffic),
            partial(examine_files, traffic=traffic),
        ),
        unhurried=True,
        views=VIEWS,
    )


class Traffic:
    """When files last came or went, by the monotonic clock."""

    def __init__(self) -> None:
        self._moved_at = self._begun_at = monotonic()
        self._looks_in_vain = 0
        self._are_answers_read = False

    def note(self, files: int) -> None:
        """So many files moved right now."""
        if files:
            self._moved_at = monotonic()

    def received(self, files: int) -> None:
        """So many files came, at a look at every partner."""
        self.note(files)
        self._looks_in_vain = 0 if files else self._looks_in_vain + 1
        self._are_answers_read |= self._looks_in_vain >= _LOOKS_IN_VAIN

    @property
    def are_answers_read(self) -> bool:
        """Whether what lay at partners at the start was read, or there is no end to it."""
        is_late = monotonic() - self._begun_at >= _LONGEST_READING_SECONDS
        return self._are_answers_read or is_late

    @property
    def is_quiet(self) -> bool:
        """Whether none has moved for a while."""
        return monotonic() - self._moved_at >= _QUIET_SECONDS


async def send_files(
    runtime: Runtime,
    *,
    partners: Mapping[str, TradingPartner],
    settings: GatewaySettings,
    traffic: Traffic,
) -> None:
    """Make and send files until the process stops."""
    transports = Transports(settings.connections_file)
    sender = Sender(partners, transports)
    try:
        while not runtime.stopping.is_set():
            await runtime.room()
            sent = await sender.step(runtime)
            traffic.note(sent)
            if not sent:
                await _pause(runtime, settings)
    finally:
        await transports.close()


async def receive_files(
    runtime: Runtime,
    *,
    partners: Mapping[str, TradingPartner],
    settings: GatewaySettings,
    traffic: Traffic,
) -> None:
    """Fetch and read files until the process stops.

    A folder is looked at again no sooner for having had files: those that came meanwhile then have
    stood still for a while when they are fetched.
    """
    transports = Transports(settings.connections_file)
    receiver = Receiver(partners, transports)
    try:
        while not runtime.stopping.is_set():
            await runtime.room()
            begun = monotonic()
            traffic.received(await receiver.step(runtime))
            await _pause(runtime, settings, spent=monotonic() - begun)
    finally:
        await receiver.close()
        await transports.close()


async def once_answers_are_read(
    runtime: Runtime, *, traffic: Traffic, task: Callable[[Runtime], Awaitable[None]]
) -> None:
    """Begin what judges who is silent once the answers that lay there at the start are read.

    After a while without the gateway everything is overdue, and answered in a partner's folder.
    """
    while not traffic.are_answers_read and not runtime.stopping.is_set():
        await runtime.pause(_SECONDS_BETWEEN_CHECKS)
    if not runtime.stopping.is_set():
        await task(runtime)


async def watch_files(
    runtime: Runtime, *, partners: Mapping[str, TradingPartner], settings: GatewaySettings
) -> None:
    """Look after files that partners have until the process stops."""
    transports = Transports(settings.connections_file)
    watch = Watch(partners, transports)
    try:
        while not runtime.stopping.is_set():
            await watch.step(runtime)
            await runtime.pause(_SECONDS_BETWEEN_LOOKS)
    finally:
        await transports.close()


async def examine_files(runtime: Runtime, *, traffic: Traffic) -> None:
    """Check files that were received, while none comes or goes, until the process stops."""
    examiner = Examiner()
    while not runtime.stopping.is_set():
        if not await examiner.step(runtime, is_quiet=traffic.is_quiet):
            await runtime.pause(_SECONDS_BETWEEN_LOOKS)


async def check_coverage(
    runtime: Runtime, *, partners: Mapping[str, TradingPartner], traffic: Traffic
) -> None:
    """Ask about patients of claims that wait for it until the process stops."""
    checks = CoverageChecks(partners)
    while not runtime.stopping.is_set():
        await runtime.room()
        await checks.step(runtime, are_answers_read=traffic.are_answers_read)
        if not checks.is_needed:
            await runtime.stopping.wait()
        await runtime.pause(_SECONDS_BETWEEN_CHECKS)


async def _pause(runtime: Runtime, settings: GatewaySettings, *, spent: float = 0) -> None:
    """What is left of the time between two looks, of which so many seconds are spent."""
    try:
        async with asyncio.timeout(max(settings.poll_milliseconds / 1000 - spent, 0)):
            await runtime.stopping.wait()
    except TimeoutError:
        return
