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

app = typer.Typer(name="coding", help="Coder queue and offline coding.", no_args_is_help=True)
app.add_typer(queue.app, name="queue")
app.add_typer(audit.app, name="audit")
app.command("code")(code.code)
app.command("edits")(edits.edits)
app.command("lookup")(lookup.lookup)
app.command("recode")(recode.recode)
app.command("review")(review.review)
app.command("trends")(trends.show_trends)
app.command("units")(units.units)
