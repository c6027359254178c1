"""Find the foreign key that links a child's mapped class to its parent's.

Inline formsets use it to load and save the children of one parent. Django:
``_get_foreign_key`` of ``django.forms.models``.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import RelationshipDirection

from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .columns import mapper_of
from .uniques import unique_columns


class ForeignKey(NamedTuple):
    """A foreign key, described by the attribute names of the two mapped classes."""

    #: The child's attributes for the columns of the foreign key.
    names: tuple[str, ...]
    #: The parent's attributes for the columns that the foreign key refers to.
    remote_names: tuple[str, ...]
    #: The name of the child's relationship to its parent, None if it has none.
    relationship: str | None
    #: The name of the parent's relationship to its children, None if it has none.
    accessor: str | None
    #: Whether the columns are unique, so that a parent has at most one child.
    unique: bool

    def values_of(self, parent: Any) -> dict[str, Any]:
        """Return the values of a child's foreign key attributes, by attribute name."""
        values = [getattr(parent, name) for name in self.remote_names]
        return dict(zip(self.names, values, strict=True))

    def criteria(self, child: Any, parent: Any) -> list[Any]:
        """Return the SQL criteria that select one parent's rows of the child class."""
        values = self.values_of(parent)
        return [getattr(child, name) == value for name, value in values.items()]


def foreign_key_to(parent: Any, child: Any, fk_name: str | None = None) -> ForeignKey:
    """Return the foreign key of a child's mapped class to its parent's.

    :param parent: the mapped class that the foreign key refers to.
    :param child: the mapped class that has the foreign key.
    :param fk_name: chooses among several foreign keys: the name of a child's attribute
        in the foreign key, or of the child's relationship.
    :raises ImproperlyConfigured: when no foreign key fits, or more than one.
    """
    candidates = sorted(
        _foreign_key(mapper_of(parent), mapper_of(child), constraint)
        for table in mapper_of(child).tables
        for constraint in table.foreign_key_constraints  # type: ignore[attr-defined]
        if constraint.referred_table in mapper_of(parent).tables
    )
    if fk_name is not None:
        candidates = [
            key for key in candidates if fk_name in (*key.names, key.relationship)
        ]
    if len(candidates) == 1:
        return candidates[0]
    raise _not_one_key(parent, child, fk_name, candidates)


def _not_one_key(
    parent: Any, child: Any, fk_name: str | None, candidates: list[ForeignKey]
) -> ImproperlyConfigured:
    if candidates:
        names = ", ".join(".".join(key.names) for key in candidates)
        problem = f"has more than one foreign key to {parent.__name__}: {names}"
        return misconfigured(child, problem, "set fk_name to one of them")
    wanted = f" named {fk_name!r}" if fk_name else ""
    problem = f"has no foreign key{wanted} to {parent.__name__}"
    return misconfigured(child, problem, "map one", "name another class")


def _foreign_key(
    parent: Mapper[Any], child: Mapper[Any], constraint: ForeignKeyConstraint
) -> ForeignKey:
    columns = [element.parent for element in constraint.elements]
    remote = [element.column for element in constraint.elements]
    return ForeignKey(
        tuple(child.get_property_by_column(column).key for column in columns),
        tuple(parent.get_property_by_column(column).key for column in remote),
        _relationship(child, parent, RelationshipDirection.MANYTOONE, columns),
        _relationship(parent, child, RelationshipDirection.ONETOMANY, columns),
        any(set(columns).issuperset(s) for s in unique_columns(constraint.table)),
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
