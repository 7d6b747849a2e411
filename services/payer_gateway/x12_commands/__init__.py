"""``claimstream x12``: X12 files read, checked, compared, redacted, cut and printed, offline."""

import typer

from services.payer_gateway.x12_commands.check import check
from services.payer_gateway.x12_commands.diff import diff
from services.payer_gateway.x12_commands.explain import explain
from services.payer_gateway.x12_commands.paper import paper
from services.payer_gateway.x12_commands.read import read
from services.payer_gateway.x12_commands.redact import redact
from services.payer_gateway.x12_commands.shared import laid_out
from services.payer_gateway.x12_commands.split import split

app = typer.Typer(
    name="x12",
    help="Read, check, explain, compare, redact, cut and print X12 files, offline.",
    no_args_is_help=True,
)
for _command in (read, check, explain, diff, redact, split, paper):
    app.command(_command.__name__, help=laid_out(_command))(_command)
