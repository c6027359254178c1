"""The copy of a request in which a task can run after the request has ended.

Flask's ``copy_current_request_context`` does not serve for this: it shares the request
and the session object with the view, and runs the teardown functions twice.
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
    """A copy of the current request: its environ, its body and the values on ``g``.

    :param name: the name of the task, for the error message.
    :param has_body: whether the body is copied; without it, it is empty.
    :raises RuntimeError: outside a request.

    Since 0.1. Flask: ``copy_current_request_context``.
    """

    def __init__(self, name: str, *, has_body: bool = True) -> None:
        if not has_request_context():
            raise RuntimeError(
                f"{name} takes a request context, and there is no request here. Cure:"
                " enqueue it in a view, or in app.test_request_context()."
            )
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        self.body, content_type = _body(current) if has_body else (b"", "")
        self.environ = _copied_environ(current)
        self.environ["CONTENT_LENGTH"] = str(len(self.body))
        self.environ["CONTENT_TYPE"] = content_type
        self.globals = {key: _copied(getattr(g, key)) for key in g if _is_free(key)}

    @contextmanager
    def context(self, app: Flask) -> Iterator[None]:
        """Enter a new request context, with its own session, ``g`` and teardown.

        No ``before_request`` function runs in it. No response is made either, so
        changes of the session are not saved; a warning says so.
        """
        environ = {**self.environ, "wsgi.input": BytesIO(self.body)}
        with app.request_context(environ):
            for name, value in self.globals.items():
                setattr(g, name, value)
            values_before = copy.deepcopy(_session_values())
            yield
            if _session_values() != values_before:
                warnings.warn(
                    "A task wrote to the copy of the session that it was given; the"
                    " visitor's own stays as it was. Return the value, or store it in"
                    " the database.",
                    UnsavedChangesWarning,
                    stacklevel=2,
                )


def _session_values() -> dict[str, Any]:
    """Return the values in the session that the application wrote.

    Those of Flask-Login are left out, since it may write when it only reads the user.
    """
    return {key: session[key] for key in session if key not in SESSION_KEYS}


def _copied_environ(current: Request) -> dict[str, Any]:
    """Return the plain values of the environ: no stream, socket or server object."""
    environ = {
        name: value
        for name, value in current.environ.items()
        if isinstance(value, (str, bool, int, tuple))
        and not name.startswith(("werkzeug.", "flask."))
    }
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return {**environ, "wsgi.errors": sys.stderr}


def _body(current: Request) -> tuple[bytes, str]:
    """Return the body of a request and its content type.

    The body of a form may have been read already; then an equal body is made from the
    form's values and files.
    """
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


def _is_free(name: str) -> bool:
    """Tell whether a value on ``g`` may be copied.

    Not those of cbv and of extensions, nor those that belong to the current request.
    """
    if name == "cbv" or name.startswith("_"):
        return False
    return why_tied(getattr(g, name)) is None


def _copied(value: Any) -> Any:
    """Return a shallow copy of a list, dict or set; any other value itself."""
    return copy.copy(value) if isinstance(value, (list, dict, set)) else value
