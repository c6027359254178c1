"""Bound parameters whose value the request gives."""

from __future__ import annotations

import enum
import uuid
from datetime import date
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import BigInteger
from sqlalchemy import Enum
from sqlalchemy import func
from sqlalchemy import JSON
from sqlalchemy import Numeric
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import SmallInteger
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from werkzeug.exceptions import NotFound

from cbv import CreateView
from cbv import CRUDView
from cbv import DeleteView
from cbv import DetailView
from cbv import ListView
from cbv import per_request
from cbv import UpdateView
from cbv import url_value
from cbv.db import get_object_or_404
from cbv.formsets import ModelFormSetView
from support.library_models import Author
from support.library_models import Book


class Base(DeclarativeBase):
    pass


class Kind(enum.Enum):
    RED = "r"


class Everything(Base):
    __tablename__ = "request_values_everything"
    id: Mapped[int] = mapped_column(primary_key=True)
    int_: Mapped[int | None]
    small: Mapped[int | None] = mapped_column(SmallInteger)
    big: Mapped[int | None] = mapped_column(BigInteger)
    short: Mapped[str | None] = mapped_column(String(3))
    text: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    ratio: Mapped[float | None]
    flag: Mapped[bool | None]
    day: Mapped[date | None]
    at: Mapped[datetime | None]
    kind: Mapped[Kind | None] = mapped_column(Enum(Kind))
    token: Mapped[uuid.UUID | None]
    data: Mapped[dict | None] = mapped_column(JSON)


@pytest.mark.parametrize("first", ["value", "function"])
def test_value_and_function_do_not_share_a_compiled_statement(db, engine, first):
    """Statements of one shape, compiled in either order: each keeps its own value."""
    engine.clear_compiled_cache()
    db.add_all([Book(title="One"), Book(title="Two")])
    db.flush()
    statements = {
        "value": select(Book.title).where(Book.title == "One"),
        "function": select(Book.title).where(Book.title == per_request(lambda: "Two")),
    }
    order = sorted(statements, key=lambda name: name != first)
    found = {name: db.scalars(statements[name]).all() for name in order}
    assert found == {"value": ["One"], "function": ["Two"]}


# --- what a column can hold -----------------------------------------------------------

#: By column: values that a URL may give and that the column can never hold.
UNFIT = {
    "int_": ("abc", "1.5", "1\0", "9" * 20, "\u0661", "", " 1", "01", 2**31, 1.5),
    "small": ("32768", 32768, "x"),
    "big": (str(2**63), 10**30, -(2**63) - 1),
    "short": ("abcd", "a\0", "\ud800", 1234),
    "text": ("a\0", "\ud800"),
    "price": ("1234567", "x", "1.005", 10**9, float("inf")),
    "ratio": ("x", "nan", float("inf")),
    "flag": ("yes", ""),
    "day": ("2024-02-30", "today", 5, "\u0662024-01-01"),
    "at": ("2024-13-01T00:00", 1.5),
    "kind": ("PURPLE", "", "r"),
    "token": ("1", "g" * 32, 7),
    "data": ("\0", "\ud800"),
}
#: By column: what the request gives, and the same value as the column stores it.
FIT = {
    "int_": [("-3", -3), (7, 7)],
    "small": [("-32768", -32768)],
    "big": [(str(2**63 - 1), 2**63 - 1)],
    "short": [(12, "12"), ("", "")],
    "text": [("x" * 999, "x" * 999), (uuid.UUID(int=1), str(uuid.UUID(int=1)))],
    "price": [("1.50", Decimal("1.5")), (3, Decimal(3)), (0.5, Decimal("0.5"))],
    "ratio": [("1.5", 1.5), (3, 3.0)],
    "flag": [("true", True), (False, False)],
    "day": [("2024-02-29", date(2024, 2, 29)), (date(2024, 1, 1), date(2024, 1, 1))],
    "at": [("2024-02-29T12:00", datetime(2024, 2, 29, 12))],
    "kind": [("RED", Kind.RED), (Kind.RED, Kind.RED)],
    "token": [(str(uuid.UUID(int=1)), uuid.UUID(int=1))],
}


@pytest.fixture
def everything(db, connection):
    """A table with a column of each type."""
    Base.metadata.create_all(connection)
    return db


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in UNFIT for value in UNFIT[name]]
)
def test_a_value_that_its_column_cannot_hold_is_404(app, everything, name, value):
    """On each database, however it is compared, before anything is asked."""
    column, parameter = getattr(Everything, name), per_request(lambda: value)
    criteria = [
        column == parameter,
        parameter == column,
        parameter != column,
        column != parameter,
        column.in_(per_request(lambda: [value])),
        or_(Everything.id == 1, column == parameter),
    ]
    with app.test_request_context():
        for criterion in criteria:
            with pytest.raises(NotFound):
                get_object_or_404(Everything, criterion)


@pytest.mark.parametrize(
    ("name", "value", "stored"), [(name, *pair) for name in FIT for pair in FIT[name]]
)
def test_a_value_that_its_column_can_hold_finds_it(
    app, everything, name, value, stored
):
    """As the Python type of the column; what the application made, as it is."""
    everything.add(Everything(**{name: stored}))
    everything.flush()
    column = getattr(Everything, name)
    with app.test_request_context():
        for criterion in (
            column == per_request(lambda: value),
            column.in_(per_request(lambda: [value])),
        ):
            assert getattr(get_object_or_404(Everything, criterion), name) == stored


def test_no_value_finds_nothing(app, everything):
    """None is NULL, and NULL equals nothing, itself neither."""
    everything.add(Everything())
    everything.flush()
    with app.test_request_context(), pytest.raises(NotFound):
        get_object_or_404(Everything, Everything.int_ == per_request(lambda: None))


def test_an_expression_has_a_type_too(app, everything):
    """And one without a type takes any text that a database can store."""
    everything.add(Everything(short="ab"))
    everything.flush()
    lower, length = func.lower(Everything.short), func.length(Everything.short)
    with app.test_request_context():
        assert get_object_or_404(Everything, lower == per_request(lambda: "ab"))
        assert get_object_or_404(Everything, length == per_request(lambda: 2))
        starts = Everything.short.startswith(per_request(lambda: "a"))
        assert get_object_or_404(Everything, starts)
        for criterion in (lower, length, func.own(Everything.short)):
            with pytest.raises(NotFound):
                get_object_or_404(Everything, criterion == per_request(lambda: "\0"))


ODD = ("abc", "1.5", "1%00", "9" * 20, "%D9%A1", "01", "%20", "-", "2147483648")
ODD += ("9" * 400 + ".0",)
#: Those of them that Flask's own converter takes for a small integer.
INTEGERS = ("%D9%A1", "01")


@pytest.mark.parametrize("converter", ["", "int:", "float:"])
def test_every_view_answers_404_to_a_url_value_that_is_none_for_its_column(
    app, client, db, converter
):
    """By each verb; no row is made or changed; the next request is answered."""
    author = Author(name="Ann")
    db.add(author)
    db.commit()
    book = Book(title="Old", author_id=author.id)
    db.add(book)
    db.commit()
    scope = Book.author_id == url_value("author_id")
    declared = {"model": Book, "scope": scope, "success_url": "/"}
    editing = {**declared, "fields": ["title"]}
    odd = ODD if converter != "int:" else [v for v in ODD if v not in INTEGERS]
    views = {
        "": type("List", (ListView,), {"model": Book, "scope": scope}),
        "new": type("New", (CreateView,), editing),
        f"{book.id}": type("Show", (DetailView,), {"model": Book, "scope": scope}),
        f"{book.id}/edit": type("Edit", (UpdateView,), editing),
        f"{book.id}/delete": type("Delete", (DeleteView,), declared),
        "all": type("All", (ModelFormSetView,), editing),
    }
    for path, view in views.items():
        rule = path.replace(str(book.id), "<int:pk>")
        rule = f"/a/<{converter}author_id>/{rule}"
        app.add_url_rule(rule, view_func=view.as_view())
    crud = type("Books", (CRUDView,), editing)
    nested = f"/crud/<{converter}author_id>"
    app.register_blueprint(crud.blueprint(url_prefix=nested))
    paths = [f"/a/%s/{path}" for path in views]
    paths += [f"/crud/%s/{path}" for path in ("", "new/", f"{book.id}/")]
    data = {"title": "x", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    data["form-0-title"] = "y"
    for path in paths:
        for value in odd:
            for verb in ("GET", "POST", "PUT"):
                found = client.open(path % value, method=verb, data=data)
                assert found.status_code in (404, 405), (verb, path, value)
        found = client.get(path % (f"{author.id}.0" if converter == "float:" else 99))
        assert found.status_code != 500
    assert db.scalars(select(Book.title)).all() == ["Old"]


def test_a_session_of_ones_own_gets_the_404_too(app, db):
    """SQLAlchemy does not wrap it, so that a view need not look for it."""
    with app.test_request_context(), pytest.raises(NotFound):
        db.scalars(select(Book).where(Book.pages == per_request(lambda: "x"))).all()
