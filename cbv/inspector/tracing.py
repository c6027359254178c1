"""Trace one request: the hooks that it called, their time, and the SQL that they ran.

The model is the profiling panel of django-debug-toolbar, limited to the hooks of one
view. ``flask cbv trace`` prints the result.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from dataclasses import field
from time import perf_counter
from types import CodeType
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from ..auth.backend import load_user
from ..auth.backend import user_named
from ..auth.session import user_session
from .call_order import function_named
from .sections import Section
from .subjects import base_url

#: Characters of a statement that are shown; the rest is cut off.
_LONGEST = 400
#: How the statements begin that only set or return to a savepoint.
_NO_QUERY = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class UnknownUser(LookupError):
    """Raised if no user has this key or name.

    Since 0.1.
    """


@dataclass
class Call:
    """One call of a hook during a traced request."""

    #: The name of the class that defines the hook.
    owner: str
    name: str
    #: The number of hooks that it was called through.
    depth: int
    #: The duration, including the hooks that it called.
    milliseconds: float = 0.0
    #: The SQL statements that the hook ran itself, not through another hook.
    statements: list[str] = field(default_factory=list)


def trace(app: Flask, url: str, user: str | None = None) -> list[Section]:
    """Send one GET request to the application, and return what happened.

    As with any GET request, cbv does not commit what the view changes, unless the view
    sets ``atomic = True``.

    :param url: a path, with or without a query string.
    :param user: the primary key or the name of a user to log in; None for an anonymous
        request.
    :returns: the response and its time, then the calls of hooks, then the SQL.
    :raises UnknownUser: if there is no such user.

    Since 0.1. Django: the profiling panel of django-debug-toolbar.
    """
    # The caller may be in a request itself: that context must not be visible here.
    return Context().run(_trace, app, url, user)


def _trace(app: Flask, url: str, user: str | None) -> list[Section]:
    """Send the request with a test client and a recorder; see :func:`trace`."""
    parts = urlsplit(url)
    path = parts.path or "/"
    endpoint = _endpoint(app, path)
    recorder = Recorder(_view_class(app, endpoint))
    client = app.test_client()
    if user is not None:
        user_data = _session_of(app, user)
        with client.session_transaction(base_url=base_url(app)) as session:
            session.update(user_data)
    with recorder.watching():
        response = _response_rows(client, f"{path}?{parts.query}", base_url(app))
    return [Section(endpoint or "no view", response), *_sections(recorder)]


def _response_rows(client: Any, path: str, base: str) -> list[tuple[str, ...]]:
    """Send the request, and return its status or its exception, and its time."""
    started = perf_counter()
    try:
        response = client.get(path, base_url=base)
    except Exception as error:  # in debug mode Flask does not turn it into a response
        rows: list[tuple[str, ...]] = [("raised", f"{type(error).__name__}: {error}")]
    else:
        rows = [("status", response.status)]
        if response.location:
            rows.append(("Location", response.location))
        response.close()
    return [*rows, ("time", f"{(perf_counter() - started) * 1000:.1f} ms")]


def _endpoint(app: Flask, path: str) -> str | None:
    """Return the endpoint that answers GET for a path, None if the router has none."""
    adapter = app.url_map.bind(urlsplit(base_url(app)).netloc)
    try:
        endpoint, _ = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)


def _view_class(app: Flask, endpoint: str | None) -> type | None:
    """Return the view class behind an endpoint, None for a plain function."""
    function = app.view_functions.get(endpoint or "")
    view_class: type | None = getattr(function, "view_class", None)
    return view_class


def _session_of(app: Flask, key_or_name: str) -> dict[str, Any]:
    """Return the session data of a logged-in user.

    :raises UnknownUser: if no user has this primary key or name.
    """
    with app.app_context():
        user = load_user(key_or_name) or user_named(key_or_name)
        if user is None:
            raise UnknownUser(f"No user has the key or the name {key_or_name!r}.")
        return user_session(app, user)


def _sections(recorder: Recorder) -> Iterator[Section]:
    """Yield the recorded calls and the SQL statements as sections."""
    calls = [
        (
            "  " * call.depth + call.name,
            call.owner,
            f"{call.milliseconds:.2f} ms",
            f"{len(call.statements)} SQL" if call.statements else "",
        )
        for call in recorder.calls
    ]
    yield Section("Calls", calls or [("no hook of a class-based view",)])
    statements = [("outside the hooks", text) for text in recorder.outside]
    for call in recorder.calls:
        statements += [(f"{call.owner}.{call.name}", text) for text in call.statements]
    if statements:
        yield Section("SQL", [(by, _shortened(text)) for by, text in statements])


def _shortened(statement: str) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class Recorder:
    """Records the calls of a view class's hooks, and the SQL that each of them runs.

    It uses the profiling hook of the interpreter (``sys.setprofile``), which reports
    the call of every function. That makes the request slower, so compare the times
    with one another only.

    :param view_class: the class whose hooks are recorded; None for SQL alone.

    Since 0.1.
    """

    def __init__(self, view_class: type | None) -> None:
        self.calls: list[Call] = []
        #: The SQL statements that no hook ran, such as those of the user loader.
        self.outside: list[str] = []
        self._hooks = hooks_of(view_class) if view_class is not None else {}
        #: The running hooks, innermost last: frame, call and start time in seconds.
        self._running: list[tuple[FrameType, Call, float]] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record what happens in this block.

        Threads that start in the block are recorded too: Flask runs an async handler
        in a thread of its own.
        """
        previous = sys.getprofile()
        event.listen(Engine, "before_cursor_execute", self._note_statement)
        threading.setprofile(self._note_call)
        sys.setprofile(self._note_call)
        try:
            yield
        finally:
            sys.setprofile(previous)
            threading.setprofile(previous)
            event.remove(Engine, "before_cursor_execute", self._note_statement)

    def _note_call(self, frame: FrameType, event: str, argument: object) -> None:
        """Record that a hook was entered or left: a profile function of Python's."""
        if event == "call" and frame.f_code in self._hooks:
            call = Call(*self._hooks[frame.f_code], len(self._running))
            self.calls.append(call)
            self._running.append((frame, call, perf_counter()))
        elif event == "return" and self._running and self._running[-1][0] is frame:
            _, call, started = self._running.pop()
            call.milliseconds = (perf_counter() - started) * 1000

    def _note_statement(self, *arguments: Any) -> None:
        """Record a statement for the innermost hook: an event handler of SQLAlchemy."""
        running = self._running
        statements = running[-1][1].statements if running else self.outside
        if not arguments[2].startswith(_NO_QUERY):
            statements.append(str(arguments[2]))


def hooks_of(view_class: type) -> dict[CodeType, tuple[str, str]]:
    """Return the public hooks of a view class, by their code objects.

    :returns: for each one, the name of the class that defines it and its own name.
    """
    hooks: dict[CodeType, tuple[str, str]] = {}
    for klass in view_class.__mro__:
        for name in vars(klass):
            is_public = not name.startswith("_")
            function = function_named(klass, name) if is_public else None
            code = getattr(function, "__code__", None)
            if code is not None and klass is not object:
                hooks.setdefault(code, (klass.__name__, name))
    return hooks
