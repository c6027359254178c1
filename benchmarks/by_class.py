"""The same pages as plain cbv classes: nothing tuned, nothing overridden."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

import cbv
from cbv.auth import LoginRequiredMixin
from shop import Book
from shop import make_app
from shop import PER_PAGE
from shop import User


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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page = context["page_obj"]
        total = page.paginator.num_pages if hasattr(page, "number") else ""
        return {**context, "number": getattr(page, "number", ""), "total": total}


class Scoped(Books):
    scope = Book.pages == cbv.per_request(lambda: 7)


class Keyset(Books):
    paginator_class = cbv.KeysetPaginator


class Detail(cbv.DetailView[Book]):
    related = ["publisher"]
    template_name = "detail.html"


class New(cbv.CreateView[Book]):
    fields = ["title", "pages", "publisher_id"]
    template_name = "form.html"
    success_url = "detail"


class Mine(LoginRequiredMixin, cbv.TemplateView):
    template_name = "hello.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=self.user.username, **kwargs)


class Year(cbv.YearArchiveView[Book]):
    date_field = "published"
    related = ["publisher"]
    make_object_list = True
    paginate_by = PER_PAGE
    template_name = "year.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "months": context["date_list"],
            "previous": context["previous_year"],
            "next": context["next_year"],
        }


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
            cbv.path("scoped", Scoped),
            cbv.path("keyset", Keyset),
            cbv.path("book/<int:pk>", Detail, name="detail"),
            cbv.path("slug/<slug>", Detail, name="by_slug"),
            cbv.path("new", New),
            cbv.path("mine", Mine),
            cbv.path("year/<int:year>", Year),
        ],
    )
    return app
