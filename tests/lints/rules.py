"""All house rules, over the whole project."""

from schemas.catalogue import MODEL_OF_TOPIC, topics
from tests.lints.contracts import contracts_agree
from tests.lints.locking import locked_by_values
from tests.lints.money import no_float_near_money
from tests.lints.packages import packages_of_tests
from tests.lints.purity import pure_domain
from tests.lints.source import Finding, Rule, project_sources
from tests.lints.wording import (
    no_machine_paths,
    no_package_hosts,
    no_tool_names,
    nothing_unfinished,
    short_modules,
)

RULES: tuple[Rule, ...] = (
    no_float_near_money,
    pure_domain,
    locked_by_values,
    nothing_unfinished,
    no_package_hosts,
    no_machine_paths,
    no_tool_names,
    short_modules,
)


def findings() -> list[Finding]:
    """Every place of the project that breaks a house rule."""
    sources = list(project_sources())
    return [
        *(finding for source in sources for rule in RULES for finding in rule(source)),
        *packages_of_tests(source.path for source in sources),
        *contracts_agree(topics(), MODEL_OF_TOPIC),
    ]
