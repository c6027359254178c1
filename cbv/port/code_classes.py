"""Put classes of views, models, forms and tests together, once their parts are done."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import libcst as cst

from . import code_models
from . import modules
from .class_facts import Class
from .code_context import Here
from .code_models import statements
from .code_queries import lookups
from .notes import Untranslatable

Result = cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]


def body_of(node: cst.ClassDef) -> list[cst.BaseStatement]:
    """Return the statements of a class; ``class A: pass`` becomes lines."""
    block = node.body
    if isinstance(block, cst.IndentedBlock):
        return list(block.body)
    small: Any = block.body
    return [cst.SimpleStatementLine([found]) for found in small]


def with_body(node: cst.ClassDef, body: Sequence[cst.BaseStatement]) -> cst.ClassDef:
    """Return a class with other statements; ``pass`` beside others goes."""
    kept = [found for found in body if not _is_pass(found)] or list(body)
    block = node.body
    if not isinstance(block, cst.IndentedBlock):
        block = cst.IndentedBlock([])
    return node.with_changes(body=block.with_changes(body=kept))


def _is_pass(node: Any) -> bool:
    is_line = isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1
    return is_line and isinstance(node.body[0], cst.Pass) and not node.leading_lines


def _is_text(node: cst.BaseStatement) -> bool:
    if not isinstance(node, cst.SimpleStatementLine) or not node.body:
        return False
    first = node.body[0]
    return isinstance(first, cst.Expr) and isinstance(
        first.value, (cst.SimpleString, cst.ConcatenatedString)
    )


def inserted(
    body: list[cst.BaseStatement], new: Sequence[cst.BaseStatement]
) -> list[cst.BaseStatement]:
    """Return statements with others behind the docstring."""
    place = 1 if body and _is_text(body[0]) else 0
    return [*body[:place], *new, *body[place:]]


def before_methods(
    body: list[cst.BaseStatement], new: Sequence[cst.BaseStatement]
) -> list[cst.BaseStatement]:
    """Return statements with others before the first method."""
    places = [n for n, found in enumerate(body) if isinstance(found, cst.FunctionDef)]
    place = places[0] if places else len(body)
    return [*body[:place], *new, *body[place:]]


# --- models ---------------------------------------------------------------------------


def model(here: Here, node: cst.ClassDef) -> Result:
    """Return a declarative class, the tables between it and others before it.

    :raises Untranslatable: for a model that has no counterpart.
    """
    found = here.models.by_name[node.name.value]
    new_bases = code_models.bases(here, node)
    body = inserted(body_of(node), code_models.head(here, found))
    body = before_methods(body, code_models.tail(here, found))
    body += code_models.displays(here, found)
    made = with_body(node, body).with_changes(bases=new_bases)
    tables = code_models.tables(here, found)
    if not tables:
        return made
    first = tables[0].with_changes(leading_lines=node.leading_lines)
    blank = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
    return cst.FlattenSentinel(
        [first, *tables[1:], made.with_changes(leading_lines=blank)]
    )


# --- views ----------------------------------------------------------------------------


def view(here: Here, node: cst.ClassDef) -> cst.ClassDef:
    """Return a view; what Django takes from the app and from ``Meta`` is written."""
    found = here.project.classes.by_name.get(node.name.value)
    if found is None or found.path != here.path:
        return node
    lines = [*_template(here, found), *_ordering(here, found), *_choices(here, found)]
    if not lines:
        return node
    body = body_of(node)
    place = _behind_values(body)
    new = statements(here, "\n".join(lines))
    return with_body(node, [*body[:place], *new, *body[place:]])


def _behind_values(body: list[cst.BaseStatement]) -> int:
    """Return the place behind the lines that set attributes."""
    place = 0
    for number, found in enumerate(body):
        if isinstance(found, cst.SimpleStatementLine):
            place = number + 1
        else:
            break
    return place


def _template(here: Here, found: Class) -> list[str]:
    """Name the template that Django finds by the label of the app."""
    classes = here.project.classes
    named = classes.value(found.name, "template_name") is not None
    if named or not found.model or not found.suffix:
        return []
    label = here.models.by_name[found.model].app
    name = f"{label}/{found.model.lower()}{found.suffix}.html"
    spaces = {
        s
        for p, s in here.project.urls.namespaces.items()
        if here.project.labels.get(p) == here.project.labels.get(here.path)
    }
    if name not in here.project.templates or spaces == {label}:
        return []
    return [f'template_name = "{name}"']


def _ordering(here: Here, found: Class) -> list[str]:
    """Sort a list as the ``Meta`` of its model says."""
    classes = here.project.classes
    said = [classes.value(found.name, name) for name in ("ordering", "queryset")]
    owner = here.models.by_name.get(found.model)
    if found.generic != "ListView" or owner is None or any(said):
        return []
    names = lookups(here).ordering(owner.name)[0]
    if not names:
        return []
    pk = here.models.pk(owner.name)
    plain = [
        str(n) if str(n).lstrip("-") != "pk" else str(n).replace("pk", pk)
        for n in names
    ]
    listed = ", ".join(f'"{name}"' for name in plain)
    return [f"ordering = [{listed}]"]


def _choices(here: Here, found: Class) -> list[str]:
    """Give a form the choices of its model's fields."""
    names = modules.literal(found.values.get("fields"))
    if not isinstance(names, (list, tuple)) or not found.model:
        return []
    listed = choices(here, found.model, [str(name) for name in names])
    return [f"choices = {{{listed}}}"] if listed else []


def choices(here: Here, model_name: str, names: list[str]) -> str:
    """Return the entries of a mapping with the choices of a model's fields."""
    fields, parts = here.models.fields(model_name), []
    owner = here.project.classes.by_name.get(model_name)
    for name in names:
        node = fields[name].args.get("choices") if name in fields else None
        if node is None:
            continue
        code = ast.unparse(node)
        first = code.partition(".")[0]
        nested = owner is not None and (first in owner.values or first[:1].isupper())
        is_own = nested and first not in here.imports
        said = f"{here.model_class(model_name)}.{code}" if is_own else code
        parts.append(f'"{name}": {said}')
    return ", ".join(parts)


# --- forms and tests ------------------------------------------------------------------


def meta(here: Here, node: cst.ClassDef) -> cst.ClassDef:
    """Return the ``Meta`` of a model form, with the choices that the model says."""
    owner = here.classes[-1]
    found = here.project.classes.by_name.get(owner.name)
    values = modules.assignments(ast.parse(here.code(node)))
    names = modules.literal(values.get("fields"))
    if found is None or "choices" in values or not isinstance(names, (list, tuple)):
        return node
    model_name = modules.full_name(values.get("model", ast.Constant(None)))
    last = model_name.rpartition(".")[2]
    if last not in here.models.by_name:
        return node
    listed = choices(here, last, [str(name) for name in names])
    if not listed:
        return node
    return with_body(
        node, [*body_of(node), *statements(here, f"choices = {{{listed}}}")]
    )


def test(node: cst.ClassDef) -> cst.ClassDef:
    """Return a class that pytest collects: it is called ``Test…`` and has no bases."""
    name = node.name.value
    name = name if name.startswith("Test") else f"Test{name}"
    return node.with_changes(
        name=cst.Name(name),
        bases=[],
        lpar=cst.MaybeSentinel.DEFAULT,
        rpar=cst.MaybeSentinel.DEFAULT,
    )


def refuse_field(name: str) -> None:
    """Refuse a class of fields' own method, which WTForms calls otherwise.

    :raises Untranslatable: for the methods that Django calls.
    """
    others = {
        "prepare_value": "process_data() and _value()",
        "to_python": "process_formdata()",
        "clean": "pre_validate() and post_validate()",
        "validate": "pre_validate(form)",
    }
    if name in others:
        text = f"{name}() of a field is {others[name]} in WTForms"
        raise Untranslatable(text, "forms.md")
