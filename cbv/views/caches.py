"""Which functions are response caches or guards, among the decorators of a view.

A response cache answers without calling the function that it stands around. Django has
no counterpart: its cache middleware and ``cache_page`` obey the headers of a response.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

#: The attributes that the function of a response cache has, all of them; for each kind
#: of cache. The first kind is Flask-Caching's ``cached`` and ``memoize``.
_known: list[tuple[str, ...]] = [("uncached", "cache_timeout")]

#: The modules whose decorators refuse users; cbv's own come from the first.
_GUARDING = ("cbv.auth.decorators", "flask_login", "flask_principal", "flask_security")


def register_response_cache(*attributes: str) -> None:
    """Have the functions that a caching decorator returns known by their attributes.

    ``as_view`` refuses such a function around what depends on the user. Flask-Caching's
    are known already. A decorator of your own that caches responses sets an attribute
    on the function that it returns, and is registered by its name.

    :param attributes: the names of attributes; a function that has all of them is a
        response cache.
    :raises TypeError: without a name, which every function would be known by.

    Since 0.1.
    """
    if not attributes:
        raise TypeError("register_response_cache() takes the names of attributes")
    _known.append(attributes)


def is_response_cache(function: Any) -> bool:
    """Tell whether a function is a response cache, or copied the attributes of one."""
    return bool(_marks(function))


def without_marks(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a function without those that say it is a cache."""
    marks = {name for kind in _known for name in kind}
    return {name: value for name, value in attributes.items() if name not in marks}


def _marks(function: Any) -> list[Any]:
    """Return the values of the attributes that make a function a response cache."""
    missing = object()
    kinds = [[getattr(function, name, missing) for name in kind] for kind in _known]
    return [value for kind in kinds if missing not in kind for value in kind]


def layers_of(function: Any, inner: Any = None) -> Iterator[Any]:
    """Yield a function and what it wraps, from outside to inside.

    :param inner: the function to stop before, for which decorators need not have set
        ``__wrapped__``.
    """
    seen = {id(inner), id(None)}
    while id(function) not in seen:
        seen.add(id(function))
        yield function
        function = getattr(function, "__wrapped__", None)


#: What :func:`kinds_of` calls a response cache.
CACHE = "a response cache"


def kinds_of(layers: list[Any]) -> Iterator[str]:
    """Yield ``CACHE`` for each response cache of some layers, a name for each guard.

    :param layers: functions, each around the next one.
    """
    for layer, inner in zip_longest(layers, layers[1:]):
        # functools.wraps copies the attributes to whatever stands around a cache.
        copied = list(map(id, _marks(inner)))
        if list(map(id, _marks(layer))) not in ([], copied):
            yield CACHE
        module = str(getattr(layer, "__globals__", {}).get("__name__", ""))
        if module.startswith(_GUARDING):
            yield f"the guard {layer.__code__.co_qualname.partition('.')[0]}"
