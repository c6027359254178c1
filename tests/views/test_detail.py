"""SingleObjectMixin and DetailView: one object from the values in the URL."""

from __future__ import annotations

import enum
import uuid
from datetime import date

import pytest
from flask import Blueprint
from flask import g
from jinja2 import DictLoader
from sqlalchemy import BigInteger
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import SmallInteger
from sqlalchemy import String
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import Query

from cbv import DetailView
from cbv import ImproperlyConfigured
from cbv import per_request
from cbv import SingleObjectMixin
from cbv import TemplateView
from cbv import View
from cbv.auth import current_user_id
from cbv.testing import assert_template_used
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Book
from support.library_models import Tag
from support.library_models import User


class Base(DeclarativeBase):
    pass


class Colour(enum.Enum):
    RED = 1


class Small(Base):
    __tablename__ = "detail_small"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)


class Big(Base):
    __tablename__ = "detail_big"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Coded(Base):
    __tablename__ = "detail_coded"
    code: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class Named(Base):
    __tablename__ = "detail_named"
    name: Mapped[str] = mapped_column(String(5), primary_key=True)


class Daily(Base):
    __tablename__ = "detail_daily"
    day: Mapped[date] = mapped_column(primary_key=True)


class Painted(Base):
    __tablename__ = "detail_painted"
    colour: Mapped[Colour] = mapped_column(primary_key=True)


class Line(Base):
    __tablename__ = "detail_line"
    order_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column("pos", primary_key=True)
    text: Mapped[str] = mapped_column(String(9))


class Request(Base):
    __tablename__ = "detail_request"
    id: Mapped[int] = mapped_column(primary_key=True)


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))
    return app.test_client()


class BookDetail(DetailView[Book]):
    pass


@pytest.fixture
def book(db):
    """A book with an author, a slug and a notes text that others share."""
    found = Book(title="One", slug="one-1", notes="n", author=Author(name="Ann"))
    db.add_all([found, Book(title="Two", slug="two", notes="n")])
    db.commit()
    db.refresh(found)
    return found


# --- the object ---------------------------------------------------------------------


def test_object_is_found_by_key(app, book):
    """One statement; the object stands under both names, beside the URL values."""
    client = route(app, "/<int:pk>", BookDetail)
    with count_queries(1):
        response = client.get(f"/{book.id}")
    context = response.context
    assert context["object"] is context["book"]
    assert (context["object"].title, context["pk"]) == ("One", book.id)
    assert context["view"].object is context["object"]
    assert_template_used(response, "cbv/object_detail.html")


@pytest.mark.parametrize(
    "related", [["author"], ["author", "owner"], ("author.books",), ["tags"]]
)
def test_related_rows_come_with_the_object(app, book, db, related):
    """Joins cost nothing more, a collection one statement more."""

    class Related(BookDetail):
        def get_context_data(self, **kwargs):
            book = self.object
            with count_queries(0):
                for name in related:
                    getattr(book, name.split(".")[0])
            return super().get_context_data(**kwargs)

    client = route(app, "/<int:pk>", Related, related=related)
    address = f"/{book.id}"
    db.remove()
    many = any(name in ("author.books", "tags") for name in related)
    with count_queries(2 if many else 1):
        assert client.get(address).status_code == 200


def test_object_is_found_by_slug(app, book):
    """By the field slug, or one of another name."""
    client = route(app, "/s/<slug>", BookDetail)
    route(app, "/t/<t>", BookDetail, "t", slug_field="title", slug_url_kwarg="t")
    with count_queries(1):
        assert client.get("/s/one-1").context["object"].title == "One"
    assert client.get("/t/Two").context["object"].slug == "two"


def test_names_of_the_url_values_can_be_chosen(app, book):
    """pk_url_kwarg names the key in the rule."""
    client = route(app, "/<int:book_id>", BookDetail, pk_url_kwarg="book_id")
    assert client.get(f"/{book.id}").context["book"].title == "One"


def test_key_alone_decides_unless_both_are_asked_for(app, book):
    """query_pk_and_slug: a wrong slug is a 404 only then, as in Django."""
    client = route(app, "/a/<int:pk>/<slug>", BookDetail, "a")
    route(app, "/b/<int:pk>/<slug>", BookDetail, "b", query_pk_and_slug=True)
    found = [
        client.get(f"/{view}/{book.id}/{slug}").status_code
        for view in "ab"
        for slug in ("one-1", "two")
    ]
    assert found == [200, 200, 200, 404]


def test_composite_key_is_in_the_rule_by_its_names(app, db, connection):
    """Every key column by the name of its attribute."""
    Base.metadata.create_all(connection)
    db.add_all(Line(order_id=1, position=n, text=f"t{n}") for n in (1, 2))
    db.commit()
    client = route(app, "/<order_id>/<int:position>", DetailView, model=Line)
    assert client.get("/1/2").context["line"].text == "t2"
    assert client.get("/1/3").status_code == 404
    assert client.get("/x/2").status_code == 404


def test_column_may_have_another_name_than_its_attribute(app, db, connection):
    """The attribute counts, not the column in the table."""
    Base.metadata.create_all(connection)
    db.add(Line(order_id=1, position=2, text="t"))
    db.commit()
    client = route(app, "/<slug>", DetailView, model=Line, slug_field="position")
    assert client.get("/2").context["line"].text == "t"


def test_object_is_loaded_once_and_can_be_assigned(app, book):
    """self.object is a cached property over get_object()."""

    class Other(BookDetail):
        def get(self, **kwargs):
            assert self.object is self.object
            self.object = Book(title="Given")
            return super().get(**kwargs)

    client = route(app, "/<int:pk>", Other)
    with count_queries(1):
        assert client.get(f"/{book.id}").context["book"].title == "Given"


def test_get_object_may_be_anything(app):
    """An override needs neither model nor database."""

    class Plain(DetailView):
        template_name = "p.html"

        def get_object(self, queryset=None):
            return {"name": self.kwargs["name"]}

    app.jinja_loader = DictLoader({"p.html": "{{ object.name }}"})
    assert route(app, "/<name>", Plain).get("/x").text == "x"


# --- values that fit no column ------------------------------------------------------

UNTYPED = [
    *("0", "-1", "1.0", "abc", "1\0", "1\n", " 1", "1 ", "1e1", "0x1", "None", "true"),
    *("1'--", "01", "+1", "1_0", "٣", "²", "\uff11", "-0", "1,2", "1;drop table book"),
    *(str(2**31), str(2**63), str(-(2**63) - 1), "9" * 50, "9" * 400, "9" * 5000),
]


@pytest.mark.parametrize("value", UNTYPED)
def test_key_that_no_column_holds_is_404(app, book, value):
    """On every database, and never a statement for what cannot be there."""
    client = route(app, "/b/<path:pk>", BookDetail)
    expected = 1 if value in ("0", "-1") else 0
    with count_queries(expected):
        assert client.get(f"/b/{_quoted(value)}").status_code == 404


def _quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("value", ["0", str(2**31), str(2**63), "9" * 400, "9" * 4000])
def test_key_behind_a_typed_route_is_404(app, book, value):
    """Werkzeug's int has no bounds; the column has."""
    client = route(app, "/<int:pk>", BookDetail)
    assert client.get(f"/{value}").status_code == 404


@pytest.mark.parametrize(
    ("slug", "statements"),
    [
        *((s, 0) for s in ("a\0b", "\0", "x" * 51, "x" * 60000, "\ud800")),
        *((s, 1) for s in ("%", "_", "one-1 ", "one-1\u200b", "' OR '1'='1")),
        *((s, 1) for s in ("ONE-1", "\uff4fne-1", "one", "x" * 50)),
    ],
)
def test_slug_matches_as_it_is_stored_or_404(app, book, slug, statements):
    """No wildcard, no NUL, no more letters than the column has."""
    client = route(app, "/b/<path:slug>", BookDetail)
    with count_queries() as seen:
        assert client.get(f"/b/{_quoted(slug)}").status_code == 404
    # bytes that are no UTF-8 arrive as replacement characters
    assert len(seen) == (1 if slug == "\ud800" else statements)


@pytest.mark.parametrize(
    ("model", "good", "bad"),
    [
        (Small, ["1", "-1"], [str(2**15), "a"]),
        (Big, ["1", str(2**62)], [str(2**63)]),
        (
            Coded,
            ["00000000-0000-0000-0000-000000000007"],
            ["7", "{00000000-0000-0000-0000-000000000007}", "0" * 31 + "7", "g" * 36],
        ),
        (Named, ["a b", "é", "%"], ["123456", "a\0"]),
        (
            Daily,
            ["2024-02-29"],
            ["2024-02-30", "20240229x", "\u0662024-01-01", "29.2.2024"],
        ),
        (Painted, ["RED"], ["1", "GREEN", "red"]),
    ],
)
def test_value_is_checked_against_the_type_of_its_column(
    app, db, connection, model, good, bad
):
    """What could be there costs a statement, anything else is a 404 without one."""
    Base.metadata.create_all(connection)
    client = route(app, "/<path:pk>", DetailView, model=model)
    for values, statements in ((good, 1), (bad, 0)):
        for value in values:
            with count_queries(statements):
                assert client.get(f"/{_quoted(value)}").status_code == 404


def test_row_of_each_kind_of_key_is_found(app, db, connection):
    """Strict spelling still finds what is there."""
    Base.metadata.create_all(connection)
    code = uuid.uuid4()
    db.add_all(
        [Coded(code=code), Daily(day=date(2024, 2, 29)), Painted(colour=Colour.RED)]
    )
    db.commit()
    for model in (Coded, Daily, Painted):
        route(app, f"/{model.__name__}/<pk>", DetailView, model.__name__, model=model)
    client = app.test_client()
    for address in (f"/Coded/{code}", "/Daily/2024-02-29", "/Painted/RED"):
        assert client.get(address).status_code == 200


def test_404_does_not_echo_the_address(app, book):
    """The page of a missing object shows nothing that was sent."""
    client = route(app, "/<path:slug>", BookDetail)
    response = client.get("/<script>alert(1)</script>")
    assert response.status_code == 404
    assert "script" not in response.text


# --- wrong set-up -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "no model and no queryset"),
        ({"queryset": Query(Book)}, "legacy Query"),
        ({"queryset": "book"}, "'book' where a statement belongs"),
        ({"model": object}, "no class mapped"),
    ],
)
def test_wrong_source_is_refused_when_as_view_is_called(options, text):
    """The error names the class and the cures."""
    with pytest.raises(ImproperlyConfigured, match=f"DetailView has.*{text}"):
        DetailView.as_view(**options)


@pytest.mark.parametrize(
    "source", [[], select(Book.id), select(Book.id, Book.title), select(func.count())]
)
def test_source_without_one_class_is_refused(app, db, source):
    """An object is looked up in a statement of one mapped class."""

    class Wrong(DetailView):
        def get_queryset(self):
            return source

    client = route(app, "/<int:pk>", Wrong)
    with pytest.raises(ImproperlyConfigured, match=r"Wrong .*select\(Model\)"):
        client.get("/1")


def test_route_without_key_or_slug_is_no_404(app, db):
    """The error names the class and what the rule wants."""
    client = route(app, "/<int:id>", BookDetail)
    with pytest.raises(ImproperlyConfigured, match=r"BookDetail .*'pk' or 'slug'"):
        client.get("/1")


def test_composite_key_needs_all_its_values(app, db, connection):
    """A part of a key finds nothing."""
    client = route(app, "/<int:order_id>", DetailView, model=Line)
    with pytest.raises(ImproperlyConfigured, match="order_id and position"):
        client.get("/1")


@pytest.mark.parametrize("field", ["nothing", "author", "metadata"])
def test_slug_field_must_be_a_column(app, db, field):
    """The error names the class, the field and the model."""
    client = route(app, "/<slug>", BookDetail, slug_field=field)
    with pytest.raises(ImproperlyConfigured, match=f"BookDetail .*{field!r}.*Book"):
        client.get("/x")


def test_name_of_flasks_own_needs_another(app, db, connection):
    """A model called Request would hide Flask's request from its template."""
    Base.metadata.create_all(connection)
    db.add(Request(id=1))
    db.commit()
    client = route(app, "/<int:pk>", DetailView, model=Request)
    route(app, "/n/<int:pk>", DetailView, "n", model=Request, context_object_name="r")
    with pytest.raises(ImproperlyConfigured, match="context_object_name"):
        client.get("/1")
    assert client.get("/n/1").context["r"].id == 1


def test_several_rows_are_no_404(app, book):
    """A slug that is not unique is a fault of the set-up, not of the reader."""
    client = route(app, "/<slug>", BookDetail, slug_field="notes")
    with pytest.raises(MultipleResultsFound):
        client.get("/n")


# --- scope and hooks ----------------------------------------------------------------


def test_scope_holds_over_every_override(app, book, db):
    """Another user's row is not there, whatever get_queryset says."""
    user = User(username="u")
    db.add(user)
    db.flush()
    book.owner_id = user.id
    db.commit()

    class Mine(BookDetail):
        scope = Book.owner_id == current_user_id

    class Wide(Mine):
        def get_queryset(self):
            return select(Book)

        def get_object(self, queryset=None):
            return super().get_object(select(Book))

    client = route(app, "/m/<int:pk>", Mine)
    route(app, "/w/<int:pk>", Wide)
    addresses = [f"/{name}/{book.id}" for name in "mw"]
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    client.force_login(user)
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    assert client.get(f"/m/{book.id + 1}").status_code == 404


def test_scope_asks_for_each_request(app, book):
    """The statement is prepared once, its values are not."""

    class Allowed(BookDetail):
        scope = Book.title == per_request(lambda: g.title)

        def dispatch_request(self, **kwargs):
            g.title = kwargs.pop("title")
            return super().dispatch_request(**kwargs)

    client = route(app, "/<title>/<int:pk>", Allowed)
    found = [client.get(f"/{t}/{book.id}").status_code for t in ("One", "Two", "One")]
    assert found == [200, 404, 200]


def test_statement_is_prepared_once(app, book):
    """The same statement object is run for every request."""
    seen = []

    class Noted(BookDetail):
        def get_queryset(self):
            seen.append(super().get_queryset())
            return seen[-1]

    client = route(app, "/<int:pk>", Noted)
    for _ in range(3):
        client.get(f"/{book.id}")
    assert seen[-1] is seen[-2]


def test_queryset_narrows_the_search(app, book):
    """Declared or returned by the hook."""
    only = select(Book).where(Book.title == "Two")
    client = route(app, "/<int:pk>", DetailView, queryset=only)
    assert client.get(f"/{book.id}").status_code == 404
    assert client.get(f"/{book.id + 1}").status_code == 200


def test_another_model_may_be_looked_up_beside_its_list(app, book, db):
    """SingleObjectMixin on another class searches that class, without the scope."""

    class Books(BookDetail):
        scope = Book.title == "nothing"

        def get_object(self, queryset=None):
            return super().get_object(select(Author))

    client = route(app, "/<int:pk>", Books)
    assert client.get(f"/{book.author_id}").context["author"].name == "Ann"


def test_get_slug_field_and_name_are_hooks(app, book):
    """As in Django."""

    class Hooks(BookDetail):
        def get_slug_field(self):
            return "title"

        def get_context_object_name(self, obj):
            return obj.title.lower()

    context = route(app, "/<slug>", Hooks).get("/One").context
    assert context["one"] is context["object"]
    assert "book" not in context


def test_mixin_works_in_any_view(app, book):
    """SingleObjectMixin alone finds the object for a view of another kind."""

    class Raw(SingleObjectMixin[Book], View):
        def get(self, **kwargs):
            return self.object.title

    class Page(SingleObjectMixin[Book], TemplateView):
        template_name = "p.html"

    app.jinja_loader = DictLoader({"p.html": "{{ book.title }}"})
    client = route(app, "/r/<int:pk>", Raw)
    route(app, "/p/<int:pk>", Page)
    texts = [client.get(f"/{name}/{book.id}").text for name in "rp"]
    assert texts == ["One", "One"]


def test_context_without_an_object_has_no_name_for_it(app):
    """Neither `object` nor the model's name is there."""

    class Nothing(DetailView[Book]):
        template_name = "p.html"

        def get_object(self, queryset=None):
            return None

    app.jinja_loader = DictLoader({"p.html": "x"})
    context = route(app, "/", Nothing).get("/").context
    assert "object" not in context
    assert "book" not in context


# --- templates ----------------------------------------------------------------------


def test_candidates_are_most_specific_first(app, book):
    """The object's own template, the blueprint's, the model's, the default."""
    names = []

    class Noted(BookDetail):
        template_name_field = "notes"

        def get_template_names(self):
            names.append(super().get_template_names())
            return names[-1]

    blueprint = Blueprint("shop", __name__)
    blueprint.add_url_rule("/s/<int:pk>", view_func=Noted.as_view())
    app.register_blueprint(blueprint)
    app.test_client().get(f"/s/{book.id}")
    assert names == [
        ["n", "shop/book_detail.html", "book_detail.html", "cbv/object_detail.html"]
    ]


def test_template_of_the_object_wins(app, book):
    """template_name_field names a column that may name a template."""
    app.jinja_loader = DictLoader({"n": "own", "p.html": "declared"})
    options = {"template_name_field": "notes", "template_name": "p.html"}
    client = route(app, "/<int:pk>", BookDetail, **options)
    route(app, "/s/<int:pk>", BookDetail, "s", template_name_field="slug")
    assert client.get(f"/{book.id}").text == "own"
    assert "One" in client.get(f"/s/{book.id}").text


def test_default_template_shows_every_column_but_passwords(app, db):
    """It works at once, and gives no hash away."""
    user = User(username="ann", email="a@b.example")
    user.set_password("secret-word")
    db.add(user)
    db.commit()
    text = route(app, "/<int:pk>", DetailView, model=User).get(f"/{user.id}").text
    assert "a@b.example" in text
    assert "password" not in text.lower()
    assert user.password_hash not in text


def test_object_is_escaped_in_the_default_template(app, db):
    """Markup in a title stays text."""
    book = Book(title="<script>x</script>")
    db.add(book)
    db.commit()
    text = route(app, "/<int:pk>", BookDetail).get(f"/{book.id}").text
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def test_tags_of_a_missing_object_are_never_asked_for(app, db):
    """A 404 costs the one look-up alone."""
    db.add(Tag(name="x"))
    db.commit()
    client = route(app, "/<int:pk>", BookDetail, related=["tags"])
    with count_queries(1):
        assert client.get("/1").status_code == 404
