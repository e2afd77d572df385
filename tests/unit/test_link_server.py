"""The guard's end of a real socket: one controller, never waited for, nothing believed."""

import contextlib
import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware import server as server_module
from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Ack,
    Answer,
    Demand,
    Hello,
    Report,
    Request,
    Reset,
    Start,
    Stop,
    decode_report,
    encode,
)
from hardware.link_socket import NAME, connect, listen
from hardware.server import LinkServer

HELLO = Hello(PROTOCOL, "mine")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LinkServer]:
    with contextlib.closing(LinkServer(listen(str(tmp_path)), "mine")) as server:
        yield server


@pytest.fixture
def client(server: LinkServer, tmp_path: Path) -> Iterator[socket.socket]:
    with greeted(server, tmp_path) as client:
        yield client


def greeted(server: LinkServer, folder: Path) -> socket.socket:
    """The pack's own controller, that has said so."""
    channel = connect(str(folder))
    server.wait(1.0)
    channel.send(encode(HELLO))
    assert server.wait(1.0) == [HELLO]
    return channel


def test_a_controller_is_linked_and_heard(server: LinkServer, tmp_path: Path) -> None:
    assert not server.linked
    with connect(str(tmp_path)) as client:
        assert server.wait(1.0) == []
        assert not server.linked
        client.send(encode(HELLO))
        client.send(encode(Demand("s1", 0.5, 7)))

        assert server.wait(1.0) == [HELLO, Demand("s1", 0.5, 7)]
        assert server.linked


def test_the_guard_is_heard_too(server: LinkServer, client: socket.socket) -> None:
    server.send(Answer("s1", True, "ok", "Heating"))

    assert decode_report(client.recv(MAX_FRAME_BYTES)) == Answer("s1", True, "ok", "Heating")


def test_a_second_client_is_turned_away_and_the_first_stays(
    server: LinkServer, client: socket.socket, tmp_path: Path
) -> None:
    with connect(str(tmp_path)) as second:
        server.wait(1.0)
        second.settimeout(60.0)
        assert second.recv(10) == b""
        with pytest.raises(OSError):  # noqa: PT011 - broken pipe or reset, as the kernel likes
            second.send(encode(Stop("stranger")))
    client.send(encode(HELLO))

    assert server.wait(1.0) == [HELLO]
    assert server.linked
    assert not server.lost


def test_what_the_first_one_said_with_its_last_breath_counts(
    server: LinkServer, client: socket.socket
) -> None:
    client.send(encode(Stop("phone")))
    client.close()

    assert server.wait(1.0) == [Stop("phone")]
    assert not server.linked


def test_a_disconnect_wakes_the_guard_at_once(server: LinkServer, client: socket.socket) -> None:
    client.close()
    began_s = time.monotonic()

    server.wait(120.0)

    assert time.monotonic() - began_s < 60.0
    assert not server.linked


def test_a_link_that_was_closed_is_known_even_if_the_next_one_is_open_already(
    server: LinkServer, client: socket.socket, tmp_path: Path
) -> None:
    client.close()
    server.wait(1.0)
    with greeted(server, tmp_path):
        assert server.linked
        assert server.lost
        assert server.take_lost()
        assert not server.take_lost()


def test_the_next_controller_is_welcome(server: LinkServer, client: socket.socket, tmp_path: Path) -> None:
    client.close()
    server.wait(1.0)
    with connect(str(tmp_path)) as following:
        server.wait(1.0)
        following.send(encode(HELLO))

        assert server.wait(1.0) == [HELLO]


def test_a_controller_of_another_protocol_is_turned_away(
    server: LinkServer, client: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    client.send(encode(Hello(1)))
    client.send(encode(Stop("phone")))

    assert server.wait(1.0) == []
    assert not server.linked
    assert "protocol 1, the guard 2; restart both" in caplog.text


def hears(channel: socket.socket) -> list[Report]:
    """All that was sent, until the guard closed the link."""
    heard = []
    channel.settimeout(60.0)
    with contextlib.suppress(ConnectionResetError):
        while packet := channel.recv(MAX_FRAME_BYTES):
            heard.append(decode_report(packet))
    return heard


@pytest.mark.parametrize("theirs", ["other", ""])
def test_the_controller_of_another_pack_is_told_why_and_heard_in_nothing(
    server: LinkServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, theirs: str
) -> None:
    """Two configurations with one paths.runtime: its heat would go to somebody else's skin."""
    for _ in range(3):  # it tries again and again
        with connect(str(tmp_path)) as stranger:
            server.wait(1.0)
            server.send(Answer("s1", True, "ok", "for nobody's ears"))
            for request in (Hello(PROTOCOL, theirs), Start("s1", 42.0), Ack(10**6)):
                stranger.send(encode(request))

            assert server.wait(1.0) == []
            assert not server.linked
            assert not server.take_lost()  # it never was a controller of this pack
            stranger.setblocking(False)
            with contextlib.suppress(ConnectionResetError):  # what it said and nobody read
                stranger.recv(1, socket.MSG_PEEK)
            (answer,) = hears(stranger)
            assert isinstance(answer, Answer)
            assert (answer.request_id, answer.accepted, answer.code) == ("hello", False, "turned_away")
            assert "another pack, its device.id is mine" in answer.message
            assert "give each pack its own paths.runtime" in answer.message
    assert caplog.text.count("a controller is turned away: the guard is of another pack") == 1

    with greeted(server, tmp_path):
        assert server.linked


def test_before_hello_only_a_stop_counts(server: LinkServer, tmp_path: Path) -> None:
    early: list[Request] = [Start("s1", 42.0), Demand("s1", 1.0, 0), Reset("r"), Ack(10**6)]
    with connect(str(tmp_path)) as client:
        server.wait(1.0)
        for request in (*early, Stop("phone")):
            client.send(encode(request))

        assert server.wait(1.0) == [Stop("phone")]
        assert server.take_rejected() == len(early)
        assert not server.linked
        client.send(encode(HELLO))
        assert server.wait(1.0) == [HELLO]
        assert server.linked


def test_a_controller_that_turns_into_that_of_another_pack_is_a_lost_link(
    server: LinkServer, client: socket.socket
) -> None:
    client.send(encode(Hello(PROTOCOL, "other")))

    assert server.wait(1.0) == []
    assert server.take_lost()


# --- nonsense and too much of it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "packet",
    [b"stop", b"\xff\xfe\x00", b"{}", b'{"t":"demand"}', b" " * (MAX_FRAME_BYTES + 1), b"x" * 60_000],
)
def test_what_is_no_frame_is_counted_and_dropped(
    server: LinkServer, client: socket.socket, packet: bytes
) -> None:
    client.send(packet)
    client.send(encode(Stop("phone")))

    assert server.wait(1.0) == [Stop("phone")]
    assert server.take_rejected() == 1
    assert server.take_rejected() == 0


def test_a_stop_that_is_padded_beyond_a_frame_is_not_a_stop(
    server: LinkServer, client: socket.socket
) -> None:
    packet = encode(Stop("phone"))
    client.send(packet + b" " * (MAX_FRAME_BYTES + 1 - len(packet)))

    assert server.wait(1.0) == []
    assert server.take_rejected() == 1


def test_a_flood_is_taken_in_portions_and_in_order(server: LinkServer, client: socket.socket) -> None:
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < 10_000:
            client.send(encode(Demand("s1", 1.0, sent)))
            sent += 1

    heard = server.wait(1.0)

    assert len(heard) == server_module._PACKETS_AT_ONCE < sent
    assert [demand.tick for demand in heard if isinstance(demand, Demand)] == list(range(len(heard)))


def test_a_flood_of_garbage_does_not_hold_the_guard_either(server: LinkServer, client: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        for _ in range(10_000):
            client.send(b"x")

    assert server.wait(1.0) == []
    assert server.take_rejected() == server_module._PACKETS_AT_ONCE


def test_a_controller_that_does_not_read_is_not_waited_for(server: LinkServer, client: socket.socket) -> None:
    """It misses some; what it was sent before is still there when it looks."""
    began_s = time.monotonic()
    for n in range(5000):
        server.send(Answer(str(n), True, "ok", "x" * 100))

    assert time.monotonic() - began_s < 60.0
    assert server.linked
    first = decode_report(client.recv(MAX_FRAME_BYTES))
    assert isinstance(first, Answer)
    assert first.request_id == "0"


def test_sending_to_one_who_is_gone_is_a_lost_link(server: LinkServer, client: socket.socket) -> None:
    client.close()

    server.send(Answer("s1", True, "ok", ""))

    assert not server.linked
    assert server.take_lost()
    server.send(Answer("s1", True, "ok", ""))  # to nobody


def test_nothing_arrives_within_the_time(server: LinkServer, client: socket.socket) -> None:
    began_s = time.monotonic()

    assert server.wait(0.05) == []
    assert server.wait(-3.0) == []
    assert 0.04 < time.monotonic() - began_s < 60.0


def test_an_empty_packet_is_the_end_of_the_link(server: LinkServer, client: socket.socket) -> None:
    """A packet of no bytes looks like a closed link. Believing that is the safe mistake."""
    client.send(b"")
    server.wait(1.0)

    assert not server.linked


# --- the socket's file ------------------------------------------------------------------------------------


def test_only_owner_and_group_may_connect(server: LinkServer, tmp_path: Path) -> None:
    mode = os.stat(tmp_path / NAME).st_mode

    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


def test_a_file_that_a_killed_guard_left_behind_is_replaced(tmp_path: Path) -> None:
    listen(str(tmp_path)).close()
    assert (tmp_path / NAME).exists()
    with contextlib.closing(LinkServer(listen(str(tmp_path)), "mine")) as server, greeted(server, tmp_path):
        assert server.linked


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20) / ("deeper" * 20)
    folder.mkdir(parents=True)
    with contextlib.closing(LinkServer(listen(str(folder)), "mine")) as server, greeted(server, folder):
        assert server.linked


def test_without_a_guard_there_is_nothing_to_connect_to(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect(str(tmp_path))
    listen(str(tmp_path)).close()
    with pytest.raises(ConnectionRefusedError):
        connect(str(tmp_path))


def test_without_a_folder_there_is_nowhere_to_listen(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        listen(str(tmp_path / "gone"))


def test_a_folder_in_the_place_of_the_socket_is_an_error_and_leaks_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(OSError):  # noqa: PT011 - is a directory or not permitted, as the kernel likes
        listen(str(tmp_path))


def test_the_creation_mask_of_the_process_is_as_it_was(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        listen(str(tmp_path)).close()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
