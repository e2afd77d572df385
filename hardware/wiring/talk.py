"""The person at the terminal: told what will happen, asked before each step."""

import contextlib
import sys
import termios

from hardware.wiring.judge import Word


class EndedError(BaseException):
    """The person wants no more, has gone, or a signal came. Nothing that catches errors may catch it."""


class Talk:
    """Says and asks. ``problems`` counts what was not fine; ``heats``: nobody should touch the pad now."""

    def __init__(self) -> None:
        """Begin without a problem."""
        self.problems = 0
        self.heats = False

    def say(self, text: str) -> None:
        """Print a line."""
        print(text, flush=True)

    def step(self, title: str, text: str) -> None:
        """Ask for a step: Enter goes on, q ends the walk.

        Raises:
            EndedError: it is not wanted.
        """
        self.say(f"\n{title}\n  {text}")
        self.word("  Enter to go on, q to end: ", "")

    def word(self, prompt: str, wanted: str) -> None:
        """Ask for a word.

        Raises:
            EndedError: another one came.
        """
        if self.hear(prompt).strip().lower() != wanted:
            raise EndedError("ended by you")

    def hear(self, prompt: str) -> str:
        """Return an answer; nothing that was typed before the question is one.

        Raises:
            EndedError: nobody is there any more.
        """
        with contextlib.suppress(termios.error):
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        print(prompt, end="", flush=True)
        try:
            return input()
        except EOFError:
            raise EndedError("nobody answers") from None
        except UnicodeDecodeError:
            return "?"  # no text, so not the answer that is wanted

    def tell(self, *words: Word) -> bool:
        """Print findings; return whether all is fine."""
        for word in words:
            self.problems += not word.ok
            self.heats = self.heats or word.heats
            self.say(f"  {'OK' if word.ok else '!!'}  {word.sentence}")
        return all(word.ok for word in words)
