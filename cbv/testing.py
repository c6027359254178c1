"""Tools for the tests of an application: a client, assertions, a statement counter.

Django: ``Client``, ``assertRedirects``, ``assertTemplateUsed`` and
``assertNumQueries`` of ``django.test``.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from flask import message_flashed
from flask import template_rendered
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from .auth.after_response import AT_ONCE
from .auth.session import user_session


class Client(FlaskClient):
    """Flask's test client, whose responses tell how they were rendered.

    Install it with ``app.test_client_class = cbv.testing.Client``. Each response has
    three more attributes: ``context`` (the variables of all rendered templates in one
    dict, None without a template), ``templates`` (the names of the rendered templates)
    and ``flashes`` (a list of pairs: the category and the text of each message that
    the request flashed).

    Since 0.1. Django: ``django.test.Client``.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
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
        response.context = recording.context  # type: ignore[attr-defined]
        response.templates = recording.templates  # type: ignore[attr-defined]
        response.flashes = recording.flashes  # type: ignore[attr-defined]
        return response

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
    assert response.status_code in codes, (
        f"expected a redirect {codes}, got {response.status}"
    )
    assert response.location == url, f"redirects to {response.location!r}, not {url!r}"


def assert_template_used(response: Any, name: str) -> None:
    """Assert that a template was rendered for a response of :class:`Client`.

    :param name: the name of the template, such as ``"book_list.html"``.
    :raises AssertionError: if it was not rendered.

    Since 0.1. Django: ``assertTemplateUsed``.
    """
    assert name in response.templates, f"{name!r} is not among {response.templates}"


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
            assert len(self) == self.expected, (
                f"{len(self)} statements instead of {self.expected}:\n{listed}"
            )

    def _note(self, *args: Any) -> None:
        """Record a statement: an event handler of SQLAlchemy."""
        statement = str(args[2])
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.statements.append(statement)
