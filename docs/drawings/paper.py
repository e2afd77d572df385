"""The paper for schematics: house colours, light and dark, and words for those who cannot see."""

import itertools
import re
from html import escape
from typing import Final, Literal

import schemdraw
from schemdraw import elements as elm

_FONT: Final = 'system-ui, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif'
_STYLE: Final = """
svg { color-scheme: light dark;
  --paper: #fbfaf8; --ink: #1e2429; --soft: #5b646c; --hot: #c2410c; --cool: #1d5fa8; --wash: #f1eee8; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #121518; --ink: #ece9e4; --soft: #a3abb2;
    --hot: #ff9455; --cool: #7db4f0; --wash: #1d2226; } }
.paper { fill: var(--paper); }
"""
#: Colours that schemdraw understands, and what they become.
INK, SOFT, HOT, COOL, WASH, PAPER = "black", "gray", "red", "blue", "whitesmoke", "white"
_NAMES: Final = {INK: "ink", SOFT: "soft", HOT: "hot", COOL: "cool", WASH: "wash", PAPER: "paper"}
_COLOUR = re.compile(rf"(?P<what>stroke|fill):(?P<name>{'|'.join(_NAMES)})\b")
_ATTRIBUTE = re.compile(rf'(?P<what>stroke|fill)="(?P<name>{"|".join(_NAMES)})"')
_OPENING = re.compile(r"<svg\b[^>]*>")
_BOX = re.compile(r'viewBox="(?P<x>\S+) (?P<y>\S+) (?P<w>\S+) (?P<h>\S+)"')
_MARGIN: Final = 14.0


def sheet(unit: float = 2.4, fontsize: float = 14.0) -> schemdraw.Drawing:
    """Return an empty sheet; ``unit`` is the length of a part with its leads."""
    schemdraw.use("svg")
    drawing = schemdraw.Drawing(show=False)
    drawing.config(unit=unit, fontsize=fontsize, font="sans", lw=1.7, inches_per_unit=0.42)
    elm.style(elm.STYLE_IEC)
    return drawing


def finished(drawing: schemdraw.Drawing, says: str) -> str:
    """Return the sheet as an SVG file that stands alone; ``says`` is what it shows."""
    svg = drawing.get_imagedata("svg").decode()
    found = _BOX.search(svg)
    assert found is not None
    x, y, width, height = (float(found[part]) for part in "xywh")
    inside = _OPENING.sub("", svg, count=1).removesuffix("</svg>")
    inside = _COLOUR.sub(lambda m: f"{m['what']}:var(--{_NAMES[m['name']]})", inside)
    inside = _ATTRIBUTE.sub(lambda m: f'style="{m["what"]}:var(--{_NAMES[m["name"]]})"', inside)
    inside = inside.replace(' font-family="sans"', "")
    box = (x - _MARGIN, y - _MARGIN, width + 2 * _MARGIN, height + 2 * _MARGIN)
    return page(inside.strip(), box, says)


def page(inside: str, box: tuple[float, float, float, float], says: str) -> str:
    """Return elements as an SVG file; ``box`` is its left, top, width and height."""
    x, y, width, height = box
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(says)}">\n'
        f"<style>{_STYLE}text {{ font-family: {_FONT}; }}</style>\n"
        f'<rect class="paper" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>\n'
        f"{inside}\n</svg>\n"
    )


Place = tuple[float, float]
Align = Literal["left", "center", "right"]


def pin(drawing: schemdraw.Drawing, words: str, at: Place, side: str = "left") -> None:
    """Draw a connection to the Pi, with its name."""
    drawing += elm.Dot(open=True).at(at).label(words, loc=side, color=COOL).color(COOL)


def mosfet(drawing: schemdraw.Drawing, part: elm.Element, name: str, kind: str, top: Place) -> Place:
    """Draw an upright transistor whose upper end is at ``top``; return where its gate is, on the left."""
    placed = drawing.add(part.at(top).theta(0))
    words(drawing, f"{name}\n{kind}", (top[0] + 0.35, top[1] - 0.83), colour=INK)
    gate = placed.absanchors["gate"]
    return gate[0], gate[1]


def wire(drawing: schemdraw.Drawing, *places: Place) -> None:
    """Connect places in order, by straight lines."""
    for start, end in itertools.pairwise(places):
        drawing += elm.Line().at(start).to(end)


def dot(drawing: schemdraw.Drawing, at: Place) -> None:
    """Draw a junction."""
    drawing += elm.Dot().at(at)


def words(
    drawing: schemdraw.Drawing, text: str, at: Place, align: Align = "left", colour: str = SOFT
) -> None:
    """Write something where it does not belong to a part; ``at`` is its left, middle or right."""
    drawing += elm.Label().at(at).label(text, loc="center", halign=align, valign="center", color=colour)


def frame(drawing: schemdraw.Drawing, title: str, low: Place, high: Place) -> None:
    """Draw a dashed frame between two corners, lower left and upper right, with a title above it."""
    (left, bottom), (right, top) = low, high
    corners = ((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))
    for start, end in itertools.pairwise(corners):
        drawing += elm.Line().at(start).to(end).color(SOFT).linestyle("--")
    words(drawing, title, (right, top + 0.35), "right")
