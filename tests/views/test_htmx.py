"""HtmxMixin: partial pages, redirects and events for htmx."""

from __future__ import annotations

import json

import pytest
from flask import redirect
from jinja2 import DictLoader
from sqlalchemy import select

from cbv import CreateView
from cbv import DeleteView
from cbv import HtmxMixin
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import TemplateView
from cbv import UpdateView
from cbv import View
from cbv.auth import LoginRequiredMixin
from cbv.testing import assert_redirects
from cbv.testing import assert_template_used
from support.library_models import Book

HTMX = {"HX-Request": "true"}

TEMPLATES = {
    "layout.html": "<top>{% block title %}base title{% endblock %}"
    "{% block content %}base {{ 1 / 0 if fail }}{% endblock %}<end>{{ after() }}",
    "page.html": "{% extends 'layout.html' %}"
    "{% from 'macros.html' import loud %}{% set twice = name * 2 %}"
    "{% block content %}[{{ super() }}{{ loud(twice) }} {{ current }}"
    "{% block row %}(row {{ name }}){% endblock %}]{% endblock %}",
    "macros.html": "{% macro loud(text) %}{{ text | upper }}!{% endmacro %}",
    "part.html": "part {{ name }}",
}


@pytest.fixture
def pages(app):
    """The application with those templates; ``after()`` counts whole pages."""
    app.jinja_loader = DictLoader(TEMPLATES)
    whole = []
    app.jinja_env.globals["after"] = lambda: whole.append(1) or ""
    app.context_processor(lambda: {"current": "ctx"})
    app.whole = whole
    return app


class Page(HtmxMixin, TemplateView):
    template_name = "page.html"
    extra_context = {"name": "ab"}


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))


# --- parts of pages -------------------------------------------------------------------


def test_htmx_gets_the_partial_template_and_others_the_page(pages, client):
    """By the HX-Request header."""
    route(pages, "/", Page, partial_template_name="part.html")
    assert client.get("/", headers=HTMX).text == "part ab"
    assert client.get("/").text.startswith("<top>")
    assert_template_used(client.get("/", headers=HTMX), "part.html")


def test_htmx_gets_a_block_of_the_page(pages, client):
    """With ``super()``, macros and variables of the page, and context processors."""
    route(pages, "/", Page, partial_block="content")
    response = client.get("/", headers=HTMX)
    assert response.text == "[base ABAB! ctx(row ab)]"
    assert response.context["name"] == "ab"
    assert pages.whole == []
    assert "<end>" in client.get("/").text
    assert pages.whole == [1]


@pytest.mark.parametrize(
    ("block", "text"), [("row", "(row ab)"), ("title", "base title")]
)
def test_any_block_will_do(pages, client, block, text):
    """One inside another, or one that only the layout has."""
    route(pages, "/", Page, partial_block=block)
    assert client.get("/", headers=HTMX).text == text
    assert client.get("/", headers=HTMX).text == text


def test_the_block_may_depend_on_the_target(pages, client):
    """``get_partial_block`` is a hook."""

    class Targeted(Page):
        def get_partial_block(self):
            return self.request.headers.get("HX-Target")

    route(pages, "/", Targeted)
    assert client.get("/", headers={**HTMX, "HX-Target": "row"}).text == "(row ab)"
    assert client.get("/", headers=HTMX).text.startswith("<top>")


def test_an_unknown_block_is_a_configuration_error(pages, client):
    """Naming view, block and template."""
    route(pages, "/", Page, partial_block="nope")
    with pytest.raises(ImproperlyConfigured, match=r"Page wants.*'nope'.*page.html"):
        client.get("/", headers=HTMX)


def test_an_error_inside_the_block_is_not_swallowed(pages, client):
    """It is the template's own."""
    route(
        pages, "/", Page, partial_block="content", extra_context={"fail": 1, "name": ""}
    )
    with pytest.raises(ZeroDivisionError):
        client.get("/", headers=HTMX)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HX-Request": "false"},
        {**HTMX, "HX-Boosted": "true"},
        {**HTMX, "HX-History-Restore-Request": "true"},
    ],
)
def test_boosted_links_and_history_get_the_whole_page(pages, client, headers):
    """They replace the body."""
    route(pages, "/", Page, partial_block="row", partial_template_name="part.html")
    assert client.get("/", headers=headers).text.startswith("<top>")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_every_answer_varies_by_what_decides(pages, client, headers):
    """So that no cache gives a part to who wants the page."""
    route(pages, "/", Page, partial_block="row")
    assert "HX-Request" in client.get("/", headers=headers).vary


# --- forms ----------------------------------------------------------------------------


@pytest.fixture
def book(db):
    found = Book(title="Old")
    db.add(found)
    db.commit()
    return found


class Edit(HtmxMixin, UpdateView[Book]):
    fields = ["title"]
    success_url = "/done"


def test_put_edits_in_place_with_303(app, client, db, book):
    """The browser follows it by GET."""
    route(app, "/<int:pk>", Edit)
    answer = client.put(f"/{book.id}", data={"title": "New"}, headers=HTMX)
    assert_redirects(answer, "/done", 303)
    db.expire_all()
    assert book.title == "New"


def test_an_invalid_form_is_shown_as_a_part(app, client, db, book):
    """Status 200, so that htmx swaps it in."""
    route(app, "/<int:pk>", Edit, partial_block="content")
    answer = client.post(f"/{book.id}", data={"title": ""}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.strip().startswith("<h1>")
    assert 'aria-invalid="true"' in answer.text


def test_delete_by_htmx_is_answered_with_nothing(app, client, db, book):
    """Status 200, so that the row is swapped for nothing; others are redirected."""

    class Delete(HtmxMixin, DeleteView[Book]):
        success_url = "/done"

    other = Book(title="Other")
    db.add(other)
    db.commit()
    route(app, "/<int:pk>", Delete)
    answer = client.delete(f"/{book.id}", headers=HTMX)
    assert (answer.status_code, answer.text) == (200, "")
    assert "Location" not in answer.headers
    assert_redirects(client.delete(f"/{other.id}"), "/done", 303)
    assert db.scalars(select(Book)).all() == []


def test_delete_by_htmx_needs_the_csrf_header(csrf_app, db, book):
    """As every unsafe request."""

    class Delete(HtmxMixin, DeleteView[Book]):
        success_url = "/done"

    route(csrf_app, "/<int:pk>", Delete)
    csrf_app.add_url_rule("/token", "token", csrf_app.jinja_env.globals["csrf_token"])
    client = csrf_app.test_client()
    assert client.delete(f"/{book.id}", headers=HTMX).status_code == 400
    token = client.get("/token").text
    headers = {**HTMX, "X-CSRFToken": token}
    assert client.delete(f"/{book.id}", headers=headers).status_code == 200
    assert db.scalars(select(Book)).all() == []


# --- redirects and events -------------------------------------------------------------


def test_hx_redirect_moves_the_whole_page(app, client, db):
    """Without htmx it is a plain redirect."""

    class New(HtmxMixin, CreateView[Book]):
        fields = ["title"]

        def form_valid(self, form):
            self.success_url = "/unused"
            super().form_valid(form)
            return self.hx_redirect("/books/ä")

    route(app, "/", New)
    answer = client.post("/", data={"title": "x"}, headers=HTMX)
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["HX-Redirect"].startswith("/books/")
    assert client.post("/", data={"title": "y"}).status_code == 303
    assert len(db.scalars(select(Book)).all()) == 2


def test_hx_trigger_carries_events_as_json(pages, client):
    """Whatever is in them, it is one line of ASCII; not on an error."""

    class Loud(Page):
        def get(self, **kwargs):
            self.hx_trigger("saved", {"title": "Ä\n\r: x"})
            self.hx_trigger("shown")
            answer = super().get(**kwargs)
            if "fail" in self.request.args:
                answer.status_code = 404
            return answer

    route(pages, "/", Loud)
    header = client.get("/", headers=HTMX).headers["HX-Trigger"]
    assert header.isascii()
    assert json.loads(header) == {"saved": {"title": "Ä\n\r: x"}, "shown": None}
    assert "HX-Trigger" not in client.get("/?fail", headers=HTMX).headers


def test_a_guards_redirect_moves_the_whole_page(app, client, db, book):
    """The login page does not belong into a part; without htmx it is a 302."""
    app.config["CBV_LOGIN_URL"] = "/login"

    class Guarded(HtmxMixin, LoginRequiredMixin, ListView[Book]):
        pass

    route(app, "/books", Guarded)
    answer = client.get("/books", headers=HTMX)
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["HX-Redirect"] == "/login?next=/books"
    assert_redirects(client.get("/books"), "/login?next=/books", 302)


@pytest.mark.parametrize("verb", ["get", "post", "delete"])
def test_allows_leaves_the_response_of_the_page_alone(app, client, verb):
    """The page that asks it for a link may be a function, or any other view."""
    app.config["CBV_LOGIN_URL"] = "/login"

    class Guarded(HtmxMixin, LoginRequiredMixin, TemplateView):
        pass

    class Menu(View):
        def get(self, **kwargs):
            return redirect(f"/{Guarded.allows()}", code=303)

        post = delete = get

    function = Menu().get
    methods = ["GET", "POST", "DELETE"]
    app.add_url_rule("/function", "function", function, methods=methods)
    route(app, "/view", Menu)
    for path in ("/function", "/view"):
        answer = client.open(path, method=verb.upper(), headers=HTMX)
        assert_redirects(answer, "/False", 303)
        assert "HX-Request" not in answer.headers.get("Vary", "")


def test_a_redirect_of_the_view_itself_stays_one(pages, client):
    """The browser follows it, and htmx swaps in what it finds."""

    class Moved(Page):
        def get(self, **kwargs):
            return redirect("/there", code=302)

    route(pages, "/", Moved)
    assert_redirects(client.get("/", headers=HTMX), "/there", 302)
