"""Form, ModelForm and modelform_factory: which fields, and what they fill."""

from __future__ import annotations

from typing import Any

import pytest
import wtforms
from flask_wtf import FlaskForm
from sqlalchemy import ARRAY
from sqlalchemy import ForeignKey
from sqlalchemy import func
from sqlalchemy import inspect
from sqlalchemy import Integer
from sqlalchemy import JSON
from sqlalchemy import PickleType
from sqlalchemy import select
from sqlalchemy import TypeDecorator
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.types import UserDefinedType

from cbv import CreateView
from cbv import ImproperlyConfigured
from cbv import InlineFormSetFactory
from cbv import ModelFormSetView
from cbv import UpdateView
from cbv import UpdateWithInlinesView
from cbv.forms import add_error
from cbv.forms import fill
from cbv.forms import Form
from cbv.forms import ModelForm
from cbv.forms import modelform_factory
from cbv.forms import register_field
from cbv.forms.choices import KeyField
from cbv.forms.fields import JSONField
from cbv.forms.fields import UploadField
from cbv.formsets import formset_factory
from support.column_models import Country
from support.column_models import form_for
from support.column_models import posted
from support.column_models import Thing
from support.library_models import Author
from support.library_models import Book
from support.library_models import User

# --- what is left out, what is refused ------------------------------------------------


def test_all_leaves_out_keys_and_what_the_server_makes():
    """No primary key, no server default, no computed column."""
    names = [field.short_name for field in form_for(Thing)()]
    assert not {"id", "made", "rank", "twice"}.intersection(names)
    assert names[:3] == ["title", "notes", "whole"]
    assert [f.short_name for f in form_for(Book)()][-3:] == [
        "author_id",
        "owner_id",
        "tags",
    ]


def test_unknown_type_names_field_and_type():
    """The error says which column, of which type, and the cures."""

    class Point(UserDefinedType):
        def get_col_spec(self, **kw):
            return "POINT"

    class Own(DeclarativeBase):
        pass

    class Place(Own):
        __tablename__ = "place"
        id: Mapped[int] = mapped_column(primary_key=True)
        where: Mapped[str] = mapped_column(Point())
        pickled: Mapped[Any] = mapped_column(PickleType)
        grid: Mapped[Any] = mapped_column(ARRAY(Integer, dimensions=2))

    for name, type_name in [
        ("where", "Point"),
        ("pickled", "PickleType"),
        ("grid", "ARRAY"),
    ]:
        with pytest.raises(
            ImproperlyConfigured,
            match=rf"Place.{name} of type {type_name}.*register_field",
        ):
            form_for(Place, name)

    class Edit(UpdateView[Place]):
        fields = ["where"]

    view = Edit()
    with pytest.raises(ImproperlyConfigured, match=r"Edit: No form field.*Place.where"):
        view.get_form_class()


def test_registered_type_has_its_own_field():
    """The registry serves subclasses too, and a per-field class wins over it."""

    class Money(TypeDecorator):
        impl = Integer
        cache_ok = True

    class Own(DeclarativeBase):
        pass

    class Offer(Own):
        __tablename__ = "offer"
        id: Mapped[int] = mapped_column(primary_key=True)
        price: Mapped[int] = mapped_column(Money)

    class MoneyField(wtforms.StringField):
        pass

    assert type(form_for(Offer)().price) is not MoneyField
    register_field(Money, lambda column, **kwargs: MoneyField(**kwargs))
    assert type(form_for(Offer)().price) is MoneyField
    own = form_for(Offer, field_classes={"price": wtforms.DecimalField})
    assert type(own().price) is wtforms.DecimalField


@pytest.mark.parametrize("fields", [["username", "password_hash"], "__all__"])
def test_column_with_a_password_hash_is_refused(fields):
    """It can be neither shown nor written by a form."""

    class Own(DeclarativeBase):
        pass

    class Account(Own):
        __tablename__ = "account"
        id: Mapped[int] = mapped_column(primary_key=True)
        username: Mapped[str]
        password_hash: Mapped[str | None]

    with pytest.raises(ImproperlyConfigured, match=r"password_hash holds a password"):
        modelform_factory(Account, fields=fields)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fields": ["titel"]}, "no column or relationship 'titel'.*'title'"),
        ({"fields": "title"}, r"fields = 'title'.*\['title'\]"),
        ({}, "neither fields nor exclude"),
        ({"fields": ["title"], "choices": {"authr": []}}, "'authr'.*'author"),
    ],
)
def test_wrong_set_up_names_model_and_cure(options, message):
    """Found when the class is made."""
    with pytest.raises(ImproperlyConfigured, match=message):
        modelform_factory(Book, **options)


def test_relationship_to_many_rows_names_the_cure():
    """Children are edited by a formset."""
    with pytest.raises(ImproperlyConfigured, match=r"Author.books.*formset"):
        form_for(Author, "books")


def test_name_that_forms_have_themselves_is_refused():
    """A column called errors would hide the form's errors."""

    class Own(DeclarativeBase):
        pass

    class Log(Own):
        __tablename__ = "log"
        id: Mapped[int] = mapped_column(primary_key=True)
        errors: Mapped[str]

    with pytest.raises(
        ImproperlyConfigured, match=r"Log.errors cannot be a form field"
    ):
        form_for(Log)


# --- declared forms -------------------------------------------------------------------


def test_declared_form_replaces_adds_and_drops_fields():
    """class Meta as in Django; a field of the class wins and keeps its place."""

    class BookForm(ModelForm):
        class Meta:
            model = Book
            fields = ["title", "notes", "pages"]
            labels = {"pages": "How many"}
            help_texts = {"pages": "About"}
            widgets = {"title": wtforms.widgets.TextArea()}

        agree = wtforms.BooleanField()
        notes = wtforms.StringField("Own")
        pages: Any

    form = BookForm()
    assert [f.short_name for f in form] == ["title", "notes", "pages", "agree"]
    assert form.notes.label.text == "Own"
    assert (form.pages.label.text, form.pages.description) == ("How many", "About")
    assert str(form.title).startswith("<textarea")

    class Shorter(BookForm):
        class Meta(BookForm.Meta):
            fields = ["title"]

        agree = None

    assert [f.short_name for f in Shorter()] == ["title", "notes"]


def test_exclude_leaves_out():
    """As in Django, without fields all others are meant."""
    names = [f.short_name for f in modelform_factory(Author, exclude=["id"])()]
    assert names == ["name"]


def test_form_fills_and_saves_an_object(app, db):
    """save() flushes; commit=False touches no session; errors refuse."""
    form_class = form_for(Author)
    with app.test_request_context():
        form = form_class(posted(name="Ann"))
        assert form.validate()
        assert form.save(commit=False) not in db
        author = form.save()
        assert author in db
        assert author.id
        assert form.cleaned_data == {"name": "Ann"}
        bad = form_class(posted(name=""))
        assert not bad.validate()
        with pytest.raises(ValueError, match="has errors"):
            bad.save()


def test_autoincrement_key_in_a_form_is_never_written():
    """A form may carry the key; it is not set."""

    class WithKey(wtforms.Form):
        id = wtforms.StringField()
        name = wtforms.StringField()

    author = Author(id=3)
    fill(WithKey(posted(id="9", name="x")), author)
    assert (author.id, author.name) == (3, "x")


def test_natural_key_is_filled_and_must_be_free(app, db):
    """A key that people type is a field like others, and unique."""
    db.add(Country(code="de", name="Germany"))
    db.commit()
    with app.test_request_context():
        form = form_for(Country, "code", "name")(posted(code="de", name="x"))
        assert not form.validate()
        assert form.code.errors == ["Country with this Code already exists."]
        form = form_for(Country, "code", "name")(posted(code="fr", name="France"))
        assert form.validate()
        assert form.save().code == "fr"


def test_token_is_there_for_templates_of_ones_own(csrf_app):
    """As Flask-WTF's: form.csrf_token and form.hidden_tag()."""
    with csrf_app.test_request_context():
        form = Form()
        assert 'name="csrf_token"' in form.csrf_token
        assert form.hidden_tag().count("<input") == 1


def test_add_error_to_a_field_to_the_form_and_to_no_field():
    """A misspelt field is an error of the caller."""
    form = form_for(Author)()
    add_error(form, "name", "a")
    add_error(form, None, "b")
    assert form.errors == {"name": ["a"], "": ["b"]}
    with pytest.raises(ValueError, match="no field 'nam'"):
        add_error(form, "nam", "c")


def test_data_column_does_not_hide_the_forms_values(app, client):
    """A JSON column is often called data."""

    class Own(DeclarativeBase):
        pass

    class Event(Own):
        __tablename__ = "event"
        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[Any] = mapped_column(JSON)

    form = form_for(Event)(posted(data="[1]"))
    event = Event()
    assert form.data.validate(form)
    fill(form, event)
    assert (event.data, form.cleaned_data) == ([1], {"data": [1]})


def test_instance_is_made_when_it_is_asked_for():
    """obj is the instance; without one an empty object of the model."""
    form_class = form_for(Author)
    author = Author(name="x")
    assert form_class(obj=author).instance is author
    assert form_class(instance=author).name.data == "x"
    assert inspect(form_class().instance).transient
    assert type(form_class().instance) is Author


def test_users_of_the_shared_models_can_be_edited():
    """The columns that UserMixin brings are named one by one."""
    assert [f.short_name for f in form_for(User, "username", "email")()] == [
        "username",
        "email",
    ]


# --- names and labels of every kind of field ------------------------------------------


@pytest.mark.parametrize("name", ["title", "author_id", "author", "tags"])
def test_meta_describes_a_field_of_every_kind(name):
    """A column, a foreign key under either name, and a many-to-many relationship."""
    form = form_for(Book, name, labels={name: "L"}, help_texts={name: "H"})()
    assert (form[name].label.text, form[name].description) == ("L", "H")


def test_a_key_under_a_relationship_that_cannot_be_set_is_a_select():
    """``viewonly`` concerns the relationship, not the column under it."""

    class Own(DeclarativeBase):
        pass

    class Owner(Own):
        __tablename__ = "owner"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Pet(Own):
        __tablename__ = "pet"
        id: Mapped[int] = mapped_column(primary_key=True)
        owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id"))
        owner: Mapped[Owner] = relationship(viewonly=True)

    field = form_for(Pet)()["owner_id"]
    assert isinstance(field, KeyField)
    assert (field.target.model, field.target.whole) == (Owner, False)


def test_a_column_may_be_named_data():
    """The field hides WTForms' ``form.data``, which cbv itself does not need."""

    class Own(DeclarativeBase):
        pass

    class Reading(Own):
        __tablename__ = "reading"
        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[Any] = mapped_column(JSON)

    form = form_for(Reading)(posted(data="[1]"))
    assert form.validate()
    assert form.cleaned_data == {"data": [1]}
    assert form.save(commit=False).data == [1]


@pytest.mark.parametrize("name", ["is_valid", "has_changed", "is_bound"])
def test_a_field_that_the_forms_of_a_formset_would_hide_is_refused(name):
    """It would be missing from the form in silence."""
    form_class = type("Odd", (wtforms.Form,), {name: wtforms.BooleanField()})
    with pytest.raises(ImproperlyConfigured, match=rf"Odd has a field '{name}'.*Cure"):
        formset_factory(form_class)


# --- an overridden populate_obj -------------------------------------------------------


class PlainBook(wtforms.Form):
    id = wtforms.IntegerField()
    title = wtforms.StringField()
    confirmed = wtforms.BooleanField()


class FlaskBook(FlaskForm):
    id = wtforms.IntegerField()
    title = wtforms.StringField()


class ModelBook(ModelForm):
    id = wtforms.IntegerField()

    class Meta:
        model = Book
        fields = ["title"]


class Shouting:
    """WTForms' own hook, as an application overrides it."""

    def populate_obj(self, obj):
        super().populate_obj(obj)
        obj.title = obj.title.upper()


class Anew:
    """The hook written anew: it sets whatever the form has."""

    def populate_obj(self, obj):
        for name, value in self.data.items():
            setattr(obj, name, value.upper() if name == "title" else value)


HOOKS = [
    pytest.param(
        type("BookForm", (hook, form), {}), id=f"{hook.__name__}-{form.__name__}"
    )
    for hook in (Shouting, Anew)
    for form in (PlainBook, FlaskBook, ModelBook)
]


class BookInline(InlineFormSetFactory):
    model = Book
    factory_kwargs = {"extra": 1}


@pytest.mark.parametrize("form_class", HOOKS)
def test_an_overridden_populate_obj_fills_the_object_in_every_view(
    app, client, db, form_class
):
    """As WTForms calls it; but no key that was posted is written."""
    old = Book(title="old", author=Author(name="A"))
    db.add(old)
    db.commit()
    key, author = old.id, old.author_id
    inline = type("Books", (BookInline,), {"form_class": form_class})
    views = {
        "/new": (CreateView, {"model": Book, "form_class": form_class}),
        "/<int:pk>": (UpdateView, {"model": Book, "form_class": form_class}),
        "/rows": (ModelFormSetView, {"model": Book, "form_class": form_class}),
        "/author/<int:pk>": (
            UpdateWithInlinesView,
            {"model": Author, "fields": ["name"], "inlines": [inline]},
        ),
    }
    for rule, (view, attributes) in views.items():
        attributes = {**attributes, "success_url": "/"}
        made = type("Saved", (view,), attributes)
        app.add_url_rule(rule, view_func=made.as_view(rule.replace(".", "")))

    def save(url, prefix="", **values):
        data = {f"{prefix}{n}": v for n, v in values.items()} | {"name": "A"}
        counts = {"TOTAL_FORMS": "2", "INITIAL_FORMS": "1"}
        data |= {f"{prefix}{n}": v for n, v in counts.items()}
        assert client.post(url, data=data).status_code == 303
        db.expire_all()
        return sorted((book.title, book.id == key) for book in db.scalars(select(Book)))

    assert save(f"/{key}", title="one", id="999999") == [("ONE", True)]
    assert save("/new", title="two", id="999999") == [("ONE", True), ("TWO", False)]
    old_row = {"0-pk": str(key), "0-id": "999999", "0-title": "three"}
    new_row = {"1-pk": "", "1-id": "999998", "1-title": "four"}
    rows = save("/rows", "form-", **old_row, **new_row)
    assert rows == [("FOUR", False), ("THREE", True), ("TWO", False)]
    old_row["0-title"], new_row["1-title"] = "five", "six"
    rows = save(f"/author/{author}", "books-", **old_row, **new_row)
    assert rows == [("FIVE", True), ("FOUR", False), ("SIX", False), ("TWO", False)]
    assert db.scalar(select(func.max(Book.id))) < 999998
    assert {b.title for b in db.get(Author, author).books} == {"FIVE", "SIX"}


def test_the_rules_of_fill_hold_in_an_overridden_populate_obj():
    """``super()`` leaves what is empty to the column's default, and asks each field."""

    class ThingForm(Shouting, wtforms.Form):
        title = wtforms.StringField()
        status = wtforms.StringField(filters=[lambda text: text or None])
        document = JSONField()
        size = UploadField()

    thing = Thing(title="a", status="new", document={"a": 1})
    form = ThingForm(posted(title="b", status="", document="", size=""))
    fill(form, thing)
    assert (thing.title, thing.status, thing.document) == ("B", "new", {"a": 1})
    assert form["status"].populate_obj.__func__ is wtforms.Field.populate_obj
    assert list(form._fields) == ["title", "status", "document", "size"]
