"""A block after which the database is as before, whatever was committed in it."""

from __future__ import annotations

import flask_sqlalchemy
import flask_sqlalchemy_lite
import pytest
from flask import Flask
from flask import g
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

import cbv.db
from cbv import CBV
from cbv import CreateView
from cbv import DeleteView
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv.testing import Client
from cbv.testing import count_queries
from cbv.testing import rolled_back


class Base(DeclarativeBase):
    pass


class Leaf(Base):
    __tablename__ = "rollback_leaf"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20), unique=True)


class LeafList(ListView[Leaf]):
    ordering = "text"


class LeafCreate(CreateView[Leaf]):
    fields = ["text"]
    success_url = "/"


class LeafDelete(DeleteView[Leaf]):
    success_url = "/"


def scoped(app, engine):
    registry = scoped_session(sessionmaker(engine))
    CBV(app, session=registry)
    app.teardown_appcontext(lambda error: registry.remove())


def scoped_and_never_removed(app, engine):
    registry = scoped_session(sessionmaker(engine))
    registry.execute(select(Leaf))  # a transaction that began before the test
    CBV(app, session=registry)


def maker(app, engine):
    CBV(app, session=sessionmaker(engine))


def maker_of_another_mode(app, engine):
    CBV(app, session=sessionmaker(engine, join_transaction_mode="control_fully"))


def maker_with_a_bind_for_each_class(app, engine):
    engine = engine.execution_options(logging_token="leaves")
    CBV(app, session=sessionmaker(binds={Leaf: engine}))


def called(app, engine):
    def own():
        if "own" not in g:
            g.own = Session(engine)
        return g.own

    CBV(app, session=own)
    app.teardown_appcontext(lambda error: g.own.close() if "own" in g else None)


def by_flask_sqlalchemy(app, engine):
    app.config["SQLALCHEMY_DATABASE_URI"] = engine.url.render_as_string(False)
    flask_sqlalchemy.SQLAlchemy(app)
    CBV(app)


def by_lite(app, engine):
    app.config["SQLALCHEMY_ENGINES"] = {"default": engine.url}
    flask_sqlalchemy_lite.SQLAlchemy(app)
    CBV(app)


SOURCES = (
    scoped,
    scoped_and_never_removed,
    maker,
    maker_of_another_mode,
    maker_with_a_bind_for_each_class,
    called,
    by_flask_sqlalchemy,
    by_lite,
)


@pytest.fixture
def tree(engine):
    """A table for one test, with one row that was there before."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Leaf(text="old"))
        session.commit()
    yield engine
    Base.metadata.drop_all(engine)


@pytest.fixture(params=SOURCES, ids=lambda make: make.__name__)
def app(request, tree):
    """An application whose session comes from one of many places."""
    app = Flask("leaves")
    app.config.update(TESTING=True, SECRET_KEY="x", WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    request.param(app, tree)
    app.add_url_rule("/", view_func=LeafList.as_view())
    app.add_url_rule("/new", view_func=LeafCreate.as_view())
    app.add_url_rule("/<pk>/delete", view_func=LeafDelete.as_view())
    yield app
    with app.app_context():
        cbv.db.session().close()
        extension = app.extensions.get("sqlalchemy")
        for engine in extension.engines.values() if extension else ():
            engine.dispose()


def leaves(engine):
    """Return what is really in the table."""
    with engine.connect() as connection:
        return sorted(connection.scalars(select(Leaf.text)))


def listed(app):
    """Return what the list shows."""
    return [leaf.text for leaf in app.test_client().get("/").context["object_list"]]


def key_of(app, text):
    """Return the key of a row, read by a session of the application."""
    with app.app_context():
        return cbv.db.session().scalar(select(Leaf.id).where(Leaf.text == text))


def test_what_the_views_commit_is_there_until_the_end_of_the_block(app, tree):
    client = app.test_client()
    for _ in range(2):
        with rolled_back(app):
            assert client.post("/new", data={"text": "new"}).status_code == 303
            assert listed(app) == ["new", "old"]
            key = key_of(app, "old")
            assert client.post(f"/{key}/delete").status_code == 303
            assert listed(app) == ["new"]
        assert leaves(tree) == ["old"]
    assert listed(app) == ["old"]


def test_what_the_test_commits_is_seen_by_the_views_and_undone(app, tree):
    with rolled_back(app):
        with app.app_context():
            session = cbv.db.session()
            session.add(Leaf(text="mine"))
            session.commit()
        assert listed(app) == ["mine", "old"]
    assert leaves(tree) == ["old"]


def test_a_session_that_the_test_makes_itself_joins(tree):
    app = Flask("leaves")
    maker(app, tree)
    app.add_url_rule("/", view_func=LeafList.as_view())
    app.test_client_class = Client
    with rolled_back(app):
        with Session(tree) as session:
            session.add(Leaf(text="mine"))
            session.commit()
        assert listed(app) == ["mine", "old"]
    assert leaves(tree) == ["old"]


def test_a_rollback_in_the_block_undoes_only_what_came_after_the_last_commit(app, tree):
    with rolled_back(app):
        client = app.test_client()
        client.post("/new", data={"text": "kept"})
        with app.app_context():
            session = cbv.db.session()
            session.add(Leaf(text="kept"))
            with pytest.raises(IntegrityError):
                session.flush()
            session.rollback()
        assert client.post("/new", data={"text": "kept"}).status_code == 200
        assert listed(app) == ["kept", "old"]
    assert leaves(tree) == ["old"]


def test_an_error_in_the_block_is_raised_after_the_rollback(app, tree):
    def body():
        with rolled_back(app):
            app.test_client().post("/new", data={"text": "new"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        body()
    assert leaves(tree) == ["old"]


def test_after_the_block_a_commit_is_real(app, tree):
    with rolled_back(app):
        app.test_client().post("/new", data={"text": "undone"})
    app.test_client().post("/new", data={"text": "real"})
    assert leaves(tree) == ["old", "real"]


def test_the_block_adds_no_statement_to_a_count(app):
    with rolled_back(app):
        listed(app)  # a listener of the application may have to say BEGIN
        with count_queries(1):
            listed(app)


def test_nothing_is_left_of_the_block(app):
    with rolled_back(app):
        app.test_client().get("/")
    assert Session.get_bind.__module__ == "sqlalchemy.orm.session"
    with count_queries() as queries:
        app.test_client().post("/new", data={"text": "real"})
    assert any(text.startswith("INSERT") for text in queries.statements)
    with app.app_context():
        assert cbv.db.session().join_transaction_mode != "create_savepoint"
        assert isinstance(cbv.db.session().get_bind(Leaf), Engine)


def test_an_application_without_a_session_is_told_so():
    app = Flask("app")
    CBV(app)
    with pytest.raises(ImproperlyConfigured, match="no database session"):
        with rolled_back(app):
            pass
