"""What is put in the place of an expression, or of a choice between statements."""

import ast
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

Exchanged = Iterator[tuple[str, ast.AST]]

_TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Gt: (ast.LtE, ast.GtE),
    ast.GtE: (ast.Lt, ast.Gt),
}
_PAIRS = (
    *(("any", "all"), ("min", "max"), ("and_", "or_"), ("union", "union_all")),
    *(("least", "greatest"), ("true", "false"), ("is_", "is_not"), ("in_", "not_in")),
    *(("bit_or", "bit_and"), ("is_distinct_from", "is_not_distinct_from")),
)
_OTHER_CALL = dict(_PAIRS) | {second: first for first, second in _PAIRS}
_LOOSE = {"is_distinct_from": ast.NotEq, "is_not_distinct_from": ast.Eq}
"""Comparisons that know NULL, and those that do not."""

_METHODS = frozenset(
    {"distinct", "where", "order_by", "with_for_update", "desc", "limit", "having"}
)
"""Without the call, what it is called on is left."""

_WRAPPERS = frozenset({"cast", "typed", "sorted", "frozenset", "not_", "coalesce", "nullif"})
"""Without the call, its first argument is left."""

_JOINING = frozenset({"and_", "or_", "where"})
"""Each of several arguments may be left out."""


def exchanges(node: ast.AST) -> Exchanged:
    """Give what may stand in a node's place, each with what was done to it.

    Args:
        node: Any.
    """
    of_kind = _OF_KIND.get(type(node))
    if of_kind is not None:
        yield from of_kind(node)


def _changed(node: ast.AST, **fields: Any) -> ast.AST:
    other = copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _without(each: list[Any], at: int) -> list[Any]:
    return each[:at] + each[at + 1 :]


def _compare(node: ast.Compare) -> Exchanged:
    for at, operator in enumerate(node.ops):
        for other in _TURNED[type(operator)]:
            ops = [*node.ops[:at], other(), *node.ops[at + 1 :]]
            yield f"{at + 1} turned to {other.__name__}", _changed(node, ops=ops)


def _bool_op(node: ast.BoolOp) -> Exchanged:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{type(other).__name__} for the other", _changed(node, op=other)
    for at in range(len(node.values)):
        left = _without(node.values, at)
        part = left[0] if len(left) == 1 else _changed(node, values=left)
        yield f"part {at + 1} left out", part


def _unary(node: ast.UnaryOp) -> Exchanged:
    if isinstance(node.op, ast.Not):
        yield "not left out", node.operand


def _choice(node: ast.IfExp) -> Exchanged:
    yield "first always", node.body
    yield "second always", node.orelse


def _test(node: ast.If | ast.While) -> Exchanged:
    if not isinstance(node.test, ast.Compare | ast.UnaryOp):  # those are turned themselves
        yield "turned over", _changed(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node.body[-1], ast.Return) and not node.orelse:
        yield "return left out", _changed(node, body=[*node.body[:-1], ast.Pass()])


def _match(node: ast.Match) -> Exchanged:
    if len(node.cases) > 1:
        for at in range(len(node.cases)):
            yield f"case {at + 1} left out", _changed(node, cases=_without(node.cases, at))


def _constant(node: ast.Constant) -> Exchanged:
    if isinstance(node.value, bool):
        yield "turned over", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield "raised by one", ast.Constant(node.value + 1)


def _comprehension(node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp) -> Exchanged:
    for at, part in enumerate(node.generators):
        for filter_at in range(len(part.ifs)):
            free = _changed(part, ifs=_without(part.ifs, filter_at))
            generators = [*node.generators[:at], free, *node.generators[at + 1 :]]
            which = f"filter {filter_at + 1}" if filter_at else "filter"
            yield f"{which} left out", _changed(node, generators=generators)


def _set(node: ast.Set) -> Exchanged:
    if len(node.elts) > 1:
        for at in range(len(node.elts)):
            yield f"element {at + 1} left out", _changed(node, elts=_without(node.elts, at))


def _call(node: ast.Call) -> Exchanged:
    name = _name(node.func)
    yield from _other_call(node, name)
    if name in _METHODS and isinstance(node.func, ast.Attribute):
        yield f"{name} left out", node.func.value
    if name in _WRAPPERS and node.args:
        yield f"{name} left out", node.args[0]
    if name in _JOINING and len(node.args) > 1:
        for at in range(len(node.args)):
            yield f"part {at + 1} left out", _changed(node, args=_without(node.args, at))
    if name == "case":
        yield from _case(node)
    for at, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            keywords = _without(node.keywords, at)
            yield f"{keyword.arg} left out", _changed(node, keywords=keywords)


def _other_call(node: ast.Call, name: str) -> Exchanged:
    if name in _OTHER_CALL:
        other = _OTHER_CALL[name]
        field = "id" if isinstance(node.func, ast.Name) else "attr"
        yield f"{other} called", _changed(node, func=_changed(node.func, **{field: other}))
    if name in _LOOSE and isinstance(node.func, ast.Attribute):
        loose = ast.Compare(node.func.value, [_LOOSE[name]()], list(node.args))
        yield "NULL not known", loose


def _case(node: ast.Call) -> Exchanged:
    for at, when in enumerate(node.args):
        if isinstance(when, ast.Tuple):
            yield f"case {at + 1} always", when.elts[1]
    for keyword in node.keywords:
        if keyword.arg == "else_":
            yield "else always", keyword.value


def _name(called: ast.expr) -> str:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


_OF_KIND: dict[type[ast.AST], Callable[[Any], Exchanged]] = {
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.IfExp: _choice,
    ast.If: _test,
    ast.While: _test,
    ast.Match: _match,
    ast.Constant: _constant,
    ast.GeneratorExp: _comprehension,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Set: _set,
    ast.Call: _call,
}
