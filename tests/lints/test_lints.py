"""Each house rule finds what it is for, leaves alone what is right, and holds for the project."""

from dataclasses import replace
from typing import Annotated, ClassVar

import pytest

from schemas.catalogue import MODEL_OF_TOPIC, Topic, topics
from schemas.event import Event
from schemas.phi import Phi
from schemas.values import Id
from tests.lints import rules
from tests.lints.contracts import contracts_agree
from tests.lints.locking import locked_by_values
from tests.lints.money import no_float_near_money
from tests.lints.packages import packages_of_tests
from tests.lints.purity import pure_domain
from tests.lints.source import Rule, Source, project_sources
from tests.lints.wording import (
    no_machine_paths,
    no_package_hosts,
    no_tool_names,
    nothing_unfinished,
    short_modules,
)

LEDGER = "services/billing/domain/ledger.py"
ANYWHERE = "claimstream/anything.py"


def found(rule: Rule, text: str, path: str = LEDGER) -> list[int]:
    return [finding.line for finding in rule(Source(path, text))]


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("select 1 from a where b in (select b from c) for update", [1]),
        ("select 1 from a where b in (\n select b from c)\nfor no key update of a", [1]),
        ("delete from a where b in (select b from a for update skip locked)", [1]),
        ("select 1 from a where b = any (select b from c) for share of a", [1]),
        ("select 1 from a where b = any(array(select b from c)) for update", []),
        ("select 1 from a where b in (select b from c)", []),
    ],
)
def test_rows_locked_by_a_subquery_that_may_lose_them_are_found(
    statement: str, lines: list[int]
) -> None:
    text = f"_TAKE = {statement!r}\n"
    assert found(locked_by_values, text, "services/chassis/anything.py") == lines
    assert found(locked_by_values, text, "tests/anything.py") == []
    parted = text.replace("'select", "f'{_WITH} select").replace(" for ", " {_ORDER} for ")
    assert found(locked_by_values, parted, "services/chassis/anything.py") == lines


@pytest.mark.parametrize(
    "text",
    [
        "rate = 0.02\n",
        "share = float(total)\n",
        "half = total / 2\n",
        "total /= 2\n",
        "def pay(amount: float) -> None: ...\n",
        "limits: dict[str, float] = {}\n",
    ],
)
def test_a_float_in_code_that_decides_about_money_is_found(text: str) -> None:
    assert found(no_float_near_money, text) == [1]
    assert found(no_float_near_money, text, ANYWHERE) == []


@pytest.mark.parametrize(
    "text",
    [
        "paid_cents: float = 0\n",
        "def pay(paid_cents: Decimal) -> None: ...\n",
        "paid_cents = 1.5 * units\n",
        "claim.paid_cents = total * 0.98\n",
        "paid_cents = int(float(text) * 100)\n",
        "post(paid_cents=12.5)\n",
        "dollars = paid_cents / 100\n",
        "dollars = line.paid_cents / 100\n",
        "dollars = float(line.paid_cents)\n",
        "paid_cents /= 2\n",
    ],
)
def test_cents_that_meet_a_float_are_found_everywhere(text: str) -> None:
    assert 1 in found(no_float_near_money, text, ANYWHERE)


@pytest.mark.parametrize(
    "text",
    [
        "whole, rest = divmod(paid_cents, 100)\n",
        "paid_cents: int = total_cents * rate_permille // 1000\n",
        "amounts_cents: dict[str, int] = {}\n",
        "def read(folder: Path) -> str:\n    return (folder / name).read_text()\n",
        "here = Path(__file__).parent / name\n",
        "file = folder / 'one' / f'{name}.json'\n",
    ],
)
def test_integers_and_joined_paths_are_left_alone(text: str) -> None:
    assert found(no_float_near_money, text) == []


def test_doses_are_divided_where_codes_and_not_money_are_decided() -> None:
    path = "services/coding/domain/units.py"
    assert found(no_float_near_money, "units = dose / container\n", path) == []
    assert found(no_float_near_money, "units = 0.5\n", path) == [1]


@pytest.mark.parametrize("kind", ["numeric(12,2)", "double precision", "MONEY", "integer"])
def test_a_column_of_cents_that_is_not_bigint_is_found(kind: str) -> None:
    table = "create table a (\n    paid_cents {} not null\n)"
    assert found(no_float_near_money, table.format(kind), "services/a/migrations/1.sql") == [2]
    assert found(no_float_near_money, table.format("bigint"), "services/a/migrations/1.sql") == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncpg\n",
        "from aiokafka import AIOKafkaProducer\n",
        "import faststream.kafka\n",
        "import asyncio\n",
        "import logging\n",
        "import random\n",
        "import os.path\n",
        "from time import monotonic\n",
        "from services.chassis.processor import Processor\n",
        "from services import chassis\n",
        "now = datetime.now(UTC)\n",
        "day = date.today()\n",
        "now = clock.now()\n",
        "own = uuid4()\n",
        "text = open(name).read()\n",
        "print(claim)\n",
    ],
)
def test_a_domain_that_reaches_outside_is_found(text: str) -> None:
    assert found(pure_domain, text) == [1]
    assert found(pure_domain, text, "services/billing/store.py") == []


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import date, time\n",
        "from schemas.claim import ClaimLine\n",
        "import timeit\n",
        "def due(now: datetime) -> datetime:\n    return now\n",
    ],
)
def test_a_domain_that_works_with_what_it_is_given_is_left_alone(text: str) -> None:
    assert found(pure_domain, text) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (nothing_unfinished, "# TO~DO later"),
        (nothing_unfinished, "# FIX~ME"),
        (nothing_unfinished, "# X~XX look here"),
        (nothing_unfinished, "raise Not~ImplementedError"),
        (nothing_unfinished, "x = 1  # pragma: no~ cover"),
        (nothing_unfinished, "@pytest.mark.sk~ip('slow')"),
        (nothing_unfinished, "@pytest.mark.x~fail"),
        (nothing_unfinished, "pytest.sk~ip('not here')"),
        (no_package_hosts, "https://py~pi.org/simple"),
        (no_package_hosts, "files.python~hosted.org"),
        (no_package_hosts, "registry.npm~js.org"),
        (no_package_hosts, "https://repo1.ma~ven.org/x"),
        (no_package_hosts, "deb.deb~ian.org"),
        (no_machine_paths, "cd /ro~ot/x"),
        (no_machine_paths, "open('/wo~rk/main')"),
        (no_machine_paths, "/home~/somebody/x"),
        (no_tool_names, "written by Cla~ude"),
    ],
)
def test_what_no_file_says_is_found(rule: Rule, text: str) -> None:
    """The words are cut with a tilde, so that this file does not say them."""
    text = text.replace("~", "")
    for path in (LEDGER, "README.md", "Makefile"):
        assert found(rule, f"first\n{text}\n", path) == [2]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (nothing_unfinished, "global days XXX, ZZZ as the fee schedule has them"),
        (nothing_unfinished, "@pytest.mark.skipif(data is None, reason='no data beside')"),
        (nothing_unfinished, "method TODOS"),
        (no_machine_paths, "the root/work folder and ./work/x and https://a.example/work/"),
        (no_tool_names, "Claudette"),
    ],
)
def test_what_only_looks_like_it_is_left_alone(rule: Rule, text: str) -> None:
    assert found(rule, text, "README.md") == []


def test_a_module_of_over_500_lines_is_found() -> None:
    assert found(short_modules, "x = 1\n" * 501) == [500]
    assert found(short_modules, "x = 1\n" * 500) == []
    assert found(short_modules, "a line\n" * 9_000, "requirements.lock") == []


class Happened(Event):
    """An event for these tests."""

    TOPIC: ClassVar[str] = "billing.happened.v1"
    KEY_FIELD: ClassVar[str] = "claim_id"

    claim_id: Id


class Noted(Happened):
    """The same with what a clinician wrote."""

    note: Annotated[str, Phi("clinical")]


class Keyless(Happened):
    """The same with a key that is no field."""

    KEY_FIELD: ClassVar[str] = "invoice_id"


GOOD = replace(
    next(iter(topics())),
    name=Happened.TOPIC,
    key="practice_id:claim_id",
    phi="ids",
    owner="billing",
)


def said(topic: Topic, model: type[Event] | None) -> str:
    models = {} if model is None else {model.TOPIC: model}
    return "; ".join(finding.message for finding in contracts_agree([topic], models))


def test_a_catalogue_and_a_model_that_disagree_are_found() -> None:
    assert said(GOOD, Happened) == ""
    assert "has no model" in said(GOOD, None)
    assert "is no field" in said(GOOD, Keyless)
    assert "the key is practice_id:claim_id" in said(replace(GOOD, key="claim_id"), Happened)
    assert "note is clinical PHI" in said(GOOD, Noted)
    assert said(replace(GOOD, phi="clinical"), Noted) == ""
    assert "is not <owner>.<event>.v<major>" in said(replace(GOOD, name="Happened"), Happened)
    assert "which is not there" in said(replace(GOOD, name="billing.other.v1"), Happened)


@pytest.fixture(scope="module")
def project() -> tuple[Source, ...]:
    """Every file of the project, each read and parsed once."""
    return tuple(project_sources())


def test_the_project_is_read_whole_and_without_what_is_installed(
    project: tuple[Source, ...],
) -> None:
    paths = {source.path for source in project}
    assert {"schemas/event.py", "schemas/catalogue.toml", "Makefile", "pyproject.toml"} <= paths
    assert not any(".venv" in path or "__pycache__" in path for path in paths)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_house_rule(rule: Rule, project: tuple[Source, ...]) -> None:
    assert [str(finding) for source in project for finding in rule(source)] == []


def test_the_contracts_of_the_project_agree() -> None:
    assert list(contracts_agree(topics(), MODEL_OF_TOPIC)) == []


def test_a_folder_of_tests_that_is_no_package_is_found_all_the_way_up() -> None:
    paths = ["tests/__init__.py", "tests/unit/a/test_a.py", "tests/unit/a/notes/one.txt", "b/c.py"]
    found = [finding.path for finding in packages_of_tests(paths)]
    assert found == ["tests/unit/__init__.py", "tests/unit/a/__init__.py"]


def test_every_folder_of_tests_is_a_package(project: tuple[Source, ...]) -> None:
    assert list(packages_of_tests(source.path for source in project)) == []
