"""A database that is busy: 503 with Retry-After, and in a form view what was typed."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from cbv import CreateView
from cbv import DeleteView
from cbv import FormView
from cbv import ListView
from cbv import UpdateView
from cbv import View
from cbv.db import save
from cbv.db import session
from cbv.db.writing import is_busy
from cbv.forms import modelform_factory
from cbv.formsets import InlineFormSetFactory
from cbv.formsets import ModelFormSetView
from cbv.formsets import UpdateWithInlinesView
from support.applications import make_app
from support.library_models import Author
from support.library_models import Book

BookForm = modelform_factory(Book, fields=["title"])


@pytest.fixture
def impatient(committing):
    """An application that waits for no lock, over one author with one book."""
    is_sqlite = committing.dialect.name == "sqlite"
    args = {"timeout": 0} if is_sqlite else {"options": "-c lock_timeout=50"}
    engine = create_engine(committing.url, connect_args=args)
    maker = sessionmaker(engine)
    with maker.begin() as setup:
        setup.add(Author(id=901, name="Ann", books=[Book(id=901, title="One")]))
    yield make_app(maker)
    engine.dispose()


@contextmanager
def held(engine, lock):
    """Have another transaction hold what a writer, or also a reader, needs."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            raw.execute("BEGIN EXCLUSIVE" if lock == "all" else "BEGIN IMMEDIATE")
            yield
            raw.execute("ROLLBACK")
        else:
            mode = "ACCESS EXCLUSIVE" if lock == "all" else "SHARE"
            connection.execute(text(f"LOCK TABLE book, author IN {mode} MODE"))
            yield
            connection.rollback()


class Create(CreateView[Book]):
    fields = ["title"]
    success_url = "/"


class Listed(ListView[Book]):
    pass


class Update(UpdateView[Book]):
    fields = ["title"]
    success_url = "/"


class Delete(DeleteView[Book]):
    success_url = "/"


class Plain(FormView):
    form_class = BookForm
    success_url = "/"
    template_name = "cbv/object_form.html"

    def form_valid(self, form):
        save(Book(title=form.title.data))
        return super().form_valid(form)


class Rows(ModelFormSetView[Book]):
    fields = ["title"]


class BookInline(InlineFormSetFactory):
    model = Book
    fields = ["title"]


class Children(UpdateWithInlinesView[Author]):
    fields = ["name"]
    inlines = [BookInline]
    success_url = "/"


ROW = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": "901"}
CHILD = {f"books{key[4:]}": value for key, value in ROW.items()}


@pytest.mark.parametrize(
    ("view", "data"),
    [
        (Create, {"title": "Typed"}),
        (Update, {"title": "Typed"}),
        (Plain, {"title": "Typed"}),
        (Rows, {**ROW, "form-0-title": "Typed"}),
        (Children, {**CHILD, "name": "Ann", "books-0-title": "Typed"}),
    ],
)
def test_a_form_is_shown_again_with_what_was_typed(impatient, committing, view, data):
    """And saved when it is sent again."""
    impatient.add_url_rule("/<int:pk>", view_func=view.as_view("page"))
    client = impatient.test_client()
    with held(committing, "writers"):
        answer = client.post("/901", data=data)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert 'value="Typed"' in answer.text
    assert "the database is busy" in answer.text
    assert client.post("/901", data=data).status_code == 303
    with committing.connect() as connection:
        typed = select(func.count()).where(Book.title == "Typed")
        assert connection.scalar(typed) == 1


def test_nothing_is_deleted_and_the_question_is_asked_again(impatient, committing):
    impatient.add_url_rule("/<int:pk>", view_func=Delete.as_view("page"))
    client = impatient.test_client()
    with held(committing, "writers"):
        answer = client.post("/901")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "the database is busy" in answer.text
    assert "other entries refer to it" not in answer.text
    assert client.post("/901").status_code == 303


@pytest.mark.parametrize("verb", ["get", "post"])
@pytest.mark.parametrize("view", [Update, Delete, Rows, Listed])
def test_a_view_that_cannot_even_read_is_503(impatient, committing, view, verb):
    """No form can be shown then: the application's own page for 503."""
    impatient.add_url_rule("/<int:pk>", view_func=view.as_view("page"))
    impatient.register_error_handler(503, lambda error: error)
    with held(committing, "all"):
        answer = impatient.test_client().open("/901", method=verb, data=ROW)
    if verb == "post" and view is Listed:
        assert answer.status_code == 405
    else:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_view_without_a_form_is_503(impatient, committing):
    class Write(View):
        def post(self):
            save(Book(title="x"))
            return "saved"

    class Nested(View):
        def post(self):
            return Write.as_view()()

    impatient.add_url_rule("/", view_func=Write.as_view())
    impatient.add_url_rule("/nested", view_func=Nested.as_view())
    client = impatient.test_client()
    for url in ("/", "/nested"):
        with held(committing, "writers"):
            answer = client.post(url)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert client.post(url).text == "saved"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_commit_that_has_to_wait_is_503(impatient, engine):
    """A reader keeps SQLite from committing what was flushed."""
    impatient.add_url_rule("/new", view_func=Create.as_view("new"))
    client = impatient.test_client()
    with engine.connect() as reader:
        reader.execute(select(Book)).first()
        answer = client.post("/new", data={"title": "Typed"})
        assert answer.status_code == 503
        assert 'value="Typed"' in answer.text
    assert client.post("/new", data={"title": "Typed"}).status_code == 303


def test_another_fault_of_the_database_is_no_503(impatient):
    """A missing table will not be there a moment later."""

    class Broken(View):
        def get(self):
            session().execute(text("SELECT * FROM nowhere"))

    impatient.config["PROPAGATE_EXCEPTIONS"] = False
    impatient.add_url_rule("/", view_func=Broken.as_view())
    assert impatient.test_client().get("/").status_code == 500


@pytest.mark.parametrize(
    ("fault", "busy"),
    [
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.AdminShutdown(), False),
        (Exception("database is locked, says nobody"), False),
    ],
)
def test_only_what_may_pass_is_busy(fault, busy):
    assert is_busy(OperationalError("SELECT 1", {}, fault)) is busy


def test_a_pool_without_a_free_connection_is_503(impatient, committing):
    engine = create_engine(
        committing.url, pool_size=1, max_overflow=0, pool_timeout=0.1
    )
    app = make_app(sessionmaker(engine))
    app.add_url_rule("/", view_func=Listed.as_view("books"))
    with engine.connect():
        assert app.test_client().get("/").status_code == 503
    assert app.test_client().get("/").status_code == 200
    engine.dispose()
