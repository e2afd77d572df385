"""The ``heatpack`` command. Each subcommand imports only what it uses: ``off`` and the guard stay small."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings
    from controller.broker.roles import Role

EXIT_CONFIG = 2
EXIT_HARDWARE = 4
EXIT_UNWRITABLE = 1
EXIT_BROKEN_PIPE = 141  # as a shell says of a program that SIGPIPE has ended
DEFAULT_CONFIG = "/etc/heatpack/heatpack.toml"

Run = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; return its exit code."""
    try:
        try:
            options = _parser().parse_args(arguments)
            run: Run = options.run
            return run(options)
        finally:
            sys.stdout.flush()  # here, where what goes wrong with it is told in a sentence
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _forget_output()  # whoever read it has gone; there is nobody to tell
        return EXIT_BROKEN_PIPE
    except OSError as error:
        _forget_output()
        print(f"heatpack: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        return EXIT_UNWRITABLE


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="heatpack", description="A wearable heat pad with hard limits. Never use it asleep."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Run, help: str, example: str, *, config: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=help,
            description=help[:1].upper() + help[1:] + ".",
            epilog=f"example:\n  heatpack {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        if config:
            default = os.environ.get("HEATPACK_CONFIG", DEFAULT_CONFIG)
            command.add_argument(
                "--config", metavar="F", default=default, help="configuration file (default: %(default)s)"
            )
        return command

    _add_demo(add("demo", _demo, "run one heat session on a simulated pad", "demo --speed 20", config=False))
    guard = add("guard", _guard, "run the guard, the process that owns the heater", "guard --config pad.toml")
    _add_speed(guard)
    guard.add_argument(
        "--inject", metavar="NAME@SECONDS", help="simulated pads: break something after so much heat"
    )
    _add_speed(add("run", _run, "run the controller", "run --config pad.toml"))
    add("off", _off, "drive heater and series switch low", "off --config pad.toml")
    check = add(
        "check-config", _check, "check a configuration and explain it", "check-config pad.toml", config=False
    )
    check.add_argument("file", metavar="F", help="the configuration file")
    example = add(
        "example", _example, "print a shipped configuration", "example pad > heatpack.toml", config=False
    )
    example.add_argument("name", metavar="NAME", help="simulated or pad")
    _add_broker_config(
        add(
            "broker-config",
            _broker_config,
            "print a mosquitto configuration with a role for everybody",
            "broker-config --role phone:anna --role phone:ben -o /etc/mosquitto/conf.d",
        )
    )
    start = add("start", _start, "ask the pack for heat", "start --target 40 --minutes 8 --area neck")
    start.add_argument("--target", type=float, metavar="C", help="target in °C, 35-42")
    start.add_argument("--minutes", type=float, metavar="M", help="duration, 5-10")
    start.add_argument("--area", metavar="TEXT", help="body area, for the record")
    add("stop", _terminal("stop"), "stop the heat", "stop")
    add("reset", _terminal("reset"), "clear a latched fault", "reset")
    status = add("status", _status, "show what the pack is doing", "status --json")
    status.add_argument("--json", action="store_true", help="print the state as JSON")
    add("watch", _terminal("watch"), "show the pack live", "watch")
    _add_tune(add("tune", _tune, "learn the pad, under the guard's protection", "tune --target 40 --write"))
    _add_records(add)
    return parser


def _add_speed(command: argparse.ArgumentParser, default: float = 1.0) -> None:
    command.add_argument(
        "--speed",
        type=_speed,
        default=default,
        metavar="N",
        help="device seconds per second, for simulated pads (default: %(default)g)",
    )


def _add_demo(command: argparse.ArgumentParser) -> None:
    _add_speed(command, 20.0)
    command.add_argument(
        "--minutes", type=float, default=8.0, metavar="M", help="heat phase, 5-10 (default 8)"
    )
    command.add_argument("--phone", action="store_true", help="keep it up for a phone")
    command.add_argument(
        "--fault", metavar="NAME@SECONDS", help="break something, e.g. sensor_open@120: see the guard act"
    )


def _add_tune(command: argparse.ArgumentParser) -> None:
    command.add_argument("--target", type=float, metavar="C", help="heat up to C °C at most, 35-42")
    command.add_argument("--write", action="store_true", help="save the model in the configuration file")
    command.add_argument("--yes", action="store_true", help="heat without asking first")
    _add_speed(command)


def _add_broker_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--role",
        action="append",
        default=[],
        type=_role,
        metavar="ROLE:NAME",
        help="an account: device, phone, home-assistant or trigger, and its user name; may be repeated",
    )
    command.add_argument("--cert", type=Path, metavar="F", help="the broker's certificate (PEM); needs --key")
    command.add_argument("--key", type=Path, metavar="F", help="its key")
    command.add_argument(
        "--client-ca", type=Path, metavar="F", help="demand client certificates of this authority"
    )
    command.add_argument(
        "--allow-plaintext",
        action="store_true",
        help="listen on the network without TLS: passwords can be read",
    )
    command.add_argument("--tls-port", type=_port, metavar="N", help="MQTT with TLS (default: 8883)")
    command.add_argument(
        "--web-port", type=_port, metavar="N", default=9001, help="page and WebSockets (default: %(default)s)"
    )
    command.add_argument("--page", type=Path, metavar="DIR", help="the phone page (default: the shipped one)")
    command.add_argument("-o", dest="output", type=Path, metavar="DIR", help="write the files there")


def _add_records(add: Callable[..., argparse.ArgumentParser]) -> None:
    sessions = add("sessions", _sessions, "list the sessions", "sessions --json")
    sessions.add_argument("--json", action="store_true", help="print them as JSON")
    log = add("log", _log, "show the safety log", "log --since 2h")
    log.add_argument("--follow", action="store_true", help="keep showing new entries")
    log.add_argument("--json", action="store_true", help="one JSON object a line")
    log.add_argument("--since", metavar="T", help="an ISO time, or an age such as 2h or 1d")
    report = add("report", _report, "write a session's report as HTML", "report last -o session.html")
    report.add_argument("session", metavar="SESSION", help="a session's id, the begin of one, or last")
    report.add_argument(
        "-o", dest="output", type=Path, metavar="F", help="file to write (default: by the session's id)"
    )


class _Version(argparse.Action):
    """``--version`` asks for the version when it is asked for, not at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            release = version("heatpack")
        except PackageNotFoundError:
            release = "from its sources, not installed"
        print(f"heatpack {release}")
        parser.exit()


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = float("nan")
    if not 0.1 <= speed <= 100.0:
        raise argparse.ArgumentTypeError(f"{text} is not a speed; 0.1 to 100 is allowed")
    return speed


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; 1 to 65535 is allowed")
    return int(text)


def _role(text: str) -> "tuple[Role, str]":
    from controller.broker.command import role_and_name

    return role_and_name(text)


# --- the daemons ----------------------------------------------------------------------------------


def _guard(options: argparse.Namespace) -> int:
    from hardware.launch import main as launch

    return launch(options.config, options.speed, options.inject)


def _run(options: argparse.Namespace) -> int:
    settings = _settings(options.config)
    if settings is None:
        return EXIT_CONFIG
    from config.speed import refuse_speed

    why = refuse_speed(settings.hardware.pin_factory, options.speed)
    if why is not None:
        print(f"heatpack run: {why}", file=sys.stderr)
        return EXIT_HARDWARE
    from controller.app import run

    return run(settings, options.speed)


def _off(options: argparse.Namespace) -> int:
    from hardware.off import main as off

    return off(options.config)


def _demo(options: argparse.Namespace) -> int:
    from controller.demo import demo

    return demo(options.speed, options.minutes, options.fault, phone=options.phone)


# --- configuration --------------------------------------------------------------------------------


def _settings(path: str) -> "Settings | None":
    from config.loader import ConfigError, load

    try:
        return load(path)
    except ConfigError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return None


def _check(options: argparse.Namespace) -> int:
    settings = _settings(options.file)
    if settings is None:
        return EXIT_CONFIG
    from config.describe import describe
    from controller.mqtt.secrets import secret_problems

    problems = [f"{options.file}: {problem}" for problem in secret_problems(settings.mqtt)]
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return EXIT_CONFIG
    print(describe(settings))
    return 0


def _example(options: argparse.Namespace) -> int:
    from config.loader import ConfigError, example

    try:
        print(example(options.name), end="")
    except ConfigError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return EXIT_CONFIG
    return 0


def _broker_config(options: argparse.Namespace) -> int:
    settings = _settings(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.broker.command import PAGE, Wishes, broker_config

    wishes = Wishes(
        roles=tuple(options.role),
        certificate=options.cert,
        key=options.key,
        client_ca=options.client_ca,
        open_plaintext=options.allow_plaintext,
        tls_port=options.tls_port,
        web_port=options.web_port,
        page=options.page or PAGE,
        output=options.output,
    )
    return broker_config(settings, wishes)


# --- the phone in the terminal --------------------------------------------------------------------


def _terminal(name: str) -> Run:
    def run(options: argparse.Namespace) -> int:
        settings = _settings(options.config)
        if settings is None:
            return EXIT_CONFIG
        from controller import terminal

        act: Callable[[Settings], int] = getattr(terminal, name)
        return act(settings)

    return run


def _start(options: argparse.Namespace) -> int:
    settings = _settings(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.terminal import start

    return start(settings, target_c=options.target, minutes=options.minutes, area=options.area)


def _status(options: argparse.Namespace) -> int:
    settings = _settings(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.terminal import status

    return status(settings, as_json=options.json)


# --- tuning ---------------------------------------------------------------------------------------


def _tune(options: argparse.Namespace) -> int:
    settings = _settings(options.config)
    if settings is None:
        return EXIT_CONFIG
    from config.speed import refuse_speed

    why = refuse_speed(settings.hardware.pin_factory, options.speed)
    if why is not None:
        print(f"heatpack tune: {why}", file=sys.stderr)
        return EXIT_HARDWARE
    from controller.tuning.command import tune

    return tune(
        settings,
        Path(options.config),
        target_c=options.target,
        speed=options.speed,
        write=options.write,
        yes=options.yes,
    )


# --- the records ----------------------------------------------------------------------------------


def _database(options: argparse.Namespace) -> "Path | None":
    settings = _settings(options.config)
    return None if settings is None else settings.paths.state / "log.db"


def _sessions(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.terminal import show_sessions

    return show_sessions(database, as_json=options.json)


def _log(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.terminal import show_log

    return show_log(database, follow=options.follow, as_json=options.json, since=options.since)


def _report(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.terminal import write_report

    return write_report(database, options.session, options.output)


if __name__ == "__main__":
    sys.exit(main())
