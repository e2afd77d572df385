"""The tuned model into a configuration: five keys, and everything else as it was."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.loader import ConfigError, load
from config.rules import MODEL_KEYS
from controller.tuning.saving import SaveError, save, with_model
from tests.support.pack import BASE, toml

MODEL = dict(zip(MODEL_KEYS, (1810.0, 821.0, 0.00868, 8.18, 0.148), strict=True))
REMARK = "heatpack tune, 2026-11-21, residual 0.02 °C"
ADDED = f"""\
heater_j_m2k = 1810.0 # {REMARK}
face_j_m2k = 821.0
heater_face_m2k_w = 0.00868
sensor_tau_s = 8.18
sensor_heater_share = 0.148
"""
OTHER = {key: value + 1e-3 for key, value in MODEL.items()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "heatpack.toml"
    path.write_text(toml(BASE))
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[pad]\na = 1", f"[pad]\na = 1\n\n[control]\n{ADDED}"),
        ("[pad]\na = 1\n\n", f"[pad]\na = 1\n\n[control]\n{ADDED}"),
        ("[[t]]\nx=1\n\n[[t]]\nx  =  2\n", f"[[t]]\nx=1\n\n[[t]]\nx  =  2\n\n[control]\n{ADDED}"),
        ("[control]\nkp = 0.5  # mine\n", f"[control]\nkp = 0.5  # mine\n{ADDED}"),
        (
            "[control]\nkp = 1\n\n# About heat\n[heat]\nt = 4\n",
            f"[control]\nkp = 1\n{ADDED}\n# About heat\n[heat]\nt = 4\n",
        ),
        ("[control]\n\n# later\n[heat]\nt = 4\n", f"[control]\n{ADDED}\n# later\n[heat]\nt = 4\n"),
    ],
)
def test_new_keys_come_after_the_sections_last_one(before: str, after: str) -> None:
    assert with_model(before, MODEL, REMARK) == after


def test_a_second_tuning_takes_the_first_ones_place() -> None:
    first = with_model("# top\n[control]\nkp = 1\n\n[heat]\nt = 4 # warm\n", OTHER, "an older remark")
    assert with_model(first, MODEL, REMARK) == (f"# top\n[control]\nkp = 1\n{ADDED}\n[heat]\nt = 4 # warm\n")


def test_dotted_and_inline_sections_stay_what_they_are() -> None:
    dotted = with_model("control.kp = 1\nheat.t = 4\n", MODEL, REMARK)
    assert dotted.startswith("control.kp = 1\ncontrol.heater_j_m2k = 1810.0")
    assert tomllib.loads(dotted) == {"control": {"kp": 1, **MODEL}, "heat": {"t": 4}}
    inline = with_model("control = { kp = 1 }\n", MODEL, REMARK)
    assert tomllib.loads(inline) == {"control": {"kp": 1, **MODEL}}


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    written = with_model("\ufeff[control]\r\nkp = 1\r\n\r\n[heat]\r\nt = 4\r\n", MODEL, REMARK)
    assert written.startswith("\ufeff[control]\r\n")
    assert written.count("\n") == written.count("\r\n") == 10


@pytest.mark.parametrize("text", ["control = 3\n", "[control\n", "[[control]]\nkp = 1\n"])
def test_a_file_without_room_for_them_is_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="no place in this file"):
        with_model(text, MODEL, REMARK)


_LINES = st.lists(
    st.sampled_from(["", "# a remark", "  # another", "kp = 0.4", "ti_s = 55 # mine", "td_s  =  9"]),
    unique_by=lambda line: line.split("=")[0] if "=" in line else object(),
)


@given(
    before=_LINES,
    inside=_LINES,
    after=st.sampled_from(["", "\n# last\n[heat]\nt = 4\n", "[z]\n[z.y]\nx = 1\n"]),
)
def test_every_line_of_a_person_is_still_there(before: list[str], inside: list[str], after: str) -> None:
    comments = [line for line in before if "=" not in line]
    text = "\n".join([*comments, "[pad]", "p = 1", *comments, "[control]", *inside, ""]) + after
    written = with_model(text, MODEL, REMARK)
    added = ADDED.splitlines()
    assert [line for line in written.splitlines() if line not in added] == text.splitlines()
    assert tomllib.loads(written)["control"] == {**tomllib.loads(text)["control"], **MODEL}


# --- the file -------------------------------------------------------------------------------------------


def test_the_file_keeps_its_mode_and_whatever_else_it_says(file: Path) -> None:
    before = load(file)
    file.chmod(0o640)
    save(file, MODEL, REMARK)
    after = load(file)
    assert {key: getattr(after.control, key) for key in MODEL_KEYS} == MODEL
    assert after.model_copy(update={"control": before.control}) == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_text() == f"{toml(BASE)}\n[control]\n{ADDED}"
    assert os.listdir(file.parent) == [file.name]


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.toml"
    link.parent.mkdir()
    link.symlink_to(file)
    save(link, MODEL, REMARK)
    assert link.is_symlink()
    assert load(file).control.sensor_tau_s == 8.18


def test_a_model_that_the_configuration_refuses_changes_nothing(file: Path) -> None:
    with pytest.raises(SaveError, match=r"control\.sensor_tau_s: expected a number from 1 to 40 s, got 90"):
        save(file, {**MODEL, "sensor_tau_s": 90.0}, REMARK)
    assert file.read_text() == toml(BASE)


def test_a_file_that_was_spoilt_meanwhile_changes_nothing(file: Path) -> None:
    file.write_text(text := toml({**BASE, "heat.target_c": 99}))
    with pytest.raises(SaveError, match=r"heat\.target_c"):
        save(file, MODEL, REMARK)
    assert file.read_text() == text
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SaveError, match="not UTF-8"):
        save(file, MODEL, REMARK)


def test_a_file_that_is_gone_is_a_sentence(file: Path) -> None:
    file.unlink()
    with pytest.raises(SaveError, match=r"heatpack\.toml cannot be written: No such file"):
        save(file, MODEL, REMARK)
    assert os.listdir(file.parent) == []


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match="cannot be written: No space left on device"):
        save(file, MODEL, REMARK)
    assert file.read_text() == toml(BASE)
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize("absent", MODEL_KEYS)
def test_a_model_of_four_numbers_is_none(file: Path, absent: str) -> None:
    four = {f"control.{key}": value for key, value in MODEL.items() if key != absent}
    file.write_text(toml({**BASE, **four}))
    with pytest.raises(ConfigError, match=rf"control\.{absent}: missing; heater_j_m2k, face_j_m2k"):
        load(file)
