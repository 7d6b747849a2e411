"""``claimstream codesets semantic``: the vectors of a release, made once."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from services.coding.codesets.artefact import ArtefactError, cache_folder
from services.coding.codesets.library import NoReleaseError, configured, own_folder
from services.coding.progress import counted
from services.coding.semantic.model_files import model_files
from services.coding.settings import CodingSettings


def semantic(
    release: Annotated[str, typer.Argument(help="a release of ICD-10-CM: FY2026")],
    model: Annotated[
        Path | None, typer.Option("--model", help="folder of the model; default: as configured")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Read every index entry and title of a release with the sentence model, once.

    Takes a quarter of an hour on one core. What comes of it is kept beside the imported code sets,
    and read by `claimstream coding lookup --semantic` and by services that are told to
    (CLAIMSTREAM_CODING_SEMANTIC).

    Example: claimstream codesets semantic FY2026
    """
    settings = CodingSettings()
    folder = settings.code_sets or own_folder()
    cache = settings.cache or cache_folder()
    try:
        files = model_files(model or settings.sentence_model)
        from services.coding.semantic.release_vectors import made_of, make
        from services.coding.semantic.text_vectors import TextVectors

        library = configured(settings)
        manifest = library.named(f"icd10cm-{release}")
        made = library.vectors(manifest)
        fresh = made is None or made.sources != made_of(files, manifest)
        if made is None or fresh:
            codes = library.diagnosis_release(manifest)
            with counted("phrases") as told:
                made = make(codes, manifest, TextVectors(files, cache), folder, told)
    except (ArtefactError, NoReleaseError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"fresh": fresh, "folder": str(folder), "release": asdict(made)}))
        return
    typer.echo(f"{'made' if fresh else 'at hand already'}: {made.name}  {made.rows} phrases")
