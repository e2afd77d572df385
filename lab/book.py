"""What was found so far, one JSON object a line, so that a run goes on where it was stopped."""

import json
import threading
from dataclasses import asdict
from pathlib import Path

from lab.scenarios import Finding
from lab.strikes import Outcome, Strike


class Book:
    """The strikes and scenarios of one machine that have been seen. For several threads."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin it. A last line that was cut off is struck again."""
        self._path = path
        self._lock = threading.Lock()
        self._outcomes: dict[Strike, Outcome] = {}
        self._findings: dict[str, Finding] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                self._remember(json.loads(line))
            except ValueError:
                continue

    def outcome(self, strike: Strike) -> Outcome | None:
        """Return what came of a strike, if it was struck."""
        return self._outcomes.get(strike)

    def finding(self, name: str) -> Finding | None:
        """Return what came of a scenario, if it was played."""
        return self._findings.get(name)

    def add(self, *, strike: Strike | None = None, result: Outcome | Finding) -> None:
        """Write down what came of a strike, or of a scenario."""
        entry = {"result": asdict(result)} | ({} if strike is None else {"strike": asdict(strike)})
        with self._lock:
            self._remember(entry)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")

    def _remember(self, entry: dict[str, dict[str, object]]) -> None:
        if "strike" in entry:
            self._outcomes[Strike(**entry["strike"])] = Outcome(**entry["result"])  # type: ignore[arg-type]
        else:
            finding = Finding(**entry["result"])  # type: ignore[arg-type]
            self._findings[finding.name] = finding
