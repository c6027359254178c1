"""Work that the visitor need not wait for, and whose time must tell nothing.

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

_PLAIN = (str, bool, int, tuple)


def after_response(function: Callable[[], None]) -> None:
    """Call a function once this request's answer was sent and its rows were saved.

    It runs in a request context of its own, like this one but without the body, so that
    templates and their context processors work. After a rollback it is not called;
    outside a request it is called at once.
    """
    if not has_request_context():
        return function()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    environ = _environ()

    def run() -> None:
        with app.request_context({**environ, "wsgi.input": BytesIO()}):
            function()

    def attach(response: Response) -> Response:
        response.call_on_close(run)
        return response

    unit.on_commit(lambda: after_this_request(attach))
    return None


def _environ() -> dict[str, Any]:
    """Return this request's environ without its streams, sockets and cached objects."""
    kept = {k: v for k, v in request.environ.items() if isinstance(v, _PLAIN)}
    streams = {"wsgi.errors": request.environ["wsgi.errors"]}
    return {**kept, **streams, "CONTENT_LENGTH": "0"}
