"""Turn a Python file of a Django project: one walk over its tree, from the leaves up.

What each kind of node becomes is in the modules called ``code_…``. What a rule refuses
stays, and its statement is given a comment that says why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper
from libcst.metadata import ParentNodeProvider
from libcst.metadata import PositionProvider

from . import code_forms
from . import code_queries
from . import code_requests
from . import code_statements
from . import code_tests
from .code_calls import CALLS
from .code_calls import STATIC
from .code_context import expression
from .code_context import Here
from .code_imports import with_imports
from .code_methods import RULES
from .code_models import field_of
from .code_walk_definitions import Definitions
from .code_walk_names import URLS
from .notes import Note
from .notes import Untranslatable
from .project import Project

#: What a block that cannot be turned is commented out for: it would run at import.
_AT_IMPORT = {"model", "form", "field", "view"}


def port_code(source: str, path: Path, project: Project) -> tuple[str, list[Note]]:
    """Return the file for Flask and cbv, and what is left to do by hand.

    :param source: the text of a Python file that parses.
    :param path: where it stands in the project.

    Since 0.1.
    """
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    here = Here(project, path, wrapper.module)
    here.positions.update(wrapper.resolve(PositionProvider))
    porter = Porter(here, wrapper.resolve(ParentNodeProvider))
    module = wrapper.module.visit(porter)
    return with_imports(here, module).code, sorted(here.notes)


class Porter(Definitions):
    """The walk over a file, as far as calls and whole statements go."""

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:
        """Leave the fields of models whole: their arguments are read as they are."""
        class_ = self.here.class_
        if class_ is None or self.here.function is not None or class_.kind != "model":
            return True
        return field_of(node, self.here.code(node)) is None

    def leave_SimpleStatementLine(
        self,
        original_node: cst.SimpleStatementLine,
        updated_node: cst.SimpleStatementLine,
    ) -> Any:
        """Turn a statement as a whole; comment out what would fail at import."""
        here = self.here
        if not updated_node.body:
            self.carry(original_node)
            return cst.RemoveFromParent()
        try:
            made = self._turned(original_node, updated_node)
        except Untranslatable as reason:
            here.leave(original_node, reason)
            made = None if here.function else []
        in_class = bool(here.classes) and here.function is None
        if in_class and here.frames[-1] and here.class_kind() in _AT_IMPORT:
            made = []
        if made == []:
            self.comment_out(original_node)
            return cst.RemoveFromParent()
        return self._with_commit(made or _lines(original_node, updated_node))

    def _turned(
        self, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
    ) -> list[cst.BaseStatement] | None:
        for rule in code_statements.RULES:
            made = rule(self.here, original, updated)
            if made is not None:
                made[0] = made[0].with_changes(leading_lines=updated.leading_lines)
                trailing = updated.trailing_whitespace
                if isinstance(made[-1], cst.SimpleStatementLine):
                    made[-1] = made[-1].with_changes(trailing_whitespace=trailing)
                return made
        return None

    def _with_commit(self, nodes: list[cst.BaseStatement]) -> Any:
        """In a function, which no dispatcher commits for, commit as Django does."""
        if self.here.commits:
            self.here.commits = False
            commit = self.here.need("cbv.db", "commit")
            nodes = [*nodes, cst.parse_statement(f"{commit}()")]
        return cst.FlattenSentinel(nodes)

    # --- calls ------------------------------------------------------------------------

    def leave_WithItem(
        self, original_node: cst.WithItem, updated_node: cst.WithItem
    ) -> cst.WithItem:
        """Turn ``with self.assertRaises(…)``."""
        item = updated_node.item
        is_test = self.here.class_kind() == "test" and isinstance(item, cst.Call)
        code = code_tests.block(self.here, item) if is_test else ""  # type: ignore[arg-type]
        return (
            updated_node.with_changes(item=expression(code)) if code else updated_node
        )

    def visit_Call(self, node: cst.Call) -> bool:
        """Say whose conditions the arguments are; leave fields of forms whole."""
        here = self.here
        here.asked.append(self._asked_model(node))
        if code_forms.kind_of(here, node) or here.dotted(node.func) == STATIC:
            return False
        if here.dotted(node.func).rpartition(".")[2] in code_forms.WIDGETS:
            self.skip.add(node.func)
        return True

    def _asked_model(self, node: cst.Call) -> str:
        """Return the model at the beginning of a chain of calls, or nothing."""
        inner: cst.CSTNode = node.func
        while isinstance(inner, (cst.Attribute, cst.Call)):
            if isinstance(inner, cst.Attribute) and inner.attr.value == "objects":
                return self.here.model_of(inner.value)
            inner = inner.value if isinstance(inner, cst.Attribute) else inner.func
        if isinstance(inner, cst.Name) and self.here.function is not None:
            return self.here.function.queries.get(inner.value, "")
        return ""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> Any:
        """Turn a call by the first rule that is about it."""
        made = self._call(original_node, updated_node)
        self.here.asked.pop()
        return made

    def _call(self, original: cst.Call, updated: cst.Call) -> Any:
        here, name = self.here, self.here.dotted(original.func)
        if code_forms.kind_of(here, original):
            return updated
        if name in CALLS or name in URLS:
            return self.attempt(CALLS.get(name) or URLS[name], original, updated)
        if name.rpartition(".")[2] in code_forms.WIDGETS and original.func in self.skip:
            return self.attempt(code_forms.widget, original, updated)
        asked = code_requests.called(here, original)
        if asked is not None:
            return asked
        if here.code(updated.func) == "create_user.create_user":
            return updated.with_changes(func=cst.Name(here.own("users", "create_user")))
        owner = updated.func.value if isinstance(updated.func, cst.Attribute) else None
        if owner in here.queries:
            model = here.queries[owner]
            return self.attempt(
                lambda h, n: code_queries.chained(h, n, model), original, updated
            )
        return self._by_rules(original, updated)

    def _by_rules(self, original: cst.Call, updated: cst.Call) -> Any:
        if self.here.class_kind() == "test":
            made = code_tests.asked(self.here, updated)
            if made is not None:
                return made
        for rule in RULES:
            made = self.attempt(rule, original, updated)
            if made is not None:
                return made
        return updated


def _lines(
    original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> list[cst.BaseStatement]:
    """Return a line of its own for each statement that has come to another."""
    if len(updated.body) <= len(original.body):
        return [updated]
    first, *others = updated.body
    lines: list[cst.BaseStatement] = [
        cst.SimpleStatementLine(
            [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)]
        )
        for small in others
    ]
    bare = first.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return [updated.with_changes(body=[bare]), *lines]
