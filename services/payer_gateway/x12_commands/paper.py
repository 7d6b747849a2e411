"""``claimstream x12 paper``: the claims of an 837P on CMS-1500 forms."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from services.payer_gateway.paper import pdf
from services.payer_gateway.paper.claim_form import claim_pages
from services.payer_gateway.paper.form import Page, text_lines
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.stream import stream
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim
from services.payer_gateway.x12_commands.shared import fail, pieces

_FORM_FEED = "\f"


def paper(
    file: Annotated[Path, typer.Argument(help="an 837P file; - for standard input")],
    out: Annotated[Path, typer.Option("--out", help="the PDF for pre-printed forms")],
    *,
    preview: Annotated[
        bool, typer.Option("--preview", help="to be read: items with their names, no forms needed")
    ] = False,
    image: Annotated[
        bool, typer.Option("--image", help="a print image: text of 66 lines a form, no PDF")
    ] = False,
    cover: Annotated[
        Path | None, typer.Option("--cover", help="a PDF that lists the claims, to go on top")
    ] = None,
    day: Annotated[
        str, typer.Option("--day", help="the day on the cover list; the last day of service")
    ] = "",
    left: Annotated[
        int, typer.Option("--left", help="edge to first column, thousandths of an inch")
    ] = 250,
    top: Annotated[
        int, typer.Option("--top", help="edge to first line, thousandths of an inch")
    ] = 167,
) -> None:
    """Print professional claims on the grid of the CMS-1500 (02/12).

    For pre-printed forms with a list on top, and to be read:
        claimstream x12 paper claims.837 --out forms.pdf --cover list.pdf
        claimstream x12 paper claims.837 --out preview.pdf --preview

    Six service lines go on a form, further ones on further forms, totals on the last. What an item
    has no room for is cut at its end and said, claim by claim; nothing is cut silently.

    Exit 0: written; 1: no professional claim was found in it; 2: wrong usage.
    """
    if preview and image:
        raise fail("give one of --preview and --image")
    pages: list[Page] = []
    listed: list[pdf.Listed] = []
    last = date.min
    with pieces(file) as source:
        for claim in _claims(stream(source)):
            forms = claim_pages(claim)
            cuts = [cut for page in forms for cut in page.cuts]
            for cut in cuts:
                typer.echo(f"{claim.claim_id}, form {cut.page}: {cut.message}", err=True)
            pages += forms
            listed.append(
                pdf.Listed(
                    claim.claim_id,
                    claim.payer.name,
                    len(forms),
                    claim.total_charge_cents,
                    len(cuts),
                )
            )
            last = max([last, *(line.service_from or date.min for line in claim.lines)])
    if not pages:
        raise fail("no professional claim (837P) was found in it", 1)
    if image:
        made = _FORM_FEED.join("\n".join(text_lines(page.fields)) for page in pages).encode()
    elif preview:
        made = pdf.preview(pages)
    else:
        made = pdf.printed(pages, pdf.Margins(left, top))
    _write(out, made)
    if cover is not None:
        _write(cover, pdf.cover(listed, day or last.isoformat()))
    cut_items = sum(each.cuts for each in listed)
    typer.echo(f"{len(listed):,} claims on {len(pages):,} forms, {cut_items:,} items cut: {out}")


def _claims(events: Iterator[object]) -> Iterator[Claim]:
    for event in events:
        if isinstance(event, Claim):
            yield event
        elif isinstance(event, UnreadableClaim):
            typer.echo("a claim cannot be read and is left out: claimstream x12 check", err=True)


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        raise fail(f"{path}: {error.strerror}") from None
