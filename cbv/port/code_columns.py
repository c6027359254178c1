"""Turn one field of a Django model into columns and relationships, as lines of code.

Tables and columns keep the names that Django gives them, so that the ported models
read the site's own database. Django: ``django.db.models.fields``.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from . import modules
from .code_context import call
from .code_context import Here
from .code_lookups import Lookups
from .model_facts import Field
from .model_facts import Model
from .model_facts import Reverse
from .notes import Untranslatable

PAGE = "extension.md"


class Type(NamedTuple):
    """What a kind of field is in Python and SQLAlchemy; ``{name}`` is an argument."""

    python: str
    sql: str
    home: str = "sqlalchemy"


_TYPES = {
    "AutoField": Type("int", "Integer"),
    "BigAutoField": Type("int", "BigKey", "database"),
    "BigIntegerField": Type("int", "BigInteger"),
    "BinaryField": Type("bytes", "LargeBinary"),
    "BooleanField": Type("bool", "Boolean"),
    "CharField": Type("str", "String({max_length})"),
    "DateField": Type("date", "Date"),
    "DateTimeField": Type("datetime", "Moment", "database"),
    "DecimalField": Type("Decimal", "Numeric({max_digits}, {decimal_places})"),
    "EmailField": Type("str", "Email({max_length:254})", "database"),
    "FileField": Type("str", "String({max_length:100})"),
    "FilePathField": Type("str", "String({max_length:100})"),
    "FloatField": Type("float", "Float"),
    "GenericIPAddressField": Type("str", "String(39)"),
    "ImageField": Type("str", "String({max_length:100})"),
    "IntegerField": Type("int", "Integer"),
    "JSONField": Type("Any", "JSON"),
    "PositiveBigIntegerField": Type("int", "BigInteger"),
    "PositiveIntegerField": Type("int", "Integer"),
    "PositiveSmallIntegerField": Type("int", "SmallInteger"),
    "SlugField": Type("str", "String({max_length:50})"),
    "SmallAutoField": Type("int", "SmallInteger"),
    "SmallIntegerField": Type("int", "SmallInteger"),
    "TextField": Type("str", "Text"),
    "TimeField": Type("time", "Time"),
    "URLField": Type("str", "Address({max_length:200})", "database"),
    "UUIDField": Type("UUID", "Uuid"),
}
#: Where the names in annotations come from.
_PYTHON = {
    "Any": "typing",
    "Decimal": "decimal",
    "UUID": "uuid",
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
}
#: Arguments that a column needs no word for: forms and pages say them.
_SILENT = {
    "blank",
    "choices",
    "db_column",
    "db_index",
    "db_table",
    "decimal_places",
    "default",
    "editable",
    "help_text",
    "max_digits",
    "max_length",
    "null",
    "on_delete",
    "primary_key",
    "related_name",
    "related_query_name",
    "to",
    "to_field",
    "unique",
    "verbose_name",
    "auto_now",
    "auto_now_add",
    "upload_to",
    "protocol",
    "symmetrical",
}


def lines(here: Here, model: Model, field: Field) -> list[str]:
    """Return the lines for one field.

    :raises Untranslatable: for a kind or an argument without a counterpart.
    """
    unknown = sorted(field.args.keys() - _SILENT)
    if unknown:
        text = f"{field.kind} is given {unknown[0]}, which a column has not"
        raise Untranslatable(text, "forms.md" if unknown == ["validators"] else PAGE)
    if field.kind == "ManyToManyField":
        return [_many(here, model, field)]
    if field.kind in ("ForeignKey", "OneToOneField"):
        return _foreign(here, model, field)
    return [_column(here, field)]


def annotation(here: Here, python: str, is_null: bool = False) -> str:
    """Return ``Mapped[…]`` with what it names imported."""
    here.need("sqlalchemy.orm", "Mapped")
    home = _PYTHON.get(python, "")
    if home and here.imports.get(home) == home:
        python = f"{home}.{python}"
    elif home:
        here.need(home, python)
    return f"Mapped[{python}{' | None' if is_null else ''}]"


def _column(here: Here, field: Field) -> str:
    if field.kind not in _TYPES:
        raise Untranslatable(f"a column for {field.kind} is yours to choose", PAGE)
    found = _TYPES[field.kind]
    is_null = field.given("null") is True
    options = _options(here, field)
    sql = _sized(found.sql, field)
    name = sql.partition("(")[0]
    if found.home == "database":
        here.own("database", name)
    else:
        here.need("sqlalchemy", name)
    named = f'"{field.given("db_column")}", ' if "db_column" in field.args else ""
    here.need("sqlalchemy.orm", "mapped_column")
    said = call("mapped_column", [f"{named}{sql}"], options)
    return f"{field.name}: {annotation(here, found.python, is_null)} = {said}"


def _sized(sql: str, field: Field) -> str:
    """Fill the sizes into a type: ``{max_length:50}`` has a default."""
    head, bracket, rest = sql.partition("(")
    if not bracket or "{" not in rest:
        return sql
    sizes = []
    for part in rest.rstrip(")").split(", "):
        name, _, default = part.strip("{}").partition(":")
        node = field.args.get(name)
        sizes.append(ast.unparse(node) if node is not None else default)
    sizes = [size for size in sizes if size]
    return f"{head}({', '.join(sizes)})" if sizes else head


def _options(here: Here, field: Field) -> dict[str, str]:
    options: dict[str, str] = {}
    if field.given("primary_key") is True:
        options["primary_key"] = "True"
    elif field.given("unique") is True:
        options["unique"] = "True"
    elif field.given("db_index") is True or field.kind == "SlugField":
        options["index"] = "True"
    options |= _default(here, field)
    info = {}
    if "verbose_name" in field.args:
        info["label"] = _capitalised(text(field.args["verbose_name"]))
    if "help_text" in field.args:
        info["help_text"] = text(field.args["help_text"])
    if info:
        said = ", ".join(f'"{key}": {code}' for key, code in info.items())
        options["info"] = f"{{{said}}}"
    return options


def text(node: ast.expr) -> str:
    """Return the code of a text, which may be one to translate."""
    if modules.called_name(node) and isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return ast.unparse(node)


def _capitalised(code: str) -> str:
    """Return the code of a label, which begins with a large letter in forms."""
    is_text = code[:1] in "\"'" and len(code) > 2
    return code[0] + code[1].upper() + code[2:] if is_text else code


def _default(here: Here, field: Field) -> dict[str, str]:
    if field.given("auto_now") is True or field.given("auto_now_add") is True:
        now = here.own("database", "utcnow")
        now = f"lambda: {now}().date()" if field.kind == "DateField" else now
        return {"default": now} | (
            {"onupdate": now} if "auto_now" in field.args else {}
        )
    node = field.args.get("default")
    if node is None:
        blank = field.given("blank") is True and field.given("null") is not True
        is_text = _TYPES.get(field.kind, Type("", "")).python == "str"
        return {"default": '""'} if blank and is_text else {}
    code = ast.unparse(node)
    if code in ("timezone.now", "now"):
        return {"default": here.own("database", "utcnow")}
    owner = here.project.classes.by_name.get(code.split(".")[-2] if "." in code else "")
    is_choice = owner is not None and any(b.endswith("Choices") for b in owner.bases)
    return {"default": f"{code}.value" if is_choice else code}


# --- relations ------------------------------------------------------------------------


def _foreign(here: Here, model: Model, field: Field) -> list[str]:
    target = here.models.target(field.target, model.name)
    if target not in here.models.by_name:
        raise Untranslatable(f"{field.target} is no model of the project", PAGE)
    key = str(field.given("to_field") or here.models.pk(target))
    table = here.models.by_name[target].table
    is_null = field.given("null") is True
    options = {k: v for k, v in _options(here, field).items() if k != "info"}
    if field.kind == "OneToOneField" and "primary_key" not in options:
        options["unique"] = "True"
    elif field.given("db_index") is not False and "primary_key" not in options:
        options.setdefault("index", "True")
    here.need("sqlalchemy", "ForeignKey")
    here.need("sqlalchemy.orm", "mapped_column")
    first = [f'"{field.given("db_column")}"'] if "db_column" in field.args else []
    said = call("mapped_column", [*first, f'ForeignKey("{table}.{key}")'], options)
    python = annotation(here, _key_type(here, target), is_null)
    return [
        f"{field.name}_id: {python} = {said}",
        f"{field.name}: {annotation(here, target, is_null)} = "
        + _relationship(here, model, field, target),
    ]


def _key_type(here: Here, target: str) -> str:
    found = here.models.fields(target).get(here.models.pk(target))
    return _TYPES[found.kind].python if found and found.kind in _TYPES else "int"


def _relationship(here: Here, model: Model, field: Field, target: str) -> str:
    here.need("sqlalchemy.orm", "relationship")
    options: dict[str, str] = {}
    if len(direct(here, model.name, target)) > 1:
        options["foreign_keys"] = f"[{field.name}_id]"
    if target == model.name:
        options["remote_side"] = f'"{model.name}.{here.models.pk(target)}"'
    named = other_name(here, model, field, target)
    if named:
        options["back_populates"] = f'"{named}"'
    return call("relationship", [], options)


def direct(here: Here, owner: str, target: str) -> list[Field]:
    """Return the foreign keys from one model to another."""
    return [
        field
        for field in here.models.fields(owner).values()
        if field.kind in ("ForeignKey", "OneToOneField")
        and here.models.target(field.target, owner) == target
    ]


def back(here: Here, target: str) -> list[Reverse]:
    """Return the relations that lead to a model, those without a name that matter too.

    What is deleted with its parent must be known to the parent.
    """
    found = list(here.models.reverses(target))
    for model in here.models.by_name.values():
        for field in (
            {} if model.is_abstract else here.models.fields(model.name).values()
        ):
            is_hidden = str(field.given("related_name") or "").endswith("+")
            if is_hidden and field.target and deletion(field) == "CASCADE":
                if here.models.target(field.target, model.name) == target:
                    name = f"_{model.name.lower()}_{field.name}"
                    found.append(Reverse(name, model.name, field))
    return found


def other_name(here: Here, model: Model, field: Field, target: str) -> str:
    """Return what a relation is called on its other side, if it is called anything."""
    for reverse in back(here, target):
        if (reverse.owner, reverse.field.name) == (model.name, field.name):
            return reverse.name
    return ""


def deletion(field: Field) -> str:
    """Return the rule for when the parent is deleted."""
    node = field.args.get("on_delete")
    return modules.full_name(node).rpartition(".")[2] if node is not None else ""


def reverse_line(here: Here, target: str, reverse: Reverse) -> str:
    """Return the line for the other side of a relation."""
    here.need("sqlalchemy.orm", "relationship")
    owner, field = here.models.by_name[reverse.owner], reverse.field
    options: dict[str, str] = {}
    if field.kind == "ManyToManyField":
        options["secondary"] = f'"{many_table(owner, field)}"'
    elif len(direct(here, owner.name, target)) > 1:
        options["foreign_keys"] = f'"{owner.name}.{field.name}_id"'
    options["back_populates"] = f'"{field.name}"'
    if field.kind != "ManyToManyField":
        options |= _cascade(field)
    order = _order(here, owner)
    if order and field.kind != "OneToOneField":
        options["order_by"] = f'"{order}"'
    is_one = field.kind == "OneToOneField"
    python = f"{owner.name} | None" if is_one else f"list[{owner.name}]"
    return f"{reverse.name}: {annotation(here, python)} = " + call(
        "relationship", [], options
    )


def _cascade(field: Field) -> dict[str, str]:
    rule = deletion(field)
    if rule == "CASCADE":
        orphans = "" if field.given("null") is True else ", delete-orphan"
        return {"cascade": f'"all{orphans}"'}
    if rule in ("PROTECT", "RESTRICT", "DO_NOTHING"):
        return {"passive_deletes": '"all"'}
    return {}


def _order(here: Here, owner: Model) -> str:
    """Return the order of a model's rows, as a text for ``order_by``."""
    writer = Lookups(here.models, lambda _, name: name)
    parts = [writer.order(owner.name, name) for name in writer.ordering(owner.name)[0]]
    return f"[{', '.join(parts)}]" if len(parts) > 1 else "".join(parts)


# --- many to many ---------------------------------------------------------------------


def many_table(model: Model, field: Field) -> str:
    """Return the name of the table between two models, by Django's rule."""
    return str(field.given("db_table") or f"{model.table}_{field.name}")


def _many(here: Here, model: Model, field: Field) -> str:
    target = here.models.target(field.target, model.name)
    if target not in here.models.by_name or target == model.name:
        raise Untranslatable(f"many {field.name} to themselves need two joins", PAGE)
    here.need("sqlalchemy.orm", "relationship")
    options = {"secondary": f"{model.name.lower()}_{field.name}"}
    named = other_name(here, model, field, target)
    if named:
        options["back_populates"] = f'"{named}"'
    order = _order(here, here.models.by_name[target])
    if order:
        options["order_by"] = f'"{order}"'
    said = call("relationship", [], options)
    return f"{field.name}: {annotation(here, f'list[{target}]')} = {said}"


def table_code(here: Here, model: Model, field: Field) -> str:
    """Return the code of the table between two models."""
    target = here.models.target(field.target, model.name)
    for name in ("Column", "ForeignKey", "Table", "UniqueConstraint"):
        here.need("sqlalchemy", name)
    here.own("database", "BigKey")
    here.own("database", "Base")
    columns = [
        f'    Column("{name.lower()}_id", ForeignKey("{here.models.by_name[name].table}'
        f'.{here.models.pk(name)}"), nullable=False),'
        for name in (model.name, target)
    ]
    unique = f'"{model.name.lower()}_id", "{target.lower()}_id"'
    return "\n".join(
        [
            f"{model.name.lower()}_{field.name} = Table(",
            f'    "{many_table(model, field)}",',
            "    Base.metadata,",
            '    Column("id", BigKey, primary_key=True),',
            *columns,
            f"    UniqueConstraint({unique}),",
            ")",
        ]
    )
