"""The options in the ``class Meta`` of a model form, and the fields made from them.

Django: ``ModelFormOptions`` and ``fields_for_model``.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from typing import NamedTuple

from sqlalchemy import Column
from sqlalchemy.orm import RelationshipDirection

from ..db.column_types import stored_type
from ..db.columns import column_of
from ..db.columns import holds_password
from ..db.columns import mapper_of
from ..db.columns import plain_type
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .error_messages import check_texts
from .error_messages import NON_FIELD_ERRORS
from .error_messages import worded
from .model_fields import builder_of
from .model_fields import common
from .model_fields import plain_choices
from .related import related_field
from .related import target_of
from .type_checks import no_field_known
from .type_checks import refusing_objects
from .type_checks import with_type_check

#: What WTForms and Flask-WTF read from a ``class Meta`` without declaring it.
_READ_FROM_META = frozenset({"csrf_time_limit"})
#: Options in Django's ``class Meta`` that mean nothing here, and what to do instead.
_DJANGO_OPTIONS = {
    "localized_fields": "set locales, which WTForms reads",
    "formfield_callback": "call register_field(), or set field_classes",
}
#: Django's hooks that nothing calls here, and what to do instead.
_UNCALLED = {
    **dict.fromkeys(
        ("is_valid", "full_clean", "_post_clean", "_clean_fields", "_clean_form"),
        "override clean() or validate()",
    ),
    "validate_unique": "override clean() or validate()",
    "validate_constraints": "override clean() or validate()",
    "get_initial_for_field": "override get_initial() of the view",
    "field_order": "list the names in that order in fields",
}
#: The attributes of a form that a field of the same name would hide.
_TAKEN = frozenset(
    {"meta", "errors", "form_errors", "validate", "process", "post_process"}
    | {"populate_obj", "instance", "save", "cleaned_data", "csrf_token", "hidden_tag"}
    | {"add_error"}
)


class Options(NamedTuple):
    """The options of a model form, read from its ``class Meta``.

    Django: ``ModelFormOptions``.
    """

    #: The mapped class.
    model: Any = None
    #: Names of columns and relationships, or ``"__all__"``.
    fields: Any = None
    #: Names to leave out of ``fields``, or of all names where ``fields`` is not set.
    exclude: Any = None
    #: By field name: the choices that the field offers.
    choices: Mapping[str, Any] | None = None
    #: By field name: the text of the label.
    labels: Mapping[str, str] | None = None
    #: By field name: the text that explains the field.
    help_texts: Mapping[str, str] | None = None
    #: By field name: a WTForms widget.
    widgets: Mapping[str, Any] | None = None
    #: By field name: the WTForms field class to use instead of the column's usual one.
    field_classes: Mapping[str, Any] | None = None
    #: By field name: the texts of its errors, by Django's codes.
    error_messages: Mapping[str, Mapping[str, Any]] | None = None

    @classmethod
    def of(cls, form_class: type) -> Options:
        """Return the options of a form class, including those of its base classes."""
        metas = [vars(k)["Meta"] for k in form_class.__mro__ if "Meta" in vars(k)]
        options = {}
        for name in cls._fields:
            meta = next((m for m in metas if hasattr(m, name)), None)
            options[name] = getattr(meta, name, None)
        return cls(**options)

    def names(self) -> list[str]:
        """Return the names of the fields, in the order in which the form shows them.

        :raises ImproperlyConfigured: where neither ``fields`` nor ``exclude`` is set,
            or ``fields`` is a string and not a list of names.
        """
        self._check_error_messages()
        model_name = self.model.__name__
        if self.fields is None and self.exclude is None:
            raise ImproperlyConfigured(
                f"A form for {model_name} has neither fields nor exclude. Cure: set"
                ' fields to a list of names, or to "__all__".'
            )
        if isinstance(self.fields, str) and self.fields != "__all__":
            raise ImproperlyConfigured(
                f"A form for {model_name} has fields = {self.fields!r}. Cure: write"
                f" [{self.fields!r}]."
            )
        listed = self.fields if self.fields not in (None, "__all__") else None
        names = list(editable_names(self.model) if listed is None else listed)
        return [name for name in names if name not in (self.exclude or ())]

    def _check_error_messages(self) -> None:
        for name, texts in (self.error_messages or {}).items():
            if name != NON_FIELD_ERRORS and name not in mapper_of(self.model).attrs:
                raise no_field(self.model, name)
            check_texts(self.model, name, texts)

    def field(self, name: str) -> Any:
        """Return the form field that edits a column or relationship of the model.

        :param name: the mapped attribute.
        :raises ImproperlyConfigured: where no field can be made for it; the message
            names the attribute, its type and the cures.

        Django: ``fields_for_model``.
        """
        field = self._made_field(name)
        texts = (self.error_messages or {}).get(name)
        return worded(field, texts) if texts else field

    def _made_field(self, name: str) -> Any:
        _check_name(self.model, name)
        kwargs = {
            "label": (self.labels or {}).get(name),
            "description": (self.help_texts or {}).get(name),
            "widget": (self.widgets or {}).get(name),
        }
        kwargs = {key: value for key, value in kwargs.items() if value is not None}
        target = target_of(self.model, name)
        field_class = (self.field_classes or {}).get(name)
        if target is not None and field_class is None:
            choices = self._choices(name, target.local)
            return related_field(self.model, name, target, choices, **kwargs)
        column = column_of(self.model, name)
        if column is None:
            raise no_field(self.model, name)
        return self._column_field(name, column, kwargs, field_class)

    def _choices(self, name: str, local: Iterable[str]) -> Any:
        """Return the choices for a foreign key or relationship, None without any.

        ``Meta.choices`` may name the column or the relationship over it.
        """
        choices = self.choices or {}
        names = [name, *local]
        for relationship in mapper_of(self.model).relationships:
            pairs = relationship.local_remote_pairs or ()
            columns = [column_of(self.model, key) for key in local]
            if local and [pair[0] for pair in pairs] == columns:
                names.append(relationship.key)
        return next((choices[n] for n in names if n in choices), None)

    def _column_field(
        self,
        name: str,
        column: Column[Any],
        kwargs: Mapping[str, Any],
        field_class: Any,
    ) -> Any:
        """Return the form field for a column: of ``field_class``, or by its type."""
        kwargs = {**common(column, name), **kwargs}
        if field_class is not None:
            return with_type_check(field_class(**kwargs), column)
        choices = (self.choices or {}).get(name, column.info.get("choices"))
        if choices is not None:
            return with_type_check(plain_choices(column, choices, **kwargs), column)
        builder = builder_of(column.type)
        field = builder(column, **kwargs) if builder is not None else None
        if field is None:
            raise no_field_known(self.model, name, column)
        if builder is builder_of(plain_type(column.type)):
            field = refusing_objects(field, self.model, name, column)
        return with_type_check(field, column)


def check_meta(form_class: type) -> None:
    """Refuse a name in the ``class Meta`` of a model form that nothing reads.

    A form may declare names of its own in the ``Meta`` of a Form it derives from.

    :raises ImproperlyConfigured: with near names and the cure.
    """
    own = vars(form_class).get("Meta")
    inherited = (vars(base).get("Meta") for base in form_class.__mro__[1:])
    known = {*Options._fields, *_READ_FROM_META}
    known.update(name for meta in inherited for name in dir(meta))
    for name in sorted(set(dir(own)) - known if own is not None else ()):
        if not name.startswith("_"):
            near = get_close_matches(name, sorted(known), n=1)
            cures = [f"write {word!r}" for word in near if name not in _DJANGO_OPTIONS]
            cures += [_DJANGO_OPTIONS[name]] if name in _DJANGO_OPTIONS else []
            problem = f"has {name!r} in its class Meta, which nothing reads"
            raise misconfigured(form_class, problem, *cures, "leave it out")


def check_hooks(form_class: type) -> None:
    """Refuse a method of a form that Django would call and that nothing calls here.

    :raises ImproperlyConfigured: with what to do instead.
    """
    for klass in form_class.__mro__:
        if klass.__module__.partition(".")[0] in ("cbv", "wtforms", "flask_wtf"):
            continue
        for name in _UNCALLED.keys() & vars(klass).keys():
            if name.startswith("validate_") and hasattr(form_class, name[9:]):
                continue  # WTForms' validator of a field of that name
            problem = f"has {name!r}, which is Django's and which nothing uses here"
            raise misconfigured(form_class, problem, _UNCALLED[name])


def editable_names(model: Any) -> list[str]:
    """Return the names of all attributes that a form may edit, as ``"__all__"`` means.

    They are the columns, then the many-to-many relationships. Left out are primary keys
    and columns whose values the database server or the mapper makes.
    """
    mapper = mapper_of(model)
    mapper_columns = {mapper.polymorphic_on, mapper.version_id_col}
    names = [
        name
        for name, column in mapper.columns.items()
        if isinstance(column, Column)
        and column not in mapper_columns
        and not _is_server_made(column)
    ]
    names += [
        relationship.key
        for relationship in mapper.relationships
        if relationship.direction is RelationshipDirection.MANYTOMANY
        and not relationship.viewonly
    ]
    return [name for name in names if not name.startswith("_")]


def _is_server_made(column: Column[Any]) -> bool:
    """Tell whether a column is a primary key, or the database server fills it."""
    sources = (column.server_default, column.server_onupdate, column.computed)
    is_index = stored_type(column.type).__visit_name__ == "TSVECTOR"
    is_made = is_index or any(source is not None for source in sources)
    return column.primary_key or is_made


def _check_name(model: Any, name: str) -> None:
    """Refuse a name that a form uses itself, and a column with a password hash."""
    if name in _TAKEN or name.startswith("_"):
        raise ImproperlyConfigured(
            f"{model.__name__}.{name} cannot be a form field: forms have {name!r}"
            " themselves. Cure: map the column under another attribute name."
        )
    column = column_of(model, name)
    if column is not None and holds_password(name, column):
        raise ImproperlyConfigured(
            f"{model.__name__}.{name} holds a password hash, which no form may show or"
            " write. Cure: leave it out of fields and call set_password() in"
            " form_valid(); if it is none, map it with info={'password': False}."
        )


def no_field(model: Any, name: str) -> ImproperlyConfigured:
    """Return the error for a name that is nothing a form can edit.

    It is a one-to-many relationship, or the model has no such attribute.
    """
    mapper = mapper_of(model)
    if name in mapper.relationships:
        return ImproperlyConfigured(
            f"{model.__name__}.{name} is a relationship to many rows of another table,"
            " which a form cannot set. Cure: use an inline formset."
        )
    names = [*mapper.columns.keys(), *mapper.relationships.keys()]
    similar = get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {similar[0]!r}?" if similar else ""
    return ImproperlyConfigured(
        f"{model.__name__} has no column or relationship {name!r} for a form.{hint}"
        f" Cure: name some of {', '.join(names)}."
    )
