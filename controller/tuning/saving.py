"""The tuned model into the configuration file: five keys of ``[control]``, and nothing else changes.

Needs tomlkit, of the extra ``tune``.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.items import Item, Key, Table

from config.loader import ConfigError, parse
from config.settings import Settings

_BOM = "\ufeff"


class SaveError(Exception):
    """The file was not changed. The message is a sentence."""


def save(file: Path, model: Mapping[str, float], remark: str) -> None:
    """Write the model into a configuration file: as a whole, or not at all.

    The new text is validated before it takes the old one's place, which keeps its mode and owner.

    Args:
        file: the configuration; a link is followed.
        model: the keys of ``config.rules.MODEL_KEYS``.
        remark: a comment on them.

    Raises:
        SaveError: the file cannot be read or written, or would not be valid.
    """
    file = Path(os.path.realpath(file))
    try:
        with file.open("r+", encoding="utf-8", newline="") as stream:  # "+": what is read-only stays as it is
            before = stream.read()
        after = with_model(before, model, remark)
        _check(before, after, model, file)
        _replace(file, after)
    except ConfigError as error:
        raise SaveError("; ".join(error.problems)) from None
    except UnicodeDecodeError:
        raise SaveError(f"{file} is not UTF-8 text any more") from None
    except OSError as error:
        raise SaveError(f"{file} cannot be written: {error.strerror}") from None


def with_model(text: str, model: Mapping[str, float], remark: str) -> str:
    """Return the text of a configuration with the model in ``[control]``.

    Comments, order and line ends stay. Keys that are new come after the section's last one.

    Raises:
        ConfigError: the text is no TOML.
    """
    try:
        document = tomlkit.parse(text.removeprefix(_BOM) + "\n" * (not text.endswith("\n")))
        if "control" not in document:
            if not text.endswith("\n\n"):
                document.add(tomlkit.nl())
            document.add("control", tomlkit.table())
        section = document["control"]
        # Lines between the last key and the next heading are about what follows: they stay where they are.
        tail = _take_tail(section) if isinstance(section, Table) else []
        for number, (key, value) in enumerate(model.items()):
            item = tomlkit.item(value)
            if number == 0:
                item.comment(remark)
            section[key] = item
        if isinstance(section, Table):
            section.value.body.extend(tail)
        written = tomlkit.dumps(document)
    except (tomlkit.exceptions.TOMLKitError, TypeError, AttributeError) as error:
        raise ConfigError(f"[control]: the new keys have no place in this file: {error}") from None
    if "\r\n" in text and not re.search(r"(?<!\r)\n", text):
        written = re.sub(r"(?<!\r)\n", "\r\n", written)
    return _BOM + written if text.startswith(_BOM) else written


def _take_tail(section: Table) -> list[tuple[Key | None, Item]]:
    body = section.value.body
    last = max((n for n, (key, _) in enumerate(body) if key is not None), default=-1)
    tail = body[last + 1 :]
    del body[last + 1 :]
    return tail


def _check(before: str, after: str, model: Mapping[str, float], file: Path) -> None:
    """Both texts must be right, and differ in nothing but the model."""
    old, new = (
        parse(text.removeprefix(_BOM), source=str(file), folder=file.parent) for text in (before, after)
    )
    if new != _with(old, model):
        raise ConfigError(f"{file}: [control]: something else than the model would have changed")


def _with(settings: Settings, model: Mapping[str, float]) -> Settings:
    control = settings.control.model_copy(update=dict(model))
    return settings.model_copy(update={"control": control})


def _replace(file: Path, text: str) -> None:
    before = file.stat()
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as stream:
            if (os.geteuid(), os.getegid()) != (before.st_uid, before.st_gid):
                os.fchown(descriptor, before.st_uid, before.st_gid)
            os.fchmod(descriptor, before.st_mode & 0o7777)
            stream.write(text)
            stream.flush()
            os.fsync(descriptor)
        os.replace(temporary, file)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
