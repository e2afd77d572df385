"""Commands of the build: quiet while they succeed, and a sentence with their last words if not."""

import os
import subprocess
from pathlib import Path

_LAST_WORDS = 2000


class BuildError(Exception):
    """A step of the build failed. The message says which, and what it said."""


def run(*command: str | Path, cwd: Path | None = None, stdin: bytes | None = None) -> str:
    """Run a command to its end and return its output.

    Raises:
        BuildError: it is not installed, or it failed.
    """
    words = [str(word) for word in command]
    environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(words, cwd=cwd, input=stdin, capture_output=True, check=False, env=environment)
    except FileNotFoundError:
        raise BuildError(f"{words[0]} is not installed") from None
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace")[-_LAST_WORDS:]
        raise BuildError(f"{words[0]} ended with {done.returncode}:\n{said}")
    return done.stdout.decode(errors="replace")
