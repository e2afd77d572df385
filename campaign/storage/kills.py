"""A real controller is killed at random moments of real sessions, and every second time its guard with it.

All moments share one log, which grows with them, as it would on a device.
"""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from campaign.storage.cuts import forget_rest
from campaign.storage.promises import Told, is_kept, told
from campaign.storage.restart import found_in
from campaign.storage.tally import Tally
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.pack import Pack, eventually

#: Device seconds a second: several packs share a machine.
SPEED = 20.0
#: Device seconds from a wish to its stop, and from the wish to the last moment that is drawn.
STOP_S, LAST_S = 40.0, 60.0


def kill(folder: Path, moments: int, seed: int, advance: Callable[[], None] = lambda: None) -> Tally:
    """Kill ``moments`` times; start again each time, and compare what the phone heard with the log.

    Args:
        folder: for the pack; empty.
        moments: how often.
        seed: the same moments for the same seed, as far as a machine's load lets them be the same.
        advance: called after each.
    """
    chance, tally, heard = Random(seed), Tally(), list[Told]()
    with Broker(folder) as broker, Pack(folder, broker, speed=SPEED) as pack:
        pack.start()
        for number in range(moments):
            with Phone(broker) as phone:
                phone.ready()
                _session_until(phone, chance.uniform(0.0, LAST_S))
                if number % 2:  # the guard first, or it would end the session in an orderly way
                    pack.end(pack.guard, signal.SIGKILL)
                pack.end(pack.controller, signal.SIGKILL)
                if number % 2:
                    pack.start_guard()
                pack.start_controller()
                _closed(pack)
                heard += map(told, phone.events)
            tally.cuts += 1
            _judge(tally, f"moment {number}", pack, heard)
            pack.end(pack.guard)
            forget_rest(pack)
            pack.start_guard()
            advance()
    return tally


def _session_until(phone: Phone, moment_s: float) -> None:
    """Ask for heat, later for its end, and be there at the moment, whatever has happened by then."""
    phone.says("start")
    time.sleep(min(moment_s, STOP_S) / SPEED)
    if moment_s > STOP_S:
        phone.says("stop")
        time.sleep((moment_s - STOP_S) / SPEED)


def _closed(pack: Pack) -> None:
    """Wait until no session is without its end: nobody has asked for another one."""

    def closed() -> bool:
        return all(session["reason"] for session in pack.sessions())

    eventually(closed, "each session has an end")


def _judge(tally: Tally, where: str, pack: Pack, heard: list[Told]) -> None:
    found = found_in(pack.log_db.parent)
    tally.lost += [f"{where}: {promise}" for promise in heard if not is_kept(promise, found, found)]
    tally.unfinished += [f"{where}: session {session}" for session in found.unfinished]
    tally.unverified += [f"{where}: {found.wrong}"] * bool(found.wrong)
    tally.set_aside += [f"{where}: {path.name}" for path in found.aside]
