"""Processes that do not outlive the tests, not even tests that are killed."""

import signal


def with_the_tests(*command: str, farewell: signal.Signals = signal.SIGKILL) -> list[str]:
    """Return the command with its last will: the kernel sends ``farewell`` when who has started it is gone.

    Call it where the main thread starts the process, for the kernel means the thread. The process is the
    command itself, under the same number.
    """
    return ["setpriv", "--pdeathsig", farewell.name.removeprefix("SIG"), *command]
