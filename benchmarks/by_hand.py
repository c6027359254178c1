"""The pages as idiomatic Flask function views over the SQLAlchemy ORM: 1.00."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort
from flask import Flask
from flask import g
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask_login import login_required
from flask_login import UserMixin
from sqlalchemy import and_
from sqlalchemy import extract
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import tuple_
from sqlalchemy.orm import joinedload
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

from shop import Account
from shop import add_login
from shop import Base
from shop import Book
from shop import BookForm
from shop import make_app
from shop import PER_PAGE
from shop import Publisher


class User(Account, UserMixin, Base):
    """Who logs in."""


def create_app(maker: sessionmaker[Session]) -> Flask:
    """Return the application."""
    app = make_app("by_hand")
    add_login(app, lambda key: session().get(User, int(key.partition("~")[0])))

    def session() -> Session:
        if "session" not in g:
            g.session = maker()
        found: Session = g.session
        return found

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        if "session" in g:
            g.session.close()

    @app.get("/hello")
    def hello() -> str:
        return "Hello"

    @app.get("/template")
    def template() -> str:
        return render_template("hello.html", title="Hello")

    @app.get("/redirect/<int:pk>")
    def go(pk: int) -> Any:
        return redirect(url_for("detail", pk=pk), code=302)

    @app.get("/books")
    def books() -> str:
        return _books()

    @app.get("/scoped/books")
    def scoped_books() -> str:
        return _books(Book.shop_id == 1)

    def _books(*criteria: Any) -> str:
        number = request.args.get("page", 1, type=int)
        counted = select(func.count()).select_from(Book).where(*criteria)
        total = session().scalar(counted) or 0
        pages = max(1, -(-total // PER_PAGE))
        if not 1 <= number <= pages:
            abort(404)
        rows = session().scalars(
            select(Book)
            .options(joinedload(Book.publisher))
            .where(*criteria)
            .order_by(Book.title, Book.id)
            .limit(PER_PAGE)
            .offset((number - 1) * PER_PAGE)
        )
        return render_template(
            "list.html", object_list=rows.all(), number=number, pages=pages
        )

    @app.get("/keyset")
    def keyset() -> str:
        query = select(Book).options(joinedload(Book.publisher))
        if "after" in request.args:
            title, _, pk = request.args["after"].rpartition("~")
            query = query.where(tuple_(Book.title, Book.id) > (title, int(pk)))
        query = query.order_by(Book.title, Book.id).limit(PER_PAGE + 1)
        rows = session().scalars(query).all()
        return render_template("keyset.html", object_list=rows[:PER_PAGE])

    @app.get("/book/<int:pk>")
    def detail(pk: int) -> str:
        return _detail(Book.id == pk)

    @app.get("/scoped/book/<int:pk>")
    def scoped_detail(pk: int) -> str:
        return _detail(Book.id == pk, Book.shop_id == 1)

    @app.get("/slug/<slug>")
    def by_slug(slug: str) -> str:
        return _detail(Book.slug == slug)

    def _detail(*criteria: Any) -> str:
        query = select(Book).options(joinedload(Book.publisher)).where(*criteria)
        book = session().scalars(query).one_or_none()
        if book is None:
            abort(404)
        return render_template("detail.html", book=book)

    @app.route("/new", methods=["GET", "POST"])
    def new() -> Any:
        form = BookForm()
        publishers = session().scalars(select(Publisher).order_by(Publisher.id))
        choices = [(p.id, p.name) for p in publishers]
        form.publisher_id.choices = [("", "---------"), *choices]
        if form.validate_on_submit():
            book = Book()
            form.populate_obj(book)
            session().add(book)
            session().flush()
            location = url_for("detail", pk=book.id)
            session().commit()
            return redirect(location, code=303)
        return render_template("form.html", form=form)

    @app.get("/mine")
    @login_required
    def mine() -> str:
        return render_template("mine.html")

    @app.get("/year/<int:year>")
    def year(year: int) -> str:
        first, after = date(year, 1, 1), date(year + 1, 1, 1)
        within = and_(Book.published >= first, Book.published < after)
        months = session().scalars(
            select(extract("month", Book.published)).where(within).distinct()
        )
        rows = session().scalars(
            select(Book)
            .options(joinedload(Book.publisher))
            .where(within)
            .order_by(Book.published.desc(), Book.id)
            .limit(PER_PAGE)
        )
        session().scalar(select(func.count()).select_from(Book).where(within))
        earlier = session().scalar(
            select(func.max(Book.published)).where(Book.published < first)
        )
        later = session().scalar(
            select(func.min(Book.published)).where(Book.published >= after)
        )
        return render_template(
            "year.html",
            year=first,
            date_list=[date(year, month, 1) for month in sorted(months)],
            object_list=rows.all(),
            previous_year=earlier and date(earlier.year, 1, 1),
            next_year=later and date(later.year, 1, 1),
        )

    return app


def token_after(app: Flask, book: Book) -> str:
    """Return what ``?after=`` says for the keyset page that follows a book."""
    return f"{book.title}~{book.id}"
