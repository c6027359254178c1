"""A form fills an object: collections, refusals, properties and proxies."""

from __future__ import annotations

import pytest
import wtforms
from flask_login import current_user
from sqlalchemy import select

import cbv.db
from cbv import CreateView
from cbv import DeleteView
from cbv import DetailView
from cbv import UpdateView
from cbv.auth.backend import claim
from cbv.auth.tokens import default_token_generator
from cbv.auth.users import is_same_user
from cbv.auth.users import key_text
from cbv.auth.users import stored_password
from cbv.forms import check_unique
from cbv.forms import fill
from cbv.forms import ModelForm
from cbv.forms import RefusedValue
from cbv.formsets import inlineformset_factory
from cbv.formsets import InlineFormSetFactory
from cbv.formsets import ModelFormSetView
from cbv.formsets import UpdateWithInlinesView
from support.column_models import form_for
from support.column_models import Label
from support.column_models import Parcel
from support.column_models import posted
from support.library_models import Book
from support.library_models import User


def route(app, rule, view_class):
    app.add_url_rule(rule, view_func=view_class.as_view(view_class.__name__))


def names(items):
    return sorted(item.name for item in getattr(items, "values", lambda: items)())


@pytest.fixture
def labels(db):
    made = [Label(name=name) for name in ("red", "blue", "bad")]
    db.add_all(made)
    db.commit()
    return [str(label.id) for label in made]


@pytest.fixture
def parcel(db):
    made = Parcel(name="one")
    db.add(made)
    db.commit()
    return made


# --- collections ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["in_set", "in_list", "in_stack", "in_dict"])
def test_a_collection_keeps_its_class(app, client, db, labels, name):
    """It is filled, shown, changed and emptied as a list is."""

    class New(CreateView[Parcel]):
        fields = ["name", name]
        success_url = "/"

    class Edit(UpdateView[Parcel]):
        fields = ["name", name]
        success_url = "/"

    route(app, "/", New)
    route(app, "/<int:pk>", Edit)
    red, blue, _ = labels
    kind = type(getattr(Parcel(), name))
    assert client.post("/", data={"name": "x", name: [red, blue]}).status_code == 303
    made = db.scalars(select(Parcel)).one()
    assert isinstance(getattr(made, name), kind)
    assert names(getattr(made, name)) == ["blue", "red"]
    shown = client.get(f"/{made.id}").context["form"][name]
    assert {option.value for option in shown.iter_choices() if option.selected} == {
        red,
        blue,
    }
    for keys, stored in ([blue], ["blue"]), ([red], ["red"]), ([], []):
        answer = client.post(f"/{made.id}", data={"name": "x", name: keys})
        assert answer.status_code == 303
        db.expire_all()
        assert names(getattr(made, name)) == stored


# --- refusals -------------------------------------------------------------------------


class ParcelInline(InlineFormSetFactory):
    model = Parcel
    fields = ["name"]
    factory_kwargs = {"extra": 1}


class Edit(UpdateView[Parcel]):
    fields = ["name", "size", "in_set"]
    success_url = "/"


class Rows(ModelFormSetView[Parcel]):
    fields = ["name", "size"]
    factory_kwargs = {"extra": 1}
    success_url = "/"


class Both(UpdateWithInlinesView[Parcel]):
    fields = ["name"]
    inlines = [ParcelInline]
    success_url = "/"


def test_what_a_model_refuses_is_an_error_of_the_field(app, client, db, labels):
    """Its text is shown, what was typed is kept, nothing is saved."""

    class New(CreateView[Parcel]):
        fields = ["name", "size", "in_set"]
        success_url = "/"

    route(app, "/", New)
    data = {"name": "bad", "size": "big", "in_set": [labels[2]]}
    response = client.post("/", data=data)
    assert response.status_code == 200
    form = response.context["form"]
    assert form.errors == {
        "name": ["name may not be bad."],
        "in_set": ["in_set may not be bad."],
    }
    assert (form["name"].data, form.size.data) == ("bad", "big")
    assert 'value="bad"' in response.text
    assert db.scalars(select(Parcel)).all() == []


def test_a_refused_change_leaves_the_row_as_it_was(app, client, db, parcel):
    """The fields that were set before the refused one are not saved either."""
    route(app, "/<int:pk>", Edit)
    response = client.post(f"/{parcel.id}", data={"size": "big", "name": "bad"})
    assert response.context["form"].errors == {"name": ["name may not be bad."]}
    db.expire_all()
    assert (parcel.name, parcel.size) == ("one", None)
    again = client.post(f"/{parcel.id}", data={"size": "big", "name": "two"})
    assert again.status_code == 303


def test_a_refusal_in_a_formset_is_an_error_of_its_form(app, client, db, parcel):
    """The rows that were saved before it are rolled back with it."""
    route(app, "/", Rows)
    data = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 1, "form-0-id": parcel.id}
    data |= {"form-0-name": "two", "form-1-name": "bad"}
    response = client.post("/", data=data)
    assert response.status_code == 200
    assert response.context["formset"].errors == [
        {},
        {"name": ["name may not be bad."]},
    ]
    assert db.scalars(select(Parcel.name)).all() == ["one"]


def test_a_refused_child_keeps_its_parent_unsaved(app, client, db, parcel):
    route(app, "/<int:pk>", Both)
    data = {"inner-TOTAL_FORMS": 1, "inner-INITIAL_FORMS": 0, "inner-0-name": "bad"}
    response = client.post(f"/{parcel.id}", data={"name": "two", **data})
    assert response.status_code == 200
    [formset] = response.context["inlines"]
    assert formset.errors == [{"name": ["name may not be bad."]}]
    assert db.scalars(select(Parcel.name)).all() == ["one"]


def test_outside_a_view_a_refusal_is_raised(app, db):
    """A ValueError; the reason stands on the field."""
    with app.test_request_context():
        form = form_for(Parcel, "name")(posted(name="bad"))
        assert form.validate()
        with pytest.raises(RefusedValue, match="Parcel refused"):
            form.save()
        assert form.errors == {"name": ["name may not be bad."]}
        with pytest.raises(ValueError, match="has errors"):
            form.save()


def test_a_block_without_flushes_within_another_restores_nothing(app, db):
    """The outer one restores the session's autoflush at its end."""
    with app.test_request_context():
        session = cbv.db.session()
        with cbv.db.unflushed():
            with cbv.db.unflushed():
                assert not session.autoflush
            assert not session.autoflush
        assert session.autoflush


# --- properties -----------------------------------------------------------------------


class SecretForm(wtforms.Form):
    name = wtforms.StringField()
    password = wtforms.PasswordField()
    big = wtforms.BooleanField()
    title = wtforms.StringField()  # a property without a setter


def test_a_property_with_a_setter_is_set(app, client, db):
    """Plain or hybrid, as populate_obj does; one without a setter is passed over."""

    class New(CreateView[Parcel]):
        form_class = SecretForm
        success_url = "/"

    route(app, "/", New)
    data = {"name": "x", "password": "pw", "big": "y", "title": "z"}
    assert client.post("/", data=data).status_code == 303
    made = db.scalars(select(Parcel)).one()
    assert (made.secret, made.size) == ("hash of pw", "big")
    refused = client.post("/", data={**data, "password": "short"})
    assert refused.context["form"].errors == {"password": ["Too short."]}


def test_a_property_that_was_not_sent_is_left_alone(app, client, db, parcel):
    """A box that is not ticked was sent; a text without a value was not."""
    parcel.secret, parcel.size = "old", "big"
    db.commit()

    class Change(UpdateView[Parcel]):
        form_class = SecretForm
        success_url = "/"

    route(app, "/<int:pk>", Change)
    assert client.post(f"/{parcel.id}", data={"name": "y"}).status_code == 303
    db.expire_all()
    assert (parcel.name, parcel.secret, parcel.size) == ("y", "old", "small")


# --- proxies --------------------------------------------------------------------------


@pytest.fixture
def ann(app, client, db):
    user = User(username="ann", email="a@b.example")
    db.add(user)
    db.commit()
    client.force_login(user)
    return user


def _own(view_class, **attributes):
    def get_object(self, queryset=None):
        return current_user

    attributes = {"get_object": get_object, "model": User, **attributes}
    return type("Own", (view_class,), attributes)


def test_get_object_may_return_current_user(app, client, db, ann):
    """In each view of one object the proxy is looked through."""

    class BookInline(InlineFormSetFactory):
        model = Book
        fields = ["title"]
        fk_name = "owner"

    edits = {"fields": ["email"], "success_url": "/"}
    views = {
        "/show": _own(DetailView),
        "/edit": _own(UpdateView, **edits),
        "/inlines": _own(UpdateWithInlinesView, **edits, inlines=[BookInline]),
        "/delete": _own(DeleteView, success_url="/"),
    }
    for rule, view_class in views.items():
        app.add_url_rule(rule, view_func=view_class.as_view(rule[1:]))
    for rule in views:
        context = client.get(rule).context
        assert type(context["object"]) is User
        assert context["user"] is context["object"]
    assert client.post("/edit", data={"email": "c@d.example"}).status_code == 303
    counts = {"books-TOTAL_FORMS": 1, "books-INITIAL_FORMS": 0, "books-0-title": "x"}
    answer = client.post("/inlines", data={"email": "e@f.example", **counts})
    assert answer.status_code == 303
    db.expire_all()
    assert (ann.email, ann.books[0].title) == ("e@f.example", "x")
    db.delete(ann.books[0])
    db.commit()
    assert client.post("/delete").status_code == 303
    assert db.scalars(select(User)).all() == []


def test_a_proxy_may_be_set_as_the_object_or_the_instance(app, client, db, ann):
    class Edit(UpdateView[User]):
        fields = ["email"]
        success_url = "/{pk}"

        def setup(self, **kwargs):
            super().setup(**kwargs)
            self.object = current_user

    class New(CreateView[User]):
        fields = ["email"]
        success_url = "/{id}"

        def form_valid(self, form):
            form.instance = current_user
            return super().form_valid(form)

    route(app, "/edit", Edit)
    route(app, "/new", New)
    assert client.get("/edit").context["form"].email.data == "a@b.example"
    assert client.post("/edit", data={"email": ""}).status_code == 303
    assert client.post("/new", data={"email": "n@b.example"}).location == f"/{ann.id}"


def test_functions_that_are_given_a_proxy_look_through_it(app, client, db, ann):
    class UserForm(ModelForm):
        class Meta:
            model = User
            fields = ["email"]

    def use(**kwargs):
        form = UserForm(posted(email="x@y.example"), instance=current_user)
        assert type(form.instance) is User
        assert form.validate()
        assert check_unique(form, current_user)
        fill(form, current_user)
        assert form.save().email == "x@y.example"
        books = form_for(Book, "owner", "owner_id")(data={"owner": current_user})
        assert type(books.owner.data) is User
        formset = inlineformset_factory(User, Book, fields=["title"])
        assert formset(instance=current_user).forms
        cbv.db.save(current_user)
        cbv.db.delete(current_user)
        return "used"

    app.add_url_rule("/", view_func=use)
    assert client.get("/").text == "used"


def test_the_functions_of_accounts_look_through_it_too(app, client, db, ann):
    def use(**kwargs):
        assert default_token_generator.check_token(
            current_user, default_token_generator.make_token(ann)
        )
        assert key_text(current_user) == key_text(ann)
        assert stored_password(current_user) == ann.password_hash
        assert is_same_user(current_user, ann)
        assert claim(current_user)
        return "used"

    app.add_url_rule("/", view_func=use)
    assert client.get("/").text == "used"
