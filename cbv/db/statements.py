"""Build the select statements of a view from its ``model``, ``queryset`` and ``scope``.

A view class has one statement. The statements built from it (sorted, limited by a
scope, one page, one key) are cached for as long as it lives, so that a hook such as
``get_queryset()`` that returns it builds nothing again. Nothing here opens a session.
Django: ``QuerySet``, as far as views need it.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam
from sqlalchemy import ColumnElement
from sqlalchemy import func
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.orm import Load
from sqlalchemy.orm import Query

from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .columns import coerce
from .columns import is_mapped
from .columns import key_names
from .columns import mapper_of
from .loading import loader
from .reach import check_reach
from .reach import is_about

#: By statement: the results that :func:`derived` has built from it, by their keys.
_caches: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()
#: By statement: the prepared statement that is run in its place, and its values.
_prepared: WeakKeyDictionary[Any, tuple[Any, Mapping[str, Any]]] = WeakKeyDictionary()
#: The most results cached for one statement: a hook may sort by a new key each time.
_MAX_CACHED = 64
_UNKNOWN = object()


def keep(statement: Any) -> Any:
    """Have the results of :func:`derived` cached for a statement, and return it.

    The cache lives as long as the statement.
    """
    if isinstance(statement, Select):
        _caches.setdefault(statement, {})
    return statement


def derived(statement: Any, key: Hashable, build: Callable[[Any], Any]) -> Any:
    """Return ``build(statement)``, from the cache if the statement has one.

    :param key: what tells this result from others that are built from the statement.
    :param build: makes the result; a statement that it returns gets a cache too.
    """
    cache = _caches.get(statement)
    if cache is None:
        return build(statement)
    if key not in cache:
        result = keep(build(statement))
        if len(cache) >= _MAX_CACHED:
            return result
        cache[key] = result
    return cache[key]


def bind(statement: Any, prepared: Any, values: Mapping[str, Any]) -> Any:
    """Have a prepared statement run in the place of an equal one, which is returned.

    A statement that contains a value of this request is a new object each time, so
    nothing can be cached for it. The prepared statement has a bound parameter instead
    of the value, and is built once. A statement that a hook builds from ``statement``
    has no prepared one and is run itself.

    :param values: the values of the prepared statement's parameters, by name.
    """
    _prepared[statement] = (prepared, values)
    return statement


def prepared(statement: Any) -> tuple[Any, Mapping[str, Any]]:
    """Return the statement to run in the place of another, and its parameters' values.

    :returns: what :func:`bind` was given for it; else the statement itself and ``{}``.
    """
    if not isinstance(statement, Select):
        return statement, {}
    return _prepared.get(statement, (statement, {}))


# --- the statement of a view -----------------------------------------------------


def own_queryset(owner: object, model: Any, queryset: Any) -> Any:
    """Return the statement of a view class: its ``queryset``, else ``select(model)``.

    :param owner: the view; an error names its class.
    :param queryset: a ``select()``, a sequence of objects or None.
    :raises ImproperlyConfigured: when both are None, when ``model`` is not a mapped
        class, or for the reasons of :func:`checked`.
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
    """Return a view's query source if it is a ``select()`` or a sequence of objects.

    :raises ImproperlyConfigured: for anything else, such as a text or a ``Query`` of
        SQLAlchemy 1.
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
    """Return the mapped class that a statement selects or a sequence contains.

    :returns: None for a statement of several columns, and for a sequence that is empty
        or has no mapped objects.
    """
    if isinstance(queryset, Select):
        return derived(prepared(queryset)[0], "entity", _selected_entity)
    first = queryset[0] if len(queryset) else None
    return type(first) if is_mapped(type(first)) else None


def is_row(statement: Select[Any]) -> bool:
    """Tell whether a statement selects rows of several columns, not objects."""
    several: bool = derived(statement, "row", lambda s: len(s.column_descriptions) > 1)
    return several


def has_objects(statement: Any) -> bool:
    """Tell whether a statement selects mapped objects, alone or beside columns.

    Only then are repeated rows dropped: a joined collection repeats its parent object
    for each child, but equal rows of plain columns are different rows.
    """
    if not isinstance(statement, Select):
        return True
    selects_objects: bool = derived(
        statement,
        "objects",
        lambda s: any(d["expr"] is d.get("entity") for d in s.column_descriptions),
    )
    return selects_objects


def each_once(statement: Any, result: Any) -> Any:
    """Return the result of a statement so that it gives each object only once.

    Comparing rows takes longer than reading them. It is done only where an object can
    repeat: in a statement with joins, or with a joined load of a collection, which
    SQLAlchemy marks on the result. A result without such a mark is compared as well.

    :param statement: the statement that was run.
    :param result: what the session returned for it.
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
    # Reads the parts of the statement, because get_final_froms() takes as long as
    # reading a whole page.
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
    """Add a view's scope and the loading of related rows to its statement.

    :param owner: the view; an error names its class.
    :param queryset: what the view's ``get_queryset()`` returned.
    :param scope: None, one criterion or a list of them.
    :param related: relationships to load with the rows, as dotted paths.
    :raises ImproperlyConfigured: when ``queryset`` is not a query source, when it is a
        sequence although there is a scope or ``related``, when it does not read what
        the scope is about, or when a name in ``related`` is not a relationship.

    Django: ``QuerySet.filter``, ``select_related`` and ``prefetch_related``.
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
        if not is_about(model, criteria):
            check_reach(owner, statement, criteria)
        statement = statement.where(*criteria)
        return statement.options(*(loader(owner, model, path) for path in names))

    key = ("finished", criteria, names)
    complete, (source, values) = derived(queryset, key, build), prepared(queryset)
    return bind(complete, derived(source, key, build), values) if values else complete


def criteria_of(scope: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the criteria of a scope (None, one criterion or a list) as a tuple."""
    if scope is None:
        return ()
    return tuple(scope) if isinstance(scope, (list, tuple)) else (scope,)


# --- looking objects up, and counting --------------------------------------------


def by_values(statement: Select[Any], names: Sequence[str]) -> Select[Any]:
    """Limit a statement to the rows whose attributes equal its parameters.

    :param names: attributes of the model; the parameter for the first one is called
        ``value_0``, for the second ``value_1``, and so on.
    """
    key = ("by", *names)

    def build(statement: Select[Any]) -> Select[Any]:
        model = entity_of(statement)
        columns = [getattr(model, name) for name in names]
        return statement.where(
            *(c == bindparam(f"value_{n}") for n, c in enumerate(columns))
        )

    limited: Select[Any] = derived(statement, key, build)
    return limited


def matching(
    source: Any, criteria: Iterable[Any], lookups: Mapping[str, Any]
) -> Select[Any] | None:
    """Return the statement for the rows that match criteria and attribute values.

    :param source: a mapped class, or a ``select()`` of one.
    :param criteria: SQLAlchemy criteria.
    :param lookups: values by attribute name; ``pk`` stands for the primary key.
    :returns: None when a column can never hold the value that it is looked up by.
    :raises ImproperlyConfigured: for another source, or for a name that is not an
        attribute of the mapped class.

    Django: ``QuerySet.filter``.
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
        equalities = [_equals(model, name, value) for name, value in lookups.items()]
    except ValueError:
        return None
    narrowed: Select[Any] = statement.where(*criteria, *equalities)
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

    It counts the rows of the table directly if only criteria decide which rows there
    are; otherwise it counts those of the whole statement as a subquery.

    Django: ``QuerySet.count``.
    """
    counting: Select[Any] = derived(statement, "count", _count)
    return counting


def _count(statement: Select[Any]) -> Select[Any]:
    statement = without_loaders(statement)
    if is_plain(statement):
        counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
        return counted.order_by(None).correlate(None)
    rows = statement.order_by(None).correlate(None).subquery()
    return select(func.count()).select_from(rows).correlate(None)


def without_loaders(statement: Any) -> Any:
    """Return a statement without its loader options, which do not change its rows."""
    options = tuple(o for o in statement._with_options if not isinstance(o, Load))
    if len(options) < len(statement._with_options):
        statement = statement.where()  # a copy
        statement._with_options = options
    return statement


def is_plain(statement: Any) -> bool:
    """Tell whether only criteria decide which rows a statement has.

    False with DISTINCT, options, groups or a limit.
    """
    shaped = (statement._distinct, statement._prefixes, statement._with_options)
    return not any(shaped) and is_whole(statement)


def is_whole(statement: Any) -> bool:
    """Tell whether a criterion can be added without changing the statement's meaning.

    False with groups or a limit: there, a criterion is applied before them.
    """
    grouped = (
        statement._group_by_clauses,
        statement._having_criteria,
        statement._distinct_on,
    )
    return not any(grouped) and not is_limited(statement)


def is_limited(statement: Any) -> bool:
    """Tell whether a statement has a limit (also by ``fetch``) or an offset."""
    limits = (
        statement._limit_clause,
        statement._offset_clause,
        statement._fetch_clause,
    )
    return any(limit is not None for limit in limits)
