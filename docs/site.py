"""What the site does beyond rendering pages: hooks for MkDocs, named in ``mkdocs.yml``.

The pages are written for a forge's view of the repository, where links may lead out of ``docs/`` and a
diagram is a ``mermaid`` block. The site has to stand alone and fetches nothing from elsewhere, so links
to what it does not hold become plain words, and a state diagram becomes a table.
"""

import posixpath
import re
from html import escape
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parents[1]

#: Files outside docs/ that the site has too, and as what.
_OUTSIDE: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "controller/phone/icon.svg": "icon.svg",
}
_INSIDE: Final = {name: source for source, name in _OUTSIDE.items()}
#: Where the site has the same under another name.
_ELSEWHERE: Final = {"README.md": "index.md", **_OUTSIDE}

_SEARCH: Final = 'data-md-component="search" role="dialog"'
_LINK = re.compile(r"(?<!!)\[(?P<words>[^\]\[]*)\]\((?P<to>[^)\s]+)\)")
_MARKER = re.compile(r"^<!-- from .* -->\n", re.MULTILINE)
_MERMAID = re.compile(r"^```mermaid\n(?P<source>.*?)^```$", re.MULTILINE | re.DOTALL)
_ARROW = re.compile(r"^\s*(?P<source>\S+) --> (?P<target>\w+): (?P<events>.*)$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that live outside the folder."""
    for source, name in _OUTSIDE.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page as the site wants it."""
    markdown = _MARKER.sub("\n", markdown)  # a table must not follow a comment without a break
    markdown = _MERMAID.sub(lambda block: _transitions(block["source"]), markdown)
    return _LINK.sub(lambda link: _link(link, page.file.src_uri, files), markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Give the theme's search the name that a screen reader needs."""
    return output.replace(_SEARCH, f'{_SEARCH} aria-label="Search"')


def _link(link: re.Match[str], page: str, files: Files) -> str:
    path, hash_, anchor = link["to"].partition("#")
    if not path or ":" in path:
        return link[0]
    source = _INSIDE.get(page, f"docs/{page}")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    name = _ELSEWHERE.get(target, target.removeprefix("docs/"))
    file = files.get_file_from_path(name) if target in _ELSEWHERE or target.startswith("docs/") else None
    if file is not None and not file.inclusion.is_excluded():
        place = posixpath.relpath(name, posixpath.dirname(page) or ".")
        return f"[{link['words']}]({place}{hash_}{anchor})"
    # Code and the licence are not on the site; what exists nowhere is for MkDocs to complain about.
    return link["words"] if (ROOT / target).exists() else link[0]


def _transitions(source: str) -> str:
    """Return a state diagram as a table with a row for each state."""
    rows: dict[str, list[str]] = {}
    for arrow in _ARROW.finditer(source):
        way = f"{escape(arrow['events'])} → <b>{escape(arrow['target'])}</b>"
        rows.setdefault(arrow["source"], []).append(way)
    if not rows:
        raise ValueError(f"the site can only show state diagrams, not: {source[:60]}")
    cells = "".join(
        f'<tr><th scope="row">{escape(state)}</th><td>{"<br>".join(ways)}</td></tr>'
        for state, ways in rows.items()
    )
    head = '<thead><tr><th scope="col">in</th><th scope="col">when → then</th></tr></thead>'
    return f"<table>{head}<tbody>{cells}</tbody></table>"
