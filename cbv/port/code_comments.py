"""Keep what a file says to people: comments stay, notes stand before their lines."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import libcst as cst

from .code_context import Here
from .notes import Note
from .notes import Untranslatable


class Comments(cst.CSTTransformer):
    """The walk over a file, as far as statements, their comments and notes go."""

    def __init__(self, here: Here, parents: Any) -> None:
        super().__init__()
        self.here = here
        self.parents = parents
        self.skip: set[cst.CSTNode] = set()
        self.refused: set[cst.CSTNode] = set()
        self.leading: list[list[cst.EmptyLine]] = []
        self.carried: list[cst.EmptyLine] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Open a frame for what is said about a statement."""
        if isinstance(node, cst.BaseStatement):
            self.here.frames.append([])
            self.leading.append(self.carried)
            self.carried = []
        return super().on_visit(node)

    def on_leave(self, original: Any, updated: Any) -> Any:
        """Close the frame of a statement: its notes stand before it."""
        if not isinstance(original, cst.BaseStatement):
            return super().on_leave(original, updated)
        result = super().on_leave(original, updated)
        notes, leading = _first_of(self.here.frames.pop()), self.leading.pop()
        self.here.notes += notes
        said = _missing(original, result)
        return self._attached(result, [*leading, *comments(notes), *said])

    def _attached(self, result: Any, lines: list[cst.EmptyLine]) -> Any:
        if not lines:
            return result
        if result is cst.RemovalSentinel.REMOVE:
            self.carried += lines
            return result
        nodes = [*result] if isinstance(result, cst.FlattenSentinel) else [result]
        own = list(getattr(nodes[0], "leading_lines", ()))
        blank = 0
        while blank < len(own) and own[blank].comment is None:
            blank += 1
        placed = [*own[:blank], *lines, *own[blank:]]
        nodes[0] = nodes[0].with_changes(leading_lines=placed)
        return cst.FlattenSentinel(nodes)

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        """Keep comments that have no statement behind them."""
        lines, self.carried = self.carried, []
        return updated_node.with_changes(footer=[*updated_node.footer, *lines])

    def leave_Module(
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        """Keep comments at the end of the file."""
        return updated_node.with_changes(footer=[*updated_node.footer, *self.carried])

    def attempt(self, rule: Callable[..., Any], original: Any, updated: Any) -> Any:
        """Return what a rule makes; what it refuses stays and is noted."""
        try:
            return rule(self.here, updated)
        except Untranslatable as reason:
            self.here.leave(original, reason)
            self.refused.add(original)
            return updated

    def carry(self, node: cst.SimpleStatementLine) -> None:
        """Keep the comments of a statement that goes."""
        self.carried += [cst.EmptyLine(comment=c) for c in comments_in(node)]

    def comment_out(self, node: cst.SimpleStatementLine) -> None:
        """Keep a statement as a comment, with why it is one."""
        notes, self.here.frames[-1][:] = _first_of(self.here.frames[-1]), []
        first, last = self.here.span(node)
        self.here.notes += [
            n._replace(line=first, lines=last - first + 1) for n in notes
        ]
        self.carried += [*node.leading_lines, *comments(notes)]
        bare = node.with_changes(leading_lines=[])
        for line in self.here.module.code_for_node(bare).splitlines():
            self.carried.append(_comment(line.strip() and line.rstrip()))


def _missing(original: cst.CSTNode, result: Any) -> list[cst.EmptyLine]:
    """Return the comments of a line that its new form has no place for."""
    is_line = isinstance(original, cst.SimpleStatementLine)
    if not is_line or result is cst.RemovalSentinel.REMOVE:
        return []
    nodes = [*result] if isinstance(result, cst.FlattenSentinel) else [result]
    kept = {comment.value for node in nodes for comment in comments_in(node)}
    found = comments_in(original)
    return [cst.EmptyLine(comment=c) for c in found if c.value not in kept]


def _first_of(notes: list[Note]) -> list[Note]:
    """Return notes less those that only follow from others of the same statement."""
    kept = [note for note in notes if not note.text.endswith("holds is not known")]
    return kept or notes


def _comment(line: str) -> cst.EmptyLine:
    return cst.EmptyLine(comment=cst.Comment(f"# {line}".rstrip()))


def comments(notes: list[Note]) -> list[cst.EmptyLine]:
    """Return the lines that say notes, each once."""
    texts = dict.fromkeys(str(note) for note in notes)
    return [
        _comment(line)
        for text in texts
        for line in textwrap.wrap(text, 76, break_on_hyphens=False)
    ]


def comments_in(node: cst.CSTNode) -> list[cst.Comment]:
    """Return the comments in a node."""
    found: list[cst.Comment] = []

    class Finder(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:
            """Note a comment."""
            found.append(node)

    node.visit(Finder())
    return found
