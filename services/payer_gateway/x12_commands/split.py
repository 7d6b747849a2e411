"""``claimstream x12 split``: a file cut into smaller ones."""

from pathlib import Path
from typing import Annotated

import typer

from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.splitting import NotSplitError, Piece
from services.payer_gateway.x12.splitting import split as cut
from services.payer_gateway.x12_commands.shared import STANDARD_INPUT, fail, pieces


def split(
    file: Annotated[Path, typer.Argument(help="an X12 file; - for standard input")],
    into: Annotated[Path, typer.Option("--into", help="the folder for the pieces")] = Path(),
    claims: Annotated[
        int, typer.Option("--claims", min=0, help="so many claims a piece (837); 0: by set")
    ] = 0,
    first_number: Annotated[
        int | None,
        typer.Option(
            "--first-number", min=1, max=999_999_999, help="number the pieces anew from here"
        ),
    ] = None,
) -> None:
    """Cut a file into pieces of one transaction set each, or of so many claims.

    By transaction set, and claims by hundreds to be sent again under numbers of their own:
        claimstream x12 split day.835 --into pieces/
        claimstream x12 split claims.837 --claims 100 --first-number 4711 --into pieces/

    Each piece has whole envelopes with right counts. Control numbers stay unless --first-number is
    given. The names of the pieces are printed. An 835 is one payment and is not cut by claims.

    Exit 0: written; 1: nothing to write, or it cannot be cut so; 2: wrong usage.
    """
    stem = "standard-input" if str(file) == STANDARD_INPUT else file.stem
    suffix = file.suffix
    written = 0
    try:
        into.mkdir(parents=True, exist_ok=True)
        with pieces(file) as source:
            for each in cut(source, claims=claims, first_number=first_number):
                if isinstance(each, Piece):
                    name = into / f"{stem}-{each.number:05d}{suffix}"
                    name.write_text(each.text, encoding="utf-8", newline="")
                    written += 1
                    typer.echo(str(name))
                elif isinstance(each, Finding) and each.is_error:
                    typer.echo(f"{each.rule}: {each.message}", err=True)
    except NotSplitError as refused:
        raise fail(str(refused), 1) from None
    except OSError as error:
        raise fail(f"{into}: {error.strerror}") from None
    if not written:
        raise fail("no transaction set was found in it", 1)
