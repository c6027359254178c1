"""Form fields for foreign keys and relationships, and the rows that they can point to.

Django: ``ForeignKey.formfield`` and ``ManyToManyField.formfield``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column
from sqlalchemy import select
from sqlalchemy.exc import NoReferenceError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import RelationshipDirection
from sqlalchemy.orm import RelationshipProperty
from wtforms.validators import Optional

from ..db.columns import column_of
from ..db.columns import mapper_of
from ..db.statements import keep
from .choices import KeyField
from .choices import KeysField
from .choices import Target
from .model_fields import common
from .model_fields import has_default
from .model_fields import label_of
from .model_fields import presence


def target_of(model: Any, name: str) -> Target | None:
    """Return the rows that a foreign key column or a relationship can point to.

    :param name: the mapped attribute.
    :returns: None where the attribute is something else, a column that refers to
        several others, or a relationship that a form cannot set (one-to-many,
        ``viewonly``).
    """
    mapper = mapper_of(model)
    if name in mapper.relationships:
        return _of_relationship(mapper, mapper.relationships[name])
    column = column_of(model, name)
    if column is None or not column.foreign_keys:
        return None
    for relationship in mapper.relationships:
        if _is_over(relationship, column) and not relationship.viewonly:
            return _of_relationship(mapper, relationship)._replace(whole=False)  # type: ignore[union-attr]
    return _of_column(mapper, name, column)


def _is_over(relationship: RelationshipProperty[Any], column: Column[Any]) -> bool:
    """Tell whether a many-to-one relationship uses this foreign key column alone."""
    many_to_one = relationship.direction is RelationshipDirection.MANYTOONE
    return many_to_one and relationship.local_columns == {column}


def _of_relationship(
    mapper: Mapper[Any], relationship: RelationshipProperty[Any]
) -> Target | None:
    """Return the target of a relationship, None for one that a form cannot set."""
    if relationship.viewonly:
        return None
    related = relationship.mapper
    statement = keep(select(related.class_))
    if relationship.direction is RelationshipDirection.MANYTOMANY:
        keys = related.primary_key
        names = tuple(related.get_property_by_column(c).key for c in keys)
        return Target(related.class_, names, (), True, statement)
    if relationship.direction is not RelationshipDirection.MANYTOONE:
        return None
    pairs = relationship.local_remote_pairs or ()
    local = tuple(mapper.get_property_by_column(pair[0]).key for pair in pairs)
    names = tuple(related.get_property_by_column(pair[1]).key for pair in pairs)
    return Target(related.class_, names, local, True, statement)


def _of_column(mapper: Mapper[Any], name: str, column: Column[Any]) -> Target | None:
    """Return the target of a foreign key without a relationship over it.

    None where the other table is not known, no class is mapped to it, or the column
    refers to several.
    """
    try:
        remote, *others = {foreign.column for foreign in column.foreign_keys}
    except NoReferenceError:
        return None
    for related in mapper.registry.mappers if not others else ():
        if related.local_table is remote.table and not _shares_table(related):
            names = (related.get_property_by_column(remote).key,)
            statement = keep(select(related.class_))
            return Target(related.class_, names, (name,), False, statement)
    return None


def _shares_table(mapper: Mapper[Any]) -> bool:
    """Tell whether a class has only some rows of its table: those of a subclass."""
    return mapper.inherits is not None and (
        mapper.inherits.local_table is mapper.local_table
    )


def related_field(
    model: Any, name: str, target: Target, choices: Any, **kwargs: Any
) -> Any:
    """Return the select field for a foreign key or relationship of a model.

    :param name: the mapped attribute.
    :param target: the rows that it can point to; see :func:`target_of`.
    :param choices: the choices to offer instead of all rows; see :class:`KeyField`.
    :param kwargs: keywords of the field that replace the usual ones, such as ``label``.
    :returns: a ``KeysField`` for a many-to-many relationship, else a ``KeyField``.
    """
    if not target.local:
        usual = {"label": label_of(name), "validators": [Optional()]}
        kwargs = {**usual, **kwargs}
        return KeysField(target=target, choices=choices, blank=False, **kwargs)
    columns = [column_of(model, local) for local in target.local]
    column = next((c for c in columns if c is not None and not c.nullable), columns[0])
    assert column is not None
    usual = common(column, name)
    usual["validators"] = [presence(column)]
    if target.whole:
        usual.pop("default")
    blank = column.nullable or not has_default(column)
    return KeyField(target=target, choices=choices, blank=blank, **{**usual, **kwargs})
