"""What a CreateView saves, an UpdateView accepts unchanged: every type and default."""

from __future__ import annotations

import uuid
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal

import pytest
from sqlalchemy import ARRAY
from sqlalchemy import BigInteger
from sqlalchemy import Boolean
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Double
from sqlalchemy import Enum
from sqlalchemy import Float
from sqlalchemy import inspect
from sqlalchemy import Integer
from sqlalchemy import Interval
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import Numeric
from sqlalchemy import REAL
from sqlalchemy import select
from sqlalchemy import SmallInteger
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import text
from sqlalchemy import Time
from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import CIDR
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import MACADDR
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import CreateView
from cbv import UpdateView
from cbv.formsets import ModelFormSetView
from support.browser_form import sent_by
from support.column_models import Color
from support.column_models import Lowered

MICROSECONDS = datetime(2024, 1, 2, 3, 4, 5, 678901)
#: A name, a type, a value as default, and the SQL of a default.
TYPES = [
    ("empty", String(20), "", "''"),
    ("empty_text", Text, "", "''"),
    ("string", String(20), "a", "'a'"),
    ("spaces", String(20), " a ", "' a '"),
    ("blank", String(20), "  ", "'  '"),
    ("lines", Text, "a\nb", "'a\nb\n'"),
    ("crlf", Text, "\r\na\r\n", "'\r\na\r\n'"),
    ("markup", Text, "<b>&amp;</textarea>\"'", "'<b>&amp;</textarea>\"'''"),
    ("lowered", Lowered, "a", "'a'"),
    ("integer", Integer, 0, "0"),
    ("small", SmallInteger, -1, "-1"),
    ("big", BigInteger, 2**60, str(2**60)),
    ("float", Float, 0.1, "0.1"),
    ("double", Double, 1e-7, "0.0000001"),
    ("real", REAL, 0.5, "0.5"),
    ("decimal", Numeric(6, 2), Decimal("1.50"), "1.5"),
    ("numeric", Numeric(asdecimal=False), 0.5, "0.5"),
    ("yes", Boolean, True, "true"),
    ("no", Boolean, False, "false"),
    ("date", Date, date(1, 2, 3), "'2024-01-02'"),
    ("time", Time, time(1, 2, 3, 4), "'01:02:03.000004'"),
    ("moment", DateTime, MICROSECONDS, "'2024-01-02 03:04:05.678901'"),
    ("interval", Interval, timedelta(days=-1, microseconds=5), None),
    ("json", JSON, {}, "'{}'"),
    ("json_list", JSON, [], "'[]'"),
    ("json_text", JSON, "", "'\"\"'"),
    ("uuid", Uuid, uuid.UUID(int=7), None),
    ("blob", LargeBinary, b"", "''"),
    ("enum", Enum(Color, name="round_color"), Color.DARK_BLUE, "'DARK_BLUE'"),
    ("texts", Enum("a", "b", name="round_texts"), "b", "'b'"),
    ("options", String(20), "b", "'b'"),
]
POSTGRES = [
    ("aware", DateTime(timezone=True), MICROSECONDS.replace(tzinfo=UTC), "now()"),
    ("array", ARRAY(Integer), [], "'{}'"),
    ("array_of_texts", ARRAY(Text), ["a", "b"], "'{a,b}'"),
    ("chosen", ARRAY(Integer), [], "'{}'"),
    ("jsonb", JSONB, {"a": [1]}, "'{}'"),
    ("inet", INET, "10.0.0.1", "'10.0.0.1'"),
    ("cidr", CIDR, "10.0.0.0/8", "'10.0.0.0/8'"),
    ("mac", MACADDR, "08:00:2b:01:02:03", "'08:00:2b:01:02:03'"),
]
CHOICES = {"options": ["a", "b"], "chosen": [1, 2]}
KINDS = ["value", "function", "context", "server"]
#: Functions that want the context of an INSERT show no value in an empty form.
WITH_CONTEXT = ("empty", "string", "integer", "yes", "json", "enum", "options")
CASES = [
    pytest.param(*case, kind, nullable, id=f"{case[0]}-{kind}{'-null' * nullable}")
    for case in [*TYPES, *POSTGRES]
    for kind in KINDS
    for nullable in (False, True)
    if kind != "server" or case[3] is not None
    if kind != "context" or case[0] in WITH_CONTEXT
    if kind == "value" or not nullable
]


def default_of(kind, value, sql):
    """Return the keyword of ``mapped_column`` for a kind of default."""
    if kind == "server":
        return {"server_default": text(sql.replace(":", "\\:"))}
    functions = {"value": value, "function": lambda: value}
    return {"default": functions.get(kind, lambda context: value)}


def model_of(connection, type_, options):
    """Return a mapped class with one column ``x``, and make its table."""

    class Own(DeclarativeBase):
        pass

    class Row(Own):
        __tablename__ = "round_trip"
        id: Mapped[int] = mapped_column(primary_key=True)
        x = mapped_column(type_, **options)

    Own.metadata.create_all(connection)
    return Row


def register(app, model, name):
    """Register a CreateView at ``/``, an UpdateView, and a formset at ``/all``."""
    options = {"fields": ["x"], "success_url": "/done"}
    if name in CHOICES:
        options["choices"] = {"x": CHOICES[name]}

    class Create(CreateView[model]):
        pass

    class Edit(UpdateView[model]):
        pass

    class Rows(ModelFormSetView[model]):
        ordering = ["id"]
        factory_kwargs = {"extra": 1}

    app.add_url_rule("/", view_func=Create.as_view("create", **options))
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view("edit", **options))
    app.add_url_rule("/all", view_func=Rows.as_view("all", **options))


def values(db, model):
    db.expire_all()
    return [row.x for row in db.scalars(select(model).order_by(model.id))]


@pytest.mark.parametrize(("name", "type_", "value", "sql", "kind", "nullable"), CASES)
def test_what_was_created_is_accepted_unchanged(
    app, client, db, connection, engine, name, type_, value, sql, kind, nullable
):
    """Created from nothing, and from what the page shows: 303, and the same row."""
    if name in [case[0] for case in POSTGRES] and engine.dialect.name != "postgresql":
        pytest.skip("a type of PostgreSQL")
    options = {"nullable": nullable, **default_of(kind, value, sql)}
    model = model_of(connection, type_, options)
    register(app, model, name)
    assert client.post("/", data={}).status_code == 303
    assert client.post("/", data=sent_by(client.get("/").text)).status_code == 303
    stored = values(db, model)
    assert len(stored) == 2
    for row in db.scalars(select(model)).all():
        page = client.get(f"/{row.id}").text
        answer = client.post(f"/{row.id}", data=sent_by(page))
        assert (answer.status_code, inspect(row).persistent) == (303, True)
    assert values(db, model) == stored
    answer = client.post("/all", data=sent_by(client.get("/all").text))
    assert answer.status_code == 303
    assert values(db, model) == stored


@pytest.mark.parametrize("kind", ["value", "server"])
def test_a_text_whose_default_is_empty_may_be_emptied(
    app, client, db, connection, kind
):
    """The default says that an empty text is a value."""
    options = {"nullable": False, **default_of(kind, "", "''")}
    model = model_of(connection, String(20), options)
    register(app, model, "empty")
    assert client.post("/", data={"x": "a"}).status_code == 303
    (row,) = db.scalars(select(model)).all()
    assert client.post(f"/{row.id}", data={"x": " "}).status_code == 303
    assert values(db, model) == [""]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_with_another_default_may_not_be_emptied(
    app, client, db, connection, kind
):
    """On UPDATE, no default would fill it."""
    model = model_of(
        connection, String(20), {"nullable": False, **default_of(kind, "a", "'a'")}
    )
    register(app, model, "string")
    assert client.post("/", data={}).status_code == 303
    (row,) = db.scalars(select(model)).all()
    assert client.post(f"/{row.id}", data={"x": ""}).status_code == 200
    assert values(db, model) == ["a"]
