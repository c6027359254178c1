"""The form of a request: initial texts, keys as texts, and fields that are absent."""

from __future__ import annotations

from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from cbv import CreateView
from cbv import UpdateView
from cbv.formsets import ModelFormSetView
from support.column_models import Color
from support.column_models import Size
from support.column_models import Thing
from support.library_models import Author
from support.library_models import Book

#: A column, a text that it can hold, and the value that is stored for it.
GOOD = [
    ("whole", "07", 7),
    ("small", " 7 ", 7),
    ("ratio", "1.50", 1.5),
    ("price", "01.5", 1.5),
    ("day", "2023-11-11", date(2023, 11, 11)),
    ("clock", "09:30", time(9, 30)),
    ("moment", "2023-11-11T09:30", datetime(2023, 11, 11, 9, 30)),
    ("span", "1 2:00", timedelta(days=1, hours=2)),
    ("document", "a", "a"),
    ("key_text", "0" * 8 + "-0000-0000-0000-" + "0" * 12, None),
    ("maybe", "true", True),
    ("color", "RED", Color.RED),
    ("size", "l", Size.LARGE),
    ("word", "b", "b"),
    ("notes", " a ", " a "),
    ("day", "", None),
    ("whole", "", None),
]
BAD = [
    *((name, "11/11/2023") for name in ("day", "moment", "clock", "span", "whole")),
    *((name, "eleven") for name in ("big", "ratio", "double", "single", "price")),
    *((name, "nonsense") for name in ("key", "key_text", "color", "size", "word")),
    ("maybe", "perhaps"),
    ("aware", "now"),
    ("small", "99999"),
]


def views(app, model, name, text, **options):
    """Register a CreateView and an UpdateView with this initial value."""
    first = next(n for n in ("title", "name") if hasattr(model, n))
    fields = [first, name, *(["flag"] if model is Thing else [])]
    values = {"fields": fields, "initial": {name: text}, "success_url": "/done"}

    class Create(CreateView[model]):
        pass

    class Edit(UpdateView[model]):
        pass

    app.add_url_rule("/", view_func=Create.as_view("create", **values, **options))
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view("edit", **values, **options))


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_a_text_is_saved_as_the_value_it_stands_for(app, client, db, name, text, value):
    """The field is absent from the post: it keeps its initial value."""
    views(app, Thing, name, text)
    assert client.get("/").status_code == 200
    assert client.post("/", data={"title": "a"}).status_code == 303
    stored = db.scalars(select(Thing)).one()
    assert getattr(stored, name) == (text if name == "key_text" else value)
    assert client.post(f"/{stored.id}", data={"title": "b"}).status_code == 303


@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_text_that_is_no_value_is_shown_and_refused(app, client, db, name, text):
    """Never a StatementError: a new object and an old one, nothing is saved."""
    thing = Thing(title="old", flag=True)
    db.add(thing)
    db.commit()
    views(app, Thing, name, text)
    for address in ("/", f"/{thing.id}"):
        form = client.get(address).context["form"]
        if "select" not in str(form[name]):
            assert f'value="{text}"' in unescape(str(form[name]))
        answer = client.post(address, data={"title": "a"})
        assert answer.status_code == 200
        assert list(answer.context["form"].errors) == [name]
    db.expire_all()
    assert [t.title for t in db.scalars(select(Thing))] == ["old"]


def test_what_is_typed_replaces_a_text_that_is_no_value(app, client, db):
    """Its error is gone with it."""
    views(app, Thing, "day", "11/11/2023")
    data = {"title": "a", "day": "2023-11-11"}
    assert client.post("/", data=data).status_code == 303
    assert db.scalars(select(Thing.day)).all() == [date(2023, 11, 11)]


def test_a_text_that_came_back_as_it_was_shown_is_judged_too(app, client, db):
    """A browser sends the initial text: it is parsed, or refused."""
    views(app, Thing, "day", "11/11/2023")
    data = {"title": "a", "day": "11/11/2023"}
    answer = client.post("/", data=data)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["day"])


@pytest.mark.parametrize("name", ["author", "author_id"])
@pytest.mark.parametrize("given", ["key", "text", "unknown", "nonsense"])
def test_initial_rows_may_be_keys_or_texts(app, client, db, name, given):
    """What names no row is a form error."""
    row = Author(name="Ann")
    db.add(row)
    db.commit()
    value = {"key": row.id, "text": str(row.id), "unknown": "77"}.get(given, given)
    views(app, Book, name, value)
    assert client.get("/").status_code == 200
    answer = client.post("/", data={"title": "a"})
    if given in ("unknown", "nonsense"):
        assert (answer.status_code, list(answer.context["form"].errors)) == (
            200,
            [name],
        )
    else:
        assert answer.status_code == 303
        assert db.scalars(select(Book.author_id)).all() == [row.id]


def test_an_absent_field_keeps_the_objects_value_else_the_initial_one(app, client, db):
    """WTForms' rule; an unticked box and many choices are sent as nothing."""
    thing = Thing(title="old", flag=True, whole=3, notes="n")
    db.add(thing)
    db.commit()

    class Edit(UpdateView[Thing]):
        fields = ["title", "whole", "notes"]
        success_url = "/done"

    class Create(CreateView[Thing]):
        fields = ["title", "whole", "flag"]
        initial = {"whole": 5}
        success_url = "/done"

    app.add_url_rule("/<int:pk>", view_func=Edit.as_view("edit"))
    app.add_url_rule("/", view_func=Create.as_view("create"))
    assert client.post(f"/{thing.id}", data={"title": "new"}).status_code == 303
    assert client.post("/", data={"title": "b"}).status_code == 303
    db.expire_all()
    assert (thing.title, thing.whole, thing.notes) == ("new", 3, "n")
    assert db.scalars(select(Thing.whole).where(Thing.title == "b")).all() == [5]


def test_texts_as_initial_values_of_a_formset(app, client, db):
    """A blank extra row that shows them counts as unchanged; a filled one is judged."""

    class Edit(ModelFormSetView[Thing]):
        fields = ["title", "day"]
        initial = [{"day": "11/11/2023"}]
        factory_kwargs = {"extra": 1}
        success_url = "/done"

    app.add_url_rule("/", view_func=Edit.as_view("edit"))
    assert "11/11/2023" in client.get("/").text
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    data["form-0-day"] = "11/11/2023"
    assert client.post("/", data=data).status_code == 303
    assert db.scalars(select(Thing)).all() == []
    answer = client.post("/", data={**data, "form-0-title": "a"})
    assert answer.status_code == 200
    assert answer.context["formset"].errors == [{"day": ["Not a valid date value."]}]
