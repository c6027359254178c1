"""Paginator and Page: a statement or a sequence in pages."""

from __future__ import annotations

import warnings
from collections import UserList

import pytest
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cbv import ImproperlyConfigured
from cbv import Paginator
from cbv.pagination import EmptyPage
from cbv.pagination import Page
from cbv.pagination import PageNotAnInteger
from cbv.pagination import UnorderedObjectListWarning
from cbv.pagination.paginator import page_size
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Book


@pytest.fixture
def books(db):
    """Twenty-three books in the order of their titles."""
    author = Author(name="Ann")
    found = [Book(title=f"Book {n:02}", author=author) for n in range(1, 24)]
    db.add_all([author, *found])
    db.commit()
    return [book.title for book in found]


def titles(page):
    return [book.title for book in page]


# --- which page -------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, "1", "01", 1.0, 3, "3"])
def test_numbers_in_ascii_digits_are_pages(number):
    """An integer, a whole float or its ASCII digits name a page."""
    assert Paginator(range(25), 10).page(number).number == int(number)


@pytest.mark.parametrize(
    "number",
    [
        *(
            "abc",
            "1.0",
            "1e3",
            "+2",
            "-1",
            " 2",
            "2\n",
            "1_0",
            "0x1",
            "٣",
            "²",
            "",
            "nan",
        ),
        *("", "٣", "²", "\uff11", "last", "1\0", b"1", 1.5, None, True, []),
    ],
)
def test_other_spellings_are_no_integer(number):
    """What is no number in ASCII digits is PageNotAnInteger."""
    with pytest.raises(PageNotAnInteger, match="not an integer"):
        Paginator(range(25), 10).page(number)


@pytest.mark.parametrize("number", [0, -1, "0", 4, "4", 10**400, "9" * 5000, 2**63])
def test_numbers_without_a_page_are_empty(number):
    """A number below 1 or beyond the last page is EmptyPage, however great."""
    with pytest.raises(EmptyPage):
        Paginator(range(25), 10).page(number)


@pytest.mark.parametrize("number", [2**31, 2**62, 2**63, 10**400, "9" * 5000])
def test_great_numbers_are_empty_on_every_database(db, books, number):
    """No page number overflows the offset of a database."""
    with pytest.raises(EmptyPage):
        Paginator(select(Book), 10, session=db).page(number)


def test_get_page_never_fails():
    """Nonsense is the first page, a number beyond is the last."""
    paginator = Paginator(range(25), 10)
    assert [paginator.get_page(n).number for n in ("x", 0, 99, 2)] == [1, 3, 3, 2]


def test_page_for_reads_number_or_last():
    """The page is asked for by name; without a value it is the first."""
    paginator = Paginator(range(25), 10)

    def number(**values):
        return paginator.page_for(values.get, "p").number

    assert (number(), number(p=""), number(p="2"), number(p="last")) == (1, 1, 2, 3)


def test_error_messages_can_be_replaced():
    """A text of one's own replaces the default of that error alone."""
    paginator = Paginator(range(5), 2, error_messages={"min_page": "Too low"})
    with pytest.raises(EmptyPage, match="Too low"):
        paginator.page(0)
    with pytest.raises(EmptyPage, match="contains no results"):
        paginator.page(9)


# --- what is on it ----------------------------------------------------------------


def test_page_tells_where_it_stands():
    """Numbers, neighbours and indices are Django's."""
    paginator = Paginator(range(25), 10)
    first, last = paginator.page(1), paginator.page(3)
    assert (paginator.count, paginator.num_pages) == (25, 3)
    assert list(paginator.page_range) == [1, 2, 3]
    assert (first.has_previous(), first.has_next(), first.has_other_pages()) == (
        False,
        True,
        True,
    )
    assert (first.next_page_number(), last.previous_page_number()) == (2, 2)
    assert (last.start_index(), last.end_index()) == (21, 25)
    assert (first.start_index(), first.end_index()) == (1, 10)
    assert repr(last) == "<Page 3 of 3>"
    for turn in (first.previous_page_number, last.next_page_number):
        with pytest.raises(EmptyPage):
            turn()


def test_page_is_a_sequence():
    """A page has length, items and slices; a text is no index."""
    page = Paginator("abcdefgh", 3).page(2)
    assert (len(page), page[0], page[1:], list(page)) == (3, "d", ["e", "f"], [*"def"])
    assert "e" in page
    with pytest.raises(TypeError, match="indices"):
        page["number"]


def test_orphans_join_the_page_before():
    """So many items or fewer get no page of their own."""
    paginator = Paginator(range(12), 5, orphans=2)
    assert paginator.num_pages == 2
    assert list(paginator.page(2)) == [5, 6, 7, 8, 9, 10, 11]
    assert paginator.page(2).end_index() == 12
    assert Paginator(range(13), 5, orphans=2).num_pages == 3


@pytest.mark.parametrize("counted", [True, False])
def test_empty_first_page_is_allowed_or_not(db, counted):
    """Page 1 of nothing is an empty page, unless that is forbidden."""
    paginator = Paginator(select(Book), 5, session=db, counted=counted)
    page = paginator.page(1)
    assert (list(page), page.has_other_pages(), page.start_index()) == ([], False, 0)
    assert page.end_index() == 0
    strict = Paginator(
        select(Book), 5, allow_empty_first_page=False, session=db, counted=counted
    )
    with pytest.raises(EmptyPage):
        strict.page(1)
    assert list(strict) == []


@pytest.mark.parametrize("counted", [True, False])
def test_pages_follow_one_another(db, books, counted):
    """Iterating a paginator gives every row once."""
    paginator = Paginator(
        select(Book).order_by(Book.title), 5, session=db, counted=counted
    )
    pages = [titles(page) for page in paginator]
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert [title for page in pages for title in page] == books


# --- how it is read ---------------------------------------------------------------


def test_page_of_a_model_with_its_count_is_one_statement(db, books):
    """COUNT travels in the page's own statement."""
    paginator = Paginator(select(Book).order_by(Book.title), 5, session=db)
    with count_queries(1):
        page = paginator.page(2)
        assert (paginator.count, page.has_next()) == (23, True)
    assert titles(page) == books[5:10]


def test_page_beyond_the_end_counts_once_more(db, books):
    """Only an empty page needs a second statement, for the number of pages."""
    paginator = Paginator(select(Book), 5, session=db)
    with count_queries(2), pytest.raises(EmptyPage):
        paginator.page(9)


def test_equal_rows_are_ordered_by_their_key(db):
    """Ties never move between pages: the primary key is the last sort key."""
    db.add_all(Book(title="same") for _ in range(12))
    db.commit()
    seen = [
        b.id
        for p in Paginator(select(Book).order_by(Book.title), 5, session=db)
        for b in p
    ]
    assert seen == sorted(seen)
    assert len(set(seen)) == 12


@pytest.mark.parametrize(
    "shape", ["plain", "where", "join", "distinct", "group", "limit"]
)
def test_count_fits_the_shape_of_the_statement(db, books, shape):
    """Joins, DISTINCT, GROUP BY and LIMIT are counted as they are."""
    statement = {
        "plain": select(Book),
        "where": select(Book).where(Book.title < "Book 11"),
        "join": select(Book).join(Author).options(joinedload(Book.author)),
        "distinct": select(Book).distinct(),
        "group": select(Book.author_id, func.count())
        .group_by(Book.author_id)
        .order_by("author_id"),
        "limit": select(Book).limit(7),
    }[shape]
    wanted = {"where": 10, "group": 1, "limit": 7}.get(shape, 23)
    assert Paginator(statement, 5, session=db).count == wanted


def test_rows_of_several_columns_can_be_paged(db, books):
    """A statement of columns gives rows, counted by a second statement."""
    statement = select(Book.title, Book.pages).order_by(Book.title)
    paginator = Paginator(statement, 5, session=db)
    with count_queries(2):
        page = paginator.page(2)
    assert page[0].title == "Book 06"


def test_only_an_unordered_row_statement_warns(db):
    """A mapped class is ordered by its key, so it needs no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Paginator(select(Book), 5)
        Paginator(select(Book.title).order_by(Book.title), 5)
        Paginator([3, 1, 2], 5)
    with pytest.warns(UnorderedObjectListWarning, match="order_by"):
        Paginator(select(Book.title, Book.pages), 5)


def test_per_page_may_be_a_text():
    """Sizes are turned into integers, as in Django."""
    assert Paginator(range(9), "3", orphans="1").num_pages == 3


# --- deep pages -------------------------------------------------------------------


@pytest.fixture
def many(db):
    """A thousand books, some without pages and all with equal ones."""
    author = Author(name="Ann")
    db.add(author)
    db.flush()
    rows = [
        {"title": f"t{n % 7}", "pages": n % 5 or None, "author_id": author.id}
        for n in range(1000)
    ]
    db.execute(Book.__table__.insert(), rows)
    db.commit()


@pytest.mark.parametrize("counted", [True, False])
def test_deep_page_says_what_a_plain_one_would(db, many, counted):
    """Keys first changes neither rows nor order, nor the one statement."""
    statement = (
        select(Book)
        .where(Book.title != "t3")
        .order_by(Book.pages.desc(), Book.title)
        .options(joinedload(Book.author))
    )
    wanted = db.scalars(statement.order_by(Book.id).offset(800).limit(10)).all()
    paginator = Paginator(statement, 10, session=db, counted=counted)
    with count_queries(1) as seen:
        page = paginator.page(81)
    assert [b.id for b in page] == [b.id for b in wanted]
    assert seen.statements[0].count("JOIN") == 2
    assert page.has_next()
    with count_queries(0):
        assert page[0].author.name == "Ann"


@pytest.mark.parametrize(
    "statement",
    [
        select(Book).join(Author),
        select(Book).distinct(),
        select(Book).order_by(func.lower(Book.title)),
        select(Book).outerjoin(Author).order_by(Author.name),
        select(Book).limit(900),
    ],
)
def test_statement_that_keys_do_not_suffice_for_is_read_as_it_is(db, many, statement):
    """A join, DISTINCT, LIMIT or an expression keeps the plain statement."""
    with count_queries() as seen:
        page = Paginator(statement, 10, session=db).page(30)
    assert "JOIN (SELECT" not in seen.statements[0]
    assert len(page) == 10


@pytest.mark.parametrize("counted", [True, False])
def test_pages_stay_within_a_limit_of_the_statement(db, books, counted):
    """A statement's own LIMIT and OFFSET are its first and last row."""
    statement = select(Book).order_by(Book.title).limit(7).offset(3)
    pages = [titles(p) for p in Paginator(statement, 3, session=db, counted=counted)]
    assert pages == [books[3:6], books[6:9], books[9:10]]


def test_limit_that_is_no_number_cannot_be_paged(db):
    """FETCH or a computed limit is refused, with the cure."""
    for statement in (select(Book).fetch(3), select(Book).limit(func.abs(3))):
        with pytest.raises(ImproperlyConfigured, match="plain numbers"):
            Paginator(statement, 3, session=db).page(1)


# --- without COUNT ----------------------------------------------------------------


def test_uncounted_pages_know_of_the_next_one(db, books):
    """One row more tells whether a page follows; nothing is counted."""
    paginator = Paginator(
        select(Book).order_by(Book.title), 5, session=db, counted=False
    )
    with count_queries(1) as seen:
        page = paginator.page(4)
        assert (page.has_next(), page.has_previous()) == (True, True)
        assert page.next_page_number() == 5
    assert "count(" not in seen.statements[0]
    assert (paginator.count, paginator.num_pages) == (None, None)
    assert (list(paginator.page_range), repr(page)) == ([], "<Page 4>")
    assert (page.start_index(), page.end_index()) == (16, 20)


def test_last_uncounted_page_has_no_next_one(db, books):
    """The last page ends the list, and there is no page beyond it."""
    paginator = Paginator(
        select(Book).order_by(Book.title), 5, session=db, counted=False
    )
    last = paginator.page(5)
    assert (titles(last), last.has_next()) == (books[20:], False)
    assert last.end_index() == 23
    with pytest.raises(EmptyPage):
        last.next_page_number()
    for number in (6, 10**6):
        with pytest.raises(EmptyPage):
            paginator.page(number)


def test_last_needs_a_count():
    """Without COUNT nobody knows which page is the last."""
    with pytest.raises(PageNotAnInteger):
        Paginator(range(9), 2, counted=False).page_for({"page": "last"}.get)


def test_uncounted_orphans_join_the_page_before():
    """Orphans are shown once, and their own page is not there."""
    paginator = Paginator(range(12), 5, orphans=2, counted=False)
    assert [list(page) for page in paginator] == [[0, 1, 2, 3, 4], [*range(5, 12)]]
    with pytest.raises(EmptyPage):
        paginator.page(3)
    assert [len(p) for p in Paginator(range(13), 5, orphans=2, counted=False)] == [
        5,
        5,
        3,
    ]


def test_get_page_without_count_falls_back_to_the_first():
    """Beyond the end there is no last page to go to."""
    assert Paginator(range(9), 2, counted=False).get_page(99).number == 1


# --- many pages -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (1, "1 2 3 4 … 49 50"),
        (7, "1 2 3 4 5 6 7 8 9 10 … 49 50"),
        (8, "1 2 … 5 6 7 8 9 10 11 … 49 50"),
        (43, "1 2 … 40 41 42 43 44 45 46 … 49 50"),
        (44, "1 2 … 41 42 43 44 45 46 47 48 49 50"),
        (50, "1 2 … 47 48 49 50"),
    ],
)
def test_elided_range_shows_both_ends_and_the_neighbours(number, shown):
    """As in Django; a gap of one page is shown as that page."""
    paginator = Paginator(range(500), 10)
    found = paginator.get_elided_page_range(number)
    assert " ".join(map(str, found)) == shown


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"on_each_side": 1, "on_ends": 1}, "1 … 9 10 11 … 50"),
        ({"on_each_side": 0, "on_ends": 0}, "… 10 …"),
        ({"on_each_side": 30}, " ".join(map(str, range(1, 51)))),
    ],
)
def test_elided_range_takes_its_widths(options, shown):
    """Both widths are the caller's; few pages are all shown."""
    found = Paginator(range(500), 10).get_elided_page_range("10", **options)
    assert " ".join(map(str, found)) == shown


def test_elided_range_of_a_page_that_is_not_there():
    """It is refused as the page itself is."""
    with pytest.raises(EmptyPage):
        list(Paginator(range(500), 10).get_elided_page_range(51))


# --- sizes and own pages ----------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "size"),
    [("20", 20), ("100", 100), ("101", 100), ("9" * 5000, 100), ("0", 0)]
    + [(text, None) for text in ("-1", "abc", "", "٣", "1.5", "+2")]
    + [(None, None)],
)
def test_size_that_is_asked_for_is_capped(asked, size):
    """ASCII digits name a size, cut to the greatest; anything else names none."""
    assert page_size(asked, 100) == size


def test_subclass_may_give_its_own_page():
    """As in Django, `_get_page` makes the page."""

    class Numbered(Page):
        pass

    class Own(Paginator):
        def _get_page(self, *args, **kwargs):
            return Numbered(*args, **kwargs)

    page = Own(range(9), 2).page(2)
    assert (type(page), page.has_next()) == (Numbered, True)


def test_page_made_by_hand_asks_its_paginator():
    """A page that no paginator made knows its neighbours all the same."""
    page = Page(["a"], 2, Paginator(range(9), 3))
    assert (page.has_next(), page.next_page_number()) == (True, 3)


class Counted:
    """Items that know their number without being loaded, as an index does."""

    def __init__(self, items):
        self.items = items

    def __getitem__(self, index):
        return self.items[index]

    def __len__(self):
        raise AssertionError("loaded to be counted")

    def count(self, exactly=True):
        return len(self.items)


def test_an_objects_own_count_is_used():
    """That of a list, which counts a value, is not."""
    paginator = Paginator(Counted("abcde"), 2)
    assert (paginator.count, paginator.num_pages) == (5, 3)
    assert [page.object_list for page in paginator] == [["a", "b"], ["c", "d"], ["e"]]
    for items in ([1, 1], (1, 1), range(2), UserList([1, 1]), "ab"):
        assert Paginator(items, 1).count == 2


def test_an_object_that_says_it_is_unordered_warns():
    """Django's QuerySet says so, and whatever is like it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for said in ({}, {"ordered": None}, {"ordered": True}):
            Paginator(type("Items", (UserList,), said)(), 2)
    items = type("Items", (UserList,), {"ordered": False})()
    with pytest.warns(UnorderedObjectListWarning, match="Items may overlap"):
        Paginator(items, 2)
