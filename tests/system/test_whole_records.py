"""The records of real daemons: what happened while the controller was away, and is all of it whole?"""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.pack import Pack


def test_what_the_guard_did_alone_is_logged_later_with_its_own_time(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=20) as pack:
        pack.start()
        phone.ready()
        session_id = str(phone.asks("start")["session_id"])
        pack.until_heating()
        heat_on = phone.event("heat_on")
        pack.end(pack.controller, signal.SIGKILL)
        pack.until_cold()
        time.sleep(0.5)  # ten seconds of the device, in which nobody listens to the guard

        pack.start_controller()
        ended = phone.event("session_ended")
        assert (ended["code"], ended["session_id"]) == ("controller_lost", session_id)
        back = phone.phase("resting")
        assert ended["ts"] < back["ts"] - 5.0, "its time is that of the end, not that of the log"
        assert phone.event("session_ended")["seq"] > heat_on["seq"]
        # Each hash that went out is that of the log, where all is chained and sealed.
        stored = {
            entry["seq"]: entry["hash"].hex()
            for kind in ("heat_on", "session_ended")
            for entry in pack.entries(kind)
        }
        assert (stored[heat_on["seq"]], stored[ended["seq"]]) == (heat_on["hash"], ended["hash"])
        whole = pack.run(
            "log", "verify", "--config", str(pack.config), "--head", f"{ended['seq']}:{ended['hash']}"
        )
        assert (whole.returncode, whole.stderr) == (0, "")
        assert whole.stdout.startswith("The log is as it was written: ")


def test_a_fault_is_with_its_session_and_a_changed_log_is_found(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=20) as pack:
        pack.start(inject="sensor_open@5")
        phone.ready()
        phone.asks("start")
        phone.phase("fault")
        ended = phone.event("session_ended")
        (session,) = pack.sessions()
        assert (session["reason"], session["faults"]) == ("sensor_open", '["sensor_open"]')
        pack.end(pack.controller)
        with closing(sqlite3.connect(pack.log_db)) as db, db:
            db.execute("UPDATE event SET message = 'All was well' WHERE kind = 'fault'")
        found = pack.run("log", "verify", "--config", str(pack.config))
        assert found.returncode == 1
        assert "(fault) was changed." in found.stdout
        assert ended["seq"] > pack.entries("fault")[0]["seq"]
