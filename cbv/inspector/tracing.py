"""One request, watched: which hooks were called, by which class, in what time and SQL.

After django-debug-toolbar's profiling panel, for the hooks of one view alone.
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
from .call_order import supplied
from .sections import Section
from .subjects import base_url

_LONGEST = 400
#: How statements begin that only mark a place in a transaction.
_NO_QUERY = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class UnknownUser(LookupError):
    """Say that nobody has this key or name."""


@dataclass
class Call:
    """One call of a hook: which class supplies it, how deep, in what time and SQL."""

    owner: str
    name: str
    depth: int
    milliseconds: float = 0.0
    #: The statements that it ran itself, not by another hook.
    statements: list[str] = field(default_factory=list)


def trace(app: Flask, url: str, user: str | None = None) -> list[Section]:
    """Send one GET request to the application, and return what happened.

    Nothing is saved by it, as by any GET request.

    :param url: a path, with a query if you like.
    :param user: the key or the name of a user to log in; None for nobody.
    :raises UnknownUser: when there is no such user.

    Since 0.1.
    """
    # A page of the inspector answers a request itself; nothing of that must be seen.
    return Context().run(_trace, app, url, user)


def _trace(app: Flask, url: str, user: str | None) -> list[Section]:
    parts = urlsplit(url)
    path = parts.path or "/"
    endpoint = _endpoint(app, path)
    recorder = Recorder(_view_class(app, endpoint))
    client = app.test_client()
    if user is not None:
        logged_in = _session(app, user)
        with client.session_transaction(base_url=base_url(app)) as session:
            session.update(logged_in)
    with recorder.watching():
        answer = _answer(client, f"{path}?{parts.query}", base_url(app))
    return [Section(endpoint or "no view", answer), *_sections(recorder)]


def _answer(client: Any, path: str, base: str) -> list[tuple[str, ...]]:
    """Send the request; return what came of it, be it an exception."""
    started = perf_counter()
    try:
        response = client.get(path, base_url=base)
    except Exception as error:  # in debug mode it is not made an answer
        rows: list[tuple[str, ...]] = [("raised", f"{type(error).__name__}: {error}")]
    else:
        rows = [("status", response.status)]
        if response.location:
            rows.append(("Location", response.location))
        response.close()
    return [*rows, ("time", f"{(perf_counter() - started) * 1000:.1f} ms")]


def _endpoint(app: Flask, path: str) -> str | None:
    """Return the endpoint that answers GET here, None where the router refuses."""
    adapter = app.url_map.bind(urlsplit(base_url(app)).netloc)
    try:
        endpoint, _ = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)


def _view_class(app: Flask, endpoint: str | None) -> type | None:
    function = app.view_functions.get(endpoint or "")
    found: type | None = getattr(function, "view_class", None)
    return found


def _session(app: Flask, user: str) -> dict[str, Any]:
    with app.app_context():
        found = load_user(user) or user_named(user)
        if found is None:
            raise UnknownUser(f"No user has the key or the name {user!r}.")
        return user_session(app, found)


def _sections(recorder: Recorder) -> Iterator[Section]:
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
    """Notes the calls of one view class's hooks, and the SQL that each runs.

    The interpreter reports every call of any function while this runs, which makes the
    times longer than they are without it; compare them with one another.

    Since 0.1.
    """

    def __init__(self, view_class: type | None) -> None:
        self.calls: list[Call] = []
        #: The statements that no hook ran: those of the user loader, say.
        self.outside: list[str] = []
        self._hooks = hooks_of(view_class) if view_class is not None else {}
        self._open: list[tuple[FrameType, Call, float]] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what happens in this block; async handlers, in their thread, as well."""
        before = sys.getprofile()
        event.listen(Engine, "before_cursor_execute", self._ran)
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(before)
            event.remove(Engine, "before_cursor_execute", self._ran)

    def _note(self, frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in self._hooks:
            call = Call(*self._hooks[frame.f_code], len(self._open))
            self.calls.append(call)
            self._open.append((frame, call, perf_counter()))
        elif event == "return" and self._open and self._open[-1][0] is frame:
            _, call, started = self._open.pop()
            call.milliseconds = (perf_counter() - started) * 1000

    def _ran(self, *arguments: Any) -> None:
        statements = self._open[-1][1].statements if self._open else self.outside
        if not arguments[2].startswith(_NO_QUERY):
            statements.append(str(arguments[2]))


def hooks_of(view_class: type) -> dict[CodeType, tuple[str, str]]:
    """Return the public methods of a view class by their code: supplier and name."""
    found: dict[CodeType, tuple[str, str]] = {}
    for klass in view_class.__mro__:
        for name in vars(klass):
            function = supplied(klass, name) if not name.startswith("_") else None
            code = getattr(function, "__code__", None)
            if code is not None and klass is not object:
                found.setdefault(code, (klass.__name__, name))
    return found
