"""Which rows a foreign key or a relationship of a model can point to.

Django: what ``ForeignKey`` and ``ManyToManyField`` know of their target.
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
    """Return what an attribute points to, None where it is no foreign key of one column
    and no relationship that a form can set.
    """
    mapper = mapper_of(model)
    if name in mapper.relationships:
        return _of_relationship(mapper, mapper.relationships[name])
    column = column_of(model, name)
    if column is None or len(column.foreign_keys) != 1:
        return None
    for relationship in mapper.relationships:
        if _is_over(relationship, column):
            return _of_relationship(mapper, relationship)._replace(whole=False)  # type: ignore[union-attr]
    return _of_column(mapper, name, column)


def _is_over(relationship: RelationshipProperty[Any], column: Column[Any]) -> bool:
    many_to_one = relationship.direction is RelationshipDirection.MANYTOONE
    return many_to_one and relationship.local_columns == {column}


def _of_relationship(
    mapper: Mapper[Any], relationship: RelationshipProperty[Any]
) -> Target | None:
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
    (foreign,) = column.foreign_keys
    try:
        remote = foreign.column
    except NoReferenceError:
        return None
    for related in mapper.registry.mappers:
        if related.local_table is remote.table and related.inherits is None:
            names = (related.get_property_by_column(remote).key,)
            statement = keep(select(related.class_))
            return Target(related.class_, names, (name,), False, statement)
    return None


def related_field(
    model: Any, name: str, target: Target, choices: Any, **kwargs: Any
) -> Any:
    """Return the field that chooses what an attribute points to."""
    if not target.local:
        given = {"label": label_of(name), "validators": [Optional()]}
        return KeysField(target=target, choices=choices, blank=False, **given, **kwargs)
    columns = [column_of(model, local) for local in target.local]
    column = next((c for c in columns if c is not None and not c.nullable), columns[0])
    assert column is not None
    given = common(column, name)
    given["validators"] = [presence(column)]
    if target.whole:
        given.pop("default")
    empty = column.nullable or not has_default(column)
    return KeyField(target=target, choices=choices, blank=empty, **{**given, **kwargs})
