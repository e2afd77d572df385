"""Keeps those parts of the documentation true that repeat what the code says.

A line ``<!-- from SOURCE -->`` in a page stands before a diagram or a table. The diagram is replaced
as a whole. In a table the words are a person's; only the columns that the source knows are filled in,
found by their heading, and the row by the name in its first cell. ``python -m docs.generate`` rewrites
the pages and the description of the MQTT contract (``docs.asyncapi``), and a test fails if that would
change one.
"""

import dataclasses
import enum
import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from config.limits import ABSOLUTE
from config.settings import Settings
from config.settings import Thermistor as ThermistorSection
from docs import asyncapi, cli_reference, figures, json_schemas
from docs.reference_build import cells
from hardware.checks import CHECKS
from hardware.verdict import Action

PAGES = Path(__file__).parent
Cells = figures.Cells

_MARKER = re.compile(r"<!-- from (?P<source>\w+) ?(?P<about>\S*) -->")


class StaleError(Exception):
    """A table and its source do not have the same rows. The message names the row."""


def refresh(page: str) -> str:
    """Return the page with every generated part as the code has it now.

    Raises:
        StaleError: a row is missing in a table, or stands for something that is gone.
    """
    lines = iter(page.splitlines())
    fresh: list[str] = []
    for line in lines:
        fresh.append(line)
        marker = _MARKER.fullmatch(line)
        if marker and marker["source"] == "diagram":
            _take_block(lines)
            fresh += ["```mermaid", diagram(importlib.import_module(marker["about"]).TRANSITIONS), "```"]
        elif marker:
            cells = _SOURCES[marker["source"]](marker["about"])
            fresh += _fill(_take_table(lines), cells, marker["source"] + " " + marker["about"])
    return "\n".join(fresh) + "\n"


# --- state diagrams -------------------------------------------------------------------------------


def diagram(transitions: Iterable[Any]) -> str:
    """Draw a transition table: dataclasses whose first fields are source, event and target."""
    labels: dict[tuple[str, str], list[str]] = {}
    for row in transitions:
        source, event, target = (_word(getattr(row, field.name)) for field in dataclasses.fields(row)[:3])
        labels.setdefault((source, target), []).append(event.replace("_", " "))
    first = next(iter(labels))[0]
    arrows = [f"    {source} --> {target}: {', '.join(said)}" for (source, target), said in labels.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {first}", *arrows])


def _word(value: object) -> str:
    return str(value.value if isinstance(value, enum.Enum) else value)


# --- tables ---------------------------------------------------------------------------------------


def _keys(path: str) -> Cells:
    """Values and default of every key of a section of the configuration."""
    section: type[BaseModel] = Settings
    for step in path.split("."):
        section = ThermistorSection if step == "thermistor" else _section(section.model_fields[step])
    return {
        f"`{name}`": {"values": _values(field), "default": _default(field)}
        for name, field in section.model_fields.items()
        if not _is_section(field) and name != "thermistor"
    }


def _section(field: FieldInfo) -> type[BaseModel]:
    assert isinstance(field.annotation, type)
    assert issubclass(field.annotation, BaseModel)
    return field.annotation


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _values(field: FieldInfo) -> str:
    """Ask the validator what it expects, by giving it what nobody can."""
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    try:
        TypeAdapter(kind).validate_python(object())
    except ValidationError as error:
        expected = re.search(r"expected (.*), got ", str(error), re.DOTALL)
        if expected:
            return re.sub(r"^a (whole )?number from ", r"\1", expected[1])
    raise StaleError(f"the validator of {field} does not say what it expects")


def _default(field: FieldInfo) -> str:
    match field.default:
        case _ if field.is_required():
            return "required"
        case None:
            return "none"
        case bool() as flag:
            return str(flag).lower()
        case int() | float() as number:
            return f"{number:g}"
        case other:
            return f'`"{other}"`'


def _limits(_: str) -> Cells:
    units = {"_c": " °C", "_s": " s", "_cem43": " CEM43"}
    return {
        f"`{field.name}`": {
            "value": f"{getattr(ABSOLUTE, field.name):g}"
            + next((unit for suffix, unit in units.items() if field.name.endswith(suffix)), "")
        }
        for field in dataclasses.fields(ABSOLUTE)
    }


def _checks(_: str) -> Cells:
    does = {
        Action.WARN: "warning",
        Action.INHIBIT: "heater off while it lasts",
        Action.END_SESSION: "ends the session",
        Action.LATCH: "latched",
    }
    delays: dict[str, dict[Action, list[str]]] = {}
    for check in sorted(CHECKS, key=lambda check: (check.action, check.for_s)):
        when = f"after {check.for_s:g} s" if check.for_s else "at once"
        known = delays.setdefault(f"`{check.code}`", {}).setdefault(check.action, [])
        if when not in known:
            known.append(when)

    def words(action: Action, whens: list[str]) -> str:
        return does[action] if whens == ["at once"] else f"{does[action]} {' or '.join(whens)}"

    return {
        code: {"action": "; ".join(words(action, whens) for action, whens in actions.items())}
        for code, actions in delays.items()
    }


_SOURCES: dict[str, Callable[[str], Cells]] = {
    "keys": _keys,
    "limits": _limits,
    "checks": _checks,
    "build": cells.cells,
    "campaign": figures.campaign,
    "storage": figures.storage,
    "margins": figures.margins,
    "contest": figures.contest,
    "contest_counts": figures.contest_counts,
    "lab": figures.lab,
    "contest_worn": figures.contest_worn,
    "contest_disturbed": figures.contest_disturbed,
}


def _fill(table: list[str], cells: Cells, source: str) -> list[str]:
    header, ruler, *rows = table
    columns = _split(header)
    seen: set[str] = set()
    filled = []
    for row in rows:
        name, *rest = _split(row)
        if name not in cells:
            raise StaleError(f"{source}: {name} is documented and does not exist")
        seen.add(name)
        rest = [cells[name].get(column, cell) for column, cell in zip(columns[1:], rest, strict=True)]
        filled.append(f"| {' | '.join([name, *rest])} |")
    if cells.keys() - seen:
        raise StaleError(f"{source}: {', '.join(sorted(cells.keys() - seen))}: not documented")
    return [header, ruler, *filled, ""]


def _split(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _take_table(lines: Iterator[str]) -> list[str]:
    return list(iter(lambda: next(lines, ""), ""))


def _take_block(lines: Iterator[str]) -> None:
    next(lines)
    while next(lines) != "```":
        pass


def main() -> int:
    """Rewrite the pages; return the exit code."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        try:
            fresh = refresh(text)
        except StaleError as error:
            print(f"{page.relative_to(PAGES)}: {error}", file=sys.stderr)
            return 1
        if fresh != text:
            page.write_text(fresh, encoding="utf-8")
            print(f"{page.relative_to(PAGES)}: refreshed")
    for path, fresh in files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != fresh:
            path.parent.mkdir(exist_ok=True)
            path.write_text(fresh, encoding="utf-8")
            print(f"{path.name}: written")
    return 0


def pages() -> list[Path]:
    """Return the pages that have generated parts, or may have."""
    return sorted(page for page in PAGES.rglob("*.md") if page.parent.name != "decisions")


def files() -> dict[Path, str]:
    """Return the files that are generated as a whole."""
    schemas = {PAGES / "schemas" / name: words for name, words in json_schemas.schema_files().items()}
    return {PAGES / "asyncapi.yaml": asyncapi.text(), PAGES / "cli.md": cli_reference.text(), **schemas}


if __name__ == "__main__":
    sys.exit(main())
