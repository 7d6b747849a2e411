"""``python -m services.coding.codesets``: compile the artefacts from the published files."""

from pathlib import Path
from typing import Annotated

import typer

from services.coding.codesets.build import compile_diagnoses, compile_hcpcs


def build(
    data: Annotated[Path, typer.Argument(help="folder with the published files")],
    out: Annotated[Path, typer.Option(help="where the artefacts go")] = Path(__file__).parent
    / "data",
) -> None:
    """Compile ICD-10-CM, HCPCS Level II and places of service from DATA."""
    for packed in (compile_diagnoses(data, out), compile_hcpcs(data, out)):
        typer.echo(f"{packed.name}: {packed.stat().st_size} bytes")


if __name__ == "__main__":
    typer.run(build)
