"""Walk through functions and classes: what is known inside, what each becomes."""

from __future__ import annotations

from typing import Any

import libcst as cst

from . import code_classes
from . import code_functions
from . import code_models
from .code_calls import endpoint
from .code_comments import comments_in
from .code_context import ClassFacts
from .code_walk_rows import Rows
from .notes import Untranslatable

#: Attributes of views that may name an endpoint.
_ENDPOINTS = {"login_url", "next_page", "pattern_name", "success_url"}


class Definitions(Rows):
    """The walk over a file, as far as functions and classes go."""

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """An attribute that names an endpoint names it as Flask does."""
        parent, name = self.parents[original_node], ""
        if isinstance(parent, cst.Assign):
            name = self.here.code(parent.targets[0].target)
        elif isinstance(parent, cst.Arg) and parent.keyword is not None:
            name = parent.keyword.value
        said = endpoint(updated_node.value) if name in _ENDPOINTS else None
        return updated_node.with_changes(value=said) if said else updated_node

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        """Enter a function."""
        self.skip.add(node.name)
        facts = code_functions.facts(self.here, node)
        try:
            code_functions.check(self.here, node)
        except Untranslatable as reason:
            first, last = self.here.span(node)
            self.here.frames[-1].append(reason.at(first, last - first + 1))
        self.here.functions.append(facts)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """Leave a function."""
        made = code_functions.ported(self.here, updated_node)
        self.here.functions.pop()
        return made

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        """Enter a class; the ``Meta`` of a model is read, not walked over."""
        self.skip.add(node.name)
        name = node.name.value
        if name == "Meta" and self.here.class_kind() == "model":
            return False
        found = self.here.project.classes.by_name.get(name)
        facts = (
            ClassFacts(name, found.kind, found.model) if found else ClassFacts(name, "")
        )
        model = self.here.models.by_name.get(name)
        if model is not None and model.path == self.here.path:
            facts.kind = "model"
        if facts.kind in ("model", "test"):
            facts.model = name if facts.kind == "model" else ""
            self._skip_bases(node)
        if name != "Meta":
            self.here.classes.append(facts)
        return True

    def _skip_bases(self, node: cst.ClassDef) -> None:
        """Bases of models and tests are read, and written anew."""
        for base in node.bases:
            self.skip.add(base.value)
            if isinstance(base.value, cst.Attribute):
                self.skip_inside(base.value)

    def leave_ClassDef(
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> Any:
        """Put a class together."""
        here, name = self.here, original_node.name.value
        if name == "Meta" and here.class_kind() == "model":
            return self._meta(original_node)
        if name == "Meta":
            in_form = here.class_kind() == "form"
            return code_classes.meta(here, updated_node) if in_form else updated_node
        facts = here.classes.pop()
        if facts.kind == "view":
            return code_classes.view(here, updated_node)
        if facts.kind == "test":
            return code_classes.test(updated_node)
        if facts.kind == "model" and not here.classes:
            return self.attempt(code_classes.model, original_node, updated_node)
        return updated_node

    def _meta(self, node: cst.ClassDef) -> Any:
        """Drop the ``Meta`` of a model, whose words are said in the class; keep why."""
        model = self.here.models.by_name[self.here.classes[-1].name]
        try:
            code_models.check_meta(self.here, model)
        except Untranslatable as reason:
            self.here.leave(node, reason)
        self.carried += [cst.EmptyLine(comment=c) for c in comments_in(node)]
        return cst.RemoveFromParent()
