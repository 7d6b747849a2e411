"""``claimstream codesets``: what is loaded, importing, what a code means on a date, comparing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from services.coding.codesets.artefact import ArtefactError, Manifest
from services.coding.codesets.comparison import differences
from services.coding.codesets.importing import KINDS, Import, dates_of
from services.coding.codesets.library import (
    DATA,
    CodeSetLibrary,
    NoReleaseError,
    configured,
    own_folder,
)
from services.coding.codesets.published_file import Watch
from services.coding.codesets.shown_code import shown
from services.coding.semantic.command import semantic
from services.coding.settings import CodingSettings

app = typer.Typer(name="codesets", help="The code sets that are loaded.", no_args_is_help=True)

app.command("semantic")(semantic)
_KINDS = ", ".join(KINDS)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def _fail(message: str, code: int = 1) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(code)


def _library() -> CodeSetLibrary:
    try:
        return configured(CodingSettings())
    except ArtefactError as error:
        raise _fail(str(error)) from None


def _line(manifest: Manifest) -> str:
    return (
        f"{manifest.code_set}  {manifest.release}  {manifest.effective_from} to "
        f"{manifest.effective_to}  {manifest.rows} rows from {len(manifest.sources)} files"
    )


@app.command("list")
def list_releases(as_json: AsJson = False) -> None:
    """List the releases at hand with their dates and sources."""
    manifests = _library().manifests
    if as_json:
        typer.echo(json.dumps([asdict(manifest) for manifest in manifests]))
        return
    for manifest in manifests:
        typer.echo(_line(manifest))


@app.command("import")
def import_release(
    kind: Annotated[str, typer.Argument(help=_KINDS)],
    paths: Annotated[list[Path], typer.Argument(help="the files of the release, as published")],
    release: Annotated[
        str, typer.Option("--release", help="its name: FY2026, 2024Q3, 2024-07, 2024, ...")
    ],
    begins: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="first day; default: by its name"),
    ] = None,
    ends: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="last day; default: by its name"),
    ] = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="put these files in place of a release at hand")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compile the files of a release once, and keep it beside the others.

    KIND is icd10cm (XML and CSV files of one year; the word package stands for the installed
    tabular list), hcpcs, pos, poa-exempt (CMS's list of codes exempt from present on admission),
    and from files that you are licensed for: cpt, ncci-ptp, ncci-mue, ncci-addon, pfs, lcd, ncd,
    anesthesia-crosswalk (your own CSV: procedure,anesthesia and if wanted base_units,from,to).
    Files may be text, CSV, xlsx, gzip or zip.

    Example: claimstream codesets import ncci-ptp ccipra-f1.TXT ccipra-f2.TXT --release 2024Q3

    Example: claimstream codesets import poa-exempt POAexemptCodesFY26.txt --release FY2026

    Example: claimstream codesets import anesthesia-crosswalk crosswalk.csv --release 2026

    Kept in the folder that CLAIMSTREAM_CODING_CODE_SETS names, else in the user's data. A service
    reads it when it is started next.
    """
    by_name = dates_of(release)
    first = begins.date() if begins is not None else by_name[0] if by_name is not None else None
    last = ends.date() if ends is not None else by_name[1] if by_name is not None else None
    if first is None or last is None:
        raise _fail(f"when is {release} in force? give --from and --to", 2)
    folder = CodingSettings().code_sets or own_folder()
    try:
        with _progress() as watch:
            done = Import(kind, tuple(paths), release, first, last).into(
                folder, replace=replace, watch=watch
            )
    except ArtefactError as error:
        raise _fail(str(error)) from None
    if as_json:
        manifests = [asdict(manifest) for manifest in done.manifests]
        typer.echo(json.dumps({"fresh": done.fresh, "folder": str(folder), "releases": manifests}))
        return
    for manifest in done.manifests:
        typer.echo(f"{'imported' if done.fresh else 'at hand already'}: {_line(manifest)}")


@contextmanager
def _progress() -> Iterator[Watch]:
    """A bar for each file on a terminal's standard error; nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    tasks: dict[Path, TaskID] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:

        def watch(path: Path, done: int, total: int) -> None:
            if path not in tasks:
                tasks[path] = progress.add_task(path.name, total=total)
            progress.update(tasks[path], completed=done)

        yield watch


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="an ICD-10-CM, HCPCS, CPT or place-of-service code")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="date of service")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="on one line")] = False,
) -> None:
    """Show what a code means on a date, as JSON: title, notes, seventh characters, dose, edits.

    Example: claimstream codesets show E11.9 --on 2026-03-02
    """
    day: date = on.date() if on is not None else datetime.now(UTC).date()
    try:
        found = shown(_library(), code, day)
    except (NoReleaseError, ArtefactError) as error:
        raise _fail(str(error)) from None
    typer.echo(json.dumps(found, indent=None if as_json else 2))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="a release as CODESET-RELEASE: icd10cm-FY2026")],
    after: Annotated[str, typer.Argument(help="another release of the same code set")],
    *,
    most: Annotated[int, typer.Option("--most", min=0, help="lines printed of each kind")] = 20,
    as_json: AsJson = False,
) -> None:
    """Codes added, removed and changed from one release to another.

    Example: claimstream codesets diff hcpcs-2024-07 hcpcs-2024-10
    """
    sets = _library()
    try:
        old, new = sets.named(before), sets.named(after)
        if old.code_set != new.code_set:
            raise _fail("the two are of different code sets", 2)
        found = list(differences(sets.rows(old), sets.rows(new)))
    except (NoReleaseError, ArtefactError) as error:
        raise _fail(str(error)) from None
    by_kind = {
        kind: [each for each in found if each.kind == kind]
        for kind in ("added", "removed", "changed")
    }
    if as_json:
        listed = {kind: [each.fields() for each in some] for kind, some in by_kind.items()}
        typer.echo(json.dumps({"before": old.name, "after": new.name, **listed}))
        return
    counts = ", ".join(f"{len(some)} {kind}" for kind, some in by_kind.items())
    typer.echo(f"{old.name} -> {new.name}: {counts}")
    for kind, some in by_kind.items():
        for each in some[:most]:
            fields = {name: value for name, value in each.fields().items() if name != "code"}
            said = "; ".join(
                f"{name}: {value[0]} -> {value[1]}" if kind == "changed" else f"{name}: {value}"
                for name, value in fields.items()
                if value
            )
            typer.echo(f"{kind}  {each.key}  {said}")
        if len(some) > most:
            typer.echo(f"... and {len(some) - most} more {kind}")


@app.command()
def build(
    data: Annotated[Path, typer.Argument(help="folder with the published files")],
    out: Annotated[Path, typer.Option("--out", help="where the artefacts go")] = DATA,
) -> None:
    """Compile what ships: ICD-10-CM, HCPCS Level II, places (needs simple-icd-10-cm)."""
    from services.coding.codesets.build import compile_diagnoses, compile_hcpcs

    try:
        for packed in (compile_diagnoses(data, out), compile_hcpcs(data, out)):
            typer.echo(f"{packed.name}: {packed.stat().st_size} bytes")
    except (ArtefactError, OSError, StopIteration) as error:
        raise _fail(f"cannot compile: {error}") from None
