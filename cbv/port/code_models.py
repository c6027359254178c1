"""Turn the classes of ``models.py`` into declarative classes of SQLAlchemy.

Django: ``django.db.models.Model`` and its ``class Meta``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import libcst as cst

from . import modules
from .code_columns import annotation
from .code_columns import back
from .code_columns import lines
from .code_columns import reverse_line
from .code_columns import table_code
from .code_columns import text
from .code_context import Here
from .code_queries import lookups
from .model_facts import Field
from .model_facts import Model
from .model_facts import read_field
from .notes import Untranslatable

#: What of ``class Meta`` is said otherwise, or needs no word.
_META = {
    "abstract",
    "app_label",
    "constraints",
    "db_table",
    "default_auto_field",
    "indexes",
    "ordering",
    "unique_together",
    "verbose_name",
    "verbose_name_plural",
}
_BASES = {
    "django.contrib.auth.base_user.AbstractBaseUser",
    "django.contrib.auth.models.AbstractBaseUser",
    "django.contrib.auth.models.AbstractUser",
}


def field_of(node: cst.CSTNode, code: str) -> Field | None:
    """Return the field that a statement of a class sets, None for any other."""
    if not isinstance(node, cst.SimpleStatementLine):
        return None
    [found] = ast.parse(code).body[:1] or [None]  # type: ignore[list-item]
    if not isinstance(found, ast.Assign) or not isinstance(found.targets[0], ast.Name):
        return None
    return read_field(found.targets[0].id, found.value)


def statements(here: Here, code: str) -> list[cst.BaseStatement]:
    """Return the nodes of some lines of code."""
    return list(cst.parse_module(code).body)


def bases(here: Here, node: cst.ClassDef) -> list[cst.Arg]:
    """Return the bases of a model here.

    :raises Untranslatable: for a model that is part of another's table.
    """
    found = []
    for argument in node.bases:
        name = here.dotted(argument.value)
        base = here.models.by_name.get(here.code(argument.value).rpartition(".")[2])
        if base is not None and not base.is_abstract:
            raise Untranslatable(f"its table is joined to that of {base.name}")
        if name in _BASES:
            mixin = here.need("cbv.auth", "AbstractUserMixin")
            found += [cst.Arg(cst.Name(mixin)), _base(here)]
        elif name in ("django.db.models.Model", "django.db.models.base.Model"):
            found.append(_base(here))
        elif not name.startswith("django."):
            found.append(argument)
    return found


def _base(here: Here) -> cst.Arg:
    return cst.Arg(cst.Name(here.own("database", "Base")))


def head(here: Here, model: Model) -> list[cst.BaseStatement]:
    """Return the lines that a class begins with: its table and its key."""
    if model.is_abstract:
        return statements(here, "__abstract__ = True")
    code = [f'__tablename__ = "{model.table}"', *_arguments(here, model)]
    plural = model.meta.get("verbose_name_plural")
    if plural is not None:
        code.append(f"__verbose_name_plural__ = {text(plural)}")
    fields = here.models.fields(model.name)
    if not any(field.given("primary_key") is True for field in fields.values()):
        code.append(_key(here, model))
    if model.is_user and model.path != Path():
        own = model.fields
        standard = (f for f in fields.values() if f.name not in _written(here, model))
        code += [
            line for f in standard if f.name in own for line in lines(here, model, f)
        ]
    return statements(here, "\n".join(code))


def _written(here: Here, model: Model) -> set[str]:
    """Return the fields that the text of a class sets itself."""
    found = here.project.classes.by_name.get(model.name)
    return set(found.values) if found and found.path == model.path else set()


def _key(here: Here, model: Model) -> str:
    said = modules.literal(here.project.values.get("DEFAULT_AUTO_FIELD"))
    is_big = str(said or "").endswith("BigAutoField") and model.app != "auth"
    kind = (
        here.own("database", "BigKey") if is_big else here.need("sqlalchemy", "Integer")
    )
    here.need("sqlalchemy.orm", "mapped_column")
    return f"id: {annotation(here, 'int')} = mapped_column({kind}, primary_key=True)"


def _arguments(here: Here, model: Model) -> Iterator[str]:
    """Yield the line for what the table has besides its columns."""
    together = modules.literal(model.meta.get("unique_together")) or ()
    groups = list(together) if isinstance(together, (list, tuple)) else []
    groups = [groups] if groups and isinstance(groups[0], str) else groups
    parts = [_unique(here, model, names) for names in groups]
    for key in ("constraints", "indexes"):
        for node in getattr(model.meta.get(key), "elts", ()):
            try:
                parts.append(_constraint(here, model, node))
            except Untranslatable as reason:
                lines = node.end_lineno - node.lineno + 1
                here.frames[-1].append(reason.at(node.lineno, lines))
    if parts:
        yield f"__table_args__ = ({', '.join(parts)},)"


def _unique(here: Here, model: Model, names: list[str], title: str = "") -> str:
    here.need("sqlalchemy", "UniqueConstraint")
    said = ", ".join(f'"{name}"' for name in _columns(here, model, names))
    return f"UniqueConstraint({said}{title and f', name={title!r}'})"


def _constraint(here: Here, model: Model, node: ast.Call) -> str:
    given = {word.arg: modules.literal(word.value) for word in node.keywords}
    kind, names, title = (
        modules.called_name(node),
        given.get("fields"),
        given.get("name"),
    )
    if not isinstance(names, (list, tuple)) or given.keys() - {"fields", "name"}:
        text = f"{kind} of Meta is left out: it is written with SQLAlchemy"
        raise Untranslatable(text, "extension.md")
    if kind == "UniqueConstraint":
        return _unique(here, model, list(names), str(title or ""))
    here.need("sqlalchemy", "Index")
    columns = [name.lstrip("-") for name in names]
    said = ", ".join(f'"{name}"' for name in _columns(here, model, columns))
    return f"Index({title!r}, {said})"


def _columns(here: Here, model: Model, names: list[str]) -> list[str]:
    fields = here.models.fields(model.name)
    return [f"{n}_id" if n in fields and fields[n].target else n for n in names]


def check_meta(here: Here, model: Model) -> None:
    """Refuse what of ``class Meta`` has no counterpart.

    :raises Untranslatable: naming the first such entry.
    """
    unable = lookups(here).ordering(model.name)[1]
    if unable and not model.is_abstract:
        text = f"the order by {unable[0]} is left out: it needs a join"
        raise Untranslatable(text, "coming-from-django.md")
    unknown = sorted(model.meta.keys() - _META)
    if unknown:
        raise Untranslatable(f"{unknown[0]} of Meta has no counterpart")


def tables(here: Here, model: Model) -> list[cst.BaseStatement]:
    """Return the tables between this model and others."""
    code = []
    for field in model.fields.values():
        is_plain = field.kind == "ManyToManyField" and "through" not in field.args
        target = here.models.target(field.target, model.name)
        if is_plain and target in here.models.by_name and target != model.name:
            code.append(table_code(here, model, field))
    return statements(here, "\n\n".join(code)) if code else []


def tail(here: Here, model: Model) -> list[cst.BaseStatement]:
    """Return the lines and methods that other models' relations and choices add."""
    if model.is_abstract:
        return []
    code = [reverse_line(here, model.name, found) for found in back(here, model.name)]
    return statements(here, "\n".join(code))


def displays(here: Here, model: Model) -> list[cst.BaseStatement]:
    """Return ``get_FOO_display`` for each field with choices."""
    code = []
    own = here.project.classes.by_name.get(model.name)
    names = set(own.values) if own else set()
    for field in model.fields.values():
        node = field.args.get("choices")
        if node is None:
            continue
        said, first = ast.unparse(node), next(_names(node), "")
        nested = first and first not in here.imports and not _is_global(here, first)
        said = f"self.{said}" if first in names or nested else said
        code.append(
            f"\ndef get_{field.name}_display(self):\n"
            f"    return dict({said}).get(self.{field.name}, self.{field.name})"
        )
    return statements(here, "\n".join(code)) if code else []


def _names(node: ast.expr) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id


def _is_global(here: Here, name: str) -> bool:
    tree = here.project.trees.get(here.path)
    return tree is not None and any(
        getattr(node, "name", "") == name
        or any(getattr(t, "id", "") == name for t in getattr(node, "targets", ()))
        for node in tree.body
    )
