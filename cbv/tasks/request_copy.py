"""A copy of a request that a task can live in after the request has ended.

What people want from Flask's ``copy_current_request_context``, which shares the request
and the session object with the view and runs the teardown twice.
"""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask import g
from flask import has_request_context
from flask import Request
from flask import request
from flask import session
from flask_login.config import SESSION_KEYS
from werkzeug.datastructures import MultiDict
from werkzeug.test import encode_multipart

from ..exceptions import UnsavedChangesWarning
from .arguments import why_tied


class RequestCopy:
    """The environ of this request with its body buffered, and what is plain on ``g``.

    :raises RuntimeError: where there is no request.
    """

    def __init__(self, name: str) -> None:
        if not has_request_context():
            raise RuntimeError(
                f"{name} takes a request context, and there is no request here. Cure:"
                " enqueue it in a view, or in app.test_request_context()."
            )
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        self.body, content_type = _body(current)
        self.environ = _copied_environ(current)
        self.environ["CONTENT_LENGTH"] = str(len(self.body))
        self.environ["CONTENT_TYPE"] = content_type
        self.globals = {key: _copied(getattr(g, key)) for key in g if _may_go(key)}

    @contextmanager
    def context(self, app: Flask) -> Iterator[None]:
        """Enter a new request context with its own session, ``g`` and teardown.

        No ``before_request`` function runs in it, and no response is made, so the
        session's cookie is only read.
        """
        environ = {**self.environ, "wsgi.input": BytesIO(self.body)}
        with app.request_context(environ):
            for name, value in self.globals.items():
                setattr(g, name, value)
            before = copy.deepcopy(_written())
            yield
            if _written() != before:
                warnings.warn(
                    "A task wrote to the copy of the session that it was given; the"
                    " visitor's own stays as it was. Return the value, or store it in"
                    " the database.",
                    UnsavedChangesWarning,
                    stacklevel=2,
                )


def _written() -> dict[str, Any]:
    """Return what the application wrote into the session: the log-in is kept by others,
    who write when they look at it."""
    return {key: session[key] for key in session if key not in SESSION_KEYS}


def _copied_environ(current: Request) -> dict[str, Any]:
    """Return what is text or a plain setting: no stream, socket or server's object."""
    environ = {
        name: value
        for name, value in current.environ.items()
        if isinstance(value, (str, bool, int, tuple))
        and not name.startswith(("werkzeug.", "flask."))
    }
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return {**environ, "wsgi.errors": sys.stderr}


def _body(current: Request) -> tuple[bytes, str]:
    """Return the body and its type; of a form, which may be read already, one that
    says the same."""
    content_type = current.content_type or ""
    if current.mimetype == "application/x-www-form-urlencoded":
        pairs = list(current.form.items(multi=True))
        return urlencode(pairs).encode("ascii"), content_type
    if current.mimetype != "multipart/form-data":
        return current.get_data(), content_type
    values: MultiDict[str, Any] = MultiDict(current.form.items(multi=True))
    files = list(current.files.items(multi=True))
    for name, file in files:
        values.add(name, file)
    boundary, body = encode_multipart(values)
    for _, file in files:
        file.stream.seek(0)
    return body, f'multipart/form-data; boundary="{boundary}"'


def _may_go(name: str) -> bool:
    """Leave behind what is cbv's, an extension's, or tied to the request's end."""
    if name == "cbv" or name.startswith("_"):
        return False
    return why_tied(getattr(g, name)) is None


def _copied(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, (list, dict, set)) else value
