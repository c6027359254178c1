"""Where a view's rows come from: one statement per class, and what is derived of it.

Django's ``QuerySet`` as far as views need it, on SQLAlchemy's ``select()``. A view's
own statement is prepared once; what is made of it (order, scope, page, key look-up) is
remembered by the identity of the statement, so that a hook which returns the class's
own statement costs nothing. Pure: no session here.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam
from sqlalchemy import ColumnElement
from sqlalchemy import func
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm import Load
from sqlalchemy.orm import Query
from sqlalchemy.orm import selectinload

from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .columns import coerce
from .columns import is_mapped
from .columns import key_names
from .columns import mapper_of

#: What was made of a statement that is kept; the statement itself is the key.
_kept: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()
#: The prepared statement, and its values, that a statement is run as.
_bound: WeakKeyDictionary[Any, tuple[Any, Mapping[str, Any]]] = WeakKeyDictionary()
#: A hook may vary what it asks for without end; what is kept must not grow with it.
_KEPT_AT_MOST = 64
_UNKNOWN = object()


def keep(statement: Any) -> Any:
    """Have what is derived from a statement remembered as long as it lives."""
    if isinstance(statement, Select):
        _kept.setdefault(statement, {})
    return statement


def derived(statement: Any, key: Hashable, build: Callable[[Any], Any]) -> Any:
    """Return ``build(statement)``, made once for a statement that is kept."""
    made_before = _kept.get(statement)
    if made_before is None:
        return build(statement)
    if key not in made_before:
        made = keep(build(statement))
        if len(made_before) >= _KEPT_AT_MOST:
            return made
        made_before[key] = made
    return made_before[key]


def bind(statement: Any, prepared: Any, values: Mapping[str, Any]) -> Any:
    """Have a statement run as a prepared one: the same but for bound values.

    A statement with a value of this request is made anew each time, so that nothing
    derived of it could be remembered; what is derived of the prepared one is. It holds
    for this very statement: one that a hook makes of it is run as it is.
    """
    _bound[statement] = (prepared, values)
    return statement


def prepared(statement: Any) -> tuple[Any, Mapping[str, Any]]:
    """Return what a statement is run as, and the values of its parameters."""
    if not isinstance(statement, Select):
        return statement, {}
    return _bound.get(statement, (statement, {}))


# --- the source of a view --------------------------------------------------------


def own_queryset(owner: object, model: Any, queryset: Any) -> Any:
    """Return a view's own statement (or sequence) from its declaration.

    :raises ImproperlyConfigured: without ``model`` and ``queryset``, or when ``model``
        is no mapped class.
    """
    if queryset is not None:
        return keep(checked(owner, queryset))
    if model is None:
        raise misconfigured(
            owner,
            "has no model and no queryset",
            "set model = YourModel (or subclass with View[YourModel])",
            "set queryset = select(YourModel)",
            "override get_queryset()",
        )
    if not is_mapped(model):
        problem = f"has model = {model!r}, which is no class mapped by SQLAlchemy"
        raise misconfigured(owner, problem, "set model to a mapped class")
    return keep(select(model))


def checked(owner: object, queryset: Any) -> Any:
    """Return a query source if it is one: a Select, or a sequence of objects.

    :raises ImproperlyConfigured: for a legacy ``Query``, a text or anything else.
    """
    if isinstance(queryset, Select):
        return queryset
    if isinstance(queryset, Query):
        problem = "has a legacy Query where a statement belongs"
    elif isinstance(queryset, (str, bytes)) or not isinstance(queryset, Sequence):
        problem = f"has {queryset!r} where a statement belongs"
    else:
        return queryset
    raise misconfigured(
        owner,
        problem,
        "give queryset or return from get_queryset() a select() statement",
        "give a list or another sequence of objects",
    )


def entity_of(queryset: Any) -> Any:
    """Return the mapped class that a statement selects (or a sequence holds), or None.

    A row of several columns has no entity.
    """
    if isinstance(queryset, Select):
        return derived(prepared(queryset)[0], "entity", _selected_entity)
    first = queryset[0] if len(queryset) else None
    return type(first) if is_mapped(type(first)) else None


def is_row(statement: Select[Any]) -> bool:
    """Tell whether a statement selects rows of several columns, not objects."""
    found: bool = derived(statement, "row", lambda s: len(s.column_descriptions) > 1)
    return found


def has_objects(statement: Any) -> bool:
    """Tell whether a statement selects mapped objects, alone or beside columns.

    SQLAlchemy repeats an object for each row of a collection that is joined to it;
    equal rows of columns are rows of their own.
    """
    if not isinstance(statement, Select):
        return True
    found: bool = derived(
        statement,
        "objects",
        lambda s: any(d["expr"] is d.get("entity") for d in s.column_descriptions),
    )
    return found


def each_once(statement: Any, result: Any) -> Any:
    """Have a statement's result give each object once.

    To compare rows costs more than to read them, so it is done where they can repeat:
    by the statement's own joins, or by a joined load of a collection, of which the
    result tells (one that does not is compared).
    """
    repeats = getattr(result, "_unique_filter_state", _UNKNOWN) is not None
    if repeats or derived(statement, "repeats", _may_repeat):
        return result.unique() if has_objects(statement) else result
    return result


def _may_repeat(statement: Any) -> bool:
    return not isinstance(statement, Select) or (
        has_objects(statement) and not _reads_one_table(statement)
    )


def _reads_one_table(statement: Any) -> bool:
    # By what it is made of: get_final_froms() costs as much as a whole page.
    entity = statement.column_descriptions[0].get("entity")
    if not is_mapped(entity) or statement._setup_joins or statement._from_obj:
        return False
    clauses = (*statement._raw_columns, *statement._where_criteria)
    tables = {table for clause in clauses for table in clause._from_objects}
    return tables == {mapper_of(entity).local_table}


def _selected_entity(statement: Select[Any]) -> Any:
    described = statement.column_descriptions
    entity = described[0].get("entity") if len(described) == 1 else None
    return entity if entity is not None and described[0]["expr"] is entity else None


def finished(
    owner: object, queryset: Any, scope: Any, related: Iterable[str] = ()
) -> Any:
    """Return what a query hook gave, with the view's scope and related rows added.

    :raises ImproperlyConfigured: for no statement, a sequence with a scope, or a
        name in ``related`` that is no relationship.
    """
    if not isinstance(queryset, Select):
        queryset = checked(owner, queryset)
    criteria, names = criteria_of(scope), tuple(related)
    if not criteria and not names:
        return queryset
    if not isinstance(queryset, Select):
        problem = "has a scope or related, but its query source is a sequence"
        raise misconfigured(owner, problem, "give a select() statement instead")

    def build(statement: Select[Any]) -> Select[Any]:
        model = entity_of(statement)
        statement = statement.where(*criteria)
        return statement.options(*(_loader(owner, model, path) for path in names))

    key = ("finished", criteria, names)
    made, (source, values) = derived(queryset, key, build), prepared(queryset)
    return bind(made, derived(source, key, build), values) if values else made


def criteria_of(scope: Any) -> tuple[ColumnElement[bool], ...]:
    """Return a scope, which is None, one criterion or a list of them, as a tuple."""
    if scope is None:
        return ()
    return tuple(scope) if isinstance(scope, (list, tuple)) else (scope,)


def _loader(owner: object, model: Any, path: str) -> Any:
    try:
        return _load_option(model, path)
    except _NoRelationship as error:
        name, known = error.args
        problem = f"has related = {path!r}, but {name!r} is no relationship"
        raise misconfigured(owner, problem, f"name a relationship ({known})") from None


class _NoRelationship(LookupError):
    pass


@lru_cache(maxsize=512)
def _load_option(model: Any, path: str) -> Any:
    """Return the option that loads a relationship (a dotted path) with the rows."""
    option: Any = None
    for name in path.split("."):
        relationships: Any = mapper_of(model).relationships if model else {}
        if name not in relationships:
            known = ", ".join(sorted(relationships.keys())) or "none"
            raise _NoRelationship(name, known)
        start: Any = option if option is not None else _Loaders
        many = relationships[name].uselist
        load = start.selectinload if many else start.joinedload
        option = load(getattr(model, name))
        model = relationships[name].mapper.class_
    return option


class _Loaders:
    joinedload = staticmethod(joinedload)
    selectinload = staticmethod(selectinload)


# --- one object, the count -------------------------------------------------------


def by_values(statement: Select[Any], names: Sequence[str]) -> Select[Any]:
    """Return the statement limited to rows whose columns equal ``value_0``, …"""
    key = ("by", *names)

    def build(statement: Select[Any]) -> Select[Any]:
        model = entity_of(statement)
        columns = [getattr(model, name) for name in names]
        return statement.where(
            *(c == bindparam(f"value_{n}") for n, c in enumerate(columns))
        )

    found: Select[Any] = derived(statement, key, build)
    return found


def matching(
    source: Any, criteria: Iterable[Any], lookups: Mapping[str, Any]
) -> Select[Any] | None:
    """Return the statement for rows that fit, None where a value can never be there.

    :param source: a mapped class, or a statement that selects one.
    :param lookups: values by attribute name; ``pk`` is the key.
    :raises ImproperlyConfigured: for another source, or a name that is no attribute.
    """
    statement: Any = source
    if is_mapped(source):
        statement = select(source)
    model = entity_of(statement) if isinstance(statement, Select) else None
    if model is None:
        raise ImproperlyConfigured(
            f"{source!r} cannot be searched for an object. Cure: give a mapped class,"
            " or a select() of one."
        )
    try:
        found = [_equals(model, name, value) for name, value in lookups.items()]
    except ValueError:
        return None
    narrowed: Select[Any] = statement.where(*criteria, *found)
    return narrowed


def _equals(model: Any, name: str, value: Any) -> Any:
    keys = key_names(model)
    if name == "pk" and len(keys) == 1 and not hasattr(model, name):
        name = keys[0]
    if name not in mapper_of(model).all_orm_descriptors:
        problem = f"is searched by {name!r}, which is no attribute of it"
        raise misconfigured(model, problem, "name a mapped attribute")
    attribute = getattr(model, name)
    if value is None or not hasattr(attribute, "type"):
        return attribute == value
    return attribute == coerce(attribute, value)


def count_of(statement: Select[Any]) -> Select[Any]:
    """Return the statement that counts the rows of another.

    ``count(*)`` of the table itself where nothing in the statement changes how many
    rows there are; else of the whole statement as a subquery.
    """
    found: Select[Any] = derived(statement, "count", _count)
    return found


def _count(statement: Select[Any]) -> Select[Any]:
    statement = without_loaders(statement)
    if is_plain(statement):
        counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
        return counted.order_by(None).correlate(None)
    rows = statement.order_by(None).correlate(None).subquery()
    return select(func.count()).select_from(rows).correlate(None)


def without_loaders(statement: Any) -> Any:
    """Drop what only says how related rows are loaded; it does not change the count."""
    kept = tuple(o for o in statement._with_options if not isinstance(o, Load))
    if len(kept) < len(statement._with_options):
        statement = statement.where()
        statement._with_options = kept
    return statement


def is_plain(statement: Any) -> bool:
    """Tell whether nothing but criteria decides which rows a statement has."""
    shaped = (statement._distinct, statement._prefixes, statement._with_options)
    return not any(shaped) and is_whole(statement)


def is_whole(statement: Any) -> bool:
    """Tell whether one more criterion leaves out rows and does nothing else."""
    grouped = (
        statement._group_by_clauses,
        statement._having_criteria,
        statement._distinct_on,
    )
    limits = (
        statement._limit_clause,
        statement._offset_clause,
        statement._fetch_clause,
    )
    return not any(grouped) and all(limit is None for limit in limits)
