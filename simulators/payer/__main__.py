"""``python -m simulators.payer``: run the payer, read its books, list what it can be asked."""

import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from services.chassis.clock import clock_from_environment
from simulators.payer.books import Books
from simulators.payer.contract import Contract, ContractError, default_contract, parse_contract
from simulators.payer.file_fault import FAULTS
from simulators.payer.occasion import OccasionError, Occasions, parse_occasions
from simulators.payer.process import PayerOptions, PayerProcess
from simulators.payer.scenario import DESCRIPTIONS

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A payer to send claims to.")

StateDir = Annotated[
    Path, typer.Option("--state-dir", envvar="CLAIMSTREAM_PAYER_STATE_DIR", help="Its folder.")
]


def _contract(file: Path | None) -> Contract:
    if file is None:
        return default_contract()
    try:
        return parse_contract(file.read_text(encoding="utf-8"))
    except (ContractError, OSError) as error:
        raise typer.BadParameter(str(error)) from error


def _occasions(file: Path | None) -> Occasions:
    if file is None:
        return Occasions()
    try:
        return parse_occasions(file.read_text(encoding="utf-8"))
    except (OccasionError, OSError) as error:
        raise typer.BadParameter(str(error)) from error


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


@app.command()
def serve(
    state_dir: StateDir,
    *,
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="CLAIMSTREAM_PAYER_PORT")] = 0,
    seed: Annotated[int, typer.Option(envvar="CLAIMSTREAM_PAYER_SEED")] = 0,
    contract: Annotated[Path | None, typer.Option(help="Plans; default: those it has.")] = None,
    occasions: Annotated[
        Path | None,
        typer.Option(
            envvar="CLAIMSTREAM_PAYER_OCCASIONS",
            help="How often which scenarios and faults; default: only those asked for.",
        ),
    ] = None,
    login: Annotated[list[str] | None, typer.Option(help="A submitter; repeat for more.")] = None,
) -> None:
    """Serve SFTP and answer claims until SIGTERM."""
    options = PayerOptions(state_dir, tuple(login or ["claimstream"]), host, port, seed)
    plans = replace(_contract(contract), occasions=_occasions(occasions))
    asyncio.run(_serve(options, plans))


async def _serve(options: PayerOptions, contract: Contract) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await PayerProcess(options, contract, clock_from_environment(), _say).run(stopping)


@app.command()
def books(state_dir: StateDir) -> None:
    """Print as JSON what the payer believes it paid, and what it still has to answer."""
    path = state_dir / "books.sqlite"
    if not path.exists():
        raise typer.BadParameter(f"there are no books in {state_dir}")
    _say(json.dumps(books_document(path), indent=2))


def books_document(path: Path) -> dict[str, Any]:
    """What the books hold: payments in cents, and what is still to come."""
    kept = Books(path)
    try:
        answers, payments, last = kept.open_work()
        return {
            "paid": kept.paid(),
            "answers_due": answers,
            "payments_due": payments,
            "last_payment_on": last.isoformat() if last else None,
        }
    finally:
        kept.close()


@app.command()
def scenarios() -> None:
    """List the member ids that ask for an answer, and the faults that files can meet."""
    for line in scenario_lines():
        _say(line)


def scenario_lines() -> list[str]:
    """What the payer can do, a line each: how to bring it about, and what follows."""
    asked = [f"{pattern:40} {answer}" for pattern, answer in DESCRIPTIONS.values()]
    met = [
        f"{f'--occasions: faults, {name}':40} {fault.about}"
        + (f" ({fault.refusal})" if fault.refusal else ": read all the same")
        for name, fault in FAULTS.items()
    ]
    return [*asked, *met]


if __name__ == "__main__":
    app()
