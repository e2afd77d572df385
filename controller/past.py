"""The last sessions, as the phone gets them: a few, small, and read off the control loop."""

from controller.mqtt.messages import PastSession, ResultMessage
from controller.mqtt.parsing import MAX_PAYLOAD_BYTES
from controller.records import query
from controller.records.entry import SessionRecord
from controller.records.log import Recorder


async def past_sessions(recorder: Recorder, count: int) -> tuple[PastSession, ...]:
    """Return the last sessions, newest first. The log's own thread reads them.

    Raises:
        StorageError: the log cannot be read.
    """
    found = await recorder.read(lambda db: query.sessions(db, limit=count))
    return tuple(map(_past, found))


def within_bounds(result: ResultMessage) -> ResultMessage:
    """Return the answer without its oldest sessions, as many as make it too long for one message."""
    while result.sessions and len(result.payload()) > MAX_PAYLOAD_BYTES:
        result = result.model_copy(update={"sessions": result.sessions[:-1]})
    return result


def _past(record: SessionRecord) -> PastSession:
    row, end = record.row, record.end
    started_s = None if end is None else end.started_wall_s
    peak_c = None if end is None else end.peak_c
    return PastSession(
        id=row.id,
        started=round(row.requested_wall_s if started_s is None else started_s, 1),
        area=row.area,
        origin=row.origin,
        target_c=row.target_c,
        duration_s=row.duration_s,
        heated_s=0.0 if end is None else round(end.heated_s, 1),
        peak_c=None if peak_c is None else round(peak_c, 2),
        dose_cem43=0.0 if end is None else round(end.dose_cem43, 4),
        ended=None if end is None else end.reason,
    )
