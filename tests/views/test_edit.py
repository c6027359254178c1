"""FormView, CreateView, UpdateView and DeleteView."""

from __future__ import annotations

import warnings

import pytest
from flask import flash
from flask import g
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from jinja2 import DictLoader
from sqlalchemy import func
from sqlalchemy import select
from werkzeug.local import LocalProxy
from wtforms import Form as PlainForm
from wtforms import StringField
from wtforms.validators import InputRequired

import cbv.db
from cbv import CreateView
from cbv import DeleteView
from cbv import FormView
from cbv import HtmxMixin
from cbv import ImproperlyConfigured
from cbv import per_request
from cbv import reverse_lazy
from cbv import SuccessMessageMixin
from cbv import UpdateView
from cbv import url_value
from cbv.exceptions import UnsavedChangesWarning
from cbv.forms import add_error
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Book
from support.library_models import Tag
from support.library_models import User


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))


def titles(db):
    db.expire_all()
    return sorted(db.scalars(select(Book.title)))


@pytest.fixture
def book(db):
    found = Book(title="Old", slug="old", pages=3)
    db.add(found)
    db.commit()
    return found


class NameForm(PlainForm):
    name = StringField(validators=[InputRequired()])


# --- FormView ---------------------------------------------------------------------


def test_form_view_shows_validates_and_redirects_with_303(app, client):
    """GET shows the form, an invalid POST shows it again, a valid one redirects."""

    class Contact(FormView):
        form_class = NameForm
        template_name = "cbv/object_form.html"
        success_url = "/thanks"

    route(app, "/", Contact)
    assert client.get("/").context["form"].errors == {}
    invalid = client.post("/", data={"name": ""})
    assert (invalid.status_code, list(invalid.context["form"].errors)) == (
        200,
        ["name"],
    )
    valid = client.post("/", data={"name": "x"})
    assert (valid.status_code, valid.location) == (303, "/thanks")


def test_put_goes_to_post_and_patch_is_405(app, client):
    """As in Django."""

    class Contact(FormView):
        form_class = NameForm
        success_url = "/thanks"

    route(app, "/", Contact)
    assert client.put("/", data={"name": "x"}).status_code == 303
    assert client.patch("/", data={"name": "x"}).status_code == 405


def test_initial_is_copied_and_wins_over_the_object(app, client, db, book):
    """Initial values show first, in every request alike; WTForms alone differs."""

    class Edit(UpdateView[Book]):
        fields = ["title", "pages"]
        initial = {"title": "First"}

        def get_initial(self):
            initial = super().get_initial()
            initial["seen"] = True
            return initial

    route(app, "/<int:pk>", Edit)
    for _ in range(2):
        form = client.get(f"/{book.id}").context["form"]
        assert (form.title.data, form.pages.data) == ("First", 3)
    assert Edit.initial == {"title": "First"}


def test_form_kwargs_are_those_of_wtforms(app, db, book):
    """formdata is None unless submitted; obj is the object; prefix is never None."""

    class Edit(UpdateView[Book]):
        fields = ["title"]

    view = Edit()
    with app.test_request_context():
        view.setup(pk=book.id)
        kwargs = view.get_form_kwargs()
        assert kwargs == {
            "formdata": None,
            "obj": view.object,
            "data": {},
            "prefix": "",
        }


def test_prefix_is_put_before_the_names(app, client):
    """A prefixed form reads prefixed fields only."""

    class Contact(FormView):
        form_class = NameForm
        prefix = "p"
        template_name = "cbv/object_form.html"
        success_url = "/thanks"

    route(app, "/", Contact)
    assert client.post("/", data={"name": "x"}).status_code == 200
    assert client.post("/", data={"p-name": "x"}).status_code == 303


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/a%20b", "/a%20b"),
        ("done", "/done/"),
        (reverse_lazy("done"), "/done/"),
        ("?page=2", "?page=2"),
        ("https://other.test/x", "https://other.test/x"),
    ],
)
def test_success_url_is_a_url_a_lazy_one_or_an_endpoint(app, client, target, location):
    """No slash: through url_for."""

    class Contact(FormView):
        form_class = NameForm
        success_url = target

    app.add_url_rule("/done/", "done", lambda: "")
    route(app, "/", Contact)
    assert client.post("/", data={"name": "x"}).location == location


def test_no_success_url_names_class_and_cures(app, client):
    """Nowhere to go is a configuration error."""

    class Lost(FormView):
        form_class = NameForm

    route(app, "/", Lost)
    with pytest.raises(ImproperlyConfigured, match=r"Lost.*success_url.*get_succ"):
        client.post("/", data={"name": "x"})


def test_no_form_class_names_class_and_cures(app, client):
    """A form view without form is a configuration error."""

    class Bare(FormView):
        template_name = "cbv/object_form.html"

    route(app, "/", Bare)
    with pytest.raises(ImproperlyConfigured, match=r"Bare.*form_class"):
        client.get("/")


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"name": "x"}', "application/json"),
        (b"name=x", "text/plain"),
        (b"name=x", "multipart/form-data"),
        (b"name=\xff", "application/x-www-form-urlencoded"),
    ],
)
def test_body_that_is_no_form_is_400(app, client, data, content_type):
    """JSON, a multipart body without boundary, bytes that are no UTF-8."""

    class Contact(FormView):
        form_class = NameForm
        template_name = "cbv/object_form.html"
        success_url = "/thanks"

    route(app, "/", Contact)
    response = client.post("/", data=data, content_type=content_type)
    assert response.status_code == 400


def test_upload_comes_with_the_form(app, client):
    """Form and files are one formdata, and the default template sets multipart."""
    import io

    class Upload(FlaskForm):
        title = StringField()
        file = FileField()

    class View(FormView):
        form_class = Upload
        template_name = "cbv/object_form.html"

        def form_valid(self, form):
            return form.title.data + form.file.data.read().decode()

    route(app, "/", View)
    assert 'enctype="multipart/form-data"' in client.get("/").text
    data = {"title": "a", "file": (io.BytesIO(b"b"), "b.txt")}
    assert client.post("/", data=data).text == "ab"


# --- CSRF -------------------------------------------------------------------------


@pytest.mark.parametrize("form_class", [NameForm, FlaskForm])
def test_form_view_checks_csrf_whatever_the_form(csrf_app, form_class):
    """Without a token 400, with the field of the default template 303."""

    class Contact(FormView):
        template_name = "cbv/object_form.html"
        success_url = "/thanks"

    route(csrf_app, "/", Contact, form_class=form_class)
    client = csrf_app.test_client()
    assert client.post("/", data={"name": "x"}).status_code == 400
    page = client.get("/").text
    assert page.count('name="csrf_token"') == 1
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data = {"name": "x", "csrf_token": token}
    assert client.post("/", data=data).status_code == 303


def test_delete_needs_the_header(csrf_app, db, book):
    """DELETE has no form: no header, no effect."""

    class Remove(DeleteView[Book]):
        success_url = "/"

    route(csrf_app, "/<int:pk>", Remove)
    client = csrf_app.test_client()
    page = client.get(f"/{book.id}").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert client.delete(f"/{book.id}").status_code == 400
    assert titles(db) == ["Old"]
    headers = {"X-CSRFToken": token}
    assert client.delete(f"/{book.id}", headers=headers).status_code == 303
    assert titles(db) == []


# --- CreateView -------------------------------------------------------------------


def test_create_saves_one_row_in_one_statement(app, client, db):
    """A valid POST of a model without foreign key or unique column: the INSERT."""

    class New(CreateView[Author]):
        fields = ["name"]
        success_url = "/authors/{pk}"

    route(app, "/", New)
    with count_queries(1):
        response = client.post("/", data={"name": "Ann"})
    author = db.scalars(select(Author)).one()
    assert (response.status_code, response.location) == (303, f"/authors/{author.id}")
    assert author.name == "Ann"


def test_statements_of_a_form_with_a_foreign_key(app, client, db):
    """Form page 1, invalid POST 2, valid POST 2."""
    db.add(Author(name="Ann"))
    db.commit()

    class New(CreateView[Book]):
        fields = ["title", "author_id"]
        success_url = "/"

    route(app, "/", New)
    key = str(db.scalars(select(Author.id)).one())
    client.get("/")
    with count_queries(1):
        client.get("/")
    with count_queries(2):
        client.post("/", data={"title": "", "author_id": key})
    with count_queries(2):
        client.post("/", data={"title": "x", "author_id": key})
    assert db.scalars(select(Book)).one().author.name == "Ann"


def test_invalid_post_keeps_what_was_typed_and_saves_nothing(app, client, db):
    """Status 200, errors on the fields, no row."""

    class New(CreateView[Book]):
        fields = ["title", "pages"]
        success_url = "/"

    route(app, "/", New)
    response = client.post("/", data={"title": "t" * 51, "pages": "many"})
    assert response.status_code == 200
    assert sorted(response.context["form"].errors) == ["pages", "title"]
    assert "many" in response.text
    assert 'aria-invalid="true"' in response.text
    assert titles(db) == []


def test_unknown_fields_in_a_post_have_no_effect(app, client, db):
    """What is not in fields is not written."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

    route(app, "/", New)
    data = {"title": "x", "id": "77", "slug": "forced", "owner_id": "1", "query": "1"}
    client.post("/", data={**data, "_sa_instance_state": "1", "metadata": "1"})
    book = db.scalars(select(Book)).one()
    assert (book.slug, book.owner_id) == (None, None)
    assert book.id != 77


def test_object_is_none_and_instance_is_what_will_be_saved(app, client, db):
    """form.instance may be filled before super().form_valid(), as in Django."""
    db.add(User(username="ann"))
    db.commit()

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

        def form_valid(self, form):
            assert self.object is None
            assert form.instance.title == "x"
            assert form.instance not in db
            owner = db.scalars(select(User)).one()
            form.instance.owner = LocalProxy(lambda: owner)
            answer = super().form_valid(form)
            assert self.object is form.instance
            return answer

    route(app, "/", New)
    assert client.post("/", data={"title": "x"}).status_code == 303
    book = db.scalars(select(Book)).one()
    assert type(book.owner) is User


def test_explicit_form_class_fills_mapped_attributes_only(app, client, db):
    """Any WTForms form works; a field that names no mapped attribute stays out."""

    class BookForm(PlainForm):
        title = StringField()
        extra = StringField()

    class New(CreateView[Book]):
        form_class = BookForm
        success_url = "/"

        def form_valid(self, form):
            g.extra = hasattr(form.instance, "extra")
            return super().form_valid(form)

    @app.after_request
    def note(response):
        response.headers["X-Extra"] = str(g.extra)
        return response

    route(app, "/", New)
    assert (
        client.post("/", data={"title": "x", "extra": "y"}).headers["X-Extra"]
        == "False"
    )
    assert titles(db) == ["x"]


def test_queries_do_not_flush_a_half_filled_object(app, client, db, book):
    """Autoflush is off between validation and the save, and on again after it."""

    class Edit(UpdateView[Book]):
        fields = ["title"]
        success_url = "/"

        def form_valid(self, form):
            before = db.scalars(select(func.count(Book.id)).where(Book.title == "New"))
            assert before.one() == 0
            answer = super().form_valid(form)
            assert db().autoflush
            return answer

    route(app, "/<int:pk>", Edit)
    assert client.post(f"/{book.id}", data={"title": "New"}).status_code == 303
    assert titles(db) == ["New"]


@pytest.mark.parametrize("options", [{}, {"fields": ["title"], "form_class": NameForm}])
def test_fields_or_form_class_but_not_both(options):
    """Neither, or both, is refused when as_view is called."""
    with pytest.raises(ImproperlyConfigured, match=r"New has (both|neither)"):
        type("New", (CreateView,), {"model": Book, **options}).as_view()


def test_no_model_is_refused_when_as_view_is_called():
    """The error names the class and the cures."""
    with pytest.raises(ImproperlyConfigured, match=r"New has no model.*queryset"):
        type("New", (CreateView,), {"fields": ["title"]}).as_view()


# --- clashes and other refusals ---------------------------------------------------


def test_unique_clash_is_an_error_on_the_field(app, client, db, book):
    """Found before the save: status 200, the input kept, nothing saved."""

    class New(CreateView[Book]):
        fields = ["title", "slug"]
        success_url = "/"

    route(app, "/", New)
    response = client.post("/", data={"title": "New", "slug": "old"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["slug"]
    assert 'value="New"' in response.text
    assert titles(db) == ["Old"]


def test_unique_clash_found_by_the_database_is_an_error_on_the_field(
    app, client, db, book, monkeypatch
):
    """A row that came after the check: the same answer; code after super() rests."""
    import cbv.forms

    real, after = cbv.forms.check_unique, []
    monkeypatch.setattr(
        cbv.forms.model_form, "check_unique", lambda form, instance: True
    )

    class New(CreateView[Book]):
        fields = ["title", "slug"]
        success_url = "/"

        def form_valid(self, form):
            answer = super().form_valid(form)
            after.append(self.object)
            return answer

        def save_failed(self, error):
            monkeypatch.setattr("cbv.views.edit.check_unique", real)
            return super().save_failed(error)

    route(app, "/", New)
    response = client.post("/", data={"title": "New", "slug": "old"})
    assert (response.status_code, after) == (200, [])
    assert list(response.context["form"].errors) == ["slug"]
    assert response.context.get("object") is None
    assert titles(db) == ["Old"]


def test_row_that_fails_at_the_commit_shows_the_form_again(app, client, db, book):
    """What form_valid left pending is flushed by the commit; its clash loses both."""

    class New(SuccessMessageMixin, CreateView[Book]):
        fields = ["title"]
        success_url = "/"
        success_message = "saved"

        def form_valid(self, form):
            answer = super().form_valid(form)
            db.add(Book(title="Second", slug="old"))
            return answer

    route(app, "/", New)
    response = client.post("/", data={"title": "First"})
    assert (response.status_code, response.flashes) == (200, [])
    assert response.context["form"].form_errors
    assert titles(db) == ["Old"]


def test_database_text_is_never_shown(app, client, db):
    """A refusal that is no unique clash is an error in plain words."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

        def form_valid(self, form):
            form.instance.author_id = 12345
            return super().form_valid(form)

    route(app, "/", New)
    response = client.post("/", data={"title": "x"})
    assert response.status_code == 200
    assert "could not be saved" in response.text
    for word in ("FOREIGN", "foreign key", "INSERT", "psycopg", "sqlite3"):
        assert word not in response.text
    assert titles(db) == []


# --- the transaction --------------------------------------------------------------


def test_what_is_written_after_super_is_saved_with_the_object(app, client, db):
    """Tags added after super().form_valid(form) are committed too."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

        def form_valid(self, form):
            answer = super().form_valid(form)
            self.object.tags.append(Tag(name="late"))
            return answer

    route(app, "/", New)
    client.post("/", data={"title": "x"})
    db.expire_all()
    assert [t.name for t in db.scalars(select(Book)).one().tags] == ["late"]


def test_error_after_super_loses_both(app, client, db):
    """An exception after the save rolls the object back."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

        def form_valid(self, form):
            super().form_valid(form)
            raise ZeroDivisionError

    route(app, "/", New)
    with pytest.raises(ZeroDivisionError):
        client.post("/", data={"title": "x"})
    assert titles(db) == []


@pytest.mark.parametrize("status", [400, 409, 500])
def test_status_from_400_loses_the_object(app, client, db, status):
    """An answer that says it went wrong keeps nothing."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

        def form_valid(self, form):
            super().form_valid(form)
            return "no", status

    route(app, "/", New)
    assert client.post("/", data={"title": "x"}).status_code == status
    assert titles(db) == []


def test_error_added_in_form_valid_keeps_nothing(app, client, db):
    """A form that is shown again after the save rolls it back, override or not."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

        def form_valid(self, form):
            super().form_valid(form)
            add_error(form, "title", "On second thoughts, no.")
            return self.form_invalid(form)

        def form_invalid(self, form):
            return "again"

    route(app, "/", New)
    assert client.post("/", data={"title": "x"}).text == "again"
    assert titles(db) == []


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("base", [CreateView, UpdateView, DeleteView])
def test_a_redirect_after_errors_shows_the_form_and_keeps_nothing(
    app, client, db, book, base, headers
):
    """Also by htmx, and no message says that it was saved."""

    class Refusing(SuccessMessageMixin, HtmxMixin, base):
        model = Book
        success_url = "/done"
        success_message = "Saved."

        def form_valid(self, form):
            super().form_valid(form)
            add_error(form, None, "On second thoughts, no.")
            return self.hx_redirect("/done")

    Refusing.fields = ["title"]
    route(app, "/<int:pk>", Refusing)
    answer = client.post(f"/{book.id}", data={"title": "typed"}, headers=headers)
    assert answer.status_code == 200
    assert "HX-Redirect" not in answer.headers
    assert answer.context["form"].form_errors == ["On second thoughts, no."]
    assert base is DeleteView or 'value="typed"' in answer.text
    assert answer.flashes == []
    assert titles(db) == ["Old"]


def test_a_redirect_after_errors_needs_no_database(app, client):
    """A view of a form alone shows it again."""

    class Refusing(FormView):
        form_class = NameForm
        success_url = "/done"
        template_name = "cbv/object_form.html"

        def form_valid(self, form):
            add_error(form, "name", "Not you.")
            return super().form_valid(form)

    route(app, "/", Refusing)
    assert "Not you." in client.post("/", data={"name": "x"}).text


def test_atomic_false_leaves_the_commit_to_the_view(app, client, db):
    """Without the view's own commit nothing is saved; with it, it is."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"
        atomic = False

        def form_valid(self, form):
            answer = super().form_valid(form)
            if form.title.data == "kept":
                cbv.db.commit()
            else:
                cbv.db.rollback()
            return answer

    route(app, "/", New)
    client.post("/", data={"title": "lost"})
    client.post("/", data={"title": "kept"})
    assert titles(db) == ["kept"]


def test_write_in_a_get_is_not_saved_and_warns(app, client, db, book):
    """A safe request keeps nothing and says so."""

    class Edit(UpdateView[Book]):
        fields = ["title"]

        def get_context_data(self, **kwargs):
            self.object.title = "Changed"
            return super().get_context_data(**kwargs)

    route(app, "/<int:pk>", Edit)
    route(app, "/atomic/<int:pk>", Edit, "atomic", atomic=True)
    with pytest.warns(UnsavedChangesWarning, match="Edit changed rows in a GET"):
        client.get(f"/{book.id}")
    assert titles(db) == ["Old"]
    with warnings.catch_warnings():
        client.get(f"/atomic/{book.id}")
    assert titles(db) == ["Changed"]


# --- scope ------------------------------------------------------------------------


def test_scope_fills_its_columns_on_create_and_a_post_cannot_change_them(
    app, client, db
):
    """Every equality fills its column, also against a field of the form."""
    user = User(username="ann")
    db.add(user)
    db.commit()

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"
        scope = [Book.owner_id == per_request(lambda: user.id), Book.pages == 7]

    route(app, "/", New)
    client.post("/", data={"title": "x", "pages": "9", "owner_id": ""})
    book = db.scalars(select(Book)).one()
    assert (book.owner_id, book.pages) == (user.id, 7)


def test_scope_without_value_refuses_to_create(app, client, db):
    """NULL is nobody: the login page where there is one, else 403; no row."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"
        scope = Book.owner_id == per_request(lambda: None)

    route(app, "/", New)
    assert client.get("/").status_code == 403
    app.config["CBV_LOGIN_URL"] = "/login"
    for response in (client.get("/?a=1"), client.post("/?a=1", data={"title": "x"})):
        assert (response.status_code, response.location) == (
            302,
            "/login?next=/%3Fa%3D1",
        )
    assert titles(db) == []


@pytest.mark.parametrize(
    "scope", [Book.pages > 3, (Book.pages == 1) | (Book.pages == 2)]
)
def test_scope_that_is_no_equality_is_refused_on_create(app, client, db, scope):
    """A new object cannot be made to fit it; the error gives the cure."""

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"

    route(app, "/", New, scope=scope)
    with pytest.raises(ImproperlyConfigured, match=r"New creates.*scope = None"):
        client.get("/")


@pytest.mark.parametrize("bases", [(), (SuccessMessageMixin,), (HtmxMixin,)])
def test_put_deletes_nothing(app, client, db, book, bases):
    """It would replace a row: 405, and not in Allow; POST and DELETE delete."""
    hooks = {"success_url": "/", "model": Book}
    route(app, "/<int:pk>", type("Remove", (*bases, DeleteView), hooks))
    address = f"/{book.id}"
    for headers in ({}, {"HX-Request": "true"}):
        response = client.put(address, headers=headers)
        assert response.status_code == 405
        assert set(response.allow) == {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}
    assert "PUT" not in client.options(address).allow
    assert titles(db) == [book.title]
    assert client.delete(address).status_code == 303
    assert titles(db) == []


def test_a_subclass_may_answer_put_all_the_same(app, client, db, book):
    """By a handler of its own."""

    class Remove(DeleteView[Book]):
        success_url = "/"

        def put(self, **kwargs):
            return self.object.title

    route(app, "/<int:pk>", Remove)
    assert client.put(f"/{book.id}").text == book.title


def test_rows_outside_the_scope_are_404_everywhere(app, client, db, book):
    """Update and delete, by GET and by POST, in one statement."""

    class Edit(UpdateView[Book]):
        fields = ["pages"]
        scope = Book.title == "Mine"

    class Remove(DeleteView[Book]):
        scope = Book.title == "Mine"
        success_url = "/"

    route(app, "/edit/<int:pk>", Edit)
    route(app, "/delete/<int:pk>", Remove)
    for verb in ("get", "post"):
        for page in ("edit", "delete"):
            response = client.open(f"/{page}/{book.id}", method=verb.upper())
            assert response.status_code == 404
    assert titles(db) == ["Old"]


def test_nested_resource_takes_its_parent_from_the_url(app, client, db):
    """url_value() in a scope fills the parent's key."""
    author = Author(name="Ann")
    db.add(author)
    db.commit()

    class New(CreateView[Book]):
        fields = ["title"]
        success_url = "/"
        scope = Book.author_id == url_value("author_id")

    route(app, "/authors/<int:author_id>/new", New)
    client.post(f"/authors/{author.id}/new", data={"title": "x"})
    assert db.scalars(select(Book)).one().author_id == author.id


# --- UpdateView and DeleteView ----------------------------------------------------


def test_update_shows_and_saves_the_object(app, client, db, book):
    """The form starts with the object's values; a POST changes the row."""

    class Edit(UpdateView[Book]):
        fields = ["title"]
        success_url = "/books/{slug}/{id}"

    route(app, "/<int:pk>", Edit)
    page = client.get(f"/{book.id}")
    assert page.context["form"].title.data == "Old"
    assert page.context["book"] is page.context["object"]
    assert page.templates == ["cbv/object_form.html", "cbv/base.html"] or page.templates
    response = client.post(f"/{book.id}", data={"title": "New"})
    assert response.location == f"/books/old/{book.id}"
    assert titles(db) == ["New"]


def test_success_url_may_be_an_endpoint_filled_from_the_object(app, client, db, book):
    """The rule's values are taken from the object."""

    class Edit(UpdateView[Book]):
        fields = ["title"]
        success_url = "shown"

    app.add_url_rule("/shown/<slug>/<int:pk>", "shown", lambda slug, pk: "")
    route(app, "/<int:pk>", Edit)
    response = client.post(f"/{book.id}", data={"title": "New"})
    assert response.location == f"/shown/old/{book.id}"


def test_get_absolute_url_is_the_default(app, client, db, book, monkeypatch):
    """Without success_url the object's own address is used; its errors surface."""
    monkeypatch.setattr(
        Book, "get_absolute_url", lambda self: f"/b/{self.id}", raising=False
    )

    class Edit(UpdateView[Book]):
        fields = ["title"]

    route(app, "/<int:pk>", Edit)
    response = client.post(f"/{book.id}", data={"title": "New"})
    assert response.location == f"/b/{book.id}"


def test_nowhere_to_go_after_a_save_saves_nothing(app, client, db):
    """The error names every cure, and the row is not kept."""

    class New(CreateView[Author]):
        fields = ["name"]

    route(app, "/", New)
    with pytest.raises(ImproperlyConfigured, match=r"New.*get_absolute_url.*Author"):
        client.post("/", data={"name": "x"})
    assert db.scalar(select(func.count(Author.id))) == 0


def test_slug_cannot_turn_a_success_url_into_a_host(app, client, db):
    """A value that begins with slashes stays a path."""

    class New(CreateView[Book]):
        fields = ["title", "slug"]
        success_url = "/{slug}"

    route(app, "/", New)
    response = client.post("/", data={"title": "x", "slug": "/evil.example"})
    assert response.location == "/evil.example"


def test_delete_asks_by_get_and_deletes_by_post(app, client, db, book):
    """GET changes nothing; POST deletes and redirects to a URL filled before."""

    class Remove(SuccessMessageMixin, DeleteView[Book]):
        success_url = "/gone/{slug}"
        success_message = "%(title)s is gone"

    route(app, "/<int:pk>", Remove)
    assert client.get(f"/{book.id}").context["object"].title == "Old"
    assert titles(db) == ["Old"]
    response = client.post(f"/{book.id}")
    assert (response.status_code, response.location) == (303, "/gone/old")
    assert response.flashes == [("success", "Old is gone")]
    assert titles(db) == []


def test_deleting_a_row_that_others_refer_to_is_409(app, client, db):
    """The reason is shown on the confirm page and the row stays."""
    tag = Tag(name="used")
    db.add(Book(title="x", tags=[tag]))
    db.commit()

    class Remove(SuccessMessageMixin, DeleteView[Tag]):
        success_url = "/"
        success_message = "gone"

    route(app, "/<int:pk>", Remove)
    response = client.post(f"/{tag.id}")
    assert (response.status_code, response.flashes) == (409, [])
    assert "other entries refer to it" in response.text
    assert db.scalar(select(func.count(Tag.id))) == 1


# --- SuccessMessageMixin ----------------------------------------------------------


@pytest.mark.parametrize("bases", [0, 1])
def test_success_message_is_flashed_once_in_either_order_of_bases(
    app, client, db, bases
):
    """Category success, filled from the form's data, whichever base comes first."""
    order = (SuccessMessageMixin, CreateView)
    ordered = order if bases == 0 else order[::-1]
    options = {"fields": ["name"], "success_url": "/", "success_message": "Hi %(name)s"}
    view_class = type("New", ordered, {"model": Author, **options})
    route(app, "/", view_class)
    assert client.post("/", data={"name": "Ann"}).flashes == [("success", "Hi Ann")]
    assert client.post("/", data={"name": ""}).flashes == []


def test_no_message_no_flash(app, client):
    """An empty message flashes nothing; the view's own flash stays."""

    class Contact(SuccessMessageMixin, FormView):
        form_class = NameForm
        success_url = "/"

        def form_valid(self, form):
            flash("own")
            return super().form_valid(form)

    route(app, "/", Contact)
    assert client.post("/", data={"name": "x"}).flashes == [("message", "own")]


def test_own_template_beats_the_default(app, client, db, book):
    """book_form.html of the app is used before cbv/object_form.html."""
    app.jinja_loader = DictLoader({"book_form.html": "mine {{ book.title }}"})

    class Edit(UpdateView[Book]):
        fields = ["title"]

    route(app, "/<int:pk>", Edit)
    assert client.get(f"/{book.id}").text == "mine Old"
