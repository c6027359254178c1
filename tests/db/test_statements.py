"""Where rows come from: one statement per class, and what is derived of it."""

from __future__ import annotations

import gc
import weakref

import pytest
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy.orm import aliased
from sqlalchemy.orm import joinedload
from sqlalchemy.orm import Query
from sqlalchemy.orm import with_loader_criteria

from cbv import ImproperlyConfigured
from cbv.db.statements import by_values
from cbv.db.statements import checked
from cbv.db.statements import count_of
from cbv.db.statements import derived
from cbv.db.statements import entity_of
from cbv.db.statements import finished
from cbv.db.statements import has_objects
from cbv.db.statements import is_row
from cbv.db.statements import is_whole
from cbv.db.statements import keep
from cbv.db.statements import own_queryset
from cbv.db.statements import without_loaders
from cbv.pagination.statements import page_of
from cbv.pagination.statements import window_of
from support.library_models import Author
from support.library_models import Book


class Owner:
    """Stands for the view that errors name."""


def sql(statement):
    return " ".join(str(statement).split())


# --- what is kept -------------------------------------------------------------------


def test_derived_is_made_once_for_a_kept_statement():
    """And again each time for one that is not kept."""
    made = []

    def build(statement):
        made.append(1)
        return statement.limit(1)

    kept, other = keep(select(Book)), select(Book)
    first = derived(kept, "x", build)
    assert derived(kept, "x", build) is first
    assert derived(other, "x", build) is not derived(other, "x", build)
    assert len(made) == 3


def test_derived_of_derived_is_kept_too():
    """A chain of steps is remembered from its beginning."""
    base = keep(select(Book))
    page = derived(base, "a", lambda s: s.where(Book.id > 1))
    assert derived(page, "b", lambda s: s.limit(2)) is derived(page, "b", None)


def test_what_is_kept_does_not_grow_without_end():
    """A hook that asks for ever new things is answered, not remembered."""
    base = keep(select(Book))
    for n in range(200):
        assert derived(base, n, lambda s: s.limit(1)) is not None
    made = []
    derived(base, 199, lambda s: made.append(1))
    assert made == [1]


def test_nothing_is_kept_beyond_its_statement():
    """Statements of one request, pages and sort keys included, can go."""
    statement = keep(select(Book).order_by(Book.title))
    page_of(statement, counted=True, deep=True)
    page_of(statement, counted=True)
    by_values(statement, ["id"])
    count_of(statement)
    gone = weakref.ref(statement)
    del statement
    gc.collect()
    assert gone() is None


# --- the source ---------------------------------------------------------------------


def test_own_queryset_is_declared_by_model_or_statement():
    """The statement wins; a sequence is taken as it is."""
    statement, rows = select(Book), [1]
    assert own_queryset(Owner(), Author, statement) is statement
    assert own_queryset(Owner(), None, rows) is rows
    assert entity_of(own_queryset(Owner(), Book, None)) is Book


@pytest.mark.parametrize("source", [Query(Book), "x", b"x", 1, None, text("SELECT 1")])
def test_other_sources_are_refused(source):
    """The error names the owner and both cures."""
    with pytest.raises(ImproperlyConfigured, match=r"Owner has .*select\(\).*sequence"):
        checked(Owner(), source)


def test_entity_is_the_one_class_that_is_selected():
    """Columns, pairs and sequences of other things have none."""
    other = aliased(Book)
    found = [
        entity_of(source)
        for source in (
            select(Book),
            select(other),
            select(Book.id),
            select(Book, Author),
            select(func.count()),
            [],
            [1],
            [Book(), 1],
        )
    ]
    assert found == [Book, other, None, None, None, None, None, Book]


def test_rows_and_objects_are_told_apart():
    """Several columns are a row; a class among them makes it hold objects."""
    assert [is_row(s) for s in (select(Book), select(Book.id))] == [False, False]
    assert is_row(select(Book.id, Book.title))
    assert [has_objects(s) for s in (select(Book), select(Book, Author))] == [
        True,
        True,
    ]
    assert not has_objects(select(Book.id))
    assert has_objects(text("SELECT 1"))


# --- scope and related rows ---------------------------------------------------------


def test_finished_without_scope_is_the_statement_itself():
    """A view that declares nothing pays nothing."""
    statement = select(Book)
    assert finished(Owner(), statement, None) is statement
    assert finished(Owner(), [1], None) == [1]


def test_finished_adds_scope_and_loads():
    """One criterion or several, joins for one and a second statement for many."""
    criterion = Book.pages > 1
    one = finished(Owner(), select(Book), criterion, ["author"])
    assert "book.pages > " in sql(one)
    assert "JOIN author" in sql(one)
    two = finished(Owner(), select(Book), [criterion, Book.title == "x"], ("tags",))
    assert sql(two).count(" AND ") == 1
    assert "JOIN" not in sql(two)


def test_finished_is_prepared_once():
    """The same declaration gives the same statement."""
    base, scope, related = keep(select(Book)), Book.pages > 1, ["author"]
    first = finished(Owner(), base, scope, related)
    assert finished(Owner(), base, scope, related) is first
    assert finished(Owner(), base, Book.pages > 1, related) is not first


# --- look-ups, pages, counts --------------------------------------------------------


def test_look_up_is_by_bound_values():
    """No value is written into the statement."""
    found = by_values(keep(select(Book)), ["id", "slug"])
    assert "book.id = :value_0 AND book.slug = :value_1" in sql(found)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (select(Book), "SELECT count(*) AS count_1 FROM book"),
        (
            select(Book).order_by(Book.title).options(joinedload(Book.author)),
            "SELECT count(*) AS count_1 FROM book",
        ),
        (
            select(Book).where(Book.title == "x"),
            "SELECT count(*) AS count_1 FROM book WHERE book.title = :title_1",
        ),
        (
            select(Book).join(Author),
            "SELECT count(*) AS count_1 FROM book"
            " JOIN author ON author.id = book.author_id",
        ),
    ],
)
def test_count_of_a_plain_statement_needs_no_subquery(statement, found):
    """Order and loads change no number of rows."""
    assert sql(count_of(statement)) == found


@pytest.mark.parametrize(
    "statement",
    [
        select(Book).distinct(),
        select(Book).limit(3),
        select(Book).offset(3),
        select(Book.title).group_by(Book.title),
        select(Book).fetch(3),
        select(Book).options(with_loader_criteria(Book, Book.pages > 1)),
    ],
)
def test_count_of_any_other_counts_its_rows(statement):
    """What shapes the rows stays inside a subquery."""
    assert "FROM (SELECT" in sql(count_of(statement))


def test_page_carries_the_count_and_ends_with_the_key():
    """One statement, parameters limit and offset."""
    page = sql(page_of(select(Book).order_by(Book.title), counted=True))
    assert "(SELECT count(*) AS count_1 FROM book) AS" in page
    assert page.endswith("ORDER BY book.title, book.id LIMIT :limit OFFSET :offset")


def test_deep_page_reads_only_its_own_rows():
    """The criteria stand inside, where the keys are found."""
    statement = select(Book).where(Book.pages > 1).options(joinedload(Book.author))
    page = sql(page_of(statement, counted=False, deep=True))
    assert page.count("book.pages > ") == 1
    inside = page.split("JOIN (")[1].split(") AS")[0]
    assert inside.startswith("SELECT book.id AS id FROM book WHERE book.pages > ")
    assert "author" not in inside


@pytest.mark.parametrize(
    "statement",
    [
        select(Book).with_for_update(),
        select(aliased(Book)),
        select(Book.title),
        select(Book).where(Book.author_id == Author.id),
    ],
)
def test_deep_page_that_keys_cannot_find_is_plain(statement):
    """Locks, aliases, columns and a second table are left as they are."""
    plain = page_of(statement, counted=False)
    assert sql(page_of(statement, counted=False, deep=True)) == sql(plain)


def test_window_of_a_statement():
    """Its own offset and limit, or none."""
    assert window_of(select(Book)) == (0, None)
    assert window_of(select(Book).limit(7).offset(3)) == (3, 7)


def test_whole_statements_take_one_more_criterion():
    """Limits and groups do not."""
    assert is_whole(select(Book).distinct().join(Author))
    for shaped in (select(Book).limit(1), select(Book.title).group_by(Book.title)):
        assert not is_whole(shaped)


def test_loads_can_be_left_out():
    """Other options stay."""
    both = select(Book).options(
        joinedload(Book.author), with_loader_criteria(Book, Book.pages > 1)
    )
    assert len(without_loaders(both)._with_options) == 1
    assert len(both._with_options) == 2
