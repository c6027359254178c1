"""Tools for the tests of an application: a client, assertions, a statement counter.

The fixtures of :mod:`cbv.pytest_plugin` are made of these.

Django: ``Client``, ``assertRedirects``, ``assertTemplateUsed`` and
``assertNumQueries`` of ``django.test``.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import Context
from contextvars import copy_context
from types import TracebackType
from typing import Any
from typing import NamedTuple

from flask import Flask
from flask import message_flashed
from flask import template_rendered
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from .auth.after_response import AT_ONCE
from .auth.session import user_session
from .db.savepoints import rolled_back as rolled_back
from .inspector.hostile import hostile_urls
from .inspector.scoped_rows import scoped_rows
from .inspector.scoped_rows import ScopedRow


class Response(TestResponse):
    """What :class:`Client` gives for a request: Werkzeug's test response, and more.

    Flask does not know of which class the client of ``app.test_client()`` is. Where a
    type checker should know, write ``Client(app)``, or narrow the response with
    ``assert isinstance(response, cbv.testing.Response)``.

    Since 0.1. Django: the response of ``django.test.Client``.
    """

    #: The variables of all rendered templates in one dict; None without a template.
    context: dict[str, Any] | None
    #: The names of the rendered templates.
    templates: list[str]
    #: The category and the text of each message that the request flashed.
    flashes: list[tuple[str, str]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context, self.templates, self.flashes = None, [], []


class Client(FlaskClient):
    """Flask's test client, whose responses tell how they were rendered.

    ``Client(app)`` makes one; after ``app.test_client_class = cbv.testing.Client``,
    ``app.test_client()`` does. Each response is a :class:`Response`.

    A request is on its own, as on a server: it sees no context that the test or a
    plugin such as pytest-flask holds open, and so nobody else's ``g`` and user.

    Since 0.1. Django: ``django.test.Client``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrapper = self.response_wrapper
        if not issubclass(wrapper, Response):
            self.response_wrapper = type("Response", (Response, wrapper), {})

    def open(self, *args: Any, **kwargs: Any) -> Response:
        """Send a request, and add ``context``, ``templates`` and ``flashes``.

        The response is read to its end and closed, unless it is a stream without a
        length. What is to happen after the response, such as sending a reset mail, has
        happened then, in this thread. The arguments are those of
        :meth:`flask.testing.FlaskClient.open`.
        """
        self.environ_base = {**self.environ_base, AT_ONCE: "1"}
        with _recording(self.application) as recording:
            response = super().open(*args, **kwargs)
            if response.content_length is not None:  # an endless stream has no length
                response.make_sequence()
                response.close()  # runs what is to run after the response was sent
        assert isinstance(response, Response)
        response.context = recording.context
        response.templates = recording.templates
        response.flashes = recording.flashes
        return response

    # Werkzeug's methods call open() and say that they return its own class.

    def get(self, *args: Any, **kw: Any) -> Response:
        """Send a GET request."""
        return self.open(*args, **{**kw, "method": "GET"})

    def post(self, *args: Any, **kw: Any) -> Response:
        """Send a POST request."""
        return self.open(*args, **{**kw, "method": "POST"})

    def put(self, *args: Any, **kw: Any) -> Response:
        """Send a PUT request."""
        return self.open(*args, **{**kw, "method": "PUT"})

    def patch(self, *args: Any, **kw: Any) -> Response:
        """Send a PATCH request."""
        return self.open(*args, **{**kw, "method": "PATCH"})

    def delete(self, *args: Any, **kw: Any) -> Response:
        """Send a DELETE request."""
        return self.open(*args, **{**kw, "method": "DELETE"})

    def head(self, *args: Any, **kw: Any) -> Response:
        """Send a HEAD request."""
        return self.open(*args, **{**kw, "method": "HEAD"})

    def options(self, *args: Any, **kw: Any) -> Response:
        """Send an OPTIONS request."""
        return self.open(*args, **{**kw, "method": "OPTIONS"})

    def trace(self, *args: Any, **kw: Any) -> Response:
        """Send a TRACE request."""
        return self.open(*args, **{**kw, "method": "TRACE"})

    def run_wsgi_app(self, environ: Any, buffered: bool = False) -> Any:
        """Call the application outside of every context that is open here.

        Only the call, not all of :meth:`open`: in a ``with`` block Flask's client opens
        the contexts of the last request again, and that has to happen here.
        """
        outside = _outside_flask()
        if outside is None:
            return super().run_wsgi_app(environ, buffered)
        # Contexts that are opened again here cannot be left by a stream out there.
        buffered = buffered or self.preserve_context
        body, *head = outside.run(super().run_wsgi_app, environ, buffered)
        return (body if isinstance(body, list) else _Body(body, outside), *head)

    def force_login(self, user: Any) -> None:
        """Log a user in without a password, for all later requests of this client.

        Unlike ``cbv.auth.login``, it sends no signal and sets no ``last_login``.

        :param user: a saved object of the application's user class.

        Since 0.1. Django: ``Client.force_login``.
        """
        with self.session_transaction() as session:
            session.update(user_session(self.application, user, **self.environ_base))

    def logout(self) -> None:
        """Clear the session of this client, which also logs its user out.

        Since 0.1. Django: ``Client.logout``.
        """
        with self.session_transaction() as session:
            session.clear()


def _outside_flask() -> Context | None:
    """Return a copy of the context variables without those of Flask.

    None when no context of Flask is open. Flask would give a request that is sent
    meanwhile the same ``g``. The variables of others, such as a test's own, are kept.
    """
    variables = dict(copy_context().items())
    others = [v for v in variables if not v.name.startswith("flask.")]
    if len(others) == len(variables):
        return None
    outside = Context()
    for variable in others:
        outside.run(variable.set, variables[variable])
    return outside


class _Body:
    """The body of a response, which is made and closed where its request was."""

    def __init__(self, body: Iterable[bytes], context: Context) -> None:
        self.body, self.context = body, context
        self.parts = iter(body)

    def __iter__(self) -> _Body:
        return self

    def __next__(self) -> bytes:
        return self.context.run(next, self.parts)

    def close(self) -> None:
        """Close the body, if it can be closed: the end of the response for WSGI."""
        if (close := getattr(self.body, "close", None)) is not None:
            self.context.run(close)


class _Recording:
    """The templates and flashed messages of one request."""

    def __init__(self) -> None:
        self.context: dict[str, Any] | None = None
        self.templates: list[str] = []
        self.flashes: list[tuple[str, str]] = []


@contextmanager
def _recording(app: Any) -> Iterator[_Recording]:
    """Record what an application renders and flashes in this block."""
    recording = _Recording()

    def rendered(
        sender: Any, template: Any, context: Mapping[str, Any], **_: Any
    ) -> None:
        recording.templates.append(template.name)
        recording.context = {**(recording.context or {}), **context}

    def flashed(sender: Any, message: str, category: str, **_: Any) -> None:
        recording.flashes.append((category, message))

    with template_rendered.connected_to(rendered, app):
        with message_flashed.connected_to(flashed, app):
            yield recording


def assert_redirects(response: Any, url: str, status_code: int | None = None) -> None:
    """Assert that a response redirects to a URL; the redirect is not followed.

    :param url: the expected ``Location`` header, exactly as it was sent.
    :param status_code: the expected status; None for any of 301, 302, 303, 307, 308.
    :raises AssertionError: for another status or another ``Location``.

    Since 0.1. Django: ``assertRedirects`` with ``fetch_redirect_response=False``.
    """
    codes = (301, 302, 303, 307, 308) if status_code is None else (status_code,)
    _check(
        response.status_code in codes,
        f"expected a redirect {codes}, got {response.status}",
    )
    moved = f"redirects to {response.location!r}, not {url!r}"
    _check(response.location == url, moved)


def assert_template_used(response: Any, name: str) -> None:
    """Assert that a template was rendered for a response of :class:`Client`.

    :param name: the name of the template, such as ``"book_list.html"``.
    :raises AssertionError: if it was not rendered.

    Since 0.1. Django: ``assertTemplateUsed``.
    """
    missing = f"{name!r} is not among {response.templates}"
    _check(name in response.templates, missing)


class count_queries:
    """Count the SQL statements that run in a ``with`` block.

    ``with count_queries(2): ...`` asserts their number at the end of the block. ``with
    count_queries() as queries`` asserts nothing; look at ``len(queries)`` and
    ``queries.statements``. Statements that set savepoints are not counted.

    :param expected: the expected number; None to assert nothing.
    :raises AssertionError: at the end of the block, for another number.

    Since 0.1. Django: ``assertNumQueries``.
    """

    def __init__(self, expected: int | None = None) -> None:
        self.expected = expected
        #: The SQL of the statements, in the order in which they ran.
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)

    def __enter__(self) -> count_queries:
        event.listen(Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)
        if error is None and self.expected is not None:
            listed = "\n".join(self.statements)
            text = f"{len(self)} statements instead of {self.expected}:\n{listed}"
            _check(len(self) == self.expected, text)

    def _note(self, *args: Any) -> None:
        """Record a statement: an event handler of SQLAlchemy."""
        statement = str(args[2])
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.statements.append(statement)


class Answer(NamedTuple):
    """What an application answered to one request of :func:`crawl`."""

    endpoint: str
    method: str
    url: str
    #: The status, or the exception that nothing handled.
    status: int | Exception


def crawl(app: Flask, user: Any = None, skip: Iterable[str] = ()) -> list[Answer]:
    """Assert that every endpoint answers hostile URLs without a 5xx.

    Each URL rule is sent numbers beyond any column, zero bytes, text that is no UTF-8,
    quotes and the like, by each of its methods, without checks of CSRF. What that saves
    stays, so a test wants :func:`rolled_back` or ``cbv_rollback`` around it.

    :param user: the user to log in for each request; None for an anonymous visitor.
    :param skip: endpoints to leave out.
    :returns: all answers, for further assertions.
    :raises AssertionError: naming the requests that had a 5xx or an exception.

    Since 0.1.
    """
    with _without_csrf(app):
        answers = [
            Answer(rule.endpoint, method, url, _status(app, user, method, url))
            for rule in app.url_map.iter_rules()
            if rule.endpoint not in skip and not rule.websocket
            for method in sorted({*(rule.methods or ())} - {"HEAD", "OPTIONS"})
            for url in hostile_urls(rule)
        ]
    wrong = [
        f"{answer.method} {answer.url[:100]} ({answer.endpoint}): {answer.status!r}"
        for answer in answers
        if isinstance(answer.status, Exception) or answer.status >= 500
    ]
    _check(not wrong, "\n".join(wrong))
    return answers


def assert_second_user_gets_404(
    app: Flask, owner: Any, other: Any, skip: Iterable[str] = ()
) -> None:
    """Assert that no view with a scope gives one user a row of another.

    For every view of one object whose scope depends on the user, a row that only
    ``owner`` may see is requested by ``other``, by GET, POST, PUT, PATCH and DELETE: it
    is a 404, or a 405 for a method that the view does not have.

    :param owner: a user who has a row of each of these views.
    :param other: a user whom their guards let in, and who has other rows.
    :param skip: endpoints to leave out.
    :raises AssertionError: for another answer, for a view that there is no row for, and
        when there is no such view at all.

    Since 0.1.
    """
    users = (user_session(app, owner), user_session(app, other))
    rows = [row for row in scoped_rows(app, *users) if row.endpoint not in skip]
    problem = f"{app.name!r} has no view of one object with a scope of its user"
    _check(bool(rows), problem)
    with _without_csrf(app):
        wrong = [fault for row in rows for fault in _faults(app, row, owner, other)]
    _check(not wrong, "\n".join(wrong))


def _faults(app: Flask, row: ScopedRow, owner: Any, other: Any) -> Iterator[str]:
    """Yield what is wrong with the answers of a view for another user's row."""
    if row.problem:
        yield f"{row.endpoint}: {row.problem}. Cure: save one, or name it in skip."
    for url in row.urls:
        if "GET" in row.methods and _status(app, owner, "GET", url) == 404:
            yield f"GET {url} ({row.endpoint}): 404 for the owner of the row, too"
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            status = _status(app, other, method, url)
            if status != (404 if method in row.methods else 405):
                yield f"{method} {url} ({row.endpoint}): {status!r} for another user"


def _status(app: Flask, user: Any, method: str, url: str) -> int | Exception:
    """Return the status of a request by a new client, or its exception."""
    client = Client(app)
    if user is not None:
        client.force_login(user)
    try:
        response = client.open(url, method=method)
    except Exception as error:  # TESTING lets it through
        return error
    response.close()
    return response.status_code


@contextmanager
def _without_csrf(app: Flask) -> Iterator[None]:
    """Let POST requests reach the code behind the check of their token."""
    before = app.config.get("WTF_CSRF_ENABLED", True)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        yield
    finally:
        app.config["WTF_CSRF_ENABLED"] = before


def _check(is_so: bool, text: str) -> None:
    """Raise an AssertionError with this very text unless something is so.

    pytest rewrites the ``assert`` statements of a plugin's files, and their texts.
    """
    if not is_so:
        raise AssertionError(text)
