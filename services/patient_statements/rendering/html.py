"""A statement as one HTML page: semantic, accessible, printable, without any outside resource."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from services.patient_statements.domain.statement_text import StatementText


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("statement.html.j2")


def html_of(text: StatementText) -> bytes:
    """The page in UTF-8. Every value is escaped: a name cannot become markup."""
    return _template().render(statement=text).encode()
