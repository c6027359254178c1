"""What a mapped class has, and whether a value from outside fits a column."""

from __future__ import annotations

import enum
import uuid
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import BigInteger
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Enum
from sqlalchemy import Float
from sqlalchemy import func
from sqlalchemy import Integer
from sqlalchemy import Interval
from sqlalchemy import LargeBinary
from sqlalchemy import Numeric
from sqlalchemy import select
from sqlalchemy import SmallInteger
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import Time
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import aliased
from sqlalchemy.orm import column_property
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import DetailView
from cbv.db.columns import coerce
from cbv.db.columns import column_of
from cbv.db.columns import display
from cbv.db.columns import holds_password
from cbv.db.columns import integer_range
from cbv.db.columns import is_mapped
from cbv.db.columns import key_names
from cbv.db.columns import mapper_of
from cbv.db.columns import new_object
from cbv.db.columns import plain_type
from cbv.db.columns import public_values
from cbv.db.columns import verbose_name
from support.library_models import Author
from support.library_models import Book
from support.library_models import User


class Base(DeclarativeBase):
    pass


class Colour(enum.Enum):
    RED = "r"


class Even(TypeDecorator):
    """An integer that must be even, kept by half."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is not None and value % 2:
            raise ValueError("odd")
        return value and value // 2

    def process_result_value(self, value, dialect):
        return value and value * 2


class Pair(Base):
    __tablename__ = "columns_pair"
    __verbose_name_plural__ = "Couples"
    right: Mapped[int] = mapped_column("r", primary_key=True)
    left: Mapped[int] = mapped_column("l", primary_key=True)
    api_password: Mapped[str]
    pin: Mapped[str] = mapped_column(info={"password": True})
    password_hint: Mapped[str] = mapped_column(info={"password": False})
    total = column_property(right + left)


class Half(Base):
    __tablename__ = "columns_half"
    id: Mapped[int] = mapped_column(Even, primary_key=True, autoincrement=False)


# --- what a class has ---------------------------------------------------------------


def test_only_mapped_classes_are_mapped():
    """Neither instances, tables nor other classes."""
    found = [is_mapped(x) for x in (Book, Book(), Book.__table__, int, None, "Book")]
    assert found == [True, False, False, False, False, False]


def test_mapper_of_a_class_and_of_its_alias():
    """Anything else has none."""
    assert mapper_of(aliased(Book)) is mapper_of(Book)
    with pytest.raises(NoInspectionAvailable):
        mapper_of(int)


def test_keys_are_named_by_their_attributes():
    """In the order of the mapper, not by the names of the columns."""
    assert key_names(Pair) == ("right", "left")
    assert key_names(Book) == ("id",)


def test_column_of_an_attribute():
    """A relationship, a property or an unknown name has none."""
    assert column_of(Pair, "right").name == "r"
    assert [column_of(Book, n) for n in ("author", "x")] == [None, None]
    assert column_of(Pair, "total") is None


def test_plain_type_and_range():
    """TypeDecorators are looked through; each integer type has its bounds."""
    assert isinstance(plain_type(Even()), Integer)
    ranges = [integer_range(t())[1] for t in (SmallInteger, Integer, BigInteger)]
    assert ranges == [2**15 - 1, 2**31 - 1, 2**63 - 1]


def test_heading_of_a_list():
    """The class says it, or its name with an s; other lists have none."""
    assert verbose_name([Pair()]) == "Couples"
    assert verbose_name([Book()]) == "Books"
    assert [verbose_name(rows) for rows in ([], [1], None)] == ["", "", ""]


def test_public_values_leave_passwords_out():
    """By name or by what the column says of itself."""
    pair = Pair(right=1, left=2, api_password="x", pin="y", password_hint="z")
    assert public_values(pair)[:2] == [("Right", 1), ("Left", 2)]
    assert not {"x", "y"}.intersection(value for _, value in public_values(pair))
    assert ("Password hint", "z") in public_values(pair)  # it says that it is none
    assert "password_hash" not in dict(public_values(User(username="u")))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("password", True),
        ("password_hash", True),
        ("user_pwd", True),
        ("passport", False),
        ("title", False),
    ],
)
def test_names_of_passwords(name, found):
    """A hash is a password too; a passport is not."""
    assert holds_password(name, Column(name, String)) is found


def test_new_object_needs_no_constructor():
    """A class whose constructor wants values is made without them."""

    class Strict(Base):
        __tablename__ = "columns_strict"
        id: Mapped[int] = mapped_column(primary_key=True)

        def __init__(self, id):
            self.id = id

    assert isinstance(new_object(Strict), Strict)
    assert isinstance(new_object(Book), Book)


# --- values -------------------------------------------------------------------------

GOOD = [
    (Integer(), "0", 0),
    (Integer(), "-1", -1),
    (Integer(), 7, 7),
    (Integer(), str(2**31 - 1), 2**31 - 1),
    (SmallInteger(), "-32768", -(2**15)),
    (BigInteger(), str(2**63 - 1), 2**63 - 1),
    (Boolean(), "true", True),
    (Boolean(), "0", False),
    (Boolean(), True, True),
    (String(3), "abc", "abc"),
    (String(), "x" * 1000, "x" * 1000),
    (Text(), "é\n", "é\n"),
    (String(3), 12, "12"),
    (Enum("a", "b"), "a", "a"),
    (Enum(Colour), "RED", Colour.RED),
    (Enum(Colour), Colour.RED, Colour.RED),
    (Uuid(), "00000000-0000-0000-0000-00000000000A", uuid.UUID(int=10)),
    (Uuid(), uuid.UUID(int=1), uuid.UUID(int=1)),
    (Uuid(as_uuid=False), str(uuid.UUID(int=1)), str(uuid.UUID(int=1))),
    (Date(), "2024-02-29", date(2024, 2, 29)),
    (DateTime(), "2024-02-29T12:00", datetime(2024, 2, 29, 12)),
    (Time(), "12:30", time(12, 30)),
    (Numeric(), "-1.50", Decimal("-1.50")),
    (Numeric(5, 2), "-123.40", Decimal("-123.40")),
    (Numeric(2, 2), "0.50", Decimal("0.50")),
    (Numeric(5, 2), 0, Decimal(0)),
    (Numeric(), 7, Decimal(7)),
    (Numeric(), 0.1, Decimal("0.1")),
    (Numeric(asdecimal=False), "1.5", 1.5),
    (Float(), "0.5", 0.5),
    (Float(), 7, 7.0),
    (Float(), 1e-7, 1e-7),
    (Float(), Decimal("0.5"), 0.5),
    (Numeric(), 1.5, Decimal("1.5")),
    (Numeric(), 1e-7, Decimal("0.0000001")),
    (Numeric(asdecimal=False), 3, 3.0),
    (LargeBinary(), "ab", b"ab"),
    (Even(), "4", 4),
]
BAD = [
    *((Integer(), v) for v in ("", "a", "1.0", "01", "-0", "+1", " 1", "1\n", "1_0")),
    *(
        (Integer(), v)
        for v in ("٣", "1e1", "0x1", "\uff11", "9" * 5000, True, 1.0, None)
    ),
    *((Integer(), v) for v in (2**31, str(2**31), -(2**31) - 1, b"1", [1])),
    (SmallInteger(), "32768"),
    (BigInteger(), str(2**63)),
    *((Boolean(), v) for v in ("yes", "True", "", 1, None)),
    *((String(3), v) for v in ("abcd", "a\0", "\ud800", 1234)),
    *((Enum("a", "b"), v) for v in ("c", "", "A")),
    *((Enum(Colour), v) for v in ("r", "BLUE", "red")),
    *((Uuid(), v) for v in ("1", "{00000000-0000-0000-0000-00000000000A}", "0" * 32)),
    *((Date(), v) for v in ("2024-02-30", "29.2.2024", "\u0662024-01-01", "", 5)),
    *((DateTime(), v) for v in ("2024-13-01T00:00", "now")),
    *((Numeric(), v) for v in ("NaN", "Infinity", "1e5", "1,5", "1" * 41, "٣")),
    *((Numeric(5, 2), v) for v in ("1234", "1.005", 1000, 1.005, Decimal("NaN"))),
    *((Float(), v) for v in ("nan", "inf", "1e400", float("inf"), True, date(1, 1, 1))),
    *((Numeric(), v) for v in (float("nan"), float("inf"), True)),
    (Float(), 10**400),
    *((Interval(), v) for v in ("1 day", 5)),
]


@pytest.mark.parametrize(("type_", "value", "found"), GOOD)
def test_value_that_fits_is_typed(type_, value, found):
    """One spelling for one value."""
    result = coerce(Column("x", type_), value)
    assert (result, type(result)) == (found, type(found))


@pytest.mark.parametrize(("type_", "value"), BAD)
def test_value_that_never_fits_is_refused(type_, value):
    """Before SQL, alike on every database."""
    with pytest.raises(ValueError):  # noqa: PT011 - any of them is a 404
        coerce(Column("x", type_), value)


def test_expression_has_a_type_too():
    """A computed column is checked like a stored one."""
    assert coerce(func.length(Book.title, type_=Integer), "3") == 3


def test_value_of_the_right_type_needs_no_text():
    """What a converter made already is taken as it is."""
    assert coerce(Column("x", Interval()), timedelta(1)) == timedelta(1)


def test_type_that_tells_nothing_takes_anything():
    """An own type without a Python type judges by itself."""
    assert coerce(Column("x", INET()), "10.0.0.1") == "10.0.0.1"


def test_own_type_that_refuses_a_value_is_404(app, db, connection):
    """What a TypeDecorator raises when it is asked is no fault of the server."""
    Base.metadata.create_all(connection)
    db.add(Half(id=4))
    db.commit()
    app.add_url_rule("/<pk>", view_func=DetailView.as_view("half", model=Half))
    client = app.test_client()
    assert [client.get(f"/{n}").status_code for n in (4, 2, 3)] == [200, 404, 404]
    assert db.scalar(select(Half.id)) == 4


def test_object_that_does_not_say_how_it_is_shown_has_its_class_and_key():
    """As Django's; a memory address is for nobody."""

    class Own(DeclarativeBase):
        pass

    class Plain(Own):
        __tablename__ = "plain"
        id: Mapped[int] = mapped_column(primary_key=True)

    assert display(Plain(id=3)) == "Plain object (3)"
    assert display(Author(name="Ann")) == "Ann"
    assert display(5) == "5"
