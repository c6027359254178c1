"""``error_messages`` of model forms: Django's codes, the application's texts."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import Date
from sqlalchemy import Enum
from sqlalchemy import ForeignKey
from sqlalchemy import Integer
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField

from cbv import ImproperlyConfigured
from cbv.forms import ModelForm
from cbv.forms import modelform_factory
from cbv.forms import NON_FIELD_ERRORS
from cbv.formsets import inlineformset_factory
from cbv.formsets import modelformset_factory
from support.library_models import Author
from support.library_models import Base
from support.library_models import Tag


class Ticket(Base):
    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("row", "seat"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(3))
    code: Mapped[str | None] = mapped_column(String(3), unique=True)
    row: Mapped[int | None]
    seat: Mapped[int] = mapped_column(Integer)
    price: Mapped[float] = mapped_column(Numeric(6, 2))
    day: Mapped[str] = mapped_column(Date)
    key: Mapped[str] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Enum("a", "b", name="ticket_kind"))
    data: Mapped[dict] = mapped_column(JSON)
    scan: Mapped[bytes] = mapped_column(LargeBinary(2))
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()


NAMES = [
    "name",
    "seat",
    "price",
    "day",
    "key",
    "kind",
    "data",
    "scan",
    "author_id",
    "author",
]
PARSED = ["seat", "price", "day", "key", "data"]
CHOSEN = ["kind", "author_id", "author"]


def errors_of(posted, names=(), **messages):
    """Return the errors of a form of tickets with these messages."""
    fields = list(names or {*messages, *posted} - {NON_FIELD_ERRORS})
    form_class = modelform_factory(Ticket, fields=fields, error_messages=messages)
    form = form_class(MultiDict(posted))
    assert not form.validate()
    return form.errors


@pytest.mark.parametrize("name", NAMES)
def test_required_is_the_text_for_an_empty_field(app, db, name):
    """Whatever the type of the column."""
    with app.test_request_context():
        errors = errors_of({name: ""}, **{name: {"required": "Say it."}})
        assert errors == {name: ["Say it."]}


@pytest.mark.parametrize("name", PARSED)
def test_invalid_is_the_text_for_one_that_cannot_be_parsed(app, db, name):
    """By the column's own field, or by another that ``field_classes`` names."""
    with app.test_request_context():
        errors = errors_of({name: "}nonsense"}, **{name: {"invalid": "What?"}})
        assert errors == {name: ["What?"]}
    if name == "seat":
        options = {"field_classes": {name: IntegerField}}
        messages = {name: {"invalid": "What?"}}
        form_class = modelform_factory(
            Ticket, fields=[name], error_messages=messages, **options
        )
        with app.test_request_context():
            form = form_class(MultiDict({name: "}nonsense"}))
            assert not form.validate()
        assert form.errors == {name: ["What?"]}


@pytest.mark.parametrize("text", ["99", "x", "1,2"])
@pytest.mark.parametrize("name", CHOSEN)
def test_invalid_choice_is_the_text_for_what_was_not_offered(app, db, name, text):
    """A row or a value, well-formed or not."""
    with app.test_request_context():
        errors = errors_of({name: text}, **{name: {"invalid_choice": "No such."}})
        assert errors == {name: ["No such."]}


def test_max_length_is_the_text_for_what_is_too_long(app, db):
    """With Django's placeholders."""
    text = "%(show_value)d of %(limit_value)d, 100 %%"
    with app.test_request_context():
        errors = errors_of({"name": "long"}, name={"max_length": text})
        assert errors == {"name": ["4 of 3, 100 %"]}


def test_unique_is_the_text_for_a_taken_value(app, db):
    """That of one column at its field, that of several at the form."""
    rest = {"name": "a", "price": 1, "kind": "a", "data": {}, "scan": b"x"}
    rest |= {"author": Author(name="A"), "key": uuid4(), "day": date(2024, 5, 17)}
    db.add(Ticket(code="abc", row=1, seat=2, **rest))
    db.commit()
    together = {"unique_together": "%(model_name)s: %(field_labels)s are taken."}
    with app.test_request_context():
        errors = errors_of(
            {"code": "abc", "row": "1", "seat": "2"},
            code={"unique": "%(field_label)s is taken."},
            **{NON_FIELD_ERRORS: together},
        )
    assert errors == {
        "code": ["Code is taken."],
        "": ["Ticket: Row and Seat are taken."],
    }


def test_all_three_factories_and_meta_take_error_messages(app, db):
    """Django's keyword; a form class's ``Meta`` is inherited."""
    messages = {"name": {"required": "Say it."}}

    class TagForm(ModelForm):
        class Meta:
            model = Tag
            fields = ["name"]
            error_messages = messages

    class Child(TagForm):
        pass

    formset_class = modelformset_factory(Tag, fields=["name"], error_messages=messages)
    inline_class = inlineformset_factory(
        Author, Ticket, fields=["name", "row"], error_messages=messages
    )
    counts = {"-TOTAL_FORMS": "1", "-INITIAL_FORMS": "0", "-0-name": "", "-0-row": "1"}
    with app.test_request_context():
        for form in (Child(MultiDict({"name": ""})), TagForm(MultiDict({"name": ""}))):
            assert not form.validate()
            assert form.errors == {"name": ["Say it."]}
        formset = inline_class({f"ticket_set{n}": v for n, v in counts.items()})
        assert formset.errors == [{"name": ["Say it."]}]
        least = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-name": ""}
        formset = formset_class(least)
        formset[0].empty_permitted = False
        assert formset.errors == [{"name": ["Say it."]}]


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ({"nmae": {"required": "x"}}, "Did you mean 'name'"),
        ({"name": {"requierd": "x"}}, "'requierd'.*one of required, invalid"),
        ({"name": "x"}, "name.*by code"),
        ({"name": {"unique": "%(fieldlabel)s"}}, "fieldlabel"),
        ({"name": {"max_length": "100 %"}}, "%%"),
        ({"name": {"unique_together": "x"}}, "unique_together"),
        ({NON_FIELD_ERRORS: {"unique": "x"}}, "unique"),
    ],
)
def test_messages_that_could_never_be_shown_are_refused(messages, problem):
    """When the form class is made; the cure is named."""
    with pytest.raises(ImproperlyConfigured, match=problem):
        modelform_factory(Ticket, fields=["name"], error_messages=messages)
