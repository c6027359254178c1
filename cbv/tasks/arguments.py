"""The check that a task's arguments and its return value are plain JSON.

Only JSON can go to another thread or process. Objects that belong to the current
request, such as a mapped object or an uploaded file, are refused with an error that
says what to pass instead.

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

#: Types whose objects belong to the current request: the type, a description of the
#: object for the error message, and what to pass instead.
_REQUEST_BOUND: tuple[tuple[Any, str, str], ...] = (
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
    """Return why a value cannot leave the current request, and what to pass instead.

    Only ``type(value)`` is looked at: a proxy pretends to be of another class, and
    outside a request to ask it anything fails.

    :returns: a description of the value and a cure, both for an error message; None
        for a value that does not belong to the request.

    Since 0.1.
    """
    kind = type(value)
    for bound_type, description, cure in _REQUEST_BOUND:
        if issubclass(kind, bound_type):
            return description, cure
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
    """Return a copy of a value that consists of JSON's types only.

    Tuples become lists; enums and other subclasses of ``str``, ``int`` and ``float``
    become plain texts and numbers.

    :param where: a description of the value for the error message, such as
        ``send_mail: argument 1``.
    :raises TypeError: for anything that is not JSON, inside lists and dicts too.

    Since 0.1. Django: ``normalize_json``.
    """
    try:
        return _plain(value, where)
    except RecursionError:
        raise TypeError(f"{where} contains itself, or is nested too deeply.") from None


def _plain(value: Any, where: str) -> Any:
    """Return a copy of a value in JSON's types; calls itself for lists and dicts."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    for base in (str, int, float):
        if issubclass(kind, base):
            return _scalar(value, base, where)
    problem = why_tied(value)
    if problem is not None:
        raise _refusal(where, *problem)
    if issubclass(kind, dict):
        return {_key(k, where): _plain(v, f"{where}[{k!r}]") for k, v in value.items()}
    if issubclass(kind, (list, tuple)):
        return [_plain(item, f"{where}[{n}]") for n, item in enumerate(value)]
    what = f"a {kind.__module__}.{kind.__qualname__}, which is not JSON"
    raise _refusal(where, what, "pass a text, a number, or a list or dict of those")


def _scalar(value: Any, base: type, where: str) -> Any:
    """Return a value, which may be of a subclass of ``base``, as a plain ``base``."""
    if base is float and not math.isfinite(value):
        raise _refusal(where, f"{value}, which is not JSON", "pass None or a text")
    return getattr(base, f"__{base.__name__}__")(value)


def _key(key: Any, where: str) -> str:
    """Return the key of a dict as a plain text; JSON has no other keys."""
    if not issubclass(type(key), str):
        what = f"a dict with the key {key!r}, which JSON would turn into a text"
        raise _refusal(where, what, "pass str(key)")
    return str.__str__(key)


def _refusal(where: str, what: str, cure: str) -> TypeError:
    """Return the error for a value that cannot go to a task."""
    return TypeError(
        f"{where} is {what}; it cannot go to another thread or process. Cure: {cure}."
    )
