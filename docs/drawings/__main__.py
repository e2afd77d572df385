"""Writes the drawings."""

from pathlib import Path

from docs.drawings import DRAWINGS

FOLDER = Path(__file__).parents[1]


def main() -> None:
    """Draw them all."""
    for name, draw in DRAWINGS.items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(draw(), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
