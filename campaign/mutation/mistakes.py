"""The small mistakes that a programmer makes, one function each. Pure.

Each takes a node and yields what could stand there instead; the node itself is never changed.
"""

import ast
from collections.abc import Iterator

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
_NAMES = {"max": "min", "min": "max", "any": "all", "all": "any"}
#: In the order of their severity (hardware/verdict.py).
_ACTIONS = ("NONE", "WARN", "INHIBIT", "END_SESSION", "LATCH")
#: Below this a number is a tolerance: a tenth more of it changes nothing, none of it or far more does.
_TOLERANCE = 1e-3


def of(node: ast.AST, returns: str) -> Iterator[ast.AST]:
    """Yield every mistake for a node in a function that is declared to return ``returns``."""
    match node:
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield from (ast.Constant(wrong) for wrong in _numbers(value))
        case ast.Compare():
            yield from _comparison(node)
        case ast.BoolOp():
            yield from _condition(node)
        case ast.BinOp(left, op, right):
            yield ast.BinOp(left, _ARITHMETIC.get(type(op), type(op))(), right)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.If(ast.Name() | ast.Attribute() | ast.Call() as test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Attribute(ast.Name("Action"), name) if name in _ACTIONS:
            yield from (ast.Attribute(node.value, near, node.ctx) for near in _neighbours(name))
        case ast.Call(ast.Name(name), arguments, keywords) if name in _NAMES:
            yield ast.Call(ast.Name(_NAMES[name], ast.Load()), arguments, keywords)
        case ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.Return(value) if value is not None:
            yield from (ast.Return(wrong) for wrong in _results(returns))
        case ast.Lambda(arguments, ast.Compare() | ast.BoolOp() | ast.Call()):
            yield from (ast.Lambda(arguments, ast.Constant(value)) for value in (True, False))


def _numbers(value: float) -> tuple[float, ...]:
    if isinstance(value, int):
        return (value + 1, value - 1)
    if value == 0.0:
        return (1.0, -1.0)
    if abs(value) < _TOLERANCE:
        return (0.0, value * 1e5)
    return (value * 1.1, value * 0.9)


def _comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for n, op in enumerate(node.ops):
        for wrong in _COMPARISONS[type(op)]:
            yield ast.Compare(node.left, [*node.ops[:n], wrong(), *node.ops[n + 1 :]], node.comparators)


def _condition(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for n in range(len(node.values)):
        left = [*node.values[:n], *node.values[n + 1 :]]
        yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _neighbours(name: str) -> tuple[str, ...]:
    at = _ACTIONS.index(name)
    return (*_ACTIONS[max(0, at - 1) : at], *_ACTIONS[at + 1 : at + 2])


def _results(returns: str) -> Iterator[ast.expr]:
    if returns == "bool":
        yield from (ast.Constant(True), ast.Constant(False))
    if returns.endswith("| None"):
        yield ast.Constant(None)
