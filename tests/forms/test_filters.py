"""FilterMixin: a list that its readers may filter, search and sort, within limits."""

from __future__ import annotations

import enum
from datetime import date

import pytest
from flask import request
from sqlalchemy import ARRAY
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Integer
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from cbv import FilterMixin
from cbv import ImproperlyConfigured
from cbv import KeysetPaginator
from cbv import ListView
from cbv.testing import count_queries
from cbv.views import FilterMixin as SameMixin
from support import column_models
from support.library_models import Author
from support.library_models import Book
from support.library_models import Tag


class Base(DeclarativeBase):
    pass


class Kind(enum.Enum):
    NEW = "n"
    USED = "u"


class Shelf(Base):
    __tablename__ = "filter_shelf"
    row: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)


class Item(Base):
    __tablename__ = "filter_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    kind: Mapped[Kind | None]
    sold: Mapped[bool | None]
    day: Mapped[date | None]
    price: Mapped[float | None]
    row: Mapped[int | None]
    place: Mapped[int | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("filter_item.id"))
    shelf: Mapped[Shelf | None] = relationship()
    __table_args__ = (
        ForeignKeyConstraint(
            ["row", "place"], ["filter_shelf.row", "filter_shelf.place"]
        ),
    )

    def __str__(self):
        return self.name


class Books(FilterMixin, ListView[Book]):
    ordering = "title"
    paginate_by = 10
    filter_fields = ["title", "pages", "author_id", "author", "tags"]
    search_fields = ["title", "notes", "author.name", "tags.name"]
    ordering_fields = ["title", "pages"]


@pytest.fixture
def books(db):
    """Five books of two authors, two of them tagged."""
    ann, bob = Author(name="Ann"), Author(name="Bob 100%")
    red, blue = Tag(name="red"), Tag(name="blue")
    db.add_all([ann, bob, red, blue])
    db.flush()
    db.add_all(
        [
            Book(title="One_a", pages=10, author=ann, tags=[red]),
            Book(title="Two%b", pages=20, author=ann, tags=[red, blue]),
            Book(title="Three\\c", pages=30, author=bob, notes="a Whale"),
            Book(title="Four", pages=None, author=bob),
            Book(title="Five/d", pages=20),
        ]
    )
    db.commit()
    return {"ann": ann.id, "bob": bob.id, "red": red.id, "blue": blue.id}


@pytest.fixture
def get(app, db):
    """Ask the list of books; returns the response and the first letters shown."""
    app.add_url_rule("/", view_func=Books.as_view())
    client = app.test_client()

    def ask(**query):
        response = client.get("/", query_string=query)
        assert response.status_code == 200
        return response, [book.title[:3] for book in response.context["object_list"]]

    return ask


def test_mixin_lives_in_list_and_in_cbv():
    """Both homes give the same class."""
    assert SameMixin is FilterMixin


# --- filters ------------------------------------------------------------------------


def test_no_filter_lists_everything_in_one_statement(get, books):
    """Without a value in the query the list is the plain one, in its own order."""
    with count_queries() as seen:
        _, shown = get()
    assert shown == ["Fiv", "Fou", "One", "Thr", "Two"]
    # the others are the options of author_id, author and tags
    assert len(seen) == 4


def test_value_filters_by_equality_and_repeated_is_any_of(get, books):
    """One value is equality, several are alternatives, two fields are both."""
    assert get(pages="20")[1] == ["Fiv", "Two"]
    assert get(pages=["10", "30"])[1] == ["One", "Thr"]
    assert get(pages="20", author_id=books["ann"])[1] == ["Two"]
    assert get(pages="")[1] == get()[1]


def test_relationships_filter_by_key(get, books):
    """A foreign key, its relationship and a many-to-many take keys."""
    assert get(author_id=books["bob"])[1] == ["Fou", "Thr"]
    assert get(author=books["bob"])[1] == ["Fou", "Thr"]
    assert get(tags=books["blue"])[1] == ["Two"]
    assert get(tags=[books["red"], books["blue"]])[1] == ["One", "Two"]
    assert get(author_id=999)[1] == []


def test_unlisted_names_have_no_effect(get, books):
    """A column that is not listed cannot be asked about."""
    everything = get()[1]
    for name in ("notes", "slug", "id", "author.name", "author__name", "pages__gt"):
        assert get(**{name: "x"})[1] == everything


@pytest.mark.parametrize(
    "value",
    ["abc", "1.5", "1e3", "2147483648", "9" * 5000, "٣", "+2", "1\0", "1;drop table x"],
)
@pytest.mark.parametrize("name", ["pages", "author_id", "tags"])
def test_value_that_the_column_cannot_hold_is_an_error_over_nothing(
    get, books, name, value
):
    """Status 200, a form error, an empty list, and nothing of it in SQL."""
    with count_queries() as seen:
        response, shown = get(**{name: value})
    assert shown == []
    assert response.context["filter_form"].errors.keys() == {name}
    assert 'aria-invalid="true"' in response.text
    assert not any(value in statement for statement in seen.statements)


@pytest.mark.parametrize("value", ["x" * 51, "a\0b", "\ud800"])
def test_text_that_the_column_cannot_hold_is_an_error(get, books, value):
    """Too long a text, NUL and lone surrogates are refused alike on each database."""
    if value == "\ud800":
        response = get.__closure__[0].cell_contents.get("/?title=%ED%A0%80")
        assert response.status_code == 200
        return
    response, shown = get(title=value)
    assert shown == []
    assert "title" in response.context["filter_form"].errors


def test_more_values_than_anyone_picks_are_refused(get, books):
    """A thousand alternatives never reach the database."""
    response, shown = get(pages=[str(n) for n in range(101)])
    assert shown == []
    assert "pages" in response.context["filter_form"].errors


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"kind": "NEW"}, ["a", "c"]),
        ({"kind": ["NEW", "USED"]}, ["a", "b", "c"]),
        ({"sold": "true"}, ["a"]),
        ({"sold": "false"}, ["b"]),
        ({"day": "2024-02-29"}, ["b"]),
        ({"price": "1.5"}, ["c"]),
        ({"shelf": "1,2"}, ["a"]),
        ({"parent_id": "100"}, ["b"]),
        ({"kind": "n"}, None),
        ({"sold": "maybe"}, None),
        ({"day": "2024-02-30"}, None),
        ({"price": "nan"}, None),
        ({"shelf": "1"}, None),
    ],
)
def test_each_type_of_column_has_its_filter(app, db, connection, query, names):
    """Enums, booleans, dates, numbers and composite keys; None is a form error."""
    Base.metadata.create_all(connection)
    shelf = Shelf(row=1, place=2)
    a = Item(id=100, name="a", kind=Kind.NEW, sold=True, shelf=shelf)
    b = Item(name="b", kind=Kind.USED, sold=False, day=date(2024, 2, 29), parent_id=100)
    c = Item(name="c", kind=Kind.NEW, price=1.5)
    for item in (shelf, a, b, c):
        db.add(item)
        db.flush()
    db.commit()

    class Items(FilterMixin, ListView[Item]):
        ordering = "name"
        filter_fields = ["kind", "sold", "day", "price", "shelf", "parent_id"]

    app.add_url_rule("/", view_func=Items.as_view())
    response = app.test_client().get("/", query_string=query)
    assert response.status_code == 200
    assert bool(response.context["filter_form"].errors) is (names is None)
    shown = [item.name for item in response.context["object_list"]]
    assert shown == (names or [])


def test_form_shows_what_was_asked_for(get, books):
    """Inputs and options keep their values, several as several."""
    text = get(title=["One_a", "Four"], author_id=books["ann"], q="<b>")[0].text
    assert 'value="One_a"' in text
    assert 'value="Four"' in text
    assert f'<option value="{books["ann"]}" selected>Ann</option>' in text
    assert 'type="search"' in text
    assert "&lt;b&gt;" in text
    assert '<select id="author_id" name="author_id">' in text
    text = get(author_id=[books["ann"], books["bob"]])[0].text
    assert '<select id="author_id" multiple name="author_id">' in text


# --- search -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("four", ["Fou"]),
        ("FOUR", ["Fou"]),
        ("whale", ["Thr"]),
        ("ann", ["One", "Two"]),
        ("ann two", ["Two"]),
        ("blue", ["Two"]),
        ("_", ["One"]),
        ("%", ["Fou", "Thr", "Two"]),
        ("\\", ["Thr"]),
        ("/", ["Fiv"]),
        ("%b", ["Two"]),
        ("'", []),
        ("  ", ["Fiv", "Fou", "One", "Thr", "Two"]),
    ],
)
def test_search_finds_each_word_in_any_text(get, books, words, shown):
    """Words are searched in any case; `%`, `_`, `\\` and `/` stand for themselves."""
    assert get(q=words)[1] == shown


@pytest.mark.parametrize("words", ["a\0b", "x" * 201])
def test_search_that_no_text_can_hold_is_an_error(get, books, words):
    """NUL and endless words: status 200, an error, an empty list."""
    response, shown = get(q=words)
    assert shown == []
    assert "q" in response.context["filter_form"].errors


# --- ordering -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("pages", ["One", "Two", "Fiv", "Thr", "Fou"]),
        ("-pages", ["Thr", "Two", "Fiv", "One", "Fou"]),
        ("-title", ["Two", "Thr", "One", "Fou", "Fiv"]),
    ],
)
def test_listed_names_sort_with_nulls_last(get, books, asked, shown):
    """A name sorts up, with `-` down; NULLs come last, ties by key."""
    assert get(ordering=asked)[1] == shown


@pytest.mark.parametrize(
    "asked",
    [
        *("id", "--pages", "notes", "author.name", "owner__password", "pages,title"),
        *("1", "pages desc", "title;drop table book", "(select 1)", "__class__"),
        *("", "title\0"),
    ],
)
def test_unlisted_order_has_no_effect(get, books, asked):
    """Anything else leaves the list in its own order, and out of SQL."""
    with count_queries() as seen:
        assert get(ordering=asked)[1] == get()[1]
    assert not any("drop" in statement for statement in seen.statements)


def test_heads_sort_and_say_how_it_is_sorted(get, books):
    """A head links to its order, the other way round where it is in force."""
    response, _ = get(ordering="pages", q="o", page="1")
    title, pages = response.context["column_heads"]
    assert (title.sort, pages.sort) == ("none", "ascending")
    assert pages.url == "?q=o&ordering=-pages"
    assert title.url == "?q=o&ordering=title"
    assert (
        '<th scope="col" aria-sort="ascending"><a href="?q=o&amp;ordering=-pages">'
        in (response.text)
    )
    assert [head.sort for head in get()[0].context["column_heads"]] == [
        "ascending",
        "none",
    ]
    assert get(ordering="-pages")[0].context["column_heads"][1].sort == "descending"


def test_form_keeps_the_order_and_links_keep_the_filter(app, db):
    """Neither a new filter nor another page loses what was asked for."""
    db.add_all(Book(title=f"t{n:02}", pages=1) for n in range(15))
    db.commit()
    app.add_url_rule("/", view_func=Books.as_view(page_size_kwarg="size"))
    text = app.test_client().get("/?pages=1&pages=2&ordering=-title&size=5&page=2").text
    assert '<input type="hidden" name="ordering" value="-title">' in text
    assert '<input type="hidden" name="size" value="5">' in text
    assert (
        'href="?pages=1&amp;pages=2&amp;ordering=-title&amp;size=5&amp;page=3"' in text
    )


# --- together with the rest ---------------------------------------------------------


def test_count_and_scope_are_of_the_filtered_list(app, db, books):
    """COUNT sees the filter, and no filter leaves the scope."""

    class Anns(Books):
        scope = Book.author_id == books["ann"]

    app.add_url_rule("/", view_func=Anns.as_view())
    client = app.test_client()
    found = client.get("/?pages=20").context["page_obj"]
    assert (found.paginator.count, len(found)) == (1, 1)
    assert client.get(f"/?author_id={books['bob']}").context["object_list"] == []


def test_filter_holds_over_an_overridden_queryset(app, db, books):
    """An override of get_queryset cannot lose the filter."""

    class Long(Books):
        def get_queryset(self):
            return select(Book).where(Book.pages > 10)

    app.add_url_rule("/", view_func=Long.as_view())
    shown = app.test_client().get("/?tags=" + str(books["red"])).context["object_list"]
    assert [book.title for book in shown] == ["Two%b"]


def test_filter_works_with_keyset_pages(app, db, books):
    """A token of another order is not there; heads begin at the first page."""
    app.add_url_rule(
        "/", view_func=Books.as_view(paginator_class=KeysetPaginator, paginate_by=2)
    )
    client = app.test_client()
    first = client.get("/?ordering=-pages&pages=20&pages=30")
    token = first.context["page_obj"].next_token
    query = {"ordering": "-pages", "pages": ["20", "30"], "after": token}
    second = client.get("/", query_string=query)
    assert [book.pages for book in second.context["object_list"]] == [20]
    assert "after" not in second.context["column_heads"][0].url
    assert client.get("/", query_string={"after": token}).status_code == 404


def test_errors_are_shown_where_an_empty_list_is_a_404(app, db, books):
    """allow_empty = False does not hide the form's error."""
    app.add_url_rule("/", view_func=Books.as_view(allow_empty=False))
    client = app.test_client()
    assert client.get("/?pages=abc").status_code == 200
    assert client.get("/?pages=77").status_code == 404


def test_extra_context_beats_the_form(app, db, books):
    """extra_context is the strongest, here too."""
    view = Books.as_view(extra_context={"filter_form": None})
    app.add_url_rule("/", view_func=view)
    assert app.test_client().get("/").context["filter_form"] is None


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"filter_fields": ["nothing"]}, "filter_fields with 'nothing'"),
        ({"search_fields": ["pages"]}, "search_fields with 'pages'"),
        ({"search_fields": ["author.nothing"]}, "search_fields with 'nothing'"),
        ({"search_fields": ["title.x"]}, "search_fields with 'title.x'"),
        ({"ordering_fields": ["nothing"]}, "ordering 'nothing'"),
        ({"filter_fields": ["pages"], "page_kwarg": "pages"}, "another meaning"),
    ],
)
def test_wrong_names_are_refused_when_as_view_is_called(options, text):
    """The error names the class and the name."""
    with pytest.raises(ImproperlyConfigured, match=f"Books.*{text}"):
        Books.as_view(**options)


def test_sequence_cannot_be_filtered(app):
    """A list has no columns to filter by."""

    class Numbers(FilterMixin, ListView):
        queryset = [1]

    app.add_url_rule("/", view_func=Numbers.as_view())
    with pytest.raises(ImproperlyConfigured, match=r"Numbers filters.*select\(\)"):
        app.test_client().get("/")


# --- what a filter and a search may cost ----------------------------------------------


@pytest.mark.parametrize("column", column_models.Thing.__table__.columns.keys())
def test_a_column_filters_by_any_text_or_is_refused(db, app, column):
    """By each type of column: a form error at most, on both databases."""
    options = {"model": column_models.Thing, "filter_fields": [column]}
    if column in {"span", "document", "blob"}:
        problem = f"Things has filter_fields with '{column}'"
        with pytest.raises(ImproperlyConfigured, match=problem):
            type("Things", (FilterMixin, ListView), options)
        return
    view = type("Things", (FilterMixin, ListView), options)
    app.add_url_rule("/", view_func=view.as_view())
    client = app.test_client()
    for text in ("1", "x", "{}", "[1]", "null", "2020-01-01", "12:00", "a,b", "9" * 30):
        assert client.get("/", query_string={column: text}).status_code == 200


def test_an_array_is_no_filter_whoever_names_the_model():
    """Neither in the class nor in as_view; its statement may name the model."""

    class Row(Base):
        __tablename__ = "filter_row"
        id: Mapped[int] = mapped_column(primary_key=True)
        marks: Mapped[list[int]] = mapped_column(ARRAY(Integer))
        address: Mapped[str] = mapped_column(INET)

    for name in ("marks", "address"):
        for options in ({"model": Row}, {"queryset": select(Row)}):
            with pytest.raises(ImproperlyConfigured, match=f"{name}.*filter_queryset"):
                type("Rows", (FilterMixin, ListView), options).as_view(
                    filter_fields=[name]
                )


@pytest.mark.parametrize(
    ("words", "shown"),
    [("red blue", ["Two"]), ("ann red blue b", ["Two"]), ("blue bob", [])],
)
def test_words_may_be_in_different_related_rows(get, books, words, shown):
    """Each in any row of any relationship."""
    assert get(q=words)[1] == shown


def test_a_search_reads_each_relationship_once(get, books):
    """Whatever the number of words."""

    def selects(words):
        with count_queries() as seen:
            get(q=words)
        return max(statement.count("SELECT") for statement in seen.statements)

    assert selects("a b c d e f g h i j") == selects("a")


def test_a_search_finds_no_row_beside_the_scope(app, db, books):
    """Nor beside the other filters."""

    class Ours(Books):
        scope = Book.pages == 20

    app.add_url_rule("/", view_func=Ours.as_view())
    client = app.test_client()

    def titles(**query):
        answer = client.get("/", query_string=query)
        return [book.title for book in answer.context["object_list"]]

    assert titles(q="red") == ["Two%b"]
    assert titles(q="red", author_id=books["bob"]) == []
    assert titles(q="d") == ["Five/d", "Two%b"]


def test_a_search_goes_over_keys_of_several_columns(app, db):
    db.add(column_models.Team(region="north", number=1, name="Owls"))
    db.flush()
    db.add(column_models.Player(id=1, nick="ann", team_region="north", team_number=1))
    db.add(column_models.Player(id=2, nick="bob", captain_id=1))
    db.commit()

    class Players(FilterMixin, ListView[column_models.Player]):
        search_fields = ["nick", "team.name", "captain.nick", "captain.team.name"]

    app.add_url_rule("/", view_func=Players.as_view())
    for words, found in (("owls", [1, 2]), ("bob owls", [2]), ("ann", [1, 2])):
        answer = app.test_client().get("/", query_string={"q": words})
        assert sorted(row.id for row in answer.context["object_list"]) == found


def test_more_than_ten_words_are_an_error(get, books):
    """Words that differ: one that is repeated counts once."""
    response, shown = get(q=" ".join("abcdefghijk"))
    assert (response.status_code, shown) == (200, [])
    assert response.context["filter_form"].errors == {
        "q": ["Search for at most 10 words at once."]
    }
    assert get(q="two " * 20 + "TWO")[1] == ["Two"]


def test_an_overridden_filter_form_class_may_read_the_request(app, db):
    """as_view, which has no request, does not call it."""

    class Own(FilterMixin, ListView[Book]):
        filter_fields = ["title"]

        def get_filter_form_class(self, model):
            assert request.path == "/"
            return super().get_filter_form_class(model)

    app.add_url_rule("/", view_func=Own.as_view())
    assert "title" in app.test_client().get("/").context["filter_form"]
