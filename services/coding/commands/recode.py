"""``claimstream coding recode``: what a release changes, looked at first, then done."""

import json
from datetime import date, datetime
from typing import Annotated, Any

import asyncpg
import typer
from msgspec.structs import asdict

from services.chassis.clock import clock_from_environment
from services.chassis.processor import Processor
from services.coding import recoding
from services.coding.app import service
from services.coding.codesets.library import CodeSetLibrary
from services.coding.commands.given_codes import Actor, acting, why
from services.coding.commands.shared import AsJson, Database, Practice, code_sets, run
from services.coding.domain.fee_estimate import FeeEstimate
from services.coding.domain.recode_difference import Difference, Totals, totals
from services.coding.progress import counted
from services.coding.recoding import Person, Recoded, Wanted
from services.coding.settings import CodingSettings

_SHOWN = 50
_BASIS = "fee schedule, national amounts, without geographic index: not the practice's charges"
_NO_SCHEDULE = "no fee schedule is loaded for these dates: what the lines are worth is not known"


def recode(
    *,
    database_url: Database,
    release: Annotated[
        str, typer.Option("--release", help="icd10cm-FY2027, or FY2027 where only one is so called")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would change, and change nothing")
    ] = False,
    begins: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="first date of service"),
    ] = None,
    ends: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="last date of service")
    ] = None,
    practice: Practice = None,
    most: Annotated[
        int, typer.Option("--most", min=1, max=1_000_000, help="encounters in this run")
    ] = 100_000,
    reason: Annotated[str, typer.Option("--reason", help="why; kept with each decision")] = "",
    actor: Actor = "",
    role: Annotated[str, typer.Option("--role", help="the role it is done under")] = "coder",
    as_json: AsJson = False,
) -> None:
    """Code again what is coded but not final, on the dates that a release is in use for.

    First what would change, then doing it:
        claimstream coding recode --release FY2027 --dry-run --json
        claimstream coding recode --release FY2027

    gives with --json:
        {"encounters": 120, "affected": 3, "codes_changed": 3,
         "dollars": {"before_cents": 2310500, ...}, "changes": [...], ...}

    Without --dry-run it is done: other codes are published as new versions; where a coder decided
    the codes, the encounter goes to the coder queue instead. Again: nothing is left to do.
    """
    library = code_sets()

    async def work(pool: asyncpg.Pool) -> tuple[Wanted, Recoded]:
        wanted = _wanted(library, release, begins, ends, practice=practice, most=most)
        processor = Processor(service(), pool, clock_from_environment())
        given = reason or f"{wanted.manifest.name} is loaded"
        person = Person(acting(actor), role, why(given, actor))
        do = recoding.rehearse if dry_run else recoding.apply
        with counted("encounters") as told:
            return wanted, await do(processor, library, wanted, person, told)

    wanted, done = run(work, database_url)
    summed = totals(done.differences)
    if as_json:
        typer.echo(json.dumps(_document(wanted, done, summed, dry_run=dry_run)))
    else:
        _tell(wanted, done, summed, dry_run=dry_run)


def _wanted(
    library: CodeSetLibrary,
    release: str,
    begins: datetime | None,
    ends: datetime | None,
    *,
    practice: str | None,
    most: int,
) -> Wanted:
    manifest = recoding.release_named(library, release)
    settings = CodingSettings()
    stand_ins = {"icd10cm": settings.stand_in_icd10cm, "hcpcs": settings.stand_in_hcpcs}
    first, last = recoding.dates_of(manifest, stand_ins.get(manifest.code_set, ""))
    if begins is not None:
        first = max(first, begins.date())
    if ends is not None:
        last = min(last, ends.date())
    return Wanted(manifest, first, last, practice, most)


def _document(wanted: Wanted, done: Recoded, summed: Totals, *, dry_run: bool) -> dict[str, Any]:
    return {
        "release": wanted.manifest.name,
        "dry_run": dry_run,
        "from": _day(wanted.first),
        "to": _day(wanted.last),
        "encounters": summed.encounters,
        "affected": summed.affected,
        "codes_changed": summed.codes_changed,
        "codes_removed": summed.codes_removed,
        "codes_added": summed.codes_added,
        "new_versions": summed.new_versions,
        "moved": dict(summed.moved),
        "dollars": {
            "before_cents": summed.cents_before,
            "after_cents": summed.cents_after,
            "change_cents": summed.cents_after - summed.cents_before,
            "encounters_not_priced": summed.unpriced,
            "basis": _basis(summed),
        },
        "refused": done.refused,
        "left": done.left,
        "changes": [_change(each) for each in done.differences if each.changed],
    }


def _change(each: Difference) -> dict[str, Any]:
    return {
        **asdict(each),
        "service_date": each.service_date.isoformat(),
        "before": _worth(each.before),
        "after": _worth(each.after),
    }


def _worth(found: FeeEstimate) -> dict[str, Any]:
    return {"cents": found.cents, "not_priced": list(found.unknown)}


def _tell(wanted: Wanted, done: Recoded, summed: Totals, *, dry_run: bool) -> None:
    what = "would be" if dry_run else "were"
    typer.echo(f"{wanted.manifest.name}: {summed.encounters} encounters {what} coded again")
    rows = [
        ("affected", summed.affected),
        ("with other codes", summed.codes_changed),
        ("codes that go", summed.codes_removed),
        ("codes that come", summed.codes_added),
        ("new versions", summed.new_versions),
        *summed.moved,
        *((f"refused: {why}", count) for why, count in sorted(done.refused.items())),
        ("left for another run", done.left),
    ]
    for name, count in rows:
        typer.echo(f"  {name:<32}{count:>10}")
    typer.echo(f"  {'dollars before':<32}{_dollars(summed.cents_before):>10}")
    typer.echo(f"  {'dollars after':<32}{_dollars(summed.cents_after):>10}")
    typer.echo(f"  {'encounters with lines not priced':<32}{summed.unpriced:>10}")
    typer.echo(f"  ({_basis(summed)})")
    changed = [each for each in done.differences if each.changed]
    for each in changed[:_SHOWN]:
        codes = " ".join([*(f"-{code}" for code in each.removed), *(f"+{c}" for c in each.added)])
        typer.echo(
            f"{each.encounter_id}  {each.practice_id}  {each.service_date}  "
            f"{each.state_before} -> {each.state_after}  {codes or 'same codes'}"
        )
    if len(changed) > _SHOWN:
        typer.echo(f"and {len(changed) - _SHOWN} more: --json has all")
    if dry_run:
        typer.echo("nothing was changed: it was a dry run")


def _basis(summed: Totals) -> str:
    priced = summed.cents_before or summed.cents_after or not summed.unpriced
    return _BASIS if priced else _NO_SCHEDULE


def _day(day: date) -> str | None:
    return None if day in (date.min, date.max) else day.isoformat()


def _dollars(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:02d}"
