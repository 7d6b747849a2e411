"""``claimstream x12 explain``: a file segment by segment, in words."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from services.payer_gateway.x12.explanation import Explained
from services.payer_gateway.x12.explanation import explain as explained
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.segment_words import HEADINGS
from services.payer_gateway.x12_commands.shared import fail, pieces


def explain(
    file: Annotated[Path, typer.Argument(help="an X12 file; - for standard input")],
    *,
    as_lines: Annotated[bool, typer.Option("--json", help="a line of JSON a segment")] = False,
) -> None:
    """Say segment by segment where it stands and what it says.

    For people, and for programs:
        claimstream x12 explain claims.837
        claimstream x12 explain claims.837 --json

    What comes out has what the file has: patients, too. `claimstream x12 redact` takes them out.

    Exit 0: it could be read; 1: no interchange was found in it; 2: wrong usage.
    """
    is_readable = False
    with pieces(file) as source:
        for each in explained(source):
            if isinstance(each, Explained):
                is_readable = True
                typer.echo(orjson.dumps(asdict(each)).decode() if as_lines else _said(each))
            elif not as_lines:
                typer.echo(_found(each))
    if not is_readable:
        raise fail("no interchange (ISA segment) was found in it", 1)


def _said(each: Explained) -> str:
    indent = "  " * each.depth
    place = f" [{each.loop}{' ' + each.loop_words if each.loop_words else ''}]" if each.loop else ""
    said = "; ".join(
        f"{element.words or element.designator} {element.value}"
        + (f" ({element.meaning})" if element.meaning else "")
        for element in each.elements
    )
    before = "\n" if each.segment in HEADINGS else ""
    number = f"{each.position:>5}" if each.position else "     "
    name = f"{each.segment} {each.words}".strip()
    return f"{before}{number} {indent}{name}{place}: {said}"


def _found(finding: Finding) -> str:
    return f"      {finding.severity.value} {finding.rule}: {finding.message}"
