"""MultipleObjectMixin and ListView: rows, whole or in pages."""

from __future__ import annotations

import re

import pytest
from flask import abort
from flask import Blueprint
from flask import g
from jinja2 import DictLoader
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlalchemy.orm import Query

from cbv import FilterMixin
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import MultipleObjectMixin
from cbv import Paginator
from cbv import per_request
from cbv import TemplateView
from cbv import url_value
from cbv.auth import current_user_id
from cbv.testing import assert_template_used
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Book
from support.library_models import Tag
from support.library_models import User


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))
    return app.test_client()


def _books(**attributes):
    return type("BookList", (ListView,), {"model": Book, **attributes})


@pytest.fixture
def books(db):
    """Twelve books, the first six by Ann."""
    ann, bob = Author(name="Ann"), Author(name="Bob")
    found = [
        Book(title=f"b{n:02}", pages=n % 4 or None, author=ann if n < 6 else bob)
        for n in range(12)
    ]
    db.add_all([ann, bob, *found])
    db.commit()
    return found


def titles(response):
    return [book.title for book in response.context["object_list"]]


# --- what is listed -----------------------------------------------------------------


def test_model_argument_sets_the_model_and_the_names(app, books):
    """ListView[Book] lists all books; both names are the same list."""

    class Books(ListView[Book]):
        pass

    response = route(app, "/", Books).get("/")
    context = response.context
    assert len(context["object_list"]) == 12
    assert context["object_list"] is context["book_list"]
    assert (context["paginator"], context["page_obj"]) == (None, None)
    assert context["is_paginated"] is False
    assert_template_used(response, "cbv/object_list.html")


def test_list_is_one_statement(app, books):
    """The rows of a list cost one statement, the count of pages included."""
    client = route(app, "/", _books(related=["author"]), paginate_by=5)
    route(app, "/all", _books(related=["author"]), "all")
    for address in ("/", "/?page=2", "/all"):
        with count_queries(1):
            client.get(address)


def test_related_rows_come_with_the_list(app, books, db):
    """Many to one by a join; collections, dotted too, by one statement more."""
    tag = Tag(name="x")
    db.add(tag)
    db.flush()
    books[0].tags.append(tag)
    db.commit()

    class Names(_books(related=["author.books", "tags"], ordering="title")):
        def get_context_data(self, **kwargs):
            context = super().get_context_data(**kwargs)
            with count_queries(0):
                book = context["object_list"][0]
                assert (book.author.name, len(book.author.books)) == ("Ann", 6)
                assert [t.name for t in book.tags] == ["x"]
            return context

    client = route(app, "/", Names)
    db.remove()
    with count_queries(3):
        assert client.get("/").status_code == 200


@pytest.mark.parametrize("name", ["nothing", "author.nothing", "title"])
def test_related_must_name_a_relationship(app, books, name):
    """The error names the class, the path and what there is."""
    client = route(app, "/", _books(related=[name]))
    with pytest.raises(ImproperlyConfigured, match=f"BookList.*{name}.*relationship"):
        client.get("/")


@pytest.mark.parametrize(
    ("ordering", "first"),
    [
        ("title", "b00"),
        ("-title", "b11"),
        (["-pages", "title"], "b03"),
        (("pages", "-title"), "b09"),
        (Book.title.desc(), "b11"),
        ([Book.pages.desc(), Book.title.desc()], "b11"),
        ([func.length(Book.title), "-title"], "b11"),
        (Book.pages, "b01"),
    ],
)
def test_ordering_takes_names_and_expressions(app, books, ordering, first):
    """Names with `-`, columns and expressions, one or several."""
    client = route(app, "/", _books(), ordering=ordering, paginate_by=20)
    assert titles(client.get("/"))[0] == first


@pytest.mark.parametrize("ordering", ["pages", "-pages"])
def test_nulls_come_last_in_either_direction(app, books, ordering):
    """On every database."""
    client = route(app, "/", _books(), ordering=ordering)
    pages = [book.pages for book in client.get("/").context["object_list"]]
    assert pages[-3:] == [None] * 3


def test_own_order_by_is_left_alone(app, books):
    """An order in the statement is kept; ordering replaces it."""
    statement = select(Book).order_by(Book.title.desc())
    client = route(app, "/", _books(), queryset=statement)
    route(app, "/other", _books(), "other", queryset=statement, ordering="title")
    assert titles(client.get("/"))[0] == "b11"
    assert titles(client.get("/other"))[0] == "b00"


def test_queryset_may_be_a_sequence(app):
    """A list is paged like rows; it has no name of its own."""
    loader = {"n.html": "{{ object_list | join }}"}
    app.jinja_loader = DictLoader(loader)
    client = route(
        app,
        "/",
        ListView,
        queryset=[1, 2, 3, 4, 5],
        template_name="n.html",
        paginate_by=2,
    )
    assert client.get("/?page=2").text == "34"
    assert client.get("/").context["page_obj"].paginator.count == 5


def test_sequence_of_objects_has_the_names_of_their_model(app, books, db):
    """The first object tells the model."""
    client = route(app, "/", ListView, queryset=books[:2])
    response = client.get("/")
    assert response.context["book_list"] == books[:2]


def test_rows_of_columns_can_be_listed(app, books):
    """Equal rows stay apart; a column alone is a list of values."""
    app.jinja_loader = DictLoader({"n.html": ""})
    pair = select(Book.author_id, func.length(Book.title)).order_by(Book.id)
    client = route(app, "/", ListView, queryset=pair, template_name="n.html")
    route(
        app,
        "/one",
        ListView,
        "one",
        queryset=select(Book.author_id).order_by(Book.id),
        template_name="n.html",
        paginate_by=10,
    )
    assert len(client.get("/").context["object_list"]) == 12
    assert len(set(client.get("/one").context["object_list"])) == 2
    assert len(client.get("/one").context["object_list"]) == 10


def test_alias_of_a_model_can_be_listed(app, books):
    """An alias has its class's name and key."""
    other = aliased(Book)
    statement = select(other).order_by(other.title)
    client = route(app, "/", ListView, queryset=statement, paginate_by=5)
    assert titles(client.get("/?page=2"))[0] == "b05"


# --- wrong set-up -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "no model and no queryset.*set model.*override get_queryset"),
        ({"model": int}, "no class mapped by SQLAlchemy"),
        ({"queryset": "books"}, "'books' where a statement belongs"),
        ({"queryset": Query(Book)}, r"legacy Query.*select\(\)"),
        ({"queryset": iter([1])}, "where a statement belongs"),
        ({"model": Book, "count": "some"}, 'set count to "exact" or "none"'),
    ],
)
def test_wrong_source_is_refused_when_as_view_is_called(options, text):
    """The error names the class and every cure."""
    with pytest.raises(ImproperlyConfigured, match=f"(?s)ListView.*{text}"):
        ListView.as_view(**options)


@pytest.mark.parametrize("source", ["text", None, Query(Book), select])
def test_wrong_source_from_the_hook_is_refused(app, db, source):
    """What get_queryset returns is checked for every request."""

    class Wrong(ListView[Book]):
        def get_queryset(self):
            return source

    client = route(app, "/", Wrong)
    with pytest.raises(ImproperlyConfigured, match="Wrong has"):
        client.get("/")


@pytest.mark.parametrize("option", [{"ordering": "title"}, {"related": ["author"]}])
def test_sequence_cannot_be_ordered_or_extended(app, option):
    """What needs a statement says so."""
    with pytest.raises(ImproperlyConfigured, match=r"BookList has .* sequence"):
        route(app, "/", _books(), queryset=[1], **option).get("/")


@pytest.mark.parametrize("name", ["nothing", "metadata", "title.x", "title desc"])
def test_unknown_ordering_is_refused(app, db, name):
    """A name must be that of a mapped column; as_view looks at it."""
    with pytest.raises(ImproperlyConfigured, match="BookList has ordering"):
        _books().as_view(ordering=name)


def test_an_ordering_that_hooks_decide_on_is_left_to_them(app, books):
    """The attribute may then mean something else."""

    class Own(_books(ordering="newest")):
        def get_ordering(self):
            return {"newest": "-id"}[self.ordering]

    assert len(route(app, "/", Own).get("/").context["object_list"])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/?page=99", "Invalid page (99): That page contains no results"),
        ("/?page=0", "Invalid page (0): That page number is less than 1"),
        ("/?page=two", "Invalid page (two): That page number is not an integer"),
        ("/?page=" + "9" * 99, f"Invalid page ({'9' * 20}): That page contains"),
        ("/p/99", "Invalid page (99): That page contains no results"),
    ],
)
def test_the_404_of_a_page_names_its_number(app, books, url, said):
    """As Django's does; no longer than a number may be."""
    route(app, "/p/<page>", _books(), "path", paginate_by=5)
    client = route(app, "/", _books(), paginate_by=5)
    app.register_error_handler(404, lambda error: (error.description, 404))
    response = client.get(url)
    assert response.status_code == 404
    assert said in response.text


def test_list_may_have_another_name(app, books):
    """context_object_name stands in the place of the model's name."""
    client = route(app, "/", _books(context_object_name="shelf"))
    context = client.get("/").context
    assert context["shelf"] is context["object_list"]
    assert "book_list" not in context


# --- pages --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "status"),
    [
        *((text, 200) for text in ("1", "3", "02", "last", "")),
        *(
            (text, 404)
            for text in ("4", "0", "-1", "abc", "LAST", "1.0", "1e3", "1e99")
        ),
        *((text, 404) for text in ("+2", " 2", "2\n", "1_0", "0x1", "٣", "²", "1\0")),
        *((text, 404) for text in ("nan", "inf", "true", "[]", "1,2", "1 OR 1=1")),
        *((text, 404) for text in (str(2**31), str(2**63), str(10**400), "9" * 5000)),
        *((text, 404) for text in ("\u200b2", "\uff12", "<script>", "%FF", "None")),
    ],
)
def test_page_number_in_ascii_digits_or_404(app, books, page, status):
    """Every other spelling is not found, on every database."""
    client = route(app, "/", _books(), paginate_by=5)
    assert client.get("/", query_string={"page": page}).status_code == status


def test_page_that_is_no_utf8_is_404(app, books):
    """Bytes that are no text name no page."""
    client = route(app, "/", _books(), paginate_by=5)
    assert client.get("/?page=%FF").status_code == 404


def test_page_in_the_context(app, books):
    """paginator, page_obj and the rows of that page alone."""
    client = route(app, "/", _books(), ordering="title", paginate_by=5)
    context = client.get("/?page=3").context
    assert [book.title for book in context["object_list"]] == ["b10", "b11"]
    assert context["page_obj"].number == 3
    assert context["page_obj"].paginator is context["paginator"]
    assert context["is_paginated"] is True
    assert client.get("/?page=last").context["page_obj"].number == 3


def test_first_of_several_page_numbers_counts(app, books):
    """A repeated key is read once."""
    client = route(app, "/", _books(), paginate_by=5)
    assert client.get("/?page=2&page=x").context["page_obj"].number == 2


def test_page_may_be_in_the_route(app, books):
    """A URL value wins over the query; another name may be chosen."""
    client = route(app, "/p/<int:p>/", _books(), paginate_by=5, page_kwarg="p")
    assert client.get("/p/2/?p=1").context["page_obj"].number == 2
    assert client.get("/p/0/").status_code == 404
    assert client.get("/p/99/").status_code == 404


def test_single_page_is_not_paginated(app, books):
    """is_paginated is false where everything is on one page."""
    client = route(app, "/", _books(), paginate_by=12)
    assert client.get("/").context["is_paginated"] is False
    assert "<nav" not in client.get("/").text


def test_orphans_and_an_own_paginator(app, books):
    """Both are attributes of the view, as in Django."""

    class Strict(Paginator):
        pass

    client = route(
        app, "/", _books(), paginate_by=5, paginate_orphans=2, paginator_class=Strict
    )
    found = client.get("/").context["paginator"]
    assert (type(found), found.num_pages) == (Strict, 2)


def test_empty_list_is_shown_or_404(app, db):
    """allow_empty decides, with pages and without."""
    client = route(app, "/a", _books(), "a")
    route(app, "/b", _books(), "b", allow_empty=False)
    route(app, "/c", _books(), "c", allow_empty=False, paginate_by=5)
    route(app, "/d", _books(), "d", paginate_by=5)
    statuses = [client.get(f"/{name}").status_code for name in "abcd"]
    assert statuses == [200, 404, 404, 200]
    assert client.get("/a").context["book_list"] == []


def test_size_of_the_page_may_be_asked_for(app, books):
    """Only where page_size_kwarg says so, up to max_page_size."""
    view = _books(paginate_by=5)
    client = route(app, "/", view, page_size_kwarg="size", max_page_size=8)
    route(app, "/fixed", view, "fixed")

    def size(value, address="/"):
        return len(
            client.get(address, query_string={"size": value}).context["book_list"]
        )

    assert [size(value) for value in ("3", "8", "9", "9" * 5000)] == [3, 8, 8, 8]
    assert [size(value) for value in ("0", "-1", "abc", "", "٣")] == [5] * 5
    assert size("3", "/fixed") == 5


def test_size_is_capped_at_a_hundred_by_default():
    """As the contract says."""
    assert MultipleObjectMixin.max_page_size == 100


def test_list_without_count(app, books):
    """count = "none": neighbours are known, totals are not."""
    view = _books(count="none", ordering="title", paginate_by=5)
    client = route(app, "/", view)
    with count_queries(1) as seen:
        response = client.get("/?page=2")
    assert "count(" not in seen.statements[0]
    page = response.context["page_obj"]
    assert (page.has_next(), page.paginator.count, page.paginator.num_pages) == (
        True,
        None,
        None,
    )
    assert client.get("/?page=3").context["page_obj"].has_next() is False
    assert [client.get(f"/?page={n}").status_code for n in ("4", "last")] == [404, 404]
    assert "Page 2\n" in response.text or "Page 2<" in response.text


# --- scope --------------------------------------------------------------------------


def test_scope_narrows_list_and_count(app, books):
    """One criterion or several, over whatever get_queryset returns."""

    class Anns(ListView[Book]):
        paginate_by = 4
        scope = [Book.author.has(Author.name == "Ann"), Book.pages.is_not(None)]

    class Overridden(Anns):
        def get_queryset(self):
            return select(Book)

    client = route(app, "/", Anns)
    route(app, "/o", Overridden)
    for address in ("/", "/o"):
        with count_queries(1):
            page = client.get(address).context["page_obj"]
        assert (page.paginator.count, len(page)) == (4, 4)


def test_scope_asks_again_for_every_request(app, books):
    """per_request, url_value and current_user_id are bound when the statement runs."""

    class Longer(ListView[Book]):
        scope = or_(Book.pages > per_request(lambda: g.least), Book.title == "b00")

        def setup(self, **kwargs):
            super().setup(**kwargs)
            g.least = kwargs["least"]

    class ByAuthor(ListView[Book]):
        scope = Book.author_id == url_value("author_id")

    client = route(app, "/l/<int:least>", Longer)
    route(app, "/a/<int:author_id>", ByAuthor)
    assert [len(titles(client.get(f"/l/{n}"))) for n in (2, 0, 3)] == [4, 10, 1]
    ids = [books[0].author_id, books[-1].author_id, 999]
    assert [len(titles(client.get(f"/a/{n}"))) for n in ids] == [6, 6, 0]


def test_anonymous_has_no_rows_of_their_own(app, books, db):
    """current_user_id is NULL without a user, so nothing equals it."""
    user = User(username="u")
    db.add(user)
    db.flush()
    books[0].owner_id = user.id
    db.commit()
    client = route(app, "/", _books(scope=Book.owner_id == current_user_id))
    assert titles(client.get("/")) == []
    client.force_login(user)
    assert titles(client.get("/")) == ["b00"]


def test_scope_of_a_sequence_is_refused(app):
    """A list cannot be narrowed by a criterion, so it would leak."""
    client = route(app, "/", _books(scope=Book.pages > 1), queryset=[1, 2])
    with pytest.raises(ImproperlyConfigured, match=r"scope.*sequence"):
        client.get("/")


# --- hooks --------------------------------------------------------------------------


def test_get_queryset_may_depend_on_the_request(app, books):
    """An override is called for every request."""

    class By(ListView[Book]):
        def get_queryset(self):
            return select(Book).where(Book.title.like(f"%{self.kwargs['end']}"))

    client = route(app, "/<end>", By)
    assert titles(client.get("/1")) == ["b01", "b11"]
    assert titles(client.get("/2")) == ["b02"]


def test_override_of_get_queryset_needs_no_model(app, books):
    """Model and names come from the statement."""

    class Some(ListView):
        def get_queryset(self):
            return select(Book)

    response = route(app, "/", Some).get("/")
    assert len(response.context["book_list"]) == 12


def test_super_of_get_queryset_can_be_narrowed(app, books):
    """As in Django; the declared order and related rows stay."""

    class Long(_books(ordering="-title", related=["author"])):
        def get_queryset(self):
            return super().get_queryset().where(Book.pages > 2)

    client = route(app, "/", Long)
    with count_queries(1):
        assert titles(client.get("/")) == ["b11", "b07", "b03"]


def test_every_hook_of_paging_is_called(app, books):
    """get_paginate_by, get_paginate_orphans, get_allow_empty and get_ordering."""

    class Hooks(ListView[Book]):
        def get_ordering(self):
            return "-title"

        def get_paginate_by(self, queryset):
            return 5

        def get_paginate_orphans(self):
            return 2

        def get_allow_empty(self):
            return False

        def get_paginator(self, queryset, per_page, **kwargs):
            assert kwargs == {"orphans": 2, "allow_empty_first_page": False}
            return super().get_paginator(queryset, per_page, **kwargs)

        def get_context_object_name(self, object_list):
            return "things"

    context = route(app, "/", Hooks).get("/").context
    assert context["paginator"].num_pages == 2
    assert context["things"][0].title == "b11"
    assert "book_list" not in context


def test_object_list_is_there_for_every_hook(app, books):
    """self.object_list is the rows shown, loaded once."""

    class Counted(ListView[Book]):
        paginate_by = 5

        def get_context_data(self, **kwargs):
            return super().get_context_data(shown=len(self.object_list), **kwargs)

    client = route(app, "/", Counted)
    with count_queries(1):
        assert client.get("/").context["shown"] == 5


def test_object_list_can_be_given(app, books):
    """As in Django, get_context_data(object_list=...) lists something else."""

    class Given(ListView[Book]):
        scope = Book.title < "b06"
        paginate_by = 2

        def get(self, **kwargs):
            some = select(Book).where(Book.title > "b03").order_by(Book.title)
            return self.render_to_response(self.get_context_data(object_list=some))

    context = route(app, "/", Given).get("/").context
    assert [b.title for b in context["object_list"]] == ["b04", "b05"]
    assert context["is_paginated"] is False


def test_mixin_lists_in_any_template_view(app, books):
    """MultipleObjectMixin brings list and pages, TemplateView the template."""

    class Page(MultipleObjectMixin[Book], TemplateView):
        template_name = "n.html"
        paginate_by = 5

    app.jinja_loader = DictLoader({"n.html": "{{ book_list | length }}"})
    assert route(app, "/", Page).get("/?page=3").text == "2"


def test_abort_in_a_hook_is_the_answer(app, db):
    """A hook may refuse."""

    class Closed(ListView[Book]):
        def get_queryset(self):
            abort(403)

    assert route(app, "/", Closed).get("/").status_code == 403


def test_head_is_get_without_a_body(app, books):
    """HEAD runs the list and sends its headers."""
    client = route(app, "/", _books(), paginate_by=5)
    response = client.head("/?page=2")
    assert (response.status_code, response.data) == (200, b"")
    assert client.head("/?page=9").status_code == 404


# --- templates ----------------------------------------------------------------------


def test_candidates_are_most_specific_first(app, books):
    """Blueprint, model, then the default that is shipped."""
    names = []

    class Named(ListView[Book]):
        def get_template_names(self):
            names.append(super().get_template_names())
            return names[-1]

    inner = Blueprint("inner", __name__)
    outer = Blueprint("outer", __name__)
    inner.add_url_rule("/in", view_func=Named.as_view())
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    client = route(app, "/", Named)
    assert_template_used(client.get("/"), "cbv/object_list.html")
    client.get("/in")
    assert names == [
        ["book_list.html", "cbv/object_list.html"],
        ["outer/inner/book_list.html", "book_list.html", "cbv/object_list.html"],
    ]


def test_own_template_beats_the_default(app, books):
    """The model's name in lower case with the suffix."""
    app.jinja_loader = DictLoader({"book_list.html": "mine"})
    assert route(app, "/", _books()).get("/").text == "mine"


def test_default_template_links_pages_and_objects(app, books, monkeypatch):
    """It works at once: heading, rows with their address, links to the neighbours."""
    monkeypatch.setattr(
        Book, "get_absolute_url", lambda self: f"/book/{self.title}", raising=False
    )
    client = route(app, "/", _books(), ordering="title", paginate_by=5)
    text = client.get("/?page=2&x=<b>").text
    assert "<h1>Books</h1>" in text
    assert '<a href="/book/b05">b05</a>' in text
    assert 'rel="prev" href="?x=%3Cb%3E&amp;page=1"' in text
    assert 'rel="next" href="?x=%3Cb%3E&amp;page=3"' in text
    assert "Page 2 of 3" in text


def test_links_go_where_the_page_number_came_from(app, books):
    """A number in the path is followed in the path; a new order starts at page 1."""

    class Books(FilterMixin, ListView[Book]):
        queryset = select(Book)
        ordering = "title"
        ordering_fields = ["title"]
        search_fields = ["title"]
        paginate_by = 5

    app.add_url_rule("/books/page<int:page>/", view_func=Books.as_view("books"))
    client, page = app.test_client(), "/books/page1/?q=b"
    titles = []
    while page:
        response = client.get(page)
        titles += [book.title for book in response.context["object_list"]]
        link = re.search(r'rel="next" href="([^"]+)"', response.text)
        page = link and link[1].replace("&amp;", "&")
    assert titles == sorted(titles)
    assert len(set(titles)) == len(titles) > 10
    assert 'href="/books/page1/?q=b&amp;ordering=-title"' in response.text
    assert 'action="/books/page1/?q=b"' in response.text
    assert 'rel="prev" href="/books/page2/?q=b"' in response.text
