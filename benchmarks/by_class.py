"""The same pages as plain cbv classes: nothing tuned, nothing overridden."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

import cbv
from cbv.auth import AbstractUserMixin
from cbv.auth import LoginRequiredMixin
from shop import Account
from shop import Base
from shop import Book
from shop import make_app
from shop import PER_PAGE


class User(Account, AbstractUserMixin, Base):
    """Who logs in."""


class Hello(cbv.View):
    def get(self, **kwargs: Any) -> str:
        return "Hello"


class Template(cbv.TemplateView):
    template_name = "hello.html"
    extra_context = {"title": "Hello"}


class Go(cbv.RedirectView):
    pattern_name = "detail"


class Books(cbv.ListView[Book]):
    related = ["publisher"]
    ordering = ["title"]
    paginate_by = PER_PAGE
    template_name = "list.html"


class ScopedBooks(Books):
    scope = Book.shop_id == cbv.per_request(lambda: 1)


class Keyset(Books):
    paginator_class = cbv.KeysetPaginator
    template_name = "keyset.html"


class Detail(cbv.DetailView[Book]):
    related = ["publisher"]
    template_name = "detail.html"


class ScopedDetail(Detail):
    scope = Book.shop_id == cbv.per_request(lambda: 1)


class New(cbv.CreateView[Book]):
    fields = ["title", "pages", "publisher_id"]
    template_name = "form.html"
    success_url = "detail"


class Mine(LoginRequiredMixin, cbv.TemplateView):
    template_name = "mine.html"


class Year(cbv.YearArchiveView[Book]):
    date_field = "published"
    related = ["publisher"]
    make_object_list = True
    paginate_by = PER_PAGE
    template_name = "year.html"


def create_app(maker: sessionmaker[Session]) -> Flask:
    """Return the application."""
    app = make_app("by_class")
    cbv.CBV(app, session=maker, user_model=User)
    app.config["CBV_LOGIN_URL"] = "/hello"
    cbv.register(
        app,
        [
            cbv.path("hello", Hello),
            cbv.path("template", Template),
            cbv.path("redirect/<int:pk>", Go),
            cbv.path("books", Books),
            cbv.path("scoped/books", ScopedBooks),
            cbv.path("keyset", Keyset),
            cbv.path("book/<int:pk>", Detail, name="detail"),
            cbv.path("scoped/book/<int:pk>", ScopedDetail),
            cbv.path("slug/<slug>", Detail, name="by_slug"),
            cbv.path("new", New),
            cbv.path("mine", Mine),
            cbv.path("year/<int:year>", Year),
        ],
    )
    return app


def token_after(app: Flask, book: Book) -> str:
    """Return what ``?after=`` says for the keyset page that follows a book."""
    with app.app_context():
        paginator = cbv.KeysetPaginator(select(Book).order_by(Book.title), PER_PAGE)
        return paginator.token_of((book, book.title, book.id))
