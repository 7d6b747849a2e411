"""``claimstream coding``: the coder queue, and coding offline."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup

# Each command: its module, and what it is there.
_PLACES = {
    "code": ("code", "code"),
    "edits": ("edits", "edits"),
    "lookup": ("lookup", "lookup"),
    "recode": ("recode", "recode"),
    "review": ("review", "review"),
    "trends": ("trends", "show_trends"),
    "units": ("units", "units"),
    "queue": ("queue", "app"),
    "audit": ("audit", "app"),
}


class _Commands(Mapping[str, Any]):
    """The commands by name, each imported when it is asked for.

    A look-up needs little of what the queue does, and importing takes longer than looking up.
    """

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module, own = _PLACES[name]
            found = getattr(import_module(f"{__name__}.{module}"), own)
            if isinstance(found, typer.Typer):
                made = typer.Typer()
                made.add_typer(found, name=name)
                self._made[name] = typer.main.get_group(made).commands[name]
            else:
                self._made[name] = _command(name, found)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in _PLACES

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


def _command(name: str, function: Any) -> Any:
    from services.coding.commands.shared import laid_out

    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command(name, help=laid_out(function))(function)
    return typer.main.get_command(made)


class _OnDemand(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = cast("Any", _Commands())


app = typer.Typer(
    name="coding", cls=_OnDemand, help="Coder queue and offline coding.", no_args_is_help=True
)


@app.callback()
def _coding() -> None:
    """Coder queue and offline coding."""
