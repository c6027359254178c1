"""What may travel to another thread or process: plain JSON, and nothing that is tied
to the request that sends it.

Django: ``django.tasks``' ``normalize_json``.
"""

from __future__ import annotations

import math
from typing import Any

from flask import Flask
from flask import Request
from flask.sessions import SessionMixin
from werkzeug.datastructures import MultiDict
from werkzeug.local import LocalProxy

from ..db.columns import is_mapped

#: By kind: what it is, and what to pass instead.
_TIED: tuple[tuple[Any, str, str], ...] = (
    (
        LocalProxy,
        "a proxy, which is somebody else's or nobody's there",
        "pass the id or the plain value it stands for",
    ),
    (
        Request,
        "a request",
        "pass the values you need of it",
    ),
    (SessionMixin, "a session", "pass the values you need of it"),
    (MultiDict, "form data", "pass its to_dict()"),
    (Flask, "the application", "use current_app in the task"),
)


def why_tied(value: object) -> tuple[str, str] | None:
    """Return what ties a value to this request, and the cure; None for a free one.

    Asks the type alone: a proxy lies about its class, and outside a request it fails.
    """
    kind = type(value)
    for tied, what, cure in _TIED:
        if issubclass(kind, tied):
            return what, cure
    if is_mapped(kind):
        return (
            f"an object of the database session ({kind.__name__})",
            "pass its id and load it in the task",
        )
    if hasattr(kind, "close"):
        return (
            f"open here ({kind.__name__}: a file, a connection or a session)",
            "pass its path, its key or what it holds",
        )
    return None


def plain(value: Any, where: str) -> Any:
    """Return a copy of a value in JSON's own types; tuples become lists.

    :param where: what the value is, for the message.
    :raises TypeError: for anything that is not JSON, inside lists and dicts too.
    """
    try:
        return _plain(value, where)
    except RecursionError:
        raise TypeError(f"{where} contains itself, or is nested too deeply.") from None


def _plain(value: Any, where: str) -> Any:
    kind = type(value)
    if value is None or kind is bool:
        return value
    for base in (str, int, float):
        if issubclass(kind, base):
            return _scalar(value, base, where)
    tied = why_tied(value)
    if tied is not None:
        raise _refused(where, *tied)
    if issubclass(kind, dict):
        return {_key(k, where): _plain(v, f"{where}[{k!r}]") for k, v in value.items()}
    if issubclass(kind, (list, tuple)):
        return [_plain(item, f"{where}[{n}]") for n, item in enumerate(value)]
    what = f"a {kind.__module__}.{kind.__qualname__}, which is not JSON"
    raise _refused(where, what, "pass a text, a number, or a list or dict of those")


def _scalar(value: Any, base: type, where: str) -> Any:
    """Return the plain text or number of an enum or other subclass."""
    if base is float and not math.isfinite(value):
        raise _refused(where, f"{value}, which is not JSON", "pass None or a text")
    return getattr(base, f"__{base.__name__}__")(value)


def _key(key: Any, where: str) -> str:
    if not issubclass(type(key), str):
        what = f"a dict with the key {key!r}, which JSON would turn into a text"
        raise _refused(where, what, "pass str(key)")
    return str.__str__(key)


def _refused(where: str, what: str, cure: str) -> TypeError:
    return TypeError(
        f"{where} is {what}; it cannot go to another thread or process. Cure: {cure}."
    )
