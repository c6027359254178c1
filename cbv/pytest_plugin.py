"""The fixtures of cbv for pytest, which finds this plugin by its entry point.

All but ``count_queries`` use the fixture ``app`` of the tests: their application.

Django: pytest-django's ``client``, ``db`` and ``django_assert_num_queries``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from . import testing


@pytest.fixture(autouse=True)
def _cbv_test_client(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let ``app.test_client()`` make the client of cbv, unless it has its own class."""
    app = _application(request)
    if app is not None and "cbv" in app.extensions and app.test_client_class is None:
        monkeypatch.setattr(app, "test_client_class", testing.Client)


def _application(request: pytest.FixtureRequest) -> Flask | None:
    """Return the application of a test, None for a test that has none."""
    if "app" not in request.fixturenames:
        return None
    app = request.getfixturevalue("app")
    return app if isinstance(app, Flask) else None


@pytest.fixture
def cbv_client(app: Flask) -> testing.Client:
    """Return a :class:`cbv.testing.Client` of the application.

    If the application's ``test_client_class`` is a subclass of it, that is used.

    Since 0.1. pytest-django: ``client``.
    """
    chosen = app.test_client_class
    is_ours = chosen is not None and issubclass(chosen, testing.Client)
    client_class: Any = chosen if is_ours else testing.Client
    client: testing.Client = client_class(app, app.response_class)
    return client


@pytest.fixture
def cbv_login(cbv_client: testing.Client) -> Callable[[Any], testing.Client]:
    """Return a function that logs a user in at ``cbv_client``, and returns that client.

    Nobody types a password. Another call logs another user in there instead; for two
    users at the same time make a second ``cbv.testing.Client(app)``.

    Since 0.1. pytest-django: ``client.force_login``.
    """

    def login(user: Any) -> testing.Client:
        cbv_client.force_login(user)
        return cbv_client

    return login


@pytest.fixture
def cbv_rollback(app: Flask) -> Iterator[None]:
    """Undo what the test writes in the database, also what the views commit.

    See :func:`cbv.testing.rolled_back`.

    Since 0.1. pytest-django: ``db``.
    """
    with testing.rolled_back(app):
        yield


@pytest.fixture(name="count_queries")
def _count_queries() -> type[testing.count_queries]:
    """Return :class:`cbv.testing.count_queries`, to be used in a ``with`` statement.

    Since 0.1. pytest-django: ``django_assert_num_queries``.
    """
    return testing.count_queries
