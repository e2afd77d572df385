"""From pydantic's errors to sentences that name what to write instead."""

import difflib
import typing
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.fields import shown
from config.problems import Problem, Where


def explain(model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    """Yield one problem for each error that validating a ``model`` gave."""
    for detail in error.errors():
        yield Problem(detail["loc"], _sentence(model, detail))


def _sentence(model: type[BaseModel], detail: ErrorDetails) -> str:
    where = detail["loc"]
    match detail["type"]:
        case "problem":
            return str(detail["ctx"]["sentence"])
        case "value_error":
            return str(detail["ctx"]["error"])
        case "extra_forbidden":
            return _unknown(_model_at(model, where[:-1]), str(where[-1]))
        case "missing":
            return _missing(_model_at(model, where[:-1]), str(where[-1]))
        case "model_type":
            return f"expected a section, got {shown(detail['input'])}"
        case _:
            return f"{detail['msg']}, got {shown(detail['input'])}"


def _unknown(section: type[BaseModel], key: str) -> str:
    nearest = difflib.get_close_matches(key, section.model_fields, n=1, cutoff=0.6)
    if nearest:
        return f"unknown key; did you mean {nearest[0]}?"
    return f"unknown key; the keys here are {', '.join(section.model_fields)}"


def _missing(section: type[BaseModel], key: str) -> str:
    field = section.model_fields[key]
    if field.description:
        return f"missing; expected {field.description}"
    needed = [
        name for name, inside in _models_in(field.annotation)[0].model_fields.items() if inside.is_required()
    ]
    return f"this section is missing; it needs {', '.join(needed)}"


def _model_at(model: type[BaseModel], where: Where) -> type[BaseModel]:
    for step in where:
        if isinstance(step, str) and (inner := _models_in(model.model_fields[step].annotation)):
            model = inner[0]
    return model


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in typing.get_args(annotation) for model in _models_in(inner)]
