"""Fixtures: an application, a database that forgets each test, a browser.

Data tests run on SQLite and, where it answers, on PostgreSQL. A service that is not
there skips its tests with the reason; ``REQUIRE_SERVICES=1`` makes that a failure.
"""

from __future__ import annotations

import os
import shutil
import uuid

import pytest
from flask import has_app_context
from flask import has_request_context
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

pytest.register_assert_rewrite("support")  # before any of it is imported

from support.floors import wrong_imports  # noqa: E402

if wrong := wrong_imports():  # before cbv is imported: it may not be importable
    raise pytest.UsageError("\n".join(wrong))

from support import column_models  # noqa: E402
from support.applications import make_app  # noqa: E402
from support.library_models import Base  # noqa: E402
from support.services import missing  # noqa: E402

pytest_plugins = ("pytester",)

POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(autouse=True)
def no_context_is_left():
    """No test may leave an application or request context behind."""
    yield
    assert not has_request_context()
    assert not has_app_context()


# --- engines ----------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory):
    """A SQLite file whose transactions and savepoints are SQLAlchemy's own."""
    path = tmp_path_factory.mktemp("db") / "test.db"
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def connected(connection, record):
        connection.isolation_level = None  # else sqlite3 begins by itself
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begun(connection):
        connection.exec_driver_sql("BEGIN")

    make_tables(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_engine():
    """A database of its own on a PostgreSQL server, dropped at the end."""
    url = os.environ.get("TEST_DATABASE_URL", POSTGRES)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"cbv_test_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except OperationalError:
        missing("no PostgreSQL answers (TEST_DATABASE_URL, or 127.0.0.1:5432)")
    engine = create_engine(server.url.set(database=name))
    make_tables(engine)
    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}"'))
    server.dispose()


def make_tables(engine):
    """Make the shared tables once: each test's rows are rolled back, not its tables."""
    Base.metadata.create_all(engine)
    column_models.Base.metadata.create_all(engine)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request):
    """Each of the two databases in turn."""
    kind = "postgres" if request.param == "postgresql" else "sqlite"
    return request.getfixturevalue(f"{kind}_engine")


@pytest.fixture
def committing(engine):
    """An engine for tests whose commits are real; the shared tables are emptied."""
    yield engine
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


# --- a database that forgets the test ------------------------------------------------


@pytest.fixture
def connection(engine):
    """A connection in a transaction that is rolled back after the test."""
    with engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def db(connection):
    """The session of the tests and of ``app``; the views' commits end in savepoints."""
    session = scoped_session(
        sessionmaker(connection, join_transaction_mode="create_savepoint")
    )
    yield session
    session.remove()


# --- applications -------------------------------------------------------------------


@pytest.fixture
def app(request):
    """An application; with a database if the test uses ``db``."""
    session = None
    if "db" in request.fixturenames:
        session = request.getfixturevalue("db")
    return make_app(session)


@pytest.fixture
def csrf_app(request):
    """As ``app``, with CSRF on."""
    session = None
    if "db" in request.fixturenames:
        session = request.getfixturevalue("db")
    return make_app(session, WTF_CSRF_ENABLED=True)


@pytest.fixture
def client(app):
    """A client of ``app``."""
    return app.test_client()


# --- a browser -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium that is installed on this machine.

    Playwright keeps an event loop running in this thread, in which no async view can
    be run meanwhile: the browser is closed with its module, and what it visits is
    served by another thread or process.
    """
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing("no Chromium is installed")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        yield browser
        browser.close()
