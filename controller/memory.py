"""What earlier runs have answered and counted down, taken over from the log before heat may begin.

A command that comes twice must not heat twice, nor a trigger-point session that had its countdown, whatever
happened to the controller in between. While the log cannot be read, heat is refused, and a stop is not.
"""

import asyncio
import logging

from controller.mqtt.commands import MAX_ANSWERS, MAX_SPENT_IDS, CommandGate
from controller.mqtt.inbound import BadMessage, Incoming
from controller.mqtt.messages import ResultMessage
from controller.mqtt.parsing import parse_trigger
from controller.post_session import MAX_USED_IDS, Cause, PostSession
from controller.records.entry import CommandAnswer, StorageError
from controller.records.log import Recorder

_log = logging.getLogger(__name__)

#: Real seconds until a log that could not be read is tried again.
RETRY_S = 5.0


class Memory:
    """Fills gate and countdown, once. Until it has, the recorder has a fault."""

    def __init__(self, recorder: Recorder, gate: CommandGate, countdown: PostSession | None) -> None:
        """``recorder`` must be open before ``load``; ``countdown`` None is off."""
        self._recorder = recorder
        self._gate = gate
        self._countdown = countdown
        self.loaded = False

    async def load(self) -> bool:
        """Take over the newest, by their numbers: the clock may have been wrong. Tell whether it could."""
        try:
            answers = await self._recorder.newest_command_answers(MAX_ANSWERS)
            ids = await self._recorder.newest_command_ids(MAX_ANSWERS + MAX_SPENT_IDS)
            used = await self._recorder.newest_trigger_ids(MAX_USED_IDS)
        except StorageError as error:
            if self._recorder.unread is None:
                _log.error("nothing heats before the log can be read: %s", error)
            self._recorder.unread = f"What was answered before could not be read from it yet. {error}"
            return False
        known: dict[str, ResultMessage | None] = dict.fromkeys(ids)
        known.update((answer.id, _as_result(answer)) for answer in answers)
        self._gate.preload(known)
        if self._countdown is not None:
            for id in used:  # nothing counts down yet, so that this only uses it up
                self._countdown.handle(Cause.CANCELLED, 0.0, id)
        self._recorder.unread = None
        self.loaded = True
        return True

    async def run(self) -> None:
        """Try until it is loaded."""
        while not self.loaded:
            await asyncio.sleep(RETRY_S)
            await self.load()

    def admits(self, trigger: Incoming) -> bool:
        """Tell whether a message of the trigger's topic may be looked into; count it if not.

        What begins no countdown always may: a cancel above all.
        """
        if self.loaded or trigger.retained or not _releases(trigger.payload):
            return True
        self._gate.count("storage_failed")
        return False


def _releases(payload: bytes) -> bool:
    try:
        return Cause(parse_trigger(payload).event) is Cause.RELEASED
    except BadMessage:
        return False


def _as_result(answer: CommandAnswer) -> ResultMessage:
    return ResultMessage(
        ts=answer.wall_s,
        id=answer.id,
        action=answer.action,
        accepted=answer.accepted,
        code=answer.code,
        message=answer.message,
        session_id=answer.session_id,
    )
