"""Threads with pushed contexts. Django twin: a thread needs none, but loses others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from flask import copy_current_request_context
from flask import current_app
from flask import g
from flask import request
from flask import session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from .newsletter import NewsletterForm
from .newsletter import send
from .stop import Stop


class ThreadsStop(Stop):
    """A thread starts without any context: each of Flask's globals stands for nothing.

    The rows below were made by threads that this very request has started.
    """

    subject = "threads"
    in_django = "threads, where settings are just there"
    summary = "Work in the background, with a context of its own."
    machinery = copy_current_request_context
    also = (send,)
    form_class = NewsletterForm

    def form_valid(self, form: NewsletterForm) -> ResponseReturnValue:
        """Have the newsletter sent by a thread, after this request's commit."""
        return send(form, "thread")

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return what threads see that were started in four ways."""
        app = current_app._get_current_object()  # type: ignore[attr-defined]

        def with_context() -> Any:
            with app.app_context():
                return app.name, list(g), bool(current_user)

        g.word = "only here"
        yield "nothing pushed: current_app.name", in_thread(lambda: current_app.name)
        yield "app context pushed: name, names on g, a user?", in_thread(with_context)
        for name, look in (
            ("request.path", lambda: request.path),
            ("names on g", lambda: list(g)),
            ("the same session object?", session_of(session)),
        ):
            copied = copy_current_request_context(look)
            yield f"copy_current_request_context: {name}", in_thread(copied)


def session_of(ours: Any) -> Callable[[], bool]:
    """Return a function that tells whether it sees the session of this request."""
    kept = ours._get_current_object()
    return lambda: session._get_current_object() is kept  # type: ignore[attr-defined]


def in_thread(function: Callable[[], Any]) -> Any:
    """Return what a function returns in a thread, or the first line of its fault."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(function())
        except RuntimeError as error:
            found.append(str(error).partition("\n")[0])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]
