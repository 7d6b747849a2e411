"""``claimstream coding``: the coder queue, and coding offline."""

import typer

from services.coding.commands import (
    audit,
    code,
    edits,
    lookup,
    queue,
    recode,
    review,
    trends,
    units,
)
from services.coding.commands.shared import laid_out

app = typer.Typer(name="coding", help="Coder queue and offline coding.", no_args_is_help=True)
app.add_typer(queue.app, name="queue")
app.add_typer(audit.app, name="audit")
for _name, _command in (
    ("code", code.code),
    ("edits", edits.edits),
    ("lookup", lookup.lookup),
    ("recode", recode.recode),
    ("review", review.review),
    ("trends", trends.show_trends),
    ("units", units.units),
):
    app.command(_name, help=laid_out(_command))(_command)
