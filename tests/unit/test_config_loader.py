"""From a file to settings, or to every reason why not."""

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.loader import ConfigError, example, example_names, load, parse

RIGHT = """
[device]
id = "neck-pad"

[pad]
power_w = 8
supply_v = 5
area_cm2 = 120
thermal_cutout = true

[hardware]
heater_pin = 17
adc.chip = "MCP3208"

[[hardware.thermistor]]
channel = 0
series_ohm = 5600
part = "103AT-2"

[[hardware.thermistor]]
channel = 1
series_ohm = 5600
part = [[20, 12090], [25, 10000], [40, 5827], [50, 4160]]
"""


def refusal(file: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load(file)
    return refused.value.problems


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "heatpack.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_a_right_file_becomes_settings(tmp_path: Path) -> None:
    settings = load(written(tmp_path, RIGHT))
    assert settings.device.id == "neck-pad"
    assert settings.hardware.thermistor[1].channel == 1


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert load(written(tmp_path, b"\xef\xbb\xbf" + RIGHT.encode())).device.id == "neck-pad"


def test_relative_paths_start_at_the_folder_of_the_file_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    written(tmp_path / "etc", RIGHT + '[paths]\nstate = "state"\n')
    monkeypatch.chdir(tmp_path)
    assert load("etc/heatpack.toml").paths.state == tmp_path / "etc/state"


def test_every_problem_names_file_and_key(tmp_path: Path) -> None:
    wrong = (
        RIGHT.replace("heater_pin", "heater_pim").replace("channel = 1", "channel = 11")
        + "[limits]\ncutoff_c = 45\n"
    )
    file = written(tmp_path, wrong)
    assert sorted(refusal(file)) == [
        f"{file}: hardware.heater_pim: unknown key; did you mean heater_pin?",
        f"{file}: hardware.heater_pin: missing; expected the MOSFET's GPIO: 12, 13 or 16 to 27",
        f"{file}: hardware.thermistor[1].channel: expected a whole number from 0 to 7, got 11",
        f"{file}: limits.cutoff_c: 45 is looser than the absolute limit 44; use 44 or less",
    ]


def test_an_empty_file_says_which_sections_it_needs(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    assert refusal(file) == (
        f"{file}: device: this section is missing; it needs id",
        f"{file}: pad: this section is missing; it needs power_w, supply_v, area_cm2",
        f"{file}: hardware: this section is missing; it needs heater_pin, adc, thermistor",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            "[pad\n", "line 1, column 5: expected ']' at the end of a table declaration", id="bracket"
        ),
        pytest.param("a = 1\na = 2\n", "line 2, column 6: cannot overwrite a value", id="twice"),
        pytest.param("a = ", "end of document: invalid value", id="the end"),
        pytest.param(b"name = '\xb0C'\n", "line 1: is not UTF-8 text; save the file as UTF-8", id="Latin-1"),
        pytest.param(b"\n\n\x00", "line 3, column 1: invalid statement", id="zero byte"),
        pytest.param(b"#" * (1 << 20) + b"#", "is larger than 1 MiB and no configuration", id="too large"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_place(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    file = written(tmp_path, content)
    assert refusal(file) == (f"{file}: {message}",)


@pytest.mark.parametrize("content", ["a = " + "9" * 5000, "a = " + "[" * 5000], ids=["digits", "brackets"])
def test_toml_that_no_parser_can_hold_is_refused(tmp_path: Path, content: str) -> None:
    file = written(tmp_path, content)
    (problem,) = refusal(file)
    assert problem.startswith(f"{file}: TOML: cannot be read: ")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.toml") == (f"{tmp_path}/none.toml: there is no such file",)
    assert refusal(tmp_path) == (f"{tmp_path}: this is a folder, not a configuration file",)
    below = written(tmp_path, RIGHT) / "below"
    assert refusal(below) == (f"{below}: cannot be read: Not a directory",)
    assert refusal(Path("a\0b")) == ("a\0b: cannot be read: embedded null byte",)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "heatpack.toml"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(file))  # root may read every file, but nobody may open a socket
        assert refusal(file) == (f"{file}: cannot be read: No such device or address",)


@given(st.text(max_size=60))
def test_no_text_breaks_the_loader(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text, source="it", folder=Path("/"))
    assert all(problem.startswith("it: ") for problem in refused.value.problems)


VALUES = st.recursive(
    st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=5).map(repr)).map(str),
    lambda inside: st.lists(inside, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
    max_leaves=8,
)


@given(value=VALUES, line=st.integers(0, len(RIGHT.splitlines()) - 1))
def test_no_value_breaks_the_loader(value: str, line: int) -> None:
    lines = RIGHT.splitlines()
    key = lines[line].partition("=")[0]
    lines[line] = f"{key} = {value}"
    problems: tuple[str, ...] = ()
    try:
        parse("\n".join(lines), source="it", folder=Path("/"))
    except ConfigError as error:
        problems = error.problems
    assert all(problem.startswith("it: ") for problem in problems)


# --- the shipped ones -----------------------------------------------------------------------------


def test_the_shipped_configurations_are_found_by_name() -> None:
    assert example_names() == ("pad", "simulated")
    for name in ("heatpack", "../limits", "pad.toml", ""):
        with pytest.raises(ConfigError) as refused:
            example(name)
        assert refused.value.problems == (
            f'no shipped configuration is called "{name}"; there are: pad, simulated',
        )


@pytest.mark.parametrize("name", ["pad", "simulated"])
def test_every_shipped_configuration_loads(name: str, tmp_path: Path) -> None:
    settings = load(written(tmp_path, example(name)))
    assert settings.pad.thermal_cutout
    assert [thermistor.part for thermistor in settings.hardware.thermistor] == ["103AT-2", "103AT-2"]


def test_the_simulated_configuration_needs_nothing_outside_its_folder(tmp_path: Path) -> None:
    settings = load(written(tmp_path, example("simulated")))
    assert settings.hardware.pin_factory == "simulated"
    assert settings.post_session.enabled
    assert settings.paths.state == tmp_path / "heatpack-state"
    assert settings.paths.runtime == tmp_path / "heatpack-run"


def test_what_the_reference_build_leaves_out_in_comments_is_right_too(tmp_path: Path) -> None:
    lines = []
    for line in example("pad").splitlines():
        key, equals, _ = line.removeprefix("# ").partition(" = ")
        is_option = line.startswith("# ") and equals and key.isidentifier() and key != "part"
        lines.append(line.removeprefix("# ") if is_option else line)
    settings = load(written(tmp_path, "\n".join(lines)))
    assert settings.hardware.adc.supply_divider == 2
    assert settings.limits.day_sessions == 4
    assert settings.mqtt.key_file == tmp_path / "client-key.pem"
