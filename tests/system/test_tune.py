"""``heatpack tune`` as a person runs it: a real guard on a simulated pad, real arguments, real exit codes."""

import os
import pty
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from config.loader import load
from config.rules import MODEL_KEYS
from tests.support.pack import PATIENCE_S, Pack, eventually

#: Real seconds that a busy machine may take for the arithmetic.
LONG_S = 240.0
#: Of the simulated pad: hardware/simulated/plant.py.
TRUE = {"heater_j_m2k": 1833.0, "face_j_m2k": 833.0, "sensor_tau_s": 8.0}


@pytest.fixture
def pack(tmp_path: Path) -> Iterator[Pack]:
    with Pack(tmp_path, speed=20) as made:
        yield made


def command(pack: Pack, *options: str) -> list[str]:
    return pack.command("tune", "--config", str(pack.config), "--speed", f"{pack.speed:g}", *options)


def tunes(pack: Pack, *options: str, code: int) -> "subprocess.CompletedProcess[str]":
    """Run it to its end; it leaves no traceback, and nothing that heats."""
    result = subprocess.run(
        command(pack, *options),
        env=pack.environment(),
        cwd=pack.folder,
        capture_output=True,
        text=True,
        timeout=LONG_S,
    )
    text = result.stdout + result.stderr
    assert "Traceback" not in text, text
    assert result.returncode == code, text
    assert not pack.heats()
    return result


def test_a_worn_pad_is_learned_and_written_down(pack: Pack) -> None:
    before = pack.config.read_text()
    pack.config.write_text(before + "\n# What I like\n[control]\nkp = 0.4 # gently\n\n# The end\n")
    pack.start_guard()
    said = tunes(pack, "--yes", "--write", code=0).stdout
    # It says what it does before it does it.
    notice, _, rest = said.partition("0:00 ·")
    assert "It counts as a session: the pack rests for 30 minutes afterwards" in notice
    assert "Begin?" not in notice
    # A plot, the model with its uncertainty, and what to expect.
    for words in ("⠒", "worn", "heater holds", "±", "gains", "kp ", "°C rms", "expected overshoot"):
        assert words in rest
    # The table is that of the file, and only that has changed there.
    table = tomllib.loads(rest[rest.index("[control]") : rest.index("Saved in")])["control"]
    assert list(table) == list(MODEL_KEYS)
    control = load(pack.config).control
    assert {key: getattr(control, key) for key in MODEL_KEYS} == table
    lines = pack.config.read_text().splitlines()
    kept = [line for line in lines if line.partition(" ")[0] not in MODEL_KEYS]
    assert kept == [
        *before.splitlines(),
        "",
        "# What I like",
        "[control]",
        "kp = 0.4 # gently",
        "",
        "# The end",
    ]
    assert "Kept as they were: kp" in rest
    assert pack.run("check-config", str(pack.config)).returncode == 0
    # It is near the truth.
    for key, value in TRUE.items():
        assert table[key] == pytest.approx(value, rel=0.35), key
    # And it was a session like any other, with little heat.
    (row,) = pack.sessions()
    assert (row["origin"], row["area"], row["reason"]) == ("cli", "tune", "stopped")
    assert pack.entries("session_ended")[0]["message"] == "Stopped (tuned)"
    assert row["energy_j"] < 12.0 * 20.0
    # So the next one has to wait, and the guard says how long.
    again = tunes(pack, "--yes", code=1)
    assert again.stderr.startswith("heatpack tune: Rest until ")


def test_without_write_the_file_is_left_alone(pack: Pack) -> None:
    before = pack.config.read_bytes()
    pack.start_guard()
    said = tunes(pack, "--yes", code=0).stdout
    assert "[control]\nheater_j_m2k = " in said
    assert "Not saved" in said
    assert pack.config.read_bytes() == before


def test_a_file_that_cannot_be_written_is_told_after_the_table(pack: Pack) -> None:
    pack.start_guard()
    with subprocess.Popen(
        command(pack, "--yes", "--write"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=pack.environment(),
        cwd=pack.folder,
    ) as process:
        pack.until_heating()
        pack.config.unlink()
        said, complained = process.communicate(timeout=LONG_S)
        assert process.returncode == 1
    assert "[control]\nheater_j_m2k = " in said
    assert complained.startswith(f"heatpack tune: not saved: {pack.config} cannot be written: ")


def test_a_running_controller_is_not_disturbed(pack: Pack) -> None:
    pack.start()
    eventually((pack.folder / "state" / "log.db").exists, "the controller is at work")
    told = tunes(pack, "--yes", code=1)
    assert told.stderr == (
        "heatpack tune: heatpack run is up with this pack; "
        "stop it for the tuning: sudo systemctl stop heatpack\n"
    )
    assert told.stdout == ""
    assert pack.sessions() == []


def test_a_wire_that_breaks_in_the_middle_is_no_model(pack: Pack) -> None:
    pack.start_guard(inject="sensor_open@8")
    before = pack.config.read_bytes()
    told = tunes(pack, "--yes", "--write", code=1)
    assert told.stderr.startswith("heatpack tune: The guard ended the session: ")
    assert "[control]" not in told.stdout
    assert pack.config.read_bytes() == before
    (row,) = pack.sessions()
    assert row["reason"] == "sensor_open"
    assert pack.entries("session_ended")[0]["code"] == "sensor_open"


def test_a_heater_that_is_not_connected_is_no_model(pack: Pack) -> None:
    pack.start_guard(inject="heating_failed@0")
    told = tunes(pack, "--yes", code=1)
    assert told.stderr.startswith("heatpack tune: nothing was learned. ")
    assert "[control]" not in told.stdout
    assert pack.sessions()[0]["reason"] == "stopped"


def test_without_a_guard_there_is_no_answer(pack: Pack) -> None:
    told = tunes(pack, "--yes", code=3)
    assert "The guard does not answer, so nothing was heated. Is it up?" in told.stderr


@pytest.mark.parametrize("target", ["34", "42.5", "nan", "inf"])
def test_a_target_out_of_range_is_refused_before_anything_else(pack: Pack, target: str) -> None:
    told = tunes(pack, "--yes", "--target", target, code=1)
    assert "is outside 35–42 °C" in told.stderr
    assert not (pack.folder / "state").exists()


def test_nobody_is_heated_unasked(pack: Pack) -> None:
    pack.start_guard()
    assert "give --yes" in tunes(pack, code=1).stderr
    assert pack.edges() == []


def test_a_bad_configuration_is_exit_code_2(pack: Pack) -> None:
    pack.config.write_text("[pad\n")
    assert str(pack.config) in tunes(pack, "--yes", code=2).stderr


def test_a_real_pad_has_one_speed(tmp_path: Path) -> None:
    with Pack(tmp_path, changes={"hardware.pin_factory": "lgpio"}) as pack:
        assert "speed 20 is refused" in tunes(pack, "--yes", code=4).stderr


# --- on a terminal --------------------------------------------------------------------------------------


class Terminal:
    """A person at a terminal who runs it."""

    def __init__(self, pack: Pack, *options: str) -> None:
        self.said = ""
        self._master, slave = pty.openpty()
        os.set_blocking(self._master, False)
        self.process = subprocess.Popen(
            command(pack, *options),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=pack.environment(),
            cwd=pack.folder,
        )
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        os.close(self._master)

    def types(self, text: str) -> None:
        os.write(self._master, text.encode())

    def reads(self, words: str) -> None:
        eventually(lambda: words in self._heard(), f"the terminal shows {words!r}; it shows {self.said}")

    def ends(self) -> int:
        deadline_s = time.monotonic() + LONG_S
        while self.process.poll() is None and time.monotonic() < deadline_s:
            self._heard()
            time.sleep(0.01)
        self._heard()
        assert "Traceback" not in self.said, self.said
        return self.process.wait(1.0)

    def _heard(self) -> str:
        with suppress(BlockingIOError, OSError):
            while chunk := os.read(self._master, 65536):
                self.said += chunk.decode(errors="replace")
        return self.said


def test_a_person_is_asked_and_may_say_no(pack: Pack) -> None:
    pack.start_guard()
    with Terminal(pack) as terminal:
        terminal.reads("Begin? [y/N]")
        terminal.types("\n")
        assert terminal.ends() == 1
        assert "Nothing was heated." in terminal.said
    assert pack.edges() == []


def test_a_person_who_says_yes_sees_one_live_line_and_a_coloured_plot(pack: Pack) -> None:
    pack.start_guard()
    with Terminal(pack) as terminal:
        terminal.reads("Begin? [y/N]")
        terminal.types("y\n")
        assert terminal.ends() == 0
        assert "\r\x1b[K0:01 · watching" in terminal.said
        assert "\x1b[33m" in terminal.said
        assert "[control]" in terminal.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_a_sentence_and_the_heater_is_off(pack: Pack, number: signal.Signals) -> None:
    pack.start_guard()
    with Terminal(pack, "--yes") as terminal:
        pack.until_heating()
        terminal.process.send_signal(number)
        assert terminal.ends() == 130
        assert "Interrupted: the heater is off" in terminal.said
    assert not pack.heats()
    assert pack.sessions()[0]["reason"] == "stopped"


def test_a_reader_who_goes_away_ends_the_heat(pack: Pack) -> None:
    pack.start_guard()
    with subprocess.Popen(
        command(pack, "--yes"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=pack.environment(),
        cwd=pack.folder,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while b"heating" not in process.stdout.readline():
            pass
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 141
        assert process.stderr.read() == b""
    assert not pack.heats()
    assert pack.sessions()[0]["reason"] == "stopped"
