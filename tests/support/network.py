"""The network between a pack and its broker, for tests: slow, silent, deaf, and well again.

    with Network(broker) as network, Pack(tmp_path, changes={"mqtt.port": network.port}) as pack:
        network.silent()

A connection that has lost a byte stays lost, as on a half-open one: neither end hears that the other
has gone. Only new connections are as good as the network is now.
"""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.support.broker import Broker, free_port


class Network:
    """A TCP proxy in a thread of its own. ``delay_s`` is one way."""

    def __init__(self, broker: Broker) -> None:
        self.port = free_port()
        self.delay_s = 0.0
        self._broker_port = broker.port
        self._swallows_up = self._swallows_down = self._refuses = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._listening = threading.Event()
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def silent(self) -> None:
        """Swallow everything, in both directions."""
        self._swallows_up = self._swallows_down = True

    def deaf(self) -> None:
        """Swallow what the broker says; what the pack says arrives."""
        self._swallows_down = True

    def cut(self) -> None:
        """Refuse new connections."""
        self._refuses = True

    def heal(self) -> None:
        """Let new connections through."""
        self._swallows_up = self._swallows_down = self._refuses = False

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self._listening.set()
        await self._over.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._join(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, far_writer, lambda: self._swallows_up))
                group.create_task(self._carry(far_reader, writer, lambda: self._swallows_down))
        except* OSError:
            pass  # one of the two has ended it
        finally:
            writer.close()
            far_writer.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallows: Callable[[], bool]
    ) -> None:
        is_lost, data = False, b"?"
        while data:
            data = await reader.read(1 << 16)
            is_lost = is_lost or swallows()
            if not is_lost:
                self._loop.call_later(self.delay_s, writer.write, data)
        if is_lost:
            await asyncio.Event().wait()  # an end that the other one never hears of
        await asyncio.sleep(self.delay_s)
        raise ConnectionResetError
