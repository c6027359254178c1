"""The fixtures that pytest finds where cbv is installed, in a project of its own."""

from __future__ import annotations

from configparser import ConfigParser

import pytest

from support.floors import ROOT

#: The tests of an application, as its authors would begin them.
PROJECT = """
import pytest
from flask import Flask, g, redirect
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from cbv import CBV, CreateView, ListView, LoginRequiredMixin, path, register
from cbv.auth import UserMixin
from cbv.testing import Client, Response

class Base(DeclarativeBase):
    pass

class User(UserMixin, Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)

class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]

class NoteList(LoginRequiredMixin, ListView[Note]):
    raise_exception = True

class NoteCreate(CreateView[Note]):
    fields = ["text"]
    success_url = "note_list"

engine = create_engine("sqlite:///notes.sqlite")
Session = sessionmaker(engine)

@pytest.fixture(scope="session")
def app():
    app = Flask("notes")
    app.config.update(TESTING=True, SECRET_KEY="x", WTF_CSRF_ENABLED=False)
    CBV(app, session=Session, user_model=User)
    register(app, [path("", NoteList), path("new/", NoteCreate)])
    Base.metadata.create_all(engine)
    yield app
    with Session() as session:
        assert list(session.scalars(select(Note))) == []
        assert list(session.scalars(select(User))) == []

@pytest.fixture
def ann(cbv_rollback):
    with Session(expire_on_commit=False) as session:
        user = User(username="ann")
        session.add(user)
        session.commit()
    return user
"""
HOLDS_A_CONTEXT = """
@pytest.fixture(autouse=True)
def hold(request):
    if "app" not in request.fixturenames:
        yield
        return
    with request.getfixturevalue("app").test_request_context():
        yield
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that runs the tests of such a project with the plugin."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run(tests, conftest=PROJECT):
        pytester.makeconftest(conftest)
        pytester.makepyfile("from conftest import *\n" + tests)
        plugin = ("-p", "no:cbv", "-p", "cbv.pytest_plugin", "-p", "no:cacheprovider")
        return pytester.runpytest_subprocess(*plugin, "-W", "error", timeout=100)

    return run


@pytest.mark.parametrize("conftest", [PROJECT, PROJECT + HOLDS_A_CONTEXT])
def test_each_fixture_does_what_its_name_says(run, conftest):
    result = run(
        """
def test_the_client_is_nobody(cbv_client):
    assert type(cbv_client) is Client
    assert cbv_client.get("/").status_code == 403

def test_login(cbv_login, cbv_client, ann):
    assert cbv_login(ann) is cbv_client
    assert cbv_client.get("/").status_code == 200

def test_the_next_test_is_nobody_again(cbv_client):
    assert cbv_client.get("/").status_code == 403

@pytest.mark.parametrize("time", [1, 2])
def test_rollback(cbv_login, ann, time):
    client = cbv_login(ann)
    assert client.post("/new/", data={"text": "a"}).status_code == 303
    [note] = client.get("/").context["object_list"]

def test_count(cbv_login, ann, count_queries):
    client = cbv_login(ann)
    with count_queries(2) as queries:
        client.get("/")
    assert len(queries) == 2

def test_a_second_client_is_somebody_else(app, cbv_login, ann):
    cbv_login(ann).get("/")
    assert app.test_client().get("/").status_code == 403

def test_the_response_of_test_client_tells_more(app, cbv_rollback):
    response = app.test_client().get("/new/")
    assert isinstance(response, Response)
    assert response.templates and response.context["form"] and response.flashes == []
""",
        conftest,
    )
    result.assert_outcomes(passed=8)


def test_an_application_keeps_the_client_class_that_it_has(run):
    result = run(
        """
from flask.testing import FlaskClient

class Own(FlaskClient):
    pass

class OwnClient(Client):
    pass

def test_own(app, monkeypatch, cbv_client):
    monkeypatch.setattr(app, "test_client_class", Own)
    assert type(app.test_client()) is Own

class TestOfOurs:
    @pytest.fixture
    def cbv_app(self, app, monkeypatch):
        monkeypatch.setattr(app, "test_client_class", OwnClient)

    def test_a_subclass(self, cbv_app, cbv_client):
        assert type(cbv_client) is OwnClient
"""
    )
    result.assert_outcomes(passed=2)


def test_tests_without_an_application_of_cbv_are_left_alone(run):
    result = run(
        """
class TestPlain:
    @pytest.fixture
    def app(self):
        return Flask("plain")

    def test_plain(self, app):
        assert app.test_client_class is None

class TestOther:
    @pytest.fixture
    def app(self):
        return "no application of Flask"

    def test_other(self, app):
        assert app

def test_nothing():
    pass
"""
    )
    result.assert_outcomes(passed=3)


def test_the_plugin_is_found_by_its_entry_point():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    points = setup["options.entry_points"]["pytest11"]
    assert points.split() == ["cbv", "=", "cbv.pytest_plugin"]
