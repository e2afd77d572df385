"""What the doctor says about what it found: a table of facts and sentences."""

from dataclasses import replace
from typing import Any

import pytest

from controller.doctor.check_board import check_board
from controller.doctor.check_machine import check_clock, check_kernel, check_room, check_software
from controller.doctor.check_pack import check_broker, check_files
from controller.doctor.check_readings import check_readings
from controller.doctor.check_services import check_services
from controller.doctor.command import lines
from controller.doctor.facts import (
    Broker,
    Facts,
    Files,
    Machine,
    Node,
    Room,
    Services,
    Software,
    Time,
    Unit,
)
from controller.doctor.finding import bad, good
from controller.mqtt.messages import FaultState, SensorState, StateMessage, TodayState
from hardware.wiring.facts import BoardFacts, LedgerLook, Line, ReferenceLook, SensorLook
from tests.support.configuration import accepted

NOW_S = 1_800_000_000.0
PI = accepted()
SIMULATED = accepted({"hardware.pin_factory": "simulated"})
SPI = Node("/dev/spidev0.0", "root", "spi", 0o660, writable=True)
GUARD = Unit("heatpack-guard.service", "active", "enabled", True, True, ("gpio", "spi"))
CONTROLLER = Unit("heatpack.service", "active", "enabled", True, False)
HEALTHY = Facts(
    software=Software("3.11.2", {"heatpack": "0.1.0", "gpiozero": "2.0", "lgpio": "0.2.2"}),
    machine=Machine(
        model="Raspberry Pi Zero 2 W Rev 1.0",
        config_txt=("dtparam=spi=on", "dtparam=strict_gpiod"),
        keeps_outputs=False,
        spi=SPI,
        spi_loaded=True,
        watchdog="/dev/watchdog",
    ),
    services=Services("10s", GUARD, CONTROLLER),
    files=Files(state=Node("/var/lib/heatpack", "heatpack-guard", "heatpack", 0o3770, writable=True)),
    broker=Broker(echoed=True, available="online"),
    room=Room(16 << 30, 8 << 30, False, 512 << 20, 200 << 20),
    time=Time(NOW_S, 3600.0, True),
    user="pi",
)
FREE = tuple(Line(key, n, None) for key, n in (("heater_pin", 17), ("enable_pin", 27), ("deadman_pin", 22)))
COLD = (SensorLook(0, 21.3), SensorLook(1, 21.6))
BOARD = BoardFacts(chip="gpiochip0, pinctrl-bcm2835, 54 lines", lines=FREE, asked=True, sensors=COLD)
STATE = StateMessage(
    ts=NOW_S - 5,
    phase="idle",
    session=None,
    temperature_c=24.0,
    sensors=(SensorState(temperature_c=24.0), SensorState(temperature_c=23.8)),
    duty=0.0,
    heater=False,
    dose_cem43=0.0,
    today=TodayState(sessions=0, heated_s=0.0, dose_cem43=0.0),
    ready_at=None,
    starts_in_s=None,
    fault=None,
    guard="ok",
)


def machine(**changes: Any) -> Facts:
    return replace(HEALTHY, machine=replace(HEALTHY.machine, **changes))


def guarded(state: StateMessage | None, available: str = "online") -> Facts:
    return replace(
        HEALTHY, files=replace(HEALTHY.files, guard_pid=123), broker=Broker(None, True, available, state)
    )


def served(**changes: Any) -> Facts:
    return replace(HEALTHY, services=Services("10s", replace(GUARD, **changes), CONTROLLER))


def said(findings: Any) -> list[str]:
    """The findings as "OK topic: sentence" or "!! topic: sentence"."""
    return [f"{'OK' if each.ok else '!!'} {each.topic}: {each.sentence}" for each in findings]


def test_a_healthy_pi() -> None:
    found = [
        *check_software(PI, HEALTHY.software),
        *check_board(PI, HEALTHY, BOARD),
        *check_readings(PI, HEALTHY, BOARD),
        *check_kernel(PI, HEALTHY),
        *check_services(PI, HEALTHY),
        *check_files(PI, HEALTHY, LedgerLook()),
        *check_broker(PI, HEALTHY),
        *check_room(HEALTHY.room),
    ]
    assert said(found) == [
        "OK software: Python 3.11.2, heatpack 0.1.0, gpiozero 2.0, lgpio 0.2.2",
        "OK pin factory: lgpio opens gpiochip0, pinctrl-bcm2835, 54 lines",
        "OK pins: 17, 27, 22 are free",
        "OK spi: /dev/spidev0.0 is open to the group spi, and heatpack-guard.service is in it",
        "OK converter: MCP3008 on SPI port 0, device 0 can be asked",
        "OK sensors: 21.3 °C, 21.6 °C agree",
        "OK kernel: a dead process's output becomes an input",
        "OK watchdog: restarts a machine that hangs for 10s",
        "OK services: heatpack-guard.service is active, starts at boot, is watched, followed by "
        "`heatpack off`",
        "OK services: heatpack.service is active, starts at boot, is watched",
        "OK files: /var/lib/heatpack is heatpack-guard's (mode 3770), with nothing yet",
        "OK broker: broker localhost:1883 takes this pack without a name without TLS, and lets it speak and "
        "listen on its own topics",
        "OK controller: the pack is online",
        "OK disk: 8192 MiB free of 16384",
        "OK memory: 200 MiB free of 512",
    ]


def test_what_is_wrong_with_the_board() -> None:
    table = {
        "pin factory: no chip": (HEALTHY, BoardFacts(error="no chip")),
        "pins: pin 17 (hardware.heater_pin) is held by 'fan': stop that program, or remove the overlay that "
        "takes the pin from config.txt": (HEALTHY, replace(BOARD, lines=(Line("heater_pin", 17, "fan"),))),
        "pins: config.txt has 'gpio=16-18=op,dh', which raises pin 17 (hardware.heater_pin) before any guard "
        "runs: remove it, or choose another pin": (machine(config_txt=("gpio=16-18=op,dh",)), BOARD),
        "spi: /dev/spidev0.0 is missing: put dtparam=spi=on into config.txt (or `raspi-config nonint "
        "do_spi 0`) and reboot": (machine(spi=None, config_txt=()), BOARD),
        "spi: /dev/spidev0.0 is missing: config.txt has dtparam=spi=on already: reboot": (
            machine(spi=None, spi_loaded=False),
            BOARD,
        ),
        "spi: /dev/spidev0.0 is missing: the bus is there, but not this chip select: look at "
        "hardware.adc.spi_device": (machine(spi=None), BOARD),
        "spi: /dev/spidev0.0 has mode 0600: its group needs to read and write it": (
            machine(spi=replace(SPI, mode=0o600)),
            BOARD,
        ),
        "spi: /dev/spidev0.0 is open to the group spi, and heatpack-guard.service is not in it: restore the "
        "shipped unit, or add SupplementaryGroups=spi": (served(groups=("gpio",)), BOARD),
        "spi: /dev/spidev0.0 is open to the group spi, and pi is not in it: `sudo usermod -aG spi pi`, then "
        "log in again": (replace(machine(spi=replace(SPI, writable=False)), services=None), BOARD),
    }
    for sentence, (facts, board) in table.items():
        assert f"!! {sentence}" in said(check_board(PI, facts, board))


@pytest.mark.parametrize(
    "line", ["gpio=17=pd", "gpio=18=op,dh", "gpio=dh", "dtoverlay=gpio-fan", "gpio=1-x=pu"]
)
def test_what_config_txt_may_say(line: str) -> None:
    assert all(finding.ok for finding in check_board(PI, machine(config_txt=(line,)), BOARD))


def test_a_running_guard_holds_the_pins_and_is_no_problem() -> None:
    held = replace(BOARD, lines=tuple(replace(line, user="lg") for line in FREE), asked=False, sensors=())
    found = said(check_board(PI, guarded(STATE), held)) + said(check_readings(PI, guarded(STATE), held))
    assert "OK pins: held by the running guard (process 123)" in found
    assert "OK sensors: 24.0 °C, 23.8 °C, read by the running guard" in found
    assert not [line for line in found if line.startswith("!!")]


def test_what_a_running_guard_may_have_seen() -> None:
    broken = SensorState(temperature_c=None, fault="sensor_open")
    fault = FaultState(code="sensor_open", message="Sensor 2 is open", since=NOW_S, clearable=False)
    faulty = STATE.model_copy(update={"sensors": (STATE.sensors[0], broken), "fault": fault})
    assert said(check_readings(PI, guarded(faulty), BOARD)) == [
        "!! sensors: sensor 2 reads open: look for a broken wire, a loose plug, or a series resistor that is "
        "not there",
        "!! fault: sensor_open is latched: Sensor 2 is open; mend it, then `heatpack reset`",
    ]
    old = STATE.model_copy(update={"ts": NOW_S - 3600})
    for facts in (guarded(None), guarded(old), guarded(STATE, "offline")):
        (only,) = said(check_readings(PI, facts, BOARD))
        assert only.startswith("!! sensors: the running guard holds the converter, and no fresh state")
    lost = STATE.model_copy(update={"guard": "lost"})
    assert said(check_readings(PI, guarded(lost), BOARD))[0].startswith("!! sensors: the controller has lost")


def test_what_is_wrong_with_the_readings() -> None:
    adc = {
        "hardware.adc.reference_channel": 6,
        "hardware.adc.supply_channel": 7,
        "hardware.adc.supply_divider": 2,
    }
    settings = accepted(adc)
    right = ReferenceLook(6, 512, 506, 518)

    def says(sensors: Any = COLD, reference: Any = right, supply_v: Any = 5.1) -> list[str]:
        board = replace(BOARD, sensors=sensors, reference=reference, supply_v=supply_v)
        return [line for line in said(check_readings(settings, HEALTHY, board)) if line.startswith("!!")]

    assert says() == []
    open_ = SensorLook(1, None, "sensor_open")
    assert says((COLD[0], open_))[0].startswith("!! sensors: sensor 2 (channel 1) reads open: look for a")
    assert says((SensorLook(0, None, "sensor_short"), COLD[1]))[0].startswith(
        "!! sensors: sensor 1 (channel 0)"
    )
    assert says((SensorLook(0, None, "adc_failed"),))[0].endswith("supply, ground and SPI wires")
    assert says((SensorLook(0, 61.0), COLD[1])) == [
        "!! sensors: sensor 1 (channel 0) reads 61.0 °C, which no pad at rest has (8 to 38 °C): compare its "
        "part and series_ohm with what is built, or let it cool"
    ]
    assert says((SensorLook(0, 21.0), SensorLook(1, 27.5)))[0].startswith(
        "!! sensors: they differ by 6.5 °C (channel 0 21.0 °C, channel 1 27.5 °C), more than 2: wait"
    )
    assert says(reference=replace(right, code=700))[0].startswith(
        "!! reference: channel 6 reads 700, expected 506 to 518"
    )
    assert says(reference=replace(right, code=None))[0].startswith("!! reference: channel 6 gives no answer")
    assert says(supply_v=0.02)[0].startswith("!! supply: 0.02 V at rest, expected 4.25 to 6.25 V")
    assert says(supply_v=None)[0].startswith("!! supply: channel 7 gives no answer")
    refused = replace(BOARD, spi_error="SPI port 0 cannot be opened")
    assert said(check_readings(PI, HEALTHY, refused)) == ["!! converter: SPI port 0 cannot be opened"]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (machine(keeps_outputs=True, config_txt=()), "!! kernel: it keeps a dead process's output driven, a "
        "heater too: put dtparam=strict_gpiod into config.txt and reboot"),
        (machine(keeps_outputs=True), "!! kernel: it keeps a dead process's output driven, a heater too: "
        "config.txt has it: reboot"),
        (machine(keeps_outputs=None, config_txt=()), "!! kernel: it does not say whether it keeps a dead "
        "process's output driven: put dtparam=strict_gpiod into config.txt and reboot"),
        (machine(keeps_outputs=None, model=None), "OK kernel: a dead process's output becomes an input, as "
        "far as can be seen from here"),
    ],
)  # fmt: skip
def test_what_the_kernel_does_with_a_dead_process_s_pins(facts: Facts, sentence: str) -> None:
    assert said(check_kernel(PI, facts)) == [sentence]


@pytest.mark.parametrize(
    ("period", "device", "ok"),
    [
        ("10s", "/dev/watchdog", True),
        ("0", "/dev/watchdog", False),
        ("infinity", "/dev/watchdog", False),
        ("", "/dev/watchdog", False),
        ("10s", None, False),
        ("1min", "/dev/watchdog", False),
        ("1min 30s", "/dev/watchdog", False),
        ("500ms", "/dev/watchdog", True),
        ("soon", "/dev/watchdog", True),
    ],
)
def test_the_machine_s_watchdog(period: str, device: str | None, ok: bool) -> None:
    facts = replace(machine(watchdog=device), services=Services(period, GUARD, CONTROLLER))
    (finding,) = (each for each in check_services(PI, facts) if each.topic == "watchdog")
    assert finding.ok is ok


@pytest.mark.parametrize(
    ("changes", "begin"),
    [
        ({"active": "failed"}, "has failed: `journalctl -u heatpack-guard.service` says why"),
        ({"active": "inactive"}, "is inactive: `systemctl start heatpack-guard.service`"),
        ({"enabled": "disabled"}, "is not started at boot: `systemctl enable heatpack-guard.service`"),
        ({"watchdog": False}, "has no WatchdogSec"),
        ({"runs_off": False}, "has no ExecStopPost with `heatpack off`"),
    ],
)
def test_what_is_wrong_with_a_unit(changes: dict[str, Any], begin: str) -> None:
    problems = [line for line in said(check_services(PI, served(**changes))) if line.startswith("!!")]
    assert len(problems) == 1
    assert problems[0].startswith(f"!! services: heatpack-guard.service {begin}")


def test_units_that_are_not_there() -> None:
    nobody = replace(HEALTHY, services=Services())
    assert [line for line in said(check_services(PI, nobody)) if "install" in line] == [
        "!! services: no unit does `heatpack guard` with this configuration: `sudo ./systemd/install`",
        "!! services: no unit does `heatpack run` with this configuration: `sudo ./systemd/install`",
    ]
    assert all(finding.ok for finding in check_services(SIMULATED, nobody))
    without = replace(HEALTHY, services=None)
    assert not any(finding.ok for finding in check_services(PI, without))
    assert all(finding.ok for finding in check_services(SIMULATED, without))


def test_the_empty_lgpio() -> None:
    trap = Software("3.13.1", {"lgpio": "0.0.0.2"})
    assert said(check_software(PI, trap))[0].startswith("!! software: lgpio 0.0.0.2 is an empty package")
    assert all(finding.ok for finding in check_software(SIMULATED, trap))


def test_files_that_others_could_write() -> None:
    state = Node("/var/lib/heatpack", "pi", "pi", 0o777, writable=True)
    ledger = Node("/var/lib/heatpack/ledger.json", "pi", "heatpack", 0o660, writable=True)
    facts = replace(HEALTHY, files=Files(state=state, ledger=ledger), secrets=("mqtt.password_file: open",))
    assert said(check_files(PI, facts, LedgerLook())) == [
        "!! files: /var/lib/heatpack can be written by every user of this machine (mode 0777): chmod o-w "
        "/var/lib/heatpack",
        "!! files: /var/lib/heatpack/ledger.json can be written by the group heatpack, the controller's too: "
        "chmod g-w /var/lib/heatpack/ledger.json",
        "!! password: mqtt.password_file: open",
    ]


def test_folders_that_are_not_ours_to_look_into() -> None:
    facts = replace(HEALTHY, files=replace(HEALTHY.files, hidden=True))
    assert said(check_files(PI, facts, LedgerLook("cannot be read: Permission denied"))) == [
        "!! files: /var/lib/heatpack and /run/heatpack are not pi's to look into: run this with sudo, or as "
        "a member of the group heatpack"
    ]
    assert said(check_readings(PI, facts, replace(BOARD, asked=False))) == [
        "!! sensors: nobody knows whether a guard runs, so the converter is left alone; see files"
    ]


def test_a_ledger_that_cannot_be_read() -> None:
    ledger = Node("/var/lib/heatpack/ledger.json", "heatpack-guard", "heatpack", 0o640, writable=False)
    facts = replace(HEALTHY, files=replace(HEALTHY.files, ledger=ledger))
    (denied,) = said(check_files(PI, facts, LedgerLook("cannot be read: Permission denied")))
    assert denied.endswith("run this with sudo, or as a member of the group heatpack")
    (corrupt,) = said(check_files(PI, replace(facts, is_root=True), LedgerLook("is corrupt (no)")))
    assert corrupt.endswith("the guard keeps it aside and stays latched until `heatpack reset`")


@pytest.mark.parametrize(
    ("broker", "words"),
    [
        (Broker(error="broker x:1: connection refused"), "connection refused; start it"),
        (Broker(error="broker x:1: no such host"), "no such host; correct mqtt.host"),
        (Broker(error="broker x:1: wrong user name or password"), "by mosquitto_passwd, to the broker"),
        (Broker(error="broker x:1: no answer"), "broker x:1: no answer"),
        (Broker(echoed=False), "must allow reading and writing heatpack/neck-pad/#"),
        (Broker(echoed=True, available="offline"), "the pack is not on the broker"),
    ],
)
def test_what_is_wrong_with_the_broker(broker: Broker, words: str) -> None:
    problems = [line for line in said(check_broker(PI, replace(HEALTHY, broker=broker))) if line[:2] == "!!"]
    assert words in problems[0]


@pytest.mark.parametrize(
    ("room", "topics"),
    [
        (Room(1 << 34, 1 << 33, True, 1 << 29, 1 << 28), ["disk"]),
        (Room(1 << 34, 1 << 20, False, 1 << 29, 1 << 28), ["disk"]),
        (Room(1 << 34, 1 << 33, False, 1 << 29, 1 << 20), ["memory"]),
        (None, ["disk"]),
    ],
)
def test_too_little_room(room: Room | None, topics: list[str]) -> None:
    assert [finding.topic for finding in check_room(room) if not finding.ok] == topics


def test_the_clock() -> None:
    def says(synchronised: bool | None, saved_s: float | None = None) -> str:
        (only,) = said(check_clock(replace(HEALTHY, time=Time(NOW_S, 7200.0, synchronised)), saved_s))
        return only

    assert says(True).endswith("synchronised, up for 2.0 h")
    assert says(None, NOW_S + 1.0).endswith("nobody says whether it is synchronised, up for 2.0 h")
    assert "from nowhere: a Pi has no clock that runs without power" in says(False)
    assert says(True, NOW_S + 60.0).startswith("!! clock: it is ")
    assert "the ledger's last entry is of" in says(True, NOW_S + 60.0)


def test_the_findings_are_aligned_and_counted() -> None:
    found = (good("spi", "fine"), bad("broker", "gone"))
    assert list(lines(found)) == ["OK  spi     fine", "!!  broker  gone", "", "1 problem."]
    assert list(lines(found[:1])) == ["OK  spi  fine", "", "All is well."]


def test_long_sentences_are_folded_on_a_terminal() -> None:
    found = (bad("spi", "one two three four five six seven eight nine"), good("broker", "fine"))
    assert list(lines(found, 40))[:3] == [
        "!!  spi     one two three four five six",
        "            seven eight nine",
        "OK  broker  fine",
    ]
