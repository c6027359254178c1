"""Bound parameters that take their value from the current request.

They let a class attribute such as ``scope`` hold a statement that is written once and
gives each request its own rows. Import them from :mod:`cbv.db`. Django has no
counterpart: there each ``get_queryset`` filters by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import eq
from operator import ge
from operator import gt
from operator import le
from operator import lt
from operator import ne
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import BindParameter
from sqlalchemy import column
from sqlalchemy import JSON
from sqlalchemy import String
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.sql.operators import ColumnOperators
from sqlalchemy.types import NullType
from werkzeug.exceptions import NotFound

from .columns import coerce
from .columns import plain_type

#: The types of the values that Flask's URL converters and query strings give.
_FROM_OUTSIDE = (str, int, float, UUID)
#: The operator to use instead of another when its two sides change places.
_MIRRORED: dict[Any, Any] = {eq: eq, ne: ne, lt: gt, gt: lt, le: ge, ge: le}
_TEXT = column("", String())


class UnfitValue(DontWrapMixin, NotFound):
    """A 404: the request has a value that the column it is compared with cannot hold.

    SQLAlchemy lets an error with its mixin through as it is; it would wrap any other
    in a ``StatementError``.
    """

    description = "Nothing here can have the value in this address."


class PerRequest(BindParameter[Any]):
    """A bound parameter that calls a function for its value each time it is run.

    The value is checked against the type of the column that it is compared with, which
    SQLAlchemy has given to the parameter.

    It is a class of its own because of SQLAlchemy's cache of compiled statements: the
    cache does not tell a parameter with a function from one with a value. Whichever
    statement is compiled first would make the other's parameter NULL.
    """

    inherit_cache = True
    #: The name of the URL value that the value is, if it is one.
    url_name: str | None = None

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        """Compare a column with the parameter where the parameter stands on the left.

        SQLAlchemy gives only a parameter on the right the type of the column.
        """
        if op in _MIRRORED and isinstance(other[0], ColumnOperators):
            return other[0].operate(_MIRRORED[op], self, **kwargs)
        return super().operate(op, *other, **kwargs)

    @property
    def effective_value(self) -> Any:
        """The value of this request, in the Python type of its column.

        :raises werkzeug.exceptions.NotFound: when the column can never hold it.
        """
        value = super().effective_value
        try:
            if self.expanding and isinstance(value, (list, tuple, set)):  # for in_()
                return [_fitting(self, item) for item in value]
            return _fitting(self, value)
        except ValueError:
            raise UnfitValue from None


def _fitting(parameter: PerRequest, value: Any) -> Any:
    """Return a value as its column's Python type.

    Only values that can come from outside are converted: others, such as a date, were
    made by the application, in a type that it has chosen for its column.
    """
    if isinstance(value, bool) or not isinstance(value, _FROM_OUTSIDE):
        return value
    if isinstance(plain_type(parameter.type), (JSON, NullType)):
        # They can hold all of these values, but no database stores every text.
        return coerce(_TEXT, value) if isinstance(value, str) else value
    return coerce(parameter, value)


def per_request(function: Callable[[], Any]) -> BindParameter[Any]:
    """Return a bound parameter that calls ``function`` for its value at each run.

    ``scope = Post.author_id == per_request(lambda: g.user_id)`` is written once in a
    class body, and every request gets the rows of its own user.

    A value that the column can never hold (a text for a number, a number beyond its
    range) is a 404, when a statement is run and when a new object is filled.

    :param function: takes no argument and returns a value for the column.

    Since 0.1. SQLAlchemy: ``bindparam(callable_=function)``.
    """
    return PerRequest(None, callable_=function, unique=True)


def url_value(name: str) -> BindParameter[Any]:
    """Return a bound parameter whose value is the URL value ``name`` of each request.

    ``scope = Comment.post_id == url_value("post_id")`` limits a view to the comments of
    the post in its URL. A value that is none for the column ``post_id`` is a 404.

    :param name: a variable of the URL rule; its value is None (NULL) if the rule has no
        such variable.

    Since 0.1.
    """
    value = PerRequest(
        None, callable_=lambda: (request.view_args or {}).get(name), unique=True
    )
    value.url_name = name
    return value


def is_of_reader(element: object) -> bool:
    """Tell whether part of a statement has a value that may differ with the reader.

    That is every value which is asked for in each request, but for those of
    :func:`url_value`, which are the same at one address.
    """
    if not isinstance(element, BindParameter) or element.callable is None:
        return False
    return getattr(element, "url_name", None) is None
