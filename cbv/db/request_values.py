"""Bound parameters that take their value from the current request.

They let a class attribute such as ``scope`` hold a statement that is written once and
gives each request its own rows. Import them from :mod:`cbv.db`. Django has no
counterpart: there each ``get_queryset`` filters by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from sqlalchemy import BindParameter


class PerRequest(BindParameter[Any]):
    """A bound parameter that calls a function for its value each time it is run.

    It is a class of its own because of SQLAlchemy's cache of compiled statements: the
    cache does not tell a parameter with a function from one with a value. Whichever
    statement is compiled first would make the other's parameter NULL.
    """

    inherit_cache = True


def per_request(function: Callable[[], Any]) -> BindParameter[Any]:
    """Return a bound parameter that calls ``function`` for its value at each run.

    ``scope = Post.author_id == per_request(lambda: g.user_id)`` is written once in a
    class body, and every request gets the rows of its own user.

    :param function: takes no argument and returns a value for the column.

    Since 0.1. SQLAlchemy: ``bindparam(callable_=function)``.
    """
    return PerRequest(None, callable_=function, unique=True)


def url_value(name: str) -> BindParameter[Any]:
    """Return a bound parameter whose value is the URL value ``name`` of each request.

    ``scope = Comment.post_id == url_value("post_id")`` limits a view to the comments of
    the post in its URL.

    :param name: a variable of the URL rule; its value is None (NULL) if the rule has no
        such variable.

    Since 0.1.
    """
    return per_request(lambda: (request.view_args or {}).get(name))
