"""What a controller has promised to others by saying it, read off the wire."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from campaign.storage.restart import Found
from campaign.storage.trace import Said
from controller.records.entry import Entry


@dataclass(frozen=True, slots=True)
class Told:
    """The phone heard of an entry. If it is a session's end, that is its end."""

    seq: int
    kind: str
    code: str
    message: str
    session_id: str | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The guard was told that its events up to this one are in the log: it forgets them."""

    guard_seq: int


@dataclass(frozen=True, slots=True)
class Heat:
    """The guard was asked for heat: the session is in the log."""

    session_id: str


Promise = Told | Acknowledged | Heat


def told(event: Mapping[str, Any]) -> Told:
    """Return the promise that an event on the phone's topic is."""
    return Told(event["seq"], event["kind"], event["code"], event["message"], event.get("session_id"))


_START = b'{"'


def promises(said: Said) -> Iterator[Promise]:
    """Give what is promised in something said to the broker or to the guard."""
    for message in _objects(said.data):
        match message:
            case {"t": "ack", "event_seq": int(seq)}:
                yield Acknowledged(seq)
            case {"t": "demand", "session_id": str(session_id), "duty": float() | int() as duty} if duty > 0:
                yield Heat(session_id)
            case {"seq": int(), "kind": str(), "code": str(), "message": str()}:
                yield told(message)


def is_kept(promise: Promise, found: Found, whole: Found) -> bool:
    """Tell whether a log keeps a promise; ``whole`` is what it would be without any cut."""
    log = {logged.seq: logged.entry for logged in found.log}
    match promise:
        case Told():
            entry = log.get(promise.seq)
            return entry is not None and _as_told(promise, entry) and _ended_so(promise, found)
        case Acknowledged(guard_seq):
            wanted = (
                logged for logged in whole.log if (logged.entry.guard_seq or guard_seq + 1) <= guard_seq
            )
            return all(logged.seq in log for logged in wanted)
        case Heat(session_id):
            return any(session.row.id == session_id for session in found.sessions)


def _as_told(told: Told, entry: Entry) -> bool:
    return (told.kind, told.code, told.message) == (entry.kind, entry.code, entry.message)


def _ended_so(told: Told, found: Found) -> bool:
    ends = [session.end for session in found.sessions if session.row.id == told.session_id]
    return told.kind != "session_ended" or not ends or (ends[0] is not None and ends[0].reason == told.code)


def _objects(data: bytes) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    at = data.find(_START)
    while at >= 0:
        text = data[at:].decode("utf-8", "replace")
        try:
            found, length = decoder.raw_decode(text)
        except ValueError:
            length = len(_START)
        else:
            yield found
        at = data.find(_START, at + len(text[:length].encode()))
