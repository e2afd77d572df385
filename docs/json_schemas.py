"""The payloads of the MQTT contract as JSON Schemas, made from the models of the code."""

import json
from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from controller.mqtt import inbound, messages

Json = dict[str, Any]
#: By the topic on which the pack sends it.
PUBLISHED: Final[Mapping[str, type[BaseModel]]] = {
    "state": messages.StateMessage,
    "event": messages.EventMessage,
    "result": messages.ResultMessage,
    "info": messages.InfoMessage,
}


def schema_files() -> dict[str, str]:
    """Return a JSON Schema (2020-12) for each payload, by its file's name."""
    everything = schemas("#/$defs/{model}")
    roots = {"command": "Command", "trigger": "TriggerPayload"} | {
        name: model.__name__ for name, model in PUBLISHED.items()
    }
    files = {}
    for name, root in roots.items():
        used = _used(root, everything)
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": f"#/$defs/{root}",
            "$defs": {key: everything[key] for key in sorted(used)},
        }
        files[f"{name}.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return files


def schemas(ref_template: str) -> Json:
    """Return the schema of every model, and ``Command`` and ``TriggerPayload`` for what comes in."""
    commands = tuple(inbound.COMMANDS.values())
    _, made = models_json_schema(
        [
            *((model, "validation") for model in (*commands, inbound.Trigger)),
            *((model, "serialization") for model in PUBLISHED.values()),
        ],
        ref_template=ref_template,
    )
    found: Json = made["$defs"]

    def either(words: list[str], models: list[str]) -> Json:
        return {
            "anyOf": [
                {"type": "string", "enum": words, "description": "the bare word, without quotes"},
                *({"$ref": ref_template.format(model=model)} for model in models),
            ]
        }

    found["Command"] = either(list(inbound.COMMANDS), [model.__name__ for model in commands])
    found["TriggerPayload"] = either(list(get_args(inbound.TriggerEvent)), ["Trigger"])
    return found


def _used(root: str, schemas: Json) -> set[str]:
    """Return the names that a schema leads to, with its own."""
    found, waiting = {root}, [root]
    while waiting:
        words = json.dumps(schemas[waiting.pop()])
        new = {name for name in schemas if f'/{name}"' in words} - found
        found |= new
        waiting += new
    return found
