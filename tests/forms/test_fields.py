"""A form field for each type of column: parsing, showing, refusing."""

from __future__ import annotations

import io
import uuid
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import ARRAY
from sqlalchemy import Integer
from sqlalchemy import Numeric
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy.dialects.postgresql import CIDR
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import MACADDR
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.datastructures import FileStorage
from werkzeug.datastructures import MultiDict

from cbv import CreateView
from cbv import ImproperlyConfigured
from cbv import UpdateView
from cbv.forms import fill
from cbv.forms import Form
from support.column_models import bound
from support.column_models import Color
from support.column_models import form_for
from support.column_models import parsed
from support.column_models import posted
from support.column_models import Size
from support.column_models import Thing
from support.library_models import Book

ROUND_TRIPS = [
    ("title", "x", "x"),
    ("notes", "two\nlines", "two\nlines"),
    ("whole", "-2147483648", -(2**31)),
    ("small", "32767", 32767),
    ("big", "9223372036854775807", 2**63 - 1),
    ("ratio", "0.1", 0.1),
    ("double", "1e300", 1e300),
    ("single", "0.5", 0.5),
    ("price", "1234.56", 1234.56),
    ("flag", "y", True),
    ("maybe", "false", False),
    ("day", "2024-02-29", date(2024, 2, 29)),
    ("clock", "23:59:58", time(23, 59, 58)),
    ("moment", "2024-01-02T03:04", datetime(2024, 1, 2, 3, 4)),
    ("span", "1 12:30:00", timedelta(days=1, hours=12, minutes=30)),
    ("document", '{"a": [1, null]}', {"a": [1, None]}),
    (
        "key",
        "12345678-1234-5678-1234-567812345678",
        uuid.UUID(int=0x12345678123456781234567812345678),
    ),
    (
        "key_text",
        "12345678-1234-5678-1234-567812345678",
        "12345678-1234-5678-1234-567812345678",
    ),
    ("color", "DARK_BLUE", Color.DARK_BLUE),
    ("size", "l", Size.LARGE),
    ("word", "b", "b"),
    ("lowered", "ABC", "abc"),
    ("status", "live", "live"),
]


def test_every_type_is_posted_saved_read_and_shown_again(app, client, db):
    """One POST over all column types, on each database; the row then fills the form."""

    class New(CreateView[Thing]):
        fields = "__all__"
        success_url = "/"

    class Edit(UpdateView[Thing]):
        fields = "__all__"
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    data = {name: value for name, value, _ in ROUND_TRIPS}
    data["aware"] = "2024-01-02T03:04"
    data["blob"] = (io.BytesIO(b"\0\xff"), "x.bin")
    response = client.post("/", data=data)
    assert response.status_code == 303, response.context["form"].errors
    db.expire_all()
    thing = db.scalars(select(Thing)).one()
    assert {n: getattr(thing, n) for n, _, _ in ROUND_TRIPS} == {
        n: v for n, _, v in ROUND_TRIPS
    }
    assert thing.aware.replace(tzinfo=UTC) == datetime(2024, 1, 2, 3, 4, tzinfo=UTC)
    assert (thing.blob, thing.rank, thing.twice) == (b"\0\xff", 7, 65534)
    form = client.get(f"/{thing.id}").context["form"]
    again = {name: form[name]._value() for name in ("clock", "moment", "span", "key")}
    assert again["moment"] == "2024-01-02T03:04"
    assert again["clock"] == "23:59:58"
    data.update(again, blob="")
    assert client.post(f"/{thing.id}", data=data).status_code == 303
    db.expire_all()
    assert (thing.span, thing.blob) == (
        timedelta(days=1, hours=12, minutes=30),
        b"\0\xff",
    )


def test_empty_values_are_null_where_the_column_may_be(app, client, db):
    """Text too: NULL, not an empty string; a JSON column gets SQL's NULL."""

    class New(CreateView[Thing]):
        fields = "__all__"
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    data = dict.fromkeys((name for name, _, _ in ROUND_TRIPS), "") | {"title": "x"}
    response = client.post("/", data=data)
    assert response.status_code == 303, response.context["form"].errors
    thing = db.scalars(select(Thing).where(Thing.document.is_(None))).one()
    nullable = [c.key for c in Thing.__table__.c if c.nullable]
    assert {getattr(thing, name) for name in nullable} == {None}
    assert (thing.flag, thing.status, thing.rank) == (False, "draft", 7)


def test_postgresql_types(app, client, request, tmp_path):
    """JSONB, arrays, addresses: saved and shown again."""
    engine = request.getfixturevalue("postgres_engine")

    class Own(DeclarativeBase):
        pass

    class Host(Own):
        __tablename__ = "host"
        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[Any] = mapped_column(JSONB)
        ports: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
        names: Mapped[list[str] | None] = mapped_column(ARRAY(String(5)))
        address: Mapped[Any | None] = mapped_column(INET)
        network: Mapped[Any | None] = mapped_column(CIDR)
        mac: Mapped[str | None] = mapped_column(MACADDR)

    form_class = form_for(Host)
    values = {
        "data": '{"a": 1}',
        "ports": "80\r\n443\r\n",
        "names": "a, b\r\nc",
        "address": "10.0.0.1",
        "network": "10.0.0.0/8",
        "mac": "08:00:2b:01:02:03",
    }
    form = form_class(MultiDict(values))
    assert Form.validate(form), form.errors
    host = Host()
    fill(form, host)
    with engine.connect() as connection:
        outer = connection.begin()
        Own.metadata.create_all(connection)
        with cbv_session(connection) as session:
            session.add(host)
            session.flush()
            session.expire_all()
            assert (host.data, host.ports, host.names) == (
                {"a": 1},
                [80, 443],
                ["a, b", "c"],
            )
            assert str(host.address).removesuffix("/32") == "10.0.0.1"
            assert form_class(obj=host).ports._value() == "80\n443"
            assert form_class(obj=host).network._value() == "10.0.0.0/8"
        outer.rollback()


def cbv_session(connection):
    from sqlalchemy.orm import Session

    return Session(connection)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("whole", "2147483648"),
        ("small", "-32769"),
        ("big", "9223372036854775808"),
        ("big", "1" * 400),
        ("whole", "1e3"),
        ("whole", "1_000"),
        ("whole", "\u0663"),
        ("whole", "1.0"),
        ("whole", "x"),
        ("ratio", "nan"),
        ("ratio", "inf"),
        ("ratio", "1e999"),
        ("ratio", "1" * 500),
        ("single", "1e39"),
        ("price", "NaN"),
        ("price", "sNaN"),
        ("price", "-Infinity"),
        ("price", "12345.6"),
        ("price", "1.234"),
        ("price", "1e999999"),
        ("price", "1e99"),
        ("price", "\u0661"),
        ("title", "x" * 11),
        ("title", "a\0b"),
        ("title", "\ud800"),
        ("title", "   "),
        ("notes", "\0"),
        ("day", "0000-01-01"),
        ("day", "2023-02-29"),
        ("day", "20240101"),
        ("day", "\u0662\u0660\u0662\u0664-01-01"),
        ("day", "10000-01-01"),
        ("clock", "24:00"),
        ("clock", "3 pm"),
        ("moment", "2024-01-02"),
        ("moment", "2024-01-02x03:04"),
        ("moment", "2024-01-02T03:04+99:00"),
        ("moment", "\u0662024-01-02T03:04"),
        ("span", "1:99:00"),
        ("span", "999999 00:00:00"),
        ("span", " days"),
        ("document", "{"),
        ("document", "NaN"),
        ("document", "1e999"),
        ("document", '"\\u0000"'),
        ("document", '{"\\ud800": 1}'),
        ("document", "[" * 100000),
        ("key", "zz"),
        ("key", "{12345678-1234-5678-1234-567812345678}"),
        ("color", "GREEN"),
        ("color", "1"),
        ("size", "SMALL"),
        ("word", "c"),
        ("maybe", "perhaps"),
        ("lowered", "x" * 21),
    ],
)
def test_value_the_column_cannot_hold_is_a_form_error(name, value):
    """Refused by the form, before any database is asked."""
    form = bound(Thing, name, value)
    assert not form[name].validate(form)
    assert form[name].errors[0]


def test_numeric_keeps_decimals_exactly():
    """No float on the way; as many digits as the column has."""

    class Own(DeclarativeBase):
        pass

    class Bill(Own):
        __tablename__ = "bill"
        id: Mapped[int] = mapped_column(primary_key=True)
        total: Mapped[Decimal] = mapped_column(Numeric(10, 3))
        free: Mapped[Decimal | None] = mapped_column(Numeric)

    form = form_for(Bill)(posted(total="1234567.125", free="0.1"))
    assert form.total.validate(form)
    assert form.free.validate(form)
    assert (form.total.data, form.free.data) == (Decimal("1234567.125"), Decimal("0.1"))
    shown = form_for(Bill)(obj=Bill(total=Decimal("1E+3"), free=Decimal("0.0000001")))
    assert (shown.total._value(), shown.free._value()) == ("1000", "0.0000001")


def test_upload_under_a_text_field_is_a_form_error():
    """A file where a text belongs is refused, not a crash."""
    for name in ("title", "whole", "day", "color"):
        form = bound(Thing, name, FileStorage(io.BytesIO(b"x"), "x.txt"))
        assert not form[name].validate(form)


def test_upload_is_limited_by_the_column_and_a_text_is_no_upload():
    """LargeBinary(4) takes four bytes; a posted text under its name is ignored."""
    form = bound(Thing, "blob", FileStorage(io.BytesIO(b"12345"), "x"))
    assert not form.blob.validate(form)
    assert "4 bytes" in form.blob.errors[0]
    form = bound(Thing, "blob", "text")
    thing = Thing(blob=b"old")
    assert form.blob.validate(form)
    fill(form, thing)
    assert thing.blob == b"old"


def test_required_upload_is_required_until_the_object_has_one():
    """NOT NULL bytes: needed on a new object, kept on an old one."""

    class Own(DeclarativeBase):
        pass

    class Picture(Own):
        __tablename__ = "picture"
        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[bytes]

    form_class = form_for(Picture)
    form = form_class(CombinedMultiDict([MultiDict(), MultiDict()]))
    assert not form.data.validate(form)
    picture = Picture(data=b"old")
    form = form_class(MultiDict(), obj=picture)
    assert form.data.validate(form)
    fill(form, picture)
    assert picture.data == b"old"


@pytest.mark.parametrize(
    ("name", "control"),
    [
        ("title", 'type="text"'),
        ("notes", "<textarea"),
        ("whole", 'type="number"'),
        ("ratio", 'step="any"'),
        ("flag", 'type="checkbox"'),
        ("maybe", "<select"),
        ("day", 'type="date"'),
        ("clock", 'type="time"'),
        ("moment", 'type="datetime-local"'),
        ("document", "<textarea"),
        ("blob", 'type="file"'),
        ("color", '<option value="DARK_BLUE">Dark blue</option>'),
        ("size", '<option value="l">l</option>'),
    ],
)
def test_control_fits_the_type(name, control):
    """A browser shows the right input."""
    assert control in str(form_for(Thing, name)()[name])


def test_label_and_help_come_from_the_column():
    """info label, doc, and the attribute's name in plain words."""
    form = form_for(Thing)()
    assert (form.title.label.text, form.title.description) == ("Title", "Short.")
    assert form.notes.label.text == "My notes"
    assert form.key_text.label.text == "Key text"
    assert form_for(Book)().author_id.label.text == "Author"


def test_required_is_said_to_the_browser_only_where_it_is_so():
    """NOT NULL without a default is required; a box, a default, NULL are not."""
    form = form_for(Thing)()
    assert [f.short_name for f in form if f.flags.required] == ["title"]


def test_defaults_fill_the_empty_form_and_the_empty_post(app, client, db):
    """A default is shown and acts when nothing is posted; a saved row must keep one."""

    class New(CreateView[Thing]):
        fields = ["title", "flag", "status", "rank"]
        success_url = "/"

    class Edit(UpdateView[Thing]):
        fields = ["title", "flag", "status", "rank"]
        success_url = "/"

    app.add_url_rule("/", view_func=New.as_view())
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view())
    assert client.get("/").context["form"].status.data == "draft"
    client.post("/", data={"title": "x", "status": "", "rank": ""})
    thing = db.scalars(select(Thing)).one()
    assert (thing.status, thing.rank) == ("draft", 7)
    invalid = client.post(f"/{thing.id}", data={"title": "x", "status": "", "rank": ""})
    assert sorted(invalid.context["form"].errors) == ["rank", "status"]


def test_callable_default_is_called_for_each_form():
    """The next form has its own value; what wants an INSERT shows none."""

    class Own(DeclarativeBase):
        pass

    class Draw(Own):
        __tablename__ = "draw"
        id: Mapped[int] = mapped_column(primary_key=True)
        key: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
        copy: Mapped[str] = mapped_column(
            default=lambda context: context.get_current_parameters()["key"]
        )

    form_class = form_for(Draw)
    assert form_class().key.data != form_class().key.data
    assert form_class().copy.data is None


def test_timezone_is_the_readers(app):
    """With CBV_TIMEZONE a naive column keeps UTC and the form shows the local clock."""
    app.config["CBV_TIMEZONE"] = "Europe/Berlin"
    with app.test_request_context():
        assert parsed("moment", "2024-07-01T12:00") == datetime(2024, 7, 1, 10)
        assert parsed("aware", "2024-07-01T12:00") == datetime(
            2024, 7, 1, 10, tzinfo=UTC
        )
        form = form_for(Thing, "moment")(obj=Thing(moment=datetime(2024, 7, 1, 10)))
        assert form.moment._value() == "2024-07-01T12:00"
        assert parsed("moment", "2024-03-31T02:30") == ["Not a valid datetime value."]
        assert parsed("moment", "0001-01-01T00:00") == ["Not a valid datetime value."]


def test_unknown_timezone_names_the_setting(app):
    """A misspelt zone is a configuration error."""
    app.config["CBV_TIMEZONE"] = "Mars/Olympus"
    with app.test_request_context(), pytest.raises(ImproperlyConfigured, match="CBV_T"):
        parsed("moment", "2024-07-01T12:00")


def test_what_is_posted_as_it_was_shown_stays_as_it_was():
    """Microseconds that the control does not show are not lost."""
    moment = datetime(2024, 1, 2, 3, 4, 5, 678)
    form_class = form_for(Thing, "moment")
    shown = form_class(obj=Thing(moment=moment)).moment._value()
    form = form_class(posted(moment=shown), obj=Thing(moment=moment))
    assert form.moment.data == moment


def nested(depth, kind):
    """Return a JSON document of lists or objects inside each other."""
    opening, closing = {"list": ("[", "]"), "dict": ('{"a":', "}")}[kind]
    return opening * depth + ("" if kind == "list" else "1") + closing * depth


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_a_document_is_at_most_100_levels_deep(app, db, kind):
    """A form error at a fixed depth; what is stored can be opened again."""
    fields = ["title", "flag", "document"]
    page = {"success_url": "/", "model": Thing, "fields": fields}
    app.add_url_rule("/new", view_func=type("N", (CreateView,), page).as_view("n"))
    app.add_url_rule("/<int:pk>", view_func=type("E", (UpdateView,), page).as_view("e"))
    client = app.test_client()
    for depth in (101, 500, 940, *range(945, 1005, 4), 5_000, 100_000):
        data = {"title": "x", "document": nested(depth, kind)}
        answer = client.post("/new", data=data)
        assert answer.status_code == 200
        assert answer.context["form"].errors.keys() == {"document"}
    assert "At most 100 levels" in client.post(
        "/new", data={"title": "x", "document": nested(101, kind)}
    ).get_data(as_text=True)
    assert db.scalars(select(Thing)).all() == []
    data = {"title": "x", "document": nested(100, kind)}
    assert client.post("/new", data=data).status_code == 303
    thing = db.scalars(select(Thing)).one()
    assert client.get(f"/{thing.id}").status_code == 200
