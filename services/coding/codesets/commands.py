"""``claimstream codesets``: what is loaded, what a code means on a date, and compiling."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.coding.app import library
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import DATA, CodeSetLibrary, NoReleaseError
from services.coding.domain.diagnosis.diagnosis_coding import dotted
from services.coding.domain.diagnosis.specificity import is_billable, title_of
from services.coding.settings import CodingSettings

app = typer.Typer(name="codesets", help="The code sets that are loaded.", no_args_is_help=True)


def _library() -> CodeSetLibrary:
    try:
        return library(CodingSettings())
    except ArtefactError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command("list")
def list_releases(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List the releases at hand with their dates and sources."""
    manifests = _library().manifests
    if as_json:
        typer.echo(json.dumps([asdict(manifest) for manifest in manifests]))
        return
    for manifest in manifests:
        typer.echo(
            f"{manifest.code_set}  {manifest.release}  {manifest.effective_from} to "
            f"{manifest.effective_to}  {manifest.rows} rows from {len(manifest.sources)} files"
        )


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="an ICD-10-CM or HCPCS Level II code")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="date of service")
    ] = None,
) -> None:
    """Show what a code means on a date, as JSON."""
    day = on.date() if on is not None else datetime.now(UTC).date()
    try:
        sets = _library().on(day)
    except NoReleaseError as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(1) from None
    wanted = dotted(code)
    title = title_of(sets.diagnoses, wanted)
    if title:
        node = sets.diagnoses.node(wanted)
        found = {
            "code": wanted,
            "code_set": "icd10cm",
            "release": sets.diagnoses.release,
            "stands_in": "icd10cm" in sets.stands_in,
            "title": title,
            "billable": is_billable(sets.diagnoses, wanted),
            "children": list(node.children) if node is not None else [],
            "seventh_characters": node.sevenths if node is not None else "",
        }
    else:
        item = sets.hcpcs.code(code.upper())
        if item is None:
            typer.echo(f"{code} is in none of the code sets of {day}", err=True)
            raise typer.Exit(1)
        found = {
            "code": item.code,
            "code_set": "hcpcs",
            "release": sets.hcpcs.release,
            "stands_in": "hcpcs" in sets.stands_in,
            "added": item.added,
            "terminated": item.terminated,
            "dose": item.dose,
            "dose_unit": item.dose_unit,
        }
    typer.echo(json.dumps(found, indent=2))


@app.command()
def build(
    data: Annotated[Path, typer.Argument(help="folder with the published files")],
    out: Annotated[Path, typer.Option("--out", help="where the artefacts go")] = DATA,
) -> None:
    """Compile ICD-10-CM, HCPCS Level II and places of service (needs simple-icd-10-cm)."""
    from services.coding.codesets.build import compile_diagnoses, compile_hcpcs

    try:
        for packed in (compile_diagnoses(data, out), compile_hcpcs(data, out)):
            typer.echo(f"{packed.name}: {packed.stat().st_size} bytes")
    except (ArtefactError, OSError, StopIteration) as error:
        typer.echo(f"cannot compile: {error}", err=True)
        raise typer.Exit(1) from None
