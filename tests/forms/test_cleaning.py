"""Django's hooks of a form: clean_<name>(), clean(), add_error() and save()."""

from __future__ import annotations

import pytest
import wtforms
from sqlalchemy import Boolean
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import CreateView
from cbv import FormView
from cbv import ImproperlyConfigured
from cbv import UpdateView
from cbv.forms import add_error
from cbv.forms import Form
from cbv.forms import ModelForm
from cbv.forms import ValidationError
from cbv.formsets import CreateWithInlinesView
from cbv.formsets import InlineFormSetFactory
from cbv.formsets import modelformset_factory
from cbv.formsets import ModelFormSetView
from support.column_models import form_for
from support.column_models import posted
from support.library_models import Author
from support.library_models import Book

KINDS = [ValidationError, wtforms.ValidationError, wtforms.validators.StopValidation]


@pytest.fixture(params=KINDS, ids=["cbv", "wtforms", "stop"])
def kind(request):
    """The errors that a hook may raise."""
    return request.param


class BookForm(ModelForm):
    """A form as it stood in Django."""

    class Meta:
        model = Book
        fields = ["title", "slug", "pages"]

    def clean_title(self):
        title = self.cleaned_data["title"]
        if title == "bad":
            raise ValidationError("%(title)s is bad.", params={"title": title})
        return title.capitalize()

    def clean(self):
        cleaned_data = super().clean()
        if "title" in cleaned_data and cleaned_data["pages"] == 13:
            raise ValidationError("No book has 13 pages.", code="superstition")
        cleaned_data["slug"] = cleaned_data["slug"] or "none"
        return cleaned_data


class New(CreateView[Book]):
    form_class = BookForm
    success_url = "/"


class NewWithInlines(CreateWithInlinesView[Book]):
    form_class = BookForm
    success_url = "/"


class ChangeRows(ModelFormSetView[Book]):
    form_class = BookForm
    factory_kwargs = {"extra": 1}
    success_url = "/"


def post(app, view_class, prefix="", **data):
    app.add_url_rule("/", view_func=view_class.as_view())
    values = {f"{prefix}{name}": value for name, value in data.items()}
    if prefix:
        values |= {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0}
    response = app.test_client().post("/", data=values)
    if response.status_code == 303:
        return {}
    context = response.context
    return context["formset"][0].errors if prefix else context["form"].errors


@pytest.mark.parametrize(
    ("view_class", "prefix"), [(New, ""), (NewWithInlines, ""), (ChangeRows, "form-0-")]
)
@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"title": "bad", "slug": "x", "pages": "1"}, {"title": ["bad is bad."]}),
        ({"title": "x", "slug": "", "pages": "13"}, {"": ["No book has 13 pages."]}),
        ({"title": "tea", "slug": "", "pages": "1"}, {}),
    ],
)
def test_the_hooks_of_a_model_form_are_called(
    app, db, view_class, prefix, data, errors
):
    """Their errors stand in the form, their values are saved, in every view."""
    found = post(app, view_class, prefix, **data)
    assert {name or "": texts for name, texts in found.items()} == errors
    saved = [] if errors else [("Tea", "none")]
    assert [tuple(row) for row in db.execute(select(Book.title, Book.slug))] == saved


def test_errors_of_either_kind_are_errors_of_the_field_and_of_the_form(kind):
    class Own(Form):
        a = wtforms.StringField()
        b = wtforms.StringField(validators=[wtforms.validators.InputRequired()])
        c = wtforms.StringField()

        def clean_a(self):
            raise kind("wrong a")

        def clean_b(self):
            raise AssertionError("called although its field has errors")

        def clean(self):
            assert self.cleaned_data == {"c": "3"}
            raise kind("wrong form")

    form = Own(posted(a="1", b="", c="3"))
    assert not form.validate()
    assert form.a.errors == ["wrong a"]
    assert form.form_errors == ["wrong form"]
    assert form.b.errors
    assert form.cleaned_data["a"] == "1"


def test_an_error_may_be_a_list_or_name_its_fields():
    """As Django's: a list of texts and errors, or a dict by field name."""

    class Own(Form):
        a = wtforms.StringField()
        b = wtforms.StringField()

        def clean_a(self):
            raise ValidationError(["one", ValidationError("two"), ["three"]])

        def clean(self):
            raise ValidationError({"b": ["four", "five"], "__all__": "six"})

    form = Own(posted(a="1", b="2"))
    assert not form.validate()
    assert form.a.errors == ["one", "two", "three"]
    assert form.b.errors == ["four", "five"]
    assert form.form_errors == ["six"]
    assert ValidationError(["one", "two"]).messages == ["one", "two"]


def test_the_error_works_in_wtforms_own_hooks_too():
    class Own(Form):
        a = wtforms.StringField()

        def validate_a(self, field):
            raise ValidationError("%(value)s is wrong", params={"value": field.data})

    form = Own(posted(a="1"))
    assert not form.validate()
    assert form.a.errors == ["1 is wrong"]


def test_clean_may_change_add_and_add_errors():
    """What it changes the fields have; what it adds stays in cleaned_data."""

    class Own(Form):
        a = wtforms.StringField()
        b = wtforms.StringField()

        def clean(self):
            self.cleaned_data["a"] = "new"
            self.cleaned_data["sum"] = 2
            self.add_error("b", "wrong b")
            self.add_error(None, ValidationError("wrong form"))
            assert "b" not in self.cleaned_data

    form = Own(posted(a="1", b="2"))
    assert not form.validate()
    assert form.a.data == "new"
    assert form.cleaned_data["sum"] == 2
    assert (form.b.errors, form.form_errors) == (["wrong b"], ["wrong form"])


def test_a_chosen_row_may_be_replaced(app, db):
    """The unique check, the page and the object see the other one."""
    other = Author(name="other")
    first = Author(name="one")
    db.add_all([first, other])
    db.commit()

    class Own(form_for(Book, "title", "author", "author_id")):
        def clean_author(self):
            return other

        def clean_author_id(self):
            return other.id

    with app.test_request_context():
        form = Own(posted(title="x", author=str(first.id), author_id=""))
        assert form.validate()
        assert form.author.keys == form.author_id.keys == [(other.id,)]
        assert form.save().author is other


def test_columns_may_be_called_like_the_hooks(app):
    """Fields of those names are fields."""

    class Own(DeclarativeBase):
        pass

    class Plate(Own):
        __tablename__ = "plate"
        id: Mapped[int] = mapped_column(primary_key=True)
        clean: Mapped[bool] = mapped_column(Boolean)
        x: Mapped[str]
        clean_x: Mapped[str]

    form = form_for(Plate)(posted(clean="y", x="1", clean_x="2"))
    with app.test_request_context():
        assert wtforms.Form.validate(form)
        assert Form.validate(form)
    assert form.cleaned_data == {"clean": True, "x": "1", "clean_x": "2"}


def test_a_row_left_empty_is_not_cleaned(app, db):
    class Own(BookForm):
        def clean(self):
            raise AssertionError("called for an empty row")

    formset_class = modelformset_factory(Book, Own, extra=1, fields=["title"])
    with app.test_request_context():
        formset = formset_class(
            {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-title": ""}
        )
        assert formset.is_valid()
        assert formset.cleaned_data == [{}]


def test_a_form_without_a_model_is_cleaned_too(app):
    class Own(Form):
        a = wtforms.StringField()

        def clean_a(self):
            raise ValidationError("no")

    class Show(FormView):
        form_class = Own
        template_name = "cbv/object_form.html"
        success_url = "/"

    assert post(app, Show, a="1") == {"a": ["no"]}


# --- save() ---------------------------------------------------------------------------


def test_an_overridden_save_is_what_the_views_save_by(app, db):
    """Filled once: what form_valid sets on the instance stays."""

    class Own(ModelForm):
        class Meta:
            model = Book
            fields = ["title", "pages"]

        def save(self, commit=True):
            book = super().save(commit=False)
            book.notes = "saved by the form"
            return super().save(commit)

    class Add(CreateView[Book]):
        form_class = Own
        success_url = "/{pk}/{notes}"

        def form_valid(self, form):
            form.instance.pages = 7
            return super().form_valid(form)

    class Change(UpdateView[Book]):
        form_class = Own
        success_url = "/{notes}"

    app.add_url_rule("/", view_func=Add.as_view())
    app.add_url_rule("/<int:pk>", view_func=Change.as_view())
    client = app.test_client()
    assert client.post("/", data={"title": "x", "pages": "1"}).status_code == 303
    book = db.scalars(select(Book)).one()
    assert (book.title, book.pages, book.notes) == ("x", 7, "saved by the form")
    book.notes = None
    db.commit()
    response = client.post(f"/{book.id}", data={"title": "y", "pages": "2"})
    assert response.location == "/saved%20by%20the%20form"
    db.expire_all()
    assert (book.title, book.pages) == ("y", 2)


def test_a_save_that_finds_errors_shows_the_form(app, db):
    """Raised or added: nothing of the row stays."""

    class Own(ModelForm):
        class Meta:
            model = Book
            fields = ["title"]

        def save(self, commit=True):
            add_error(self, "title", "too late")
            return super().save(commit)

    class Add(CreateView[Book]):
        form_class = Own
        success_url = "/"

    app.add_url_rule("/", view_func=Add.as_view())
    with pytest.raises(ValueError, match="Own has errors"):
        app.test_client().post("/", data={"title": "x"})
    assert db.scalars(select(Book)).all() == []


def test_an_inlines_own_save_is_called(app, db):
    class Own(ModelForm):
        class Meta:
            model = Book
            fields = ["title"]

        def save(self, commit=True):
            self.instance.notes = "inline"
            return super().save(commit)

    class Inline(InlineFormSetFactory):
        model = Book
        form_class = Own
        factory_kwargs = {"extra": 1}

    class Add(CreateWithInlinesView[Author]):
        fields = ["name"]
        inlines = [Inline]
        success_url = "/"

    app.add_url_rule("/", view_func=Add.as_view())
    data = {"books-TOTAL_FORMS": 1, "books-INITIAL_FORMS": 0, "books-0-title": "x"}
    answer = app.test_client().post("/", data={"name": "n", **data})
    assert answer.status_code == 303
    assert db.scalars(select(Book.notes)).all() == ["inline"]


# --- what would be passed over --------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("fieldz", "write 'fields'"),
        ("exclud", "write 'exclude'"),
        ("help_text", "write 'help_texts'"),
        ("localized_fields", "set locales"),
        ("formfield_callback", "register_field"),
        ("my_option", "leave it out"),
    ],
)
def test_a_name_in_meta_that_nothing_reads_is_refused(name, cure):
    """With near names, and what to do instead."""
    meta = type("Meta", (), {"model": Author, "fields": ["name"], name: ["x"]})
    with pytest.raises(ImproperlyConfigured, match=f"Own has '{name}'.*Meta") as error:
        type(ModelForm)("Own", (ModelForm,), {"Meta": meta})
    assert cure in str(error.value)


def test_a_misspelt_option_is_refused_in_a_meta_that_inherits():
    class First(ModelForm):
        class Meta:
            model = Author
            fields = ["name"]

    with pytest.raises(ImproperlyConfigured, match="Second has 'lables'"):

        class Second(First):
            class Meta(First.Meta):
                lables = {"name": "N"}


def test_names_that_are_read_are_accepted_in_meta():
    """cbv's, WTForms', private ones, and those that a base declares as its own."""

    class Base(Form):
        class Meta:
            my_option = None

    class Own(Base, ModelForm):
        class Meta:
            model = Author
            fields = ["name"]
            error_messages = {}
            csrf = False
            csrf_time_limit = None
            locales = ["en"]
            my_option = 3
            _private = 4

    assert Own().meta.my_option == 3


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("is_valid", "override clean"),
        ("full_clean", "override clean"),
        ("_post_clean", "override clean"),
        ("validate_unique", "override clean"),
        ("field_order", "fields"),
    ],
)
def test_a_hook_of_django_that_nothing_calls_is_refused(name, cure):
    """In the form, and in a mixin that it is made of."""
    mixin = type("Mixin", (), {name: lambda self: None})
    for bases, attributes in ((Form,), {name: None}), ((mixin, Form), {}):
        with pytest.raises(ImproperlyConfigured, match=f"Own has '{name}'.*{cure}"):
            type(Form)("Own", bases, attributes)


def test_a_validator_of_a_field_called_unique_is_wtforms_own():
    class Own(Form):
        unique = wtforms.StringField()

        def validate_unique(self, field):
            raise ValidationError("no")

    assert not Own(posted(unique="x")).validate()
