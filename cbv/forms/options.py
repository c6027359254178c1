"""What the ``class Meta`` of a model form says: which fields, made how.

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

from ..db.columns import column_of
from ..db.columns import holds_password
from ..db.columns import mapper_of
from ..exceptions import ImproperlyConfigured
from .model_fields import builder_of
from .model_fields import common
from .model_fields import plain_choices
from .related import related_field
from .related import target_of

#: What a form has itself; a column of such a name would hide it.
_TAKEN = frozenset(
    {"meta", "errors", "form_errors", "validate", "process", "post_process"}
    | {"populate_obj", "instance", "save", "cleaned_data", "csrf_token", "hidden_tag"}
)


class Options(NamedTuple):
    """What a model form's ``class Meta`` says. Django: ``ModelFormOptions``."""

    model: Any = None
    #: Names of columns and relationships, or ``"__all__"``.
    fields: Any = None
    #: Names to leave out; without ``fields``, of all.
    exclude: Any = None
    #: By name: what may be chosen.
    choices: Mapping[str, Any] | None = None
    labels: Mapping[str, str] | None = None
    help_texts: Mapping[str, str] | None = None
    widgets: Mapping[str, Any] | None = None
    #: By name: a WTForms field class to use instead of the column's own.
    field_classes: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, form_class: type) -> Options:
        """Return the options of a form class, inherited ones included."""
        metas = [vars(k)["Meta"] for k in form_class.__mro__ if "Meta" in vars(k)]
        found = {}
        for name in cls._fields:
            meta = next((m for m in metas if hasattr(m, name)), None)
            found[name] = getattr(meta, name, None)
        return cls(**found)

    def names(self) -> list[str]:
        """Return the names of the fields, in order.

        :raises ImproperlyConfigured: for neither ``fields`` nor ``exclude``, or a text.
        """
        shown = self.model.__name__
        if self.fields is None and self.exclude is None:
            raise ImproperlyConfigured(
                f"A form for {shown} has neither fields nor exclude. Cure: set"
                ' fields to a list of names, or to "__all__".'
            )
        if isinstance(self.fields, str) and self.fields != "__all__":
            raise ImproperlyConfigured(
                f"A form for {shown} has fields = {self.fields!r}. Cure: write"
                f" [{self.fields!r}]."
            )
        listed = self.fields if self.fields not in (None, "__all__") else None
        names = list(editable_names(self.model) if listed is None else listed)
        return [name for name in names if name not in (self.exclude or ())]

    def field(self, name: str) -> Any:
        """Return the form field that edits an attribute of the model.

        :raises ImproperlyConfigured: naming the field, its type, and the cures.
        """
        _check_name(self.model, name)
        kwargs = {
            "label": (self.labels or {}).get(name),
            "description": (self.help_texts or {}).get(name),
            "widget": (self.widgets or {}).get(name),
        }
        given = {key: value for key, value in kwargs.items() if value is not None}
        target = target_of(self.model, name)
        own = (self.field_classes or {}).get(name)
        if target is not None and own is None:
            choices = self._choices(name, target.local)
            return related_field(self.model, name, target, choices, **given)
        column = column_of(self.model, name)
        if column is None:
            raise no_field(self.model, name)
        return self._column_field(name, column, given, own)

    def _choices(self, name: str, local: Iterable[str]) -> Any:
        """Return the choices given under the field's name or its relationship's."""
        choices = self.choices or {}
        names = [name, *local]
        for relationship in mapper_of(self.model).relationships:
            pairs = relationship.local_remote_pairs or ()
            columns = [column_of(self.model, key) for key in local]
            if local and [pair[0] for pair in pairs] == columns:
                names.append(relationship.key)
        return next((choices[n] for n in names if n in choices), None)

    def _column_field(
        self, name: str, column: Column[Any], given: Mapping[str, Any], own: Any
    ) -> Any:
        kwargs = {**common(column, name), **given}
        if own is not None:
            return own(**kwargs)
        choices = (self.choices or {}).get(name, column.info.get("choices"))
        if choices is not None:
            return plain_choices(column, choices, **kwargs)
        builder = builder_of(column.type)
        made = builder(column, **kwargs) if builder is not None else None
        if made is None:
            type_name = type(column.type).__name__
            raise ImproperlyConfigured(
                f"No form field is known for {self.model.__name__}.{name} of type"
                f" {type_name}. Cure: leave it out of fields, or name a field class"
                f" in field_classes, or call register_field({type_name}, ...)."
            )
        return made


def editable_names(model: Any) -> list[str]:
    """Return what ``"__all__"`` stands for: columns, then many-to-many relationships.

    Primary keys and what the server or the mapper makes are left out.
    """
    mapper = mapper_of(model)
    made = {mapper.polymorphic_on, mapper.version_id_col}
    names = [
        name
        for name, column in mapper.columns.items()
        if isinstance(column, Column) and column not in made and not _is_made(column)
    ]
    names += [
        relationship.key
        for relationship in mapper.relationships
        if relationship.direction is RelationshipDirection.MANYTOMANY
        and not relationship.viewonly
    ]
    return [name for name in names if not name.startswith("_")]


def _is_made(column: Column[Any]) -> bool:
    server_made = (column.server_default, column.server_onupdate, column.computed)
    return column.primary_key or any(made is not None for made in server_made)


def _check_name(model: Any, name: str) -> None:
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
    """Return the error for a name that no form field can be made for."""
    mapper = mapper_of(model)
    if name in mapper.relationships:
        return ImproperlyConfigured(
            f"{model.__name__}.{name} is a relationship to many rows of another table,"
            " which a form cannot set. Cure: use an inline formset."
        )
    known = [*mapper.columns.keys(), *mapper.relationships.keys()]
    near = get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return ImproperlyConfigured(
        f"{model.__name__} has no column or relationship {name!r} for a form.{hint}"
        f" Cure: name some of {', '.join(known)}."
    )
