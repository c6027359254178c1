"""Find the one row that the values in the URL name, by its primary key or its slug.

Nothing here calls a hook of the view: those stay in ``detail.py``, where the inspector
reads in which order they are called.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from functools import wraps
from typing import Any
from typing import TypeVar

from werkzeug.utils import cached_property

from ..db import reading
from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import key_names
from ..db.columns import without_proxy
from ..db.statements import by_values
from ..db.statements import derived
from ..db.statements import entity_of
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured

T = TypeVar("T")


class object_property(cached_property[T]):
    """The cached property ``object``, which looks through a proxy that it is given.

    ``get_object()`` may return Flask-Login's ``current_user``.
    """

    def __init__(self, get: Callable[[Any], T]) -> None:
        @wraps(get)  # the inspector reads the wrapped function
        def looked_through(view: Any) -> Any:
            return without_proxy(get(view))

        super().__init__(looked_through)

    def __set__(self, view: object, value: T) -> None:
        super().__set__(view, without_proxy(value))


def key_values(view: Any, model: type) -> dict[str, Any]:
    """Return the primary key in the URL, as URL values by attribute of the model.

    Empty when the URL has no key, or only a part of a composite key.

    :param view: a view with ``kwargs`` and ``pk_url_kwarg``.
    """
    keys = key_names(model)
    if len(keys) == 1:
        value = view.kwargs.get(view.pk_url_kwarg)
        return {} if value is None else {keys[0]: value}
    values = {name: view.kwargs[name] for name in keys if name in view.kwargs}
    return values if len(values) == len(keys) else {}


def nothing_to_search_by(view: Any, model: type) -> ImproperlyConfigured:
    """Return the error for a URL with neither a primary key nor a slug."""
    keys = key_names(model)
    key = " and ".join(keys) if len(keys) > 1 else view.pk_url_kwarg
    return misconfigured(
        view,
        f"was called by a URL without {key!r} or {view.slug_url_kwarg!r}",
        f"put <{key}> or <{view.slug_url_kwarg}> into its rule",
        "set pk_url_kwarg or slug_url_kwarg to the name in the rule",
    )


def find_row(
    view: object,
    statement: Any,
    url_values: Mapping[str, Any],
    parameters: Mapping[str, Any],
) -> Any:
    """Return the first object of a statement whose columns equal the URL values.

    None when there is none, or when a URL value cannot be converted to the type of its
    column: then no row can have it, and the database is not asked.

    :param statement: a ``select()`` of one mapped class.
    :param url_values: the values to search for, by attribute of that class.
    :param parameters: the values of the statement's own bound parameters.
    :raises ImproperlyConfigured: for an attribute that is not a column.
    """
    model, names = entity_of(statement), tuple(url_values)
    columns = derived(
        statement,
        ("columns", *names),
        lambda _: [_column(view, model, name) for name in names],
    )
    try:
        values = list(map(coerce, columns, url_values.values()))
    except ValueError:
        return None
    searched = {f"value_{n}": value for n, value in enumerate(values)}
    return reading.find(by_values(statement, names), {**searched, **parameters})


def _column(view: object, model: type, name: str) -> Any:
    """Return the column behind an attribute of a model, or an attribute like one."""
    column = column_of(model, name)
    if column is None:
        column = getattr(model, name, None)
    if not hasattr(column, "type"):
        problem = f"searches by {name!r}, which is no column of {model.__name__}"
        raise misconfigured(view, problem, "set slug_field to the name of a column")
    return column
