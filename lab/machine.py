"""The virtual machine: started, resumed from a saved state, spoken to, switched off.

QEMU emulates it without the host's help (TCG), and its clock counts instructions (``-icount``): one each
nanosecond while it is busy. So the machine's seconds are the same on a fast host and on a busy one. It
has a single processor of 1 GHz, as one of the four of a Raspberry Pi Zero 2 W, but each instruction takes
one tick, where those take about one on good days only.
"""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

#: An instruction takes 2 to the power of this, in nanoseconds.
INSTRUCTION_SHIFT = 0
MEMORY_MB = 512  # as a Raspberry Pi Zero 2 W

_COMMAND_LINE = "console=ttyS0 root=/dev/vda rw quiet mitigations=off nokaslr random.trust_cpu=on"
_PATIENCE_S = 900.0  # real seconds for one answer: the host may be busy


class MachineError(Exception):
    """The machine does not do what it was asked. The message says what it was."""


@dataclass(frozen=True, slots=True)
class Image:
    """What a machine is made of.

    Attributes:
        kernel: uncompressed.
        initramfs: mounts the disk.
        disk: a qcow2 image, with the saved states in it.
    """

    kernel: Path
    initramfs: Path
    disk: Path


class Machine:
    """One running machine, as a context.

    with Machine(image) as machine:
        machine.shell("uname -r")
    """

    def __init__(self, image: Image, *, own_copy: bool = True, resume: str | None = None) -> None:
        """Start it.

        Args:
            image: what to start.
            own_copy: whether to work on a copy of the disk, which is thrown away.
            resume: the name of a saved state to go on from, instead of booting.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="heatpack-lab-"))
        self.console = self._folder / "console.txt"
        disk = image.disk
        if own_copy:
            disk = Path(shutil.copy(image.disk, self._folder))
        command = [
            *("qemu-system-x86_64", "-M", "pc", "-nodefaults", "-display", "none", "-cpu", "max"),
            *("-accel", "tcg", "-icount", f"shift={INSTRUCTION_SHIFT}", "-smp", "1", "-m", str(MEMORY_MB)),
            *("-kernel", str(image.kernel), "-initrd", str(image.initramfs), "-append", _COMMAND_LINE),
            *("-drive", f"file={disk},if=virtio,cache=unsafe", "-rtc", "base=utc,clock=vm"),
            *("-serial", f"file:{self.console}"),
            *("-serial", f"unix:{self._folder}/agent,server=on,wait=off"),
            *("-qmp", f"unix:{self._folder}/qmp,server=on,wait=off"),
        ]
        if resume is not None:
            command += ["-loadvm", resume]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            self._agent = _Lines(self._connected("agent"))
            self._qmp = _Lines(self._connected("qmp"))
            self._qmp.receive(_PATIENCE_S)
            self._control("qmp_capabilities")
            if resume is None:
                self.wait_for_agent()
        except BaseException:
            self.close()
            raise

    # --- its inside -------------------------------------------------------------------------------

    def wait_for_agent(self) -> None:
        """Wait until the machine has booted and its agent says hello.

        Raises:
            MachineError: it does not.
        """
        self._agent.receive(_PATIENCE_S)

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Let the agent do something, and return its answer; see ``lab.guest.agent``.

        Raises:
            MachineError: it failed, or there was no answer.
        """
        self._agent.send({"do": do, **arguments})
        answer = self._agent.receive(_PATIENCE_S)
        if "error" in answer:
            raise MachineError(f"in the machine, {do}: {answer['error']}")
        return answer

    def shell(self, script: str) -> str:
        """Run a script as root and return what it said.

        Raises:
            MachineError: it ended with another status than 0.
        """
        answer = self.ask("shell", script=script)
        if answer["status"] != 0:
            raise MachineError(f"in the machine, {script!r} ended with {answer['status']}: {answer['said']}")
        said: str = answer["said"]
        return said

    # --- its outside ------------------------------------------------------------------------------

    def save(self, name: str) -> None:
        """Keep the state of machine and disk in the disk's image."""
        self._monitor(f"savevm {name}")

    def load(self, name: str) -> None:
        """Go back to a saved state."""
        self._control("stop")
        self._monitor(f"loadvm {name}")
        self._control("cont")

    def reset(self) -> None:
        """Take the power away and give it back."""
        self._control("system_reset")

    def _monitor(self, line: str) -> None:
        said = self._control("human-monitor-command", **{"command-line": line})
        if said:
            raise MachineError(f"{line}: {said.strip()}")

    def _control(self, command: str, **arguments: Any) -> Any:
        self._qmp.send({"execute": command, "arguments": arguments})
        while "return" not in (answer := self._qmp.receive(_PATIENCE_S)):
            if "error" in answer:
                raise MachineError(f"QEMU, {command}: {answer['error']['desc']}")
        return answer["return"]

    def _connected(self, name: str) -> socket.socket:
        deadline_s = time.monotonic() + 60.0
        while True:
            channel = socket.socket(socket.AF_UNIX)
            try:
                channel.connect(f"{self._folder}/{name}")
                return channel
            except OSError:
                channel.close()
                if self._process.poll() is not None:
                    assert self._process.stderr is not None
                    raise MachineError(f"QEMU: {self._process.stderr.read().decode()}") from None
                if time.monotonic() > deadline_s:
                    raise MachineError("QEMU does not start") from None
                time.sleep(0.02)

    # --- its end ----------------------------------------------------------------------------------

    def close(self) -> None:
        """Switch it off and throw away its copy of the disk."""
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
        for name in ("_agent", "_qmp"):
            with contextlib.suppress(AttributeError):
                getattr(self, name).close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Return the machine itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Switch it off."""
        self.close()


class _Lines:
    """JSON objects, one a line, over a socket."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._received = b""

    def send(self, message: dict[str, Any]) -> None:
        self._channel.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, within_s: float) -> dict[str, Any]:
        self._channel.settimeout(within_s)
        while b"\n" not in self._received:
            try:
                more = self._channel.recv(65536)
            except TimeoutError:
                raise MachineError(f"no answer within {within_s:.0f} s") from None
            if not more:
                raise MachineError("QEMU has ended")
            self._received += more
        line, self._received = self._received.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._channel.close()
