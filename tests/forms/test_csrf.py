"""Whether an unsafe request was sent by one of our own pages."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint
from flask import render_template_string
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from jinja2 import UndefinedError
from wtforms import Form
from wtforms import StringField

from cbv import CreateView
from cbv import DeleteView
from cbv import FormView
from cbv import UpdateView
from cbv import View
from support.library_models import Book


class NameForm(Form):
    name = StringField()


class FlaskNameForm(FlaskForm):
    name = StringField()


class Page(FormView):
    form_class = NameForm
    success_url = "/done"


@pytest.fixture
def app(csrf_app):
    """An application with CSRF on; `/token` gives a token and its cookie."""
    csrf_app.add_url_rule("/token", "token", lambda: generate_csrf())
    return csrf_app


@pytest.fixture
def client(app):
    """A client of it, on a page that checks."""
    app.add_url_rule("/", view_func=Page.as_view())
    app.add_url_rule("/flask", view_func=Page.as_view("f", form_class=FlaskNameForm))
    return app.test_client()


def token(client, **options):
    return client.get("/token", **options).text


# --- the token ----------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/flask"])
def test_token_by_field_or_header(client, address):
    """Either proves the page, for a plain WTForms form and a Flask-WTF one."""
    value = token(client)
    for data, headers in (
        ({"csrf_token": value}, {}),
        ({}, {"X-CSRFToken": value}),
        ({}, {"X-CSRF-Token": value}),
    ):
        assert client.post(address, data=data, headers=headers).status_code == 303


@pytest.mark.parametrize("address", ["/", "/flask"])
@pytest.mark.parametrize(
    "make",
    [
        lambda good: "",
        lambda good: "x",
        lambda good: good[:-9] + ("A" if good[-9] != "A" else "B") + good[-8:],
        lambda good: good.upper(),
        lambda good: "x" * 100_000,
        lambda good: "\0",
        lambda good: "é",
    ],
)
def test_wrong_token_is_400(client, address, make):
    """Empty, altered, endless or no token at all."""
    value = make(token(client))
    assert client.post(address, data={"csrf_token": value}).status_code == 400
    assert client.post(address, data={}).status_code == 400


def test_token_in_the_query_or_of_another_session_is_400(app, client):
    """What a foreign page could know or send does not count."""
    value = token(client)
    assert client.post(f"/?csrf_token={value}").status_code == 400
    stranger = app.test_client()
    token(stranger)
    assert stranger.post("/", data={"csrf_token": value}).status_code == 400
    assert app.test_client().post("/", data={"csrf_token": value}).status_code == 400


def test_field_under_a_prefix_counts(app):
    """A form with a prefix names its token so."""
    view = Page.as_view("p", form_class=FlaskNameForm, prefix="a")
    app.add_url_rule("/", view_func=view)
    client = app.test_client()
    data = {"a-csrf_token": token(client), "a-name": "x"}
    assert client.post("/", data=data).status_code == 303


def test_token_counts_until_its_time_is_over(app, client):
    """WTF_CSRF_TIME_LIMIT is Flask-WTF's."""
    value = token(client)
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    assert client.post("/", data={"csrf_token": value}).status_code == 400


@pytest.mark.parametrize(
    ("verb", "base"),
    [
        ("post", UpdateView),
        ("put", UpdateView),
        ("post", DeleteView),
        ("delete", DeleteView),
    ],
)
def test_every_unsafe_verb_of_a_form_view_is_checked(app, db, verb, base):
    book = Book(title="x")
    db.add(book)
    db.commit()

    class Change(base[Book]):
        fields = ["title"]
        success_url = "/"

    app.add_url_rule("/<int:pk>", view_func=Change.as_view())
    client = app.test_client()
    send, url, data = getattr(client, verb), f"/{book.id}", {"title": "y"}
    assert send(url, data=data).status_code == 400
    assert client.get(url).status_code == 200
    headers = {"X-CSRFToken": token(client)}
    assert send(url, data=data, headers=headers).status_code == 303


def test_refused_request_runs_no_code_and_no_statement(app, db):
    """The check comes before the dispatch."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

        def dispatch_request(self, **kwargs):
            raise AssertionError("reached")

    app.add_url_rule("/", view_func=New.as_view())
    assert app.test_client().post("/", data={"title": "x"}).status_code == 400


# --- the origin ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "HTTP://LOCALHOST"}, 303),
        ({"Origin": "http://localhost", "Host": "LocalHost"}, 303),
        ({"Origin": "http://evil.example", "Host": "LocalHost"}, 400),
        ({"Origin": "https://localhost"}, 303),
        ({"Origin": "http://evil.example"}, 400),
        ({"Origin": "http://localhost.evil.example"}, 400),
        ({"Origin": "http://localhost:8080"}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": ""}, 400),
        ({"Referer": "https://[::1"}, 400),
        ({"Referer": "http://localhost:port/"}, 400),
        ({"Referer": "http://evil.example/"}, 303),
    ],
)
def test_foreign_origin_is_refused_even_with_a_good_token(client, headers, status):
    """Over http the Referer tells nothing, but must be one."""
    data = {"csrf_token": token(client)}
    assert client.post("/", data=data, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Referer": "https://localhost/form"}, 303),
        ({"Referer": "https://LocalHost/form", "Host": "LOCALHOST"}, 303),
        ({"Referer": "http://localhost/form"}, 400),
        ({"Referer": "https://evil.example/"}, 400),
        ({"Referer": "https://localhost.evil.example/"}, 400),
        ({"Referer": "https://user@localhost/"}, 400),
        ({"Referer": "https://localhost:444/"}, 400),
        ({"Referer": "https://[::1"}, 400),
        ({"Origin": "https://localhost"}, 303),
        ({"Origin": "http://localhost"}, 400),
    ],
)
def test_https_wants_origin_or_referer_of_this_host(client, headers, status):
    """As Flask-WTF does for the Referer, and Django for both."""
    data = {"csrf_token": token(client, base_url="https://localhost")}
    answer = client.post("/", data=data, headers=headers, base_url="https://localhost")
    assert answer.status_code == status


def test_strict_referer_can_be_turned_off(app, client):
    """WTF_CSRF_SSL_STRICT is Flask-WTF's."""
    app.config["WTF_CSRF_SSL_STRICT"] = False
    data = {"csrf_token": token(client, base_url="https://localhost")}
    answer = client.post("/", data=data, base_url="https://localhost")
    assert answer.status_code == 303


# --- where it is not checked ----------------------------------------------------------


def test_plain_view_is_left_to_the_application(app):
    """Only form views check by themselves."""

    class Hook(View):
        def post(self, **kwargs):
            return "ok"

    app.add_url_rule("/", view_func=Hook.as_view())
    assert app.test_client().post("/").text == "ok"


@pytest.mark.parametrize("form_class", [NameForm, FlaskNameForm])
def test_view_may_exempt_itself(app, form_class):
    """csrf_exempt = True, for either kind of form, with CSRFProtect too."""
    CSRFProtect(app)

    class Hook(Page):
        csrf_exempt = True

    app.add_url_rule("/", view_func=Hook.as_view(form_class=form_class))
    client = app.test_client()
    assert client.post("/", headers={"Origin": "null"}).status_code == 303


def test_setting_turns_it_off(app, client):
    """WTF_CSRF_ENABLED = False is honoured."""
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/").status_code == 303
    assert client.post("/flask").status_code == 303


@pytest.mark.parametrize("form_class", [NameForm, FlaskNameForm])
def test_exemption_by_csrfprotect_holds(app, form_class):
    """csrf.exempt(view), or of its blueprint."""
    csrf = CSRFProtect(app)
    view = Page.as_view("own", form_class=form_class)
    csrf.exempt(view)
    app.add_url_rule("/", view_func=view)
    blueprint = Blueprint("b", __name__)
    blueprint.add_url_rule("/b", view_func=Page.as_view("b", form_class=form_class))
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)
    app.add_url_rule("/c", view_func=Page.as_view("c", form_class=form_class))
    client = app.test_client()
    assert [client.post(a).status_code for a in ("/", "/b", "/c")] == [303, 303, 400]


def test_csrfprotect_and_the_view_agree_on_one_token(app, client):
    """With both installed a good token is enough, and a bad Referer is no 500."""
    CSRFProtect(app)
    value = token(client)
    assert client.post("/flask", data={"csrf_token": value}).status_code == 303
    answer = client.post(
        "/",
        data={"csrf_token": value},
        headers={"Referer": "https://[::1"},
        base_url="https://localhost",
    )
    assert answer.status_code == 400


def test_form_page_without_a_token_field_gets_one_from_the_template(app):
    """The default form template adds the field to a plain form."""
    app.add_url_rule(
        "/", view_func=Page.as_view("p", template_name="cbv/object_form.html")
    )
    client = app.test_client()
    text = client.get("/").text
    value = text.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/", data={"csrf_token": value}).status_code == 303


@pytest.mark.parametrize("macro", ["form_fields", "form_tag"])
def test_a_page_without_a_form_has_the_token_of_its_own_form_element(csrf_app, macro):
    """``form_fields(None)``: a button alone can be pressed, too."""
    text = f"{{% from 'cbv/forms.html' import {macro} %}}{{{{ {macro}(form) }}}}"
    with csrf_app.test_request_context():
        shown = render_template_string(text, form=None)
        assert re.findall('<input.*? name="(.*?)"', shown) == ["csrf_token"]
        with pytest.raises(UndefinedError):  # a misspelt name is no None
            render_template_string(text)
