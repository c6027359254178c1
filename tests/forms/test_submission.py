"""What a request submits to a form: texts and files apart, and what is not sent."""

from __future__ import annotations

import io

import pytest
import wtforms
from flask_wtf import FlaskForm
from flask_wtf.file import FileField as FlaskFileField
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from wtforms import FieldList
from wtforms import FormField
from wtforms import StringField
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import Disabled
from wtforms.validators import InputRequired
from wtforms.validators import ReadOnly

from cbv import CreateView
from cbv import FormView
from cbv import UpdateView
from cbv.auth import LoginView
from cbv.forms import Form
from cbv.forms import ModelForm
from cbv.formsets import FormSetView
from cbv.formsets import ModelFormSetView
from support.column_models import form_for
from support.column_models import Thing
from support.library_models import Book

#: WTForms' own fields of one value; those that hold other fields are made below.
FIELDS = [
    name
    for name, kind in vars(wtforms.fields).items()
    if isinstance(kind, type)
    and issubclass(kind, wtforms.Field)
    and kind not in (wtforms.Field, SelectFieldBase, FieldList, FormField)
    and name != "DateTimeField"  # WTForms deprecates it
]


def upload(text=b"x"):
    return io.BytesIO(text), "x.txt"


def watched(field_class, seen, **kwargs):
    """Return a field that notes what comes to its filters and validators."""
    if issubclass(field_class, SelectFieldBase):
        kwargs.setdefault("choices", [wtforms.SelectChoice("a")])

    def noted(value):
        seen.append(value)
        return value

    def validator(form, field):
        seen.extend([field.data, *(field.raw_data or ())])

    return field_class(filters=[noted], validators=[validator], **kwargs)


def view_of(app, form):
    """Register a form view at ``/``, which answers 303 or shows the form again."""

    class Edit(FormView):
        form_class = form
        template_name = "cbv/object_form.html"
        success_url = "/done"

    app.add_url_rule("/", view_func=Edit.as_view("edit"))


@pytest.mark.parametrize("base", [wtforms.Form, FlaskForm, Form])
@pytest.mark.parametrize("name", [n for n in FIELDS if "File" not in n])
def test_a_file_never_comes_to_a_field_of_texts(app, client, name, base):
    """As in Django, whose files are not in ``request.POST``: the field is absent."""
    seen = []
    field = watched(getattr(wtforms.fields, name), seen)
    view_of(app, type("Sent", (base,), {"field": field}))
    answer = client.post("/", data={"field": upload()})
    assert answer.status_code in (200, 303)
    assert not any(isinstance(value, FileStorage) for value in seen)


@pytest.mark.parametrize("name", ["FileField", "MultipleFileField"])
def test_a_file_comes_to_a_field_of_files(app, client, name):
    """WTForms' own two, and beside them a text under the same name as a file."""
    seen, texts = [], []

    class Sent(wtforms.Form):
        pic = watched(getattr(wtforms.fields, name), seen)
        title = watched(StringField, texts)

    view_of(app, Sent)
    data = {"pic": upload(), "title": [upload(), "a"]}
    assert client.post("/", data=data).status_code == 303
    assert any(isinstance(value, FileStorage) for value in seen)
    assert texts == ["a", "a", "a"]


def test_files_are_told_apart_inside_other_fields(app, client):
    """In a FormField, a FieldList, and one in the other."""
    seen, files = [], []

    class Part(wtforms.Form):
        title = watched(StringField, seen)
        pic = watched(FlaskFileField, files)

    class Sent(wtforms.Form):
        part = FormField(Part)
        words = FieldList(watched(StringField, seen))
        pics = FieldList(watched(FlaskFileField, files))
        parts = FieldList(FormField(Part))
        rows = FieldList(FieldList(watched(StringField, seen)))

    view_of(app, Sent)
    names = ["part-title", "words-0", "parts-3-title", "rows-0-1"]
    data = {name: upload() for name in names}
    data |= {name: upload(b"y") for name in ["part-pic", "pics-2", "parts-3-pic"]}
    assert client.post("/", data=data).status_code == 303
    assert not any(isinstance(value, FileStorage) for value in seen)
    assert sum(isinstance(value, FileStorage) for value in files) == 9


def test_a_field_that_shows_a_file_input_gets_files(app, client):
    """Whatever its class: the widget says what it is."""
    seen = []

    class Own(wtforms.Field):
        widget = wtforms.widgets.FileInput()

    view_of(app, type("Sent", (wtforms.Form,), {"pic": watched(Own, seen)}))
    assert client.post("/", data={"pic": upload()}).status_code == 303
    assert all(isinstance(value, FileStorage) for value in seen)


def test_files_are_told_apart_in_formsets(app, client):
    """In every form of it, and in its counts."""
    seen, files = [], []

    class Part(wtforms.Form):
        title = watched(StringField, seen)
        pic = watched(FlaskFileField, files)

    class Edit(FormSetView):
        form_class = Part
        template_name = "cbv/object_formset.html"
        success_url = "/done"
        factory_kwargs = {"can_order": True, "can_delete": True}

    app.add_url_rule("/", view_func=Edit.as_view("edit"))
    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    names = ["form-0-title", "form-0-ORDER", "form-0-DELETE", "form-1-title"]
    data |= {name: upload() for name in names} | {"form-1-pic": upload()}
    assert client.post("/", data=data).status_code == 303
    assert not any(isinstance(value, FileStorage) for value in seen)
    assert any(isinstance(value, FileStorage) for value in files)
    broken = {"form-TOTAL_FORMS": upload(), "form-INITIAL_FORMS": "0"}
    assert client.post("/", data=broken).status_code == 200


@pytest.mark.parametrize("name", [f.short_name for f in form_for(Thing)()])
def test_a_file_under_a_column_of_texts_is_no_value(app, client, db, name):
    """Every type of column: the form is shown again, and nothing is saved."""

    class Create(CreateView[Thing]):
        fields = "__all__"
        success_url = "/done"

    app.add_url_rule("/", view_func=Create.as_view("create"))
    required = {"title": "a"} if name != "title" else {}
    answer = client.post("/", data={**required, name: upload()})
    saved = db.scalars(select(Thing)).all()
    assert (answer.status_code, len(saved)) == (
        (200, 0) if name == "title" else (303, 1)
    )
    if saved:
        expected = b"x" if name == "blob" else form_for(Thing)()[name].data
        assert (getattr(saved[0], name) or None) == (expected or None)


def test_a_file_as_the_key_of_a_row_is_no_key(app, client, db):
    """A model formset looks for no row under it."""
    db.add(Book(title="a"))
    db.commit()

    class Edit(ModelFormSetView[Book]):
        fields = ["title"]
        success_url = "/done"

    app.add_url_rule("/", view_func=Edit.as_view("edit"))
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": upload()}
    assert client.post("/", data=data).status_code == 200


def test_a_file_as_user_name_is_no_name(app, client, db):
    """The login page, too, is shown again."""
    app.add_url_rule("/", view_func=LoginView.as_view("login"))
    data = {"username": upload(), "password": upload()}
    answer = client.post("/", data=data)
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) >= {"username", "password"}


# --- what is not sent -----------------------------------------------------------------


@pytest.fixture
def thing(db):
    found = Thing(title="a", flag=True, notes="n", maybe=True, size="s", blob=b"old")
    db.add(found)
    db.commit()
    return found


def edit_of(app, form):
    """Register an UpdateView of things with a form class at ``/<int:pk>``."""

    class Edit(UpdateView[Thing]):
        form_class = form
        success_url = "/done"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view("edit"))


@pytest.mark.parametrize("base", [wtforms.Form, FlaskForm, Form])
@pytest.mark.parametrize("lock", [Disabled, ReadOnly])
def test_a_locked_field_keeps_what_is_stored(app, client, db, thing, lock, base):
    """A browser sends no disabled field; absent, a box would be unticked."""

    class Locked(base):
        title = StringField()
        flag = wtforms.BooleanField(validators=[lock()])
        notes = StringField(validators=[lock()])

    edit_of(app, Locked)
    assert client.post(f"/{thing.id}", data={"title": "b"}).status_code == 303
    db.expire_all()
    assert (thing.title, thing.flag, thing.notes) == ("b", True, "n")


@pytest.mark.parametrize("lock", [Disabled, ReadOnly])
def test_a_locked_field_cannot_be_written(app, client, db, thing, lock):
    """Whoever sends it all the same gets the validator's error."""

    class Locked(Form):
        title = StringField()
        notes = StringField(validators=[lock()])

    edit_of(app, Locked)
    answer = client.post(f"/{thing.id}", data={"title": "b", "notes": "x"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["notes"])
    db.expire_all()
    assert (thing.title, thing.notes) == ("a", "n")


@pytest.mark.parametrize("lock", [Disabled, ReadOnly])
def test_a_locked_field_is_shown_again_as_it_is_stored(app, client, db, thing, lock):
    """After an error in another field, too."""

    class Locked(Form):
        title = StringField(validators=[InputRequired()])
        flag = wtforms.BooleanField(validators=[lock()])

    edit_of(app, Locked)
    form = client.post(f"/{thing.id}", data={"title": ""}).context["form"]
    assert (list(form.errors), form["flag"].data) == (["title"], True)


def test_a_locked_field_of_a_new_object_takes_its_initial_value(app, client, db):
    """As in Django, whose disabled fields keep their initial value."""

    class Locked(Form):
        title = StringField()
        flag = wtforms.BooleanField(validators=[Disabled()])

    class Create(CreateView[Thing]):
        form_class = Locked
        initial = {"flag": True}
        success_url = "/done"

    app.add_url_rule("/", view_func=Create.as_view("create"))
    assert client.post("/", data={"title": "b"}).status_code == 303
    assert db.scalars(select(Thing.flag)).all() == [True]


@pytest.mark.parametrize("lock", [Disabled, ReadOnly])
def test_a_locked_field_of_a_formset_is_unchanged(app, client, db, thing, lock):
    """The row keeps its value, and counts as unchanged."""

    class Locked(ModelForm):
        flag = wtforms.BooleanField(validators=[lock()])

        class Meta:
            model = Thing
            fields = ["title", "flag"]

    class Edit(ModelFormSetView[Thing]):
        form_class = Locked
        factory_kwargs = {"extra": 1}
        success_url = "/done"

        def formset_valid(self, formset):
            seen.append([form.changed_data for form in formset])
            return super().formset_valid(formset)

    seen = []
    app.add_url_rule("/", view_func=Edit.as_view("edit"))
    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "1"}
    data |= {"form-0-id": str(thing.id), "form-0-title": "b"}
    assert client.post("/", data=data).status_code == 303
    db.expire_all()
    assert (thing.title, thing.flag, seen) == ("b", True, [[["title"], []]])


@pytest.mark.parametrize(
    "kind", [wtforms.FileField, wtforms.MultipleFileField, FlaskFileField]
)
@pytest.mark.parametrize("sent", ["an empty part", "nothing"])
def test_no_file_leaves_the_value_alone(app, client, db, thing, kind, sent):
    """A browser sends a part without a name where no file was chosen."""

    class Sent(wtforms.Form):
        title = StringField()
        blob = kind()

    edit_of(app, Sent)
    part = {"blob": (io.BytesIO(b""), "")} if sent == "an empty part" else {}
    data = {"title": "b", **part}
    answer = client.post(f"/{thing.id}", data=data, content_type="multipart/form-data")
    db.expire_all()
    assert (answer.status_code, thing.title, thing.blob) == (303, "b", b"old")


def test_no_file_leaves_a_new_row_without_one(app, client, db):
    """The attribute is not set to an empty file."""

    class Sent(wtforms.Form):
        title = StringField()
        flag = wtforms.BooleanField()
        blob = wtforms.FileField()

    class Create(CreateView[Thing]):
        form_class = Sent
        success_url = "/done"

    app.add_url_rule("/", view_func=Create.as_view("create"))
    data = {"title": "b", "blob": (io.BytesIO(b""), "")}
    assert client.post("/", data=data).status_code == 303
    assert db.scalars(select(Thing.blob)).all() == [None]
