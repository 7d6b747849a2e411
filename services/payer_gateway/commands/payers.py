"""``claimstream payers``: trading partners, whether they are reached, a test file to one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer

from services.chassis.settings import SettingsError
from services.chassis.terminal import ToldError
from services.payer_gateway.domain import payer_rule
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.partners import PartnersError, load_partners
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import Transport, TransportError, put
from services.payer_gateway.x12.checks.file_check import findings_of
from services.payer_gateway.x12.envelope_reader import InterchangeStart
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_reader import read_837p
from services.payer_gateway.x12.stream import stream
from services.payer_gateway.x12_commands.shared import USAGE, files_of, laid_out, pieces

T = TypeVar("T")

_TEST = "T"
_PROFESSIONAL = "005010X222"
_LOOK_SECONDS = 1.0

app = typer.Typer(name="payers", help="Trading partners.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
PayerId = Annotated[str, typer.Argument(help="our id of the payer (claimstream payers list)")]


@app.command("list")
def list_partners(*, as_json: AsJson = False) -> None:
    """List the trading partners that this gateway uses."""
    partners = _partners()
    if as_json:
        typer.echo(orjson.dumps([_document(each) for each in partners.values()]).decode())
        return
    for partner in partners.values():
        typer.echo(
            f"{partner.payer_id:15} {partner.name:28} "
            f"{'on paper, left' if partner.is_paper else f'to {partner.receiver_id:15}'} by "
            f"{partner.connection}, {partner.claims_per_file} claims a file, "
            f"{partner.batch_window_minutes} min window"
        )


@app.command("show")
def show_partner(payer: PayerId, *, as_json: AsJson = False) -> None:
    """Show everything that is agreed with one partner."""
    partner = _partner(payer)
    document = _document(partner)
    if as_json:
        typer.echo(orjson.dumps(document).decode())
        return
    for name, value in document.items():
        if name not in {"rules", "mailing_address"}:
            typer.echo(f"{name:28} {value if value != '' else '-'}")
    if partner.mailing_address:
        address = ", ".join(filter(None, astuple(partner.mailing_address)))
        typer.echo(f"{'mailing_address':28} {address}")
    for rule in partner.rules:
        typer.echo(f"{'rule ' + rule.id:28} level {rule.level}: {rule.message}")


@app.command("check")
def check_partners(
    payer: Annotated[str, typer.Argument(help="one payer only; all of them without")] = "",
) -> None:
    """Connect to every partner and look into its folders; nothing is sent.

    Exit 0: all are reached; 1: one is not, with what to do.
    """
    chosen = [_partner(payer)] if payer else list(_partners().values())
    if not _run(lambda transports: _all_reached(transports, chosen)):
        raise typer.Exit(1)


async def _all_reached(transports: Transports, partners: list[TradingPartner]) -> bool:
    reached = True
    for partner in partners:
        try:
            transport = await _transport(transports, partner)
            for folder in filter(None, (partner.outbound_folder, partner.inbound_folder)):
                await transport.names(folder)
            typer.echo(f"{partner.payer_id}: reached")
        except TransportError as error:
            reached = False
            typer.echo(f"{partner.payer_id}: {error}", err=True)
    return reached


def try_claims(
    payer: PayerId,
    files: Annotated[
        list[Path], typer.Argument(help="837P files, or folders; - for standard input")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Hold claims to the payer's own rules, SNIP levels 6 and 7; nothing is sent.

    For levels 1 to 5 claimstream x12 check is there. For example:
        claimstream payers try BLUERIVER claims.837

    Exit 0: they keep the rules; 1: one does not, or a file is no X12; 2: wrong usage or a file
    that is not there.
    """
    partner = _partner(payer)
    found, missing = files_of(files)
    for path in missing:
        typer.echo(f"{path}: there is no such file", err=True)
    if missing or not found:
        raise typer.Exit(USAGE)
    claims = 0
    broken: list[tuple[str, Finding]] = []
    for path in found:
        with pieces(path) as source:
            for event in stream(source):
                if isinstance(event, InterchangeStart) and not event.readable:
                    raise _fail(f"{path}: no interchange (ISA segment) was found in it")
                if isinstance(event, Claim):
                    claims += 1
                    broken += [(str(path), f) for f in payer_rule.check(event, partner.rules)]
    if as_json:
        document = [{"file": file, **asdict(finding)} for file, finding in broken]
        typer.echo(orjson.dumps({"claims": claims, "findings": document}).decode())
    else:
        for file, each in broken:
            typer.echo(f"{file}: claim {each.claim}, {each.path} {each.element}: {each.message}")
        rules = len(partner.rules)
        typer.echo(f"{claims:,} claims, {rules:,} rules, {len(broken):,} findings")
    if broken:
        raise typer.Exit(1)


def send_test(
    payer: PayerId,
    file: Annotated[Path, typer.Argument(help="an X12 file that says it is a test (ISA15 = T)")],
    *,
    wait: Annotated[
        int, typer.Option("--wait", min=0, max=3600, help="seconds to look for answers")
    ] = 0,
    despite_errors: Annotated[
        bool, typer.Option("--despite-errors", help="send a file that breaks rules on purpose")
    ] = False,
) -> None:
    """Send a test file to a partner as claims are sent, and name what it answers.

    For example, claims of your own made up for it:
        claimstream payers send-test BLUERIVER test.837 --wait 60

    The file is checked first. It is not noted anywhere and takes no control number of production:
    give it one that the partner does not know. Answers stay where they are; the gateway, if it
    runs, fetches them.
    """
    partner = _partner(payer)
    if partner.is_paper:
        raise _fail(f"{payer} takes paper: claimstream x12 paper prints a specimen of a file")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _fail(f"{file}: {error.strerror}", 2) from None
    _is_test(content, partner, despite_errors=despite_errors)

    async def work(transports: Transports) -> list[str]:
        transport = await _transport(transports, partner)
        before = set(await transport.names(partner.inbound_folder))
        await put(transport, partner.outbound_folder, file.name, content)
        typer.echo(f"{file.name}: {len(content):,} bytes lie in {partner.outbound_folder}")
        until = time.monotonic() + wait
        while time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            new = [n for n in await transport.names(partner.inbound_folder) if n not in before]
            if new:
                return new
        return []

    answers = _run(work)
    for name in answers:
        typer.echo(f"answered: {partner.inbound_folder}/{name}")
    if wait and not answers:
        typer.echo(f"nothing came into {partner.inbound_folder} within {wait} seconds")


for _name, _command in (("try", try_claims), ("send-test", send_test)):
    app.command(_name, help=laid_out(_command))(_command)


def _is_test(content: bytes, partner: TradingPartner, *, despite_errors: bool) -> None:
    interchanges = list(read_interchanges(content))
    if not all(each.readable for each in interchanges):
        raise _fail("this is no X12 file: no ISA segment is in it")
    if any(each.usage != _TEST for each in interchanges):
        raise _fail("the file does not say that it is a test: write T into ISA15")
    found = [each.finding for each in findings_of(content) if each.finding.is_error]
    if found and not despite_errors:
        raise _fail(
            f"{len(found)} errors are in it, the first {found[0].rule}: {found[0].message} "
            "(claimstream x12 check lists them; --despite-errors sends it)"
        )
    own = [
        finding
        for interchange in interchanges
        for transaction in interchange.transactions
        if transaction.version.startswith(_PROFESSIONAL)
        for claim in read_837p(transaction)[0].claims
        for finding in payer_rule.check(claim, partner.rules)
    ]
    for each in own:
        typer.echo(
            f"{each.claim}: {each.rule}, {each.path} {each.element}: {each.message}", err=True
        )
    if own and not despite_errors:
        raise _fail(f"{len(own)} of the payer's own rules are broken; --despite-errors sends it")


def _document(partner: TradingPartner) -> dict[str, object]:
    return {each.name: getattr(partner, each.name) for each in fields(partner)}


def _partners() -> dict[str, TradingPartner]:
    try:
        return load_partners(GatewaySettings.read().partners_file)
    except (SettingsError, PartnersError) as error:
        raise _fail(str(error)) from None


def _partner(payer_id: str) -> TradingPartner:
    partners = _partners()
    if payer_id not in partners:
        raise _fail(f"there is no partner {payer_id}: it is one of {', '.join(partners)}", 2)
    return partners[payer_id]


async def _transport(transports: Transports, partner: TradingPartner) -> Transport:
    transport = await transports.get(partner.connection)
    if transport is None:
        raise TransportError(
            f"no connection named {partner.connection} is given: "
            "CLAIMSTREAM_PAYER_GATEWAY_CONNECTIONS_FILE names the file that has it"
        )
    return transport


def _run(work: Callable[[Transports], Awaitable[T]]) -> T:
    async def run() -> T:
        transports = Transports(GatewaySettings.read().connections_file)
        try:
            return await work(transports)
        finally:
            await transports.close()

    try:
        return asyncio.run(run())
    except (SettingsError, TransportError, ToldError) as error:
        raise _fail(str(error)) from None


def _fail(message: str, code: int = 1) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(code)
