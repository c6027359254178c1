"""What functions become: without the request, with Flask's names for Django's."""

from __future__ import annotations

import ast
import re

import libcst as cst

from . import code_tests
from .code_classes import refuse_field
from .code_context import FunctionFacts
from .code_context import Here
from .code_methods import HANDLERS
from .notes import Untranslatable

#: Methods after which a variable is asked again, so that it stays a statement.
_ASKED = "filter|exclude|order_by|distinct|select_related|prefetch_related|count|exists"
#: Methods of a form or a model that other libraries do in another way.
_REFUSED = {
    ("form", "clean"): ("clean() of a form is validate() in WTForms", "forms.md"),
    ("model", "clean"): ("nobody calls clean() of a row", "forms.md"),
    ("model", "save"): (
        "SQLAlchemy saves without save(); use an event",
        "extension.md",
    ),
    ("model", "delete"): ("SQLAlchemy deletes without delete()", "extension.md"),
}


def facts(here: Here, node: cst.FunctionDef) -> FunctionFacts:
    """Return what is known of a function before its body is read."""
    names = [parameter.name.value for parameter in node.params.params]
    has_request = "request" in names[:2]
    found = FunctionFacts(
        node.name.value, has_request and not here.classes, has_request
    )
    code = here.code(node)
    for match in re.finditer(rf"\b(\w+)\.(?:{_ASKED})\(", code):
        found.chained.add(match[1])
    for match in re.finditer(r"(?:Paginator|_or_404)\(\s*(\w+)", code):
        found.chained.add(match[1])
    for match in re.finditer(r"^\s+(\w+) = (.+)$", code, re.MULTILINE):
        said = _literal(match[2])
        if said and all(isinstance(text, str) for text in said):
            found.texts[match[1]] = said
    model = here.class_.model if here.class_ and here.class_.kind == "view" else ""
    for name in names:
        if name in ("queryset", "qs") and model:
            found.queries[name] = model
    return found


def _literal(code: str) -> tuple[str, ...]:
    try:
        said = ast.literal_eval(code)
    except (SyntaxError, ValueError):
        return ()
    return tuple(said) if isinstance(said, (list, tuple)) else ()


def check(here: Here, node: cst.FunctionDef) -> None:
    """Refuse methods that have no counterpart.

    :raises Untranslatable: naming what is there instead.
    """
    kind = here.class_.kind if here.class_ else ""
    if kind == "form" and node.name.value == "__init__":
        if re.search(r"\b(initial|instance|files|self\.fields)\b", here.code(node)):
            text = "a form is given formdata, obj and data, and fields are self[name]"
            raise Untranslatable(text, "forms.md")
    reason = _REFUSED.get((kind, node.name.value))
    if reason:
        raise Untranslatable(*reason)
    if kind == "field":
        refuse_field(node.name.value)


def ported(here: Here, node: cst.FunctionDef) -> cst.FunctionDef:
    """Return a function with the name and the arguments that it has here."""
    kind = here.class_.kind if here.class_ else ""
    name = node.name.value
    if kind == "test" and name in code_tests.PREPARING:
        return _preparing(node)
    if kind == "form" and name.startswith("clean_"):
        return _validating(node)
    params = node.params
    if here.function is not None and here.function.has_request:
        params = _without_request(params)
    if kind == "view" and name in HANDLERS:
        params = params.with_changes(star_arg=cst.MaybeSentinel.DEFAULT)
        params = params.with_changes(params=_last_without_comma(params))
        if name == "dispatch":
            node = node.with_changes(name=cst.Name("dispatch_request"))
    return node.with_changes(params=params)


def _without_request(params: cst.Parameters) -> cst.Parameters:
    kept = [p for p in params.params if p.name.value != "request"]
    return params.with_changes(params=kept)


def _last_without_comma(params: cst.Parameters) -> list[cst.Param]:
    kept = list(params.params)
    if kept and params.star_kwarg is None:
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return kept


def _preparing(node: cst.FunctionDef) -> cst.FunctionDef:
    """Return ``setUp`` by pytest's name; it is run for each test."""
    return node.with_changes(
        name=cst.Name(code_tests.PREPARING[node.name.value]), decorators=[]
    )


def _validating(node: cst.FunctionDef) -> cst.FunctionDef:
    """Return ``clean_title`` as ``validate_title``, which is given the field."""
    name = node.name.value.replace("clean_", "validate_", 1)
    params = [cst.Param(cst.Name("self")), cst.Param(cst.Name("field"))]
    body = cst.ensure_type(node.body, cst.IndentedBlock)
    lines = list(body.body)
    if len(lines) > 1 and _is_bare(lines[-1]):
        lines.pop()
    # Django asks only for a field that is right so far.
    place = 1 if isinstance(node.get_docstring(), str) else 0
    lines[place:place] = cst.parse_module("if field.errors:\n    return\n").body
    return node.with_changes(
        name=cst.Name(name),
        params=node.params.with_changes(params=params),
        body=body.with_changes(body=lines),
    )


def _is_bare(node: cst.BaseStatement) -> bool:
    """Tell whether a statement is a ``return`` without a value."""
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        return False
    small = node.body[0]
    return isinstance(small, cst.Return) and small.value is None
