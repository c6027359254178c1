"""The rows of a formset: what counts as a change, for every kind of field."""

from __future__ import annotations

import io
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from uuid import UUID

import flask_wtf.file
import pytest
import wtforms
from werkzeug.datastructures import FileStorage
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.validators import Optional

from cbv.formsets import formset_factory
from cbv.formsets import modelformset_factory
from support.column_models import Color
from support.column_models import Size
from support.column_models import Thing

pytestmark = pytest.mark.filterwarnings("ignore:'DateTimeField' renders")

CHOICES = {"": "none", "1": "one", "2": "two"}
DAY = date(2024, 5, 17)
#: By field class: its keywords, an initial value, what a browser posts for it when it
#: is left alone, what it posts for the blank field, and another text.
FIELDS = {
    "BooleanField": ({}, True, ["y"], [], ["y"]),
    "ColorField": ({}, "#102030", ["#102030"], [""], ["#ff0000"]),
    "DateField": ({}, DAY, ["2024-05-17"], [""], ["2024-01-02"]),
    "DateTimeField": (
        {},
        datetime(2024, 5, 17, 9, 30),
        ["2024-05-17 09:30:00"],
        [""],
        ["2024-01-02 03:04:05"],
    ),
    "DateTimeLocalField": (
        {"format": "%Y-%m-%dT%H:%M"},
        datetime(2024, 5, 17, 9, 30, 15),  # the seconds are not shown
        ["2024-05-17T09:30"],
        [""],
        ["2024-01-02T03:04"],
    ),
    "DecimalField": ({}, Decimal("1.239"), ["1.24"], [""], ["7.5"]),
    "DecimalRangeField": ({}, Decimal("1.239"), ["1.24"], [""], ["7.5"]),
    "EmailField": ({}, "a@b.example", ["a@b.example"], [""], ["c@d.example"]),
    "FieldList": (
        {"unbound_field": wtforms.IntegerField(), "min_entries": 1},
        [4],
        {"-0": "4"},
        {"-0": ""},
        {"-0": "5"},
    ),
    "FileField": ({}, "old.txt", [""], [""], ["new.txt"]),
    "FloatField": ({}, 0.1, ["0.1"], [""], ["7.5"]),
    "FormField": (
        {"form_class": type("Inner", (Form,), {"n": wtforms.IntegerField()})},
        {"n": 4},
        {"-n": "4"},
        {"-n": ""},
        {"-n": "5"},
    ),
    "HiddenField": ({}, 5, ["5"], [""], ["6"]),
    "IntegerField": ({}, 4, ["4"], [""], ["0"]),
    "IntegerRangeField": ({}, 4, ["4"], [""], ["0"]),
    "MonthField": ({}, DAY, ["2024-05"], [""], ["2024-01"]),
    "MultipleFileField": ({}, ["old.txt"], [""], [""], ["new.txt"]),
    "PasswordField": ({}, "never shown", [""], [""], ["secret"]),
    "RadioField": ({"choices": CHOICES}, "1", ["1"], [], ["2"]),
    "SearchField": ({}, "a", ["a"], [""], ["b"]),
    "SelectField": ({"choices": CHOICES}, "1", ["1"], [""], ["2"]),
    "SelectMultipleField": (
        {"choices": CHOICES},
        ["2", "1"],
        ["1", "2"],  # a browser posts them in the order of the options
        [],
        ["2"],
    ),
    "StringField": ({}, 5, ["5"], [""], ["b"]),
    "TelField": ({}, "1", ["1"], [""], ["2"]),
    "TextAreaField": ({}, "a\nb", ["a\r\nb"], [""], ["a"]),
    "TimeField": ({}, time(9, 30, 15), ["09:30"], [""], ["10:00"]),
    "URLField": ({}, "http://a.example", ["http://a.example"], [""], ["http://b"]),
    "WeekField": ({}, DAY, ["2024-W20"], [""], ["2024-W03"]),
}
#: No values: a button says how a form was sent.
BUTTONS = {"SubmitField", "ButtonField"}
#: A file and a password are never shown, and no radio button can be switched off.
NEVER_EMPTIED = {"FileField", "MultipleFileField", "PasswordField", "RadioField"}
#: Not every text is a value of these.
PARSED = (
    *("DateField", "DateTimeLocalField", "DecimalField", "FieldList", "FloatField"),
    *("FormField", "IntegerField", "MonthField", "TimeField", "WeekField"),
)
#: Bases of the others.
ABSTRACT = {"Field", "SelectFieldBase"}


def is_field(value):
    return isinstance(value, type) and issubclass(value, wtforms.Field)


def row(name, values, with_initial=False, **options):
    """Return the first form of a formset whose field ``x`` was posted with values."""
    kwargs, initial, *_ = FIELDS[name]
    field = getattr(wtforms, name)(**kwargs, **options)
    formset_class = formset_factory(type("Kind", (Form,), {"x": field}))
    data = MultiDict({"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"})
    items = values if isinstance(values, dict) else {"": values}
    for suffix, texts in items.items():
        data.setlist(f"form-0-x{suffix}", texts if isinstance(texts, list) else [texts])
    if values == []:
        data.poplist("form-0-x")
    return formset_class(data, initial=[{"x": initial}] if with_initial else None)[0]


def test_every_field_class_of_wtforms_is_listed_here():
    """A new one asks for a line above."""
    found = {name for name, value in vars(wtforms.fields).items() if is_field(value)}
    assert set(FIELDS) == found - BUTTONS - ABSTRACT


@pytest.mark.parametrize("name", FIELDS)
def test_a_blank_row_is_unchanged(name):
    """With or without Optional(), and it is valid."""
    form = row(name, FIELDS[name][3])
    assert form.changed_data == []
    assert form.validate()
    if name != "FormField":  # which takes no validators
        assert not row(name, FIELDS[name][3], validators=[Optional()]).has_changed()


@pytest.mark.parametrize("name", FIELDS)
def test_white_space_alone_is_blank(name):
    """As it is for Optional() and for Django's text fields."""
    blank = FIELDS[name][3]
    if blank == [""] and "File" not in name and "Select" not in name:
        assert row(name, ["  "]).changed_data == []


@pytest.mark.parametrize("name", FIELDS)
def test_a_row_with_a_value_is_changed(name):
    """Where none is shown."""
    assert row(name, FIELDS[name][4]).changed_data == ["x"]


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_that_comes_back_as_it_was_shown_is_unchanged(name):
    """Even if the text does not tell all of the value."""
    assert row(name, FIELDS[name][2], with_initial=True).changed_data == []


@pytest.mark.parametrize("name", sorted(set(FIELDS) - {"BooleanField"}))
def test_another_value_than_the_shown_one_is_a_change(name):
    """Also in the fields within a field."""
    assert row(name, FIELDS[name][4], with_initial=True).changed_data == ["x"]


@pytest.mark.parametrize("name", sorted(set(FIELDS) - NEVER_EMPTIED))
def test_emptying_a_field_is_a_change(name):
    """Where a browser can post that."""
    assert row(name, FIELDS[name][3], with_initial=True).changed_data == ["x"]


@pytest.mark.parametrize("text", ["a\nb", "a\nb\n\n", "a\u2028b", " a\nb\n"])
def test_a_line_end_more_or_less_is_a_change(text):
    """Only a browser's own line ends are none."""
    formset_class = formset_factory(type("F", (Form,), {"x": wtforms.TextAreaField()}))
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-x": text}
    assert formset_class(data, initial=[{"x": "a\nb\n"}])[0].has_changed()


@pytest.mark.parametrize("name", PARSED)
def test_a_text_that_is_no_value_is_a_change_and_an_error(name):
    """It must come back to its user, not get lost."""
    suffix = (
        next(iter(FIELDS[name][4]), "") if isinstance(FIELDS[name][4], dict) else ""
    )
    form = row(name, {suffix: "nonsense"})
    assert form.changed_data == ["x"]
    assert not form.validate()


def test_a_list_of_fields_is_changed_when_an_entry_is_added_or_removed():
    """A blank entry more is none."""
    assert row("FieldList", {"-0": "4", "-1": "5"}, True).has_changed()
    assert not row("FieldList", {"-0": "4", "-1": ""}, True).has_changed()
    assert row("FieldList", [], True).has_changed()


@pytest.mark.parametrize("button", sorted(BUTTONS))
def test_the_button_of_a_row_is_no_value(button):
    """It says how the form was sent."""
    field = getattr(wtforms, button)()
    formset_class = formset_factory(type("Kind", (Form,), {"x": field}))
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-x": "Send"}
    assert not formset_class(data)[0].has_changed()


@pytest.mark.parametrize("text", ["sNaN", "NaN", "Infinity", "1e999999999", "9" * 5000])
@pytest.mark.parametrize("name", ["DecimalField", "FloatField", "IntegerField"])
def test_any_number_can_be_compared(name, text):
    """Decimal's signalling NaN raises when it is."""
    assert row(name, [text], with_initial=True).has_changed()


@pytest.mark.parametrize("module", [wtforms, flask_wtf.file])
@pytest.mark.parametrize("name", ["FileField", "MultipleFileField"])
def test_an_uploaded_file_is_a_change_and_an_empty_part_is_none(module, name):
    """A browser posts an empty part for a file field that was left alone."""
    field = getattr(module, name)()
    formset_class = formset_factory(type("Kind", (Form,), {"x": field}))
    counts = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    for filename, is_changed in (("", False), ("a.txt", True)):
        upload = FileStorage(io.BytesIO(b"text"), filename)
        data = MultiDict({**counts, "form-0-x": upload})
        assert formset_class(data)[0].has_changed() is is_changed


def test_a_callable_default_is_compared_as_it_was_shown():
    """Not with the value of a second call."""
    field = wtforms.DateField(default=lambda: DAY)
    formset_class = formset_factory(type("Kind", (Form,), {"x": field}))
    counts = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    assert not formset_class({**counts, "form-0-x": "2024-05-17"})[0].has_changed()


STORED = {
    "title": ("a", "a  b", "-"),
    "notes": ("one\ntwo\n", "\n\nleading", "a\r\nb"),
    "whole": (0, -1),
    "ratio": (0.0, 0.1, 1e-7),
    "price": (0.0, 1.5),
    "flag": (True, False),
    "maybe": (True, False, None),
    "day": (date(24, 5, 17), DAY),
    "clock": (time(0), time(9, 30, 15, 120)),
    "moment": (datetime(2024, 5, 17, 9, 30, 15, 120), datetime(2024, 5, 17)),
    "aware": (datetime(2024, 5, 17, 9, 30, tzinfo=UTC),),
    "span": (timedelta(0), timedelta(days=-1, seconds=5)),
    "document": ({"a": [1, None]}, [], {}, 0, "", "text", False, "a\nb"),
    "key": (UUID(int=7),),
    "key_text": (str(UUID(int=7)),),
    "blob": (b"", b"abcd"),
    "color": (Color.DARK_BLUE,),
    "size": (Size.LARGE,),
    "word": ("b",),
    "lowered": ("abc",),
}


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, values in STORED.items() for v in values]
)
def test_a_row_of_any_column_comes_back_unchanged(app, name, value):
    """As a browser would post what the page shows, whatever the row holds."""
    thing = Thing(id=1, **{"title": "a", "flag": True, name: value})
    formset_class = modelformset_factory(Thing, fields=[name], extra=1)
    with app.test_request_context():
        shown = formset_class(queryset=[thing])
        data = MultiDict({"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "1"})
        for form in shown:
            for field in form:
                data.setlist(field.name, in_a_browser(field))
        same = formset_class(data, queryset=[thing])
        assert [form.changed_data for form in same] == [[], []]


def in_a_browser(field):
    """Return what a browser posts for a field that was left alone."""
    if isinstance(field, wtforms.BooleanField):
        return ["y"] if field.data else []
    if isinstance(field, wtforms.FileField):
        return [""]
    if isinstance(field, wtforms.SelectField):
        choices = list(field.iter_choices())
        return [([c.value for c in choices if c.selected] or [choices[0].value])[0]]
    text = field._value()
    if isinstance(field, wtforms.TextAreaField):
        return [text.replace("\r\n", "\n").replace("\n", "\r\n")]
    return [text]
