"""Every column type: what a form shows can be posted back; what it cannot is an error.

The same for keys: the row is found by the address that its page links to.
"""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
import sqlalchemy_utils as su
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import CreateView
from cbv import UpdateView
from cbv.crud import CRUDView
from cbv.exceptions import ImproperlyConfigured
from cbv.forms import modelform_factory
from support.browser_form import sent_by
from support.column_models import Color
from support.decorated_types import Careful
from support.decorated_types import EXTENSIONS
from support.decorated_types import MoneyType
from support.decorated_types import POSTGRES
from support.decorated_types import TYPES

ALL = TYPES | POSTGRES
assert len(TYPES) >= 60
#: Any text may be a key of theirs.
ANY_TEXT = {
    *("String", "Unicode", "UnicodeText", "Text", "TEXT", "Lowered", "LargeBinary"),
    *("BYTEA", "CITEXT", "Reversed"),
}
#: Their values are no key: they have no equality in SQL, or no text.
NO_KEYS = {
    *("JSON", "JSONList", "JSONText", "JSONType", "JSONB", "HSTORE", "ScalarListType"),
    "ColorType",  # SQLAlchemy itself needs a hash
    # Flask's rules end a value at a slash.
    *("URLType", "TimezoneType", "InetNetwork", "CIDR"),
    *("ARRAY", "PgARRAY", "ArrayOfDates", "ArrayOfEnums", "INT4MULTIRANGE"),
}


def model_of(connection, name, **options):
    """Return a mapped class with a column ``x`` of a type, and make its table."""
    if name in POSTGRES and connection.dialect.name != "postgresql":
        pytest.skip("a type of PostgreSQL")
    if name in EXTENSIONS:
        try:
            with connection.begin_nested():
                extension = EXTENSIONS[name]
                connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        except (sa.exc.DBAPIError, ProgrammingError):
            pytest.skip("an extension that this server has not")

    class Own(DeclarativeBase):
        pass

    class Row(Own):
        __tablename__ = "typed_row"
        id: Mapped[int] = mapped_column(primary_key=True)
        x = mapped_column(ALL[name][0], **options)

    Own.metadata.create_all(connection)
    return Row


def stored(db):
    """Return what the database has in the column, as the driver reads it."""
    statement = text("SELECT x FROM typed_row ORDER BY id")
    return [str(x) for x in db.scalars(statement)]


def views_of(app, model):
    class Create(CreateView[model]):
        fields = ["x"]
        success_url = "/done"

    class Edit(UpdateView[model]):
        fields = ["x"]
        success_url = "/done"

    app.add_url_rule("/", view_func=Create.as_view("create"))
    app.add_url_rule("/<int:pk>", view_func=Edit.as_view("edit"))


@pytest.mark.parametrize("name", ALL)
def test_what_a_form_shows_leaves_the_row_as_it_was_and_makes_another(
    app, client, db, connection, name
):
    """Posted back unchanged, and typed into the form for a new row."""
    model = model_of(connection, name, nullable=False)
    views_of(app, model)
    db.add(model(x=ALL[name][1]))
    db.commit()
    before = stored(db)
    data = sent_by(client.get("/1").text)
    assert client.post("/1", data=data).status_code == 303
    assert stored(db) == before
    if isinstance(ALL[name][0], sa.LargeBinary):
        return  # a browser sends no file by itself
    assert client.post("/", data=data).status_code == 303
    # A browser writes line ends as CRLF.
    assert [x.replace("\r\n", "\n") for x in stored(db)] == before * 2
    assert client.get("/2").status_code == 200


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name][2] is not None])
def test_a_text_that_is_no_value_is_an_error_of_the_field(
    app, client, db, connection, name
):
    """Not a 500, and nothing that breaks the list afterwards is stored."""
    model = model_of(connection, name)
    views_of(app, model)
    db.add(model(x=ALL[name][1]))
    db.commit()
    before = stored(db)
    for path in ("/", "/1"):
        answer = client.post(path, data={"x": ALL[name][2]})
        assert answer.status_code == 200
        assert answer.context["form"]["x"].errors
    assert stored(db) == before


@pytest.mark.filterwarnings("ignore:Type object .*DOMAIN")  # SQLAlchemy 2.1's own
@pytest.mark.parametrize("name", [name for name in ALL if name not in NO_KEYS])
def test_a_row_is_found_by_the_address_that_its_page_links_to(
    app, client, db, connection, name
):
    """Its key is of any type; another text is a 404."""
    model_of(connection, name)

    class Own(DeclarativeBase):
        pass

    class Keyed(Own):
        __tablename__ = "keyed_row"
        x = mapped_column(ALL[name][0], primary_key=True, autoincrement=False)
        title: Mapped[str] = mapped_column(sa.String(20))

    class Referring(Own):
        __tablename__ = "referring_row"
        id: Mapped[int] = mapped_column(primary_key=True)
        key = mapped_column(ALL[name][0], sa.ForeignKey(Keyed.x))

    class Rows(CRUDView[Keyed]):
        fields = ["title"]
        list_display = ["title"]

    class Refer(CreateView[Referring]):
        fields = ["key"]
        success_url = "/done"

    Own.metadata.create_all(connection)
    app.register_blueprint(Rows.blueprint(), url_prefix="/rows")
    app.add_url_rule("/refer", view_func=Refer.as_view("refer"))
    db.add(Keyed(x=ALL[name][1], title="found"))
    db.commit()
    page = client.get("/rows/").text
    links = re.findall(r'href="(/rows/[^"]+)"', page)
    found = [client.get(link.replace("&amp;", "&")) for link in links]
    assert [answer.status_code for answer in found if "found" in answer.text][:2] == [
        200,
        200,
    ]
    if name not in ANY_TEXT:
        assert client.get("/rows/nothing%20of%20that%20kind/").status_code == 404
        assert client.post("/refer", data={"key": "nothing"}).status_code == 200
    data = sent_by(client.get("/refer").text)
    (data["key"],) = re.findall(r'<option value="([^"]+)">', client.get("/refer").text)
    assert client.post("/refer", data=data).status_code == 303
    assert db.scalars(select(Referring)).one().key == db.scalars(select(Keyed)).one().x


def test_a_decorator_with_objects_of_its_own_is_refused_with_the_cure():
    """When the form class is made."""

    class Own(DeclarativeBase):
        pass

    class Priced(Own):
        __tablename__ = "priced"
        id: Mapped[int] = mapped_column(primary_key=True)
        price = mapped_column(MoneyType)

    with pytest.raises(ImproperlyConfigured, match=r"Priced\.price of type MoneyType"):
        modelform_factory(Priced, fields=["price"])
    with pytest.raises(ImproperlyConfigured, match=r"register_field\(MoneyType"):
        modelform_factory(Priced, fields="__all__")


def test_objects_that_no_sample_has_told_are_refused_when_they_are_shown():
    """Rather than shown as a text that cannot be typed back."""

    class Own(DeclarativeBase):
        pass

    class Painted(Own):
        __tablename__ = "painted"
        id: Mapped[int] = mapped_column(primary_key=True)
        color = mapped_column(Careful)

    form_class = modelform_factory(Painted, fields=["color"])
    with pytest.raises(ImproperlyConfigured, match=r"Painted\.color of type Careful"):
        form_class(instance=Painted(color=Color.RED))


@pytest.mark.parametrize(
    "type_", [su.PasswordType(schemes=["pbkdf2_sha512"]), sa.PickleType(), pg.BIT(3)]
)
def test_a_type_without_a_field_is_refused(type_):
    """It names the attribute, the type and the cures."""

    class Own(DeclarativeBase):
        pass

    class Odd(Own):
        __tablename__ = "odd"
        id: Mapped[int] = mapped_column(primary_key=True)
        it = mapped_column(type_)

    with pytest.raises(ImproperlyConfigured, match=r"Odd\.it of type .* Cure: leave"):
        modelform_factory(Odd, fields=["it"])


@pytest.mark.parametrize("type_", [pg.TSVECTOR(), su.TSVectorType()])
def test_a_search_index_is_no_field(type_):
    """It is made of other columns."""

    class Own(DeclarativeBase):
        pass

    class Found(Own):
        __tablename__ = "found"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(sa.String(20))
        index = mapped_column(type_)

    form = modelform_factory(Found, fields="__all__")()
    assert [field.name for field in form] == ["title"]
