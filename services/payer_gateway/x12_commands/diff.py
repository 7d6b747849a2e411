"""``claimstream x12 diff``: what two files say differently."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from services.payer_gateway.x12.difference import Difference, differences
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12_commands.shared import fail, pieces


def diff(
    first: Annotated[Path, typer.Argument(help="an X12 file")],
    second: Annotated[Path, typer.Argument(help="another one; - for standard input")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say what two files say differently, by transaction set, claim, loop and element.

    For people, and for programs:
        claimstream x12 diff sent.837 corrected.837
        claimstream x12 diff sent.837 corrected.837 --json

    Envelopes, control numbers, delimiters, line ends and the order of claims make no difference.

    Exit 0: they say the same; 1: they differ; 2: wrong usage or a file that cannot be read.
    """
    found = list(differences(_transactions(first), _transactions(second)))
    if as_json:
        document = {"differences": [asdict(each) for each in found]}
        typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        for each in found:
            typer.echo(_said(each))
    if found:
        raise typer.Exit(1)


def _transactions(path: Path) -> Iterator[Transaction]:
    with pieces(path) as source:
        for interchange in read_interchanges(source):
            if not interchange.readable:
                raise fail(f"{path}: no interchange (ISA segment) was found in it")
            yield from interchange.transactions


def _said(each: Difference) -> str:
    claim = f" claim {each.claim}" if each.claim else ""
    place = f"{each.set_id} {each.set_number}{claim} {each.path}"
    if each.element:
        return f"{place} {each.element}: {each.first or '(empty)'} -> {each.second or '(empty)'}"
    if each.first is None:
        return f"{place}: only in the second: {each.second}"
    if each.second is None:
        return f"{place}: only in the first: {each.first}"
    return f"{place}: {each.first} -> {each.second}"
