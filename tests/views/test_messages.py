"""SuccessMessageMixin: say that it worked, once it has."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from wtforms import Form
from wtforms import StringField
from wtforms.validators import InputRequired

import cbv.db
from cbv import CreateView
from cbv import DeleteView
from cbv import FormView
from cbv import SuccessMessageMixin
from cbv import UpdateView
from support.library_models import Book


class NameForm(Form):
    name = StringField(validators=[InputRequired()])


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))
    return app.test_client()


@pytest.fixture
def book(db):
    found = Book(title="Old")
    db.add(found)
    db.commit()
    return found.id


class New(SuccessMessageMixin, CreateView[Book]):
    fields = ["title"]
    success_url = "/"
    success_message = "%(title)s was made"


def test_message_is_filled_from_the_form(app, db):
    """The category is success; markup stays text until the template escapes it."""
    client = route(app, "/", New)
    assert client.post("/", data={"title": "<b>"}).flashes == [
        ("success", "<b> was made")
    ]
    with client.session_transaction() as session:
        assert session["_flashes"] == [("success", "<b> was made")]


def test_message_may_name_the_saved_object(app, db):
    """Attributes of the object are there too: its key, say."""
    client = route(app, "/", New, success_message="%(title)s is number %(id)s")
    text = client.post("/", data={"title": "x"}).flashes[0][1]
    assert text == f"x is number {db.scalars(Book.__table__.select()).one()}"


def test_message_on_update_and_delete(app, book):
    """DeleteView knows the object that went."""

    class Edit(SuccessMessageMixin, UpdateView[Book]):
        fields = ["title"]
        success_url = "/"
        success_message = "%(title)s kept"

    class Gone(SuccessMessageMixin, DeleteView[Book]):
        success_url = "/"
        success_message = "%(title)s deleted"

    client = route(app, "/e/<int:pk>", Edit)
    route(app, "/d/<int:pk>", Gone)
    edited = client.post(f"/e/{book}", data={"title": "New"})
    deleted = client.delete(f"/d/{book}")
    assert [edited.flashes, deleted.flashes] == [
        [("success", "New kept")],
        [("success", "New deleted")],
    ]


@pytest.mark.parametrize("first", [True, False])
def test_order_of_the_bases_does_not_matter(app, db, first):
    """The mixin derives from the class whose hook it wraps."""
    bases = (SuccessMessageMixin, CreateView) if first else (CreateView,)
    view = type(
        "New",
        bases if first else (SuccessMessageMixin, *bases),
        {
            "model": Book,
            "fields": ["title"],
            "success_url": "/",
            "success_message": "x",
        },
    )
    assert len(route(app, "/", view).post("/", data={"title": "a"}).flashes) == 1


def test_nothing_is_said_of_an_invalid_form(app, db):
    """Nor of a GET."""
    client = route(app, "/", New)
    assert client.post("/", data={"title": ""}).flashes == []
    assert client.get("/").flashes == []


def test_nothing_is_said_of_what_was_lost(app, db):
    """A rollback after the message, or a clash, drops it."""

    class Lost(New):
        def form_valid(self, form):
            super().form_valid(form)
            return "", 400

    class Undone(New):
        def form_valid(self, form):
            cbv.db.set_rollback()
            return super().form_valid(form)

    client = route(app, "/a", Lost)
    route(app, "/b", Undone)
    found = [client.post(a, data={"title": "x"}).flashes for a in ("/a", "/b")]
    assert found == [[], []]


def test_refused_deletion_is_not_announced(app, book, db, monkeypatch):
    """The 409 of DeleteView comes without the message."""

    def refuse(instance):
        raise IntegrityError("", {}, Exception())

    monkeypatch.setattr(cbv.db.writing, "delete", refuse)

    class Gone(SuccessMessageMixin, DeleteView[Book]):
        success_url = "/"
        success_message = "gone"

    response = route(app, "/<int:pk>", Gone).post(f"/{book}")
    assert (response.status_code, response.flashes) == (409, [])


def test_message_without_placeholder_and_none_at_all(app):
    """A plain text is flashed as it is; an empty one is not."""

    class Said(SuccessMessageMixin, FormView):
        form_class = NameForm
        success_url = "/"
        success_message = "100 %% right"

    client = route(app, "/", Said)
    route(app, "/silent", Said, "silent", success_message="")
    assert client.post("/", data={"name": "x"}).flashes == [("success", "100 % right")]
    assert client.post("/silent", data={"name": "x"}).flashes == []


def test_hook_makes_its_own_text(app):
    """get_success_message is given the form's data, as in Django."""

    class Said(SuccessMessageMixin, FormView):
        form_class = NameForm
        success_url = "/"

        def get_success_message(self, cleaned_data):
            return cleaned_data["name"].upper()

    client = route(app, "/", Said)
    assert client.post("/", data={"name": "x"}).flashes == [("success", "X")]


def test_unknown_name_in_the_text_is_told(app):
    """A placeholder that neither form nor object has is an error, as in Django."""

    class Said(SuccessMessageMixin, FormView):
        form_class = NameForm
        success_url = "/"
        success_message = "%(nothing)s"

    client = route(app, "/", Said)
    with pytest.raises(KeyError, match="nothing"):
        client.post("/", data={"name": "x"})


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("from_hook", [False, True])
def test_no_message_flashes_nothing(app, db, nothing, from_hook):
    """None is no message, least of all the word."""

    class Quiet(New):
        success_message = nothing

        def get_success_message(self, cleaned_data):
            return nothing if from_hook else super().get_success_message(cleaned_data)

    client = route(app, "/", Quiet)
    assert client.post("/", data={"title": "x"}).flashes == []
