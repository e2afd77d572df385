"""What the kernel says of a running process."""

import contextlib
import os


def cpu_s(pid: int) -> float:
    """CPU seconds that all threads of a process have used, to the nanosecond."""
    used = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{task}/schedstat") as file:
            used += int(file.read().split()[0])
    return used / 1e9


def rss_mb(pid: int) -> float:
    """Resident memory in MiB."""
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has no memory")
