"""What the rows of a statement are sorted by."""

from __future__ import annotations

import pytest
from sqlalchemy import desc
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import text

from cbv import ImproperlyConfigured
from cbv.db.ordering import ordered
from cbv.db.ordering import sort_keys
from cbv.db.ordering import sorted_by_key
from cbv.db.statements import keep
from support.library_models import Author
from support.library_models import Book


class Owner:
    """Stands for the view that errors name."""


def clause(statement):
    return " ".join(str(statement).split()).partition("ORDER BY ")[2]


@pytest.mark.parametrize(
    ("ordering", "found"),
    [
        ("title", "book.title ASC"),
        ("-title", "book.title DESC"),
        ("pages", "book.pages ASC NULLS LAST"),
        (["-pages", "title"], "book.pages DESC NULLS LAST, book.title ASC"),
        (Book.title, "book.title ASC"),
        (Book.pages.desc().nulls_first(), "book.pages DESC NULLS FIRST"),
        ((Book.title.desc(), "id"), "book.title DESC, book.id ASC"),
        (func.lower(Book.title), "lower(book.title) ASC NULLS LAST"),
        (desc("title"), "book.title DESC NULLS LAST"),
        (-Book.pages, "(-book.pages) NULLS LAST"),
    ],
)
def test_names_and_expressions_become_clauses(ordering, found):
    """NULLs last wherever there may be some, unless it is said otherwise."""
    assert clause(ordered(Owner(), select(Book), ordering)) == found


@pytest.mark.parametrize("ordering", [None, "", [], ()])
def test_no_ordering_leaves_the_statement(ordering):
    """The very same object comes back."""
    statement = select(Book).order_by(Book.pages)
    assert ordered(Owner(), statement, ordering) is statement


def test_column_of_an_outer_join_may_be_null():
    """It comes last too, though its own table has no NULL."""
    joined = select(Book).outerjoin(Author)
    assert clause(ordered(Owner(), joined, Author.name)) == "author.name ASC NULLS LAST"


def test_ordering_replaces_the_statements_own():
    """As order_by does in Django."""
    statement = select(Book).order_by(Book.pages)
    assert clause(ordered(Owner(), statement, "title")) == "book.title ASC"


def test_ordering_is_prepared_once():
    """The same names give the same statement."""
    base = keep(select(Book))
    assert ordered(Owner(), base, "title") is ordered(Owner(), base, "title")
    assert ordered(Owner(), base, ["title"]) is ordered(Owner(), base, ("title",))


@pytest.mark.parametrize(
    "name", ["nothing", "-nothing", "metadata", "--title", "title,id"]
)
def test_unknown_name_is_refused(name):
    """The error names the owner and the name."""
    with pytest.raises(ImproperlyConfigured, match=f"Owner has ordering '{name}'"):
        ordered(Owner(), select(Book), name)


def test_rows_of_columns_know_no_names():
    """Their order is an expression."""
    with pytest.raises(ImproperlyConfigured, match="names no column"):
        ordered(Owner(), select(Book.title), "title")
    by_title = ordered(Owner(), select(Book.title), Book.title)
    assert clause(by_title) == "book.title ASC NULLS LAST"


def test_sort_keys_are_read_from_the_statement():
    """Direction and place of NULLs; the primary key comes last."""
    statement = select(Book).order_by(
        Book.pages.desc().nulls_first(), Book.title, func.lower(Book.title).label("x")
    )
    keys = sort_keys(statement)
    assert [(k.descending, k.nulls_first, k.nullable) for k in keys] == [
        (True, True, True),
        (False, None, False),
        (False, None, True),
        (False, None, False),
    ]
    assert keys[-1].expression.name == "id"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([], "book.id"),
        ([Book.title], "book.title, book.id"),
        ([Book.title.desc(), Book.id.desc()], "book.title DESC, book.id DESC"),
        ([Book.id.desc().nulls_last()], "book.id DESC NULLS LAST"),
        ([Author.id], "author.id, book.id"),
        ([-Book.id], "-book.id, book.id"),
    ],
)
def test_key_comes_last_unless_it_is_there(given, found):
    """A key column that is sorted by already is not sorted by twice."""
    assert clause(sorted_by_key(select(Book).order_by(*given))) == found


@pytest.mark.parametrize(
    "ordering", ["author", "-tags", "nothing", Book.author, text("title"), 3]
)
def test_what_is_no_column_is_refused(ordering):
    """A relationship, an unknown name, a piece of text: named, with the cure."""
    with pytest.raises(ImproperlyConfigured, match=r"has ordering .*no column of its"):
        ordered(object(), select(Book), ordering)
