"""The three functions that make formset classes."""

from __future__ import annotations

import pytest
from wtforms import Form as PlainForm
from wtforms import StringField

from cbv import FormSetView
from cbv import ImproperlyConfigured
from cbv.forms import ModelForm
from cbv.formsets import BaseFormSet
from cbv.formsets import BaseInlineFormSet
from cbv.formsets import BaseModelFormSet
from cbv.formsets import formset_factory
from cbv.formsets import inlineformset_factory
from cbv.formsets import modelformset_factory
from support.library_models import Author
from support.library_models import Book


class Title(PlainForm):
    title = StringField()


class BookTitle(ModelForm):
    class Meta:
        model = Book
        fields = ["title"]


class Books(BaseModelFormSet):
    model = Book


@pytest.mark.parametrize(
    ("form", "formset"), [(Title, Books), (BookTitle, Books), (BookTitle, None)]
)
def test_formset_factory_makes_a_model_formset_that_knows_its_model(
    db, app, form, formset
):
    """By its own ``model`` or by that of the form's ``class Meta``."""
    db.add(Book(title="old"))
    db.commit()
    formset_class = formset_factory(form, formset or BaseModelFormSet)
    with app.test_request_context():
        shown = formset_class()
        assert [row.title.data for row in shown] == ["old", None]
        data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "1"}
        data |= {"form-0-id": str(shown[0].instance.id)}
        data |= {"form-0-title": "new", "form-1-title": "more"}
        assert [book.title for book in formset_class(data).save()] == ["new", "more"]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (
            lambda: formset_factory(Title, BaseModelFormSet),
            "BaseModelFormSet has no model. Cure: call modelformset_factory",
        ),
        (
            lambda: formset_factory(BookTitle, BaseInlineFormSet),
            "BaseInlineFormSet has no parent_model. Cure: call inlineformset_factory",
        ),
        (
            lambda: modelformset_factory(Book, Title, BaseFormSet),
            "BaseFormSet is no BaseModelFormSet. Cure: derive it from",
        ),
        (
            lambda: modelformset_factory(Book, Title, BaseInlineFormSet),
            "has no parent_model. Cure: call inlineformset_factory",
        ),
        (
            lambda: inlineformset_factory(Author, Book, Title, BaseModelFormSet),
            "BaseModelFormSet is no BaseInlineFormSet. Cure: derive it from",
        ),
        (
            lambda: modelformset_factory(Book, Title, feilds=["title"]),
            "feilds",
        ),
    ],
)
def test_a_formset_class_of_another_kind_is_refused(make, problem):
    """With the factory to call instead, and before any request."""
    with pytest.raises((ImproperlyConfigured, TypeError), match=problem):
        make()


def test_a_formset_view_edits_rows_with_a_model_formset(app, client, db):
    """The view's ``formset_class`` is the ``formset`` of the factory."""

    class Titles(FormSetView):
        form_class = BookTitle
        formset_class = Books

    app.add_url_rule("/", view_func=Titles.as_view("titles"))
    assert client.get("/").status_code == 200
