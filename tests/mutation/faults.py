"""Every small fault that can be put into the functions of a file, one at a time.

What is changed stands in ``docs/mutation.md``. A fault is another node in the place of one of the file's
tree, so that lines stay what they are.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from tests.mutation.exchanges import exchanges

_LEFT_ALONE = (ast.arguments, ast.pattern, ast.expr_context)
_LEFT_ALONE_FIELDS = frozenset({"annotation", "returns", "decorator_list", "type_comment"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Fault:
    """One node in the place of another.

    Attributes:
        lines: One of these runs where the node that is replaced runs.
        place: Line and column of the node that is replaced, and where it ends.
        what: What was changed, and what stood there.
        holder: Holds the node: a list, or another node.
        at: Where: a place in the list, or a field's name.
        node: What takes its place.
    """

    lines: range
    place: str
    what: str
    holder: Any
    at: Any
    node: ast.AST

    @property
    def name(self) -> str:
        """Tell it from the other faults of the file."""
        return f"{self.place} {self.what}"

    def compiled(self, tree: ast.Module, path: Path) -> CodeType:
        """Compile the file with this fault in it, and leave the tree as it was."""
        former = self._put(self.node)
        try:
            return compile(tree, str(path), "exec", dont_inherit=True)
        finally:
            self._put(former)

    def _put(self, node: ast.AST) -> ast.AST:
        former: ast.AST
        if isinstance(self.holder, list):
            former, self.holder[self.at] = self.holder[self.at], node
        else:
            former = getattr(self.holder, self.at)
            setattr(self.holder, self.at, node)
        return former


def faults_of(tree: ast.Module) -> Iterator[Fault]:
    """Give the faults of a file's functions and methods, in the order of its lines.

    Args:
        tree: Of the file.
    """
    for function in _outermost(tree):
        places = Counter(
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        places.update(node.arg for node in ast.walk(function) if isinstance(node, ast.arg))
        again = {name for name, count in places.items() if count > 1}
        yield from _below(function, frozenset(again))


def _outermost(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield child
        else:
            yield from _outermost(child)


def _below(
    node: ast.AST, again: frozenset[str], statement: ast.stmt | None = None
) -> Iterator[Fault]:
    for holder, at, child in _places(node):
        if isinstance(child, _LEFT_ALONE) or _is_docstring(child):
            continue
        within = child if isinstance(child, ast.stmt) else statement
        if hasattr(child, "lineno"):
            replaced = [*exchanges(child), *_left_out(child, again)]
            for what, new in replaced:
                made = ast.fix_missing_locations(ast.copy_location(copy(new), child))
                yield Fault(
                    _lines(child, within),
                    _place(child),
                    f"{what}: {_text(child)}",
                    holder,
                    at,
                    made,
                )
        if not isinstance(child, ast.Raise):  # what an error says is left alone
            yield from _below(child, again, within)


def _place(node: Any) -> str:
    return f"{node.lineno}:{node.col_offset}-{node.end_lineno}:{node.end_col_offset}"


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:70]


def _lines(node: Any, statement: Any) -> range:
    """Give the lines of the whole statement, where it holds no others; few parts have events of their own."""
    if not hasattr(statement, "body") and not isinstance(statement, ast.Match):
        return range(statement.lineno, statement.end_lineno + 1)
    if node is statement:
        return range(node.lineno, node.lineno + 1)
    return range(node.lineno, node.end_lineno + 1)


def _places(node: ast.AST) -> Iterator[tuple[Any, Any, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE_FIELDS:
            continue
        if isinstance(value, list):
            yield from ((value, at, each) for at, each in enumerate(value) if _is_node(each))
        elif _is_node(value):
            yield node, field, value


def _is_node(value: object) -> bool:
    return isinstance(value, ast.AST)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _left_out(node: ast.AST, again: frozenset[str]) -> Iterator[tuple[str, ast.AST]]:
    """Leave a statement out; what sets a name for the first time stays, or nothing would run."""
    match node:
        case ast.Expr() | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Raise():
            yield "left out", ast.Pass()
        case ast.Assign(targets=[ast.Name(id=name)]) if name in again:
            yield "left out", ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield "left out", ast.Pass()
