"""A form whose CSRF token has expired is shown again, and nothing is saved."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from wtforms import Form as PlainForm
from wtforms import StringField

from cbv import CreateView
from cbv import DeleteView
from cbv import FormView
from cbv import UpdateView
from cbv.auth import LoginView
from cbv.auth import LogoutView
from cbv.auth import PasswordChangeView
from cbv.auth import PasswordResetView
from cbv.auth import RegisterView
from cbv.forms import Form
from cbv.formsets import FormSetView
from cbv.formsets import InlineFormSetFactory
from cbv.formsets import ModelFormSetView
from cbv.formsets import UpdateWithInlinesView
from support.library_models import Author
from support.library_models import Book
from support.library_models import User

TEXT = "typed <by> a user"
REASON = "This page was open for too long. Please send it again."


@pytest.fixture
def app(csrf_app):
    """An application with CSRF on, and an author, a book and a user."""
    csrf_app.add_url_rule("/token", "token", lambda: generate_csrf())
    return csrf_app


@pytest.fixture
def rows(db):
    user = User(username="ann", email="ann@example.org")
    user.set_password("a long password")
    db.add_all([Author(name="Old", books=[Book(title="Old")]), user])
    db.commit()
    return user


def is_shown_again(app, client, data, address="/", verb="post"):
    """Post after the token's time is over, then again with the page's new token."""
    old = client.get("/token").text
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    answer = getattr(client, verb)(address, data={**data, "csrf_token": old})
    app.config["WTF_CSRF_TIME_LIMIT"] = 3600
    assert answer.status_code == 400
    text = unescape(answer.text)
    assert REASON in text
    for name, value in data.items():
        if "password" not in name:
            assert value in text, name
    (new, *_) = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text)
    assert answer.headers["Content-Type"].startswith("text/html")
    return getattr(client, verb)(address, data={**data, "csrf_token": new})


@pytest.mark.parametrize("base", [PlainForm, FlaskForm, Form])
@pytest.mark.parametrize("prefix", [None, "p"])
def test_a_form_of_any_class_is_shown_again(app, base, prefix):
    """With what was typed, a new token and the reason; it is not validated."""
    form = type("Any", (base,), {"name": StringField(validators=[never])})

    class Edit(FormView):
        form_class = form
        success_url = "/done"
        template_name = "cbv/object_form.html"

    Edit.prefix = prefix
    app.add_url_rule("/", view_func=Edit.as_view("edit"))
    client = app.test_client()
    name = "p-name" if prefix else "name"
    old = client.get("/token").text
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    field = "p-csrf_token" if prefix and base is FlaskForm else "csrf_token"
    answer = client.post("/", data={name: TEXT, field: old})
    assert answer.status_code == 400
    assert REASON in answer.text
    assert TEXT in unescape(answer.text)


def never(form, field):
    raise AssertionError("validated")


def create(app):
    class View(CreateView[Author]):
        fields = ["name"]
        success_url = "/done"

    return View, {"name": TEXT}


def update(app):
    class View(UpdateView[Author]):
        fields = ["name"]
        success_url = "/done"

        def get_object(self):
            return app.session().scalars(select(Author)).first()

    return View, {"name": TEXT}


def formset(app):
    class View(ModelFormSetView[Author]):
        fields = ["name"]
        success_url = "/done"

    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "1", "form-0-id": "1"}
    return View, {**data, "form-0-name": TEXT, "form-1-name": "second"}


def inlines(app):
    class Books(InlineFormSetFactory):
        model = Book
        fields = ["title"]
        factory_kwargs = {"extra": 1}

    class View(UpdateWithInlinesView[Author]):
        fields = ["name"]
        success_url = "/done"
        inlines = [Books]

        def get_object(self):
            return app.session().scalars(select(Author)).first()

    data = {"books-TOTAL_FORMS": "1", "books-INITIAL_FORMS": "0"}
    return View, {**data, "name": TEXT, "books-0-title": "a new book"}


@pytest.mark.parametrize("make", [create, update, formset, inlines])
def test_every_form_view_shows_its_form_again(app, db, rows, make):
    """Nothing is saved, until it is sent again."""
    app.session = db
    view, data = make(app)
    if make is formset:
        data["form-0-id"] = str(db.scalars(select(Author.id)).one())
    app.add_url_rule("/", view_func=view.as_view("edit"))
    client = app.test_client()
    saved = []
    original = view.form_valid

    def form_valid(self, form):
        saved.append(form)
        return original(self, form)

    view.form_valid = form_valid
    answer = is_shown_again(app, client, data)
    assert (answer.status_code, len(saved)) == (303, 1)
    assert TEXT in db.scalars(select(Author.name)).all()


def test_a_delete_page_asks_again(app, db, rows):
    """The row is still there."""

    class Delete(DeleteView[Author]):
        success_url = "/done"

    app.add_url_rule("/<int:pk>", view_func=Delete.as_view("delete"))
    book = db.scalars(select(Book)).one()
    book.author = None
    db.commit()
    author = db.scalars(select(Author)).one()
    answer = is_shown_again(app, app.test_client(), {}, f"/{author.id}")
    assert answer.status_code == 303
    assert db.scalars(select(Author)).all() == []


def test_a_plain_formset_keeps_what_was_typed(app):
    """In every form of it."""

    class Row(PlainForm):
        name = StringField(validators=[never])

    class Edit(FormSetView):
        form_class = Row
        success_url = "/done"
        template_name = "cbv/object_formset.html"

    app.add_url_rule("/", view_func=Edit.as_view("edit"))
    client = app.test_client()
    old = client.get("/token").text
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-name": TEXT}
    answer = client.post("/", data={**data, "form-1-name": "b", "csrf_token": old})
    assert (answer.status_code, REASON in answer.text) == (400, True)
    assert [form["name"].data for form in answer.context["formset"]] == [TEXT, "b"]


@pytest.mark.parametrize(
    ("view", "data"),
    [
        (LoginView, {"username": "ann", "password": "a long password"}),
        (RegisterView, {"username": "new", "email": "new@example.org"}),
        (PasswordResetView, {"email": "ann@example.org"}),
    ],
)
def test_the_pages_of_accounts_are_shown_again(app, db, rows, view, data):
    """Nobody is logged in by it, and no password is shown."""
    app.config["CBV_BASE_URL"] = "http://localhost"
    app.add_url_rule("/", view_func=view.as_view("page"))
    client = app.test_client()
    old = client.get("/token").text
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    answer = client.post("/", data={**data, "csrf_token": old})
    assert (answer.status_code, REASON in answer.text) == (400, True)
    assert "a long password" not in answer.text
    with client.session_transaction() as session:
        assert "_user_id" not in session
    assert data.get("username", data.get("email")) in answer.text


def test_a_guarded_page_asks_its_guards_first(app, db, rows):
    """Who is not logged in is sent to the login page."""
    app.config["CBV_LOGIN_URL"] = "/login"
    app.add_url_rule("/", view_func=PasswordChangeView.as_view("change"))
    client = app.test_client()
    old = client.get("/token").text
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    assert client.post("/", data={"csrf_token": old}).status_code == 302
    client.force_login(rows)
    old = client.get("/token").text
    answer = client.post("/", data={"csrf_token": old})
    assert (answer.status_code, REASON in answer.text) == (400, True)
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "how", ["header", "none", "forged", "another session", "query"]
)
def test_any_other_token_is_refused_as_ever(app, how):
    """A script, a missing token, and one that is not of this session: no form."""

    class Edit(FormView):
        form_class = type("F", (PlainForm,), {"name": StringField()})
        success_url = "/done"
        template_name = "cbv/object_form.html"

        def get_form(self, form_class=None):
            raise AssertionError("asked for a form")

    app.add_url_rule("/", view_func=Edit.as_view("edit"))
    client = app.test_client()
    own, other = client.get("/token").text, app.test_client().get("/token").text
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    data = {"forged": own[:-1] + "x", "another session": other}.get(how)
    answer = client.post(
        "/" if how != "query" else f"/?csrf_token={own}",
        data={"name": TEXT, **({"csrf_token": data} if data else {})},
        headers={"X-CSRFToken": own} if how == "header" else {},
    )
    assert answer.status_code == 400
    assert TEXT not in answer.text


@pytest.mark.parametrize("hook", ["post", "dispatch_request"])
def test_own_code_never_runs_on_an_expired_token(app, hook):
    """It might act before the form is shown: the request is refused."""

    def reached(self, **kwargs):
        raise AssertionError("reached")

    class Edit(FormView):
        form_class = type("F", (PlainForm,), {"name": StringField()})
        success_url = "/done"
        template_name = "cbv/object_form.html"

    view = type("Own", (Edit,), {hook: reached})
    app.add_url_rule("/", view_func=view.as_view("edit"))
    app.add_url_rule("/out", view_func=LogoutView.as_view("logout"))
    client = app.test_client()
    old = client.get("/token").text
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    assert client.post("/", data={"csrf_token": old}).status_code == 400
    assert client.post("/out", data={"csrf_token": old}).status_code == 400
