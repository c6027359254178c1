"""What whole statements become: fields of models and forms, asserts, saved rows.

Each function takes the statement as it was and as it is now, with its parts turned, and
returns the statements in its place, or None if it is not about this one.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from . import code_forms
from . import code_tests
from .code_columns import lines
from .code_context import Here
from .code_models import field_of
from .code_models import statements
from .model_facts import RELATIONS
from .notes import Untranslatable

Statements = list[cst.BaseStatement]


def model_field(
    here: Here, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> Statements | None:
    """A field of a model becomes one or two lines."""
    field = field_of(original, here.code(original))
    found = here.class_
    if field is None or found is None or found.kind != "model":
        return None
    model = here.models.by_name[found.name]
    if model.is_abstract and field.kind in RELATIONS:
        raise Untranslatable("a relation of an abstract class needs declared_attr")
    return statements(here, "\n".join(lines(here, model, field)))


def form_field(
    here: Here, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> Statements | None:
    """A field of a form becomes one of WTForms."""
    first = updated.body[0] if updated.body else None
    if not isinstance(first, cst.Assign) or not isinstance(first.value, cst.Call):
        return None
    was = getattr(original.body[0], "value", None)
    if not isinstance(was, cst.Call) or not code_forms.kind_of(here, was):
        return None
    name = here.code(first.targets[0].target)
    value = code_forms.field(here, name, was)
    return [updated.with_changes(body=[first.with_changes(value=value)])]


def assertion(
    here: Here, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> Statements | None:
    """``self.assertEqual(a, b)`` becomes ``assert a == b``."""
    first = updated.body[0] if updated.body else None
    if not isinstance(first, cst.Expr) or not here.classes:
        return None
    if here.classes[-1].kind != "test":
        return None
    code = code_tests.asserted(here, first.value)
    return statements(here, code) if code else None


def created(
    here: Here, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> Statements | None:
    """``post = Post.objects.create(…)`` makes a row and saves it."""
    if not here.created:
        return None
    first = updated.body[0] if updated.body else None
    value: Any = getattr(first, "value", None)
    model, made = here.created.pop(value, ""), dict(here.created)
    here.created.clear()
    if made or not model:
        raise Untranslatable(
            "create() saves at once; here save() is called", "extension.md"
        )
    save, code = here.need("cbv.db", "save"), here.code(value)
    if isinstance(first, cst.Expr):
        return statements(here, f"{save}({code})")
    if isinstance(first, cst.Return):
        name = f"new_{model.lower()}"
        lines = [f"{name} = {code}", f"{save}({name})", f"return {name}"]
        return _within(here, lines)
    name = here.code(cst.ensure_type(first, cst.Assign).targets[0].target)
    return [updated, *statements(here, f"{save}({name})")]


def _within(here: Here, lines: list[str]) -> Statements:
    """Return lines of a function, where ``return`` may stand."""
    inner = "".join(f"    {line}\n" for line in lines)
    [function] = statements(here, f"def function():\n{inner}")
    return list(cst.ensure_type(function, cst.FunctionDef).body.body)  # type: ignore[arg-type]


def set_rows(
    here: Here, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> Statements | None:
    """``post.tags.set(rows)`` becomes ``post.tags = list(rows)``."""
    first = updated.body[0] if updated.body else None
    value = getattr(first, "value", None)
    if not isinstance(first, cst.Expr) or not isinstance(value, cst.Call):
        return None
    function = value.func
    if not isinstance(function, cst.Attribute) or function.attr.value != "set":
        return None
    owner = function.value
    known = here.project.known.relations
    if not isinstance(owner, cst.Attribute) or owner.attr.value not in known:
        return None
    given = here.code(value.args[0].value)
    said = given if given.startswith("[") else f"list({given})"
    return statements(here, f"{here.code(owner)} = {said}")


RULES = (model_field, form_field, assertion, created, set_rows)
