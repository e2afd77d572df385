"""Writes the drawings into docs/control/."""

from pathlib import Path

from docs.plots import DRAWINGS

FOLDER = Path(__file__).parents[1] / "control"


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, draw in DRAWINGS.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")
        print(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main()
