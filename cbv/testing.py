"""A test client that remembers context, templates and flashes; counting statements.

Django: ``django.test``'s Client, ``assertRedirects``, ``assertTemplateUsed`` and
``assertNumQueries``.
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

from .auth.session import user_session


class Client(FlaskClient):
    """Flask's test client with what a Django test looks at.

    ``app.test_client_class = cbv.testing.Client``. Each response gets ``context`` (one
    merged mapping, None without a template), ``templates`` (the names rendered) and
    ``flashes`` (a list of category and text, flashed in that request).

    Since 0.1. Django: ``django.test.Client``.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; see FlaskClient."""
        with _recorded(self.application) as seen:
            response = super().open(*args, **kwargs)
            if response.content_length is not None:  # an endless stream has no length
                response.make_sequence()
                response.close()  # what waits for the end of the answer is done now
        response.context = seen.context  # type: ignore[attr-defined]
        response.templates = seen.templates  # type: ignore[attr-defined]
        response.flashes = seen.flashes  # type: ignore[attr-defined]
        return response

    def force_login(self, user: Any) -> None:
        """Log a user in without a password, as ``cbv.auth.login`` would.

        Since 0.1. Django: ``Client.force_login``.
        """
        with self.session_transaction() as session:
            session.update(user_session(self.application, user, **self.environ_base))

    def logout(self) -> None:
        """Forget the session of this client. Django: ``Client.logout``."""
        with self.session_transaction() as session:
            session.clear()


class _Seen:
    def __init__(self) -> None:
        self.context: dict[str, Any] | None = None
        self.templates: list[str] = []
        self.flashes: list[tuple[str, str]] = []


@contextmanager
def _recorded(app: Any) -> Iterator[_Seen]:
    seen = _Seen()

    def rendered(
        sender: Any, template: Any, context: Mapping[str, Any], **_: Any
    ) -> None:
        seen.templates.append(template.name)
        seen.context = {**(seen.context or {}), **context}

    def flashed(sender: Any, message: str, category: str, **_: Any) -> None:
        seen.flashes.append((category, message))

    with template_rendered.connected_to(rendered, app):
        with message_flashed.connected_to(flashed, app):
            yield seen


def assert_redirects(response: Any, url: str, status_code: int | None = None) -> None:
    """Assert that a response redirects to an address.

    :param url: the Location, as it was sent.
    :param status_code: the status; None for any of 301, 302, 303, 307 and 308.

    Since 0.1. Django: ``assertRedirects``, without following.
    """
    codes = (301, 302, 303, 307, 308) if status_code is None else (status_code,)
    assert response.status_code in codes, (
        f"expected a redirect {codes}, got {response.status}"
    )
    assert response.location == url, f"redirects to {response.location!r}, not {url!r}"


def assert_template_used(response: Any, name: str) -> None:
    """Assert that a template was rendered for a response of :class:`Client`.

    Since 0.1. Django: ``assertTemplateUsed``.
    """
    assert name in response.templates, f"{name!r} is not among {response.templates}"


class count_queries:
    """Count the SQL statements in a block: ``with count_queries(2): ...`` asserts.

    :param expected: how many there should be; None to look at ``len(q)`` yourself.

    Since 0.1. Django: ``assertNumQueries``.
    """

    def __init__(self, expected: int | None = None) -> None:
        self.expected = expected
        #: The statements, in order.
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
        statement = str(args[2])
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.statements.append(statement)
