"""Which foreign key of a child's table points to its parent's.

Django: ``_get_foreign_key`` of ``django.forms.models``.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import RelationshipDirection

from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .columns import mapper_of


class ForeignKey(NamedTuple):
    """A foreign key as attributes of two mapped classes."""

    #: The child's attributes.
    names: tuple[str, ...]
    #: The parent's attributes that they equal.
    remote_names: tuple[str, ...]
    #: The child's relationship to its parent, if it has one.
    relationship: str | None
    #: The parent's relationship to its children, if it has one.
    accessor: str | None
    #: Whether a parent has one child at most.
    unique: bool

    def values_of(self, parent: Any) -> dict[str, Any]:
        """Return what the child's attributes must be, by name."""
        values = [getattr(parent, name) for name in self.remote_names]
        return dict(zip(self.names, values, strict=True))

    def criteria(self, child: Any, parent: Any) -> list[Any]:
        """Return what a parent's rows of the child's class have in common."""
        values = self.values_of(parent)
        return [getattr(child, name) == value for name, value in values.items()]


def foreign_key_to(parent: Any, child: Any, fk_name: str | None = None) -> ForeignKey:
    """Return the foreign key of a child's class to its parent's.

    :param fk_name: one of its attributes, or the child's relationship, where there are
        several.
    :raises ImproperlyConfigured: when there is none, or more than one.
    """
    found = sorted(
        _described(mapper_of(parent), mapper_of(child), constraint)
        for table in mapper_of(child).tables
        for constraint in table.foreign_key_constraints  # type: ignore[attr-defined]
        if constraint.referred_table in mapper_of(parent).tables
    )
    if fk_name is not None:
        found = [key for key in found if fk_name in (*key.names, key.relationship)]
    if len(found) == 1:
        return found[0]
    raise _no_key(parent, child, fk_name, found)


def _no_key(
    parent: Any, child: Any, fk_name: str | None, found: list[ForeignKey]
) -> ImproperlyConfigured:
    if found:
        names = ", ".join(".".join(key.names) for key in found)
        problem = f"has more than one foreign key to {parent.__name__}: {names}"
        return misconfigured(child, problem, "set fk_name to one of them")
    wanted = f" named {fk_name!r}" if fk_name else ""
    problem = f"has no foreign key{wanted} to {parent.__name__}"
    return misconfigured(child, problem, "map one", "name another class")


def _described(
    parent: Mapper[Any], child: Mapper[Any], constraint: ForeignKeyConstraint
) -> ForeignKey:
    columns = [element.parent for element in constraint.elements]
    remote = [element.column for element in constraint.elements]
    table: Any = constraint.table
    unique_sets = [
        set(table.primary_key.columns),
        *({column} for column in columns if column.unique),
        *(set(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)),
        *(set(index.columns) for index in table.indexes if index.unique),
    ]
    return ForeignKey(
        tuple(child.get_property_by_column(column).key for column in columns),
        tuple(parent.get_property_by_column(column).key for column in remote),
        _relationship(child, parent, RelationshipDirection.MANYTOONE, columns),
        _relationship(parent, child, RelationshipDirection.ONETOMANY, columns),
        set(columns) in unique_sets,
    )


def _relationship(
    mapper: Mapper[Any],
    other: Mapper[Any],
    direction: RelationshipDirection,
    columns: list[Any],
) -> str | None:
    for relationship in mapper.relationships:
        pairs = relationship.local_remote_pairs or ()
        foreign = {column for pair in pairs for column in pair} & set(columns)
        if (
            relationship.direction is direction
            and relationship.mapper.common_parent(other)
            and foreign == set(columns)
            and not relationship.viewonly
        ):
            return str(relationship.key)
    return None
