"""``claimstream coding trends``: shares of codes by provider and month, outliers first."""

import json
from csv import DictWriter
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Annotated, Literal

import asyncpg
import typer
from msgspec.structs import asdict

from services.chassis.terminal import ToldError
from services.coding import audit_store
from services.coding.commands.shared import AsJson, Database, Practice, fail, run
from services.coding.domain.audit.trends import Baseline, Observed, Trend, of_practices, trends

_KINDS = frozenset(("diagnosis", "procedure", "visit", "query"))
_COLUMNS = (*Trend.__struct_fields__, "outlier")
_FIRST_DAY, _LAST_DAY = datetime(1900, 1, 1), datetime(2999, 12, 31)  # noqa: DTZ001


def show_trends(
    database_url: Database,
    *,
    practice: Practice = None,
    since: Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"])] = _FIRST_DAY,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"])] = _LAST_DAY,
    by: Annotated[
        Literal["provider", "practice"], typer.Option("--by", help="whose month is compared")
    ] = "provider",
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="shares to compare with, as JSON")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100_000)] = 50,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV with a header")] = False,
) -> None:
    """Compare each provider's or practice's month: diagnoses, procedures, visit levels, queries.

    The baseline is what peers do: other providers of the same specialty, or other practices; or a
    file of shares in permille, of the kinds diagnosis, procedure, visit and query. Outliers come
    first: what an auditor would see first is first.

    Against a file such as {"visit": {"99213": 450, "99214": 400}}:
        claimstream coding trends --since 2026-01-01 --baseline shares.json --json

    gives:
        [{"practice_id": "P1", "provider_id": "DR1", "month": "2026-01",
         "kind": "visit", "code": "99215", "count": 41, "of": 90,
         "share_permille": 455, "baseline_permille": 60, "deviation": 15790,
         "baseline": "file", "baseline_of": 0, "outlier": true}, ...]
    """
    if as_json and as_csv:
        raise fail("give --json or --csv", 2)
    shares = _told(baseline)

    async def work(pool: asyncpg.Pool) -> list[Observed]:
        async with pool.acquire() as connection:
            return await audit_store.observed(connection, None, since.date(), until.date())

    seen = run(work, database_url)
    found = [
        one
        for one in trends(seen if by == "provider" else of_practices(seen), shares)
        if practice is None or one.practice_id == practice
    ][:most]
    rows = [{**asdict(one), "outlier": one.outlier} for one in found]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if as_csv:
        table = DictWriter(text := StringIO(), _COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        typer.echo(text.getvalue(), nl=False)
        return
    for one in found:
        typer.echo(
            f"{'! ' if one.outlier else '  '}{one.practice_id}  {one.provider_id or '(all)'}  "
            f"{one.month}  {one.kind} {one.code}  {one.share_permille} permille of {one.of}, "
            f"{one.baseline} {one.baseline_permille}  deviation {one.deviation}/1000"
        )
    if not found:
        typer.echo("too little was coded to compare")


def _told(path: Path | None) -> Baseline | None:
    try:
        return read_baseline(path)
    except ToldError as error:
        raise fail(str(error)) from None


def read_baseline(path: Path | None) -> Baseline | None:
    """Shares by kind and code in permille. Raises ``ToldError`` for a file that is none."""
    if path is None:
        return None
    try:
        given = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise ToldError("the baseline is no JSON file that can be read") from None
    if not isinstance(given, dict) or not _KINDS.issuperset(given):
        raise ToldError(f"a baseline has {', '.join(sorted(_KINDS))}, each with shares by code")
    for shares in given.values():
        if not isinstance(shares, dict) or not all(
            type(share) is int and 0 <= share <= 1_000 for share in shares.values()
        ):
            raise ToldError("shares are whole numbers from 0 to 1000 by code")
    return given
