"""Tell statements from rows: a loop, a context and an answer want rows."""

from __future__ import annotations

from typing import Any

import libcst as cst

from . import code_queries
from .code_context import expression
from .code_context import Here
from .code_walk_names import Names
from .notes import Untranslatable

#: Functions that read all rows of what they are given.
_READERS = {
    "list",
    "len",
    "set",
    "tuple",
    "sorted",
    "sum",
    "enumerate",
    "any",
    "max",
    "min",
}
_TAKES_STATEMENT = {
    "Paginator",
    "count",
    "exists",
    "get_list_or_404",
    "get_object_or_404",
    "paginate_queryset",
    "scalar",
    "scalars",
}


class Rows(Names):
    """The walk over a file, as far as what expressions hold."""

    def _rows(self, node: Any, name: str) -> Any:
        """Return a node whose expression of that name gives rows, not a statement."""
        value = getattr(node, name)
        rows = code_queries.rows(self.here, value)
        return node if rows is value else node.with_changes(**{name: rows})

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        """A loop goes over rows."""
        return self._rows(updated_node, "iter")  # type: ignore[no-any-return]

    def visit_For(self, node: cst.For) -> None:
        """Note that the variable of a loop over rows is one."""
        if self.here.function is not None and isinstance(node.target, cst.Name):
            code = self.here.code(node.iter)
            if ".objects" in code or code in self.here.function.lists:
                self.here.function.rows.add(node.target.value)

    def leave_CompFor(
        self, original_node: cst.CompFor, updated_node: cst.CompFor
    ) -> cst.CompFor:
        """A comprehension goes over rows."""
        return self._rows(updated_node, "iter")  # type: ignore[no-any-return]

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        """A condition asks whether there are rows."""
        return self._rows(updated_node, "test")  # type: ignore[no-any-return]

    def leave_DictElement(
        self, original_node: cst.DictElement, updated_node: cst.DictElement
    ) -> cst.DictElement:
        """A context holds rows."""
        return self._rows(updated_node, "value")  # type: ignore[no-any-return]

    def leave_FormattedString(
        self, original_node: cst.FormattedString, updated_node: cst.FormattedString
    ) -> cst.FormattedString:
        """Use the other quotes inside of a text in quotes, as Python 3.11 must."""
        quote = updated_node.end[-1]
        parts = [_requoted(self.here, part, quote) for part in updated_node.parts]
        return updated_node.with_changes(parts=parts)

    def leave_Return(self, original_node: cst.Return, updated_node: cst.Return) -> Any:
        """Only ``get_queryset`` returns a statement; ``clean_title`` sets its field."""
        function = self.here.function
        if updated_node.value is None or function is None:
            return updated_node
        if self.here.class_kind() == "form" and function.name.startswith("clean_"):
            code = f"field.data = {self.here.code(updated_node.value)}"
            line = cst.ensure_type(cst.parse_statement(code), cst.SimpleStatementLine)
            same = code == "field.data = field.data"
            return cst.FlattenSentinel([*([] if same else line.body), cst.Return()])
        if "queryset" in function.name:
            return updated_node
        return self._rows(updated_node, "value")

    def leave_Assign(
        self, original_node: cst.Assign, updated_node: cst.Assign
    ) -> cst.Assign:
        """Note what variables hold; what is not asked again holds rows."""
        if self.here.function is None:
            return updated_node
        target, value = updated_node.targets[0].target, updated_node.value
        if not isinstance(target, cst.Tuple) or not isinstance(value, cst.Tuple):
            kept = self._held(target, value)
            return updated_node.with_changes(value=kept)
        elements = [
            inner.with_changes(value=self._held(name.value, inner.value))
            for name, inner in zip(target.elements, value.elements, strict=False)
        ]
        return updated_node.with_changes(value=value.with_changes(elements=elements))

    def _held(self, target: cst.CSTNode, value: cst.BaseExpression) -> Any:
        """Return what a variable is given, and note what that is."""
        here, function = self.here, self.here.function
        if function is None or not isinstance(target, cst.Name):
            return code_queries.rows(here, value)
        name = target.value
        if value not in here.queries:
            if here.is_row(value, here.code(value)):
                function.rows.add(name)
            return value
        if name in function.chained or "queryset" in function.name:
            function.queries[name] = here.queries[value]
            return value
        function.lists.add(name)
        return code_queries.rows(here, value)

    def leave_Subscript(
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> Any:
        """``rows[:5]`` of a statement is its ``limit``."""
        value = updated_node.value
        if value in self.here.queries:
            return code_queries.sliced(
                self.here, updated_node, self.here.queries[value]
            )
        code = self.here.code(value)
        function = self.here.function
        if code.endswith("form.fields"):
            text = "the fields of a form are form[name] in WTForms"
            self.here.leave(original_node, Untranslatable(text, "forms.md"))
        if function is None or self.here.class_kind() != "form":
            return updated_node
        if code == "self.cleaned_data" and function.name.startswith("clean_"):
            if self.here.code(updated_node).strip("]")[-1] in "\"'":
                return _cleaned(
                    function.name, self.here.code(updated_node), updated_node
                )
        if code == "self.fields":
            text = "the fields of a form are self[name] in WTForms"
            self.here.leave(original_node, Untranslatable(text, "forms.md"))
        return updated_node

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        """Give a function rows where it is given a statement."""
        parent = self.parents[original_node]
        if updated_node.value not in self.here.queries or not isinstance(
            parent, cst.Call
        ):
            return updated_node
        name = self.here.code(parent.func).rpartition(".")[2]
        if name in _READERS or (updated_node.keyword and name not in _TAKES_STATEMENT):
            if not isinstance(parent.func, cst.Attribute) or "get_queryset" not in (
                self.here.code(parent.func)
            ):
                return self._rows(updated_node, "value")  # type: ignore[no-any-return]
        return updated_node


def _cleaned(function: str, code: str, node: cst.Subscript) -> cst.BaseExpression:
    """Return ``field.data`` for the value that a method cleans."""
    is_own = code.rstrip("]").endswith((f'"{function[6:]}"', f"'{function[6:]}'"))
    return expression("field.data") if is_own else node


def _requoted(here: Here, part: Any, quote: str) -> Any:
    if not isinstance(part, cst.FormattedStringExpression):
        return part
    other = "'" if quote == '"' else '"'
    code = here.code(part.expression)
    if quote not in code or other in code:
        return part
    return part.with_changes(expression=expression(code.replace(quote, other)))
