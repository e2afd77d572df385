"""Ten thousand messages start nothing that the rules forbid, and the book notices each rule that is gone."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from campaign.messages.__main__ import main
from campaign.messages.inventing import Inventor
from campaign.messages.world import Ran, World
from controller import after_session, orders, post_session
from controller.heating import Heating
from controller.mqtt import commands, parsing
from controller.mqtt.inbound import BadMessage, StartCommand


def run(messages: int, seed: int = 1) -> Ran:
    return asyncio.run(World(seed).run(messages, to_first_mistake=True))


def test_ten_thousand_messages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = tmp_path / "figures.json"
    assert main(["--messages", "10000", "--seed", "1", "--json", str(figures)]) == 0
    found = json.loads(figures.read_text())
    assert found["messages.heard"] == 10_000
    assert found["messages.forbidden_starts"] == 0
    assert found["messages.starts_after_sessions"] > 50
    assert found["messages.starts"] > 200  # else there would have been nothing to forbid
    told = capsys.readouterr().out
    for code in ("stale", "retained", "expired", "repeat", "oversized", "malformed", "unknown_action"):
        assert f"refused: {code}" in told


def test_the_same_seed_gives_the_same_messages() -> None:
    first, again, other = (Inventor(seed, lambda: 0.0) for seed in (7, 7, 8))
    said = [inventor.next() for inventor in (first, again)]
    assert said[0] == said[1]
    assert [first.next() for _ in range(50)] == [again.next() for _ in range(50)]
    assert [first.next() for _ in range(50)] != [other.next() for _ in range(50)]


Plant = Callable[[pytest.MonkeyPatch], None]


def forgets_freshness(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(commands, "judge_freshness", lambda *_: None)


def forgets_ids(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(commands.CommandGate, "_known", lambda *_: None)


def forgets_the_range(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        orders, "judge_start", lambda command, *_: (command.target_c or 40.0, command.duration_s or 480.0)
    )


def lengthens_sessions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Heating, "busy", False)


def takes_what_is_too_long(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(parsing, "MAX_PAYLOAD_BYTES", 1_000_000)


def takes_kept_triggers(patch: pytest.MonkeyPatch) -> None:
    take = after_session.AfterSession.take
    patch.setattr(
        after_session.AfterSession,
        "take",
        lambda self, trigger, incoming: take(self, trigger, replace(incoming, retained=False)),
    )


def takes_late_triggers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(after_session, "judge_freshness", lambda *_: None)


def skips_the_window(patch: pytest.MonkeyPatch) -> None:
    step = post_session.PostSession.step
    patch.setattr(post_session.PostSession, "step", lambda self, now_s: step(self, now_s + 1.5))


def heats_twice_for_one_session(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(post_session.PostSession, "_use", lambda *_: None)


def goes_on_after_a_cancel(patch: pytest.MonkeyPatch) -> None:
    rows = {
        key: row for key, row in post_session._TABLE.items() if key[1] is not post_session.Cause.CANCELLED
    }
    patch.setattr(post_session, "_TABLE", rows)


def starts_what_says_start_somewhere(patch: pytest.MonkeyPatch) -> None:
    parse = parsing.parse_command

    def kind(payload: bytes) -> object:
        try:
            return parse(payload)
        except BadMessage:
            if b'"start"' in payload:
                return StartCommand()
            raise

    patch.setattr(orders, "parse_command", kind)


@pytest.mark.parametrize(
    "plant",
    [
        forgets_freshness,
        forgets_ids,
        forgets_the_range,
        lengthens_sessions,
        takes_what_is_too_long,
        takes_kept_triggers,
        takes_late_triggers,
        skips_the_window,
        heats_twice_for_one_session,
        goes_on_after_a_cancel,
        starts_what_says_start_somewhere,
    ],
    ids=lambda plant: plant.__name__,
)
def test_a_rule_that_is_gone_is_noticed(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert run(10_000).mistakes  # it ends with the first


def test_what_happened_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    forgets_freshness(monkeypatch)
    assert main(["--messages", "1500"]) == 1
    assert "a start that nobody asked for" in capsys.readouterr().err
