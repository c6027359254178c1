"""Functions that run after the response was sent, such as sending a mail.

The visitor does not wait for them, and cannot learn from the response time whether
there was anything to do (which would tell whether an account exists).

Werkzeug: ``Response.call_on_close``.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import after_this_request
from flask import current_app
from flask import Flask
from flask import has_request_context
from flask import request
from flask import Response

from ..db import unit

#: The types of the environ values that outlive a request.
_PLAIN_TYPES = (str, bool, int, tuple)


def after_response(function: Callable[[], None]) -> None:
    """Call a function after this request's transaction and after its response was sent.

    The function runs in a new request context with the same environ but an empty body,
    so templates and their context processors work. After a rollback it is not called;
    outside a request it is called at once.

    :param function: takes no argument; what it returns is ignored.

    Since 0.1. Werkzeug: ``Response.call_on_close``.
    """
    if not has_request_context():
        return function()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    environ = _copied_environ()

    def run() -> None:
        with app.request_context({**environ, "wsgi.input": BytesIO()}):
            function()

    def attach(response: Response) -> Response:
        response.call_on_close(run)
        return response

    unit.on_commit(lambda: after_this_request(attach))
    return None


def _copied_environ() -> dict[str, Any]:
    """Return this request's environ without its streams, sockets and cached objects."""
    plain = {k: v for k, v in request.environ.items() if isinstance(v, _PLAIN_TYPES)}
    streams = {"wsgi.errors": request.environ["wsgi.errors"]}
    return {**plain, **streams, "CONTENT_LENGTH": "0"}
