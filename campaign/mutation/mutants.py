"""From a module's source to copies of it that each hold one small mistake. Pure.

Mistakes are made where they can matter: not in sentences for people, annotations, decorators, imports
or ``__all__``.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from campaign.mutation import mistakes

#: What a reader is shown when something small within it changes: a bare number means nothing to anybody.
_READABLE = (
    ast.Compare,
    ast.BoolOp,
    ast.BinOp,
    ast.UnaryOp,
    ast.IfExp,
    ast.Call,
    ast.Subscript,
    ast.Assign,
    ast.AnnAssign,
    ast.Return,
)
_SKIPPED_FIELDS = frozenset({"annotation", "returns", "decorator_list", "bases"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: its line, the expression around it before and after, and the whole module with it."""

    line: int
    before: str
    after: str
    source: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node hangs in the tree, so that a wrong one can hang there for a moment."""

    parent: ast.AST
    field: str = ""
    index: int | None = None
    #: The nearest readable node above; None before there is one.
    around: ast.AST | None = None
    #: What the function around it is declared to return.
    returns: str = ""

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node

    def show(self, original: ast.AST, now: ast.AST) -> str:
        """Return the source of what stands here now, or of what is around it, if that says more."""
        match now:
            case ast.If(test=test):
                return f"if {ast.unparse(test)}"
        if isinstance(original, (*_READABLE, ast.stmt)) or self.around is None:
            return ast.unparse(now)
        return ast.unparse(self.around)


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of its lines.

    Raises:
        SyntaxError: if the source is not Python.
    """
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for place, node in sorted(_walk(tree, _Place(tree)), key=lambda found: _position(found[1])):
        before = place.show(node, node)
        for wrong in mistakes.of(node, place.returns):
            place.put(wrong)
            try:
                mutant = Mutant(_position(node)[0], before, place.show(node, wrong), ast.unparse(tree))
            finally:
                place.put(node)
            if mutant.source not in seen:
                seen.add(mutant.source)
                yield mutant


def _walk(parent: ast.AST, at: _Place) -> Iterator[tuple[_Place, ast.AST]]:
    if isinstance(parent, ast.FunctionDef):
        at = replace(at, returns="" if parent.returns is None else ast.unparse(parent.returns))
    if isinstance(parent, _READABLE):
        at = replace(at, around=parent)
    for field, value in ast.iter_fields(parent):
        if field in _SKIPPED_FIELDS:
            continue
        nodes = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, node in nodes:
            if isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.match_case) and not _idle(node):
                place = replace(at, parent=parent, field=field, index=index)
                yield place, node
                yield from _walk(node, place)


def _idle(node: ast.AST) -> bool:
    """Whether nothing in it decides anything."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Lambda(body=body):
            return _is_sentence(body)
    return False


def _is_sentence(node: ast.expr) -> bool:
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return _is_sentence(body) or _is_sentence(orelse)
        case ast.Constant(value=value):
            return isinstance(value, str)
    return isinstance(node, ast.JoinedStr)


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
