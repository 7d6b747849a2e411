"""Settings, variables, metrics, columns, checks and reasons are those of the code."""

import json
import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter
from pydantic_settings import BaseSettings

from claimstream.stack.display import status_table
from claimstream.verify import (
    claim_moves,
    database,
    delivery,
    lineage,
    money,
    payer_books,
    publication,
    reference_ledger,
)
from claimstream.verify.run import OWN_CHECKS
from schemas.catalogue import subscriptions, topics
from services.billing.settings import BillingSettings
from services.chassis.clock import ENVIRONMENT_VARIABLE
from services.chassis.health import State
from services.chassis.metrics import Metrics
from services.chassis.settings import ChassisSettings
from services.coding.settings import CodingSettings
from services.patient_statements.settings import PatientStatementsSettings
from services.payer_gateway.settings import GatewaySettings
from simulators.ehr.settings import EhrSettings
from tests.unit.docs.documents import OPERATE, ROOT, codes, documents, named, read, table

SETTINGS: tuple[type[BaseSettings], ...] = (
    ChassisSettings,
    CodingSettings,
    BillingSettings,
    GatewaySettings,
    PatientStatementsSettings,
    EhrSettings,
)
SERVICES = ("coding", "billing", "payer_gateway", "patient_statements")
_VARIABLE = re.compile(r"CLAIMSTREAM_[A-Z0-9_]*[A-Z0-9_]")


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    if default == "":
        return "empty"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, timedelta):
        return str(TypeAdapter(timedelta).dump_python(default, mode="json"))
    return json.dumps(default) if isinstance(default, dict) else str(default)


def settings() -> dict[str, str]:
    """Every variable of a settings class, with its default as the document shows it."""
    found = {ENVIRONMENT_VARIABLE: "real"}
    for model in SETTINGS:
        for name, field in model.model_fields.items():
            if field.validation_alias is None:
                variable = f"{model.model_config['env_prefix']}{name}".upper()
                found[variable] = "required" if field.is_required() else _shown(field.default)
    return found


def _code(*folders: str) -> str:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return "\n".join(read(file) for file in files)


def test_the_table_of_settings_is_that_of_the_code() -> None:
    text = read(OPERATE)
    whole = table(text[text.index("| Variable | Default |") :], "Variable")
    shown = {codes(row[0])[0]: row[1].strip("`") for row in whole if codes(row[0])}
    assert shown == settings()


def test_every_variable_that_the_code_reads_is_in_the_manual() -> None:
    text = read(OPERATE)
    for variable in set(
        _VARIABLE.findall(_code("claimstream", "services", "simulators", "deploy"))
    ):
        assert variable in text, variable


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_variable_that_a_document_names_is_one(document: Path) -> None:
    code = _code("claimstream", "services", "simulators", "deploy", "tests/fixtures")
    code += read(ROOT / "tests" / "conftest.py")
    known = settings().keys() | set(_VARIABLE.findall(code))
    for variable in _VARIABLE.findall(read(document)):
        of_a_service = any(
            variable.startswith(each) and variable.removeprefix(each).lower() in SERVICES
            for each in known
            if each.endswith("_")
        )
        assert variable in known or of_a_service, variable


def test_the_metrics_of_the_manual_are_those_exposed() -> None:
    exposed = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Metrics("till").registry.collect()
    }
    rows = {codes(row[0])[0]: row[1] for row in table(read(OPERATE), "Metric")}
    assert rows.keys() == exposed
    kinds = {family.name: family.type for family in Metrics("till").registry.collect()}
    for name, kind in rows.items():
        assert kinds[name.removesuffix("_total")] == kind


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_metric_that_a_document_names_is_exposed(document: Path) -> None:
    exposed = {family.name for family in Metrics("till").registry.collect()}
    for name in re.findall(r"\bclaimstream_[a-z_]+", read(document)):
        assert name.removesuffix("_total") in exposed, name


def test_the_states_of_a_service_are_those_explained() -> None:
    text = read(OPERATE)
    (told,) = re.findall(r"The body of the first two is one of (.*?)\.\n", text, re.DOTALL)
    assert set(codes(told)) == set(get_args(State))


def test_the_columns_of_status_are_those_explained() -> None:
    headings = [str(column.header) for column in status_table([]).columns if column.header]
    assert [codes(row[0])[0] for row in table(read(OPERATE), "Column")] == headings


def test_the_checks_of_verify_are_those_explained() -> None:
    titles = {title for _, _, title in OWN_CHECKS.values()}
    for module in (
        *(delivery, lineage, money, database, publication, reference_ledger),
        *(payer_books, claim_moves),
    ):
        constants = {name: value for name, value in vars(module).items() if name.isupper()}
        titles |= {
            value
            for name, value in constants.items()
            if isinstance(value, str) and not name.startswith("_")
        }
    assert {row[0] for row in table(read(OPERATE), "Check")} == titles


@pytest.mark.parametrize(
    "module",
    [
        "services.billing.verification",
        "services.billing.domain.ledger_proof",
        "services.payer_gateway.verification",
        "services.patient_statements.domain.verification",
    ],
)
def test_the_rules_of_each_services_proof_are_named(module: str) -> None:
    source = read(Path(import_module(module).__file__ or ""))
    rules = re.findall(r"Finding\(\s*\"(\w+)\"", source)
    assert rules
    named_rules = set(codes(read(OPERATE)[read(OPERATE).index("## Verify") :]))
    assert set(rules) <= named_rules


def test_the_reasons_of_dead_letters_are_those_of_the_code() -> None:
    source = _code("services/chassis") + read(ROOT / "schemas" / "envelope.py")
    rows = table(read(OPERATE), "Reason")
    explained = {reason for row in rows for reason in codes(row[0])}
    given = set(re.findall(r"(?:Refusal|Refused|EnvelopeError)\(\s*\"(\w+)\"", source))
    assert given <= explained
    for reason in explained:
        assert f'"{reason}"' in source


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_readme_names_every_topic_that_it_reads_and_owns(service: str) -> None:
    text = read(ROOT / "services" / service / "README.md")
    owned = {each.name for each in topics() if each.owner == service and "dlq" not in each.name}
    for topic in owned | set(subscriptions(service)):
        assert topic in text, topic
