"""Page: its questions with and without parentheses, and Flask-SQLAlchemy's names."""

from __future__ import annotations

from math import ceil

import pytest
from flask import Flask
from flask import render_template_string
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import select

from cbv import KeysetPaginator
from cbv import ListView
from cbv import Paginator
from cbv import path
from cbv import register
from cbv.pagination import InvalidPage
from cbv.pagination import Page
from support.library_models import Author
from support.library_models import Book

QUESTIONS = ("has_next", "has_previous", "has_prev", "has_other_pages")
#: What a template may read of a page of Flask-SQLAlchemy.
NAMES = (
    "first",
    "has_next",
    "has_prev",
    "items",
    "last",
    "next_num",
    "page",
    "pages",
    "per_page",
    "prev_num",
    "total",
)


class Theirs(Pagination):
    """A page of Flask-SQLAlchemy over a list instead of a statement."""

    def _query_items(self):
        start = self._query_offset
        return self._query_args["source"][start : start + self.per_page]

    def _query_count(self):
        return len(self._query_args["source"])


def rendered(text, **context):
    with Flask("pages").app_context():
        return render_template_string(text, **context)


def numbered():
    """Yield pages before, between and after others, and pages alone, counted or not."""
    for counted in (True, False):
        yield from Paginator(range(25), 10, counted=counted)
        yield Paginator([1], 10, counted=counted).page(1)
        yield Paginator([], 10, counted=counted).page(1)


@pytest.fixture
def keyed(db):
    """Pages of a KeysetPaginator: the first, one between, the last."""
    author = Author(name="Ann")
    db.add_all([author, *(Book(title=f"{n:02}", author=author) for n in range(25))])
    db.commit()
    return list(KeysetPaginator(select(Book), 10, session=db))


# --- questions ----------------------------------------------------------------------


def check_questions(page):
    for name in QUESTIONS:
        expected = getattr(page, name)()
        assert type(expected) is bool
        truth = f"{{{{ 'yes' if page.{name} else 'no' }}}}"
        called = f"{{{{ 'yes' if page.{name}() else 'no' }}}}"
        answer = "yes" if expected else "no"
        assert rendered(f"{truth} {called}", page=page) == f"{answer} {answer}"


def test_a_question_is_answered_with_and_without_parentheses():
    for page in numbered():
        check_questions(page)


def test_a_keyset_page_is_asked_in_both_ways(keyed):
    assert [page.has_next() for page in keyed] == [True, True, False]
    for page in keyed:
        check_questions(page)


def test_an_answer_prints_and_compares_as_its_value():
    page = Paginator(range(25), 10).page(1)
    shown = rendered("{{ page.has_next }} {{ page.has_previous }}", page=page)
    assert shown == "True False"
    assert page.has_next == True  # noqa: E712
    assert page.has_previous == False  # noqa: E712


class Mixed:
    def has_previous(self):
        return True


class Endless(Mixed, Page):
    def has_next(self):
        return not super().has_next()


def test_a_page_of_one_s_own_is_asked_in_both_ways():
    only = Endless([1], 1, Paginator([1], 10))
    assert (only.has_next(), only.has_previous(), only.has_prev()) == (True, True, True)
    check_questions(only)
    last_but_one = Endless([1], 1, Paginator([1, 2], 1))
    assert last_but_one.has_next() is False
    check_questions(last_but_one)


def test_a_question_can_be_asked_of_the_class():
    page = Paginator(range(25), 10).page(1)
    assert Page.has_next(page) is True
    assert Page.has_next.__doc__.startswith("Tell whether")


# --- the names of Flask-SQLAlchemy ----------------------------------------------------


@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 300])
@pytest.mark.parametrize("per_page", [1, 10])
def test_a_page_answers_as_flask_sqlalchemy_s(total, per_page):
    source = list(range(total))
    for number in range(1, max(1, ceil(total / per_page)) + 1):
        ours = Paginator(source, per_page).page(number)
        theirs = Theirs(page=number, per_page=per_page, source=source)
        for name in NAMES:
            assert getattr(ours, name) == getattr(theirs, name), (number, name)
        assert list(ours.iter_pages()) == list(theirs.iter_pages())
        for edges in [(0, 0, 0, 0), (1, 1, 1, 1), (3, 0, 5, 0), (50, 50, 50, 50)]:
            keys = ("left_edge", "left_current", "right_current", "right_edge")
            options = dict(zip(keys, edges, strict=True))
            mine, other = ours.iter_pages(**options), theirs.iter_pages(**options)
            assert list(mine) == list(other), (number, options)


def test_no_name_of_flask_sqlalchemy_s_page_is_missing():
    theirs = Theirs(page=1, per_page=10, source=[])
    names = {name for name in dir(theirs) if not name.startswith("_")}
    # They read another page, or limit a size that the view limits.
    names -= {"prev", "next", "max_per_page"}
    assert names == {*NAMES, "iter_pages"}
    assert not names - set(dir(Page))


def test_orphans_count_in_the_numbers_too():
    page = Paginator(range(12), 5, orphans=2).page(2)
    assert (page.pages, page.next_num, page.last) == (2, None, 12)
    assert list(page.iter_pages()) == [1, 2]


def test_an_uncounted_page_knows_its_neighbours_but_no_total():
    page = Paginator(range(25), 10, counted=False).page(2)
    assert (page.total, page.pages, list(page.iter_pages())) == (None, 0, [])
    assert (page.prev_num, page.next_num) == (1, 3)


def test_a_keyset_page_has_no_number_to_link_to(keyed):
    """A wrong link would be worse than none: the tokens are named instead."""
    first, between, last = keyed
    assert (between.total, between.pages, list(between.iter_pages())) == (None, 0, [])
    assert list(between.items) == list(between)
    assert (first.prev_num, last.next_num) == (None, None)
    for page, name in [(between, "prev_num"), (between, "next_num")]:
        with pytest.raises(InvalidPage, match="token"):
            getattr(page, name)


def test_the_template_of_a_list_may_use_either_spelling(app, client):
    class Numbers(ListView):
        queryset = range(25)
        paginate_by = 10

        def render_to_response(self, context, **response_kwargs):
            return render_template_string(
                "{% if page_obj.has_prev %}{{ page_obj.prev_num }}{% endif %}"
                "|{% if page_obj.has_next() %}{{ page_obj.next_num }}{% endif %}",
                **context,
            )

    register(app, [path("/", Numbers)])
    assert [client.get(f"/?page={n}").text for n in (1, 2, 3)] == ["|2", "1|3", "2|"]
