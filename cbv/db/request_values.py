"""Values of the request in a statement that is written once; :mod:`cbv.db` offers them.

Django has no counterpart: there each ``get_queryset`` filters by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from sqlalchemy import BindParameter


class PerRequest(BindParameter[Any]):
    """A bound parameter that asks a function for its value.

    A class of its own keeps its statements apart in SQLAlchemy's cache of compiled
    statements: the cache takes a parameter with a function for one with a value, and
    whichever was compiled first would decide that the other is NULL.
    """

    inherit_cache = True


def per_request(function: Callable[[], Any]) -> BindParameter[Any]:
    """Return a bound parameter whose value ``function`` gives each time it is run.

    ``scope = Post.author_id == per_request(lambda: g.user_id)`` is written once in a
    class body and asks again for every request.

    Since 0.1. SQLAlchemy: ``bindparam(callable_=function)``.
    """
    return PerRequest(None, callable_=function, unique=True)


def url_value(name: str) -> BindParameter[Any]:
    """Return a bound parameter that takes the URL value ``name`` of this request.

    Since 0.1. ``scope = Comment.post_id == url_value("post_id")`` nests one resource
    in another.
    """
    return per_request(lambda: (request.view_args or {}).get(name))
