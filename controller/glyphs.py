"""Big digits, bars and curves out of characters."""

from collections.abc import Sequence

DIGIT_ROWS = 5
_FONT = {
    "0": "### # # # # # # ###",
    "1": " #   #   #   #   # ",
    "2": "###   # ### #   ###",
    "3": "###   # ###   # ###",
    "4": "# # # # ###   #   #",
    "5": "### #   ###   # ###",
    "6": "### #   ### # # ###",
    "7": "###   #   #   #   #",
    "8": "### # # ### # # ###",
    "9": "### # # ###   # ###",
    "–": "        ###        ",
}
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# Dots of a braille character by column and row, from the top (Unicode 15, chapter 21.1).
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLANK = 0x2800


def big(text: str) -> list[str]:
    """Return ``DIGIT_ROWS`` rows that show digits, points and dashes; each pixel is two columns wide."""
    rows = [""] * DIGIT_ROWS
    for character in text:
        if character == ".":
            glyph = [" "] * (DIGIT_ROWS - 1) + ["#"]
        else:
            glyph = [_FONT[character][row * 4 : row * 4 + 3] for row in range(DIGIT_ROWS)]
        for row, pixels in enumerate(glyph):
            rows[row] += "".join("██" if pixel == "#" else "  " for pixel in pixels) + "  "
    return rows


def bar(share: float, width: int) -> str:
    """Return ``width`` columns, filled to a share of 0-1, on dots."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[part] if part else "")).ljust(width, "·")


def curve(points: Sequence[tuple[float, float]], columns: int, rows: int) -> list[str]:
    """Return ``rows`` strings with a line through points; x and y are shares of 0-1 from bottom left.

    Each character holds two by four dots. What lies outside is left out.
    """
    cells = [[0] * columns for _ in range(rows)]
    wide, high = columns * 2 - 1, rows * 4 - 1
    last: tuple[int, int] | None = None
    for x, y in points:
        here = round(x * wide), round((1.0 - y) * high)
        for dot_x, dot_y in _between(last or here, here):
            if 0 <= dot_x <= wide and 0 <= dot_y <= high:
                cells[dot_y // 4][dot_x // 2] |= _DOTS[dot_x % 2][dot_y % 4]
        last = here
    return ["".join(chr(_BLANK + cell) if cell else " " for cell in row) for row in cells]


def merged(row: str, other: str) -> str:
    """Return two rows of ``curve``, of one length, laid over each other."""
    dots = ((0 if cell == " " else ord(cell) - _BLANK) for cell in row)
    others = ((0 if cell == " " else ord(cell) - _BLANK) for cell in other)
    cells = (one | two for one, two in zip(dots, others, strict=True))
    return "".join(chr(_BLANK + cell) if cell else " " for cell in cells)


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    (x0, y0), (x1, y1) = start, end
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    return [(x0 + (x1 - x0) * n // steps, y0 + (y1 - y0) * n // steps) for n in range(steps + 1)]
