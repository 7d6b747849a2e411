"""Which dead letters a command is about, said the same way to each."""

from typing import Annotated

import typer

OfService = Annotated[str | None, typer.Option("--service", help="Only this service's.")]
OfTopic = Annotated[str | None, typer.Option("--topic", help="Only of this topic.")]
OfReason = Annotated[str | None, typer.Option("--reason", help="Only of this reason.")]
OfKey = Annotated[
    str | None, typer.Option("--key", help="Only of this key, with or without its practice.")
]
OlderThan = Annotated[
    str | None,
    typer.Option(
        "--older-than", help="Only set aside, or waiting, for longer: 90s, 15m, 2h, 3d, 1w."
    ),
]
NewerThan = Annotated[
    str | None, typer.Option("--newer-than", help="Only set aside, or waiting, for less: 15m, 2h.")
]
Everything = Annotated[
    bool, typer.Option("--all", help="Every open one that the following options leave.")
]
