"""Formsets: plain ones, over rows, and over the children of a row."""

from __future__ import annotations

import re
import time
import tracemalloc
from datetime import datetime

import pytest
from flask_wtf import FlaskForm
from sqlalchemy import ForeignKey
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField
from wtforms import FileField
from wtforms import Form as PlainForm
from wtforms import IntegerField
from wtforms import SelectField
from wtforms import StringField
from wtforms.validators import InputRequired
from wtforms.validators import Length
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from cbv import ImproperlyConfigured
from cbv.forms import ModelForm
from cbv.formsets import all_valid
from cbv.formsets import BaseFormSet
from cbv.formsets import BaseInlineFormSet
from cbv.formsets import BaseModelFormSet
from cbv.formsets import DEFAULT_MAX_NUM
from cbv.formsets import formset_factory
from cbv.formsets import inlineformset_factory
from cbv.formsets import ManagementForm
from cbv.formsets import modelformset_factory
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Base
from support.library_models import Book
from support.library_models import Tag


class Poll(Base):
    __tablename__ = "poll"
    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(String(50))
    choices: Mapped[list[Choice]] = relationship(
        back_populates="poll", order_by="Choice.id"
    )


class Choice(Base):
    """A choice of a poll; no two of a poll have the same place."""

    __tablename__ = "choice"
    __table_args__ = (UniqueConstraint("poll_id", "place"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(50))
    place: Mapped[int | None]
    added: Mapped[datetime] = mapped_column(default=datetime.now)
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id"))
    poll: Mapped[Poll] = relationship(back_populates="choices")


class Seat(Base):
    """A row with a key of two columns, and two foreign keys to one table."""

    __tablename__ = "seat"
    hall: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(20))
    giver_id: Mapped[int | None] = mapped_column(ForeignKey("author.id"))
    taker_id: Mapped[int | None] = mapped_column(ForeignKey("author.id"))


class Badge(Base):
    """A row whose own text is its key; one an author at most."""

    __tablename__ = "badge"
    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    label: Mapped[str | None] = mapped_column(String(20))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id"), unique=True)


class Drink(PlainForm):
    name = StringField(validators=[InputRequired(), Length(max=10)])
    price = IntegerField(default=1)


def posted(total=1, initial=0, prefix="form", **values):
    """Return what a browser posts; ``form-0-name`` is written ``_0_name``."""
    data = {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}
    for name, value in values.items():
        index, field = name.removeprefix("_").split("_", 1)
        data[f"{prefix}-{index}-{field}"] = value
    return MultiDict({name: str(value) for name, value in data.items()})


@pytest.fixture
def context(app):
    """A request context, for code that asks the application."""
    with app.test_request_context():
        yield


@pytest.fixture
def books(db, context):
    found = [Book(title=title, slug=title.lower()) for title in ("One", "Two", "Three")]
    db.add_all(found)
    db.commit()
    return found


@pytest.fixture
def poll(db, context):
    found = Poll(question="Why?", choices=[Choice(text="a", place=1), Choice(text="b")])
    db.add(found)
    db.commit()
    return found


# --- names and numbers ----------------------------------------------------------------


def test_an_unbound_formset_shows_initial_and_extra_forms(context):
    """Names are Django's; the management form counts."""
    formset = formset_factory(Drink, extra=2)(initial=[{"name": "tea"}])
    assert (len(formset), formset.is_bound, bool(formset)) == (3, False, True)
    assert formset[0]["name"].name == "form-0-name"
    assert [form["name"].data for form in formset] == ["tea", None, None]
    counts = formset.management_form.data
    assert counts == {
        "TOTAL_FORMS": 3,
        "INITIAL_FORMS": 1,
        "MIN_NUM_FORMS": 0,
        "MAX_NUM_FORMS": DEFAULT_MAX_NUM,
    }
    assert not formset.is_valid()


def test_the_management_form_renders_hidden_fields(context):
    """``{{ formset.management_form }}`` in a template."""
    html = formset_factory(Drink)(prefix="a").management_form.__html__()
    assert html.count('type="hidden"') == 4
    assert 'name="a-TOTAL_FORMS"' in html
    assert isinstance(formset_factory(Drink)().management_form, ManagementForm)


@pytest.mark.parametrize(
    ("options", "initial", "total"),
    [
        ({"extra": 3}, 0, 3),
        ({"extra": 3, "max_num": 2}, 0, 2),
        ({"extra": 3, "max_num": 0}, 0, 0),
        ({"extra": 3, "max_num": 2}, 4, 4),
        ({"extra": 1, "min_num": 2}, 0, 3),
        ({"extra": 0, "min_num": 2}, 3, 3),
        ({"extra": 0}, 0, 0),
    ],
)
def test_how_many_forms_are_shown(context, options, initial, total):
    """As in Django: initial forms always, extra ones up to ``max_num``."""
    formset = formset_factory(Drink, **options)(initial=[{}] * initial)
    assert (len(formset), formset.initial_form_count()) == (total, initial)


def test_empty_form_has_djangos_placeholder(context):
    """WTForms alone would leave out the dash behind ``__prefix__``."""
    form = formset_factory(Drink, can_delete=True)().empty_form
    assert [field.name for field in form] == [
        "form-__prefix__-name",
        "form-__prefix__-price",
        "form-__prefix__-DELETE",
    ]
    assert not form.is_bound


def test_prefixes_keep_formsets_apart(context):
    """Two on one page."""
    formset_class = formset_factory(Drink)
    data = posted(1, prefix="a", _0_name="tea")
    data.update(posted(1, prefix="b", _0_name="rum"))
    formsets = [formset_class(data, prefix=prefix) for prefix in "ab"]
    assert all_valid(formsets)
    assert [f.cleaned_data[0]["name"] for f in formsets] == ["tea", "rum"]


def test_a_plain_dict_will_do_as_data(context):
    """``data=`` as in Django."""
    formset = formset_factory(Drink)(data=dict(posted(1, _0_name="tea").items()))
    assert formset.is_valid()


def test_form_kwargs_reach_every_form(context):
    """And may depend on the place of the form."""

    class Named(PlainForm):
        name = StringField()

        def __init__(self, *args, owner, **kwargs):
            super().__init__(*args, **kwargs)
            self.owner = owner

    class Numbered(BaseFormSet):
        def get_form_kwargs(self, index):
            kwargs = super().get_form_kwargs(index)
            return {"owner": f"{kwargs['owner']} {index}"}

    formset = formset_factory(Named, Numbered)(form_kwargs={"owner": "me"})
    assert (formset[0].owner, formset.empty_form.owner) == ("me 0", "me None")


# --- validation -----------------------------------------------------------------------


def test_a_valid_formset_gives_cleaned_data(context):
    """A list of dicts; a row left empty is an empty dict."""
    formset = formset_factory(Drink)(posted(2, _0_name="tea", _0_price=3, _1_price=1))
    assert formset.is_valid()
    assert formset.cleaned_data == [{"name": "tea", "price": 3}, {}]
    assert formset.errors == [{}, {}]
    assert [form.has_changed() for form in formset] == [True, False]
    assert formset[0].changed_data == ["name", "price"]
    assert formset.has_changed()


def test_errors_stand_in_a_list_of_dicts(context):
    """One for each form; a filled row must be filled right."""
    formset = formset_factory(Drink)(posted(2, _0_name="tea", _1_name="x" * 11))
    assert not formset.is_valid()
    assert [list(errors) for errors in formset.errors] == [[], ["name"]]
    assert formset.total_error_count() == 1
    with pytest.raises(AttributeError, match="cleaned_data"):
        _ = formset.cleaned_data


def test_initial_forms_may_not_be_left_empty(context):
    """Only the extra ones may."""
    formset = formset_factory(Drink)(posted(1, 1, _0_name="", _0_price=1))
    assert [form.empty_permitted for form in formset] == [False]
    assert list(formset.errors[0]) == ["name"]


def test_a_form_is_unchanged_when_it_comes_back_as_it_was_shown(context):
    """Whatever the kind of field; what was not shown is a change."""

    class Kinds(PlainForm):
        text = StringField(default="a", filters=[lambda text: text and text.strip()])
        flag = BooleanField()
        number = SelectField(coerce=int, choices={1: "one", 2: "two"}, default=1)
        upload = FileField()

    formset_class = formset_factory(Kinds)
    same = formset_class(posted(1, _0_text=" a ", _0_number="1", _0_upload=""))
    assert same[0].changed_data == []
    other = formset_class(
        posted(1, _0_text="b", _0_number="9x", _0_upload="f", _0_flag="y")
    )
    assert other[0].changed_data == ["text", "flag", "number", "upload"]


@pytest.mark.parametrize(
    ("total", "initial"),
    [
        (None, "0"),
        ("1", None),
        ("", "0"),
        ("-1", "0"),
        ("x", "0"),
        ("1.0", "0"),
        ("1", "٣"),
        ("9" * 5000, "0"),
    ],
)
def test_a_forged_management_form_is_an_error(context, total, initial):
    """No form is built, nothing is valid, and the message names the fields."""
    counts = {"form-TOTAL_FORMS": total, "form-INITIAL_FORMS": initial}
    data = {name: value for name, value in counts.items() if value is not None}
    formset = formset_factory(Drink)(MultiDict({**data, "form-0-name": "tea"}))
    assert not formset.is_valid()
    assert len(formset) == 0
    (message,) = formset.non_form_errors()
    assert "ManagementForm data is missing" in message
    assert "form-TOTAL_FORMS" in message or "form-INITIAL_FORMS" in message


def test_error_messages_may_be_replaced(context):
    """By name, as in Django."""
    messages = {"missing_management_form": "Lost.", "too_few_forms": "More!"}
    formset_class = formset_factory(Drink, min_num=1, validate_min=True)
    lost = formset_class(MultiDict(), error_messages=messages)
    assert lost.non_form_errors()[0] == "Lost."
    few = formset_class(posted(1, _0_name=""), error_messages=messages)
    assert few.non_form_errors() == ["More!"]


def test_a_class_may_replace_some_of_the_error_messages(context):
    """The others are those of its bases, as in Django."""

    class Short(BaseFormSet):
        default_error_messages = {"too_few_forms": "At least %(num)d!"}

    formset_class = formset_factory(Drink, Short, min_num=1, validate_min=True)
    few = formset_class(posted(1, _0_name=""))
    assert few.non_form_errors() == ["At least 1!"]
    lost = formset_class(MultiDict())
    assert "ManagementForm data is missing" in lost.non_form_errors()[0]


@pytest.mark.parametrize(
    ("options", "filled", "message"),
    [
        ({"max_num": 1, "validate_max": True}, 2, "Please submit at most 1 form."),
        ({"max_num": 2, "validate_max": True}, 3, "Please submit at most 2 forms."),
        ({"min_num": 1, "validate_min": True}, 0, "Please submit at least 1 form."),
        ({"min_num": 3, "validate_min": True}, 2, "Please submit at least 3 forms."),
        ({"max_num": 1}, 2, None),
        ({"max_num": 1, "absolute_max": 1}, 2, "Please submit at most 1 form."),
    ],
)
def test_too_many_and_too_few_forms(context, options, filled, message):
    """``max_num`` counts when ``validate_max`` is on, ``absolute_max`` always."""
    names = {f"_{index}_name": "tea" for index in range(filled)}
    formset = formset_factory(Drink, **options)(posted(max(filled, 1), **names))
    assert formset.non_form_errors() == ([message] if message else [])


def test_a_billion_forms_are_not_built(context):
    """The cap comes before any form: time and memory stay small."""
    tracemalloc.start()
    started = time.process_time()
    formset = formset_factory(Drink, max_num=5, absolute_max=10)(posted(10**9))
    assert not formset.is_valid()
    assert len(formset) == 10
    assert time.process_time() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert formset.non_form_errors() == ["Please submit at most 5 forms."]


def test_the_default_cap_is_twice_a_thousand():
    """``max_num`` + 1000."""
    assert formset_factory(Drink).absolute_max == 2000
    assert formset_factory(Drink, max_num=3).absolute_max == 1003


def test_clean_checks_the_forms_against_each_other(context):
    """Its ValidationError belongs to no form."""

    class Distinct(BaseFormSet):
        def clean(self):
            names = [form.data["name"] for form in self.forms]
            if len(set(names)) < len(names):
                raise ValidationError("Twice.")

    formset_class = formset_factory(Drink, Distinct)
    formset = formset_class(posted(2, _0_name="tea", _1_name="tea"))
    assert not formset.is_valid()
    assert formset.non_form_errors() == ["Twice."]


def test_a_flask_form_asks_for_no_token_in_each_row(csrf_app):
    """The page has one token, which the view checks."""

    class Row(FlaskForm):
        name = StringField()

    with csrf_app.test_request_context(method="POST"):
        formset = formset_factory(Row)(posted(1, _0_name="tea"))
        assert formset.is_valid()
        assert [field.short_name for field in formset[0]] == ["name"]


def test_uploads_make_it_multipart(context):
    """So that a template can say so on the form element."""

    class Upload(PlainForm):
        upload = FileField()

    assert formset_factory(Upload, extra=0)().is_multipart()
    assert not formset_factory(Drink)().is_multipart()


def test_wrong_options_are_refused():
    """Django raises ValueError; here it is also ImproperlyConfigured."""
    for kind in (ValueError, ImproperlyConfigured):
        with pytest.raises(kind, match="absolute_max"):
            formset_factory(Drink, max_num=5, absolute_max=4)
    with pytest.raises(TypeError, match="extras"):
        formset_factory(Drink, extras=4)


# --- deleting and ordering ------------------------------------------------------------


def test_a_row_ticked_to_be_deleted_need_not_be_valid(context):
    """It is in ``deleted_forms`` and out of ``errors``."""
    formset_class = formset_factory(Drink, can_delete=True)
    data = posted(2, 1, _0_name="", _0_DELETE="on", _1_name="tea")
    formset = formset_class(data)
    assert formset.is_valid()
    assert formset.deleted_forms == [formset[0]]
    assert formset.errors == [{}]


def test_can_delete_extra_takes_the_box_from_empty_forms(context):
    """Only rows that are there can be deleted."""
    formset_class = formset_factory(Drink, can_delete=True, can_delete_extra=False)
    formset = formset_class(initial=[{"name": "tea"}])
    assert ["DELETE" in form for form in formset] == [True, False]
    assert "DELETE" not in formset.empty_form


def test_ordered_forms_are_sorted_by_their_number(context):
    """Those without one come last, empty and deleted ones not at all."""
    formset_class = formset_factory(Drink, can_order=True, can_delete=True)
    data = posted(
        5,
        *(4,),
        _0_name="a",
        _0_ORDER="3",
        _1_name="b",
        _1_ORDER="",
        _2_name="c",
        _2_ORDER="1",
        _3_name="d",
        _3_DELETE="on",
    )
    formset = formset_class(data)
    assert formset.is_valid()
    assert [form["name"].data for form in formset.ordered_forms] == ["c", "a", "b"]
    unbound = formset_class(initial=[{"name": "a"}, {"name": "b"}])
    assert [form["ORDER"].data for form in unbound] == [1, 2, None]


def test_an_order_that_is_no_number_is_an_error(context):
    """As in any integer field."""
    formset_class = formset_factory(Drink, can_order=True)
    formset = formset_class(posted(1, _0_name="a", _0_ORDER="1e3"))
    assert list(formset.errors[0]) == ["ORDER"]
    with pytest.raises(AttributeError, match="ordered_forms"):
        _ = formset.ordered_forms


# --- rows of a table ------------------------------------------------------------------


def test_model_formset_shows_the_rows_and_names_their_keys(db, books):
    """One statement; sorted by key unless the statement is sorted."""
    formset_class = modelformset_factory(Book, fields=["title"])
    with count_queries(1):
        formset = formset_class(queryset=select(Book).where(Book.title != "Two"))
        assert len(formset) == 3
    assert [form["title"].data for form in formset] == ["One", "Three", None]
    assert formset[0]["id"].name == "form-0-id"
    assert f'value="{books[0].id}"' in str(formset[0]["id"]())
    assert formset[0].instance is books[0]


def test_model_formset_changes_adds_and_deletes(db, books):
    """Only what was changed is written; what was done is told."""
    formset_class = modelformset_factory(Book, fields=["title"], can_delete=True)
    one, two, three = (book.id for book in books)
    data = posted(
        5,
        3,
        _0_id=one,
        _0_title="One",
        _1_id=two,
        _1_title="Zwei",
        _2_id=three,
        _2_title="Three",
        _2_DELETE="on",
        _3_title="Four",
        _4_title="",
    )
    formset = formset_class(data)
    assert formset.is_valid(), formset.errors
    saved = formset.save()
    db.commit()
    assert [book.title for book in saved] == ["Zwei", "Four"]
    assert [(obj.id, names) for obj, names in formset.changed_objects] == [
        (two, ["title"])
    ]
    assert [book.title for book in formset.new_objects] == ["Four"]
    assert len(formset.deleted_objects) == 1
    assert sorted(db.scalars(select(Book.title))) == ["Four", "One", "Zwei"]


def test_save_without_commit_touches_no_session(db, books):
    """Objects are filled; deleted ones are told, not deleted."""
    formset_class = modelformset_factory(Book, fields=["title"], can_delete=True)
    data = posted(
        3,
        2,
        _0_id=books[0].id,
        _0_title="Eins",
        _1_id=books[1].id,
        _1_title="Two",
        _1_DELETE="y",
        _2_title="Four",
    )
    formset = formset_class(data)
    with db.no_autoflush:
        changed, new = formset.save(commit=False)
        assert (changed.title, new.title) == ("Eins", "Four")
        assert new not in db
        assert formset.deleted_objects == [books[1]]
        assert books[1] not in db.deleted
    db.rollback()


def test_save_of_what_is_not_valid_is_refused(db, books):
    """As ModelForm.save."""
    formset_class = modelformset_factory(Book, fields=["title"])
    with pytest.raises(ValueError, match="nothing was saved"):
        formset_class(posted(1, _0_title="x" * 51)).save()
    with pytest.raises(ValueError, match="nothing was saved"):
        formset_class().save()


@pytest.mark.parametrize(
    "key", ["{other}", "999999", "", None, "abc", "9" * 30, "٣", "1\x00"]
)
def test_a_key_outside_the_query_changes_nothing(db, books, key):
    """CVE-2026-4292 and its kin: it is an error at the key, no row, no SQL error."""
    key = key and key.format(other=books[2].id)
    mine = select(Book).where(Book.title != "Three")
    formset_class = modelformset_factory(Book, fields=["title"], can_delete=True)
    values = {"_0_title": "Taken"} if key is None else {"_0_title": "T", "_0_id": key}
    formset = formset_class(posted(1, 1, **values), queryset=mine)
    assert not formset.is_valid()
    assert list(formset.errors[0]) == ["id"]
    doomed = formset_class(posted(1, 1, _0_DELETE="on", **values), queryset=mine)
    assert doomed.is_valid()
    assert doomed.save() == []
    assert doomed.deleted_objects == []
    db.commit()
    assert sorted(db.scalars(select(Book.title))) == ["One", "Three", "Two"]


def test_posted_keys_are_looked_up_in_one_statement(db, books):
    """However many rows there are."""
    formset_class = modelformset_factory(Book, fields=["title"])
    data = posted(3, 3)
    for index, book in enumerate(books):
        data[f"form-{index}-id"] = str(book.id)
        data[f"form-{index}-title"] = book.title
    db.expire_all()
    with count_queries(1):
        assert formset_class(data).is_valid()


def test_a_limited_statement_keeps_its_limit(db, books):
    """Its first rows may be edited, and no other."""
    first = select(Book).order_by(Book.id).limit(1)
    formset_class = modelformset_factory(Book, fields=["title"], extra=0)
    assert [form.instance for form in formset_class(queryset=first)] == [books[0]]
    data = posted(1, 1, _0_id=books[1].id, _0_title="x")
    assert not formset_class(data, queryset=first).is_valid()


@pytest.mark.parametrize("own", [None, 1, 2, 3])
def test_no_more_rows_are_shown_than_can_be_posted(db, books, own):
    """Whatever limit the statement has: the page would come back as too many forms."""
    rows = select(Book).order_by(Book.id).limit(own)
    formset_class = modelformset_factory(
        Book, fields=["title"], extra=0, max_num=2, absolute_max=2
    )
    shown = formset_class(queryset=rows)
    assert len(shown) == min(own or 2, 2)
    values = {f"_{n}_id": form.instance.id for n, form in enumerate(shown)}
    titles = {f"_{n}_title": "x" for n in range(len(shown))}
    data = posted(len(shown), len(shown), **values, **titles)
    assert formset_class(data, queryset=rows).is_valid()


def test_a_sequence_of_objects_may_be_edited(db, books):
    """Rows that are at hand already."""
    formset_class = modelformset_factory(Book, fields=["title"], extra=0)
    assert books[0].id < books[1].id  # loaded again after the commit
    with count_queries(0):
        assert len(formset_class(queryset=books[:2])) == 2
    data = posted(1, 1, _0_id=books[2].id, _0_title="x")
    assert not formset_class(data, queryset=books[:2]).is_valid()
    data["form-0-id"] = str(books[1].id)
    assert formset_class(data, queryset=books[:2]).is_valid()


def test_the_key_of_an_extra_row_is_not_read(db, books):
    """A new row never takes the place of another."""
    formset_class = modelformset_factory(Book, fields=["title"])
    formset = formset_class(posted(1, 0, _0_id=books[0].id, _0_title="New"))
    assert formset.is_valid()
    (new,) = formset.save()
    assert new.id not in [book.id for book in books]


def test_edit_only_adds_nothing(db, books):
    """CVE-2026-4277: an extra row that is posted all the same is not saved."""
    formset_class = modelformset_factory(Book, fields=["title"], edit_only=True)
    formset = formset_class(posted(1, 0, _0_title="New"))
    assert formset.is_valid()
    assert formset.save() == []
    assert len(db.scalars(select(Book)).all()) == 3


def test_initial_is_for_the_extra_forms(db, books):
    """Rows show their own values."""
    formset_class = modelformset_factory(Book, fields=["title"], extra=2)
    formset = formset_class(initial=[{"title": "Next"}])
    shown = [form["title"].data for form in formset]
    assert shown == ["One", "Two", "Three", "Next", None]


def test_a_taken_unique_value_is_an_error_at_its_field(db, books):
    """Found before the database is asked to save."""
    formset_class = modelformset_factory(Book, fields=["title", "slug"])
    formset = formset_class(posted(1, _0_title="x", _0_slug="one"))
    assert list(formset.errors[0]) == ["slug"]


def test_the_same_unique_value_in_two_rows_is_an_error(db, books):
    """Django's texts: one for the formset, one for the second row."""
    formset_class = modelformset_factory(Tag, fields=["name"])
    formset = formset_class(posted(2, _0_name="x", _1_name="x"))
    assert not formset.is_valid()
    text = "Please correct the duplicate data for name."
    assert formset.non_form_errors() == [text]
    assert formset.errors == [{}, {"": ["Please correct the duplicate values below."]}]


def test_any_form_class_edits_rows(db, books):
    """A plain WTForms form is checked for what must be unique, and fills the row."""

    class Title(PlainForm):
        title = StringField(validators=[InputRequired()])
        slug = StringField()

    formset_class = modelformset_factory(Book, form=Title)
    first = {"_0_id": books[0].id, "_0_title": "One", "_0_slug": "two"}
    assert list(formset_class(posted(1, 1, **first)).errors[0]) == ["slug"]
    first["_0_slug"] = "uno"
    formset = formset_class(posted(2, 1, **first, _1_title="N", _1_slug="n"))
    assert [book.slug for book in formset.save()] == ["uno", "n"]


def test_rows_nobody_touched_are_not_asked_about(db, books):
    """A choice among authors is looked up for changed rows only."""
    formset_class = modelformset_factory(Book, fields=["title", "author_id"])
    data = posted(3, 3)
    for index, book in enumerate(books):
        data[f"form-{index}-id"] = str(book.id)
        data[f"form-{index}-title"] = book.title
        data[f"form-{index}-author_id"] = ""
    author = Author(name="A")
    db.add(author)
    db.commit()
    data["form-1-author_id"] = str(author.id)
    with count_queries(2):
        formset = formset_class(data)
        assert formset.is_valid()
    assert [form.changed_data for form in formset] == [[], ["author_id"], []]


def test_a_default_that_a_call_makes_is_no_change(db, poll):
    """An empty row shows none, for the next call may make another value."""
    formset_class = modelformset_factory(Choice, fields=["text", "added"], extra=1)
    shown = formset_class(queryset=[])
    assert shown[0]["added"].data is None
    assert formset_class(posted(1, _0_text="", _0_added="")).save() == []


def test_a_key_of_several_columns_is_one_hidden_field(db, context):
    """Called ``pk``; Django has no formsets for such rows."""
    db.add_all([Seat(hall="a", number=1, name="x"), Seat(hall="b", number=1, name="y")])
    db.commit()
    formset_class = modelformset_factory(Seat, fields=["name"], extra=0)
    assert [form["pk"].data for form in formset_class()] == ["a,1", "b,1"]
    formset = formset_class(posted(1, 1, _0_pk="b,1", _0_name="z"))
    assert formset.is_valid(), formset.errors
    assert formset.save()[0].hall == "b"
    for forged in ("b", "b,1,2", "b,x", "c,1"):
        assert not formset_class(posted(1, 1, _0_pk=forged, _0_name="z")).is_valid()


def test_a_key_that_can_be_edited_stays_apart_from_the_hidden_one(db, context):
    """The hidden field says which row it was."""
    db.add(Badge(code="old", label="L"))
    db.commit()
    formset_class = modelformset_factory(Badge, fields=["code", "label"])
    data = posted(2, 1, _0_pk="old", _0_code="new", _0_label="L", _1_code="more")
    formset = formset_class(data)
    assert formset.is_valid(), formset.errors
    formset.save()
    db.commit()
    assert sorted(db.scalars(select(Badge.code))) == ["more", "new"]


def test_cleaned_data_holds_the_row_under_its_key(db, books):
    """As Django's ModelChoiceField does."""
    formset_class = modelformset_factory(Book, fields=["title"])
    formset = formset_class(posted(1, 1, _0_id=books[0].id, _0_title="New"))
    assert formset.is_valid()
    assert formset.cleaned_data == [{"title": "New", "id": books[0]}]


def test_save_hooks_of_a_subclass_are_called(db, books):
    """``save_new``, ``save_existing``, ``delete_existing`` and a form's ``save``."""
    seen = []

    class Loud(BaseModelFormSet):
        def save_new(self, form, commit=True):
            seen.append("new")
            return super().save_new(form, commit)

        def save_existing(self, form, obj, commit=True):
            seen.append(obj.title)
            return super().save_existing(form, obj, commit)

        def delete_existing(self, obj, commit=True):
            seen.append("kept")

    class Upper(ModelForm):
        def save(self, commit=True):
            book = super().save(commit=False)
            book.title = book.title.upper()
            return super().save(commit) if commit else book

    formset_class = modelformset_factory(
        Book, Upper, Loud, fields=["title"], can_delete=True
    )
    data = posted(
        3,
        2,
        _0_id=books[0].id,
        _0_title="x",
        _1_id=books[1].id,
        _1_DELETE="on",
        _2_title="y",
    )
    formset_class(data).save()
    assert seen == ["kept", "One", "new"]


def test_no_fields_is_a_configuration_error():
    """Rule: never neither."""
    with pytest.raises(ImproperlyConfigured, match="fields"):
        modelformset_factory(Book)
    with pytest.raises(ImproperlyConfigured, match="fields"):
        inlineformset_factory(Poll, Choice)


# --- children of a row ----------------------------------------------------------------


def test_inline_formset_shows_the_children_of_its_parent(db, poll):
    """Three more, with boxes to delete; the prefix is the relationship's name."""
    other = Poll(question="Who?", choices=[Choice(text="c")])
    db.add(other)
    db.commit()
    formset_class = inlineformset_factory(Poll, Choice, fields=["text"])
    assert poll.id  # loaded again after the commit
    with count_queries(1):
        formset = formset_class(instance=poll)
        assert [form["text"].data for form in formset] == ["a", "b", None, None, None]
    assert formset.prefix == "choices"
    assert "DELETE" in formset[0]


def test_inline_prefix_without_a_relationship_is_child_set(context):
    """Django's default."""
    formset_class = inlineformset_factory(Author, Badge, fields=["label"])
    assert formset_class().prefix == "badge_set"


def test_a_new_parent_has_no_children_and_no_query(db, context):
    """Its forms are shown all the same."""
    formset_class = inlineformset_factory(Poll, Choice, fields=["text"])
    with count_queries(0):
        assert len(formset_class()) == 3
        assert len(formset_class(instance=Poll())) == 3


def test_inline_formset_saves_children_of_the_parent(db, poll):
    """A posted parent is not read, even where the form has a field for it."""
    other = Poll(question="Who?")
    db.add(other)
    db.commit()
    formset_class = inlineformset_factory(
        Poll, Choice, fields=["text", "place", "poll_id"]
    )
    first, second = (choice.id for choice in poll.choices)
    data = posted(
        3,
        2,
        "choices",
        _0_id=first,
        _0_text="A",
        _0_place=1,
        _0_poll_id=other.id,
        _1_id=second,
        _1_DELETE="on",
        _2_text="new",
        _2_poll_id=other.id,
    )
    formset = formset_class(data, instance=poll)
    assert formset.is_valid(), formset.errors
    assert "poll_id" not in formset[0]
    formset.save()
    db.commit()
    assert [choice.text for choice in poll.choices] == ["A", "new"]
    assert other.choices == []


def test_another_parents_child_cannot_be_taken(db, poll):
    """Its key is not among this parent's rows."""
    other = Poll(question="Who?", choices=[Choice(text="theirs")])
    db.add(other)
    db.commit()
    formset_class = inlineformset_factory(Poll, Choice, fields=["text"])
    stolen = other.choices[0].id
    data = posted(1, 1, "choices", _0_id=stolen, _0_text="mine", _0_DELETE="on")
    formset = formset_class(data, instance=poll)
    formset.save()
    db.commit()
    assert [choice.text for choice in other.choices] == ["theirs"]


def test_unique_together_with_the_parent_is_checked(db, poll):
    """Against the table, and among the forms."""
    formset_class = inlineformset_factory(Poll, Choice, fields=["text", "place"])
    taken = posted(1, 0, "choices", _0_text="x", _0_place=1)
    assert not formset_class(taken, instance=poll).is_valid()
    twice = posted(2, 0, "choices", _0_text="x", _0_place=7, _1_text="y", _1_place=7)
    for parent in (poll, Poll(question="new")):
        formset = formset_class(twice, instance=parent)
        if parent is poll:
            text = "Please correct the duplicate data for place."
            assert formset.non_form_errors() == [text]


def test_save_as_new_makes_new_children(db, poll):
    """Posted keys are not read."""
    copied = Poll(question="Copy")
    db.add(copied)
    db.commit()
    formset_class = inlineformset_factory(Poll, Choice, fields=["text"])
    data = posted(2, 2, "choices", _0_id=poll.choices[0].id, _0_text="a", _1_text="b")
    formset = formset_class(data, instance=copied, save_as_new=True)
    assert formset.is_valid()
    formset.save()
    db.commit()
    assert [choice.text for choice in copied.choices] == ["a", "b"]
    assert len(poll.choices) == 2


def test_a_parent_with_one_child_at_most_shows_one_form(context):
    """A unique foreign key means ``max_num = 1``."""
    formset_class = inlineformset_factory(Author, Badge, fields=["label"])
    assert formset_class.max_num == 1
    assert len(formset_class()) == 1


def test_several_foreign_keys_ask_for_fk_name(context):
    """By attribute; Django raises ValueError, and so does this."""
    for kind in (ValueError, ImproperlyConfigured):
        with pytest.raises(kind, match=r"Seat .*giver_id, taker_id.*fk_name"):
            inlineformset_factory(Author, Seat, fields=["name"])
    formset_class = inlineformset_factory(
        Author, Seat, fields=["name"], fk_name="taker_id"
    )
    assert formset_class.fk.names == ("taker_id",)
    with pytest.raises(ImproperlyConfigured, match="no foreign key to Author"):
        inlineformset_factory(Author, Choice, fields=["text"])
    with pytest.raises(ImproperlyConfigured, match="named 'owner_id'"):
        inlineformset_factory(Author, Seat, fields=["name"], fk_name="owner_id")


def test_base_classes_are_those_of_django():
    """For subclassing."""
    formset_class = inlineformset_factory(Poll, Choice, fields=["text"])
    assert issubclass(formset_class, BaseInlineFormSet)
    assert issubclass(formset_class, BaseModelFormSet)
    assert issubclass(formset_class, BaseFormSet)


# --- Django's other names -------------------------------------------------------------


def test_repr_is_that_of_django(db, books):
    """Whether it is valid is unknown until it was asked; asking is not repr's."""
    formset_class = formset_factory(Drink)
    name = formset_class.__qualname__
    unbound = formset_class()
    assert repr(unbound) == f"<{name}: bound=False valid=Unknown total_forms=1>"
    assert not unbound.is_valid()
    unbound.errors  # noqa: B018
    assert repr(unbound) == f"<{name}: bound=False valid=False total_forms=1>"
    for text, is_valid in (("tea", True), ("x" * 11, False)):
        formset = formset_class(posted(1, _0_name=text))
        assert repr(formset) == f"<{name}: bound=True valid=Unknown total_forms=1>"
        formset.is_valid()
        assert repr(formset) == f"<{name}: bound=True valid={is_valid} total_forms=1>"
    with count_queries(0):
        formset = modelformset_factory(Book, fields=["title"])(posted(1, 1))
        assert "valid=Unknown" in repr(formset)


@pytest.mark.parametrize("widget", [HiddenInput, HiddenInput()])
def test_deletion_and_ordering_widgets_replace_djangos(context, widget):
    """As class attributes or by the hooks, of the base or of the finished class."""

    class Attributes(BaseFormSet):
        deletion_widget = ordering_widget = widget

    class Hooks(BaseFormSet):
        @classmethod
        def get_deletion_widget(cls):
            return widget

        @classmethod
        def get_ordering_widget(cls):
            return widget

    options = {"can_delete": True, "can_order": True, "extra": 1}
    late = formset_factory(Drink, **options)
    for formset_class in (
        formset_factory(Drink, Attributes, **options),
        formset_factory(Drink, Hooks, **options),
        type("Late", (late,), {"deletion_widget": widget, "ordering_widget": widget}),
    ):
        shown = formset_class(initial=[{"name": "tea"}])
        for form in (*shown, shown.empty_form):
            assert 'type="hidden"' in form["ORDER"]()
            assert 'type="hidden"' in form["DELETE"]()
            assert 'value=""' in form["DELETE"]()
    assert (
        late().empty_form["DELETE"]().startswith('<input id="form-__prefix__-DELETE"')
    )
    assert 'type="checkbox"' in late().empty_form["DELETE"]()
    assert 'type="number"' in late().empty_form["ORDER"]()


MARKS = {"": False, "0": False, "false": False, "False": False}


@pytest.mark.parametrize(
    ("text", "is_marked"),
    [*MARKS.items(), *dict.fromkeys(("on", "y", "1"), True).items()],
)
def test_a_hidden_box_marks_a_row_by_its_value(context, text, is_marked):
    """As Django's boolean field reads it; and it comes back as it was posted."""

    class Hidden(BaseFormSet):
        deletion_widget = HiddenInput

    formset_class = formset_factory(Drink, Hidden, can_delete=True)
    formset = formset_class(posted(1, 1, _0_name="tea", _0_DELETE=text))
    assert formset.is_valid()
    assert bool(formset.deleted_forms) is is_marked
    shown = formset[0]["DELETE"]()
    again = formset_class(
        posted(1, 1, _0_name="tea", _0_DELETE=re.search('value="(.*?)"', shown)[1])
    )
    assert bool(again.is_valid() and again.deleted_forms) is is_marked


def test_save_m2m_follows_save_without_commit(db, books):
    """Django's two steps: the tags are there when the row is saved, not before."""
    tags = [Tag(name="a"), Tag(name="b")]
    db.add_all(tags)
    db.commit()
    keys = [str(tag.id) for tag in tags]
    called = []

    class Tagged(ModelForm):
        class Meta:
            model = Book
            fields = ["title", "tags"]

        def save_m2m(self):
            called.append(self.instance)
            super().save_m2m()

    formset_class = modelformset_factory(Book, Tagged)
    data = posted(2, 1, _0_id=books[0].id, _0_title="x", _1_title="y")
    for n in "01":
        data.setlist(f"form-{n}-tags", keys)
    formset = formset_class(data)
    objects = formset.save(commit=False)
    assert called == []
    for obj in objects:
        db.add(obj)
    formset.save_m2m()
    db.commit()
    assert called == objects
    assert [form.instance for form in formset.saved_forms] == objects
    assert [sorted(tag.name for tag in obj.tags) for obj in objects] == [["a", "b"]] * 2
    form = Tagged(MultiDict({"title": "z", "tags": keys[0]}))
    assert form.validate()
    book = form.save(commit=False)
    db.add(book)
    form.save_m2m()
    db.commit()
    assert [tag.name for tag in book.tags] == ["a"]
