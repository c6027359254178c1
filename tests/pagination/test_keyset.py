"""KeysetPaginator and KeysetPage: pages that begin after a row."""

from __future__ import annotations

import enum
import gc
import uuid
import weakref
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import DateTime
from sqlalchemy import Enum
from sqlalchemy import func
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import Numeric
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import TypeDecorator
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import joinedload
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import ImproperlyConfigured
from cbv import KeysetPaginator
from cbv import ListView
from cbv import Paginator
from cbv.db.statements import keep
from cbv.pagination import EmptyPage
from cbv.pagination import InvalidPage
from cbv.pagination.bookmarks import bookmark
from cbv.pagination.bookmarks import read_bookmark
from cbv.pagination.bookmarks import signing_keys
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Book


class Base(DeclarativeBase):
    pass


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Shout(TypeDecorator):
    """Texts that the database keeps in capitals, and Python in small letters."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value and value.upper()

    def process_result_value(self, value, dialect):
        return value and value.lower()


class Thing(Base):
    __tablename__ = "keyset_thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date | None]
    moment: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    clock: Mapped[time | None]
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    weight: Mapped[float | None]
    code: Mapped[uuid.UUID | None]
    colour: Mapped[Colour | None] = mapped_column(Enum(Colour))
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    flag: Mapped[bool | None]
    loud: Mapped[str | None] = mapped_column(Shout(20))
    length: Mapped[timedelta | None]
    payload: Mapped[dict | None] = mapped_column(JSON)


@pytest.fixture
def many(db):
    """Forty books with many equal values and NULLs."""
    author = Author(name="Ann")
    db.add(author)
    db.add_all(
        Book(title=f"t{n * 7 % 5}", pages=n * 3 % 4 or None, notes=f"n{n % 3}")
        for n in range(40)
    )
    db.commit()
    return db


def walk(paginator):
    """Return the keys of all pages, forwards and then back from the last."""
    forwards = list(paginator)
    back, page = [], forwards[-1]
    while page.previous_token is not None:
        page = paginator.page(before=page.previous_token)
        back.insert(0, page)
    there = [row.id for page in forwards for row in page]
    return there, [row.id for page in back for row in page], forwards


ORDERS = {
    "key": [],
    "up": [Book.title],
    "down": [Book.title.desc(), Book.id.desc()],
    "mixed": [Book.title.desc(), Book.notes],
    "nullable": [Book.pages],
    "nullable down": [Book.pages.desc(), Book.title],
    "nulls first": [Book.pages.desc().nulls_first(), Book.title.desc()],
    "nulls later": [Book.title, Book.pages.nulls_last(), Book.notes.desc()],
    "expression": [func.lower(Book.title).desc(), func.coalesce(Book.pages, 9)],
    "label": [func.length(Book.title).label("size"), Book.title.desc()],
}


@pytest.mark.parametrize("order", ORDERS)
def test_every_row_comes_once_forwards_and_back(many, order):
    """Any mixture of directions and NULLs gives each row once, in order."""
    statement = select(Book).order_by(*ORDERS[order])
    paginator = KeysetPaginator(statement, 7, session=many)
    there, back, pages = walk(paginator)
    assert len(there) == len(set(there)) == 40
    assert back == there[: 40 - len(pages[-1])]
    assert [len(page) for page in pages] == [7, 7, 7, 7, 7, 5]


@pytest.mark.parametrize("order", ["up", "down", "mixed", "nulls first", "nulls later"])
def test_order_is_that_of_the_statement(many, order):
    """Where the statement leaves nothing to the database, the order is its own."""
    statement = select(Book).order_by(*ORDERS[order])
    wanted = many.scalars(statement.order_by(Book.id)).all()
    there, _, _ = walk(KeysetPaginator(statement, 7, session=many))
    if order != "nulls later":
        assert there == [book.id for book in wanted]
    assert set(there) == {book.id for book in wanted}


def test_nulls_come_last_on_every_database(many):
    """Without a word in the statement, NULLs end the list in both directions."""
    for order in (Book.pages, Book.pages.desc()):
        pages = KeysetPaginator(select(Book).order_by(order), 40, session=many).page()
        values = [book.pages for book in pages]
        assert values[-10:] == [None] * 10
        assert None not in values[:-10]


@pytest.mark.parametrize("related", [False, True])
def test_page_is_one_statement_without_count(many, related):
    """A page costs one statement at any depth, related rows included."""
    statement = select(Book).order_by(Book.title)
    if related:
        statement = statement.options(joinedload(Book.author))
    paginator = KeysetPaginator(statement, 5, session=many)
    token = paginator.page().next_token
    with count_queries(1) as seen:
        page = paginator.page(token)
        assert (page.has_next(), page.has_previous()) == (True, True)
    assert "count(" not in seen.statements[0].lower()
    assert (paginator.count, paginator.num_pages) == (None, None)


def test_first_and_last_page_have_one_neighbour(many):
    """Tokens are None where there is no page."""
    pages = list(KeysetPaginator(select(Book), 15, session=many))
    assert [p.has_previous() for p in pages] == [False, True, True]
    assert [p.has_next() for p in pages] == [True, True, False]
    assert pages[0].previous_token is pages[-1].next_token is None
    assert repr(pages[-1]) == "<KeysetPage of 10>"


def test_rows_that_come_and_go_move_no_page(many):
    """What is deleted or added before a page neither hides nor repeats rows."""
    paginator = KeysetPaginator(select(Book), 5, session=many)
    first = paginator.page()
    second = [book.id for book in paginator.page(first.next_token)]
    many.delete(first[4])
    many.delete(first[0])
    many.flush()
    assert [b.id for b in paginator.page(first.next_token)] == second
    assert [b.id for b in paginator.page(before=first.next_token)] == [
        first[n].id for n in (1, 2, 3)
    ]


def test_page_after_the_last_row_is_empty(many):
    """Rows may be gone by the time their token comes back."""
    paginator = KeysetPaginator(select(Book), 39, session=many)
    page = paginator.page()
    for book in many.scalars(select(Book).where(Book.id > page[-1].id)):
        many.delete(book)
    many.flush()
    empty = paginator.page(page.next_token)
    assert (list(empty), empty.has_next(), empty.has_previous()) == ([], False, False)
    strict = KeysetPaginator(
        select(Book), 39, allow_empty_first_page=False, session=many
    )
    with pytest.raises(EmptyPage):
        strict.page(page.next_token)


def test_orphans_join_the_last_page(many):
    """As with numbered pages, few rows get no page of their own."""
    pages = list(KeysetPaginator(select(Book), 18, orphans=4, session=many))
    assert [len(page) for page in pages] == [18, 22]


def test_pages_have_no_numbers(many):
    """Asking a keyset page for a number is refused, not answered wrongly."""
    page = KeysetPaginator(select(Book), 5, session=many).page()
    for ask in (page.next_page_number, page.previous_page_number, page.start_index):
        with pytest.raises(InvalidPage, match="tokens"):
            ask()


@pytest.mark.parametrize(
    "column",
    [
        *("day", "moment", "clock", "price", "weight"),
        *("code", "colour", "raw", "flag", "loud", "length"),
    ],
)
def test_values_of_every_type_come_back(db, connection, column):
    """A token carries dates, numbers, enums, bytes and own types unharmed."""
    Base.metadata.create_all(connection)
    values = {
        "day": date(2024, 2, 29),
        "moment": datetime(2024, 2, 29, 12, 30, 1, 5, tzinfo=UTC),
        "clock": time(23, 59, 1),
        "price": Decimal("1234.50"),
        "weight": 1e-7,
        "code": uuid.UUID(int=7),
        "colour": Colour.BLUE,
        "raw": b"\0\xff",
        "flag": True,
        "loud": "abc",
        "length": timedelta(days=3, seconds=5),
    }
    db.add_all(Thing(**({column: values[column]} if n % 2 else {})) for n in range(9))
    db.commit()
    statement = select(Thing).order_by(getattr(Thing, column))
    there, back, _ = walk(KeysetPaginator(statement, 2, session=db))
    assert len(set(there)) == len(there) == 9
    assert back == there[:8]


@pytest.mark.parametrize(
    "source",
    [
        [1, 2],
        select(Book.title, Book.pages),
        select(Book).limit(3),
        select(Book).group_by(Book.id),
        select(Thing).order_by(Thing.payload),
    ],
)
def test_source_that_cannot_be_continued_is_refused(source):
    """A sequence, columns, a LIMIT or groups name the cure."""
    with pytest.raises(ImproperlyConfigured, match="paginator_class = Paginator"):
        KeysetPaginator(source, 5)


def test_nothing_is_kept_beyond_the_statement(many):
    """A statement of one request can go with all that was made of it."""
    statement = keep(select(Book).order_by(Book.title))
    list(KeysetPaginator(statement, 20, session=many))
    gone = weakref.ref(statement)
    del statement
    gc.collect()
    assert gone() is None


# --- tokens -----------------------------------------------------------------------


FORGED = [
    "x",
    "é",
    "a" * 5,
    "=",
    "null",
    "\0",
    "W10",
    "AAAA" * 5000,
    "../..",
    "%00",
    "٣",
]


@pytest.mark.parametrize("token", FORGED)
def test_forged_tokens_are_refused_before_sql(many, token):
    """What no page gave leads nowhere, forwards and back."""
    paginator = KeysetPaginator(select(Book), 5, session=many)
    with count_queries(0):
        for turn in ({"after": token}, {"before": token}):
            with pytest.raises(InvalidPage):
                paginator.page(**turn)
    assert list(paginator.get_page(token)) == list(paginator.page())


def test_any_change_to_a_token_is_noticed(many):
    """Each letter is under the signature."""
    paginator = KeysetPaginator(select(Book).order_by(Book.title), 5, session=many)
    token = paginator.page().next_token
    for place in range(len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(InvalidPage):
            paginator.page(token[:place] + other + token[place + 1 :])


def test_token_of_another_order_is_refused(many):
    """A token is good for the list and the order that gave it."""
    token = KeysetPaginator(select(Book), 5, session=many).page().next_token
    for other in (select(Book).order_by(Book.title), select(Author)):
        with pytest.raises(InvalidPage):
            KeysetPaginator(other, 5, session=many).page(token)


def test_secret_key_signs_and_old_keys_are_read():
    """Tokens outlive a change of SECRET_KEY as long as the old one is a fallback."""
    app = Flask(__name__)
    app.secret_key = "old"
    with app.app_context():
        text = bookmark([1, None, "é"], "list", signing_keys())
        app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"])
        assert read_bookmark(text, "list", signing_keys()) == [1, None, "é"]
        app.config["SECRET_KEY_FALLBACKS"] = None
        with pytest.raises(ValueError, match="not a bookmark"):
            read_bookmark(text, "list", signing_keys())


def test_durations_can_be_sorted_by():
    """A timedelta keeps its microseconds."""
    value = timedelta(days=-1, microseconds=3)
    assert read_bookmark(bookmark([value], "x", [b"k"]), "x", [b"k"]) == [value]


def test_value_without_a_text_is_refused():
    """Nothing is pickled into an address."""
    with pytest.raises(TypeError, match="object cannot be put"):
        bookmark([object()], "x", [b"k"])


# --- in a view --------------------------------------------------------------------


@pytest.fixture
def listed(app, many):
    """A list view of books in keyset pages of ten."""

    class Books(ListView[Book]):
        ordering = ["-pages", "title"]
        paginate_by = 10
        paginator_class = KeysetPaginator

    app.add_url_rule("/", view_func=Books.as_view())
    return app.test_client()


def test_list_view_follows_after_and_before(listed):
    """Links carry the tokens; each page is one statement."""
    first = listed.get("/")
    page = first.context["page_obj"]
    assert first.context["is_paginated"] is True
    with count_queries(1):
        second = listed.get("/", query_string={"after": page.next_token})
    back = second.context["page_obj"].previous_token
    again = listed.get("/", query_string={"before": back})
    assert [b.id for b in again.context["object_list"]] == [
        b.id for b in first.context["object_list"]
    ]
    assert f"after={second.context['page_obj'].next_token}" in second.text
    assert f"before={back}" in second.text


@pytest.mark.parametrize("token", FORGED)
@pytest.mark.parametrize("name", ["after", "before"])
def test_forged_token_is_404(listed, name, token):
    """A page that no link leads to is not there."""
    with count_queries(0):
        assert listed.get("/", query_string={name: token}).status_code == 404


def test_empty_token_is_the_first_page(listed):
    """As an empty page number is."""
    assert listed.get("/?after=&before=").status_code == 200


def test_iterating_no_rows_gives_no_page_where_none_may_be_empty(app, db):
    """As with Paginator: the end of the pages is no error."""
    with app.test_request_context():
        for allowed, pages in ((True, 1), (False, 0)):
            for paginator_class in (KeysetPaginator, Paginator):
                paginator = paginator_class(
                    select(Book), 2, allow_empty_first_page=allowed
                )
                assert len(list(paginator)) == pages
