"""Choices of plain columns: what a page offers can be posted, and is what is stored."""

from __future__ import annotations

import enum
import re
import uuid
from datetime import date
from datetime import datetime
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
import wtforms
from sqlalchemy import ARRAY
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Enum
from sqlalchemy import Float
from sqlalchemy import Integer
from sqlalchemy import Interval
from sqlalchemy import JSON
from sqlalchemy import Numeric
from sqlalchemy import select
from sqlalchemy import Text
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import CreateView
from cbv import ImproperlyConfigured
from cbv import UpdateView
from support.column_models import Color
from support.column_models import form_for
from support.column_models import posted
from support.column_models import Thing
from support.library_models import Author
from support.library_models import Book


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Weight:
    """A value of an application's own type."""

    def __init__(self, grams):
        self.grams = grams

    def __eq__(self, other):
        return isinstance(other, Weight) and self.grams == other.grams

    __hash__ = None

    def __str__(self):
        return f"{self.grams} g"


class Grams(TypeDecorator):
    impl = Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value and value.grams

    def process_result_value(self, value, dialect):
        return value and Weight(value)


KEYS = [uuid.UUID(int=1), uuid.UUID(int=2)]
#: A type of column, and two values that a row may have.
KINDS = {
    "boolean": (Boolean, [True, False]),
    "integer": (Integer, [0, 7]),
    "text": (Text, ["a", "b,c & <d>"]),
    "decimal": (Numeric(6, 2), [Decimal("1.5"), Decimal(2)]),
    "float": (Float, [0.5, 1e-7]),
    "date": (Date, [date(2024, 2, 29), date(1, 1, 1)]),
    "datetime": (DateTime, [datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 1)]),
    "interval": (Interval, [timedelta(days=1), timedelta(minutes=1)]),
    "uuid": (Uuid, KEYS),
    "enum": (Enum(Level, name="level"), [Level.LOW, Level.HIGH]),
    "texts": (Enum("x", "y", name="texts"), ["x", "y"]),
    "document": (JSON, [{"b": [1]}, {"a": None}]),
    "own": (Grams, [Weight(1), Weight(2)]),
}
SHAPES = {
    "values": lambda values: list(values),
    "pairs": lambda values: [(v, f"<{n}>") for n, v in enumerate(values)],
    "lists": lambda values: [[v, f"<{n}>"] for n, v in enumerate(values)],
    "choices": lambda values: [wtforms.SelectChoice(v, "l") for v in values],
    "groups": lambda values: {"G & 1": [(values[0], "l")], "H": [(values[1], "m")]},
    "nested": lambda values: [(values[0], "l"), ("H", [(values[1], "m")])],
    "callable": lambda values: lambda: {"G": [(v, "l") for v in values]},
}


def offered(page):
    """Return the values of the options of a page."""
    values = re.findall(r'<option [^>]*?value="([^"]*)"', page)
    return [unescape(value) for value in values]


def model_of(connection, type_, **options):
    """Return a mapped class with one column ``x`` of a type, and make its table."""

    class Own(DeclarativeBase):
        pass

    class Row(Own):
        __tablename__ = "chosen_row"
        id: Mapped[int] = mapped_column(primary_key=True)
        x = mapped_column(type_, **options)

    Own.metadata.create_all(connection)
    return Row


def create_and_update(app, model, choices):
    """Register ``/`` and ``/<pk>`` with a field ``x`` that has these choices."""
    given = choices

    class Create(CreateView[model]):
        fields = ["x"]
        choices = {"x": given}
        success_url = "/done"

    class Edit(UpdateView[model]):
        fields = ["x"]
        choices = {"x": given}
        success_url = "/done"

    app.add_url_rule("/", view_func=Create.as_view("create"))
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view("edit"))


@pytest.mark.parametrize(
    ("shape", "nullable"), [("pairs", False), *((shape, True) for shape in SHAPES)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_every_option_can_be_posted(app, client, db, connection, kind, shape, nullable):
    """And is stored, shown as selected, and posted back unchanged."""
    type_, values = KINDS[kind]
    model = model_of(connection, type_, nullable=nullable)
    create_and_update(app, model, SHAPES[shape](values))
    texts = offered(client.get("/").text)
    assert len(texts) == 3
    assert texts[0] == ""
    for text, value in zip(texts[1:], values, strict=True):
        assert client.post("/", data={"x": text}).status_code == 303
        row = db.scalars(select(model).order_by(model.id.desc())).first()
        assert row.x == value
        page = client.get(f"/{row.id}").text
        (selected,) = re.findall(r"<option [^>]*selected[^>]*>", page)
        assert offered(selected) == [text]
        assert client.post(f"/{row.id}", data={"x": text}).status_code == 303
        db.expire_all()
        assert row.x == value
    empty = client.post("/", data={"x": ""})
    assert empty.status_code == (303 if nullable else 200)
    assert client.post("/", data={"x": "else"}).status_code == 200


def test_flat_dicts_and_enum_classes_are_choices():
    """Value and label; the members of a class, with their labels."""
    form = form_for(Thing, "whole", choices={"whole": {1: "one", 2: "two"}})()
    assert [tuple(c)[:2] for c in form.whole.iter_choices()][1:] == [
        ("1", "one"),
        ("2", "two"),
    ]
    form = form_for(Thing, "color", choices={"color": Color})()
    assert [tuple(c)[:2] for c in form.color.iter_choices()][1:] == [
        ("RED", "Red"),
        ("DARK_BLUE", "Dark blue"),
    ]
    by_value = form_for(Thing, "color", choices={"color": [(2, "Blue")]})
    good = by_value(posted(color="DARK_BLUE"))
    assert good.validate()
    assert good.color.data is Color.DARK_BLUE


def test_an_own_empty_choice_takes_the_place_of_the_dashes(app, client, db, connection):
    """As in Django: None, or an empty text, with a label."""
    model = model_of(connection, Integer, nullable=True)
    create_and_update(app, model, [(None, "nobody"), (1, "one")])
    page = client.get("/").text
    assert offered(page) == ["", "1"]
    assert "nobody" in page
    assert "---" not in page
    assert client.post("/", data={"x": ""}).status_code == 303
    assert db.scalars(select(model.x)).all() == [None]


def test_groups_become_optgroups(app, client, db, connection):
    """In the order in which they are given."""
    model = model_of(connection, Integer)
    create_and_update(app, model, {"Low": [(1, "one")], "High": {9: "nine"}})
    page = re.sub(r"\s+<", "<", client.get("/").text)
    assert (
        '<optgroup label="Low"><option value="1">one</option></optgroup>'
        '<optgroup label="High"><option value="9">nine</option></optgroup>'
    ) in page


@pytest.mark.parametrize("name", ["author", "author_id", "tags"])
@pytest.mark.parametrize("whole", [True, False])
def test_rows_may_be_grouped_too(app, client, db, name, whole):
    """As rows, or as keys with labels; for a key, a relationship and many of them."""
    model = Book.tags.property.mapper.class_ if name == "tags" else Author
    rows = [model(name="Ann"), model(name="Ben")]
    db.add_all(rows)
    db.commit()
    items = rows if whole else [(row.id, row.name) for row in rows]

    class Create(CreateView[Book]):
        fields = ["title", name]
        choices = {name: {"First": items[:1], "Second": items[1:]}}
        success_url = "/done"

    app.add_url_rule("/", view_func=Create.as_view("create"))
    page = client.get("/").text
    assert re.findall(r'<optgroup label="(\w+)">', page) == ["First", "Second"]
    data = {"title": "a", name: str(rows[1].id)}
    assert client.post("/", data=data).status_code == 303
    book = db.scalars(select(Book)).one()
    assert (book.author_id == rows[1].id) or book.tags == rows[1:]


def test_a_choice_that_the_column_cannot_hold_is_refused():
    """When the form class is made, naming column and value."""
    with pytest.raises(ImproperlyConfigured, match=r"'x' for.*whole.*Cure"):
        form_for(Thing, "whole", choices={"whole": [("x", "X")]})


# --- an array is a multiple select ------------------------------------------------


ITEMS = {k: v for k, v in KINDS.items() if k not in ("document", "own", "interval")}


@pytest.fixture
def postgres(engine, request):
    if engine.dialect.name != "postgresql":
        pytest.skip("an array is PostgreSQL's")


@pytest.mark.parametrize("shape", ["values", "groups", "callable"])
@pytest.mark.parametrize("kind", ITEMS)
def test_every_option_of_an_array_can_be_posted(
    app, client, db, postgres, connection, kind, shape
):
    """One, several or none of them; what was chosen is shown as selected."""
    type_, values = ITEMS[kind]
    model = model_of(connection, ARRAY(Column("i", type_).type), nullable=True)
    create_and_update(app, model, SHAPES[shape](values))
    page = client.get("/").text
    texts = offered(page)
    assert len(texts) == 2
    assert " multiple" in page
    for chosen in (texts, texts[1:], []):
        assert client.post("/", data={"x": chosen}).status_code == 303
        row = db.scalars(select(model).order_by(model.id.desc())).first()
        assert (row.x or []) == values[2 - len(chosen) :]
        page, before = client.get(f"/{row.id}").text, row.x
        assert len(re.findall(r"<option [^>]*selected", page)) == len(chosen)
        assert client.post(f"/{row.id}", data={"x": chosen}).status_code == 303
        db.expire_all()
        assert row.x == before
    assert client.post("/", data={"x": [*texts, "else"]}).status_code == 200


@pytest.mark.parametrize("kind", ITEMS)
def test_lines_of_an_array_are_texts_that_it_takes(kind):
    """Without choices, each value is shown on a line as it may be typed."""
    type_, values = ITEMS[kind]

    class Own(DeclarativeBase):
        pass

    class Row(Own):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        x = mapped_column(ARRAY(Column("i", type_).type))

    form_class = form_for(Row, "x")
    shown = form_class(obj=Row(x=values)).x._value()
    again = form_class(posted(x=shown))
    assert again.validate()
    assert again.x.data == values
