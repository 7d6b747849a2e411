"""Makes frozen values fast, for readers of large files.

A frozen dataclass sets each field through ``object.__setattr__``, which costs several times what
setting it costs. A maker fills an unfrozen twin with the same slots and then gives it the frozen
class: the value that comes out is an ordinary, frozen one.
"""

from dataclasses import Field, field, fields, make_dataclass
from typing import Any, TypeVar, cast

_Value = TypeVar("_Value")


def maker(of: type[_Value]) -> type[_Value]:
    """Called as the frozen, slotted dataclass ``of`` is called, and gives one of its values.

    ``of`` must have no ``__post_init__`` of its own and no base class with fields.
    """

    def become(value: object) -> None:
        value.__class__ = of

    twin = make_dataclass(
        of.__name__,
        [(given.name, object, _same(given)) for given in fields(cast("Any", of))],
        namespace={"__post_init__": become},
        slots=True,
        eq=False,
        repr=False,
    )
    return cast("type[_Value]", twin)


def _same(given: "Field[Any]") -> Any:
    return field(default=given.default, default_factory=given.default_factory)
