"""Which fields of a contract hold protected health information, and how to show an event without.

A field is marked where it is declared: ``Annotated[ShortText, Phi("identity")]``. The mark costs
nothing when events are read or written; the published JSON Schema carries it as ``x-phi``.

``identity`` says who a patient is (45 CFR 164.514(b)(2)(i): names, addresses, birth dates, phone,
email, plan member numbers); ``clinical`` is text that a clinician wrote about them. Ids, codes,
dates of service and cents are what services work with, and are governed by the class of the topic.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

PhiKind = Literal["identity", "clinical"]

MASK = "•••"


@dataclass(frozen=True, slots=True)
class Phi:
    """The mark of a field that holds protected health information."""

    kind: PhiKind

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core_schema), "x-phi": self.kind}


@cache
def phi_paths(model: type[BaseModel]) -> Mapping[str, PhiKind]:
    """The marked fields of ``model`` by path, such as ``guarantor.address`` or ``note[].text``."""
    found: dict[str, PhiKind] = {}
    for name, field in model.model_fields.items():
        mark = next((mark for mark in field.metadata if isinstance(mark, Phi)), None)
        if mark is not None:
            found[name] = mark.kind
        else:
            found.update(
                {f"{name}{path}": kind for path, kind in _within(field.annotation).items()}
            )
    return found


def _within(annotation: Any) -> dict[str, PhiKind]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {f".{path}": kind for path, kind in phi_paths(annotation).items()}
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        mark = next((mark for mark in marks if isinstance(mark, Phi)), None)
        return _within(inner) if mark is None else {"": mark.kind}
    step = "[]" if get_origin(annotation) in {tuple, list} else ""
    return {
        f"{step}{path}": kind
        for argument in get_args(annotation)
        for path, kind in _within(argument).items()
    }


def masked(event: BaseModel) -> dict[str, Any]:
    """The event as its JSON object, with ``•••`` in place of every marked field that has a value.

    Absent fields are left out, and empty text stays empty.
    """
    shown = event.model_dump(mode="json", exclude_none=True)
    for path in phi_paths(type(event)):
        _mask(shown, path.replace("[]", ".[]").split("."))
    return shown


def _mask(part: Any, steps: list[str]) -> None:
    step, *rest = steps
    if step == "[]":
        for index, item in enumerate(part):
            if rest:
                _mask(item, rest)
            else:
                part[index] = MASK
        return
    if not part.get(step):
        return
    if rest:
        _mask(part[step], rest)
    else:
        part[step] = MASK
