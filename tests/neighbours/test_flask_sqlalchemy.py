"""Flask-SQLAlchemy: its session is found, its models are models, its pages ours."""

from __future__ import annotations

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import CBV
from cbv import CreateView
from cbv import DeleteView
from cbv import DetailView
from cbv import ListView
from cbv import path
from cbv import register
from cbv import UpdateView
from shop import make_app


@pytest.fixture(params=["legacy", "declarative"])
def shop(request):
    """The application, its database and its model, by both of the ways to make one."""
    if request.param == "legacy":
        db = SQLAlchemy()
    else:

        class Base(DeclarativeBase):
            pass

        db = SQLAlchemy(model_class=Base)

    class Book(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(unique=True)

    app = make_app(SQLALCHEMY_DATABASE_URI="sqlite://")
    db.init_app(app)
    CBV(app)
    register(
        app,
        [
            path("books/", ListView[Book].as_view("books", model=Book, paginate_by=2)),
            path("books/<int:pk>/", DetailView.as_view("book", model=Book)),
            path("new/", CreateView.as_view("new", model=Book, **FORM)),
            path("edit/<int:pk>/", UpdateView.as_view("edit", model=Book, **FORM)),
            path("drop/<int:pk>/", DeleteView.as_view("drop", model=Book, **GONE)),
        ],
    )
    with app.app_context():
        db.create_all()
        db.session.add_all([Book(title=f"Book {n}") for n in range(1, 6)])
        db.session.commit()
    return app, db, Book


FORM = {"fields": ["title"], "success_url": "/books/"}
GONE = {"success_url": "/books/"}


def titles(app, db, Book):
    with app.app_context():
        return list(db.session.scalars(select(Book.title).order_by(Book.id)))


def test_rows_are_listed_shown_made_changed_and_deleted(shop):
    app, _, _ = shop
    client = app.test_client()
    assert client.get("/books/").context["page_obj"].total == 5
    assert client.get("/books/1/").context["object"].title == "Book 1"
    assert client.post("/new/", data={"title": "Six"}).status_code == 303
    assert client.post("/edit/1/", data={"title": "One"}).status_code == 303
    assert client.post("/drop/2/").status_code == 303
    assert titles(*shop) == ["One", "Book 3", "Book 4", "Book 5", "Six"]


def test_a_refused_form_leaves_nothing_in_the_session(shop):
    app, db, Book = shop
    answer = app.test_client().post("/new/", data={"title": "Book 1"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Book)) == 5


def test_a_page_of_ours_answers_as_one_of_theirs(shop):
    app, db, Book = shop
    ours = app.test_client().get("/books/?page=2").context["page_obj"]
    with app.app_context():
        theirs = db.paginate(select(Book).order_by(Book.id), page=2, per_page=2)
        assert [b.title for b in ours.items] == [b.title for b in theirs.items]
        for name in ("page", "pages", "total", "prev_num", "next_num", "first", "last"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert list(ours.iter_pages()) == list(theirs.iter_pages())
        assert (bool(ours.has_prev), bool(ours.has_next)) == (True, True)
