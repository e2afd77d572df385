"""What every page of the records is made of: one file that loads nothing, for screens and one sheet of A4."""

import re
from collections.abc import Iterable
from html import escape as escape_html
from pathlib import Path

_STYLE = Path(__file__).with_name("report.css")
_UNIT = re.compile(r"(?<=\d) (?=(?:°C|°C/s|CEM43|min|s|h|kJ|Wh|W|V|cm²|W/m²|%)(?!\w))")
_LONG = 60
NOTE = (
    "Temperatures are the hottest reading of the pad's own sensors, at the side that faces the skin; skin is"
    " taken to be as hot. CEM43 counts the minutes at 43 °C that would do the same to tissue. These are"
    " readings of a hobby project, not advice."
)
WARNING = (
    "Never asleep, never lying on it, never under a tight belt, never with another source of heat; not on"
    " skin that feels less than it should, is broken, swollen or inflamed, nor over an implant or patch."
)


def document(title: str, body: str, kind: str = "session") -> str:
    """Return the whole page, of the class ``kind``: no scripts, nothing from elsewhere, well-formed."""
    return f"""<!DOCTYPE html>
<html lang="en" class="{kind}" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{escape(title)}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def heading(name: str, under: str) -> str:
    """Return the head of the page."""
    return f"""<header>
<p class="brand">Heatpack</p>
<h1>{escape(name)}</h1>
<p class="when">{escape(under)}</p>
</header>"""


def section(name: str, title: str, inner: str) -> str:
    """Return a part of the page with its heading; ``name`` is unique on it."""
    return f"""<section class="part-{name}" aria-labelledby="{name}">
<h2 id="{name}">{escape(title)}</h2>
{inner}
</section>"""


def tiles(cells: Iterable[tuple[str, str, str]]) -> str:
    """Return the few figures that count most: name, value and a note to each."""
    inner = "".join(
        f'<div><dt>{escape(name)}</dt><dd class="value">{_value(value)}</dd>'
        f'<dd class="note">{escape(note)}</dd></div>\n'
        for name, value, note in cells
    )
    return f'<dl class="tiles">\n{inner}</dl>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names with what there is to say of each; what is long gets the width of the page."""
    inner = "".join(
        f'<div class="{"long" if len(said) > _LONG else "brief"}"><dt>{escape(name)}</dt>'
        f"<dd>{escape(said)}</dd></div>\n"
        for name, said in pairs
    )
    return f'<dl class="facts">\n{inner}</dl>'


def escape(text: str) -> str:
    """Return text for the page; a number never parts from its unit at the end of a line."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", escape_html(text))


def _value(text: str) -> str:
    """Set the units smaller than their numbers."""
    return " ".join(
        f"<small>{escape(part)}</small>" if part[:1].isalpha() or part[:1] == "°" else escape(part)
        for part in text.split(" ")
    )
