"""Rows with keys of every kind: shown, posted back, changed and added."""

from __future__ import annotations

import enum
import uuid
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Boolean
from sqlalchemy import Date
from sqlalchemy import Enum
from sqlalchemy import ForeignKey
from sqlalchemy import Integer
from sqlalchemy import JSON
from sqlalchemy import Numeric
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from werkzeug.datastructures import MultiDict

from cbv import CreateWithInlinesView
from cbv import InlineFormSetFactory
from cbv import UpdateWithInlinesView
from cbv.formsets import inlineformset_factory
from cbv.formsets import modelformset_factory
from support.library_models import Base


class Guest(Base):
    """A parent; its children share its key or have it in theirs."""

    __tablename__ = "guest"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    card: Mapped[Card | None] = relationship(back_populates="guest")
    nights: Mapped[list[Night]] = relationship(back_populates="guest")
    wishes: Mapped[list[Wish]] = relationship(back_populates="guest")


class Card(Base):
    __tablename__ = "guest_card"
    guest_id: Mapped[int] = mapped_column(ForeignKey("guest.id"), primary_key=True)
    text: Mapped[str] = mapped_column(String(20))
    guest: Mapped[Guest] = relationship(back_populates="card")


class Locker(Base):
    """Shares the key of its guest, without a relationship."""

    __tablename__ = "guest_locker"
    guest_id: Mapped[int] = mapped_column(ForeignKey("guest.id"), primary_key=True)
    text: Mapped[str] = mapped_column(String(20))


class Night(Base):
    __tablename__ = "guest_night"
    guest_id: Mapped[int] = mapped_column(ForeignKey("guest.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(String(20))
    guest: Mapped[Guest] = relationship(back_populates="nights")


class Wish(Base):
    """No two of a guest have the same rank or the same details."""

    __tablename__ = "guest_wish"
    __table_args__ = (
        UniqueConstraint("guest_id", "rank"),
        UniqueConstraint("guest_id", "place", "time"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(20), unique=True)
    rank: Mapped[int | None]
    place: Mapped[int | None]
    time: Mapped[int | None]
    details: Mapped[dict | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
        unique=True,
    )
    guest_id: Mapped[int] = mapped_column(ForeignKey("guest.id"))
    guest: Mapped[Guest] = relationship(back_populates="wishes")


class Mood(enum.Enum):
    GOOD = 1
    NOT_BAD = 2


KEYS = {
    "text": (String(30), "a,b", "%2C"),
    "enum": (Enum(Mood), Mood.NOT_BAD, Mood.GOOD),
    "boolean": (Boolean(), True, False),
    "date": (Date(), date(2024, 5, 17), date(2024, 5, 18)),
    "decimal": (Numeric(8, 2), Decimal("1.50"), Decimal("2.00")),
    "integer": (Integer(), -5, 7),
    "uuid": (Uuid(), uuid.uuid4(), uuid.uuid4()),
}


def keyed(name, kind, columns):
    """Return a mapped class with a primary key of one or two columns of a type."""
    types = {
        f"k{n}": mapped_column(kind, primary_key=True, autoincrement=False)
        for n in range(columns)
    }
    attributes = {"__tablename__": name, "text": mapped_column(String(20)), **types}
    return type(name, (Base,), attributes)


KEYED = {
    (name, columns): keyed(f"keyed_{name}_{columns}", kind, columns)
    for name, (kind, *_) in KEYS.items()
    for columns in (1, 2)
}


class CardInline(InlineFormSetFactory):
    model = Card
    fields = ["text"]


class LockerInline(CardInline):
    model = Locker


class NightInline(InlineFormSetFactory):
    model = Night
    fields = ["number", "text"]
    factory_kwargs = {"extra": 1}


class WishInline(InlineFormSetFactory):
    model = Wish
    fields = ["text", "code", "rank", "place", "time", "details"]
    factory_kwargs = {"extra": 2}


class NewGuest(CreateWithInlinesView[Guest]):
    fields = ["name"]
    inlines = [CardInline, LockerInline, NightInline, WishInline]
    success_url = "/"


class EditGuest(UpdateWithInlinesView[Guest]):
    fields = ["name"]
    inlines = NewGuest.inlines
    success_url = "/"


@pytest.fixture
def visitor(app, client, db):
    """A client of the two pages."""
    app.add_url_rule("/new", view_func=NewGuest.as_view())
    app.add_url_rule("/<int:pk>", view_func=EditGuest.as_view())
    return client


def sent_back(context, **changes):
    """Return what a browser posts for a page that was shown, with some changes."""
    data = {}
    for formset in context["inlines"]:
        for form in [context["form"], formset.management_form, *formset]:
            data.update((f.name, f._value()) for f in form if f.type != "BooleanField")
    unknown = {name.replace("__", "-") for name in changes} - set(data)
    assert not unknown
    return data | {name.replace("__", "-"): text for name, text in changes.items()}


def test_children_that_share_the_key_of_their_parent_are_saved_and_shown(visitor, db):
    """Again and again, with a relationship and without, whole key or a part of it."""
    data = sent_back(
        visitor.get("/new").context,
        name="Ann",
        card__0__text="one",
        locker_set__0__text="two",
        nights__0__number="1",
        nights__0__text="three",
    )
    assert visitor.post("/new", data=data).status_code == 303
    url = f"/{db.scalar(select(Guest.id))}"
    same = sent_back(visitor.get(url).context)
    assert visitor.post(url, data=same).status_code == 303
    changes = {"card__0__text": "uno", "locker_set__0__text": "due"}
    changes |= {"nights__0__text": "tre", "nights__1__number": "2"}
    changes |= {"nights__1__text": "new"}
    changed = sent_back(visitor.get(url).context, **changes)
    assert visitor.post(url, data=changed).status_code == 303
    db.expire_all()
    assert [db.scalar(select(m.text)) for m in (Card, Locker)] == ["uno", "due"]
    assert list(db.scalars(select(Night.text).order_by(Night.number))) == ["tre", "new"]


def test_a_second_child_of_a_one_to_one_is_an_error_of_the_formset(visitor, db):
    """It is found before the database says so."""
    data = sent_back(visitor.get("/new").context, name="Ann", card__0__text="one")
    data |= {"card-TOTAL_FORMS": "2", "card-1-text": "two"}
    answer = visitor.post("/new", data=data)
    assert answer.status_code == 200
    assert answer.context["inlines"][0].non_form_errors() == [
        "Please submit at most 1 form."
    ]
    assert db.scalar(select(Guest.id)) is None


@pytest.mark.parametrize(
    ("prefix", "field", "text"),
    [
        ("wishes", "rank", "1"),
        ("wishes", "code", "abc"),
        ("wishes", "details", '{"a": [1, {"b": null}]}'),
        ("wishes", "details", "[1, 2]"),
        ("nights", "number", "7"),
    ],
)
def test_a_duplicate_under_a_new_parent_is_an_error_at_its_field(
    visitor, db, prefix, field, text
):
    """The parent, which has no key yet, is the same for both."""
    data = sent_back(visitor.get("/new").context, name="Ann")
    data |= {f"{prefix}-TOTAL_FORMS": "2"}
    for n in "01":
        data |= {f"{prefix}-{n}-text": n, f"{prefix}-{n}-{field}": text}
    answer = visitor.post("/new", data=data)
    assert answer.status_code == 200
    (formset,) = (f for f in answer.context["inlines"] if f.prefix == prefix)
    assert formset.errors == [
        {},
        {field: ["Please correct the duplicate values below."]},
    ]
    assert formset.non_form_errors() == [
        f"Please correct the duplicate data for {field}."
    ]
    assert db.scalar(select(Guest.id)) is None


def test_a_duplicate_in_several_fields_is_an_error_of_the_form(visitor, db):
    """None of them alone is wrong."""
    data = sent_back(visitor.get("/new").context, name="Ann")
    for n in "01":
        data |= {f"wishes-{n}-{x}": "1" for x in ("text", "place", "time")}
    answer = visitor.post("/new", data=data)
    formset = answer.context["inlines"][3]
    assert formset.errors == [{}, {"": ["Please correct the duplicate values below."]}]


@pytest.mark.parametrize("details", [{"a": [1, {"b": None}]}, [1, 2]])
def test_a_taken_document_is_an_error_at_its_field(visitor, db, details):
    """A value that has no hash is looked up like any other."""
    other = Guest(name="Bob", wishes=[Wish(text="x", details=details)])
    db.add(other)
    db.commit()
    data = sent_back(visitor.get("/new").context, name="Ann")
    text = str(details).replace("'", '"').replace("None", "null")
    data |= {"wishes-0-text": "y", "wishes-0-details": text}
    answer = visitor.post("/new", data=data)
    assert answer.status_code == 200
    assert list(answer.context["inlines"][3].errors[0]) == ["details"]


def test_documents_that_differ_are_no_duplicates(db, app):
    """``true`` is not 1."""
    formset_class = inlineformset_factory(Guest, Wish, fields=["text", "details"])
    data = {"wishes-TOTAL_FORMS": "4", "wishes-INITIAL_FORMS": "0"}
    for n, text in enumerate(('{"a": 1}', '{"a": true}', "[1]", "[[1]]")):
        data |= {f"wishes-{n}-text": "x", f"wishes-{n}-details": text}
    with app.test_request_context():
        assert formset_class(data).is_valid()


@pytest.mark.parametrize(("name", "columns"), KEYED)
def test_a_row_is_found_again_whatever_the_type_of_its_key(db, app, name, columns):
    """One column or two, with the signs in it that stand between two."""
    model, values = KEYED[name, columns], KEYS[name][1:]
    keys = [(first,) * columns for first in values]
    for key in keys:
        names = (f"k{n}" for n in range(columns))
        db.add(model(text="old", **dict(zip(names, key, strict=True))))
    db.commit()
    formset_class = modelformset_factory(model, fields=["text"])
    with app.test_request_context():
        shown = formset_class()
        data = MultiDict({f.name: f._value() for f in shown.management_form})
        for form in shown:
            data.update({f.name: f._value() for f in form})
        assert formset_class(data).is_valid()
        assert not formset_class(data).has_changed()
        data["form-1-text"] = "new"
        changed = formset_class(data)
        assert changed.is_valid(), changed.errors
        changed.save()
    db.expire_all()
    assert sorted(db.scalars(select(model.text))) == ["new", "old"]
