"""The one door to the database: where the session comes from, and what it is told."""

from __future__ import annotations

import threading
import warnings

import flask_sqlalchemy
import flask_sqlalchemy_lite
import pytest
from flask import abort
from flask import Flask
from flask import g
from flask import has_app_context
from sqlalchemy import event
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import update
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.orm import aliased
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import joinedload
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker
from werkzeug.exceptions import NotFound

import cbv.db
from cbv import CBV
from cbv import CreateView
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import per_request
from cbv import url_value
from cbv import View
from cbv.db import get_list_or_404
from cbv.db import get_object_or_404
from cbv.db.row_keys import among
from cbv.db.statements import each_once
from cbv.exceptions import UnsavedChangesWarning
from cbv.testing import Client
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Book
from support.library_models import book_tag
from support.library_models import Tag


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "db_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20), unique=True)


# --- where the session comes from ---------------------------------------------------


@pytest.fixture
def store(engine):
    """A table that exists for one test, with commits that are real."""
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)


def _app():
    app = Flask("app")
    app.config.update(TESTING=True, SECRET_KEY="x", WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    return app


def _scoped(engine):
    app = _app()
    own = scoped_session(sessionmaker(engine))
    CBV(app, session=own)
    app.teardown_appcontext(lambda error: own.remove())
    return app, own


def _maker(engine):
    app = _app()
    CBV(app, session=sessionmaker(engine))
    return app, cbv.db.session


def _callable(engine):
    app = _app()

    def own():
        if "own" not in g:
            g.own = Session(engine)
        return g.own

    def close(error):
        if "own" in g:
            g.own.close()

    CBV(app, session=own)
    app.teardown_appcontext(close)
    return app, own


def _flask_sqlalchemy(engine):
    app = _app()
    app.config["SQLALCHEMY_DATABASE_URI"] = engine.url.render_as_string(False)
    extension = flask_sqlalchemy.SQLAlchemy()
    CBV(app)
    extension.init_app(app)
    return app, lambda: extension.session


def _lite(engine):
    app = _app()
    app.config["SQLALCHEMY_ENGINES"] = {"default": engine.url}
    extension = flask_sqlalchemy_lite.SQLAlchemy()
    extension.init_app(app)
    CBV(app)
    return app, lambda: extension.session


SOURCES = [_scoped, _maker, _callable, _flask_sqlalchemy, _lite]


@pytest.fixture(params=SOURCES, ids=lambda make: make.__name__.lstrip("_"))
def source(request, store):
    """An application with its session from one of five places, and that session."""
    app, own = request.param(store)
    yield app, own
    with app.app_context():
        for engine in _engines(app):
            engine.dispose()


def _engines(app):
    extension = app.extensions.get("sqlalchemy")
    return [] if extension is None else list(extension.engines.values())


@pytest.fixture
def stored(store):
    """Read the texts that are really in the table."""

    def read():
        with store.connect() as connection:
            return sorted(connection.scalars(select(Note.text)))

    return read


class Write(View):
    """Write by the application's own session or by cbv's, then answer."""

    csrf_exempt = True
    own = None
    status = 200

    def get(self, **kwargs):
        session = type(self).own() if type(self).own else cbv.db.session()
        session.add(Note(text=self.kwargs["text"]))
        session.flush()
        return "", self.status

    post = put = patch = delete = get


def _write(**attributes):
    return type("Write", (Write,), attributes)


def test_create_view_commits(source, stored):
    """One POST, one row, whatever gives the session."""
    app, _ = source

    class NewNote(CreateView[Note]):
        fields = ["text"]
        success_url = "/"

    app.add_url_rule("/new", view_func=NewNote.as_view())
    assert app.test_client().post("/new", data={"text": "a"}).status_code == 303
    assert stored() == ["a"]


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_use_of_the_applications_own_is_committed_too(source, stored, verb):
    """The commit holds for that session, whoever asked for it."""
    app, own = source
    app.add_url_rule("/<text>", view_func=_write(own=staticmethod(own)).as_view())
    assert getattr(app.test_client(), verb)("/a").status_code == 200
    assert stored() == ["a"]


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_status_from_400_rolls_back(source, stored, status):
    """An answer that says no has saved nothing."""
    app, own = source
    view = _write(own=staticmethod(own), status=status)
    app.add_url_rule("/<text>", view_func=view.as_view())
    assert app.test_client().post("/a").status_code == status
    assert stored() == []


def test_error_rolls_back_and_the_next_request_works(source, stored):
    """Nothing of a failed request is left in the session."""
    app, _ = source

    class Fail(Write):
        def post(self, **kwargs):
            super().get(**kwargs)
            abort(418) if kwargs["text"] == "abort" else 1 / 0

    app.add_url_rule("/f/<text>", view_func=Fail.as_view())
    app.add_url_rule("/w/<text>", view_func=Write.as_view())
    client = app.test_client()
    assert client.post("/f/abort").status_code == 418
    with pytest.raises(ZeroDivisionError):
        client.post("/f/error")
    client.post("/w/a")
    assert stored() == ["a"]


def test_write_in_a_safe_verb_is_lost_with_a_warning(source, stored):
    """GET saves nothing, and says so."""
    app, _ = source
    app.add_url_rule("/<text>", view_func=Write.as_view())
    with pytest.warns(UnsavedChangesWarning, match="Write changed rows in a GET"):
        app.test_client().get("/a")
    assert stored() == []


def test_atomic_true_commits_a_safe_verb(source, stored):
    """A page that counts its readers may say so."""
    app, _ = source
    app.add_url_rule("/<text>", view_func=Write.as_view(atomic=True))
    app.test_client().get("/a")
    assert stored() == ["a"]


def test_atomic_false_commits_nothing(source, stored):
    """The view does it by itself, or nobody does."""
    app, _ = source
    app.add_url_rule("/<text>", view_func=Write.as_view("w", atomic=False))

    class Itself(Write):
        atomic = False

        def post(self, **kwargs):
            super().get(**kwargs)
            cbv.db.commit()
            return ""

    app.add_url_rule("/i/<text>", view_func=Itself.as_view())
    client = app.test_client()
    client.post("/a")
    client.post("/i/b")
    assert stored() == ["b"]


def test_view_without_a_query_opens_no_session(source):
    """A page that needs no row touches no database, whatever the verb."""
    app, _ = source

    class Plain(View):
        csrf_exempt = True

        def get(self, **kwargs):
            return str(len(cbv.db.opened_sessions()))

        def post(self, **kwargs):
            return ""

    app.add_url_rule("/", view_func=Plain.as_view())
    client = app.test_client()
    with count_queries(0):
        assert client.get("/").text == "0"
        client.post("/")


def test_connections_go_back_to_the_pool(source, store, stored):
    """Twenty requests of every kind leave none checked out."""
    app, _ = source
    app.add_url_rule("/<text>", view_func=Write.as_view())

    class Notes(ListView[Note]):
        paginate_by = 5

    app.add_url_rule("/", view_func=Notes.as_view())
    client = app.test_client()
    for n in range(10):
        client.post(f"/{n}")
        client.get("/")
    with app.app_context():
        engines = [store, *_engines(app)]
    assert [engine.pool.checkedout() for engine in engines] == [0] * len(engines)
    assert len(stored()) == 10


def test_context_that_is_held_open_serves_several_requests(source, stored):
    """Code that holds an app context open gets each request's rows saved."""
    app, own = source
    app.add_url_rule("/<text>", view_func=_write(own=staticmethod(own)).as_view())
    app.add_url_rule("/c/<text>", view_func=Write.as_view("c"))
    failing = Write.as_view("f", status=500)
    app.add_url_rule("/f/<text>", view_func=failing)
    client = app.test_client()
    with app.app_context():
        client.post("/a")
        client.post("/f/b")
        client.post("/c/d")
        with pytest.warns(UnsavedChangesWarning):
            client.get("/c/e")
        client.post("/f")
    assert stored() == ["a", "d", "f"]


@pytest.mark.parametrize("used_before", [False, True])
def test_async_handler_writes_in_the_same_transaction(source, stored, used_before):
    """An async handler may run in another thread; its rows are saved or lost alike."""
    app, _ = source

    class Later(View):
        csrf_exempt = True

        def setup(self, **kwargs):
            super().setup(**kwargs)
            if used_before:
                cbv.db.count(select(Note))

        async def post(self, text, **kwargs):
            cbv.db.save(Note(text=text))
            return "", 200 if text == "a" else 400

    app.add_url_rule("/<text>", view_func=Later.as_view())
    client = app.test_client()
    client.post("/a")
    client.post("/b")
    assert stored() == ["a"]


def test_threads_do_not_share_a_session(source, stored):
    """Each request has its own, however many run at once."""
    app, _ = source
    app.add_url_rule("/<text>", view_func=Write.as_view())
    together = threading.Barrier(3)
    found = []

    def run(name):
        client = app.test_client()
        together.wait()
        found.extend(client.post(f"/{name}{n}").status_code for n in range(4))

    threads = [threading.Thread(target=run, args=[name]) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 12
    assert len(stored()) == 12


def test_callable_is_asked_once_a_request(store, stored):
    """One that makes a new session each time gives one transaction all the same."""
    made = []

    def session():
        made.append(Session(store))
        return made[-1]

    app = _app()
    CBV(app, session=session)

    class Twice(View):
        csrf_exempt = True

        def post(self, **kwargs):
            cbv.db.save(Note(text="a"))
            cbv.db.save(Note(text="b"))
            return ""

    app.add_url_rule("/", view_func=Twice.as_view())
    client = app.test_client()
    client.post("/")
    assert (len(made), stored()) == (1, ["a", "b"])
    with app.app_context():
        client.delete("/")
    for session in made:
        session.close()


def test_made_session_is_closed_with_its_context(store):
    """What cbv makes it removes; nothing else."""
    app, _ = _maker(store)
    with app.app_context():
        session = cbv.db.session()
        assert session is cbv.db.session()
        session.add(Note(text="x"))
    assert list(session.new) == []


@pytest.mark.parametrize("source", [Session, Session(), "session", 3])
def test_session_of_another_kind_is_refused(source):
    """The error says what may be given."""
    with pytest.raises(ImproperlyConfigured, match="scoped_session, a sessionmaker"):
        CBV(_app(), session=source)


def test_application_without_a_database_says_so():
    """Only where a query is asked for."""
    app = _app()
    CBV(app)

    class Notes(ListView[Note]):
        pass

    app.add_url_rule("/", view_func=Notes.as_view())
    with pytest.raises(ImproperlyConfigured, match=r"CBV\(app, session=\.\.\.\)"):
        app.test_client().get("/")


def test_views_work_without_cbv(store):
    """Flask-SQLAlchemy-Lite alone is enough."""
    app = _app()
    app.config["SQLALCHEMY_ENGINES"] = {"default": store.url}
    flask_sqlalchemy_lite.SQLAlchemy().init_app(app)

    class Count(View):
        def get(self, **kwargs):
            return str(cbv.db.count(select(Note)))

    app.add_url_rule("/", view_func=Count.as_view())
    assert app.test_client().get("/").text == "0"
    with app.app_context():
        _engines(app)[0].dispose()


# --- one transaction ----------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: cbv.db.session().add(Note(text="new")),
        lambda: cbv.db.delete(cbv.db.scalar(select(Note))),
        lambda: setattr(cbv.db.scalar(select(Note)), "text", "other"),
        lambda: cbv.db.session().execute(update(Note).values(text="bulk")),
        lambda: cbv.db.session().execute(insert(Note).values(text="new")),
        lambda: cbv.db.session().execute(Note.__table__.delete()),
    ],
    ids=["pending", "deleted", "dirty", "update", "insert", "delete"],
)
def test_every_kind_of_change_in_a_get_warns(store, stored, change):
    """Pending, deleted, changed and bulk changes are all lost, and all told of."""
    app, _ = _maker(store)
    with store.begin() as connection:
        connection.execute(insert(Note).values(text="old"))

    class Changing(View):
        def get(self, **kwargs):
            change()
            return ""

    app.add_url_rule("/", view_func=Changing.as_view())
    with pytest.warns(UnsavedChangesWarning):
        app.test_client().get("/")
    assert stored() == ["old"]


def test_change_that_is_none_does_not_warn(store):
    """Setting a value again, or rolling back, leaves nothing unsaved."""
    app, _ = _maker(store)
    with store.begin() as connection:
        connection.execute(insert(Note).values(text="old"))

    class Harmless(View):
        def get(self, **kwargs):
            note = cbv.db.scalar(select(Note))
            note.text = "old"
            if "undo" in kwargs["how"]:
                cbv.db.save(Note(text="x"))
                cbv.db.rollback()
            return ""

    app.add_url_rule("/<how>", view_func=Harmless.as_view())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client = app.test_client()
        assert client.get("/same").status_code == 200
        assert client.get("/undo").status_code == 200


def test_on_commit_waits_for_the_commit(store, stored):
    """It is called after it, never after a rollback, at once outside a view."""
    app, _ = _maker(store)
    seen = []

    class Saving(View):
        csrf_exempt = True

        def post(self, status, **kwargs):
            cbv.db.save(Note(text=str(status)))
            cbv.db.on_commit(lambda: seen.append((status, stored())))
            assert seen == []
            return "", status

        def get(self, **kwargs):
            cbv.db.on_commit(lambda: seen.append("get"))
            return ""

    app.add_url_rule("/<int:status>", view_func=Saving.as_view())
    client = app.test_client()
    client.post("/400")
    assert seen == []
    client.post("/200")
    client.get("/1")
    assert seen == [(200, ["200"]), "get"]
    with app.app_context():
        cbv.db.on_commit(lambda: seen.append("outside"))
    assert seen[-1] == "outside"


def test_set_rollback_loses_the_changes_of_a_good_answer(store, stored):
    """Django's transaction.set_rollback; without effect outside a view."""
    app, _ = _maker(store)

    class Undone(Write):
        def post(self, **kwargs):
            cbv.db.set_rollback()
            return super().get(**kwargs)

    app.add_url_rule("/<text>", view_func=Undone.as_view())
    assert app.test_client().post("/a").status_code == 200
    assert stored() == []
    with app.app_context():
        cbv.db.set_rollback()


def test_unflushed_keeps_queries_from_flushing(store):
    """Autoflush is off in the block, on again afterwards, and after a rollback."""
    app, _ = _maker(store)
    with app.app_context():
        session = cbv.db.session()
        with cbv.db.unflushed():
            session.add(Note(text="x"))
            assert cbv.db.count(select(Note)) == 0
            cbv.db.rollback()
            assert session.autoflush is True
        session.add(Note(text="x"))
        assert cbv.db.count(select(Note)) == 1


@pytest.mark.parametrize("saves", [True, False])
def test_unflushed_may_be_nested(store, saves):
    """The outermost block, or a save, turns autoflush on again; never the inner one."""
    app, _ = _maker(store)
    with app.app_context():
        session = cbv.db.session()
        with cbv.db.unflushed():
            with cbv.db.unflushed():
                if saves:
                    cbv.db.save(Note(text="x"))
                assert session.autoflush is saves
            assert session.autoflush is saves
            with cbv.db.unflushed():
                assert session.autoflush is False
        assert session.autoflush is True


# --- rows ---------------------------------------------------------------------------


@pytest.fixture
def shelf(app, db):
    """Three books, two of one author, in a request of the application."""
    ann = Author(name="Ann")
    db.add_all(
        [
            Book(title="a", author=ann, slug="sa"),
            Book(title="b", author=ann),
            Book(title="b"),
        ]
    )
    db.commit()
    with app.test_request_context("/?x=1"):
        yield db


def test_count_and_exists(shelf):
    """Limits count, the order does not matter."""
    assert cbv.db.count(select(Book)) == 3
    assert cbv.db.count(select(Book).limit(2).order_by(Book.title)) == 2
    assert cbv.db.count(select(Book.title).distinct()) == 2
    assert cbv.db.exists(select(Book).where(Book.title == "a"))
    assert not cbv.db.exists(select(Book).where(Book.title == "z"))


@pytest.mark.parametrize(
    ("limited", "found"),
    [
        (select(Book).limit(0), False),
        (select(Book).limit(5), True),
        (select(Book).offset(2), True),
        (select(Book).offset(3), False),
        (select(Book.title, Book.slug).limit(0), False),
    ],
)
def test_exists_looks_within_the_statements_own_limit(shelf, limited, found):
    """As count does."""
    assert cbv.db.exists(limited) is found
    assert bool(cbv.db.count(limited)) is found


def test_a_fetch_is_a_limit_too(shelf):
    """Keys are looked for among the rows that it leaves."""
    if cbv.db.session().get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has no FETCH")
    first_two = select(Book).order_by(Book.id).fetch(2)
    assert cbv.db.exists(first_two)
    ids = sorted(cbv.db.scalars(select(Book.id)))
    search = among(first_two, Book, ["id"], [(ids[1],), (ids[2],)])
    assert [book.id for book in cbv.db.scalars(*search)] == [ids[1]]


def test_equal_rows_of_columns_stay_apart(shelf):
    """Only objects that a joined load repeats come once."""
    assert cbv.db.scalars(select(Book.title).order_by(Book.id)) == ["a", "b", "b"]
    assert len(cbv.db.rows(select(Book.title, Book.slug))) == 3
    assert cbv.db.fetch(select(Book.title, Book.id).limit(1))[0].title == "a"


ALIAS = aliased(Book)


@pytest.mark.parametrize(
    "statement",
    [
        select(Book).options(joinedload(Book.tags)),
        select(Book).join(Book.tags),
        select(Book).select_from(Tag).join(Book.tags),
        select(Book).where(Book.id == book_tag.c.book_id),
        select(ALIAS).where(ALIAS.id == book_tag.c.book_id),
    ],
    ids=["joined load", "join", "from", "two tables", "alias"],
)
def test_object_of_several_rows_comes_once(shelf, statement):
    """Whether a joined load repeats it, or the statement itself."""
    book = Book(title="many", tags=[Tag(name="x"), Tag(name="y")])
    shelf.add(book)
    shelf.commit()
    found = cbv.db.scalars(statement)
    assert found.count(book) == 1
    assert len(found) == len(set(found))
    assert [row[0] for row in cbv.db.rows(statement)].count(book) == 1


def test_object_comes_once_where_a_result_does_not_tell():
    """Then all rows are compared."""

    class Result:
        def unique(self):
            return "unique"

    statement = select(Book)
    assert each_once(statement, Result()) == "unique"
    assert isinstance(each_once(select(Book.title), found := Result()), type(found))


def test_object_of_a_joined_collection_comes_once(shelf):
    """SQLAlchemy repeats it for each row of the collection; nobody wants that."""
    joined = select(Author).options(joinedload(Author.books))
    assert [len(author.books) for author in cbv.db.scalars(joined)] == [2]
    pairs = cbv.db.rows(joined.add_columns(Author.name))
    assert [name for _, name in pairs] == ["Ann"]
    assert cbv.db.scalar(joined).name == "Ann"


def test_get_object_or_404_finds_one(shelf):
    """By key, attribute, criterion, in a class, a statement or an alias."""
    book = get_object_or_404(Book, slug="sa")
    other = aliased(Book)
    assert get_object_or_404(Book, pk=book.id) is book
    assert get_object_or_404(Book, Book.title == "a") is book
    assert get_object_or_404(Book, title="a", author=book.author) is book
    assert get_object_or_404(select(Book).where(Book.title == "a")) is book
    assert get_object_or_404(select(other), slug="sa") is book
    assert get_object_or_404(Book, author=None).title == "b"


@pytest.mark.parametrize(
    "lookup",
    [
        {"pk": 2**31},
        {"pk": 2**70},
        {"pk": "x"},
        {"pk": "1 "},
        {"slug": "a\0"},
        {"title": "x" * 51},
        {"pages": True},
    ],
)
def test_value_that_no_column_holds_is_404_without_sql(shelf, lookup):
    """Never a fault of the database."""
    with count_queries(0), pytest.raises(NotFound):
        get_object_or_404(Book, **lookup)
    with count_queries(0), pytest.raises(NotFound):
        get_list_or_404(Book, **lookup)


def test_missing_object_is_404_and_names_its_class(shelf):
    """The reason is in the description of the error."""
    with pytest.raises(NotFound) as error:
        get_object_or_404(select(Book), slug="none")
    assert error.value.description == "No Book matches the given query"


def test_several_objects_are_no_404(shelf):
    """They are a fault of the look-up."""
    with pytest.raises(MultipleResultsFound):
        get_object_or_404(Book, title="b")


def test_get_list_or_404(shelf):
    """All that fit, in the statement's order; none is a 404."""
    found = get_list_or_404(select(Book).order_by(Book.id.desc()), title="b")
    assert [book.author is None for book in found] == [True, False]
    with pytest.raises(NotFound):
        get_list_or_404(Book, Book.title == "z")


@pytest.mark.parametrize(
    ("source", "lookup", "text"),
    [
        ("Book", {}, "cannot be searched"),
        (select(Book.id), {}, "cannot be searched"),
        (Base, {}, "cannot be searched"),
        (Book, {"nothing": 1}, "Book is searched by 'nothing'"),
        (Book, {"metadata": 1}, "Book is searched by 'metadata'"),
    ],
)
def test_wrong_look_up_names_the_cure(shelf, source, lookup, text):
    """No model, or an attribute that it has not."""
    with pytest.raises(ImproperlyConfigured, match=text):
        get_object_or_404(source, **lookup)


# --- values of the request ----------------------------------------------------------


def test_per_request_asks_each_time(shelf):
    """The statement is written once; the value is asked for when it is run."""
    wanted = iter(["a", "b", None])
    statement = select(Book).where(Book.title == per_request(lambda: next(wanted)))
    assert [cbv.db.count(statement) for _ in range(3)] == [1, 2, 0]


def test_url_value_is_that_of_this_request(app, db):
    """NULL where the route has no such value."""
    statement = select(Book).where(Book.title == url_value("title"))
    db.add_all([Book(title="a"), Book(title="b")])
    db.commit()

    class Count(View):
        def get(self, **kwargs):
            return str(cbv.db.count(statement))

    app.add_url_rule("/t/<title>", view_func=Count.as_view("t"))
    app.add_url_rule("/", view_func=Count.as_view())
    client = app.test_client()
    assert [client.get(a).text for a in ("/t/a", "/t/z", "/")] == ["1", "0", "0"]


def test_nothing_listens_to_sessions_outside_the_door():
    """The events that tell of writes are registered once."""
    assert event.contains(Session, "after_flush", cbv.db.writing._flushed)
    assert not has_app_context()
