"""Texts as initial values: shown as they are, read as if a user had typed them."""

from __future__ import annotations

import pytest
import wtforms
from sqlalchemy import select
from wtforms import Form as PlainForm

from cbv.formsets import BaseModelFormSet
from cbv.formsets import formset_factory
from cbv.formsets import modelformset_factory
from support.column_models import Thing

#: By column: a text that stands for a value, and one that stands for none.
TEXTS = {
    "whole": ("12", "twelve"),
    "small": ("3", "99999"),
    "ratio": ("0.5", "half"),
    "price": ("1.25", "1,25"),
    "day": ("2023-11-11", "11/11/2023"),
    "clock": ("10:30", "half past ten"),
    "moment": ("2023-11-11T10:30", "11/11/2023 10:30"),
    "span": ("1 12:00:00", "long"),
    "key": ("8f14e45f-ceea-467f-a4b1-d0c6c6ed3c5a", "no-uuid"),
    "color": ("RED", "GREEN"),
    "maybe": ("true", "perhaps"),
}
SHOWN_AS_TYPED = sorted(set(TEXTS) - {"color", "maybe"})  # which show their options


class ThingRow(PlainForm):
    """WTForms' own fields over the columns of a model."""

    title = wtforms.StringField()
    whole = wtforms.IntegerField()
    ratio = wtforms.FloatField()
    price = wtforms.DecimalField()
    day = wtforms.DateField()
    clock = wtforms.TimeField()
    moment = wtforms.DateTimeLocalField()


class Things(BaseModelFormSet):
    model = Thing


PLAIN = sorted(set(ThingRow()._fields) & set(TEXTS))
CASES = [("model form", name) for name in TEXTS] + [("plain", name) for name in PLAIN]
SHOWN = [case for case in CASES if case[1] in SHOWN_AS_TYPED]


def formset_class_for(kind, name):
    """Return a class of formsets with the fields ``title`` and ``name``."""
    if kind == "model form":
        return modelformset_factory(Thing, fields=["title", name])
    others = {other: None for other in PLAIN if other != name}
    return formset_factory(type("Row", (ThingRow,), others), formset=Things)


def posted(**values):
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    return data | {f"form-0-{name}": text for name, text in values.items()}


@pytest.mark.parametrize(("kind", "name"), SHOWN)
def test_a_text_given_as_initial_is_shown_as_it_is(app, db, kind, name):
    """Whether it stands for a value or not."""
    with app.test_request_context():
        for text in TEXTS[name]:
            formset = formset_class_for(kind, name)(initial=[{name: text}])
            assert f'value="{text}"' in formset[0][name]()


@pytest.mark.parametrize(("kind", "name"), SHOWN)
def test_a_text_given_as_initial_comes_back_unchanged(app, db, kind, name):
    """So the row stays out of the database; another text is a change."""
    with app.test_request_context():
        for text in TEXTS[name]:
            formset_class, initial = formset_class_for(kind, name), [{name: text}]
            same = formset_class(posted(title="", **{name: text}), initial=initial)
            assert same.is_valid()
            assert not same.has_changed()
            other = formset_class(posted(title="", **{name: ""}), initial=initial)
            assert other.has_changed()


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_text_given_as_initial_is_saved_as_the_value_it_stands_for(
    app, db, kind, name
):
    """Where the post does not name the field; a value of its own is stronger."""
    text, _ = TEXTS[name]
    with app.test_request_context():
        formset_class, initial = formset_class_for(kind, name), [{name: text}]
        absent = formset_class(posted(title="a"), initial=initial)
        assert absent.is_valid(), absent.errors
        wrong = [{name: TEXTS[name][1]}]
        given = formset_class(posted(title="b", **{name: text}), initial=wrong)
        assert given.is_valid(), given.errors
        for formset in (absent, given):
            formset.prepare_new = lambda thing: setattr(thing, "flag", True)
            formset.save()
    stored = list(db.scalars(select(getattr(Thing, name))))
    assert len(stored) == 2
    assert None not in stored
    assert stored[0] == stored[1]


@pytest.mark.parametrize(("kind", "name"), SHOWN)
def test_a_text_that_stands_for_no_value_is_a_form_error(app, db, kind, name):
    """When it comes to be saved: the database never sees it."""
    with app.test_request_context():
        initial = [{name: TEXTS[name][1]}]
        formset = formset_class_for(kind, name)(posted(title="a"), initial=initial)
        assert list(formset.errors[0]) == [name]
