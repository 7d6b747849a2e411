"""``claimstream x12 redact``: a file with nobody in it."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from services.payer_gateway.x12.redaction import redacted
from services.payer_gateway.x12_commands.shared import fail, pieces

_KEY_VARIABLE = "CLAIMSTREAM_X12_REDACTION_KEY"


def redact(
    file: Annotated[Path, typer.Argument(help="an X12 file; - for standard input")],
    out: Annotated[
        Path | None, typer.Option("--out", help="where to write; standard output otherwise")
    ] = None,
) -> None:
    """Write the file again without people: same segments, codes, days of service and money.

    One file, and files that belong together (who is named in both stays the same somebody):
        claimstream x12 redact claims.837 --out shown.837
        CLAIMSTREAM_X12_REDACTION_KEY=... claimstream x12 redact remittance.835 --out shown.835

    Names, ids, addresses, claim numbers, accounts and free text become others of the same shape;
    births keep their year. Without a key a new one is drawn each time. Days of service stay: the
    result is fit to be shown to a colleague or a partner, and is no de-identified data set.

    Exit 0: written; 1: no interchange was found in it; 2: wrong usage.
    """
    key = os.environ.get(_KEY_VARIABLE, "").encode() or secrets.token_bytes(32)
    is_written = False
    with pieces(file) as source:
        texts = redacted(source, key)
        if out is None:
            for text in texts:
                is_written = True
                typer.echo(text, nl=False)
        else:
            is_written = _write(out, texts)
    if not is_written:
        raise fail("no interchange (ISA segment) was found in it", 1)


def _write(out: Path, texts: Iterable[str]) -> bool:
    unfinished = out.with_name(f"{out.name}.part")
    is_written = False
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as target:
            for text in texts:
                is_written = True
                target.write(text)
        if is_written:
            unfinished.replace(out)
    except OSError as error:
        raise fail(f"{out}: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return is_written
