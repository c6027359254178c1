"""What else is deleted, or changes, when an object is deleted.

SQLAlchemy's relationships decide it, and the ``ON DELETE`` of foreign keys where no
relationship does. Django: the ``Collector`` of ``django.db.models.deletion``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from typing import NamedTuple

from sqlalchemy import and_
from sqlalchemy import bindparam
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import func
from sqlalchemy import literal_column
from sqlalchemy import or_
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import union_all
from sqlalchemy.exc import NoReferenceError
from sqlalchemy.orm import aliased
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import RelationshipDirection
from sqlalchemy.orm import RelationshipProperty
from werkzeug.utils import cached_property

from .columns import is_mapped
from .columns import key_names
from .columns import mapper_of
from .columns import verbose_name_of
from .reading import scalar

#: The fates of a row that refers to a deleted one: it is deleted as well, it loses the
#: reference, or it makes the database refuse the deletion.
DELETED, UNLINKED, REFUSED = "deleted", "unlinked", "refused"
#: Rows are counted up to this number.
COUNTED_AT_MOST = 1000
#: Deletions that follow from one another are followed so far.
_DEEPEST = 5

_BY_DATABASE = {"CASCADE": DELETED, "SET NULL": UNLINKED, "SET DEFAULT": UNLINKED}


class Effect(NamedTuple):
    """One way in which rows of another class are affected by a deletion."""

    #: One of the three fates above.
    fate: str
    #: The mapped class of the rows; their table where no class is mapped to it.
    target: Any
    #: Selects a row for each affected row; its parameters are the key of the object.
    statement: Select[Any]
    #: The relationship by which SQLAlchemy acts; None where the database does.
    relationship: RelationshipProperty[Any] | None = None
    #: Whether more rows are affected than the statement finds: those behind a circle.
    more: bool = False


class Consequence(NamedTuple):
    """What a deletion means for the rows of one mapped class.

    Since 0.1. Django: an entry of the admin's ``model_count``.
    """

    #: ``"deleted"``, ``"unlinked"`` (they stay without it) or ``"refused"`` (while they
    #: are there the database refuses the deletion).
    fate: str
    #: The mapped class, or a table that no class is mapped to.
    target: Any
    #: The number of rows, at most :data:`COUNTED_AT_MOST`.
    number: int
    #: Whether there are more.
    more: bool

    def __str__(self) -> str:
        """Return the number and name of the rows, such as ``1,000+ Comments``."""
        plus = "+" if self.more else ""
        name = verbose_name_of(self.target, self.number)
        return f"{self.number:,}{plus} {name}"


class Consequences:
    """The consequences of deleting an object, counted when a template asks for them.

    One statement is run for each class of rows and each fate.

    Since 0.1. Django: ``get_deleted_objects`` of the admin.
    """

    def __init__(self, instance: Any) -> None:
        self._instance = instance

    @cached_property
    def _found(self) -> list[Consequence]:
        model: Any = type(self._instance)
        if not is_mapped(model):
            return []
        key = [getattr(self._instance, name) for name in key_names(model)]
        values = {f"value_{n}": value for n, value in enumerate(key)}
        found = []
        for fate, target, statement, more in _counts(model):
            number = scalar(statement, values)
            if number:
                too_many = number > COUNTED_AT_MOST
                shown = min(number, COUNTED_AT_MOST)
                found.append(Consequence(fate, target, shown, too_many or more))
        return found

    def __iter__(self) -> Iterator[Consequence]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@lru_cache(maxsize=512)
def _counts(model: Any) -> list[tuple[str, Any, Select[Any], bool]]:
    """Return, for each fate and class, the statement that counts its rows."""
    groups: dict[tuple[str, Any], list[Effect]] = {}
    for effect in effects_of(model):
        groups.setdefault((effect.fate, effect.target), []).append(effect)
    counts = []
    for (fate, target), effects in groups.items():
        rows: Any = union_all(*(effect.statement for effect in effects))
        rows = rows if len(effects) > 1 else effects[0].statement
        limited = rows.limit(COUNTED_AT_MOST + 1).subquery()
        statement = select(func.count()).select_from(limited)
        counts.append((fate, target, statement, any(e.more for e in effects)))
    return counts


@lru_cache(maxsize=512)
def effects_of(model: Any) -> tuple[Effect, ...]:
    """Return what happens to other rows when an object of a mapped class is deleted."""
    keys = [getattr(model, name) for name in key_names(model)]
    own: Any = select(literal_column("1").label("one")).select_from(model)
    own = own.where(*(k == bindparam(f"value_{n}") for n, k in enumerate(keys)))
    return tuple(_effects(own, model, True, (mapper_of(model).base_mapper,)))


def _effects(
    rows: Select[Any], entity: Any, by_orm: bool, path: tuple[Mapper[Any], ...]
) -> Iterator[Effect]:
    """Yield the effects of deleting some rows, and those of the deletions it causes.

    :param rows: the statement that selects the rows.
    :param entity: the mapped class, or the alias of it, that they are of.
    :param by_orm: whether SQLAlchemy deletes them, or the database does so by itself.
    :param path: the classes whose deletion leads here.
    """
    steps = [*_by_relationships(rows, entity)] if by_orm else []
    for effect, child, child_by_orm in [*steps, *_by_keys(rows, entity, by_orm)]:
        base = None if child is None else mapper_of(child).base_mapper
        goes_on = effect.fate == DELETED and base is not None
        is_circle = base in path or len(path) >= _DEEPEST
        if base is path[0]:
            effect = effect._replace(statement=_without_itself(effect, child))
        yield effect._replace(more=goes_on and is_circle)
        if base is not None and goes_on and not is_circle:
            yield from _effects(effect.statement, child, child_by_orm, (*path, base))


def _without_itself(effect: Effect, child: Any) -> Select[Any]:
    """Return the statement without the deleted object, which may refer to itself."""
    names = key_names(mapper_of(child).class_)
    keys = [getattr(child, name) for name in names]
    others = (key != bindparam(f"value_{n}") for n, key in enumerate(keys))
    return effect.statement.where(or_(*others))


#: An effect, the alias of the mapped class of its rows (None for a table), and whether
#: SQLAlchemy deletes these rows if they are deleted.
_Step = tuple[Effect, Any, bool]


# --- what SQLAlchemy does -------------------------------------------------------------


def _by_relationships(rows: Select[Any], entity: Any) -> Iterator[_Step]:
    for relationship in _acting(mapper_of(entity)):
        fate, model = _fate(relationship), relationship.mapper.class_
        if fate is not None:
            child = aliased(model)
            joined = rows.join(getattr(entity, relationship.key).of_type(child))
            by_orm = not relationship.passive_deletes
            acting = relationship if by_orm else None
            yield Effect(fate, model, joined, acting), child, by_orm


def _acting(mapper: Mapper[Any]) -> list[RelationshipProperty[Any]]:
    """Return the relationships by which SQLAlchemy changes rows."""
    return [r for r in mapper.relationships if not r.viewonly]


def _fate(relationship: RelationshipProperty[Any]) -> str | None:
    """Return what becomes of the rows behind a relationship; None for nothing."""
    if relationship.cascade.delete and not relationship.passive_deletes:
        return DELETED
    if relationship.direction is RelationshipDirection.MANYTOONE:
        return None
    if relationship.direction is RelationshipDirection.MANYTOMANY:
        return UNLINKED
    if relationship.passive_deletes:
        constraint = _constraint(relationship)
        return None if constraint is None else _by_database(constraint)
    nullable = all(column.nullable for column in _remote(relationship))
    return UNLINKED if nullable else REFUSED


def _remote(relationship: RelationshipProperty[Any]) -> set[Any]:
    """Return the columns of the other table that a relationship compares."""
    return {remote for _, remote in relationship.local_remote_pairs or ()}


def _constraint(relationship: RelationshipProperty[Any]) -> Any:
    """Return the foreign key behind a one-to-many relationship, None without one."""
    columns = _remote(relationship)
    for table in relationship.mapper.tables:
        for constraint in table.foreign_key_constraints:  # type: ignore[attr-defined]
            if set(constraint.columns) == columns:
                return constraint
    return None


def orphans_silently(effect: Effect) -> bool:
    """Tell whether SQLAlchemy sets the key of rows to NULL without being told to.

    ``ForeignKey(…, ondelete="SET NULL")`` tells it: then it is meant.
    """
    relationship = effect.relationship
    if effect.fate != UNLINKED or relationship is None:
        return False
    if relationship.direction is not RelationshipDirection.ONETOMANY:
        return False
    constraint = _constraint(relationship)
    return constraint is None or _by_database(constraint) != UNLINKED


# --- what the database does -----------------------------------------------------------


def _by_keys(rows: Select[Any], entity: Any, by_orm: bool) -> Iterator[_Step]:
    """Yield the effects of foreign keys that no relationship takes care of.

    :param by_orm: whether relationships take care of anything.
    """
    mapper = mapper_of(entity)
    acting = _acting(mapper) if by_orm else []
    covered = [_remote(relationship) for relationship in acting]
    link_tables = [r.secondary for r in acting if r.secondary is not None]
    for constraint in _referring(mapper):
        if constraint.table in link_tables or set(constraint.columns) in covered:
            continue
        fate, target = _by_database(constraint), constraint.table
        child = _class_of(mapper, target)
        linked = _linked_by(mapper, target) if child is None else None
        if linked is not None:  # the row of a link: its other end loses the link
            fate, target = (UNLINKED if fate == DELETED else fate), linked
        joined, alias = _joined(rows, entity, constraint, child)
        yield Effect(fate, child or target, joined), alias, False


def _by_database(constraint: ForeignKeyConstraint) -> str:
    return _BY_DATABASE.get((constraint.ondelete or "").upper(), REFUSED)


def _referring(mapper: Mapper[Any]) -> list[ForeignKeyConstraint]:
    """Return the foreign keys to the tables of a mapper, those of inheritance apart."""
    family = {t for m in mapper.base_mapper.self_and_descendants for t in m.tables}
    tables: dict[Any, None] = {}
    for known in (*mapper.registry.mappers, mapper):
        for table in known.tables:
            tables.update(dict.fromkeys([table, *table.metadata.tables.values()]))  # type: ignore[attr-defined]
    found = [
        constraint
        for table in tables
        for constraint in getattr(table, "foreign_key_constraints", ())
        if _referred(constraint) in mapper.tables
        and not (table in family and set(constraint.columns) <= set(table.primary_key))
    ]
    return sorted(found, key=lambda c: (str(c.table), c.column_keys))


def _referred(constraint: ForeignKeyConstraint) -> Any:
    try:
        return constraint.referred_table
    except NoReferenceError:  # a table that is not known here
        return None


def _class_of(mapper: Mapper[Any], table: Any) -> Any:
    """Return the class mapped to a table, of several the base class; None without."""
    for other in mapper.registry.mappers:
        inherits = other.inherits is not None and other.inherits.local_table is table
        if other.local_table is table and not inherits:
            return other.class_
    return None


def _linked_by(mapper: Mapper[Any], table: Any) -> Any:
    """Return the class whose many-to-many relationship to this one uses a table."""
    for other in mapper.registry.mappers:
        for relationship in other.relationships:
            if relationship.secondary is table and relationship.mapper is mapper:
                return other.class_
    return None


def _joined(
    rows: Select[Any], entity: Any, constraint: ForeignKeyConstraint, child: Any
) -> tuple[Select[Any], Any]:
    """Return the statement for the rows that refer to others, and their alias."""
    mapper = mapper_of(entity)
    other: Any = aliased(child) if child is not None else constraint.table.alias()
    columns = other.c if child is None else _attributes(child, other, constraint)
    pairs = [
        columns[element.parent.key]
        == getattr(entity, mapper.get_property_by_column(element.column).key)
        for element in constraint.elements
    ]
    return rows.join(other, and_(*pairs)), None if child is None else other


def _attributes(child: Any, alias: Any, constraint: ForeignKeyConstraint) -> Any:
    """Return the attributes of an alias by the keys of a foreign key's columns."""
    mapper = mapper_of(child)
    return {
        column.key: getattr(alias, mapper.get_property_by_column(column).key)
        for column in constraint.columns
    }
