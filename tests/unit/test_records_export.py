"""Records for other programs: names with units, times with a zone, nothing that a spreadsheet would run."""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.records import export, handover
from tests.support.sessions import START_WALL_S, broken, completed, later, write

LONG_AGO = "2000-01-01"


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    await write(path, completed("s-1", area="=HYPERLINK(1)"), later(broken("s-2"), 3600.0, '頸, "links"\n'))
    return path


def rows_of(file: Path) -> list[dict[str, str]]:
    with open(file, encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_session_is_a_line_for_each_second(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "one.csv"
    assert handover.export_session(path, "s-2", target) == 0
    assert capsys.readouterr().out == f"{target}\n"
    rows = rows_of(target)
    assert list(rows[0]) == list(export.READINGS)
    assert len(rows) == 62
    assert rows[0]["time"] == "2026-11-21T15:02:13.000+00:00"
    assert [float(row["elapsed_s"]) for row in rows] == [float(second) for second in range(62)]
    assert (rows[0]["area"], rows[0]["heater_on"]) == ('頸, "links"\n', "1")
    assert float(rows[0]["temperature_c"]) == pytest.approx(31.7, abs=0.1)
    assert rows[-1]["temperature_c"] == ""


def test_all_sessions_are_a_line_each_oldest_first(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.csv"
    assert handover.export_many(path, None, target, samples=False) == 0
    first, second = rows_of(target)
    assert (first["session_id"], first["stop_reason"], first["heated_s"]) == ("s-1", "completed", "480.0")
    assert (second["session_id"], second["time_to_target_s"]) == ("s-2", "")
    began = datetime.fromisoformat(first["requested_at"])
    assert began == datetime.fromtimestamp(START_WALL_S, UTC)
    assert handover.export_many(path, "2026-11-21T14:30+00:00", target, samples=False) == 0
    assert [row["session_id"] for row in rows_of(target)] == ["s-2"]


def test_all_readings_are_one_table(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.csv"
    assert handover.export_many(path, LONG_AGO, target, samples=True) == 0
    rows = rows_of(target)
    assert [row["session_id"] for row in rows] == ["s-1"] * 481 + ["s-2"] * 62


def test_a_formula_is_text(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert handover.export_many(path, None, Path("-"), samples=False) == 0
    assert "'=HYPERLINK(1)" in capsys.readouterr().out


@given(text=st.text(max_size=30))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    cell = export._cell("text", text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_a_negative_number_stays_a_number() -> None:
    assert export._cell("number", -0.5) == -0.5


def test_parquet_has_types(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.parquet"
    assert handover.export_many(path, None, target, samples=True) == 0
    table = pyarrow.parquet.read_table(target)
    assert table.num_rows == 543
    assert table.column_names == list(export.READINGS)
    types = {str(table.schema.field(name).type) for name in ("time", "duty_0_to_1", "heater_on", "area")}
    assert types == {"timestamp[ms, tz=UTC]", "double", "bool", "string"}
    assert table["area"][0].as_py() == "=HYPERLINK(1)"
    assert table["temperature_c"][542].as_py() is None
    assert table["time"][0].as_py() == datetime.fromtimestamp(START_WALL_S + 2, UTC)
    assert target.stat().st_mode & 0o077 == 0


def test_parquet_without_pyarrow_is_a_sentence(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    target = tmp_path / "all.parquet"
    assert handover.export_many(path, None, target, samples=False) == 1
    assert capsys.readouterr().err == (
        "heatpack: Parquet needs pyarrow, which is not installed: pip install 'heatpack[export]',"
        " or write a .csv.\n"
    )
    assert not target.exists()
    target.write_bytes(b"of last week")
    assert handover.export_many(path, None, target, samples=False) == 1
    assert target.read_bytes() == b"of last week"


def test_what_cannot_be_written_or_read_is_a_sentence(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "gone" / "x.csv"
    assert handover.export_session(path, "last", target) == 1
    assert handover.export_session(path, "s-9", None) == 1
    assert handover.export_many(path, "soon", None, samples=False) == 2
    assert handover.export_many(tmp_path / "no.db", None, None, samples=False) == 1
    assert handover.export_session(path, "last", Path("/dev/full")) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"heatpack: {target} cannot be written: No such file or directory.",
        "heatpack: There is no session 's-9'.",
        "heatpack: --since 'soon': expected a time such as 2026-11-21 or 2026-11-21T14:00,"
        " or an age such as 90s, 30m, 2h, 1d or 1w.",
        f"heatpack: There are no records yet: {tmp_path / 'no.db'} does not exist.",
        "heatpack: /dev/full cannot be written: No space left on device.",
    ]


def test_files_have_harmless_names_and_one_reader(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert handover.export_session(path, "s-1", None) == 0
    assert handover.export_many(path, None, None, samples=False) == 0
    for name in ("heatpack-s-1.csv", "heatpack-sessions.csv"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
